"""A log that is written faster than it is read, and turned over meanwhile: what the terminal, the channel and the page
of a log show, and what each tells to be left out, are together what was written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import scoredock_runtime
from cli.conftest import Terminal
from lsp.client import Client
from lsp.talker import NAME, talker

SCRIPT = """import glob
import os
import threading
import time
from scoredock_runtime.log.log_writer import last_number

def flood(seconds):
    (log,) = glob.glob("/var/scoredock/**/service.jsonl", recursive=True)
    first, begin = last_number(log, 3), time.monotonic()
    for number in range(seconds * 100):
        while 200 * number - (last_number(log, 3) - first) > 20_000:
            time.sleep(0.01)  # Otherwise some are dropped.
        os.write(1, b"a line of a flood\\n" * 200)
        time.sleep(max(0.0, begin + number / 100 - time.monotonic()))
    os.write(1, b"it is over\\n")

def init():
    print('up')

def run(data):
    threading.Thread(target=flood, args=[int(data)]).start()
    return 1
"""
FLOOD = """import sys, time
from scoredock_runtime.log.log_lines import Levels
from scoredock_runtime.log.log_writer import LogWriter
writer, levels, lines = LogWriter(sys.argv[1], 200_000, 3), Levels("stdout"), ["a line of a flood"] * 200
begin = time.monotonic()
for number in range(int(sys.argv[2]) * 100):
    writer.await_record(int(sys.argv[3]) + 200 * number - 40_000, 60.0)  # Otherwise some are dropped.
    writer.take("stdout", lines, levels)
    time.sleep(max(0.0, begin + number / 100 - time.monotonic()))
writer.close(60.0)
"""
"""20,000 lines a second, in files that hold a tenth of one."""


class Reader:
    """What one reader shows of a log, and how many lines it says are left out."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.lines = self.left_out = self.holes = 0
        """`holes`: lines whose numbers it passes over."""

    def take(self, numbers: Iterable[int], left_out: int = 0) -> None:
        self.left_out += left_out
        for number in numbers:
            self.lines += 1
            self.holes += number - self.last - 1
            self.last = number

    def read_terminal(self, follower: subprocess.Popen[bytes]) -> None:
        assert follower.stdout is not None
        self.take(json.loads(line)["sequence"] for line in follower.stdout)

    def read_notes(self, follower: subprocess.Popen[bytes]) -> None:
        assert follower.stderr is not None
        for line in follower.stderr:
            note = re.match(rb"(\d+) lines are left out here: ", line)
            assert note is not None, line
            self.left_out += int(note.group(1))

    def read_channel(self, client: Client, id: str) -> None:
        for batch in notes(client, "scoredock/log/lines"):
            self.take((line["sequence"] for line in batch["lines"]), batch["dropped"])
            client.notify("scoredock/log/acknowledge", {"id": id, "sequence": self.last})

    def read_page(self, client: Client, id: str) -> None:
        for batch in notes(client, "scoredock/log/events"):
            ends = zip(batch["leftOutFrom"], batch["leftOutTo"], strict=True)
            left_out = sum(end["before"] - first["before"] for first, end in ends)
            self.take((event["sequence"] for event in batch["events"]), left_out)
            client.notify("scoredock/log/acknowledge", {"id": id, "sequence": batch["batch"]})


def notes(client: Client, method: str) -> list[dict[str, object]]:
    """Those that have come, which the client keeps no longer."""
    news = [note for note in [*client.notifications] if note["method"] == method]
    for note in news:
        client.notifications.remove(note)
    return [note["params"] for note in news]


@contextmanager
def beside_a_service(client: Client, log: Path, seconds: int) -> Iterator[Callable[[], bool]]:
    """Which is stopped; gives whether it is over."""
    variables = {**os.environ, "PYTHONPATH": str(Path(scoredock_runtime.__file__).parents[1])}
    words = [sys.executable, "-c", FLOOD, str(log.parent), str(seconds), str(last_record(log)["n"])]
    with subprocess.Popen(words, env=variables) as writer:
        try:
            yield lambda: writer.poll() is not None
        finally:
            writer.kill()
    assert writer.returncode == 0


@contextmanager
def in_a_container(client: Client, log: Path, seconds: int) -> Iterator[Callable[[], bool]]:
    client.ask("scoredock/service/call", {"name": NAME, "body": str(seconds)})
    yield lambda: last_record(log)["m"] == "it is over"


FLOODS = {"process": beside_a_service, "docker": in_a_container}
OTHERS = {"process": range(1), "docker": range(1, 9)}
"""How many lines are not of the flood: the last one, and what is said of the start and of the request."""


@pytest.mark.parametrize(
    "seconds",
    [2, *(pytest.param(each, marks=[pytest.mark.long("two seconds of it are at the gate")]) for each in (60, 600))],
)
@pytest.mark.parametrize("engine", ["process", pytest.param("docker", marks=pytest.mark.docker)])
@pytest.mark.timeout(1_200)
def test_of_a_flood_each_line_is_shown_or_counted(tmp_path: Path, seconds: int, engine: str) -> None:
    with talker(tmp_path, SCRIPT, engine) as client:
        log = Path(client.ask("scoredock/service/show", {"name": NAME})["logFile"])
        if engine == "process":
            client.ask("scoredock/service/stop", {"name": NAME})
        follower = Terminal(client.home, tmp_path).start("service", "logs", NAME, "-f", "--tail", "1", "--json")
        assert follower.stdout is not None
        begin = json.loads(follower.stdout.readline())["sequence"]
        newest = [{"service": NAME, "before": begin + 1, "time": 0.0}]
        watch = client.ask("scoredock/log/watch", {"services": [NAME], "filter": {}, "after": newest})["id"]
        channel = client.ask("scoredock/log/subscribe", {"service": NAME, "since": begin, "tail": 0})["id"]
        readers = terminal, pane, page = [Reader(begin) for _ in range(3)]
        threads = [
            threading.Thread(target=read, args=[follower]) for read in (terminal.read_terminal, terminal.read_notes)
        ]
        try:
            with FLOODS[engine](client, log, seconds) as is_over:
                with suppress(subprocess.TimeoutExpired):
                    follower.wait(1)  # The terminal is not read meanwhile, so that it falls behind on any machine.
                for thread in threads:
                    thread.start()
                while not is_over() or any(reader.last < last_record(log)["n"] for reader in readers):
                    pane.read_channel(client, channel)
                    page.read_page(client, watch)
                    with suppress(subprocess.TimeoutExpired):
                        follower.wait(0.05)
        finally:
            follower.kill()
            for thread in threads:
                thread.join()
        end = last_record(log)["n"]
    for name, reader in (("terminal", terminal), ("channel", pane), ("page", page)):
        print(f"{seconds} s, {name}: {reader.lines} lines and {reader.left_out} left out of {end - begin}")
        assert reader.left_out > 0, f"{name}: it is faster than anybody reads"
        assert reader.left_out == reader.holes, name
        assert reader.lines + reader.left_out == end - begin, name
    assert end - begin - seconds * 20_000 in OTHERS[engine]


def last_record(log: Path) -> dict[str, Any]:
    """The last whole line, whatever the name of its file is just now."""
    while True:
        with suppress(OSError, IndexError), log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 10_000))
            return dict(json.loads(file.read().rpartition(b"\n")[0].splitlines()[-1]))
