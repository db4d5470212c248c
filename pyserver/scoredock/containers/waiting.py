"""How long a daemon is waited for: a call is made by a thread of its own, so that who waits is told in time and a
cancel ends the wait at once, whatever the daemon does."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import TypeVar

from scoredock import threads
from scoredock.progress import CancelToken

_T = TypeVar("_T")
_STEP_SECONDS = 0.1
_cancel: ContextVar[CancelToken | None] = ContextVar("cancel of calls to a daemon", default=None)


@contextlib.contextmanager
def until_cancelled(cancel: CancelToken) -> Iterator[None]:
    """Calls of this thread that are waited for when `cancel` is asked for end at once with `cancelled`. Those that
    begin afterwards clean up, and are not affected."""
    before = _cancel.set(cancel)
    try:
        yield
    finally:
        _cancel.reset(before)


@contextlib.contextmanager
def uncancelled() -> Iterator[None]:
    """What is asked for inside is waited for whoever cancels: it must be known how it ended."""
    before = _cancel.set(None)
    try:
        yield
    finally:
        _cancel.reset(before)


def awaited(
    call: Callable[[], _T], seconds: float, alive: Callable[[], bool] | None = None, look_seconds: float = 10.0
) -> _T:
    """What the call gives. Raises what it raises, TimeoutError after `seconds`, or as soon as `alive`, which is asked
    again and again meanwhile, says no; and `cancelled`. The thread of a call that is given up ends by itself."""
    told: list[tuple[bool, _T | BaseException]] = []
    ended = threading.Event()

    def make() -> None:
        try:
            told.append((True, call()))
        except BaseException as error:  # handed to the waiting thread, which raises it
            told.append((False, error))
        finally:
            ended.set()

    threads.start(make, name="daemon call", at_fault=threads.logged)
    _wait(ended, seconds, alive, look_seconds)
    succeeded, value = told[0]
    if isinstance(value, BaseException) and not succeeded:
        raise value
    return value  # type: ignore[return-value]


def _wait(ended: threading.Event, seconds: float, alive: Callable[[], bool] | None, look_seconds: float) -> None:
    """Raises TimeoutError, `cancelled`."""
    cancel = _cancel.get()
    if cancel is not None and cancel.cancelled:
        cancel = None  # what begins now cleans up
    begun = time.monotonic()
    next_look = begun + look_seconds
    while not ended.wait(_STEP_SECONDS if cancel is not None else min(seconds, look_seconds, 1.0)):
        now = time.monotonic()
        if cancel is not None:
            cancel.raise_if_cancelled()
        if now - begun > seconds:
            raise TimeoutError
        if alive is not None and now > next_look:
            if not alive() and not ended.is_set():
                raise TimeoutError
            next_look = time.monotonic() + look_seconds


def steady(pieces: Iterable[_T], alive: Callable[[], bool], look_seconds: float = 10.0) -> Iterator[_T]:
    """The pieces of a response, each waited for as `awaited` does."""
    left = iter(pieces)
    end = object()
    while (piece := awaited(lambda: next(left, end), math.inf, alive, look_seconds)) is not end:
        yield piece  # type: ignore[misc]


class Silence:
    """Remembers that a daemon did not answer: what is asked next does not wait as long again, one call after the
    other. An ordinary deployment makes about thirty calls."""

    def __init__(self, ping: Callable[[], bool], kept_seconds: float = 5.0) -> None:
        self._ping = ping
        self._kept = kept_seconds
        self._lock = threading.Lock()
        self._suspected = False
        self._silent_at = float("-inf")

    def noticed(self) -> None:
        """A call got no answer in time: the next one looks first."""
        with self._lock:
            self._suspected = True
            self._silent_at = float("-inf")

    def answers(self) -> bool:
        """Whether it says anything right now."""
        return self._ping()

    def lasts(self) -> bool:
        """Whether it still does not answer, as far as a quick look tells. Costs nothing while nobody was kept
        waiting."""
        with self._lock:
            if not self._suspected:
                return False
            if time.monotonic() - self._silent_at < self._kept:
                return True  # asked a moment ago
        answers = self._ping()
        with self._lock:
            self._suspected = not answers
            self._silent_at = time.monotonic()
        return not answers
