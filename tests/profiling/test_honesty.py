"""What a measurement says when the service, or Scoredock itself, does not run for a while."""

from __future__ import annotations

import contextlib
import json
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from profiling.conftest import QUICK, Terminal, deploy

pytestmark = [pytest.mark.usefixtures("shared_environments"), pytest.mark.slow]

RATE, SECONDS = 40, 10
STOPPED = 6.0


def processes_of(terminal: Terminal, name: str) -> list[psutil.Process]:
    """Parent, template and workers of a service."""
    folder = str(terminal.home / "workspaces" / "local" / "services" / name)
    parents = [each for each in psutil.process_iter() if _runs_in(each, folder)]
    found = {each.pid: each for parent in parents for each in (parent, *parent.children(recursive=True))}
    assert found
    return list(found.values())


def _runs_in(process: psutil.Process, folder: str) -> bool:
    with contextlib.suppress(psutil.Error):
        return folder in process.cmdline()
    return False


@contextlib.contextmanager
def stopped_meanwhile(processes: Sequence[psutil.Process], ready: Path, seconds: float) -> Iterator[None]:
    """They do not run for some seconds, from when `ready` says that requests come in."""

    def stop() -> None:
        while not (ready.exists() and ready.stat().st_size > RATE):
            time.sleep(0.01)
        for each in processes:
            each.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        for each in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.send_signal(signal.SIGCONT)

    stopping = threading.Thread(target=stop, daemon=True)
    stopping.start()
    yield
    stopping.join()


COUNTING = """
from pathlib import Path

SEEN = Path({path!r})


def init():
    pass


def run(data):
    with SEEN.open("a") as file:
        file.write(".")
    return 1
"""


def profiled(terminal: Terminal, *words: str) -> dict[str, Any]:
    given = ("--rows", "rows.txt", "--rate", f"{RATE}", "--duration", f"{SECONDS}", "--connections", "8")
    return terminal.json("service", "profile", "burn", *given, *words)  # type: ignore[no-any-return]


def test_a_service_that_stops_for_six_seconds_shows_in_the_median(terminal: Terminal, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    deploy(terminal, COUNTING.format(path=str(seen)))
    with stopped_meanwhile(processes_of(terminal, "burn"), seen, STOPPED):
        told = profiled(terminal)
    # 240 of 400 requests were due while it did not run, and waited 3 seconds on average.
    assert told["totalQueries"] == RATE * SECONDS
    assert told["latencyPercentile50InMs"] > 1000
    assert told["latencyPercentile99InMs"] > STOPPED * 1000 * 0.8
    assert told["averageLatencyInMs"] > 1000
    assert told["generator"]["keptUp"] is True, told["generator"]
    assert told["generator"]["note"] == ""


def test_requests_that_could_not_be_sent_are_counted(terminal: Terminal, tmp_path: Path) -> None:
    """The service does not go on before the time is over: what waits for a connection is not sent any more."""
    seen = tmp_path / "seen"
    deploy(terminal, COUNTING.format(path=str(seen)))
    with stopped_meanwhile(processes_of(terminal, "burn"), seen, SECONDS):
        told = profiled(terminal)
    assert told["totalQueries"] == RATE * SECONDS
    assert told["skippedQueries"] > 100
    assert told["successQueries"] == told["totalQueries"] - told["skippedQueries"]
    assert told["successRate"] < 100
    assert (told["recommendedCpu"], told["recommendedMemoryInGB"]) == (None, None)
    assert told["latencyPercentile50InMs"] > 1000, "those that were not sent count with the time that they waited"


def test_a_generator_that_is_slowed_says_so(terminal: Terminal, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    deploy(terminal, COUNTING.format(path=str(seen)))
    words = ("--rows", "rows.txt", "--rate", f"{RATE}", "--duration", f"{SECONDS}", "--connections", "8", "--json")
    running = terminal.start("service", "profile", "burn", *words)
    with stopped_meanwhile([psutil.Process(running.pid)], seen, 2.0):
        output, _ = running.communicate(timeout=100)
    told = json.loads(output)["generator"]
    assert told["keptUp"] is False
    assert told["stalledSeconds"] >= 1.5
    assert "did not run for" in told["note"]


def test_a_rate_is_kept_whatever_the_service_does(terminal: Terminal) -> None:
    deploy(terminal, QUICK)
    told = profiled(terminal)
    assert (told["totalQueries"], told["skippedQueries"], told["successRate"]) == (RATE * SECONDS, 0, 100)
    assert told["requestedQueriesPerSecond"] == RATE
