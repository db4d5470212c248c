"""The logs of the pods of a service as one log, in the order of time, with what the cluster says of them.

Lines come as the API gives them with `timestamps=true`: a time to the nanosecond, a blank, the text. A `LogPosition`
says how far a pod has been read, so that whatever is read again after a cut is neither lost nor doubled.
"""

from __future__ import annotations

import datetime
import functools
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, NamedTuple

from scoredock.containers.events import nanoseconds
from scoredock.engines.kubernetes.reading import ClusterEvent
from scoredock.engines.log_mirror import (
    AT_ONCE_BYTES,
    MirrorWriter,
    copied_lines,
    copying,
    keep_marks,
    marks_of,
    newest_files,
    printable_line,
)
from scoredock.late_dataclass import dataclass
from scoredock_runtime import contract
from scoredock_runtime.contract import LogRecord

_DIGITS = 9
_WINDOW = 64
"""Times that a position keeps: so far lines may be out of order, as those of two streams of a container are."""
_KEPT_BYTES = 100_000
"""After so much the marks are kept: less than what is looked through of the log's end."""
_PODS = 100
"""Positions that are kept of pods that are gone."""
_EVENT = "event "
"""Begins the names of events among those of pods, which have no blanks."""
_QUIET = frozenset(("MissingClusterDNS", "Scheduled", "SuccessfulCreate", "SuccessfulDelete"))
"""Events that say nothing of a service, or what others say better."""


@dataclass
class LogPosition:
    """Position up to which the log of a pod has been read."""

    floor: int = 0
    """All lines up to this time have been read; nanoseconds since the epoch."""
    counts: dict[int, int] = field(default_factory=dict)
    """How many lines of each later time have been read."""
    number: int = 0
    """Of the record that was read last; 0 where it had none."""

    def __post_init__(self) -> None:
        self._times = sorted(self.counts)

    def add(self, at: int, number: int = 0) -> None:
        """A line of this time has been read."""
        self.number = number
        if at <= self.floor:
            return
        if at not in self.counts:
            heapq.heappush(self._times, at)
        self.counts[at] = self.counts.get(at, 0) + 1
        if len(self._times) > _WINDOW:
            self.floor = heapq.heappop(self._times)
            del self.counts[self.floor]

    @property
    def since_time(self) -> str:
        """Time from which on the API is to give lines, in whole seconds as it takes them; empty for the beginning."""
        earliest = self.floor or min(self.counts, default=0)
        if not earliest:
            return ""
        moment = datetime.datetime.fromtimestamp(earliest // 10**9, datetime.timezone.utc)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def closed(self) -> LogPosition:
        """The same for a log that does not go on."""
        return LogPosition(max(self.counts, default=self.floor))

    def to_json(self) -> dict[str, Any]:
        counts = [[at, count] for at, count in sorted(self.counts.items())]
        return {"floor": self.floor, "counts": counts, "number": self.number}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> LogPosition:
        """The beginning for what cannot be read."""
        try:
            counts = {int(at): int(count) for at, count in raw.get("counts", [])}
            return cls(int(raw.get("floor", 0)), counts, int(raw.get("number", 0)))
        except (ValueError, TypeError, OverflowError):
            return cls()


class PodRecord(NamedTuple):
    """A line of the log of a pod, or an event of the cluster."""

    at: int
    """When, by the clock of its node; nanoseconds since the epoch."""
    pod: str
    """Its name; of an event `event KEY`."""
    record: LogRecord
    """Its number is that of the pod, or 0."""
    key: int
    """Of a line its time, of an event how often it had been said by then."""


def merged(
    streams: Mapping[str, Iterable[str]], positions: Mapping[str, LogPosition] | None = None
) -> Iterator[PodRecord]:
    """Records of the pods' stored logs after their positions, in the order of time. Waits for nothing that a stream
    does not wait for.

    Whoever has taken a record adds its key to the position of its pod. Whatever a stream raises goes through.
    """
    given = positions if positions is not None else {}
    pods = [_lines_of(pod, lines, given.get(pod) or LogPosition()) for pod, lines in streams.items()]
    yield from heapq.merge(*pods, key=lambda each: each.at)


def _lines_of(pod: str, lines: Iterable[str], position: LogPosition) -> Iterator[PodRecord]:
    floor, read = position.floor, dict(position.counts)
    for line in lines:
        stamp, _, text = line.rstrip("\r\n").partition(" ")
        at = _moment(stamp)
        if at <= floor:  # read before, or nothing that the container has printed
            continue
        if read.get(at):
            read[at] -= 1
            continue
        if (record := _record_of(at, text)) is not None:
            yield PodRecord(at, pod, record, at)


_seconds = functools.lru_cache(64)(nanoseconds)


def _moment(stamp: str) -> int:
    """Nanoseconds since the epoch; 0 for what is not a time. Most lines are of the second of the line before."""
    whole, _, fraction = stamp.partition(".")
    digits = fraction.removesuffix("Z")
    if len(digits) == len(fraction) or not digits.isdecimal() or len(digits) > _DIGITS:
        return nanoseconds(stamp)
    seconds = _seconds(f"{whole}Z")
    return seconds + int(digits.ljust(_DIGITS, "0")) if seconds else 0


def _record_of(at: int, text: str) -> LogRecord | None:
    """None for a failure that the runtime leaves for programs."""
    record = contract.record_from_line(text)
    if record is not None:
        return record
    if contract.failure_from_line(text) is not None:
        return None
    # Printed by the interpreter or the parent before there is a log, or after its end.
    return LogRecord(0, at / 1e9, "stderr", "E", printable_line(text))


def event_records(events: Iterable[ClusterEvent], counts: Mapping[str, int]) -> list[PodRecord]:
    """Events that are new and, of those that are repeated, each time that they have been said twice as often. Oldest
    first. `counts` has how often each had been said when it was last shown."""
    records = []
    for event in events:
        before = counts.get(event.key, 0)
        if event.reason in _QUIET or not event.key or (before and event.count < 2 * before):
            continue
        record = LogRecord(0, event.at, "server", "W" if event.is_warning else "I", _event_text(event))
        records.append(PodRecord(int(event.at * 1e9), f"{_EVENT}{event.key}", record, event.count))
    return sorted(records, key=lambda each: each.at)


def _event_text(event: ClusterEvent) -> str:
    place = event.node or ("Kubernetes" if event.kind == "Pod" else f"{event.kind} {event.subject}")
    repeated = f" ({event.count} times)" if event.count > 1 else ""
    return printable_line(f"{place}: {event.message or event.reason}{repeated}")


PodLogs = Callable[[Mapping[str, LogPosition]], Mapping[str, Iterable[str]]]
"""From the positions of pods to the lines of each pod that there is, from `since_time` or earlier."""


def mirror_pods(folder: Path, fetch: PodLogs, events: Iterable[ClusterEvent] = ()) -> None:
    """Copy what is new into the log of the service's folder. Never raises for the state of the log; gives up when
    somebody else copies for long.

    What `fetch` and the streams raise goes through; the lines until then are kept.
    """
    with copying(folder) as may_copy:
        if may_copy:
            _Copy(folder).run(fetch, events)


class _Copy:
    """One copy, under the lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        marks = marks_of(folder)
        self._positions = {
            name: LogPosition.from_json(raw) for name, raw in marks.get("pods", {}).items() if _is_object(raw)
        }
        self._said = {str(key): count for key, count in marks.get("events", {}).items() if isinstance(count, int)}
        last = marks.get("log", {}).get("n", 0)
        self._recover(last if isinstance(last, int) else 0)

    def _recover(self, last: int) -> None:
        """Takes the lines that a killed copy wrote after its marks."""
        for path in reversed(newest_files(self._folder)):
            for line in copied_lines(path):
                if line.n > last:
                    self._take(line.name, line.key)

    def run(self, fetch: PodLogs, events: Iterable[ClusterEvent]) -> None:
        listed = list(events)
        pods = fetch(self._positions)
        writer = MirrorWriter(self._folder)
        try:
            copied = since_kept = 0
            lines = merged(pods, self._positions)
            for each in heapq.merge(event_records(listed, self._said), lines, key=lambda each: each.at):
                position = self._positions.get(each.pod)
                if position is not None and position.number:  # otherwise a notice before it says what is missing
                    writer.leave_out(each.record.n - position.number - 1)
                size = writer.write(each.record, each.pod, each.key)
                self._take(each.pod, each.key, each.record.n)
                copied, since_kept = copied + size, since_kept + size
                if copied > AT_ONCE_BYTES:
                    break
                if since_kept > _KEPT_BYTES:
                    self._keep(writer, pods, listed)
                    since_kept = 0
        finally:
            self._keep(writer, pods, listed)
            writer.close()

    def _take(self, name: str, key: int, number: int = 0) -> None:
        if name.startswith(_EVENT):
            self._said[name.removeprefix(_EVENT)] = key
        else:
            position = self._positions.get(name)
            if position is None:
                position = self._positions[name] = LogPosition()
            position.add(key, number)

    def _keep(self, writer: MirrorWriter, pods: Mapping[str, object], events: Iterable[ClusterEvent]) -> None:
        writer.flush()
        latest = {name: each if name in pods else each.closed() for name, each in self._positions.items()}
        gone = sorted(latest.keys() - pods.keys(), key=lambda name: latest[name].floor)
        for name in gone[: max(0, len(gone) - _PODS)]:
            del latest[name]
        listed = {each.key for each in events}
        said = {key: count for key, count in self._said.items() if not listed or key in listed}
        positions = {name: each.to_json() for name, each in latest.items()}
        keep_marks(self._folder, {"pods": positions, "events": said, "log": {"n": writer.last}})


def _is_object(raw: object) -> bool:
    return isinstance(raw, dict)
