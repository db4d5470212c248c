"""Memory that large messages took goes back to the system once they are over.

The C library keeps what is freed between pieces that are in use: a process that once had a few messages of megabytes
would stay that large. Where it can be asked to look for such pages (glibc), it is, a moment later.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, Callable, Optional

if TYPE_CHECKING:
    from scoredock_runtime.http.event_loop import EventLoop

LARGE_MESSAGE = 256 * 1024
"""Bytes from which on a message counts."""
_AFTER = 1.0
"""Seconds, in which others may come."""
_cpu_time = time.thread_time
_SHARE = 200
"""So many times the time that it took passes before the next one: in a large heap it takes a tenth of a second."""


_ARENA_MAX = -8
"""Of mallopt(3)."""


def keep_one_heap() -> None:
    """Makes all threads share one heap, before there is a second thread: of heaps of its own for each thread the C
    library gives nothing back, and both threads of a worker take requests in. MALLOC_ARENA_MAX says otherwise."""
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        with contextlib.suppress(Exception):
            import ctypes

            ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def _trimmer() -> Optional[Callable[[int], int]]:
    """None with other C libraries."""
    # Loaded with the first large message: most services have none.
    with contextlib.suppress(Exception):
        import ctypes

        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
        return trim
    return None


class LargeMessages:
    """Return of memory after large messages, for the loop's holder."""

    def __init__(self, loop: EventLoop) -> None:
        self._loop = loop
        self._due = False
        self._not_before = 0.0
        self._trim: Optional[Callable[[int], int]] = None

    def passed(self) -> None:
        """Notes that a large message, or a part of one, came."""
        if not self._due:
            self._due = True
            self._loop.call_later(max(_AFTER, self._not_before - self._loop.now), self._give_back)

    def _give_back(self) -> None:
        self._due = False
        self._trim = self._trim or _trimmer()
        if self._trim is not None:
            begun = _cpu_time()  # on a busy machine other programs take most of the time that passes
            self._trim(0)
            self._not_before = self._loop.now + _SHARE * (_cpu_time() - begun)
