"""Waiting for a daemon: a call is made by a thread of its own, so that who waits gets a message in time and a cancel
ends the wait at once, whatever the daemon does."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextvars import ContextVar
from typing import TypeVar

from scoredock import l10n, threads
from scoredock.progress import CancelToken, Progress

_T = TypeVar("_T")
_STEP_SECONDS = 0.1
TELL_SECONDS = 5.0
"""After so long without an answer a message says what is waited for, and from then on again and again."""
_progress: ContextVar[Progress | None] = ContextVar("progress of calls to a daemon", default=None)
_whom: ContextVar[str] = ContextVar("who is called", default="Docker")
_cleans_up: ContextVar[bool] = ContextVar("whether calls after a cancel clean up", default=True)
_cancel: ContextVar[CancelToken | None] = ContextVar("cancel of calls to a daemon", default=None)


@contextlib.contextmanager
def until_cancelled(cancel: CancelToken, progress: Progress | None = None, *, cleans_up: bool = True) -> Iterator[None]:
    """Calls of this thread that are waited for when `cancel` is asked for end at once with `cancelled`. Those that
    begin afterwards are not affected, unless what is cancelled `cleans_up` nothing: then they do not begin. `progress`
    reports those that take long."""
    before, teller, others = _cancel.get(), _progress.get(), _cleans_up.get()
    _cancel.set(cancel)
    _cleans_up.set(cleans_up)
    _progress.set(progress or teller)
    try:
        yield
    finally:
        _cancel.set(before)
        _progress.set(teller)
        _cleans_up.set(others)


@contextlib.contextmanager
def waiting_for(name: str) -> Iterator[None]:
    """The name in the message about calls that take long; Docker otherwise."""
    before = _whom.get()
    _whom.set(name)
    try:
        yield
    finally:
        _whom.set(before)


@contextlib.contextmanager
def unsaid() -> Iterator[None]:
    """Block without messages that a daemon has no answer yet, as who waits knows what for."""
    before = _progress.get()
    _progress.set(None)
    try:
        yield
    finally:
        _progress.set(before)


@contextlib.contextmanager
def uncancelled() -> Iterator[None]:
    """Block whose calls are waited for even if somebody cancels, as their result must be known."""
    before = _cancel.get()
    _cancel.set(None)
    try:
        yield
    finally:
        _cancel.set(before)


def awaited(
    call: Callable[[], _T], seconds: float, alive: Callable[[], bool] | None = None, look_seconds: float = 10.0
) -> _T:
    """Result of the call. Raises what it raises, TimeoutError after `seconds`, or as soon as `alive`, which is asked
    again and again meanwhile, says no; and `cancelled`. The thread of a call that is given up ends by itself."""
    outcomes: list[tuple[bool, _T | BaseException]] = []
    ended = threading.Event()

    def make() -> None:
        try:
            outcomes.append((True, call()))
        except BaseException as error:  # handed to the waiting thread, which raises it
            outcomes.append((False, error))
        finally:
            ended.set()

    cancel = _cancel_before_call()
    threads.start(make, name="daemon call", at_fault=threads.logged)
    _wait(ended, seconds, alive, look_seconds, cancel)
    succeeded, value = outcomes[0]
    if isinstance(value, BaseException) and not succeeded:
        raise value
    return value  # type: ignore[return-value]


def _cancel_before_call() -> CancelToken | None:
    """By which the call that begins now is ended; none for one that cleans up after a cancel. Raises `cancelled`."""
    cancel = _cancel.get()
    if cancel is None or not cancel.cancelled:
        return cancel
    if not _cleans_up.get():
        cancel.raise_if_cancelled()
    return None


def _wait(
    ended: threading.Event,
    seconds: float,
    alive: Callable[[], bool] | None,
    look_seconds: float,
    cancel: CancelToken | None,
) -> None:
    """Raises TimeoutError, `cancelled`."""
    start = time.monotonic()
    next_look = start + look_seconds
    teller = Teller()
    while not ended.wait(_STEP_SECONDS if cancel is not None else min(seconds, look_seconds, 1.0)):
        now = time.monotonic()
        teller.look()
        if cancel is not None:
            cancel.raise_if_cancelled()
        if now - start > seconds:
            raise TimeoutError
        if alive is not None and now > next_look:
            if not alive() and not ended.is_set():
                raise TimeoutError
            next_look = time.monotonic() + look_seconds


class Teller:
    """Tells the person of one wait for a daemon, while it lasts."""

    def __init__(self) -> None:
        self._begun = self._last = time.monotonic()
        self._progress = _progress.get()
        self._whom = _whom.get()

    def look(self) -> None:
        now = time.monotonic()
        if self._progress is not None and now - self._last >= TELL_SECONDS:
            self._last = now
            self._progress.report(
                l10n.t(
                    "{name} has said nothing for {seconds:.0f} s; waiting for it",
                    name=self._whom,
                    seconds=now - self._begun,
                )
            )


def steady(
    pieces: Iterable[_T],
    alive: Callable[[], bool],
    look_seconds: float = 10.0,
    *,
    silence: float = 120.0,
    in_all: float = math.inf,
) -> Generator[_T, None, None]:
    """The pieces of a response, each waited for as `awaited` does: `silence` seconds, and `in_all` for all of them.
    Raises TimeoutError."""
    iterator = iter(pieces)
    end = object()
    deadline = time.monotonic() + in_all
    while True:
        seconds = min(silence, deadline - time.monotonic())
        if seconds <= 0:
            raise TimeoutError
        piece = awaited(lambda: next(iterator, end), seconds, alive, look_seconds)
        if piece is end:
            return
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
        """True if it says anything right now."""
        return self._ping()

    def lasts(self) -> bool:
        """True if it still does not answer, as far as a quick look tells. Costs nothing while nobody was kept
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
