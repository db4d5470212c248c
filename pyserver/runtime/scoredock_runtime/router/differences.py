"""Differences between responses to copies and those that clients got: looked at by a thread of its own, counted and
kept."""

from __future__ import annotations

import json
import os
import time
from queue import SimpleQueue
from typing import NamedTuple, Optional

from scoredock_runtime.base import threads, traffic_counts
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.contract import DIFFERENCES_FILE
from scoredock_runtime.router.comparison import Incomparable, body_of, difference
from scoredock_runtime.router.heads import CHUNKED, read_answer

KEPT = 100
"""Differences that are written down."""
WAITING, WAITING_BYTES = 256, 8 * 1024 * 1024
"""Pairs of responses that wait to be compared."""
_SHOWN = 2000
_BETWEEN_WARNINGS = 60.0
"""Seconds between two lines about responses that cannot be compared."""


class Original(NamedTuple):
    """A request that was answered."""

    request: bytes
    answer: bytes
    version: str
    bodiless: bool
    seconds: float

    @property
    def size(self) -> int:
        return len(self.request) + len(self.answer)


class Pair(NamedTuple):
    """Two responses to one request."""

    version: str
    """That answered the copy."""
    counts: memoryview[float]
    original: Original
    answer: bytes
    seconds: float

    @property
    def size(self) -> int:
        return self.original.size + len(self.answer)


class Differences:
    """`take` is for the router's thread, and starts the one that compares."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, DIFFERENCES_FILE)
        self._pairs: SimpleQueue[Pair] = SimpleQueue()
        self._came_bytes = self._left_bytes = 0
        """Each is counted by one thread: their difference is what waits."""
        self._started = False
        self._kept = 0
        self._next_warning = 0.0

    def take(self, pair: Pair) -> bool:
        """False, and nothing done, where too many wait."""
        waiting = self._came_bytes - self._left_bytes
        if self._pairs.qsize() >= WAITING or waiting + pair.size > WAITING_BYTES:
            return False
        self._came_bytes += pair.size
        self._pairs.put(pair)
        if not self._started:
            self._started = True
            threads.start(self._compare_all, name="compare", at_fault=threads.again)
        return True

    def _compare_all(self) -> None:
        self._kept = _lines(self._path)
        while True:
            pair = self._pairs.get()
            self._left_bytes += pair.size
            try:
                self._compare(pair)
            except Exception as fault:  # whatever a response makes of it, the next one is compared
                pair.counts[traffic_counts.INCOMPARABLE] += 1.0
                self._warn(pair.version, fault)

    def _compare(self, pair: Pair) -> None:
        different = _difference(pair.original, pair.answer)
        if different is None:
            return
        pair.counts[traffic_counts.DIFFERENT] += 1.0
        if self._kept < KEPT:
            self._kept += 1
            self._write(pair, different)

    def _warn(self, version: str, fault: Exception) -> None:
        now = time.monotonic()
        if now >= self._next_warning:
            self._next_warning = now + _BETWEEN_WARNINGS
            why = str(fault) if isinstance(fault, Incomparable) else repr(fault)
            logger.warning("A response of the version %s to a copy could not be compared: %.500s", version, why)

    def _write(self, pair: Pair, different: str) -> None:
        original = pair.original
        line = {
            "time": time.time(),
            "version": pair.version,
            "compared_with": original.version,
            "difference": different,
            "request": _text(original.request),
            "answers": [_text(original.answer), _text(pair.answer)],
            "milliseconds": [round(original.seconds * 1000, 3), round(pair.seconds * 1000, 3)],
        }
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError:
            return  # the disk is full: they are counted all the same


def _difference(original: Original, answer: bytes) -> Optional[str]:
    """Raises Incomparable."""
    try:
        first, second = (read_answer(each, bodiless=original.bodiless) for each in (original.answer, answer))
    except ValueError as fault:
        raise Incomparable(str(fault)) from None
    if first is None or second is None:
        raise Incomparable("a response without a head")
    if first.status != second.status:
        return f"status {first.status} → {second.status}"
    bodies = [
        body_of(each, chunked=head.length == CHUNKED) for each, head in zip((original.answer, answer), (first, second))
    ]
    return difference(bodies[0], bodies[1])


def _text(message: bytes) -> str:
    """The body of a request or answer as it is shown."""
    return message[message.find(b"\r\n\r\n") + 4 :][:_SHOWN].decode("utf-8", "replace")


def _lines(path: str) -> int:
    try:
        with open(path, "rb") as stream:
            return stream.read().count(b"\n")
    except OSError:
        return 0
