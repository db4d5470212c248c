"""Logs as a person asks for them: what belongs together, filters, runs, repeats, several services. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.errors import ScoredockError
from scoredock.services.log_view import log_pages
from scoredock.services.log_view.events import EventReader, LogEntry
from scoredock.services.log_view.log_filter import LineFilter, Matcher
from scoredock.services.log_view.log_pages import Cursor, Gap, NewEvents, RequestLines, earlier_part, merged
from scoredock.services.log_view.repeats import collapsed, group_of, joined, masked

from scoredock_runtime.contract import LogRecord

STAMP = "2026-11-23 10:51:30,384 {} [{}] "
ONE = "0f8fad5b-d9cb-469f-a165-70867728950e"


def stamped(text: str, level: str = "I", pid: int = 7) -> str:
    return STAMP.format(level, pid) + text


def log(*lines: tuple[str, str] | str, stream: str = "stdout") -> list[LogRecord]:
    """Records from (level, text)."""
    told = [("I", line) if isinstance(line, str) else line for line in lines]
    return [LogRecord(number, 100.0 + number, stream, level, text) for number, (level, text) in enumerate(told, 1)]


def events(records: Sequence[LogRecord], service: str = "svc") -> list[LogEntry]:
    reader = EventReader(service)
    return [*reader.feed(records), *reader.flush()]


def traceback(row: int, pid: int = 7) -> list[tuple[str, str]]:
    return [
        ("E", stamped("azmlinfsrv - Encountered Exception: Traceback (most recent call last):", "E", pid)),
        ("E", '  File "/p/score.py", line 7, in run'),
        ("E", "    raise ValueError(row)"),
        ("E", f"ValueError: row {row} is bad"),
    ]


@dataclass
class Stored:
    """A log in memory."""

    records: list[LogRecord]

    def window(self, after: int, before: int, *, server_only: bool = False) -> Iterator[LogRecord]:
        return (
            each for each in list(self.records) if after < each.n < before and (not server_only or each.s == "server")
        )

    def first(self) -> int:
        return self.records[0].n if self.records else 0

    def last(self) -> int:
        return self.records[-1].n if self.records else 0


def read_back(sources: Sequence[tuple[str, Stored]], wanted: LineFilter, limit: int) -> list[LogEntry]:
    """All parts, from the newest to the oldest, put together."""
    part = earlier_part(sources, wanted, [], limit)
    found = part.events
    while part.earlier:
        part = earlier_part(sources, wanted, part.earlier, limit)
        found = [*part.events, *found]
    return found


# ------------------------------------------------------------------------------------------ what belongs together


def test_a_traceback_is_one_event_with_the_exception_that_caused_it() -> None:
    found = events(
        log(
            "before",
            *traceback(1),
            "During handling of the above exception, another exception occurred:",
            ("E", "Traceback (most recent call last):"),
            ("E", '  File "/p/score.py", line 9, in run'),
            ("E", "KeyError: 'b'"),
            "after",
        )
    )
    assert [len(event.lines) for event in found] == [1, 8, 1]
    assert found[1].lines[0].startswith("azmlinfsrv - Encountered")
    assert (found[1].worker, found[1].first, found[1].last) == (7, 2, 9)


def test_two_tracebacks_in_a_row_are_two_events() -> None:
    assert [len(event.lines) for event in events(log(*traceback(1), *traceback(2)))] == [4, 4]


LINES = st.one_of(
    st.sampled_from(
        [
            ("E", "Traceback (most recent call last):"),
            ("E", '  File "/p/score.py", line 7, in run'),
            ("E", "ValueError: bad"),
            ("W", "During handling of the above exception, another exception occurred:"),
            ("I", stamped("azmlinfsrv - POST /score 200 1.5ms 6 " + ONE)),
            ("E", stamped("azmlinfsrv - Encountered Exception: Traceback (most recent call last):", "E")),
            ("I", stamped("azmlinfsrv.print - line 3")),
            ("I", '127.0.0.1 - "GET /healthz HTTP/1.1" 200'),
        ]
    ),
    st.tuples(st.sampled_from("DIWE"), st.text(max_size=30)),
)
RECORDS = st.lists(st.tuples(LINES, st.sampled_from(["stdout", "stderr", "server"]), st.floats(0, 1000)), max_size=60)


def made(drawn: list[tuple[tuple[str, str], str, float]]) -> list[LogRecord]:
    return [LogRecord(n, time, stream, level, text) for n, ((level, text), stream, time) in enumerate(drawn, 1)]


@given(RECORDS, st.integers(0, 60))
def test_every_line_is_in_one_event_however_the_log_comes_in(
    drawn: list[tuple[tuple[str, str], str, float]], cut: int
) -> None:
    records = made(drawn)
    whole = events(records)
    reader = EventReader("svc")
    assert [*reader.feed(records[:cut]), *reader.feed(records[cut:]), *reader.flush()] == whole
    lines = sorted(line for event in whole for line in event.shown())
    assert lines == sorted(record.m for record in records)


# ------------------------------------------------------------------------------------------ filter


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (LineFilter(), ["up", "checked", "bad", "done"]),
        (LineFilter(level="warning"), ["bad"]),
        (LineFilter(include="SCORE.py"), ["bad"]),
        (LineFilter(exclude="row \\d+ is", is_regex=True), ["up", "checked", "done"]),
        (LineFilter(include="^azmlinfsrv.print - (up|down)$", is_regex=True), ["up"]),
        (LineFilter(hide_health=True), ["up", "bad", "done"]),
        (LineFilter(since=103.0), ["bad", "done"]),
        (LineFilter(text="[7] azmlinfsrv.print"), ["up", "done"]),
    ],
)
def test_what_a_filter_leaves(wanted: LineFilter, left: list[str]) -> None:
    records = log(
        stamped("azmlinfsrv.print - up"),
        '10.0.0.1 "GET /healthz HTTP/1.1" 200',
        *traceback(1),
        stamped("azmlinfsrv.print - done"),
    )
    names = {1: "up", 2: "checked", 3: "bad", 7: "done"}
    assert [names[event.first] for event in Matcher(wanted).among(events(records))] == left


@pytest.mark.parametrize("wrong", ["(", "a" * 1001, "(?P<n", "[b-a]"])
def test_an_expression_that_cannot_be_used_is_refused(wrong: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        Matcher(LineFilter(include=wrong, is_regex=True))
    assert refused.value.code == "log-filter-invalid"
    assert refused.value.details == {"field": "include"}
    Matcher(LineFilter(include=wrong))  # as a text it is none of our business


@pytest.mark.parametrize("right", ["line [13]$", "POST .* 500 .*ms", r"row \d+ (is|was) bad", "(ab)?c{2,3}", "a.*b"])
def test_what_people_write_is_taken(right: str) -> None:
    Matcher(LineFilter(include=right, is_regex=True))


@pytest.mark.parametrize("endless", ["(a+)+$", "(a|aa)+$"])
def test_an_expression_that_does_not_end_is_given_up_and_the_next_one_is_looked_for(endless: str) -> None:
    lines = events(log("up", f"{'a' * 60}!", "done"))
    with pytest.raises(ScoredockError) as refused:
        list(Matcher(LineFilter(exclude=endless, is_regex=True)).among(lines))
    assert refused.value.code == "log-filter-invalid"
    assert refused.value.details == {"field": "exclude"}
    assert "takes too long" in refused.value.message
    assert [event.first for event in Matcher(LineFilter(include="^d.*e$", is_regex=True)).among(lines)] == [3]


def test_expressions_are_looked_for_again_when_their_process_was_killed() -> None:
    lines = events(log("up", "done", *[f"row {number}" for number in range(12_000)]))
    wanted = Matcher(LineFilter(include="^(up|row \\d*7)$", is_regex=True))
    before = [event.first for event in wanted.among(lines)]
    assert len(before) == 1_201
    for child in psutil.Process().children():
        if "search_process" in " ".join(child.cmdline()):
            child.kill()
            child.wait(30)
    assert [event.first for event in wanted.among(lines)] == before


def test_a_failed_health_check_is_shown() -> None:
    (event,) = events(log('10.0.0.1 "GET /healthz HTTP/1.1" 503'))
    assert list(Matcher(LineFilter(hide_health=True)).among([event])) == [event]


# ------------------------------------------------------------------------------------------ requests


def test_the_lines_of_one_request_among_those_of_two_workers() -> None:
    records = log(
        stamped("azmlinfsrv.print - of another", pid=8),
        stamped("azmlinfsrv.print - of mine"),
        *traceback(3),
        stamped("azmlinfsrv - POST /score 200 1.0ms 6 other", pid=8),
        stamped(f"azmlinfsrv - POST /score 500 1.0ms 6 {ONE}"),
        stamped("azmlinfsrv.print - of the next"),
    )
    found = list(RequestLines(ONE).feed(events(records)))
    assert [event.first for event in found] == [2, 3, 8]


def test_a_streamed_response_ends_the_lines_of_its_request() -> None:
    records = log(
        stamped("azmlinfsrv - POST /score 200 1.0ms N/A other"),
        stamped("azmlinfsrv.print - of mine"),
        stamped(f"azmlinfsrv - POST /score 200 1.0ms N/A {ONE}"),
        stamped("azmlinfsrv.print - of the next"),
    )
    assert [event.first for event in RequestLines(ONE).feed(events(records))] == [2, 3]


# ------------------------------------------------------------------------------------------ repeats


def test_errors_that_differ_in_numbers_are_one_and_those_of_another_line_of_code_are_not() -> None:
    first, second = events(log(*traceback(1), *traceback(22)))
    assert group_of(first) == group_of(second) != ""
    elsewhere = traceback(1)
    elsewhere[1] = ("E", '  File "/p/score.py", line 8, in run')
    (third,) = events(log(*elsewhere))
    assert group_of(third) != group_of(first)
    assert group_of(replace(first, service="other")) != group_of(first)


@given(RECORDS, st.integers(0, 60))
def test_counts_add_up_and_parts_join_to_the_whole(drawn: list[tuple[tuple[str, str], str, float]], cut: int) -> None:
    whole = events(made(drawn))
    at_once = collapsed(whole)
    assert sum(each.count for each in at_once) == len(whole)
    groups = [each.group for each in at_once if each.group]
    assert len(groups) == len(set(groups))
    assert joined([*collapsed(whole[:cut]), *collapsed(whole[cut:])]) == at_once
    assert all(each.first <= each.event.time or each.count > 1 for each in at_once)


@given(st.text())
def test_what_is_masked_stays_masked(text: str) -> None:
    assert masked(masked(text)) == masked(text)


# ------------------------------------------------------------------------------------------ several services, parts


@given(st.lists(RECORDS, max_size=4))
def test_the_order_of_a_service_holds_whatever_its_clock_does(
    drawn: list[list[tuple[tuple[str, str], str, float]]],
) -> None:
    parts = [events(made(each), str(place)) for place, each in enumerate(drawn)]
    found = merged(parts)
    for place, part in enumerate(parts):
        assert [event for event in found if event.service == str(place)] == part


def test_services_whose_clocks_are_right_are_merged_by_time() -> None:
    parts = [
        [replace(event, time=time) for event, time in zip(events(log("a", "b")), times, strict=True)]
        for times in ((1.0, 3.0), (2.0, 4.0))
    ]
    assert [event.time for event in merged(parts)] == [1.0, 2.0, 3.0, 4.0]


@pytest.fixture
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_FIRST_STEP", 3), ("_LONGEST_STEP", 7), ("_CONTEXT", 70), ("AT_ONCE", 11)):
        monkeypatch.setattr(log_pages, name, value)


@pytest.mark.usefixtures("_small_steps")
@pytest.mark.parametrize("limit", [1, 4, 1000])
@pytest.mark.parametrize(
    "wanted", [LineFilter(), LineFilter(level="error"), LineFilter(include="3"), LineFilter(request_id=ONE)]
)
def test_parts_read_backwards_are_the_log_that_is_read_forwards(limit: int, wanted: LineFilter) -> None:
    @given(st.lists(RECORDS, min_size=1, max_size=3))
    def holds(drawn: list[list[tuple[tuple[str, str], str, float]]]) -> None:
        sources = [(str(place), Stored(made(each))) for place, each in enumerate(drawn)]
        found = read_back(sources, wanted, limit)
        for name, source in sources:
            forwards: Sequence[LogEntry] = events(source.records, name)
            if wanted.request_id:
                forwards = list(RequestLines(ONE).feed(forwards))
            expected = sorted(event.first for event in Matcher(wanted).among(forwards))
            assert [event.first for event in found if event.service == name] == expected

    holds()


def test_a_filter_that_finds_nothing_looks_at_so_many_lines_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    class Endless(Stored):
        """Ten million lines; only those that are asked for are made."""

        def window(self, after: int, before: int, *, server_only: bool = False) -> Iterator[LogRecord]:
            for number in range(max(1, after + 1), min(before, 10_000_001)):
                looked.append(number)
                yield LogRecord(number, float(number), "stdout", "I", "x")

        def first(self) -> int:
            return 1

        def last(self) -> int:
            return 10_000_000

    part = earlier_part([("svc", Endless([]))], LineFilter(include="nowhere"), [], 1000)
    assert part.events == []
    assert 10_000_000 - part.earlier[0].before >= log_pages.AT_ONCE / 2
    assert len(looked) < 2 * log_pages.AT_ONCE


# ------------------------------------------------------------------------------------------ runs


def server(number: int, text: str, level: str = "I") -> LogRecord:
    return LogRecord(number, float(number), "server", level, text)


CRASHED = [
    server(1, "Service svc revision 1 starts on 127.0.0.1:4000."),
    LogRecord(2, 2.0, "stdout", "I", "one"),
    server(3, "Worker 7 ended with signal 9.", "W"),
    server(4, "A new worker starts in 0 seconds."),
    LogRecord(5, 5.0, "stdout", "I", "two"),
]


@pytest.mark.parametrize(
    ("records", "run", "numbers"),
    [
        (CRASHED, "all", [1, 2, 3, 4, 5]),
        (CRASHED, "current", [4, 5]),
        (CRASHED, "previous", [1, 2, 3]),
        (CRASHED[1:], "previous", [2, 3]),
        (CRASHED[3:], "previous", []),
        (CRASHED[:3], "previous", []),
        ([*CRASHED, server(6, "Worker 9 ended with exit code 0.")], "previous", [1, 2, 3]),
        ([*CRASHED, server(6, "Revision 2 starts beside revision 1.")], "previous", [4, 5]),
        ([], "previous", []),
    ],
)
def test_the_run_that_is_asked_for(records: list[LogRecord], run: str, numbers: list[int]) -> None:
    wanted = LineFilter(run=run)  # type: ignore[arg-type]
    assert [event.first for event in read_back([("svc", Stored(records))], wanted, 10)] == numbers


# ------------------------------------------------------------------------------------------ new lines


def test_new_lines_are_filtered_and_those_that_came_too_fast_are_counted() -> None:
    source = Stored(log("one", "two"))
    later = NewEvents([("svc", source)], LineFilter(include="t"), {"svc": 1})
    assert [event.lines for event in later.read(10)] == [["two"]]
    source.records += [LogRecord(number, 0.0, "stdout", "I", f"t{number}") for number in range(3, 103)]
    assert len(later.read(10)) == 10
    assert later.gaps == [Gap("svc", 3, 93)]
    del source.records[:]
    source.records += log("three", "t again")
    assert [event.lines for event in later.read(10)] == [["three"], ["t again"]], "a log that was begun anew"
    assert (later.begun_anew, later.gaps) == (True, [])


def test_lines_that_were_turned_over_before_they_were_read_are_counted() -> None:
    source = Stored(log("one", "two"))
    later = NewEvents([("svc", source)], LineFilter(), {"svc": 2})
    source.records[:] = [LogRecord(8, 0.0, "stdout", "I", "eight")]
    assert [event.first for event in later.read(10)] == [8]
    assert later.gaps == [Gap("svc", 3, 8)]


def test_a_cursor_goes_on_where_the_part_began() -> None:
    source = Stored(log(*(str(number) for number in range(1, 31))))
    part = earlier_part([("svc", source)], LineFilter(), [Cursor("svc", 21, 1e15)], 5)
    assert [event.first for event in part.events] == [16, 17, 18, 19, 20]
