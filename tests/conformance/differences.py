"""The deliberate differences from azureml-inference-server-http 1.5.1. Everything else is the same, and tests say
so."""

from __future__ import annotations

from dataclasses import dataclass

REFUSED_ORIGINS = tuple(
    f"cors {service}: {route} from {origin}"
    for service, origins in (
        ("two", ("https://mine.example/", "null")),
        ("one", ("https://yours.example", "https://mine.example/", "null")),
        ("pattern", ("https://mine.example/", "null")),
    )
    for origin in origins
    for route in ("GET /", "POST /score")
)


@dataclass(frozen=True)
class Difference:
    """What differs and why; one row of docs/runtime-contract.md."""

    title: str
    theirs: str
    ours: str
    fault: str
    """The fault of Azure's server, in the words of the notes that this runtime was built to."""
    section: str
    """Of those notes."""
    checks: tuple[str, ...]
    """The checks that must show it."""


DIFFERENCES = [
    Difference(
        "Listening",
        "Listens on all interfaces; the whole network can call.",
        "Listens on 127.0.0.1; `--host` opens it.",
        "Binds 0.0.0.0 always (not loopback)",
        "5.5",
        ("plain: address it listens on",),
    ),
    Difference(
        "Foreign Host",
        "Answers whatever the Host header says, so a web page can reach a local service through a name of its own.",
        "403 while it listens on loopback only.",
        "Binds 0.0.0.0 always (not loopback)",
        "5.5",
        ("plain: a foreign Host",),
    ),
    Difference(
        "Foreign pages",
        "Runs `run()` for requests of any web page; CORS only hides the answer from the page.",
        "403 for an origin that AML_CORS_ORIGINS does not name.",
        "No auth in the server itself",
        "5.1",
        ("plain: a foreign Origin", "plain: a page of another site", *REFUSED_ORIGINS),
    ),
    Difference(
        "Errors below the application",
        "An HTML page, without ids: for `exit()` in `run()`, a response that cannot be sent, bytes that are not HTTP.",
        "JSON with a message and ids, as for every other error.",
        "SystemExit in run(): not caught: gunicorn's own HTML 500 page",
        "5.3",
        (
            "plain: raises a system exit",
            "plain: answers after an exit",
            "plain: lower-case method",
            "plain: a query beyond UTF-8",
            "raw: answers AMLResponse(1, 200)",
        ),
    ),
    Difference(
        "Input that cannot be decoded",
        "500 for JSON that is not UTF-8 or nested too deeply.",
        "400 with what is wrong; a query parameter that is not JSON that can be read stays text.",
        'decorated: bad JSON: 400 "POST body could not be decoded as JSON: <json error>"',
        "5.3",
        ("decorated: not UTF-8", "decorated: too deep", "plain: a deep query"),
    ),
    Difference(
        "Very large bodies",
        "Takes a body of any size into memory.",
        "413 beyond 100 MB, as the front end in the cloud.",
        "request body > 100 MB refused (by the front end; the server has no limit)",
        "5.9",
        ("plain: beyond 100 MB",),
    ),
    Difference(
        "WORKER_TIMEOUT",
        "The worker is killed; the client gets an HTML page or nothing, and so do those who waited for that worker.",
        "The request is answered with 504 and `run()` is interrupted; a worker that hangs on is replaced.",
        "WORKER_TIMEOUT: gunicorn --timeout, kills the worker",
        "5.5",
        ("worker time-out: hangs",),
    ),
    Difference(
        "Extra keys",
        "Warns at every start of keys in a configuration file that has none.",
        "Warns of keys that are in the file and mean nothing.",
        "in 1.5.1 this warning appears falsely for normal env vars",
        "5.5",
        ("plain: extra keys", "config file with an unknown key: extra keys"),
    ),
    Difference(
        "Health while init() runs",
        "Answers nothing before `init()` has returned.",
        "`GET /` answers as soon as the process listens; requests to /score and /swagger.json wait for `init()`.",
        'Sequence per worker: … load script → init() → swagger → "Worker with pid N ready for serving traffic"',
        "5.6",
        ("slow init: health during init",),
    ),
]


def rows() -> list[str]:
    """The table of docs/runtime-contract.md."""
    head = ["| | azmlinfsrv 1.5.1 | here | the fault |", "|---|---|---|---|"]
    return head + [f"| {each.title} | {each.theirs} | {each.ours} | {each.fault} |" for each in DIFFERENCES]
