"""When a new worker starts after one has ended, and when a service is given up. Pure: the caller tells the time."""

from __future__ import annotations

from typing import List, Optional

LONG_LIFE = 30.0
"""Seconds after which a ready worker has shown that the script works, also when nobody has asked it anything."""

SOON = 1.0
"""Seconds that the place of one of several workers stays empty at most, when it got as far as being ready."""


class Restarts:
    """Counts workers that ended without having been of use. One that was of use, as it answered a request or lived for
    `LONG_LIFE`, wipes the count: it shows that the script works, so however many are killed, the service goes on."""

    def __init__(self) -> None:
        self._useless: List[float] = []

    @property
    def count(self) -> int:
        """How many ended within the window without having been of use."""
        return len(self._useless)

    def clear(self) -> None:
        """Another script, or a worker that has shown itself to be of use."""
        self._useless = []

    def ended(
        self, now: float, *, useful: bool, limit: int, window: float, ready: bool = False, others: bool = False
    ) -> Optional[float]:
        """Seconds until a new worker may start; None when there have been more than `limit` within `window` seconds.

        While `others` serve and are of use nothing is given up, and one that was `ready` already comes back soon."""
        if useful:
            self.clear()
            return 0.0
        self._useless = [moment for moment in self._useless if now - moment < window] + [now]
        if len(self._useless) > limit and not others:
            return None
        # At once the first time, then 1, 2, 4 … 60 seconds: a service that merely stumbled is back before anyone waits.
        delay = 0.0 if len(self._useless) == 1 else min(60.0, 2.0 ** min(10, len(self._useless) - 2))
        return min(delay, SOON) if others and ready else delay
