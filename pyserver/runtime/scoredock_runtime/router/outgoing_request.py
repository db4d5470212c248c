"""The request of a client on its way to a version: what is known of it, and its bytes until its answer begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional, Tuple

from scoredock_runtime.router.chunks import ChunkScanner
from scoredock_runtime.router.heads import CHUNKED, RequestHead

if TYPE_CHECKING:
    from scoredock_runtime.router.version import Version

KEPT_LIMIT = 8 * 1024 * 1024
"""Bytes of a request that are kept until its answer begins, to send them again if need be."""
_ATTEMPTS = 4
"""Connections to one version that may turn out to be closed before the request was read."""


class OutgoingRequest:
    """One object for all requests of a connection, as there is one at a time."""

    def __init__(self) -> None:
        self.head: Optional[RequestHead] = None
        self.started = 0.0
        """Monotonic seconds when it began to come."""
        self.complete = True
        """Whether it has come to its end."""
        self.kept: Optional[List[bytes]] = None
        """All that has come of it; None once that is too much, or the answer has come to its end."""
        self.attempts = 0
        self.passed_over: List[Version] = []
        """Versions that took no connection."""
        self.kept_bytes = 0
        self._left = 0
        """Bytes of the body that are still to come, where its length is known."""
        self._scanner: Optional[ChunkScanner] = None

    def begin(self, head: RequestHead, data: bytes, end: int, now: float) -> bytes:
        """`data` holds the head up to `end`, and what has come of the body; the bytes behind the request. Raises
        BadMessage."""
        self.head, self.started = head, now
        self.complete = False
        self._scanner = None
        size = len(data) - end
        if head.length == CHUNKED:
            self._scanner = ChunkScanner()
            size = self._scanner.feed(data[end:])
            self.complete = self._scanner.ended
        else:
            size = min(size, head.length)
            self._left = head.length - size
            self.complete = not self._left
        here = data[: end + size] if head.passed_on is None else head.passed_on + data[end : end + size]
        self.kept, self.kept_bytes = [here], len(here)
        return data[end + size :]

    def add(self, data: bytes) -> Tuple[bytes, bytes]:
        """More of the body, and the bytes behind it. Raises BadMessage."""
        if self._scanner is not None:
            size = self._scanner.feed(data)
            self.complete = self._scanner.ended
        else:
            size = min(len(data), self._left)
            self._left -= size
            self.complete = not self._left
        more = data if size == len(data) else data[:size]
        if self.kept is not None:
            self.kept.append(more)
            self.kept_bytes += size
            if self.kept_bytes > KEPT_LIMIT:
                self.kept = None
        return more, data[size:]

    def may_try_again(self, version: Version) -> bool:
        """True if the same version is to be asked once more, on another connection."""
        self.attempts += 1
        return version.answers and not version.removed and self.attempts <= _ATTEMPTS

    def pass_over(self, version: Version) -> None:
        """The version took no connection."""
        self.passed_over.append(version)
        self.attempts = 0

    def forget(self) -> None:
        """Forgets the request, which has its answer."""
        self.kept = None
        self.attempts = 0
        if self.passed_over:
            self.passed_over = []
