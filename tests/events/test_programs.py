"""Programs as receivers."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

import psutil
import pytest
from scoredock.registry.audit.log import AuditLog

from events.conftest import SECONDS, Terminal, deliverers

WRITES = """
import json, os, sys
names = {name: value for name, value in os.environ.items() if name.startswith("SCOREDOCK_EVENT_")}
with open("got.jsonl", "a") as stream:
    stream.write(json.dumps([json.load(sys.stdin), names]) + chr(10))
"""


def await_that(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_program_gets_the_event_and_variables(terminal: Terminal) -> None:
    (terminal.folder / "take.py").write_text(WRITES)
    terminal.json("event", "subscribe", "note", "--type", "ModelRegistered", "--command", sys.executable, "take.py")
    terminal.register()
    terminal.await_subscription("note", lambda each: each["delivered"] == 1)
    (line,) = (terminal.folder / "got.jsonl").read_text().splitlines()
    event, names = json.loads(line)
    assert event["data"]["modelName"] == "diabetes"
    assert names["SCOREDOCK_EVENT_TYPE"] == event["type"]
    assert names["SCOREDOCK_EVENT_SUBJECT"] == "models/diabetes:1"
    assert names["SCOREDOCK_EVENT_ATTEMPT"] == "1"


def test_a_program_gets_no_variable_of_the_shell(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither of the one that happened to start the process that delivers, nor of the one that tries it."""
    monkeypatch.setenv("CANARY_TOKEN", "secret")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    (terminal.folder / "take.py").write_text("import json, os; open('got', 'a').write(json.dumps(dict(os.environ)))")
    terminal.json("event", "subscribe", "note", "--type", "ModelRegistered", "--command", sys.executable, "take.py")
    for step in (terminal.register, lambda: terminal.json("event", "test", "note")):
        step()
        terminal.await_subscription("note", lambda each: each["waiting"] == 0 and each["delivered"] > 0)
        names = json.loads((terminal.folder / "got").read_text())
        (terminal.folder / "got").unlink()
        assert ("CANARY_TOKEN" in names, names["OMP_NUM_THREADS"], "PATH" in names) == (False, "3", True)


def test_words_are_not_read_by_a_shell(terminal: Terminal) -> None:
    (terminal.folder / "take.py").write_text("import sys; open('words', 'w').write(sys.argv[1])")
    words = ("--command", sys.executable, "take.py", "$(touch pwned); `id`")
    terminal.json("event", "subscribe", "note", *words)
    terminal.json("event", "test", "note")
    assert (terminal.folder / "words").read_text() == words[-1]
    assert not (terminal.folder / "pwned").exists()


def test_a_program_that_never_ends_is_ended_with_all_it_started(terminal: Terminal) -> None:
    (terminal.folder / "hang.py").write_text(
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('pids', 'a').write(f'{os.getpid()} {child.pid}\\n')\n"
        "time.sleep(600)\n"
    )
    words = ("--timeout", "1", "--attempts", "2", "--max-pause", "0.05", "--command", sys.executable, "hang.py")
    terminal.json("event", "subscribe", "hang", *words)
    terminal.register()
    found = terminal.await_subscription("hang", lambda each: each["undelivered"] == 1)
    assert "did not end" in found["lastError"]
    for line in (terminal.folder / "pids").read_text().splitlines():
        assert not any(_lives(int(pid)) for pid in line.split())


def test_what_a_program_leaves_running_ends_with_it(terminal: Terminal) -> None:
    (terminal.folder / "leave.py").write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('pid', 'w').write(str(child.pid))\n"
    )
    terminal.json("event", "subscribe", "leave", "--command", sys.executable, "leave.py")
    terminal.json("event", "test", "leave")
    assert not _lives(int((terminal.folder / "pid").read_text()))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_program_ends_with_the_process_that_delivers(terminal: Terminal) -> None:
    """Another one delivers the same event again: both would run at once."""
    noted = terminal.folder / "pid"
    (terminal.folder / "hang.py").write_text(
        "import os, time\n"
        "open('pid.part', 'w').write(str(os.getpid()))\n"
        "os.rename('pid.part', 'pid')\n"
        "time.sleep(600)\n"
    )
    terminal.json("event", "subscribe", "hang", "--command", sys.executable, "hang.py")
    terminal.register()
    await_that(noted.exists)
    for process in deliverers(terminal.workspace):
        process.kill()
    await_that(lambda: not _lives(int(noted.read_text())))


def test_a_program_that_fails_is_tried_again_and_put_aside(terminal: Terminal) -> None:
    (terminal.folder / "fail.py").write_text("import sys; print('no disk'); sys.exit(3)")
    words = ("--attempts", "2", "--max-pause", "0.05", "--command", sys.executable, "fail.py")
    terminal.json("event", "subscribe", "fail", *words)
    terminal.register()
    found = terminal.await_subscription("fail", lambda each: each["undelivered"] == 1)
    assert "exit code 3" in found["lastError"]
    assert "no disk" in found["lastError"]
    assert terminal.refused("event", "test", "fail")["code"] == "event-delivery-failed"


def test_a_program_that_prints_without_end_and_reads_nothing(terminal: Terminal) -> None:
    (terminal.folder / "print.py").write_text("import sys\nfor _ in range(300): sys.stdout.write('x' * 100_000)\n")
    terminal.json("event", "subscribe", "print", "--command", sys.executable, "print.py")
    terminal.json("event", "test", "print")


def test_a_program_that_does_not_listen_to_signals(terminal: Terminal) -> None:
    (terminal.folder / "deaf.py").write_text(
        "import os, signal, time\n"
        "for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(each, signal.SIG_IGN)\n"
        "open('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    )
    words = ("--timeout", "1", "--command", sys.executable, "deaf.py")
    terminal.json("event", "subscribe", "deaf", *words)
    assert "did not end" in terminal.refused("event", "test", "deaf")["message"]
    assert not _lives(int((terminal.folder / "pid").read_text()))


def test_a_program_that_prints_a_gigabyte(terminal: Terminal) -> None:
    """Only the end of it is kept."""
    (terminal.folder / "print.py").write_text(
        "import os, sys\nfor _ in range(1024): os.write(1, b'x' * (1 << 20))\nos.write(2, b'the end')\nsys.exit(3)\n"
    )
    command = ("--attempts", "1", "--command", sys.executable, "print.py")
    terminal.json("event", "subscribe", "print", *command)
    terminal.register()
    found = terminal.await_subscription("print", lambda each: each["undelivered"] == 1)
    assert len(found["lastError"]) < 3_000
    assert "exit code 3" in found["lastError"]


def test_what_is_put_aside_is_never_shown_without_its_reason(terminal: Terminal) -> None:
    """Also while the log, in which it is noted as well, waits for somebody."""
    (terminal.folder / "fail.py").write_text(
        "import os, sys, time\nopen('began', 'w').close()\n"
        "while not os.path.exists('go'): time.sleep(0.01)\nsys.exit(3)\n"
    )
    terminal.json("event", "subscribe", "fail", "--attempts", "1", "--command", sys.executable, "fail.py")
    terminal.register()
    terminal.await_subscription("fail", lambda _: (terminal.folder / "began").exists())
    with AuditLog(terminal.workspace).locked():
        (terminal.folder / "go").touch()
        found = terminal.await_subscription("fail", lambda each: each["undelivered"] == 1)
    assert "exit code 3" in found["lastError"]


def test_a_program_that_may_not_be_run_any_more(terminal: Terminal) -> None:
    path = terminal.folder / "take.sh"
    path.write_text("#!/bin/sh\ncat > got\n")
    path.chmod(0o755)
    terminal.json("event", "subscribe", "note", "--max-pause", "0.05", "--command", "./take.sh")
    path.chmod(0o644)
    terminal.register()
    found = terminal.await_subscription("note", lambda each: bool(each["lastError"]))
    assert "cannot be started" in found["lastError"]
    path.chmod(0o755)
    found = terminal.await_subscription("note", lambda each: each["delivered"] == 1)
    assert found["repeated"] == 0, "it had got nothing before"


def test_a_program_of_the_folder(terminal: Terminal) -> None:
    path = terminal.folder / "take.sh"
    path.write_text("#!/bin/sh\ncat > got\n")
    path.chmod(0o755)
    terminal.json("event", "subscribe", "note", "--command", "./take.sh")
    terminal.json("event", "test", "note")
    assert json.loads((terminal.folder / "got").read_text())["type"] == "io.scoredock.event.test"
    path.unlink()
    assert terminal.refused("event", "test", "note")["code"] == "event-delivery-failed"


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
