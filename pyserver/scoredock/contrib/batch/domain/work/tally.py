"""Counts the mini-batches of a job by their outcome: from its journal at the beginning, and from then on as
it happens.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Container, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from scoredock.contrib.batch.domain.work.journal import (
    BatchFailure,
    BatchSuccess,
    Journal,
    TryFailure,
    places,
    records,
    records_at,
)
from scoredock.contrib.batch.domain.work.plan import MiniBatch
from scoredock.contrib.batch.domain.work.results import Results
from scoredock.contrib.batch.domain.work.thresholds import Counts

_OPEN, _DONE, _FAILED = 0, 1, 2
_SLOWEST, _UNEQUAL = 5, 100


class Tally:
    """Tally of one job; belongs to its driver. It keeps a byte for each mini-batch. Raises OSError."""

    def __init__(self, journal: Path, results: Results, again: Container[int] | None = None) -> None:
        """Mini-batches that failed before are open: they are run again. With `again` only those are, and the others
        stay failed."""
        self._path = journal
        self._states = bytearray()
        self.done = self.failed = self.items = self.results = self.failed_items = self.short = self.more = 0
        self.slowest: list[tuple[float, int, str]] = []
        self.unequal: list[tuple[int, str, int, int]] = []
        for record in records(journal):
            if isinstance(record, BatchSuccess) and not self.is_done(record.index) and results.matches(record):
                self._take_done(record, record.name)
        if again is not None:
            self._keep_failures(again)
        self._journal = Journal(journal)

    def is_done(self, index: int) -> bool:
        return index < len(self._states) and self._states[index] == _DONE

    def is_open(self, index: int) -> bool:
        """True if nothing has become of it yet."""
        return index >= len(self._states) or self._states[index] == _OPEN

    def note_done(self, record: BatchSuccess, name: str) -> None:
        """Records that a mini-batch is done."""
        self._journal.append(record)
        self._take_done(record, name)

    def note_failed(self, record: BatchFailure) -> None:
        """Records that the last try of a mini-batch failed."""
        self._journal.append(record)
        self._take_failed(record.index, max(1, record.items))

    def take_back(self, record: BatchFailure, results: int) -> None:
        """A mini-batch that was done with so many results, and whose result has been removed: it has failed."""
        self.done -= 1
        self.items -= record.items
        self.results -= results
        missing = record.items - results
        if missing > 0:
            self.short -= 1
            self.failed_items -= missing
        self.more -= missing < 0
        self.unequal = [each for each in self.unequal if each[0] != record.index]
        self.note_failed(record)

    def counts(self, planned: int, *, is_planned: bool) -> Counts:
        return Counts(self.failed_items, self.failed + self.short, planned, is_planned)

    def done_indexes(self) -> Iterator[int]:
        """Yields the indexes of the mini-batches that are done, in the order of the input."""
        index = self._states.find(_DONE)
        while index >= 0:
            yield index
            index = self._states.find(_DONE, index + 1)

    def failures(self) -> Iterator[BatchFailure]:
        """The last record of each mini-batch that failed, in the order of the input."""
        latest = array("q", [-1]) * len(self._states)
        for record, begin in places(self._path):
            if record.index < len(latest) and self._states[record.index] == _FAILED:
                latest[record.index] = begin
        for record in records_at(self._path, (begin for begin in latest if begin >= 0)):
            if isinstance(record, BatchFailure):
                yield record

    def first_failure(self) -> BatchFailure | None:
        """First of these failures; None if there is none."""
        return next(self.failures(), None) if self.failed else None

    def sync(self) -> None:
        self._journal.sync()

    def close(self) -> None:
        self._journal.close()

    def _keep_failures(self, again: Container[int]) -> None:
        items_by_index: dict[int, int] = {}
        for record in records(self._path):
            if isinstance(record, BatchSuccess):
                items_by_index.pop(record.index, None)
            elif record.index not in again and not self.is_done(record.index):
                items_by_index[record.index] = max(1, record.items)
        for index, items in items_by_index.items():
            self._take_failed(index, items)

    def _set(self, index: int, state: int) -> None:
        if index >= len(self._states):
            self._states.extend(bytes(max(index + 1 - len(self._states), len(self._states) // 2)))
        self._states[index] = state

    def _take_failed(self, index: int, items: int) -> None:
        self._set(index, _FAILED)
        self.failed += 1
        self.failed_items += items

    def _take_done(self, record: BatchSuccess, name: str) -> None:
        self._set(record.index, _DONE)
        self.done += 1
        self.items += record.items
        self.results += record.results
        missing = record.items - record.results
        if missing > 0:
            self.short += 1
            self.failed_items += missing
        self.more += missing < 0
        if missing and len(self.unequal) < _UNEQUAL:
            self.unequal.append((record.index, name, record.items, record.results))
        entry = (record.seconds, record.index, name)
        if len(self.slowest) < _SLOWEST:
            heapq.heappush(self.slowest, entry)
        else:
            heapq.heappushpop(self.slowest, entry)


def done_record(batch: MiniBatch, message: dict[str, object], tries: int) -> BatchSuccess:
    """Record of a mini-batch that is done, from the worker's message, for the journal."""
    values = {name: int(str(message[name])) for name in ("items", "results", "size", "sum")}
    named = batch.name() if values["items"] != values["results"] else ""
    return BatchSuccess(
        batch.index, tries=tries, seconds=round(float(str(message["seconds"])), 4), name=named, **values
    )


def failed_record(
    batch: MiniBatch, message: dict[str, object], tries: int, earlier: Sequence[TryFailure] = ()
) -> BatchFailure:
    """The same of one that failed; `earlier` are the failed tries before the last."""
    details: dict[str, object] = {"rows": [batch.row, batch.row + batch.items]} if batch.end else {}
    if earlier:
        details["tries"] = [asdict(each) for each in earlier]
    return BatchFailure(
        index=batch.index,
        items=batch.items or int(str(message.get("items") or 0)),
        tries=tries,
        cause=str(message["cause"]),
        message=str(message["message"]),
        name=batch.name(),
        inputs=tuple(file.path for file in batch.files[:10]),
        place=str(message.get("place", "")),
        traceback=str(message.get("traceback", "")),
        details=details,
    )
