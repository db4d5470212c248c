"""Progress of long copies in words: which file, how much of it all, how fast."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from scoredock import l10n
from scoredock.progress import Progress

_REPORT_SECONDS = 0.1
_RATE_SECONDS = 3.0
_WORTH_TELLING = 10_000_000
"""Bytes from which amounts are told; less is done before anybody has read them."""


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
        self._recent: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

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
            self._recent.append((now, self._done))
            while len(self._recent) > 2 and now - self._recent[1][0] > _RATE_SECONDS:
                self._recent.popleft()
            percentage = min(99, self._done * 100 // self._size) if self._size else None
            self._progress.report(self._label + self._amounts(), percentage)

    def _amounts(self) -> str:
        """`, 1.2 GB of 5.0 GB, 640 MB/s`."""
        if self._size < _WORTH_TELLING or not self._done:
            return ""
        (began, before), (now, done) = self._recent[0], self._recent[-1]
        rate = (done - before) / (now - began) if now > began else 0.0
        told = l10n.t(", {done} of {size}", done=amount(self._done), size=amount(self._size))
        return f"{told}, {amount(rate)}/s" if rate > 0 else told


def amount(count: float) -> str:
    """Bytes for people, in powers of 1,000."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5 or (unit == "B" and count < 1000):
            return f"{count:.0f} {unit}" if unit in ("B", "kB", "MB") else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
