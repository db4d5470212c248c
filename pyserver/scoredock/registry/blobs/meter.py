"""Progress of long copies in words: which file, how much of it all, how fast."""

from __future__ import annotations

import time
from collections.abc import Callable

from scoredock import l10n
from scoredock.progress import Flow, PartOfStep, Progress

_REPORT_SECONDS = 0.1
_WORTH_TELLING = 10_000_000
"""Bytes from which amounts are shown; less is done before anybody has read them."""


class Meter:
    """Counts bytes and reports at most ten times a second."""

    def __init__(self, step: Callable[[str], str], files: int, size: int, progress: Progress) -> None:
        self._step = step
        self._files = files
        self._size = size
        self._progress = progress
        self._file = 0
        self._done = 0
        self._label = step("").strip()
        self._reported = 0.0
        self._flow = Flow()

    def next(self, label: str) -> None:
        """The next file begins."""
        self._file += 1
        self._label = self._step(label)
        if self._files > 1:
            self._label = l10n.t("{step} ({number} of {count})", step=self._label, number=self._file, count=self._files)
        self._report()

    def tick(self, count: int) -> None:
        """`count` more bytes are done; a negative number when they must be done again."""
        self._done += count
        self._report()

    def _report(self) -> None:
        now = time.monotonic()
        if now - self._reported >= _REPORT_SECONDS:
            self._reported = now
            percentage = min(99, self._done * 100 // self._size) if self._size else None
            amounts = self._flow.amounts(self._done, self._size)
            is_worth = self._size >= _WORTH_TELLING and self._done > 0
            self._progress.report(PartOfStep(self._label, amounts if is_worth else ""), percentage)
