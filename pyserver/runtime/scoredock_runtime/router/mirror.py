"""Copies of requests for a version that is tried out: sent once the client has its answer, compared and counted.

Nobody waits for an answer to a copy. A version that is slow, or gone, gets fewer copies; its clients do not notice.
What waits has limits, and what does not fit is counted.
"""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING, Deque, List, Optional, Tuple

from scoredock_runtime.base import traffic_counts
from scoredock_runtime.router.connections import OutOfDescriptors
from scoredock_runtime.router.differences import Differences, Original, Pair
from scoredock_runtime.router.heads import AnswerHead

if TYPE_CHECKING:
    from scoredock_runtime.router.upstream import Upstream
    from scoredock_runtime.router.version import Version

AT_ONCE = 8
"""Copies under way; no more than there are connections beside those of the clients."""
WAITING, WAITING_BYTES = 256, 8 * 1024 * 1024
"""Copies that wait until others are answered."""
LARGEST = 64 * 1024
"""Bytes of a request or an answer that are compared."""


class Mirror:
    """Used by the router's thread."""

    def __init__(self, folder: str) -> None:
        self.version: Optional[Version] = None
        """That gets copies; None where none does."""
        self._share = 0.0
        self._random = random.Random().random  # noqa: S311 (nothing is kept secret by it)
        self._under_way = 0
        self._waiting: Deque[Tuple[Version, Original]] = deque()
        self._waiting_bytes = 0
        self._sending = False
        self._differences = Differences(folder)

    def turn(self, version: Optional[Version], share: int) -> None:
        """Copies so many percent for this version from the next request on. What waits for another one is sent all the
        same while that is there."""
        self.version, self._share = version if share else None, share / 100.0

    def wants(self, version: Version) -> bool:
        """True if a request that the version answers is to be copied."""
        return self.version is not None and version is not self.version and self._random() < self._share

    def copy(self, original: Original) -> None:
        """Sends the request once more, or has it wait. The client has its answer."""
        version = self.version
        if version is None:
            return
        size = original.size
        if len(original.request) > LARGEST or len(original.answer) > LARGEST:
            self.drop(version)
        elif self._under_way < AT_ONCE:
            self._send(version, original)
        elif len(self._waiting) < WAITING and self._waiting_bytes + size <= WAITING_BYTES:
            self._waiting.append((version, original))
            self._waiting_bytes += size
        else:
            self.drop(version)

    def drop(self, version: Optional[Version] = None) -> None:
        """A request that is not copied although it was to be."""
        version = version or self.version
        if version is not None:
            version.counts[traffic_counts.DROPPED] += 1.0

    def _send(self, version: Version, original: Original) -> None:
        if version.removed:
            self.drop(version)
            return
        try:
            upstream = version.connection() if version.answers else None
        except OutOfDescriptors:
            self.drop(version)
            return
        if upstream is None:
            version.counts[traffic_counts.UNCOPIED] += 1.0
            return
        self._under_way += 1
        version.busy += 1
        copy = Copy(self, version, original)
        upstream.send_request(copy, original.request, bodiless=original.bodiless)

    def ended(self, copy: Copy, seconds: float) -> None:
        """A copy has its answer, or will have none."""
        version = copy.version
        self._under_way -= 1
        version.busy -= 1
        counts = version.counts
        if copy.failed:
            counts[traffic_counts.UNCOPIED] += 1.0
        else:
            answer = copy.answer()
            pair = None if answer is None else Pair(version.name, counts, copy.original, answer, seconds)
            if pair is None or not self._differences.take(pair):
                self.drop(version)
            else:
                counts[traffic_counts.COPIED] += 1.0
                counts[traffic_counts.COPY_SECONDS] += seconds
                counts[traffic_counts.ANSWER_SECONDS] += copy.original.seconds
        if self._waiting and not self._sending:
            self._send_waiting()

    def _send_waiting(self) -> None:
        self._sending = True  # one may end before it is sent, where nobody listens
        while self._waiting and self._under_way < AT_ONCE:
            version, original = self._waiting.popleft()
            self._waiting_bytes -= original.size
            self._send(version, original)
        self._sending = False


class Copy:
    """One request that nobody waits for; an `Exchange`."""

    sent_all = True

    def __init__(self, mirror: Mirror, version: Version, original: Original) -> None:
        self.version = version
        self.original = original
        self.failed = False
        """No response came, or a part of one."""
        self._mirror = mirror
        self._began = version.loop.now
        self._parts: Optional[List[bytes]] = []
        """None where the answer is too large."""
        self._bytes = 0

    def answer(self) -> Optional[bytes]:
        """All of it; None where it is too large."""
        return b"".join(self._parts) if self._parts is not None else None

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
        self._mirror.ended(self, self.version.loop.now - self._began)

    def on_failure(self, connection: Upstream, *, unread: bool) -> None:  # noqa: ARG002
        self.failed = True
        self.on_end()

    def on_room(self) -> None:
        """All of it was sent."""

    def _take(self, data: bytes) -> None:
        self._bytes += len(data)
        if self._bytes > LARGEST:
            self._parts = None
        elif self._parts is not None:
            self._parts.append(data)
