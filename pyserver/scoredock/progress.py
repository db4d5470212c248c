"""Progress and cancellation of long work, handed down to whatever does the work."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from scoredock import l10n
from scoredock.errors import Cancelled

_RATE_SECONDS = 3.0


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
    """Receiver of the reports of long work. Implementations never raise."""

    def report(self, message: str, percentage: int | None = None) -> None:
        """A step or a part of one: a short sentence, and a percentage of the whole when it is known."""

    def output(self, line: str) -> None:
        """One line of a tool's own output (a package installer, say), for the log."""


WARNING = "warning: "
"""How a report begins that the person should still see when the work has ended."""


class PartOfStep(str):
    """A report of how far a step is: all of it for whoever looks at it, its step for a log, which needs it once."""

    __slots__ = ("step",)
    step: str

    def __new__(cls, step: str, amounts: str = "") -> PartOfStep:
        made = super().__new__(cls, step + amounts)
        made.step = step
        return made


def step_of(message: str) -> str:
    """Step of a report, as a log needs it."""
    return message.step if isinstance(message, PartOfStep) else message


class Flow:
    """Share of so many bytes that is through, and the speed."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

    def amounts(self, transferred_bytes: int, size: int) -> str:
        """`, 1.2 GB of 5.0 GB, 640 MB/s`."""
        now = time.monotonic()
        self._recent.append((now, transferred_bytes))
        while len(self._recent) > 2 and now - self._recent[1][0] > _RATE_SECONDS:
            self._recent.popleft()
        began, before = self._recent[0]
        rate = (transferred_bytes - before) / (now - began) if now > began else 0.0
        text = l10n.t(", {done} of {size}", done=amount(transferred_bytes), size=amount(size))
        return f"{text}, {amount(rate)}/s" if rate > 0 else text


def amount(count: float) -> str:
    """Bytes for people, in powers of 1,000."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5 or (unit == "B" and count < 1000):
            return f"{count:.0f} {unit}" if unit in ("B", "kB", "MB") else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


class Silent:
    """Progress that nobody watches."""

    def report(self, message: str, percentage: int | None = None) -> None:  # noqa: ARG002 (nobody watches)
        return None

    def output(self, line: str) -> None:  # noqa: ARG002
        return None
