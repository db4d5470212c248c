"""Copies of requests for a version that is tried out: sent once the client has its answer, compared by a thread of its
own, and counted.

Nobody waits for an answer to a copy. A version that is slow, or gone, gets fewer copies; its clients do not notice.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, List, NamedTuple, Optional

from scoredock_runtime.base import traffic_counts
from scoredock_runtime.contract import DIFFERENCES_FILE
from scoredock_runtime.router.comparison import body_of, difference
from scoredock_runtime.router.connections import SPARE, OutOfDescriptors
from scoredock_runtime.router.heads import AnswerHead, read_answer

if TYPE_CHECKING:
    from scoredock_runtime.router.upstream import Upstream
    from scoredock_runtime.router.version import Version

AT_ONCE = SPARE
"""Copies under way."""
LARGEST = 64 * 1024
"""Bytes of a request or an answer that are compared."""
KEPT = 100
"""Differences that are written down."""
_SHOWN = 2000


class Original(NamedTuple):
    """A request that was answered."""

    request: bytes
    answer: bytes
    version: str
    bodiless: bool
    seconds: float


class Mirror:
    """Used by the router's thread, but for `_compare`."""

    def __init__(self, version: Version, share: int, folder: str) -> None:
        self.version = version
        self._share = share / 100.0
        self._random = random.Random().random  # noqa: S311 (nothing is kept secret by it)
        self._path = os.path.join(folder, DIFFERENCES_FILE)
        self._under_way = 0
        self._answers: SimpleQueue[Optional[tuple[Original, bytes, float]]] = SimpleQueue()
        self._thread: Optional[threading.Thread] = None

    def wants(self, version: Version) -> bool:
        """Whether a request that the version answers is to be copied."""
        return version is not self.version and self._random() < self._share

    def copy(self, original: Original) -> None:
        """Sends the request once more. The client has its answer."""
        if self._under_way >= AT_ONCE or len(original.request) > LARGEST or not self.version.answers:
            self.leave_out()
            return
        try:
            upstream = self.version.connection()
        except OutOfDescriptors:
            upstream = None
        if upstream is None:
            self.leave_out()
            return
        self._under_way += 1
        self.version.busy += 1
        upstream.send_request(Copy(self, original, upstream.loop.now), original.request, bodiless=original.bodiless)

    def leave_out(self) -> None:
        """A request that is not copied although it was to be."""
        self.version.counts[traffic_counts.UNCOPIED] += 1.0

    def ended(self, copy: Copy, seconds: float) -> None:
        """A copy has its answer, or will have none."""
        self._under_way -= 1
        self.version.busy -= 1
        counts = self.version.counts
        answer = copy.answer()
        if answer is None:
            self.leave_out()
            return
        counts[traffic_counts.COPIED] += 1.0
        counts[traffic_counts.COPY_SECONDS] += seconds
        counts[traffic_counts.ANSWER_SECONDS] += copy.original.seconds
        if self._thread is None:
            self._thread = threading.Thread(target=self._compare, name="compare", daemon=True)
            self._thread.start()
        self._answers.put((copy.original, answer, seconds))

    def end(self) -> None:
        """No more copies."""
        self._answers.put(None)

    def _compare(self) -> None:
        kept = _lines(self._path)
        while True:
            told = self._answers.get()
            if told is None:
                return
            original, answer, seconds = told
            found = _difference(original, answer)
            if found is None:
                continue
            self.version.counts[traffic_counts.DIFFERENT] += 1.0
            if kept < KEPT:
                kept += 1
                self._write(original, answer, found, seconds)

    def _write(self, original: Original, answer: bytes, found: str, seconds: float) -> None:
        line = {
            "time": time.time(),
            "version": self.version.name,
            "compared_with": original.version,
            "difference": found,
            "request": _text(original.request),
            "answers": [_text(original.answer), _text(answer)],
            "milliseconds": [round(original.seconds * 1000, 3), round(seconds * 1000, 3)],
        }
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError:
            return  # the disk is full: they are counted all the same


class Copy:
    """One request that nobody waits for; an `Exchange`."""

    sent_all = True

    def __init__(self, mirror: Mirror, original: Original, now: float) -> None:
        self.original = original
        self._mirror = mirror
        self._began = now
        self._parts: Optional[List[bytes]] = []
        """None where the answer is too large, or none came."""
        self._bytes = 0
        self._now = mirror.version.loop

    def answer(self) -> Optional[bytes]:
        """All of it."""
        return b"".join(self._parts) if self._parts else None

    def on_whole_answer(self, status: int, data: bytes) -> bool:  # noqa: ARG002 (the answer says it)
        self._take(data)
        self.on_end()
        return True

    def on_interim(self, data: bytes) -> None:
        """The body is there already."""

    def on_answer(self, head: AnswerHead, data: bytes) -> None:  # noqa: ARG002
        self._take(data)

    def on_part(self, data: bytes) -> None:
        self._take(data)

    def on_end(self) -> None:
        self._mirror.ended(self, self._now.now - self._began)

    def on_failure(self, connection: Upstream, *, unread: bool) -> None:  # noqa: ARG002
        self._parts = None
        self.on_end()

    def on_room(self) -> None:
        """All of it was sent."""

    def _take(self, data: bytes) -> None:
        self._bytes += len(data)
        if self._bytes > LARGEST:
            self._parts = None
        elif self._parts is not None:
            self._parts.append(data)


def _difference(original: Original, answer: bytes) -> Optional[str]:
    try:
        heads = [read_answer(each, bodiless=original.bodiless) for each in (original.answer, answer)]
        first, second = heads
        if first is None or second is None:
            return "an answer without a head"
        if first.status != second.status:
            return f"status {first.status} → {second.status}"
        bodies = [
            body_of(each, chunked=head.length == -1) for each, head in zip((original.answer, answer), (first, second))
        ]
        return difference(bodies[0], bodies[1])
    except ValueError as fault:
        return f"an answer that cannot be read: {fault}"


def _text(message: bytes) -> str:
    """The body of a request or answer as it is shown."""
    return message[message.find(b"\r\n\r\n") + 4 :][:_SHOWN].decode("utf-8", "replace")


def _lines(path: str) -> int:
    try:
        with open(path, "rb") as stream:
            return stream.read().count(b"\n")
    except OSError:
        return 0
