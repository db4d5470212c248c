"""Logs of pods as one: in the order of time, and after any cut neither a line lost nor one doubled."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.engines.kubernetes.cluster_log import LogPosition, PodRecord, event_records, merged, mirror_pods
from scoredock.engines.kubernetes.reading import ClusterEvent, events_of
from scoredock.engines.log_files import log_path, read_log

from depth import rounds
from engines.test_cluster_state import recorded
from scoredock_runtime.contract import Failure, LogRecord, failure_line, to_json

SECOND = 1_790_000_000


def stamp(nanoseconds: int) -> str:
    """As a node writes it, some nanoseconds after a full second."""
    import datetime

    whole = datetime.datetime.fromtimestamp(SECOND + nanoseconds // 10**9, datetime.timezone.utc)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{nanoseconds % 10**9:09d}Z"


def printed(at: int, text: str, stream: str = "stdout", number: int = 1) -> str:
    """A line of a runtime that prints records."""
    return f"{stamp(at)} {to_json(LogRecord(number, SECOND + at / 1e9, stream, 'I', text))}\n"


def texts(records: Iterable[PodRecord]) -> list[tuple[str, str]]:
    return [(each.pod, each.record.m) for each in records]


def test_lines_of_several_pods_come_in_the_order_of_time() -> None:
    streams = {
        "a": [printed(10, "first"), printed(30, "third", "server"), printed(50, "fifth")],
        "b": [printed(20, "second"), printed(40, "fourth")],
        "c": [],
    }
    records = list(merged(streams))
    assert texts(records) == [("a", "first"), ("b", "second"), ("a", "third"), ("b", "fourth"), ("a", "fifth")]
    assert [each.record.s for each in records] == ["stdout", "stdout", "server", "stdout", "stdout"]
    assert records[0].at == SECOND * 10**9 + 10


def test_what_is_no_record() -> None:
    """What an interpreter prints that cannot start, the runtime's last words, and what the node says in place of a
    log."""
    lines = [
        f"{stamp(1)} python: can't open file\x1b[0m\n",
        f"{stamp(2)} {failure_line(Failure('init-failed', 'ValueError: no'))}\n",
        f'{stamp(3)} {{"n": 1}}\n',
        "unable to retrieve container logs for containerd://5b\n",
        "\n",
    ]
    records = list(merged({"a": lines}))
    assert [(each.record.s, each.record.l, each.record.m) for each in records] == [
        ("stderr", "E", "python: can't open file\\x1b[0m"),
        ("stderr", "E", '{"n": 1}'),
    ]


def since(lines: list[tuple[int, str]], position: LogPosition) -> list[str]:
    """What the API gives for the position: lines from a whole second on, in the order of the file."""
    begins = position.since_time
    return [line for at, line in lines if not begins or stamp(at)[:19] >= begins[:19]]


@settings(max_examples=rounds(gate=100, long=3_000))
@given(st.integers(0, 10**9))
def test_after_any_cut_nothing_is_lost_and_nothing_doubled(seed: int) -> None:
    """Times are the same for several lines, and a little out of order, as two streams of a container are."""
    chance = random.Random(seed)
    pods = {}
    for pod in ("a", "b"):
        at, lines = chance.randrange(10**9), []
        for index in range(chance.randrange(150)):
            at += chance.choice([0, 0, 1, 300_000_000])
            early = max(1, at - chance.choice([0, 0, 0, 2, 400]))
            lines.append((early, printed(early, f"{pod}{index}")))
        pods[pod] = lines
    positions: dict[str, LogPosition] = {}
    seen: list[tuple[str, str]] = []
    upto = dict.fromkeys(pods, 0)
    is_over = False
    while not is_over:
        upto = {pod: min(len(lines), upto[pod] + chance.randrange(20)) for pod, lines in pods.items()}
        kept = json.dumps({pod: each.to_json() for pod, each in positions.items()})
        positions = {pod: LogPosition.from_json(raw) for pod, raw in json.loads(kept).items()}
        streams = {pod: since(lines[: upto[pod]], positions.get(pod, LogPosition())) for pod, lines in pods.items()}
        taken = chance.randrange(50)
        is_over = upto == {pod: len(lines) for pod, lines in pods.items()}
        for record in merged(streams, positions):
            if taken == 0:
                is_over = False
                break  # the connection is cut
            taken -= 1
            positions.setdefault(record.pod, LogPosition()).add(record.key)
            seen.append((record.pod, record.record.m))
    for pod, lines in pods.items():
        assert [text for name, text in seen if name == pod] == [json.loads(line[31:])["m"] for _, line in lines]


def test_a_position_stays_small_over_many_lines() -> None:
    position = LogPosition()
    for at in range(SECOND * 10**9, SECOND * 10**9 + 10_000):
        position.add(at)
    assert len(json.dumps(position.to_json())) < 3_000
    assert position.since_time == stamp(0)[:19] + "Z"
    assert LogPosition.from_json({"floor": "x"}) == LogPosition.from_json({"counts": 7}) == LogPosition()


class Pods:
    """The pods of a service, whose logs grow."""

    def __init__(self) -> None:
        self.lines: dict[str, list[tuple[int, str]]] = {}
        self.cut = 0
        """After so many lines a connection breaks; 0 for never."""

    def log(self, pod: str, at: int, text: str) -> None:
        self.lines.setdefault(pod, []).append((at, printed(at, text)))

    def fetch(self, positions: Mapping[str, LogPosition]) -> dict[str, Iterator[str]]:
        return {pod: self._stream(since(lines, positions.get(pod, LogPosition()))) for pod, lines in self.lines.items()}

    def _stream(self, lines: list[str]) -> Iterator[str]:
        for index, line in enumerate(lines):
            if self.cut and index == self.cut:
                raise OSError("cut")
            yield line


def stored(folder: Path) -> list[str]:
    return [each.m for each in read_log(folder)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_the_log_here_goes_on_over_cuts_and_pods_that_are_gone(folder: Path) -> None:
    pods = Pods()
    for index in range(30):
        pods.log("a" if index % 3 else "b", index, f"line {index}")
    pods.cut = 7
    for _ in range(10):
        try:
            mirror_pods(folder, pods.fetch)
        except OSError:
            pods.cut += 7
            continue
        break
    assert sorted(stored(folder), key=lambda text: int(text.split()[1])) == [f"line {index}" for index in range(30)]
    del pods.lines["a"]
    pods.log("c", 2 * 10**9, "line 30")
    mirror_pods(folder, pods.fetch)
    mirror_pods(folder, pods.fetch)
    assert len(stored(folder)) == 31
    assert [each.n for each in read_log(folder)] == list(range(1, 32))
    documents = [json.loads(line) for line in log_path(folder).read_text().splitlines()]
    assert {each["c"] for each in documents} == {"a", "b", "c"}
    assert {each["s"] for each in documents} == {"stdout"}


def test_lines_that_a_node_has_turned_over_before_they_were_copied_are_counted(folder: Path) -> None:
    """Those that the runtime itself left out it tells itself, in a line without a number."""
    position, numbers = iter(range(1, 99)), [1, 2, 9, 10, 0, 17, 18, 20, 1, 2]
    for part in (numbers[:3], numbers[3:7], numbers[7:]):
        lines = [printed(next(position), str(number), number=number) for number in part]
        mirror_pods(folder, lambda _, lines=lines: {"a": iter(lines), "b": iter([])})
    records = list(read_log(folder))
    assert [int(each.m) for each in records] == numbers
    after = [0, *(each.n for each in records)]
    assert [each.n - before - 1 for before, each in zip(after, records, strict=False)] == [0, 0, 6, 0, 0, 0, 0, 1, 0, 0]


def test_a_copy_that_was_killed_before_it_kept_its_marks(folder: Path) -> None:
    pods = Pods()
    pods.log("a", 1, "one")
    pods.log("a", 1, "two")
    mirror_pods(folder, pods.fetch, said_events())
    marks = log_path(folder).with_name("mirror.json")
    before = marks.read_bytes()
    pods.log("a", 1, "three")
    pods.log("b", 5, "four")
    mirror_pods(folder, pods.fetch, [*said_events(), event("late", at=SECOND + 9)])
    whole = stored(folder)
    marks.write_bytes(before)
    mirror_pods(folder, pods.fetch, [*said_events(), event("late", at=SECOND + 9)])
    assert stored(folder) == whole
    marks.unlink()
    mirror_pods(folder, pods.fetch, [*said_events(), event("late", at=SECOND + 9)])
    assert stored(folder) == whole


def event(message: str, *, count: int = 1, at: float = SECOND, **changes: Any) -> ClusterEvent:
    fields: dict[str, Any] = {"kind": "Pod", "subject": "a", "uid": "u", "reason": "Pulled", "node": "node2"}
    fields |= {"message": message, "at": at, "first": SECOND, "count": count, "key": message, "is_warning": False}
    return ClusterEvent(**{**fields, **changes})


def said_events() -> list[ClusterEvent]:
    return [event("Successfully pulled image in 1.2s"), event("Back-off restarting", reason="BackOff", is_warning=True)]


def test_what_the_cluster_says_stands_between_the_lines_once(folder: Path) -> None:
    pods = Pods()
    pods.log("a", 1, "before")
    pods.log("a", 3 * 10**9, "after")
    events = [*said_events(), event("Killing", at=SECOND + 1, node="", kind="ReplicaSet", subject="web-1")]
    for _ in range(3):
        mirror_pods(folder, pods.fetch, events)
    records = list(read_log(folder))
    assert [each.m for each in records] == [
        "node2: Successfully pulled image in 1.2s",
        "node2: Back-off restarting",
        "before",
        "ReplicaSet web-1: Killing",
        "after",
    ]
    assert [(each.s, each.l) for each in records[:2]] == [("server", "I"), ("server", "W")]


def test_what_is_said_again_and_again_is_counted() -> None:
    said: dict[str, int] = {}
    shown = []
    for count in (1, 1, 2, 3, 4, 7, 8, 100):
        for each in event_records([event("Back-off", count=count)], said):
            said[each.pod.removeprefix("event ")] = each.key
            shown.append(each.record.m)
    assert shown == [
        "node2: Back-off",
        "node2: Back-off (2 times)",
        "node2: Back-off (4 times)",
        "node2: Back-off (8 times)",
        "node2: Back-off (100 times)",
    ]


def test_events_of_a_real_start() -> None:
    lines = [each.record.m for each in event_records(events_of(recorded("healthy")["events"]), {})]
    assert sum("Started container service" in each for each in lines) == 2
    assert any(each.startswith("node1: Successfully pulled image") for each in lines)
    assert not any("MissingClusterDNS" in each or "Successfully assigned" in each for each in lines)


def test_a_flood_is_copied_call_by_call(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scoredock.engines.kubernetes import cluster_log

    monkeypatch.setattr(cluster_log, "AT_ONCE_BYTES", 5_000)
    monkeypatch.setattr(cluster_log, "_KEPT_BYTES", 500)
    pods = Pods()
    for index in range(200):
        pods.log("a", index, f"line {index}")
    calls = 0
    while len(stored(folder)) < 200:
        mirror_pods(folder, pods.fetch)
        calls += 1
        assert calls < 20
    assert calls > 2
    assert stored(folder) == [f"line {index}" for index in range(200)]


def test_a_service_that_was_removed_meanwhile(tmp_path: Path) -> None:
    pods = Pods()
    pods.log("a", 1, "line")
    mirror_pods(tmp_path / "gone", pods.fetch)
    assert not (tmp_path / "gone").exists()
