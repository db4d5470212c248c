"""Who delivers ends when all is delivered, and waits for no time then: seen by its calls of the system."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from filelock import FileLock
from scoredock.registry.audit.announcing import DELIVERING, FOLDER

from crash.harness import Harness
from events.conftest import SECONDS, Terminal
from events.receivers import Receiver

DELIVERIES = r"wait4|recvfrom"
"""A program that has ended, or a part of an answer."""
WAITS = r"clock_nanosleep|nanosleep|select|pselect6|poll|ppoll|epoll_wait|epoll_pwait|futex"
OVER = re.compile(r"= 0 \(Timeout\)|ETIMEDOUT")
PROCESS = ["-I", "-m", "scoredock.contrib.events.domain.process"]


def waits_at_the_end(trace: str) -> list[str]:
    """For a time, after the last delivery: each sleep, and each wait that ended with its time."""
    lines = trace.splitlines()
    (*_, last) = (number for number, line in enumerate(lines) if re.search(rf"(?:{DELIVERIES})(?:\(| resumed)", line))
    thread = lines[last].split()[0]
    after = lines[last + 1 :]
    exits = (number for number, line in enumerate(after) if re.match(rf"{thread} .*exited with", line))
    end = next(exits, len(after))
    # The main thread looks now and then whether the other has ended, which notes meanwhile what it delivered.
    of_thread = [line for line in after[:end] if OVER.search(line) and line.startswith(f"{thread} ")]
    return [*(line for line in after if "nanosleep(" in line), *of_thread, *filter(OVER.search, after[end:])]


def traced(terminal: Terminal, planted: str = "") -> str:
    """The calls of a process that delivers two events."""
    trace = terminal.folder / "trace"
    words = [*PROCESS, str(terminal.workspace), "--stay"]
    if planted:
        code = (
            f"import sys\nfrom scoredock.contrib.events.domain import delivery\n{planted}\nsys.argv.append('--stay')\n"
        )
        words = [
            "-c",
            f"{code}from scoredock.contrib.events.domain.process import main\nmain(sys.argv[1:])",
            str(terminal.workspace),
        ]
    calls = ["-e", f"trace={DELIVERIES},{WAITS}".replace("|", ","), "-o", str(trace)]
    command = [str(Harness.strace()), "-f", "--seccomp-bpf", *calls, sys.executable, *words]
    subprocess.run(command, check=True, timeout=SECONDS)
    return trace.read_text()


@pytest.fixture(params=["program", "webhook"])
def behind(
    request: pytest.FixtureRequest, terminal: Terminal, receiver: Receiver, require: Callable[[object, str], None]
) -> Terminal:
    """Two events wait for a receiver, and nobody delivers them."""
    require(Harness.strace() is not None, "strace, which must be allowed to trace")
    terminal.register("first")
    folder = terminal.workspace / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    words = ["--url", receiver.url] if request.param == "webhook" else ["--command", sys.executable, "-c", "pass"]
    with FileLock(str(folder / DELIVERING), mode=0o600):
        terminal.json("event", "subscribe", "ci", "--from-start", *words)
        terminal.register("second")
    return terminal


def test_it_ends_with_the_last_delivery(behind: Terminal) -> None:
    trace = traced(behind)
    assert behind.subscription("ci")["waiting"] == 0
    assert behind.subscription("ci")["delivered"] == 2
    assert waits_at_the_end(trace) == []


@pytest.mark.parametrize(
    "planted",
    [
        "import time; step = delivery._Delivery._step\n"
        "delivery._Delivery._step = lambda self: step(self) or time.sleep(0.01)",
        "import threading; all_of = delivery._deliver_all\n"
        "delivery._deliver_all = lambda *a, **k: (all_of(*a, **k), threading.Event().wait(0.01))[0]",
    ],
)
def test_one_that_waits_for_more_is_noticed(behind: Terminal, planted: str) -> None:
    assert waits_at_the_end(traced(behind, planted)) != []
