"""Poller of sockets that can be read or written: epoll itself where there is one, as it is called once or twice a
request."""

from __future__ import annotations

import select
import selectors
from typing import Callable, List, Optional, Protocol, Tuple

READ, WRITE, FAULT = 1, 4, 24
"""Bits of an event, by the numbers of epoll: readable, writable, and error or hang-up."""


class Poller(Protocol):
    """Watches descriptors; used by one thread at a time."""

    def register(self, descriptor: int, mask: int) -> None: ...

    def modify(self, descriptor: int, mask: int) -> None: ...

    def unregister(self, descriptor: int) -> None: ...

    def poll(self, timeout: Optional[float]) -> List[Tuple[int, int]]:
        """Sockets that are ready within `timeout` seconds, descriptor and mask; None waits for ever."""

    def close(self) -> None: ...


class _Selector:
    """The same elsewhere."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._idle: set[int] = set()

    def register(self, descriptor: int, mask: int) -> None:
        self._selector.register(descriptor, _events(mask))

    def modify(self, descriptor: int, mask: int) -> None:
        # A selector cannot watch a descriptor for nothing.
        if not _events(mask):
            if descriptor not in self._idle:
                self._selector.unregister(descriptor)
                self._idle.add(descriptor)
        elif descriptor in self._idle:
            self._idle.discard(descriptor)
            self._selector.register(descriptor, _events(mask))
        else:
            self._selector.modify(descriptor, _events(mask))

    def unregister(self, descriptor: int) -> None:
        if descriptor in self._idle:
            self._idle.discard(descriptor)
        else:
            self._selector.unregister(descriptor)

    def poll(self, timeout: Optional[float]) -> List[Tuple[int, int]]:
        found = self._selector.select(timeout)
        return [
            (key.fd, (READ if events & selectors.EVENT_READ else 0) | (WRITE if events & selectors.EVENT_WRITE else 0))
            for key, events in found
        ]

    def close(self) -> None:
        self._selector.close()


def _events(mask: int) -> int:
    return (selectors.EVENT_READ if mask & READ else 0) | (selectors.EVENT_WRITE if mask & WRITE else 0)


def poller() -> Poller:
    """The best that the system has."""
    epoll: Optional[Callable[[], Poller]] = getattr(select, "epoll", None)
    return _Selector() if epoll is None else epoll()


def exclusive() -> int:
    """A bit for listening sockets that several processes share, so that one of them wakes for a connection."""
    return int(getattr(select, "EPOLLEXCLUSIVE", 0))
