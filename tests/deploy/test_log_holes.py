"""Logs that are turned over, damaged or partly deleted while they are read: what is shown and what is told to be left
out are together what was written, whoever reads. The readers are those of the terminal, of pages and of the channel."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.engines.docker.logs import ContainerLog, mirror
from scoredock.engines.log_files import log_path
from scoredock.services.log_view.log_filter import LineFilter
from scoredock.services.log_view.log_pages import LATEST, Cursor, Gap, NewEvents, earlier_part
from scoredock.services.log_view.log_places import OwnPlaces
from scoredock.services.log_view.paced_lines import PacedLines
from scoredock.services.logs import LogSource

from scoredock_runtime.contract import LogRecord
from scoredock_runtime.log.log_lines import Levels
from scoredock_runtime.log.log_writer import LogWriter

FILE_BYTES, FILE_COUNT = 64 * 1024, 3
IN_A_FILE = 32
"""Lines of 2,000 letters."""


class TurnedLog(LogSource):
    """The log of a service that writes, also while somebody reads: after a record that the test names."""

    def __init__(self, folder: Path, writer: LogWriter) -> None:
        super().__init__(folder, cast("OwnPlaces", SimpleNamespace(mapped=lambda line: line)), lambda: None)
        self.path = log_path(folder)
        self.written = 0
        self.meanwhile: tuple[int, Callable[[], None]] | None = None
        """After how many records of the next read something happens, and what."""
        self._writer = writer

    def write(self, count: int) -> None:
        if count:
            self._writer.take("stdout", ["x" * 2_000] * count, Levels("stdout"))
            self.written += count
            assert self._writer.await_record(self.written - 1, 60)

    def lose(self, older: int) -> None:
        """Somebody deletes an older file."""
        self.path.with_name(f"{self.path.name}.{older}").unlink(missing_ok=True)

    def damage(self) -> None:
        """A line of the newest file, and not its last, is not a record any more."""
        lines = self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else []
        if len(lines) > 1:
            with self.path.open("r+b") as file:
                file.seek(sum(map(len, lines[: (len(lines) - 1) // 2])))
                file.write(b"?" * 20)

    def window(self, after: int, before: int, *, server_only: bool = False) -> Iterator[LogRecord]:
        for number, record in enumerate(super().window(after, before, server_only=server_only)):
            if self.meanwhile is not None and number == self.meanwhile[0]:
                happens, self.meanwhile = self.meanwhile[1], None
                happens()
            yield record


@contextmanager
def turned_log() -> Iterator[TurnedLog]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        writer = LogWriter(str(log_path(folder).parent), FILE_BYTES, FILE_COUNT)
        try:
            yield TurnedLog(folder, writer)
        finally:
            writer.close()


EXAMPLES = settings(max_examples=40)
COUNTS = st.integers(0, 4 * IN_A_FILE)
HAPPENINGS = st.one_of(
    COUNTS.map(lambda count: ("write", count)),
    st.integers(1, 2).map(lambda older: ("lose", older)),
    st.just(("damage", 0)),
)
STEPS = st.lists(st.tuples(HAPPENINGS, st.integers(0, 60), HAPPENINGS), max_size=5)
"""Before a read, and after so many of its records."""
Steps = list[tuple[tuple[str, int], int, tuple[str, int]]]


def happen(log: TurnedLog, what: str, number: int) -> None:
    {"write": lambda: log.write(number), "lose": lambda: log.lose(number), "damage": log.damage}[what]()


def prepare(log: TurnedLog, steps: Steps) -> Iterator[bool]:
    """Once before each read; whether nothing happens any more."""
    for before, place, within in steps:
        happen(log, *before)
        log.meanwhile = (place, lambda within=within: happen(log, *within))  # type: ignore[misc]
        yield
    log.meanwhile = None
    log.write(1)  # Behind a last line that is damaged.
    for _ in range(2 * FILE_COUNT * IN_A_FILE):
        yield


def assert_whole(log: TurnedLog, shown: list[int], holes: list[Gap]) -> None:
    left_out = [number for hole in holes for number in range(hole.first, hole.before)]
    assert sorted([*shown, *left_out]) == [*range(1, log.written + 1)]


@EXAMPLES
@given(steps=STEPS, limit=st.integers(1, 200))
def test_what_a_terminal_and_a_page_show_and_leave_out_is_all_that_was_written(steps: Steps, limit: int) -> None:
    with turned_log() as log:
        lines = NewEvents([("svc", log)], LineFilter(), {"svc": 0})
        shown: list[int] = []
        holes: list[Gap] = []
        for at_rest in prepare(log, steps):
            events = lines.read(limit)
            for hole in lines.gaps:
                assert not events or hole.before <= events[0].first, "it is told in its place"
            holes += lines.gaps
            shown += [event.first for event in events]
            if at_rest and max(shown, default=0) == log.written:
                break
        assert shown == sorted(shown)
        assert_whole(log, shown, holes)


@EXAMPLES
@given(steps=STEPS)
def test_what_the_channel_shows_and_leaves_out_is_all_that_was_written(steps: Steps) -> None:
    with turned_log() as log:
        lines = PacedLines(log, 0, 10)
        shown: list[int] = []
        holes: list[Gap] = []
        for second, at_rest in enumerate(prepare(log, steps)):
            records, left_out = lines.read(float(second))
            if records:
                holes.append(Gap("svc", records[0].n - left_out, records[0].n))
                shown += [record.n for record in records]
            if at_rest and max(shown, default=0) == log.written:
                break
        assert shown == sorted(shown)
        assert_whole(log, shown, holes)


@EXAMPLES
@given(steps=STEPS, limit=st.integers(1, 50))
def test_a_gap_that_is_opened_has_each_of_its_lines_or_counts_it(steps: Steps, limit: int) -> None:
    with turned_log() as log:
        log.write(3 * IN_A_FILE)
        gap = Gap("svc", 2, log.written)
        cursors = [Cursor("svc", gap.before, LATEST)]
        shown: list[int] = []
        lost = 0
        for _ in prepare(log, steps):
            if not cursors:
                break
            part = earlier_part([("svc", log)], LineFilter(), cursors, limit, gaps=[gap])
            shown = [*(event.first for event in part.events), *shown]
            lost += part.lost
            cursors = part.earlier
        assert not cursors
        assert shown == sorted(set(shown))
        assert len(shown) + lost == gap.lines


@pytest.mark.parametrize("place", [0, 1, IN_A_FILE, 2 * IN_A_FILE])
def test_a_file_that_is_turned_over_while_it_is_read_is_read_whole(place: int) -> None:
    """Its name is another then, and what has its name is another file."""
    with turned_log() as log:
        log.write(int(2.5 * IN_A_FILE))
        last = log.written
        log.meanwhile = (place, lambda: log.write(IN_A_FILE))
        numbers = [record.n for record in log.window(0, last + 1)]
        assert numbers == [*range(1, last + 1)]


def test_a_log_that_was_turned_over_before_its_first_line_was_read_is_counted() -> None:
    with turned_log() as log:
        terminal, channel = NewEvents([("svc", log)], LineFilter(), {"svc": 0}), PacedLines(log, 0, 10)
        log.write(10 * IN_A_FILE)
        oldest = log.first()
        assert oldest > 1
        assert (terminal.read(1_000)[0].first, terminal.gaps) == (oldest, [Gap("svc", 1, oldest)])
        records, left_out = channel.read(0.0)
        assert (records[0].n, left_out) == (oldest, oldest - 1)


def test_what_was_turned_over_before_somebody_looked_is_not_left_out() -> None:
    with turned_log() as log:
        log.write(10 * IN_A_FILE)
        records, left_out = PacedLines(log, 0, 10_000).read(0.0)
        assert (records[0].n, left_out) == (log.first(), 0)
        terminal = NewEvents([("svc", log)], LineFilter(), {})
        assert (terminal.read(1_000)[0].first, terminal.gaps) == (log.first(), [])


def test_the_longest_line_is_found_at_the_end_of_a_log(tmp_path: Path) -> None:
    writer = LogWriter(str(log_path(tmp_path).parent), 1_000_000, FILE_COUNT)
    writer.take("stdout", ["one", "\U0001f600" * 16_384], Levels("stdout"))
    writer.close()
    log = TurnedLog(tmp_path, writer)
    assert log.last() == 2


def test_what_a_container_has_turned_over_before_it_was_copied_is_counted(tmp_path: Path) -> None:
    """The copy has numbers of its own, with the holes of the log in the container."""
    numbers = [*range(4, 10), *range(21, 30), 31]
    first, *later = [json.dumps({"n": n, "t": 0.0, "s": "stdout", "l": "I", "m": str(n)}) for n in numbers]
    log = TurnedLog(tmp_path, cast("LogWriter", None))
    readers = NewEvents([("svc", log)], LineFilter(), {"svc": 0}), PacedLines(log, 0, 10)
    for line in (first, *later):
        mirror(tmp_path, ContainerLog("replica", lambda since, line=line: [line]))
    terminal, channel = readers
    shown: list[str] = []
    holes = [0, 0]
    for second in range(3):
        shown += [event.lines[0] for event in terminal.read(1_000)]
        holes[0] += sum(gap.lines for gap in terminal.gaps)
        holes[1] += channel.read(float(second))[1]
    assert shown == [str(number) for number in numbers]
    assert holes == [3 + 11 + 1] * 2
