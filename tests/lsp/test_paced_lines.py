"""How many lines of a log are shown at a time, by a clock that the test sets."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from scoredock.engines.log_files import log_path
from scoredock.services.log_view.log_places import OwnPlaces
from scoredock.services.log_view.paced_lines import AT_ONCE, KEPT_LINES, LINES_A_SECOND, PacedLines
from scoredock.services.logs import LogSource


class Log:
    """A log on disk that a service writes to."""

    def __init__(self, folder: Path) -> None:
        self._path = log_path(folder)
        self._path.parent.mkdir(parents=True)
        self.last = 0
        self.source = LogSource(folder, cast("OwnPlaces", SimpleNamespace(mapped=lambda line: line)), lambda: None)

    def write(self, count: int) -> None:
        numbers = range(self.last + 1, self.last + count + 1)
        with self._path.open("a") as file:
            file.writelines(
                json.dumps({"n": n, "t": 0.0, "s": "stdout", "l": "I", "m": str(n)}) + "\n" for n in numbers
            )
        self.last += count

    def turn_over(self) -> None:
        """The only file that is kept: what was in it is gone."""
        self._path.unlink()


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def numbers(lines: PacedLines, now: float) -> list[int]:
    return [record.n for record in lines.read(now)[0]]


def test_a_line_and_a_burst_are_there_at_once(log: Log) -> None:
    lines = PacedLines(log.source, 0, 10)
    log.write(1)
    assert numbers(lines, 0.0) == [1]
    log.write(AT_ONCE - 1)
    assert numbers(lines, 0.1) == [*range(2, AT_ONCE + 1)]
    assert numbers(lines, 0.2) == []


def test_the_tail_is_read_as_fast_as_it_is_shown(log: Log) -> None:
    log.write(3 * KEPT_LINES)
    tail = 2 * KEPT_LINES
    lines = PacedLines(log.source, 0, tail)
    read = [number for _ in range(tail // AT_ONCE) for number in numbers(lines, 0.0)]
    assert read == [*range(KEPT_LINES + 1, 3 * KEPT_LINES + 1)]


def test_a_log_that_does_not_stop_is_read_a_second_of_it_at_a_time(log: Log) -> None:
    lines = PacedLines(log.source, 0, 10)
    read: list[int] = []
    gaps = 0
    for tick in range(100):
        log.write(2_000)
        records, left_out = lines.read(tick / 10)
        read += [record.n for record in records]
        gaps += left_out > 0
    assert 9 * LINES_A_SECOND <= len(read) <= 10 * LINES_A_SECOND + AT_ONCE
    assert 1 < gaps <= 10, "a gap a second"
    # Then it is quiet: all that is near the end comes.
    tick = 100
    while read[-1] < log.last:
        read += numbers(lines, tick / 10)
        tick += 1
    assert read[-KEPT_LINES:] == [*range(log.last - KEPT_LINES + 1, log.last + 1)]
    assert tick / 10 <= 10 + KEPT_LINES / LINES_A_SECOND + 2


def test_what_was_turned_over_before_it_was_read_is_counted(log: Log) -> None:
    lines = PacedLines(log.source, 0, 10)
    log.write(5)
    assert numbers(lines, 0.0) == [1, 2, 3, 4, 5]
    log.write(40)
    log.turn_over()
    assert lines.read(1.0) == ([], 0)
    log.write(2)
    records, left_out = lines.read(2.0)
    assert ([record.n for record in records], left_out) == ([46, 47], 40)


def test_a_log_that_was_begun_anew_is_read_from_its_beginning(log: Log) -> None:
    log.write(50)
    lines = PacedLines(log.source, 50, 10)
    log.turn_over()
    log.last = 0
    log.write(3)
    assert numbers(lines, 0.0) == [1, 2, 3]
