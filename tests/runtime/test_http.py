"""What a client of a service sees: routes, status codes, headers, bodies, as Azure's inference server answers."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import json
import re
import socket
import threading
import time
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from depth import rounds
from pace import patience
from scoredock_runtime import contract
from scoredock_runtime.contract import CHALLENGE_HEADER, PROOF_HEADER, proof
from scoredock_runtime.http.admission import Admission
from scoredock_runtime.http.connection import Connection
from scoredock_runtime.http.server import Server

PLAIN = """
import json, sys, time
def init():
    print("init here")
def run(data):
    if data.startswith("!"):
        return eval(data[1:])
    return {"got": data}
"""
DECORATED = """
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
def init(): pass
@input_schema("data", StandardPythonParameterType([1.5]))
@output_schema(StandardPythonParameterType({"sum": 1.5}))
def run(data, factor=1):
    return {"sum": sum(data) * factor}
"""
STREAMED = """
import os, time
from azureml.contrib.services.aml_request import rawhttp
from flask import Response
def init(): pass
def parts(until):
    print("streams")
    yield "a"
    while not os.path.exists(until):
        time.sleep(0.005)
    yield "b"
@rawhttp
def run(request):
    return Response(parts(request.args["until"]))
"""
JSON = {"Content-Type": "application/json"}
SCRIPT_FAILED = {"message": "An unexpected error occurred in scoring script. Check the logs for more info."}
INTERNAL = {"message": "An unexpected internal error occurred. Check the logs for more info."}


@pytest.fixture(scope="module", params=["this Python", "the oldest Python"])
def plain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    yield from _shared(request, tmp_path_factory, PLAIN)


@pytest.fixture(scope="module", params=["this Python", "the oldest Python"])
def decorated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    yield from _shared(request, tmp_path_factory, DECORATED)


def _shared(request: pytest.FixtureRequest, factory: pytest.TempPathFactory, script: str) -> Any:
    import sys

    python = request.getfixturevalue("oldest_python") if request.param == "the oldest Python" else sys.executable
    service = request.getfixturevalue("service_type")(factory.mktemp("svc") / "svc", python)
    try:
        yield service.up(script)
    finally:
        service.clean_up()


PLAIN_CASES: dict[str, tuple[str, str, bytes | None, dict[str, str], int, Any, str | None]] = {
    # name: method, path, body, headers, status, body as JSON, x-ms-run-function-failed
    "post": ("POST", "/score", b'{"a": 1}', JSON, 200, {"got": '{"a": 1}'}, "False"),
    "any content type": ("POST", "/score", b"x", {"Content-Type": "text/x-odd"}, 200, {"got": "x"}, "False"),
    "form as curl sends it": (
        "POST",
        "/score",
        b"a=1",
        {"Content-Type": "application/x-www-form-urlencoded"},
        200,
        {"got": ""},
        "False",
    ),
    "empty": ("POST", "/score", b"", {}, 200, {"got": ""}, "False"),
    "get": (
        "GET",
        "/score?a=1&b=x&b=2&c=%7B%22k%22%3Anull%7D&d",
        None,
        {},
        200,
        {"got": '{"a": 1, "b": ["x", 2], "c": {"k": null}, "d": ""}'},
        "False",
    ),
    "get without query": ("GET", "/score", None, {}, 200, {"got": "{}"}, "False"),
    "not UTF-8": (
        "POST",
        "/score",
        b"\xff",
        {},
        400,
        {
            "message": "Input cannot be decoded as UTF-8: 'utf-8' codec can't decode byte 0xff in position 0: "
            "invalid start byte"
        },
        "False",
    ),
    "none": ("POST", "/score", b"!None", {}, 200, {}, "False"),
    "text is quoted": ("POST", "/score", b"!json.dumps({'a': 1})", {}, 200, '{"a": 1}', "False"),
    "tuple": ("POST", "/score", b"!(1, True)", {}, 200, [1, True], "False"),
    "set": ("POST", "/score", b"!{1}", {}, 500, INTERNAL, "False"),
    "bytes": ("POST", "/score", b"!b'x'", {}, 500, INTERNAL, "False"),
    "endless structure": ("POST", "/score", b"!(lambda l: (l.append(l), l)[1])([])", {}, 500, INTERNAL, "False"),
    "raises": ("POST", "/score", b"!1/0", {}, 500, SCRIPT_FAILED, "True"),
    "exits": ("POST", "/score", b"!sys.exit(3)", {}, 500, SCRIPT_FAILED, "True"),
    "interrupts": ("POST", "/score", b"!(_ for _ in ()).throw(KeyboardInterrupt)", {}, 500, SCRIPT_FAILED, "True"),
    "recursion": ("POST", "/score", b"!(lambda f: f(f))(lambda f: f(f))", {}, 500, SCRIPT_FAILED, "True"),
    "lone surrogate": ("POST", "/score", rb"!'\ud800'", {}, 200, "\ud800", "False"),
    "unknown path": (
        "GET",
        "/nope",
        None,
        {},
        404,
        {
            "message": "The requested URL was not found on the server. If you entered the URL manually "
            "please check your spelling and try again."
        },
        "False",
    ),
    "trailing slash": ("POST", "/score/", b"", {}, 404, None, "False"),
    "put": ("PUT", "/score", b"", {}, 405, {"message": "The method is not allowed for the requested URL."}, "False"),
    "post to health": ("POST", "/", b"", {}, 405, None, "False"),
    "delete swagger": ("DELETE", "/swagger.json", None, {}, 405, None, "False"),
    "long id": (
        "POST",
        "/score",
        b"",
        {"x-request-id": "a" * 101},
        431,
        {"message": "x-request-id must not exceed 100 characters"},
        "False",
    ),
    "long client id": (
        "POST",
        "/score",
        b"",
        {"x-ms-client-request-id": "a" * 101},
        431,
        {"message": "x-ms-request-id and x-ms-client-request-id must not exceed 100 characters"},
        "False",
    ),
    "unknown swagger": (
        "GET",
        "/swagger.json?version=9",
        None,
        {},
        404,
        {"message": "Swagger version [9] is not valid. Supported versions: [2, 3, 3.1]."},
        "False",
    ),
    "too large": ("POST", "/score", None, {"Content-Length": str(101 * 1024 * 1024)}, 413, None, "False"),
}


@pytest.mark.parametrize("name", PLAIN_CASES)
def test_plain_script(name: str, plain: Any) -> None:
    method, path, body, headers, status, expected, failed = PLAIN_CASES[name]
    answer = plain.request(method, path, body, headers)
    assert answer.status == status, answer.body
    if expected is not None:
        assert answer.json() == expected
    assert answer.headers.get("x-ms-run-function-failed") == failed
    assert ("x-ms-run-fn-exec-ms" in answer.headers) == (status == 200)
    assert answer.headers["content-type"] == "application/json"
    assert ("x-request-id" in answer.headers) == (
        status not in (404, 405, 431) or "swagger" in path or "client" in name
    ) or (method == "DELETE")
    assert plain.request().body == b"Healthy"


def test_nan_is_written_as_v1_writes_it(plain: Any) -> None:
    assert plain.request("POST", "/score", "!float('nan')").body == b"NaN"


def test_the_exception_is_in_the_log_with_the_line_and_not_in_the_answer(plain: Any, wait_for: Any) -> None:
    answer = plain.request("POST", "/score", "!{}['secret-key']")
    assert b"secret-key" not in answer.body
    wait_for(lambda: "KeyError: 'secret-key'" in plain.log_text())
    record = next(r for r in plain.log() if "Encountered Exception: Traceback" in r["m"] and r["s"] == "stdout")
    assert record["l"] == "E"


@pytest.mark.parametrize(
    ("returned", "sentence"),
    [
        ("{'label': __import__('decimal').Decimal(1)}", "“label” of the response is a decimal.Decimal,"),
        ("[{'a': [1, __import__('array').array('d')]}]", "“[0].a[1]” of the response is a array.array,"),
        ("{1, 2}", "The response is a set,"),
    ],
)
def test_what_json_does_not_have_is_named(plain: Any, wait_for: Any, returned: str, sentence: str) -> None:
    assert plain.request("POST", "/score", f"!{returned}").status == 500
    wait_for(lambda: f"{sentence} which JSON does not have; use " in plain.log_text())


def test_health(plain: Any) -> None:
    answer = plain.request(headers={CHALLENGE_HEADER: "abc"})
    assert (answer.status, answer.body) == (200, b"Healthy")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-ms-server-version"].startswith("scoredock/")
    assert answer.headers[PROOF_HEADER] == proof("the-nonce", "abc")
    assert PROOF_HEADER not in plain.request().headers
    head = plain.request("HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "7")


def test_ready_is_503_until_init_has_returned(service: Any, wait_for: Any) -> None:
    service.write(
        "import os, time\ndef init():\n    print('begun', flush=True)\n"
        "    while not os.path.exists('go'): time.sleep(0.005)\ndef run(data): return 1\n"
    )
    service.start(metrics=True)  # as every service of Scoredock
    wait_for(lambda: "begun" in service.log_text())
    assert (service.request().status, service.request().body) == (200, b"Healthy")
    assert service.request("GET", "/ready").status == 503
    (service.app / "go").touch()
    wait_for(lambda: service.request("GET", "/ready").status == 200)
    assert service.request("GET", "/ready").body == b"Ready"


def test_log_lines_have_azure_format(plain: Any, wait_for: Any) -> None:
    plain.score("for the log")
    wait_for(lambda: "POST /score 200" in plain.log_text())
    lines = plain.log_text()
    assert " azmlinfsrv.print - init here" in lines
    line = next(line for line in lines.splitlines() if "POST /score 200" in line)
    stamp, rest = line[:23], line[23:]
    time.strptime(stamp[:19], "%Y-%m-%d %H:%M:%S")
    assert rest.startswith(f" I [{plain.status.worker_pids[0]}] azmlinfsrv - POST /score 200 ")


def test_the_request_id_follows_in_the_log_of_a_strict_service(service: Any, wait_for: Any) -> None:
    service.up(strict=True, request_log="ids")
    service.score(1, **{"x-request-id": "mine-1"})
    line = wait_for(lambda: next((each for each in service.log_text().splitlines() if "POST /score" in each), ""))
    assert line.endswith(" mine-1")


DECORATED_CASES: dict[str, tuple[str, str, bytes | None, dict[str, str], int, Any]] = {
    "post": ("POST", "/score", b'{"data": [1, 2]}', JSON, 200, {"sum": 3}),
    "default": ("POST", "/score", b'{"data": [1, 2], "factor": 2, "extra": 1}', JSON, 200, {"sum": 6}),
    "json by suffix": (
        "POST",
        "/score",
        b'{"data": [1]}',
        {"Content-Type": "application/vnd.x+json; a=b"},
        200,
        {"sum": 1},
    ),
    "get": ("GET", "/score?data=[1,2]&factor=3", None, {}, 200, {"sum": 9}),
    "get without": ("GET", "/score", None, {}, 400, {"message": "A value is not provided for the 'data' parameter."}),
    "text": (
        "POST",
        "/score",
        b'{"data": [1]}',
        {"Content-Type": "text/plain"},
        415,
        {"message": "Expects Content-Type to be application/json"},
    ),
    "no type": (
        "POST",
        "/score",
        b'{"data": [1]}',
        {},
        415,
        {"message": "Expects Content-Type to be application/json"},
    ),
    "empty": ("POST", "/score", b"", JSON, 400, {"message": "POST body is empty. Expecting a JSON dictionary."}),
    "bad json": (
        "POST",
        "/score",
        b"[1",
        JSON,
        400,
        {"message": "POST body could not be decoded as JSON: Expecting ',' delimiter: line 1 column 3 (char 2)"},
    ),
    "list": ("POST", "/score", b"[1]", JSON, 400, {"message": "POST body should be a JSON dictionary."}),
    "missing": (
        "POST",
        "/score",
        b'{"factor": 1}',
        JSON,
        400,
        {"message": "A value is not provided for the 'data' parameter."},
    ),
    "wrong type": ("POST", "/score", b'{"data": 3}', JSON, 500, SCRIPT_FAILED),
    "deep": ("POST", "/score", b"[" * 200_000, JSON, 400, None),
    "long number": ("POST", "/score", b'{"data": [' + b"9" * 5000 + b"]}", JSON, None, None),
    "options": ("OPTIONS", "/score", None, {}, 200, None),
}


@pytest.mark.parametrize("name", DECORATED_CASES)
def test_decorated_script(name: str, decorated: Any) -> None:
    method, path, body, headers, status, expected = DECORATED_CASES[name]
    answer = decorated.request(method, path, body, headers)
    assert answer.status == status or (status is None and answer.status in (200, 400)), answer.body
    if expected is not None:
        assert answer.json() == expected
    assert decorated.request("POST", "/score", b'{"data": [1]}', JSON).status == 200


IDS = [
    # sent: x-request-id, x-ms-request-id, x-ms-client-request-id; got the same three ("*": a new one)
    ((None, None, None), ("*", "*", None)),
    (("A", None, None), ("A", "A", None)),
    ((None, "B", None), ("*", "B", "B")),
    ((None, None, "C"), ("*", "C", "C")),
    (("A", "B", None), ("A", "B", "B")),
    ((None, "B", "C"), ("*", "B", "C")),
    (("A", None, "C"), ("A", "C", "C")),
    (("A", "B", "C"), ("A", "B", "C")),
]
ID_NAMES = ("x-request-id", "x-ms-request-id", "x-ms-client-request-id")


@pytest.mark.parametrize(("sent", "got"), IDS)
def test_request_ids(sent: tuple[str | None, ...], got: tuple[str | None, ...], plain: Any) -> None:
    given = {name: value for name, value in zip(ID_NAMES, sent, strict=True) if value is not None}
    answer = plain.score(1, **given, TraceId="T")
    told = [answer.headers.get(name) for name in ID_NAMES]
    new = told[0] if got[0] == "*" else None
    assert told == [new if value == "*" else value for value in got]
    assert new is None or str(uuid.UUID(new)) == new
    assert answer.headers["traceid"] == "T"


def test_request_headers_reach_a_run_that_asks_for_them(service: Any) -> None:
    service.up("def init(): pass\ndef run(data, request_headers):\n    return request_headers\n")
    assert service.score(1, **{"x-oWn-thing": "v"}).json()["X-Own-Thing"] == "v"


def test_health_answers_while_run_works_and_runs_take_turns(service: Any, wait_for: Any) -> None:
    service.up(
        "import os, time\nbusy = []\ndef init(): pass\ndef run(data):\n    busy.append(1)\n    print('begun')\n"
        "    while not os.path.exists('go'): time.sleep(0.005)\n    time.sleep(0.05)\n"
        "    n = len(busy)\n    busy.pop()\n    return n\n"
    )
    answers: list[Any] = []
    clients = [threading.Thread(target=lambda: answers.append(service.score(1).json())) for _ in range(3)]
    for client in clients:
        client.start()
    wait_for(lambda: "begun" in service.log_text())
    assert service.request().status == 200  # run() goes on only after that
    (service.app / "go").touch()
    for client in clients:
        client.join()
    assert answers == [1, 1, 1]


def test_run_has_what_init_had(service: Any) -> None:
    """The same thread: databases, signal handlers and event loops are bound to it."""
    service.up(
        "import sqlite3, signal, threading, asyncio\ndef init():\n    global db, home\n    db ="
        " sqlite3.connect(':memory:')\n    home = threading.get_ident()\ndef run(data):\n   "
        " signal.signal(signal.SIGUSR2, signal.SIG_IGN)\n    return [db.execute('select 7').fetchone()[0], home =="
        " threading.get_ident(), asyncio.run(f())]\nasync def f():\n    return 'async'\n"
    )
    assert service.score(1).json() == [7, True, "async"]


def test_a_request_that_takes_too_long(service: Any) -> None:
    script = (
        "import time\ndef init(): pass\ndef run(data):\n    try:\n        time.sleep(30 if data == '1' else 0)\n"
        "    except Exception as e:\n        return str(e)\n    return 'ok'\n"
    )
    service.up(script, environment={"SCORING_TIMEOUT_MS": "300"}, strict=True)
    answer = service.score(1)
    # In v1 the script's `except Exception` would catch it.
    assert (answer.status, answer.json()) == (504, {"message": "Scoring timeout after 300 ms"})
    assert answer.headers["x-ms-run-function-failed"] == "True"
    assert service.score(2).json() == "ok"


def test_a_streamed_answer_leaves_the_time_of_others_alone(service: Any, wait_for: Any) -> None:
    service.up(STREAMED, scoring_timeout=0.5)
    streamed: list[Any] = []
    client = threading.Thread(target=lambda: streamed.append(service.request("GET", "/score?until=go")))
    client.start()
    wait_for(lambda: "streams" in service.log_text())
    assert service.score(2).status == 504
    assert streamed == []
    (service.app / "go").touch()
    client.join()
    assert (streamed[0].status, streamed[0].body) == (200, b"ab")


def test_each_part_of_a_streamed_answer_comes_when_it_is_yielded(service: Any) -> None:
    """The script makes the second part only once the client has the first one, however a client is told the end."""
    service.up(STREAMED)
    for version, first, rest in (("1.1", b"1\r\na\r\n", b"1\r\nb\r\n0\r\n\r\n"), ("1.0", b"a", b"b")):
        with socket.create_connection(("127.0.0.1", service.status.port), timeout=patience(30)) as client:
            head = f"GET /score?until=go-{version} HTTP/{version}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            client.sendall(head.encode())
            answer = client.makefile("rb")
            while answer.readline().strip():
                pass
            assert answer.read(len(first)) == first
            (service.app / f"go-{version}").touch()
            assert answer.read() == rest


def test_the_line_of_a_streamed_answer_has_no_length(service: Any, wait_for: Any) -> None:
    """Nor has azmlinfsrv's: how long it becomes is not known when the line is written."""
    service.up(STREAMED, request_log=contract.LOG_IDS)
    (service.app / "go").touch()
    assert service.request("GET", "/score?until=go").body == b"ab"
    assert service.request("GET", "/swagger.json").status == 200
    wait_for(lambda: "/swagger.json" in service.log_text())
    lengths = re.findall(r"azmlinfsrv - GET (\S+) 200 [\d.]+ms (\S+) [\w-]{36}$", service.log_text(), re.MULTILINE)
    assert [path for path, _ in lengths] == ["/score?until=go", "/swagger.json"]
    assert lengths[0][1] == "N/A"
    assert int(lengths[1][1]) > 100


GATED_INIT = """
import os, time
def init():
    while not os.path.exists("go"):
        time.sleep(0.005)
def run(data):
    return data
"""


def test_whoever_asks_for_the_description_while_init_runs_waits_as_for_a_score(service: Any, wait_for: Any) -> None:
    service.write(GATED_INIT)
    service.start(worker_count=1)
    wait_for(lambda: service.status.port)
    wait_for(lambda: service.request("GET", "/").status == 200)
    paths = ("/swagger.json", "/swagger.json?version=3", "/swagger.json?version=9", "/score")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        waiting = {path: pool.submit(service.request, "GET", path) for path in paths}
        with socket.create_connection(("127.0.0.1", service.status.port)) as leaves:
            leaves.sendall(b"GET /swagger.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert service.request("OPTIONS", "/swagger.json").status == 200
        assert concurrent.futures.wait(waiting.values(), timeout=0.5).done == set()
        (service.app / "go").touch()
        answers = {path: each.result() for path, each in waiting.items()}
    assert [answers[path].status for path in paths] == [200, 200, 404, 200]
    assert [answers[path].json().get("swagger", "") for path in paths[:2]] == ["2.0", ""]


def test_whoever_asks_for_the_description_of_a_script_that_does_not_start_is_let_go(
    service: Any, wait_for: Any
) -> None:
    service.write(GATED_INIT + "\n\nreal = init\ndef init():\n    real()\n    raise ValueError('no')\n")
    service.start()
    wait_for(lambda: service.status.port)
    wait_for(lambda: service.request("GET", "/").status == 200)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(service.request, "GET", "/swagger.json")
        assert concurrent.futures.wait([waiting], timeout=0.5).done == set()
        (service.app / "go").touch()
        with pytest.raises((OSError, http.client.HTTPException)):
            waiting.result(patience(20))


def test_a_sweep_that_is_due_is_made_at_once() -> None:
    app: Any = SimpleNamespace(body_limit=1)
    server = Server([], app, Admission(lambda _: None, lambda: None), shared=False)
    ours, theirs = socket.socketpair()
    with theirs:
        server._on_second(server.loop.now)
        connection = Connection(server, ours, ("127.0.0.1", 1))
        connection.transport.deadline = server.loop.now + 0.05
        server.welcome(connection)
        server._next_second = server.loop.now + 60
        turns = 0
        while server.connections and turns < 1000:
            server.turn()
            turns += 1
        assert turns < 10
        assert theirs.recv(1) == b""


def test_environment_paths_and_modules(service: Any) -> None:
    service.write("VALUE = 5\n", "src/beside.py")
    service.write("{}", "src/extra.json")
    script = """
    import json, os, sys
    import beside
    def init(): pass
    def run(data):
        names = ("AML_APP_ROOT", "AZUREML_ENTRY_SCRIPT", "AZUREML_SOURCE_DIRECTORY", "AZUREML_MODEL_DIR", "MINE")
        return [*map(os.environ.get, names), os.getcwd(), beside.VALUE, json.load(open("./src/extra.json")), __file__]
    """
    service.write(script, "src/score.py")
    service.start(
        entry_script="src/score.py",
        source_directory="src",
        model_dir="/models",
        environment={"MINE": "yes", "PYTHONHASHSEED": "0"},
    )
    assert service.settle().phase == contract.READY, service.status
    root = str(service.app)
    assert service.score(1).json() == [
        root,
        "src/score.py",
        "src",
        "/models",
        "yes",
        root,
        5,
        {},
        f"{root}/src/score.py",
    ]


def test_file_names_of_the_script_do_not_stand_in_for_ours(service: Any) -> None:
    for name in ("json.py", "uvicorn.py", "asyncio.py", "scoredock_runtime.py"):
        service.write("raise RuntimeError('not this one')\n", name)
    service.up()
    assert service.score(1).status == 200


HOSTILE: dict[str, bytes] = {
    "two lengths": b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and chunks": (
        b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "signed length": b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: +2\r\n\r\nab",
    "bad chunk": b"POST /score HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "zero in header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
    "space before colon": b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "noise": bytes(range(256)) * 4 + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_get_a_refusal_and_harm_nobody(name: str, plain: Any) -> None:
    with socket.create_connection(("127.0.0.1", plain.status.port), timeout=5) as client:
        client.sendall(HOSTILE[name])
        client.shutdown(socket.SHUT_WR)
        told = b""
        while data := client.recv(65536):
            told += data
    assert not told or told.startswith(b"HTTP/1.1 4"), told[:100]
    assert plain.request().status == 200


def test_half_open_clients_hold_nobody_up(plain: Any) -> None:
    held = [socket.create_connection(("127.0.0.1", plain.status.port)) for _ in range(50)]
    for client in held:
        client.sendall(b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nab")
    assert plain.score(1).status == 200
    for client in held:
        client.close()
    assert plain.score(2).json() == {"got": "2"}


def test_a_body_without_end_is_cut_off(plain: Any) -> None:
    chunk = b"400000\r\n" + b"x" * 0x400000 + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", plain.status.port), timeout=30) as client:
        client.sendall(b"POST /score HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            while sent < 60:
                client.sendall(chunk)
                sent += 1
    assert 24 <= sent < 60
    assert plain.score(3).status == 200


def test_a_path_forges_no_line_of_the_log(plain: Any, wait_for: Any) -> None:
    plain.request("GET", "/a%0Aforged%1b[31m", headers={"Origin": "http://evil.example"})
    wait_for(lambda: "GET /a%0Aforged%1b[31m 403" in plain.log_text())
    assert not any(record["m"].startswith("forged") for record in plain.log())


def test_answers_belong_to_their_requests(plain: Any) -> None:
    wrong: list[Any] = []

    def ask(number: int) -> None:
        for index in range(rounds(gate=15, long=50)):
            answer = plain.score([number, index], **{"x-request-id": f"{number}-{index}"})
            if (
                answer.json() != {"got": json.dumps([number, index])}
                or answer.headers["x-request-id"] != f"{number}-{index}"
            ):
                wrong.append(answer)

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert wrong == []
