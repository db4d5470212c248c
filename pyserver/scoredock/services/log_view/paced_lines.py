"""The lines of a log as somebody follows it in an output channel: a second's worth at a time where it does not stop,
and the newest when it does. Pure.

A panel draws each line that it is given, and one that is given all lines of a flood answers no key. Nobody reads
50,000 lines a second; what is wanted is to see that they come, what they look like, and how they end. So lines are read
when they can be shown, the log itself being what waits, and what is left out is counted.
"""

from __future__ import annotations

from itertools import islice

from scoredock.services.log_view.events import StoredLine
from scoredock.services.log_view.log_pages import StoredLog, unbroken

LINES_A_SECOND = 1_000
"""Of a log that does not stop. As many are shown without a gap."""
AT_ONCE = 500
"""Lines of one read, and of a burst that comes at once."""
KEPT_LINES = 5_000
"""Behind the end of the log; where more wait, the oldest are left out."""
_PORTION = LINES_A_SECOND // 4
"""Fewer are not read while more wait: the panel is drawn anew for each read."""


class PacedLines:
    """One reader of one log."""

    def __init__(self, source: StoredLog, since: int, tail: int) -> None:
        """Begins after the number `since`, or where that is 0 with the last `tail` lines, which are not paced."""
        last = source.last()
        self._source = source
        self._since = since or max(0, last - max(0, tail), source.first() - 1)
        """Number of the last line that was read, or left out."""
        self._whole_until = 0 if since else last
        """Lines up to this one are read without a gap."""
        self._stored = last
        """Lines up to this one were there before."""
        self._allowance = float(AT_ONCE)
        """Lines that may be read now."""
        self._reckoned: float | None = None

    def read(self, now: float) -> tuple[list[StoredLine], int]:
        """The lines to show now, which may be none although more are there, and how many were left out before them.
        `now` in seconds of any clock that only goes forwards."""
        self._allow(now)
        last = self._source.last()
        if 0 < last < self._since:
            self._since = self._whole_until = self._stored = 0  # a log that was begun anew
        before = self._since
        if last - before > KEPT_LINES and before >= self._whole_until:
            before = last - KEPT_LINES
        most = self._most(last, before)
        if most <= 0:
            return [], 0
        records = list(unbroken(islice(self._source.window(before, last + 1), most)))
        if not records:
            return [], 0
        if before > self._since:
            self._whole_until = before + LINES_A_SECOND
        # Numbers that are missing were rotated away before they were read.
        left_out = records[0].n - self._since - 1
        self._since = records[-1].n
        self._allowance = max(0.0, self._allowance - len(records))
        return records, left_out

    def _allow(self, now: float) -> None:
        passed = 0.0 if self._reckoned is None else max(0.0, now - self._reckoned)
        self._allowance = min(float(AT_ONCE), self._allowance + passed * LINES_A_SECOND)
        self._reckoned = now

    def _most(self, last: int, before: int) -> int:
        waiting = min(AT_ONCE, last - before)
        stored = min(waiting, self._stored - before)
        if stored > 0:
            return stored
        # A little later, rather than line by line.
        return 0 if self._allowance < min(waiting, _PORTION) else min(waiting, int(self._allowance))
