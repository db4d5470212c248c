"""A script in a process of its own Python, beside the worker that serves it: asked over HTTP, in this Python and in one
that is too old for the runtime."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

import interpreters
from scoredock_runtime import contract

PLAIN = """
import atexit, json, os, signal, sys, time

def init():
    global answered
    answered = 0
    atexit.register(lambda: open("left", "w").close())

def fails(value):
    raise ValueError("as asked: %r" % value)

def run(data):
    value = json.loads(data)
    if value == "version":
        return list(sys.version_info[:2])
    if value == "pid":
        return os.getpid()
    if value == "fail":
        fails(value)
    if value == "exit":
        sys.exit(4)
    if value == "set":
        return {1, 2}
    if value == "print":
        print("printed by the script")
    if value == "slow":
        time.sleep(0.5)
    if value == "sleep":
        open("running", "w").close()
        try:
            time.sleep(60)
        finally:
            print("woken")
    if value == "deaf":
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        time.sleep(60)
    if value == "die":
        os.kill(os.getpid(), signal.SIGSEGV)
    if value == "leave":
        os._exit(7)
    if value == "close":
        os.closerange(3, 200)
    if value == "fork" and os.fork() == 0:
        return "child"
    if value == "grow":
        globals()["held"] = b"x" * 200_000_000
    return {"got": value}
"""

DECORATED = """
import datetime
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema

def init(): pass

@input_schema("numbers", StandardPythonParameterType([1, 2]))
@input_schema("times", StandardPythonParameterType(2))
@input_schema("day", StandardPythonParameterType(datetime.datetime(2020, 1, 2, 3, 4)))
@output_schema(StandardPythonParameterType([2, 4]))
def run(numbers, day, times=3):
    return [each * times for each in numbers] + [day.isoformat()]
"""

HEADERS = """
def init(): pass

def run(data, request_headers):
    return [data, request_headers["X-Own"]]
"""

RAW = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse
from flask import Response, request as current

def init(): pass

@rawhttp
def run(request):
    kind = request.args.get("parts")
    if kind:
        def parts():
            yield "one "
            yield "two "
            if kind == "broken":
                raise ValueError("in the middle")
            yield "three"
        return Response(parts(), 200)
    if request.method == "GET":
        return AMLResponse(request.args.get("a", ""), 203, {"X-Own": current.headers["X-Asked"]})
    if request.args.get("forge"):
        return Response("x", headers=[("X-Bad", "a")], status=99)
    return AMLResponse(bytes(reversed(request.get_data())), 200)
"""


@pytest.fixture
def old_service(make_service: Any, old_python: Path) -> Any:
    """A service whose script runs in an old Python."""
    return make_service().up(PLAIN, script_python=str(old_python))


@pytest.fixture
def remote(make_service: Any) -> Any:
    """Starts services whose scripts run in a process of their own, in this Python."""

    def start(script: str = PLAIN, **changes: Any) -> Any:
        return make_service().up(script, script_python=sys.executable, **changes)

    return start


def script_pid(service: Any) -> int:
    """Of the process of the script, asked of the system."""
    (worker,) = service.status.worker_pids
    (child,) = psutil.Process(worker).children()
    return int(child.pid)


def fails(service: Any, script: str, **changes: Any) -> contract.Failure:
    """The failure that a service ends with; nothing of it is left."""
    service.write(script)
    service.start(**changes)
    status = service.settle()
    assert status.phase == contract.FAILED
    return status.failure


OLD = [
    pytest.param(version, marks=[] if index == 0 else [pytest.mark.long("the oldest one is asked at the gate")])
    for index, version in enumerate(["the oldest", "3.7", "3.8", "PyPy"])
]


@pytest.mark.parametrize("version", OLD)
def test_it_serves(version: str, make_service: Any, require: Any, wait_for: Any) -> None:
    try:
        known = {**interpreters.old(), "PyPy": interpreters.pypy()} if version == "PyPy" else interpreters.old()
    except LookupError as fault:
        require(False, str(fault))
        raise
    python = next(iter(known.values())) if version == "the oldest" else known.get(version)
    if python is None:
        pytest.skip(f"no Python {version} here; the oldest one is asked")
    service = make_service().up(PLAIN, script_python=str(python))
    major, minor = service.score("version").json()
    assert (major, minor) < (3, 9)
    assert service.score({"a": [1.5, None, "\u00e9"]}).json() == {"got": {"a": [1.5, None, "\u00e9"]}}
    large = "z" * 3_000_000
    assert service.score(large).json() == {"got": large}
    assert service.request("POST", "/score", b'"\xff"').status == 400
    assert [service.request("GET", path).status for path in ("/", "/none", "/swagger.json")] == [200, 404, 200]
    assert service.score("fail").status == 500
    assert service.score("exit").status == 500
    assert service.score("fork").json() == {"got": "fork"}
    pid = script_pid(service)
    assert service.score("pid").json() == pid

    answer = service.replace(DECORATED, 2)
    assert answer.status == 200, answer.body
    wait_for(lambda: not psutil.pid_exists(pid))
    assert (service.folder / "revisions" / "1" / "azureml-app" / "left").exists()  # its exit handlers ran
    body = {"numbers": [1, 2], "day": "2024-02-03T04:05:06"}
    assert service.score(body).json() == [3, 6, "2024-02-03T04:05:06"]
    assert service.score({"numbers": [1, 2]}).status == 400
    assert service.request("POST", "/score", b"{", {"Content-Type": "application/json"}).status == 400
    assert service.request("POST", "/score", b"{}", {"Content-Type": "text/plain"}).status == 415
    swagger = service.request("GET", "/swagger.json").json()
    assert swagger["definitions"]["ServiceInput"]["properties"].keys() == {"numbers", "times", "day"}

    assert service.replace(HEADERS, 3).status == 200
    assert service.score(1, **{"x-own": "mine"}).json() == ["1", "mine"]
    service.stop()
    wait_for(service.gone)


@pytest.mark.parametrize("python", [sys.executable, ""], ids=["of its own", "of the worker"])
def test_a_schema_library_without_versions_describes_swagger_2(python: str, make_service: Any) -> None:
    script = """
    import sys, types
    older = types.ModuleType("inference_schema.schema_util")
    older.is_schema_decorated = lambda run: True
    older.get_input_schema = older.get_output_schema = lambda run: {"type": "array"}
    sys.modules[older.__name__] = older
    def init(): pass
    def run(data): return data
    """
    service = make_service().up(script, script_python=python)
    assert service.request("GET", "/swagger.json").json()["definitions"]["ServiceInput"] == {"type": "array"}
    assert service.request("GET", "/swagger.json?version=3").status == 404


def test_a_service_goes_from_one_python_to_another_and_back(remote: Any, old_python: Path) -> None:
    service = remote(PLAIN)
    assert service.score("version").json() == list(sys.version_info[:2])
    assert service.replace(PLAIN, 2, script_python=str(old_python)).status == 200
    assert service.score("version").json() < [3, 9]
    assert service.replace(PLAIN, 3, script_python="").status == 200
    assert service.score("version").json() == list(sys.version_info[:2])
    assert service.score("pid").json() == service.status.worker_pids[0]


def test_raw_http(remote: Any, wait_for: Any) -> None:
    service = remote(RAW)
    assert service.request("POST", "/score", b"abc").body == b"cba"
    answer = service.request("GET", "/score?a=b", headers={"X-Asked": "that"})
    assert (answer.status, answer.body, answer.headers["x-own"]) == (203, b"b", "that")
    assert service.request("GET", "/score?parts=whole").body == b"one two three"
    with pytest.raises(Exception, match="IncompleteRead"):
        service.request("GET", "/score?parts=broken")
    assert service.request("POST", "/score?forge=1", b"x").status == 500
    assert service.request("POST", "/score", b"after").body == b"retfa"
    wait_for(lambda: "ValueError: in the middle" in service.log_text())


def test_raw_http_without_flask_says_what_is_missing(make_service: Any, old_python: Path) -> None:
    failure = fails(make_service(), RAW, script_python=str(old_python))
    assert failure.cause == contract.IMPORT_FAILED
    assert "add flask to its packages" in failure.message
    assert failure.frames[-1].file.endswith("score.py")


def test_exceptions_are_at_the_persons_line(old_service: Any, wait_for: Any) -> None:
    assert old_service.score("fail").status == 500
    requests = wait_for(lambda: old_service.status.requests if old_service.status.requests.failed else None)
    assert requests.failure.message == "ValueError: as asked: 'fail'"
    assert [(each.function, each.text) for each in requests.failure.frames] == [
        ("run", "fails(value)"),
        ("fails", 'raise ValueError("as asked: %r" % value)'),
    ]
    assert old_service.score("set").status == 500
    wait_for(lambda: "TypeError: " in old_service.log_text())
    text = old_service.log_text()
    assert text.count("Encountered Exception: Traceback") == 2
    assert "\nThe response is a set, which JSON does not have; use a number" in text
    assert "script_calls.py" not in text.partition("as asked")[0]


def test_prints_stand_between_the_lines_of_their_requests(old_service: Any, wait_for: Any) -> None:
    for value in ("print", 1, "print"):
        assert old_service.score(value).status == 200
    wait_for(lambda: old_service.log_text().count("POST /score") == 3)
    lines = [each["m"] for each in old_service.log() if "POST /score" in each["m"] or "printed" in each["m"]]
    assert ["printed" in each for each in lines] == [True, False, False, True, False]
    # All are of one worker, whichever process wrote them.
    (pid,) = old_service.status.worker_pids
    assert all(f"[{pid}]" in each for each in lines)


def test_a_timeout_interrupts_run(make_service: Any, old_python: Path, wait_for: Any) -> None:
    service = make_service().up(
        PLAIN, script_python=str(old_python), environment={"SCORING_TIMEOUT_MS": "700"}, strict=True
    )
    before = script_pid(service)
    began = time.monotonic()
    answer = service.score("sleep")
    assert (answer.status, answer.json()) == (504, {"message": "Scoring timeout after 700 ms"})
    assert time.monotonic() - began < 10
    wait_for(lambda: "azmlinfsrv.print - woken" in service.log_text())
    assert service.score("pid").json() == before
    # One that is deaf is taken for stuck, as a worker is, and the next one serves.
    assert service.score("deaf").status == 504
    wait_for(lambda: service.status.restarts == 1 and service.status.phase == contract.READY)
    wait_for(lambda: not psutil.pid_exists(before))
    assert service.score("pid").json() != before


def test_interrupts_meet_the_call_that_they_are_for(remote: Any) -> None:
    """Calls of about the time that they have: an interrupt that comes late never stops the next one."""
    script = """
    import json, time
    def init(): pass
    def run(data):
        time.sleep(json.loads(data))
        return "whole"
    """
    service = remote(script, environment={"SCORING_TIMEOUT_MS": "50"})
    statuses = [service.score(seconds).status for _ in range(15) for seconds in (0.0495, 0, 0.0505, 0)]
    assert set(statuses[1::2]) == {200}
    assert set(statuses) <= {200, 500}


@pytest.mark.parametrize(("value", "how"), [("die", "signal SIGSEGV"), ("leave", "exit code 7"), ("close", "83")])
def test_the_worker_ends_as_the_process_of_its_script(value: str, how: str, old_service: Any, wait_for: Any) -> None:
    (worker,) = old_service.status.worker_pids
    before = script_pid(old_service)
    with pytest.raises(Exception, match=r"RemoteDisconnected|Connection reset|without response"):
        old_service.score(value)
    wait_for(lambda: old_service.status.worker_pids not in ([worker], []) and old_service.status.phase == "ready")
    assert old_service.score(1).json() == {"got": 1}
    assert not psutil.pid_exists(before)
    assert f"Worker {worker} ended with" in old_service.log_text()
    assert how in old_service.log_text()


def _is_cut_off(service: Any) -> None:
    with pytest.raises((OSError, http.client.HTTPException)):
        service.score("sleep")


@pytest.mark.parametrize("killed", ["the script", "the worker", "the parent and the worker"])
def test_nothing_is_left_of_what_is_killed(killed: str, old_service: Any, wait_for: Any) -> None:
    (worker,) = old_service.status.worker_pids
    script = script_pid(old_service)
    waiting = threading.Thread(target=_is_cut_off, args=(old_service,))
    waiting.start()
    wait_for((old_service.app / "running").exists)
    if killed == "the parent and the worker":
        os.kill(old_service.status.parent_pid, signal.SIGKILL)
    os.kill(script if killed == "the script" else worker, signal.SIGKILL)
    wait_for(lambda: not psutil.pid_exists(script))
    waiting.join()
    if killed != "the parent and the worker":
        wait_for(lambda: old_service.status.worker_pids not in ([worker], []) and old_service.status.phase == "ready")
        assert old_service.score(1).json() == {"got": 1}
        old_service.stop()
    wait_for(old_service.gone)


INIT = {
    "raises": (
        "def helper():\n    raise KeyError('model')\ndef init():\n    helper()\ndef run(data): pass\n",
        contract.INIT_FAILED,
        "KeyError: 'model'",
        2,
    ),
    "exits": ("def init():\n    raise SystemExit(2)\ndef run(data): pass\n", contract.INIT_EXITED, "SystemExit(2)", 2),
    "ends": ("import os\ndef init():\n    os._exit(0)\ndef run(data): pass\n", contract.INIT_EXITED, "exit code 0", 0),
    "crashes": (
        "import os, signal\ndef init():\n    os.kill(os.getpid(), signal.SIGSEGV)\ndef run(data): pass\n",
        contract.INIT_EXITED,
        "signal SIGSEGV",
        3,
    ),
    "newer syntax": (
        "def init(): pass\ndef run(data):\n    if (value := data): return value\n",
        contract.SCRIPT_INVALID,
        "SyntaxError: invalid syntax",
        3,
    ),
    "no module": ("import no_such_module\n", contract.IMPORT_FAILED, "No module named 'no_such_module'", 1),
    "no run": ("def init(): pass\n", contract.SCRIPT_INVALID, "does not have a run() function", 1),
}


@pytest.mark.parametrize("case", INIT)
def test_a_script_that_cannot_serve(case: str, make_service: Any, old_python: Path, wait_for: Any) -> None:
    script, cause, message, line = INIT[case]
    service = make_service()
    if case == "newer syntax" and "3.8" in str(old_python):
        pytest.skip("no Python of before 3.8 here")
    failure = fails(service, script, script_python=str(old_python))
    assert (failure.cause, message in failure.message) == (cause, True), failure
    assert [each.line for each in failure.frames][-1:] == ([line] if line else [])
    wait_for(service.gone)


def test_an_init_that_hangs_is_told_with_its_place(make_service: Any, old_python: Path, wait_for: Any) -> None:
    service = make_service()
    script = "import time\ndef init():\n    time.sleep(60)\ndef run(data): pass\n"
    failure = fails(service, script, script_python=str(old_python), start_timeout=3.0)
    assert failure.cause == contract.INIT_TIMEOUT
    assert [(each.function, each.line) for each in failure.frames] == [("init", 3)]
    wait_for(service.gone)


HELLO = """#!{python}
import json, os, struct, sys, time
class channel:
    reading, writing = map(int, sys.argv[2:4])
    def recv(size): return os.read(channel.reading, size)
    def sendall(data):
        while data: data = data[os.write(channel.writing, data):]
    def close(): os.close(channel.writing); os.close(channel.reading)
def send(kind, fields={{}}, mark=b"SDS1", size=None, body=b""):
    text = json.dumps(fields).encode()
    length = len(body) if size is None else size
    channel.sendall(struct.pack("<4sBBHIQd", mark, kind, 0, 0, len(text), length, 0.0) + text + body)
GOOD = dict(version=[3, 7, 1], bits=64, implementation="cpython", protocol=1)
LOADED = dict(path="/x", kind="text", wants_headers=False, schemas=None)
"""
GREETS = HELLO + "send(32, GOOD); channel.recv(65536)\n"
SERVES = GREETS + "send(33, LOADED); channel.recv(65536); send(34, dict(flask=False)); channel.recv(65536)\n"

HOSTILE = {
    "hangs before it says anything": (HELLO + "time.sleep(60)", "did not say within 2 seconds which Python it is"),
    "ends": (HELLO + "sys.exit(0)", "ended with exit code 0 and did not say which Python it is"),
    "is killed": (HELLO + "os.kill(os.getpid(), 9)", "ended with signal SIGKILL (Killed) and did not say"),
    "closes": (HELLO + "channel.close(); time.sleep(60)", "closed its channel and did not say which Python it is"),
    "32 bits": (HELLO + "send(32, dict(GOOD, bits=32)); time.sleep(60)", "is a Python of 32 bits"),
    "2.7": (HELLO + "send(32, dict(GOOD, version=[2, 7, 18])); time.sleep(60)", "is Python 2.7.18, and a script needs"),
    "no version": (HELLO + "send(32, dict(version='3.7')); time.sleep(60)", "did not say which Python it is"),
    "another message": (HELLO + "send(35, {{}}); time.sleep(60)", "did not say first which Python it is"),
    "text": (HELLO + "channel.sendall(b'hello, here is a shell' * 9); time.sleep(60)", "sent what is not a message"),
    "fields that are a list": (HELLO + "send(32, [1]); time.sleep(60)", "sent fields that are not a JSON object"),
    "2 GB": (HELLO + "send(32, GOOD, size=2**31); time.sleep(60)", "has a message of 2147 MB, more than the 1024 MiB"),
    "half a head": (HELLO + "channel.sendall(b'SDS1'); channel.close(); time.sleep(60)", "closed its channel"),
    "half a message": (HELLO + "send(32, GOOD, size=9); channel.close(); time.sleep(60)", "closed its channel"),
    "two messages": (HELLO + "send(32, GOOD, body=b'x' * 99, size=9); time.sleep(60)", "sent more than one message"),
    "half a message later": (
        GREETS + "send(33, LOADED, size=9); channel.close(); time.sleep(60)",
        "The process of the script closed its channel in the middle of a message, and was ended",
    ),
    "garbage later": (
        GREETS + "send(33, LOADED, mark=b'HTTP'); time.sleep(60)",
        "The process of the script sent what is not a message of Scoredock",
    ),
    "2 GB later": (GREETS + "send(33, LOADED, size=2**31); time.sleep(60)", "has a message of 2147 MB"),
    "what is not due": (GREETS + "send(39); time.sleep(60)", "answered with a message of kind 39"),
}


def program(folder: Path, source: str) -> str:
    path = folder / "interpreter"
    path.write_text(source.format(python=sys.executable))
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_interpreter(case: str, make_service: Any, tmp_path: Path, wait_for: Any) -> None:
    source, sentence = HOSTILE[case]
    service = make_service()
    failure = fails(service, PLAIN, script_python=program(tmp_path, source), start_timeout=4.0)
    assert failure.cause == contract.SCRIPT_PYTHON_FAILED, failure
    assert sentence in failure.message
    wait_for(service.gone)


NO_PYTHON = {
    "nothing there": ("/nowhere/python", "/nowhere/python cannot be started: No such file or directory."),
    "a folder": ("/tmp", "/tmp cannot be started: Permission denied."),
    "another program": ("/bin/true", "/bin/true ended with exit code 0 and did not say which Python it is."),
    "no program": (__file__, "cannot be started: Permission denied."),
}


@pytest.mark.parametrize("case", NO_PYTHON)
def test_what_is_no_python(case: str, make_service: Any, wait_for: Any) -> None:
    python, sentence = NO_PYTHON[case]
    service = make_service()
    failure = fails(service, PLAIN, script_python=python)
    assert failure.cause == contract.SCRIPT_PYTHON_FAILED, failure
    assert sentence in failure.message
    wait_for(service.gone)


def test_python_2_says_that_it_is_too_old(make_service: Any) -> None:
    candidates = sorted(Path.home().glob(".pyenv/versions/2.7.*/bin/python"))
    if not candidates:
        pytest.skip("no Python 2.7 here; a program that says that it is one is refused in any case")
    failure = fails(make_service(), PLAIN, script_python=str(candidates[0]))
    assert failure.cause == contract.SCRIPT_PYTHON_FAILED
    assert "is Python 2.7" in failure.message


LATER = {
    "garbage": ("channel.sendall(b'x' * 99); time.sleep(60)", "sent what is not a message of Scoredock"),
    "half a message": ("send(36, size=9); channel.close(); time.sleep(60)", "in the middle of a message"),
    "2 GB": ("send(36, size=2**31); time.sleep(60)", "has a message of 2147 MB"),
    "fields that say nothing": ("send(39, dict(what='run')); time.sleep(60)", "sent fields that say nothing"),
}


@pytest.mark.parametrize("case", LATER)
def test_an_interpreter_that_turns_hostile_is_replaced(
    case: str, make_service: Any, tmp_path: Path, wait_for: Any
) -> None:
    source, sentence = LATER[case]
    service = make_service().up(PLAIN, script_python=program(tmp_path, SERVES + source))
    before = script_pid(service)
    with contextlib.suppress(OSError):  # the worker may be gone before its answer is
        assert service.score(1).status == 500
    wait_for(lambda: service.status.restarts == 1 and service.status.phase == contract.READY)
    assert not psutil.pid_exists(before)
    assert sentence in service.log_text()
    assert "is killed: The process of the script" in service.log_text()


def test_prints_before_the_hello_are_in_the_log(make_service: Any, tmp_path: Path, old_python: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "sitecustomize.py").write_text("print('from sitecustomize')\n")
    service = make_service().up(PLAIN, script_python=str(old_python), environment={"PYTHONPATH": str(packages)})
    assert "from sitecustomize" in service.log_text()
    assert service.score(1).status == 200


def test_memory_of_both_processes_counts(make_service: Any, old_python: Path, wait_for: Any) -> None:
    service = make_service().up(PLAIN, script_python=str(old_python), recycle_megabytes=190, metrics=True)
    before = script_pid(service)
    assert service.status.script_pids == [before]
    metrics = service.request("GET", "/metrics").body.decode()
    told = re.search(r"^scoredock_resident_memory_bytes (\d+)$", metrics, re.MULTILINE)
    (worker,) = service.status.worker_pids
    both = [psutil.Process(pid).memory_info().rss for pid in (worker, before)]
    assert told is not None
    assert int(told[1]) == pytest.approx(sum(both), rel=0.1)
    assert service.score("grow").status == 200
    wait_for(lambda: "more than 190" in service.log_text(), 40)
    wait_for(lambda: not psutil.pid_exists(before), 40)
    assert service.score(1).json() == {"got": 1}


def test_rows_of_a_collector_come_to_the_worker(make_service: Any, old_python: Path, wait_for: Any) -> None:
    script = """
    from azureml.monitoring import ModelDataCollector

    def init():
        global inputs
        inputs = ModelDataCollector("flower", designation="inputs", feature_names=["a", "b"])

    def run(data):
        inputs.collect([[1, 2], [3, 4]])
        return 1
    """
    service = make_service().up(script, script_python=str(old_python), collect_data=True)
    identity = service.score(1).headers["x-request-id"]
    assert service.score(2).status == 200
    service.stop()
    (file,) = service.folder.glob("data/modeldata/**/inputs/**/data.csv")
    lines = file.read_text().splitlines()
    assert lines[0].startswith("$Timestamp,$CorrelationId,$RequestId,a,b")
    assert [line.split(",")[3:5] for line in lines[1:]] == [["1", "2"], ["3", "4"]] * 2
    assert lines[1].split(",")[2] == identity


ABSENT = {
    contract.OBSERVE_VARIABLE: (contract.SCRIPT_PYTHON_FAILED, "cannot be tried: deploy it instead"),
    contract.DEBUG_PORT_VARIABLE: (contract.DEBUGGER_FAILED, r"service lacks debugpy"),
}


@pytest.mark.parametrize("variable", ABSENT)
def test_what_is_absent_is_refused(
    variable: str, make_service: Any, tmp_path: Path, wait_for: Any, old_python: Path
) -> None:
    value = str(tmp_path / "facts") if variable == contract.OBSERVE_VARIABLE else "5678"
    cause, sentence = ABSENT[variable]
    service = make_service()
    failure = fails(service, PLAIN, script_python=str(old_python), environment={variable: value})
    assert failure.cause == cause
    assert re.search(sentence, failure.message), failure
    wait_for(service.gone)


def test_the_environment_of_the_worker_stays_as_it_is(old_service: Any, old_python: Path, wait_for: Any) -> None:
    """No compiled files of another Python lie in it, and what lies there cannot be imported."""
    assert old_service.replace(DECORATED, 2).status == 200
    tag = subprocess.run(
        [str(old_python), "-c", "import sys; print(sys.implementation.cache_tag)"], capture_output=True, text=True
    ).stdout.strip()
    runtime = Path(contract.__file__).parent
    assert not list(runtime.rglob(f"*.{tag}.pyc"))
    importing = "import json\ndef init(): pass\ndef run(data):\n    import h11\n"
    assert old_service.replace(importing, 3).status == 200
    assert old_service.score(1).status == 500
    wait_for(lambda: "No module named 'h11'" in old_service.log_text())


def test_the_template_does_not_import_what_only_the_script_has(old_service: Any, wait_for: Any) -> None:
    wait_for(lambda: "is ready" in old_service.log_text())
    assert "Packages are" not in old_service.log_text()


def test_names_in_any_language_in_a_plain_locale(make_service: Any, old_python: Path, tmp_path: Path) -> None:
    service = make_service("\u670d\u52a1")
    script = "def init():\n    print('\u00e9')\ndef run(data):\n    return open('\u00e9.txt').read()\n"
    (service.app / "\u00e9.txt").write_text("\u6587", encoding="utf-8")
    service.up(script, script_python=str(old_python), environment={"LANG": "C", "LC_ALL": "", "LC_CTYPE": ""})
    assert service.score(1).json() == "\u6587"
    assert "azmlinfsrv.print - \u00e9" in service.log_text()


def test_a_spec_of_before_has_none() -> None:
    spec = contract.ServiceSpec(
        name="a", revision=1, nonce="n", python="p", app_root="/a", entry_script="s", script_python="/old/python"
    )
    raw = json.loads(contract.to_json(spec))
    assert contract.spec_from_json(json.dumps(raw)) == spec
    del raw["script_python"]
    assert contract.spec_from_json(json.dumps(raw)).script_python == ""


def test_the_causes_are_those_of_the_contract() -> None:
    from scoredock_runtime.base import diagnosis
    from scoredock_runtime.script_process import debugger, entry_script, script_host
    from scoredock_runtime.worker import worker

    for name in ("SCRIPT_INVALID", "IMPORT_FAILED", "INIT_FAILED", "INIT_EXITED"):
        assert getattr(entry_script, name) == getattr(contract, name)
    assert script_host.CLOSED_DESCRIPTORS == diagnosis.CLOSED_DESCRIPTORS
    assert script_host.SCRIPT_FAILED_EXIT == worker.SCRIPT_FAILED_EXIT
    assert script_host._FAST_JSON_VARIABLE == contract.FAST_JSON_VARIABLE
    assert debugger.DEBUG_PORT_VARIABLE == contract.DEBUG_PORT_VARIABLE
    assert debugger.DEBUGGER_FAILED == contract.DEBUGGER_FAILED
