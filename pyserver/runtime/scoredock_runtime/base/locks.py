"""Locks that the main thread shares with others, and that are had anew when it has lost its place.

An exception that a signal handler of the script raises while the main thread leaves such a lock would leave it held for
ever, and with it the thread that answers clients.
"""

from __future__ import annotations

import threading
import weakref


class SharedLock:
    """Used as `with shared.lock:`, which leaves the one that it entered, also when another has come in its place."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        _all.add(self)


_all: weakref.WeakSet[SharedLock] = weakref.WeakSet()


def renew() -> None:
    """While the main thread stands still, whatever it held when the exception came."""
    for each in list(_all):
        each.lock = threading.RLock()
