"""Position of a receiver: what it has got, what it may have got, and what was let go.

`state.json` is written before anything behind `window` is sent, and flushed; `journal` has a line for each event that
is about to be sent, and for each that was settled since. After a kill, what was about to be sent and is not settled may
have arrived: it is sent again and marked as repeated. A power cut may take lines of the journal with it, so that after
one all that lies before `window` and is not settled may have arrived. So one flush covers many events, and no event is
sent twice without its mark.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, field, fields
from pathlib import Path
from typing import Any, TextIO

from scoredock.late_dataclass import dataclass
from scoredock.processes import boot
from scoredock.registry.store.durable import replace_file

_STATE, _JOURNAL, _DEAD = "state.json", "journal", "undelivered.jsonl"
_KEPT_DEAD = 1_000
_KEPT_PROBLEMS = 20
_TEXT = 2_000


@dataclass(slots=True)
class ReceiverProgress:
    """Progress of a receiver, as it is kept."""

    next: int
    """All records of the log before this one are settled."""
    window: int = 0
    """Records before this one may have been sent."""
    beyond: set[int] = field(default_factory=set)
    """Behind `next`."""
    attempts: dict[int, int] = field(default_factory=dict)
    """Of records that are not settled: how often each may have arrived."""
    delivered: int = 0
    repeated: int = 0
    """Of them, those that may have arrived before."""
    undelivered: int = 0
    """Put aside, as the receiver was there and did not take them."""
    dropped: int = 0
    """Let go while it was away, as there were too many."""
    last_delivered: float = 0.0
    last_error: str = ""
    last_failed: float = 0.0
    failures: int = 0
    """Attempts that failed since the last one that did not."""
    problems: list[dict[str, Any]] = field(default_factory=list)
    """The newest of them."""
    paused: str = ""
    """Why nothing is sent any more."""
    paused_at: int = 0
    """The stamp of the subscription then."""
    boot: str = ""
    """Of the machine, when this was written."""


class ReceiverPosition:
    """Position of one receiver; used by the process that delivers, and read by others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._journal: TextIO | None = None
        self._under_way: set[int] = set()
        """What the journal says is about to be sent."""
        self.progress = ReceiverProgress(1)

    def load(self) -> ReceiverProgress:
        """Progress as it is written; that of a new receiver begins at 1."""
        self.progress = _read(self._folder / _STATE) or ReceiverProgress(1)
        self._under_way = set()
        with contextlib.suppress(OSError):
            for line in (self._folder / _JOURNAL).read_text("ascii", errors="replace").splitlines():
                seq, _, kind = line.partition(" ")
                if not seq.isdecimal():  # the last line may be cut off
                    continue
                self._note_under_way(int(seq), kind)
                if kind in ("d", "r", "u"):  # the last of older releases
                    self._count(int(seq), kind)
        return self.progress

    def begin(self, seq: int) -> None:
        """A new receiver hears of records from this one on. Raises OSError."""
        self.progress, self._under_way = ReceiverProgress(seq, seq), set()
        self.save()

    def take_up(self) -> None:
        """Prepares sending: what a killed process may have sent counts as sent."""
        progress = self.load()
        if not progress.boot or progress.boot != boot():
            # Lines may be missing.
            self._under_way.update(range(progress.next, progress.window))
        self.save()

    def save(self) -> None:
        """Survives a power cut. Raises OSError."""
        self.close()
        self.end_unanswered(list(self._under_way))
        self.progress.boot = boot()
        document = asdict(self.progress)
        document["beyond"] = sorted(self.progress.beyond)
        replace_file(self._folder / _STATE, json.dumps(document).encode())
        (self._folder / _JOURNAL).unlink(missing_ok=True)

    def open_window(self, end: int) -> None:
        """Notes that the records before `end` are about to be sent."""
        if end > self.progress.window:
            self.progress.window = end
            self.save()

    def settle(self, seq: int, kind: str) -> None:
        """`d` delivered, `r` delivered and may have arrived before, `u` put aside, `f` not wanted. What is put aside is
        kept with the next `save`, as why it is: whoever reads sees both or neither."""
        self._count(seq, kind)
        if kind in ("d", "r"):
            self._write(seq, kind)

    def begin_sending(self, numbers: Iterable[int]) -> None:
        """Notes the records that are sent next. Raises OSError."""
        for seq in numbers:
            self._write(seq, "s")

    def end_unsent(self, numbers: Iterable[int]) -> None:
        """Notes that records which were about to be sent have reached nobody. Raises OSError."""
        for seq in numbers:
            self._write(seq, "n")

    def end_unanswered(self, numbers: Iterable[int]) -> None:
        """Notes that records which were about to be sent may have arrived; kept with the next `save`."""
        attempts = self.progress.attempts
        for seq in numbers:
            self._under_way.discard(seq)
            if seq >= self.progress.next and seq not in self.progress.beyond:
                attempts[seq] = attempts.get(seq, 0) + 1

    def _write(self, seq: int, kind: str) -> None:
        """Survives a kill, and no power cut."""
        self._note_under_way(seq, kind)
        if self._journal is None:
            self._journal = open(self._folder / _JOURNAL, "a", 1, "ascii", opener=_private)  # noqa: SIM115
        self._journal.write(f"{seq} {kind}\n")

    def pass_over(self, end: int) -> None:
        """Records before `end` are of no interest any more."""
        progress = self.progress
        progress.next = max(progress.next, end)
        progress.beyond = {seq for seq in progress.beyond if seq >= progress.next}
        progress.attempts = {seq: count for seq, count in progress.attempts.items() if seq >= progress.next}
        self._advance()

    def put_aside(self, document: dict[str, Any]) -> None:
        """Keeps an event that could not be delivered, among the newest of them. Raises OSError."""
        path = self._folder / _DEAD
        lines = undelivered_lines(self._folder)[-_KEPT_DEAD + 1 :]
        lines.append(json.dumps(document, ensure_ascii=True))
        replace_file(path, "".join(f"{line}\n" for line in lines).encode())

    def failed(self, problem: dict[str, Any], time: float) -> None:
        """Kept with the next `save`. `problem` has a reason for people."""
        progress = self.progress
        progress.last_error, progress.last_failed = str(problem["reason"]), time
        progress.failures += 1
        progress.problems = [*progress.problems, {"time": time, **problem}][-_KEPT_PROBLEMS:]

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _note_under_way(self, seq: int, kind: str) -> None:
        if kind == "s":
            self._under_way.add(seq)
        else:
            self._under_way.discard(seq)

    def _count(self, seq: int, kind: str) -> None:
        progress = self.progress
        if seq < progress.next or seq in progress.beyond:
            return
        progress.beyond.add(seq)
        progress.attempts.pop(seq, None)
        if kind in ("d", "r"):
            progress.delivered += 1
            progress.failures = 0
        progress.repeated += kind == "r"
        progress.undelivered += kind == "u"
        self._advance()

    def _advance(self) -> None:
        progress = self.progress
        while progress.next in progress.beyond:
            progress.beyond.remove(progress.next)
            progress.next += 1


def undelivered_lines(folder: Path) -> list[str]:
    """Events that were put aside, as JSON, the newest last."""
    try:
        return (folder / _DEAD).read_text("ascii").splitlines()
    except (OSError, ValueError):
        return []


def position_files(folder: Path) -> tuple[Path, ...]:
    """Paths of the files that are written as a receiver goes on."""
    return folder / _STATE, folder / _JOURNAL


def undelivered_file(folder: Path) -> Path:
    """Path of the file with the events that were put aside; it need not be there."""
    return folder / _DEAD


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read(path: Path) -> ReceiverProgress | None:
    try:
        document = json.loads(path.read_bytes())
        document["beyond"] = set(document["beyond"])
        document["attempts"] = {int(seq): count for seq, count in document["attempts"].items()}
        document["last_error"] = document["last_error"][:_TEXT]
        names = {each.name for each in fields(ReceiverProgress)}
        return ReceiverProgress(**{name: value for name, value in document.items() if name in names})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
