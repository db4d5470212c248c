"""Entry scripts that misbehave at start: each fails with its cause and place, and leaves no process behind."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

import pytest

from depth import rounds
from scoredock_runtime import contract

BODY = "\n\ndef run(data):\n    return data\n"

ZOO: dict[str, tuple[str, str, str, int]] = {
    # name: script, cause, part of the message, line of the last frame (0: none)
    "syntax error": ("def init():\n    pass\n\ndef run(data)\n    return 1\n", "script-invalid", "SyntaxError", 4),
    "bad indent": ("def init():\n  pass\n    pass\n", "script-invalid", "IndentationError", 3),
    "missing module": ("import os\nimport no_such_module\n" + BODY, "import-failed", "no_such_module", 2),
    "raises at import": ("x = 1\nx / 0\n" + BODY, "import-failed", "ZeroDivisionError: division by zero", 2),
    "exits at import": ("import sys\nsys.exit(4)\n" + BODY, "init-exited", "SystemExit(4)", 2),
    "empty": ("", "script-invalid", "does not have a init() function", 1),
    "no run": ("def init():\n    pass\n", "script-invalid", "does not have a run() function", 1),
    "init is not a function": ("init = 3" + BODY, "script-invalid", "does not have a init() function", 1),
    "run takes nothing": (
        "def init(): pass\ndef run(): pass\n",
        "script-invalid",
        "needs to accept an argument for",
        2,
    ),
    "run takes headers only": (
        "def init(): pass\ndef run(request_headers): pass\n",
        "script-invalid",
        'other than "request_headers"',
        2,
    ),
    "run takes anything": (
        "def init(): pass\ndef run(*args): pass\n",
        "script-invalid",
        "cannot accept positional-only arguments",
        2,
    ),
    "init raises": (
        "def init():\n    raise RuntimeError('no\\nmodel')\n" + BODY,
        "init-failed",
        "RuntimeError: no model",
        2,
    ),
    "init needs an argument": ("def init(x): pass\n" + BODY, "init-failed", "TypeError", 0),
    "exception without text": (
        "class Odd(Exception):\n    def __str__(self): raise ValueError\ndef init():\n    raise Odd\n" + BODY,
        "init-failed",
        "Odd",
        4,
    ),
    **{
        f"exit {code}": (
            f"import sys\ndef init():\n    sys.exit({code})\n" + BODY,
            "init-exited",
            f"SystemExit({code})",
            3,
        )
        for code in range(6)
    },
    **{
        f"os._exit {code}": (
            f"import os\ndef init():\n    os._exit({code})\n" + BODY,
            "init-exited",
            f"exit code {code}",
            0,
        )
        for code in (0, 1, 3)
    },
    "segmentation fault": ("import ctypes\ndef init():\n    ctypes.string_at(0)\n" + BODY, "init-exited", "SIGSEGV", 3),
    "abort": ("import os\ndef init():\n    os.abort()\n" + BODY, "init-exited", "SIGABRT", 3),
    "killed": ("import os\ndef init():\n    os.kill(os.getpid(), 9)\n" + BODY, "init-exited", "SIGKILL", 0),
    "replaces itself": (
        "import os\ndef init():\n    os.execvp('true', ['true'])\n" + BODY,
        "init-exited",
        "exit code 0",
        0,
    ),
    "endless recursion": ("def init():\n    init()\n" + BODY, "init-failed", "RecursionError", 2),
    "closes descriptors": (
        "import os\ndef init():\n    os.closerange(3, 256)\n" + BODY,
        "init-failed",
        "closed file desc",
        0,
    ),
    "closes all descriptors": (
        "import os\ndef init():\n    os.closerange(0, 256)\n" + BODY,
        "init-failed",
        "closed file d",
        0,
    ),
    "forks, then raises": (
        "import os, time\ndef init():\n    if os.fork() == 0:\n        time.sleep(600)\n    raise OSError('after"
        " fork')\n" + BODY,
        "init-failed",
        "after fork",
        5,
    ),
    "daemon, then exits": (
        "import os, time\ndef init():\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n"
        "            time.sleep(600)\n        os._exit(0)\n    os._exit(2)\n" + BODY,
        "init-exited",
        "exit code 2",
        0,
    ),
    "child without mark": (
        "import subprocess, os\ndef init():\n    subprocess.Popen(['sleep', '601'], env={}, start_new_session=True)\n"
        "    os._exit(2)\n" + BODY,
        "init-exited",
        "exit code 2",
        0,
    ),
    "thread that stays": (
        "import threading, time\ndef init():\n    threading.Thread(target=time.sleep, args=(600,)).start()\n    1 / 0\n"
        + BODY,
        "init-failed",
        "ZeroDivisionError",
        4,
    ),
}


ALIKE = {
    *(f"exit {code}" for code in (1, 2, 3, 4, 5)),
    "os._exit 0",
    "os._exit 1",
    "abort",
    "bad indent",
    "spins",
    "hangs at import",
    "unsets logging",
    "asyncio in init",
    "changes directory",
    "replaces standard output",
    "raises at import",
    "init is not a function",
    "run takes headers only",
    "run takes anything",
    "closes descriptors",
    "exit 0",
    "no run",
    "run takes nothing",
    "init needs an argument",
    "os._exit 3",
    "killed",
    "forks a child",
}
"""Another one shows the same of the runtime."""


def scripts(names: Iterable[str]) -> list[Any]:
    """The names, those that are like another for the long run only."""
    mark = pytest.mark.long("another script shows the same of the runtime")
    return [pytest.param(name, marks=mark) if name in ALIKE else name for name in names]


@pytest.mark.parametrize("name", scripts(ZOO))
def test_a_bad_script_fails_with_cause_and_place_and_leaves_nothing(name: str, service: Any, wait_for: Any) -> None:
    script, cause, message, line = ZOO[name]
    service.write(script)
    assert service.start().phase == contract.STARTING
    assert service.start_code == 0
    status = service.settle()
    assert (status.phase, status.failure.cause) == (contract.FAILED, cause), status
    assert message in status.failure.message
    assert "\n" not in status.failure.message
    frames = status.failure.frames
    if line:
        assert frames, status.failure
        assert (frames[-1].file, frames[-1].line) == (str(service.app / "score.py"), line)
    assert all(frame.file.startswith(str(service.app)) for frame in frames)
    wait_for(service.gone, 5)
    assert not lingering_sleepers()
    assert port_is_free(status.port)


@pytest.mark.chance
def test_the_look_for_leftovers_sees_what_escapes(service: Any, monkeypatch: pytest.MonkeyPatch, wait_for: Any) -> None:
    """The planted bug: a parent that only ends the worker itself leaves a process, and `gone` says so."""
    monkeypatch.setenv("PYTHONPATH", str(service.folder))
    plant = "import os\nimport scoredock_runtime.base.processes as p\n"
    plant += "p.end_tree = lambda process, marker: process.wait()\np.reap_adopted = lambda *_, **__: None\n"
    (service.folder / "sitecustomize.py").write_text(plant)
    service.write(ZOO["forks, then raises"][0])
    service.start()
    assert service.settle().phase == contract.FAILED
    wait_for(lambda: len(service.processes()) == 1)
    assert not service.gone()


@pytest.mark.parametrize(
    "name",
    [
        "segmentation fault",
        *(
            pytest.param(name, marks=pytest.mark.long("one script shows that the Python is as good"))
            for name in ("init raises", "syntax error", "os._exit 3", "closes descriptors")
        ),
    ],
)
def test_the_same_on_the_oldest_python(name: str, make_service: Any, oldest_python: str, wait_for: Any) -> None:
    script, cause, message, _ = ZOO[name]
    service = make_service(python=oldest_python)
    service.write(script)
    service.start()
    failure = service.settle().failure
    assert failure.cause == cause
    assert message in failure.message
    wait_for(service.gone, 5)


def lingering_sleepers() -> list[int]:
    import psutil

    return [p.pid for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "601"]]


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
    return True


HANGS = {
    "sleeps": ("import time\ndef init():\n    time.sleep(600)\n" + BODY, 3),
    "spins": ("def init():\n    while True:\n        pass\n" + BODY, 3),
    "hangs at import": ("import time\ntime.sleep(600)\n" + BODY, 2),
    "ignores signals": (
        "import signal, time\nfor number in (1, 2, 15):\n    signal.signal(number, signal.SIG_IGN)\n"
        "def init():\n    time.sleep(600)\n" + BODY,
        5,
    ),
}


@pytest.mark.parametrize("name", scripts(HANGS))
def test_init_that_hangs_is_ended_and_the_place_is_told(name: str, service: Any, wait_for: Any) -> None:
    script, line = HANGS[name]
    service.write(script)
    service.start(start_timeout=1.0)
    status = service.settle(10)
    assert (status.phase, status.failure.cause) == (contract.FAILED, contract.INIT_TIMEOUT)
    assert status.failure.message == "Import and init() did not finish within 1 seconds."
    assert status.failure.frames[-1].line in (line, line - 1)
    wait_for(service.gone, 5)


def test_log_lines_tell_what_was_printed_before_the_failure(service: Any) -> None:
    service.write("def init():\n    for i in range(80): print('line', i)\n    raise ValueError('x')\n" + BODY)
    service.start()
    lines = service.settle().failure.log_lines
    assert len(lines) == 50
    assert any("line 79" in line for line in lines)


GOOD = {
    "changes directory": "import os\ndef init():\n    os.chdir('/')\n" + BODY,
    "reads standard input": (
        "import sys\ndef init():\n    assert sys.stdin.read() == ''\n    assert sys.stdin.readline() == ''\n" + BODY
    ),
    "installs signal handlers": (
        "import signal\ndef init():\n    for n in (1, 2, 10, 14, 15): signal.signal(n, lambda *_: None)\n" + BODY
    ),
    "closes standard output": "import sys, os\ndef init():\n    os.close(1)\n" + BODY,
    "replaces standard output": "import sys, io\ndef init():\n    sys.stdout = io.StringIO()\n" + BODY,
    "unsets logging": "import logging\ndef init():\n    logging.disable(logging.CRITICAL)\n" + BODY,
    "asyncio in init": (
        "import asyncio\nasync def f(): return 1\ndef init():\n    assert asyncio.run(f()) == 1\n" + BODY
    ),
    "leaves a daemon": (
        "import subprocess\ndef init():\n    subprocess.Popen(['sleep', '602'], start_new_session=True)\n" + BODY
    ),
    "forks a child": "import os, time\ndef init():\n    if os.fork() == 0:\n        time.sleep(600)\n" + BODY,
    "a thread that never ends": (
        "import threading, time\ndef init():\n    threading.Thread(target=time.sleep, args=(600,)).start()\n" + BODY
    ),
    "prints a megabyte": "def init():\n    print('x' * 1_000_000)\n" + BODY,
}


@pytest.mark.parametrize("name", scripts(GOOD))
def test_a_strange_script_serves_and_stops_without_a_trace(name: str, service: Any, wait_for: Any) -> None:
    service.up(GOOD[name])
    assert service.score({"a": 1}).json() == '{"a": 1}'
    assert service.stop(grace=2).phase == contract.STOPPED
    wait_for(service.gone, 5)
    assert port_is_free(service.status.port)


def test_more_output_than_the_log_may_hold_is_absorbed_in_bounds(service: Any) -> None:
    megabytes = rounds(gate=10, long=100)
    script = (
        f"import sys\ndef init():\n    for _ in range({megabytes}):\n        sys.stdout.write('y' * 999_999 + '\\n')\n"
        + BODY
    )
    service.up(script, log_file_bytes=1_000_000, log_file_count=3, start_timeout=60)
    assert service.score(1).status == 200
    assert sum(path.stat().st_size for path in (service.folder / "logs").iterdir()) < 3_500_000
    service.stop()
