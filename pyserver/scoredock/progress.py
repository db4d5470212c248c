"""Progress and cancellation of long work, handed down to whatever does the work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from scoredock.errors import Cancelled


class CancelToken:
    """A request to stop. The worker asks; whoever owns the operation sets."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Ask the work to stop, and call whoever waits for that (once)."""
        with self._lock:
            self._event.set()
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    def on_cancel(self, listener: Callable[[], None]) -> None:
        """Call `listener` when cancelled, at once if that has happened already; used to kill a process tree."""
        with self._lock:
            if not self._event.is_set():
                self._listeners.append(listener)
                return
        listener()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raises ScoredockError `cancelled`."""
        if self._event.is_set():
            raise Cancelled()

    def wait(self, seconds: float) -> bool:
        """Sleep up to `seconds`; True as soon as cancelled."""
        return self._event.wait(seconds)


class Progress(Protocol):
    """What long work reports to. Implementations never raise."""

    def report(self, message: str, percentage: int | None = None) -> None:
        """A step or a part of one: a short sentence, and a percentage of the whole when it is known."""

    def output(self, line: str) -> None:
        """One line of a tool's own output (a package installer, say), for the log."""


WARNING = "warning: "
"""How a report begins that the person should still see when the work has ended."""


class Silent:
    """Progress that nobody watches."""

    def report(self, message: str, percentage: int | None = None) -> None:  # noqa: ARG002 (nobody watches)
        return None

    def output(self, line: str) -> None:  # noqa: ARG002
        return None
