"""Heads of requests that were read before: clients send the same line and headers again and again.

A head that the parser took whole, and whose headers were looked at and let pass, needs neither a second time when the
next one is the same but for the digits of its Content-Length. That saves a fifth of a small request. Only what means
the same in every request is known this way; ids, upgrades, expectations and everything of web pages go the long way,
and keys are checked each time.
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Tuple

from scoredock_runtime.http.messages import Headers, Request

CHUNK_LIMIT = 64 * 1024
"""Bytes of a request that is looked up."""

_COUNT = 64
_LINE = b"POST /score HTTP/1.1\r\n"
_PLAIN = frozenset((b"host", b"content-length", b"content-type", b"authorization"))
"""Headers with a meaning for us that such a request may have."""
_SPECIAL = frozenset((b"expect", b"upgrade"))
_LENGTH = b"\r\ncontent-l"
_LENGTH_END = b"ength: "
_DIGITS = 9
"""Of a length that is looked at; int() raises for thousands of them."""


class CachedHead(NamedTuple):
    """Headers that were read from a head."""

    headers: Headers
    headers_by_name: Dict[bytes, bytes]


class HeadCache:
    """A few of them, for all connections of a worker."""

    def __init__(self) -> None:
        self._heads: Dict[bytes, CachedHead] = {}

    def find(self, chunk: bytes) -> Optional[Tuple[CachedHead, bytes]]:
        """The head and the body, where `chunk` is one whole request with a head that is known."""
        parts = _split(chunk)
        if parts is None:
            return None
        known = self._heads.get(parts[0])
        return None if known is None else (known, parts[1])

    def learn(self, chunk: bytes, request: Request) -> None:
        """`chunk` is all that came, and `request`, which may be scored, was read from it."""
        if not chunk.startswith(_LINE) or not request.given.keys() <= _PLAIN:
            return
        if any(name in _SPECIAL for name, _ in request.headers):
            return
        parts = _split(chunk)
        # The digits that are left out must be those of the length, or they would be left out of something else.
        if parts is None or parts[1] != request.body or not chunk[: chunk.find(_LENGTH_END)].lower().endswith(_LENGTH):
            return
        if len(self._heads) >= _COUNT:
            self._heads.clear()
        self._heads[parts[0]] = CachedHead(request.headers, request.given)


def _split(chunk: bytes) -> Optional[Tuple[bytes, bytes]]:
    """The head without the digits of its length, and the body; None when `chunk` is not one whole request."""
    end = chunk.find(b"\r\n\r\n") + 4
    start = chunk.find(_LENGTH_END, 0, end) + len(_LENGTH_END)
    stop = chunk.find(b"\r", start, end)
    digits = chunk[start:stop]
    if end < 4 or start < len(_LENGTH_END) or not digits.isdigit() or len(digits) > _DIGITS:
        return None
    if int(digits) != len(chunk) - end:
        return None
    return chunk[:start] + chunk[stop:end], chunk[end:]
