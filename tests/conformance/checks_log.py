"""What is written to the log, in which form, and what `logging.json` makes of it."""

from __future__ import annotations

import json

from conformance.check import Check, named
from conformance.probes import Probe, each, get, lines, log_lines, post, request, says
from conformance.servers import Running, Service


def starts(*words: str) -> Probe:
    """The lines of the start that begin with one of the words."""

    def observe(server: Running) -> list[str]:
        server.wait_for(lambda: "ready for serving traffic" in server.log(), "the last line of the start")
        return [line for line in log_lines(server.log()) if line.split(" ", 2)[2].startswith(words)]

    return observe


LOG = named(
    Service("log", environment={"AML_DBG_MODEL_INFO": "1", "AZUREML_LOG_LEVEL": "ERROR"}),
    {
        "start": starts(
            "imported",
            "Found user script",
            "run() is",
            "Invoking",
            "init here",
            "Users's init",
            "The debuggability",
            "Swaggers are",
            "Scoring timeout",
            "Worker with pid",
        ),
        "request": lines(post("x")),
        "query": lines(get("/score?a=%20b&c=1")),
        "escaped path": lines(request("POST", "/%73core", "x")),
        "OPTIONS": lines(request("OPTIONS", "/score")),
        "HEAD of swagger": lines(request("HEAD", "/swagger.json")),
        "swagger": lines(get("/swagger.json?version=9")),
        "health, unknown routes, refused methods and ids leave no line": lines(
            each(
                get("/"),
                get("/nothing"),
                request("PUT", "/score", "x"),
                request("OPTIONS", "/swagger.json"),
                post("x", headers={"x-request-id": "i" * 101}),
                post("x"),
            )
        ),
        "error": lines(post("!raising(ValueError('told'))")),
        "error's last line": each(post("!raising(KeyError('the key'))"), says(r"^KeyError: 'the key'$")),
        "value that is not JSON": lines(post("!{1}")),
        "old id": lines(post("x", headers={"x-ms-request-id": "B"})),
        "bad input": lines(post(b"\xff")),
        "print": lines(post("!told('a', 1, None)")),
        "print with separators": lines(post("!told('a', 'b', sep='-', end='!')")),
        "print of lines": lines(post("!told('a\\nb')")),
        "print to standard output": lines(post("!told('out', file=sys.stdout)")),
        "print to standard error": each(lines(post("!told('on the other', file=sys.stderr)")), says(r"^on the other$")),
        "print of nothing": lines(post("!told()")),
        "print of letters": lines(post("!told('é€𝄞')")),
        "print with flush": lines(post("!told('now', flush=True)")),
        "print with a bad word": post("!told('x', colour=1)"),
        "written to standard output": each(post("!written('plain line\\n', sys.stdout)"), says(r"^plain line$")),
        "written to standard error": each(post("!written('plain error\\n', sys.stderr)"), says(r"^plain error$")),
        "root logger": each(post("!__import__('logging').warning('of the root')"), says(r"of the root")),
        "its logger": lines(post("!__import__('logging').getLogger('azmlinfsrv').warning('through yours')")),
        "its logger's debug lines": lines(post("!__import__('logging').getLogger('azmlinfsrv').debug('unseen')")),
        "response of a script": lines(post("!__import__('flask').Response('x')")),
        "streamed response of a script": lines(post("!__import__('flask').Response(iter(['x', 'y']))")),
    },
)

FORMAT = {
    "version": 1,
    "handlers": {
        "mine": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "mine"},
    },
    "formatters": {
        "mine": {
            "class": "azureml_inference_server_http.log_config.AMLLogFormatter",
            "format": "MINE %(levelname)s %(name)s %(message)s",
        }
    },
    "loggers": {"azmlinfsrv": {"level": "INFO", "handlers": ["mine"], "propagate": False}},
    "filters": {"healthy": {"()": "azureml_inference_server_http.log_config.RootAccessFilter"}},
}


CONFIGURED = named(
    Service("logging.json", files={"logging.json": json.dumps(FORMAT)}),
    {
        "format": each(
            post("!told('hello')"),
            says(
                r"Loaded logging config from .*/app/logging\.json$",
                r"^MINE INFO azmlinfsrv\.user_script Found user script at .*$",
                r"^MINE INFO azmlinfsrv\.print hello$",
                r"^MINE INFO azmlinfsrv POST /score 200 ",
            ),
        ),
    },
)
QUIET = {**FORMAT, "loggers": {"azmlinfsrv": {"level": "ERROR", "handlers": ["mine"], "propagate": False}}}
SILENCED = named(
    Service(
        "logging.json beside the script",
        "",
        arguments=("--entry_script", "inner/score.py", "--port", "{port}"),
        files={"inner/score.py": "=plain.py", "inner/logging.json": json.dumps(QUIET)},
    ),
    {
        "only errors": each(
            post("!told('hello')"),
            post("!1/0"),
            says(
                r"^MINE ERROR azmlinfsrv Encountered Exception",
                never=(r"hello", r"Found user script", r"POST /score 500"),
            ),
        ),
    },
)

CHECKS: list[Check] = [*LOG, *CONFIGURED, *SILENCED]
