"""Messages on a byte stream: `Content-Length` framing that refuses what is hostile instead of losing step with it."""

from __future__ import annotations

import queue
import re
from typing import BinaryIO

from scoredock import threads

HEADER_LIMIT = 8 * 1024
"""Bytes of all header lines of one message."""
BODY_LIMIT = 256 * 1024 * 1024
"""Bytes of one message: a service takes requests of 100 MB, which JSON may double."""

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LENGTH = re.compile(rb"[0-9]{1,20}")
_UTF8 = re.compile(rb"charset\s*=\s*\"?utf-?8\"?", re.IGNORECASE)


class FramingError(Exception):
    """The stream is out of step: nothing that follows can be trusted, the connection must end."""


def read_message(stream: BinaryIO) -> bytes | None:
    """The body of the next message, or None at the end of the stream.

    Header names count in any case; lines end with CR LF only. Raises FramingError, as early as possible, for a
    line that is not a header, a missing, repeated, malformed or too large length, and an end in the middle of a
    message.
    """
    length = _read_headers(stream)
    if length is None:
        return None
    body = stream.read(length)
    if len(body) != length:
        raise FramingError(f"the stream ended after {len(body)} of {length} bytes of a message")
    return body


def _read_headers(stream: BinaryIO) -> int | None:
    length: int | None = None
    budget = HEADER_LIMIT
    while True:
        name = _read_name(stream, budget)
        if name is None:
            if budget == HEADER_LIMIT:
                return None
            raise FramingError("the stream ended in a header")
        if name == b"\r\n":
            if length is None:
                raise FramingError("a message has no Content-Length")
            return length
        line = stream.readline(budget)
        budget -= len(name) + len(line)
        if budget <= 0:
            raise FramingError("the header is too long")
        if not line.endswith(b"\r\n"):
            raise FramingError(f"a header line does not end with CR LF: {(name + line)[:40]!r}")
        length = _header(name, line[:-2].strip(b" \t"), length)


def _read_name(stream: BinaryIO, budget: int) -> bytes | None:
    """Up to the colon, which is left out; CR LF for the empty line; None at the end of the stream.

    Byte by byte, because garbage need not have a line end to wait for.
    """
    name = b""
    while len(name) < budget:
        byte = stream.read(1)
        if not byte:
            if name:
                raise FramingError("the stream ended in a header")
            return None
        if byte == b":" and name:
            return name
        if byte == b"\r" and not name:
            if stream.read(1) == b"\n":
                return b"\r\n"
            raise FramingError("a line end is not CR LF")
        if not _NAME.fullmatch(byte):
            raise FramingError(f"not a header: {(name + byte)[-40:]!r}")
        name += byte
    raise FramingError("the header is too long")


def _header(name: bytes, value: bytes, length: int | None) -> int | None:
    if name.lower() == b"content-type":
        if b"charset" in value.lower() and not _UTF8.search(value):
            raise FramingError(f"only UTF-8 is understood, not {value[:60]!r}")
        return length
    if name.lower() != b"content-length":
        return length
    if length is not None:
        raise FramingError("a message has two lengths")
    if not _LENGTH.fullmatch(value):
        raise FramingError(f"not a length: {value[:40]!r}")
    if int(value) > BODY_LIMIT:
        raise FramingError(f"a message of {int(value)} bytes is larger than the {BODY_LIMIT} allowed")
    return int(value)


class QueuedWriter:
    """Writes on a thread of its own, so that a client that does not read never blocks the server's loop.

    Thread-safe; messages leave in the order they were given. After the other side went away writes are dropped.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._gone = False
        self._thread = threads.start(self._drain, name="scoredock-writer", at_fault=threads.end_process)

    def write(self, data: bytes) -> None:
        """Queue one whole message."""
        if not self._gone:
            self._queue.put(data)

    def close(self) -> None:
        """Wait up to two seconds until everything queued so far has left."""
        self._queue.put(None)
        self._thread.join(2.0)

    def _drain(self) -> None:
        while (data := self._queue.get()) is not None:
            try:
                self._stream.write(data)
                self._stream.flush()
            except (OSError, ValueError):
                self._gone = True
                return
