"""Lines of a log that came faster than they can be shown: where they are is told, and they are read from the files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client
from lsp.talker import NAME, talker
from lsp.test_life import wait_for

SCRIPT = """import json
import sys
import traceback


def init():
    print("up")


def run(data):
    asked = json.loads(data)
    for number in range(asked.get("lines", 0)):
        print("line", number)
    for number in range(asked.get("failures", 0)):
        try:
            raise ValueError(f"row {number} is bad")
        except ValueError:
            traceback.print_exc()
    print(asked["say"])
    return "done"
"""
FLOOD = 50_000

Cursors = list[dict[str, Any]]


@dataclass
class Watched:
    """A watch, with what it sent: events, and between them what it left out, each under its first number."""

    client: Client
    id: str
    services: list[str]
    filter: dict[str, Any]
    events: dict[int, dict[str, Any]] = field(default_factory=dict)
    gaps: list[tuple[Cursors, Cursors]] = field(default_factory=list)
    batch: int = 0

    def acknowledge(self) -> None:
        self.client.notify("scoredock/log/acknowledge", {"id": self.id, "sequence": self.batch})

    def next(self) -> dict[str, Any]:
        """The batch that is not acknowledged yet."""
        found = self.client.notified(
            "scoredock/log/events", lambda params: params["id"] == self.id and params["batch"] > self.batch
        )
        self.batch = found["batch"]
        for event in found["events"]:
            assert self.events.setdefault(event["sequence"], event) is event, "an event came twice"
        if found["leftOutFrom"]:
            self.gaps.append((found["leftOutFrom"], found["leftOutTo"]))
        return found

    def until(self, text: str) -> None:
        """Takes all batches up to the one with this text."""
        while not any(text in line for event in self.next()["events"] for line in event["lines"]):
            self.acknowledge()
        self.acknowledge()

    def part(self, first: Cursors, last: Cursors, before: Cursors) -> dict[str, Any]:
        asked = {"services": self.services, "filter": self.filter, "limit": 4000}
        found: dict[str, Any] = self.client.ask(
            "scoredock/log/page", {**asked, "first": first, "last": last, "before": before}
        )
        return found

    def read_gap(self, first: Cursors, last: Cursors) -> int:
        """Reads all of it; the number of its lines that are no longer kept."""
        lost, before = 0, last
        while before:
            part = self.part(first, last, before)
            for event in part["events"]:
                assert self.events.setdefault(event["sequence"], event) is event, "an event came twice"
            lost += part["lost"]
            before = part["earlier"]
        return lost

    def lines(self) -> list[str]:
        """In the order of their numbers."""
        return [line for number in sorted(self.events) for line in self.events[number]["lines"]]


def watch(client: Client, names: list[str] | None = None, **wanted: Any) -> Watched:
    services = names or [NAME]
    params = {"services": services, "filter": wanted, "before": [], "limit": 1}
    newest = client.ask("scoredock/log/page", params)["newest"]
    id = client.ask("scoredock/log/watch", {"services": services, "filter": wanted, "after": newest})["id"]
    return Watched(client, str(id), services, wanted)


def say(client: Client, name: str = NAME, **body: Any) -> None:
    answer = client.ask("scoredock/service/call", {"name": name, "body": json.dumps(body)})
    assert answer["status"] == 200, answer


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with talker(tmp_path_factory.mktemp("gaps"), SCRIPT) as client:
        yield client


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [({}, range(FLOOD)), ({"include": "line [0-9]*7$|the end", "regex": True}, range(7, FLOOD, 10))],
    ids=["all lines", "those that fit a filter"],
)
def test_each_line_of_a_flood_is_sent_or_read_where_it_was_left_out(
    client: Client, wanted: dict[str, Any], numbers: range
) -> None:
    watched = watch(client, **wanted)
    # The first batch is not answered until all is written, as by a reader that is slow.
    say(client, lines=FLOOD, say="the end")
    watched.until("the end")
    assert watched.gaps, "some were left out"
    for gap in list(watched.gaps):
        assert watched.read_gap(*gap) == 0
    told = [line.rpartition(" line ")[2] for line in watched.lines() if " line " in line]
    assert told == [str(number) for number in numbers]


def test_what_was_left_out_is_told_even_where_nothing_behind_it_fits(client: Client) -> None:
    watched = watch(client, include="line [1-4]?[0-9]?[0-9]$", regex=True)
    say(client, lines=500, say="more than a batch")
    watched.next()  # and not answered, so that the log goes on without its reader
    say(client, lines=60_000, say="last")
    found = 0
    while not watched.gaps:
        watched.acknowledge()
        found = len(watched.next()["events"])
    watched.acknowledge()
    assert found == 0
    assert watched.read_gap(*watched.gaps[0]) == 0
    assert watched.lines() == [f"azmlinfsrv.print - line {number}" for number in range(500)] * 2


def test_a_traceback_on_the_edge_is_neither_lost_nor_there_twice(client: Client) -> None:
    before = watch(client)
    say(client, say="all before is written")  # A flood is still being written when its response comes.
    before.until("all before is written")
    start = client.ask("scoredock/log/page", {"services": [NAME], "filter": {}, "before": [], "limit": 1})["newest"]
    say(client, failures=3, say="and on")
    params = {"services": [NAME], "filter": {}, "before": [], "first": [], "limit": 99}

    def are_logged() -> bool:
        """The response comes before its last lines are written, and the two streams come in any order."""
        last = [event["lines"][-1] for event in client.ask("scoredock/log/page", params)["events"]]
        failures = sum(line.startswith("ValueError: row") for line in last)
        return failures == 3 and any(line.endswith("and on") for line in last)

    wait_for(are_logged)
    whole = client.ask("scoredock/log/page", params)
    tracebacks = [event for event in whole["events"] if event["lines"][-1].startswith("ValueError: row")][-3:]
    middle = tracebacks[1]
    cut = [{"service": NAME, "before": middle["sequence"] + 1, "time": 1e15}]
    watched = watch(client)
    assert watched.read_gap(start, cut) == 0
    assert watched.lines()[-1] == middle["lines"][0]
    assert watched.read_gap(cut, whole["newest"]) == 0
    written = [line for event in whole["events"] if event["sequence"] >= start[0]["before"] for line in event["lines"]]
    # The two streams come in any order: a line of the other may stand within a traceback that is cut.
    assert sorted(watched.lines()) == sorted(written)


def test_lines_that_are_no_longer_kept_are_counted(client: Client) -> None:
    log = Path(client.ask("scoredock/service/show", {"name": NAME})["logFile"])
    watched = watch(client)
    say(client, lines=100, say="gone soon")
    for path in log.parent.glob(f"{log.name}*"):
        path.unlink()
    say(client, say="still there")
    watched.until("still there")
    stored = json.loads(log.read_text().splitlines()[0])["n"]
    at = lambda number: [{"service": NAME, "before": number, "time": 1e15}]  # noqa: E731
    # Partly: what is there comes.
    part = watched.part(at(stored - 30), at(stored + 1), at(stored + 1))
    assert (part["lost"], part["earlier"]) == (30, [])
    assert [event["sequence"] for event in part["events"]] == [stored]
    # Nothing of it.
    part = watched.part(at(stored - 30), at(stored - 10), at(stored - 10))
    assert (part["lost"], part["events"], part["earlier"]) == (20, [], [])
    # Without bounds: before the beginning of the log, as it is now.
    whole = client.ask("scoredock/log/page", {"services": [NAME], "filter": {}, "before": []})
    assert (whole["lost"], whole["events"][0]["sequence"]) == (stored - 1, stored)


def test_a_hole_in_what_is_read_at_once_is_told_in_its_place(client: Client) -> None:
    """As rotation and a damaged file leave it: all of it is one read."""
    script = client.ask("scoredock/service/show", {"name": NAME})["entryScript"]
    client.ask("scoredock/service/deploy", {"name": "holed", "entryScript": script})
    client.ask("scoredock/service/stop", {"name": "holed"})
    log = Path(client.ask("scoredock/service/show", {"name": "holed"})["logFile"])
    last = json.loads(log.read_text().splitlines()[-1])["n"]
    watched = watch(client, ["holed"])
    channel = client.ask("scoredock/log/subscribe", {"service": "holed", "tail": 0})["id"]
    record = {"t": 0.0, "s": "stdout", "l": "I"}
    numbers = [last + number for number in (1, 2, 6, 7, 17)]
    with log.open("a") as file:
        file.write("".join(json.dumps({"n": n, **record, "m": f"number {n}"}) + "\n" for n in numbers))
    watched.until(f"number {last + 17}")
    assert sorted(watched.events) == numbers
    holes = [(first[0]["before"] - last, end[0]["before"] - last) for first, end in watched.gaps]
    assert holes == [(3, 6), (8, 17)]
    assert [watched.read_gap(*gap) for gap in watched.gaps] == [3, 9]
    lines: list[int] = []
    left_out: list[int] = []
    while lines[-1:] != numbers[-1:]:
        after = max(lines, default=0)
        batch = client.notified(
            "scoredock/log/lines",
            lambda params, after=after: params["id"] == channel and params["lines"][0]["sequence"] > after,
        )
        lines += [line["sequence"] for line in batch["lines"]]
        left_out.append(batch["dropped"])
        client.notify("scoredock/log/acknowledge", {"id": channel, "sequence": lines[-1]})
    assert (lines, left_out) == (numbers, [0, 3, 9])


def test_a_service_that_went_keeps_nothing(client: Client) -> None:
    script = client.ask("scoredock/service/show", {"name": NAME})["entryScript"]
    client.ask("scoredock/service/deploy", {"name": "passing", "entryScript": script})
    watched = watch(client, ["passing"])
    client.ask("scoredock/service/delete", {"name": "passing"})
    first, last = ([{"service": "passing", "before": number, "time": 0.0}] for number in (2, 7))
    part = watched.part(first, last, last)
    assert (part["lost"], part["gone"], part["events"], part["earlier"]) == (5, ["passing"], [], [])


@pytest.mark.long("the other gaps are at the gate")
def test_a_log_that_is_begun_anew_between_two_batches_ends_the_watch(client: Client) -> None:
    script = client.ask("scoredock/service/show", {"name": NAME})["entryScript"]
    client.ask("scoredock/service/deploy", {"name": "again", "entryScript": script})
    watched = watch(client, ["again"])
    say(client, "again", lines=FLOOD, say="of the log before")
    watched.next()
    client.ask("scoredock/service/delete", {"name": "again"})
    client.ask("scoredock/service/deploy", {"name": "again", "entryScript": script})
    say(client, "again", say="of the new log")
    while not watched.next()["begunAnew"]:
        watched.acknowledge()
    for first, last in watched.gaps:
        assert all(start["before"] < end["before"] for start, end in zip(first, last, strict=True)), "a part of one log"
    assert not any("of the new log" in line for line in watched.lines())
    fresh = client.ask("scoredock/log/page", {"services": ["again"], "filter": {}, "before": []})
    assert any("of the new log" in line for event in fresh["events"] for line in event["lines"])
