"""Which request ids an answer carries. Pure but for the new ids."""

from __future__ import annotations

import os
import random
from typing import Optional, Tuple

ID_LIMIT = 100

_random = random.Random(os.urandom(32))  # noqa: S311 (names requests, opens nothing)
if hasattr(os, "register_at_fork"):
    # Workers that were forked from one process must not number their requests alike.
    os.register_at_fork(after_in_child=lambda: _random.seed(os.urandom(32)))


class IdTooLong(Exception):
    """The text is the message of the 431 answer; `lines` are the ids that were acceptable."""

    def __init__(self, message: str, lines: bytes) -> None:
        super().__init__(message)
        self.lines = lines


def new_id() -> bytes:
    """A random UUID of version 4. An id names a request and opens nothing, so a system call for each would be waste."""
    digits = b"%032x" % (_random.getrandbits(128) & _CLEAR | _VERSION)
    return b"-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


_CLEAR = ~(0xF000 << 64 | 0xC000 << 48)
_VERSION = 0x4000 << 64 | 0x8000 << 48


def answer_ids(
    request_id: Optional[bytes], legacy_id: Optional[bytes], client_id: Optional[bytes]
) -> Tuple[bytes, bytes]:
    """The id of the request, and the header lines of the answer, for x-request-id, the deprecated x-ms-request-id and
    x-ms-client-request-id as given.

    Raises IdTooLong."""
    if request_id is None:
        own = new_id()
        if legacy_id is None and client_id is None:
            return own, b"x-request-id: %b\r\nx-ms-request-id: %b\r\n" % (own, own)
    else:
        own = request_id
    if len(own) > ID_LIMIT:
        raise IdTooLong(f"x-request-id must not exceed {ID_LIMIT} characters", b"")
    client = client_id or legacy_id or b""
    legacy = legacy_id or client or own
    lines = b"x-request-id: %b\r\n" % own if own else b""
    if len(legacy) > ID_LIMIT or len(client) > ID_LIMIT:
        raise IdTooLong(f"x-ms-request-id and x-ms-client-request-id must not exceed {ID_LIMIT} characters", lines)
    if legacy:
        lines += b"x-ms-request-id: %b\r\n" % legacy
    if client:
        lines += b"x-ms-client-request-id: %b\r\n" % client
    return own, lines
