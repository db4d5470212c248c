"""An end for the whole of an answer: one that comes byte by byte keeps every time-out of a socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def answer_time(seconds: float, line: Callable[[], socket.socket | None]) -> Iterator[threading.Event]:
    """After so many seconds the connection is shut down, and the event says so: whoever reads then gets an end, which
    may look like that of the answer. `line` gives the socket, None for one that is not there yet."""
    from scoredock import threads

    is_late = threading.Event()

    def ring() -> None:
        is_late.set()
        sock = line()
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    call_off = threads.call_later(seconds, ring, name="end of an answer", at_fault=threads.logged)
    try:
        yield is_late
    finally:
        call_off()
