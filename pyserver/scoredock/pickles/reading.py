"""Bytes read once, from the front to the back, with a bounded memory whatever a file claims."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, Protocol

from scoredock.pickles.budget import Damaged, NotRead

_CHUNK = 256 << 10
_LONGEST_LINE = 1 << 30


class Ended(Damaged):
    """The bytes end before what they announce."""

    def __init__(self) -> None:
        super().__init__("it ends early")


class Readable(Protocol):
    """Input that can be read forward: a file, or something that unpacks one."""

    def read(self, size: int, /) -> bytes: ...


class Input:
    """A window that moves over the bytes. A plain file is jumped over where its bytes are not needed."""

    def __init__(self, source: Readable, jump: Callable[[int], int] | None = None) -> None:
        """`jump` moves a file on by so many bytes and gives by how many it could."""
        self._source = source
        self._jump = jump
        self._buffer = b""
        self._at = 0
        self._before = 0

    @property
    def position(self) -> int:
        """Bytes taken so far."""
        return self._before + self._at

    def byte(self) -> int:
        """The next one. Raises Ended."""
        try:
            value = self._buffer[self._at]
        except IndexError:
            if not self._fill(1):
                raise Ended from None
            value = self._buffer[self._at]
        self._at += 1
        return value

    def take(self, count: int) -> bytes:
        """Exactly so many; only for counts that are bounded. Raises Ended."""
        end = self._at + count
        if end > len(self._buffer):
            if not self._fill(count):
                raise Ended
            end = self._at + count
        taken = self._buffer[self._at : end]
        self._at = end
        return taken

    def peek(self, count: int) -> bytes:
        """Up to so many, which stay to be read."""
        self._fill(count)
        return self._buffer[self._at : self._at + count]

    def skip(self, count: int) -> None:
        """Passes over so many, without keeping them. Raises Ended."""
        here = len(self._buffer) - self._at
        if count <= here:
            self._at += count
            return
        self._before += len(self._buffer)
        self._buffer, self._at = b"", 0
        remaining = count - here
        if self._jump is not None:
            jumped = self._jump(remaining)
            self._before += jumped
            remaining -= jumped
        while remaining:
            chunk = self._source.read(min(remaining, _CHUNK))
            if not chunk:
                raise Ended
            self._before += len(chunk)
            remaining -= len(chunk)

    def line(self, most: int) -> bytes | None:
        """Up to the next line end, which is passed over; None when it is longer than `most`.

        The last line of a file loses its last byte instead of a line end, as it does when it is unpickled.
        """
        content = b""
        fits = True
        passed = 0
        while True:
            end = self._buffer.find(b"\n", self._at)
            part = self._buffer[self._at : end if end >= 0 else len(self._buffer)]
            if fits and len(content) + len(part) <= most:
                content += part
            else:
                fits, content = False, b""
            if end >= 0:
                self._at = end + 1
                return content if fits else None
            self._before += len(self._buffer)
            passed += len(self._buffer)
            if passed > _LONGEST_LINE:
                raise NotRead("it holds a line that is longer than is followed")
            self._buffer, self._at = self._source.read(_CHUNK), 0
            if not self._buffer:
                return content[:-1] if fits else None

    def _fill(self, count: int) -> bool:
        """True if so many bytes are in the buffer now."""
        have = len(self._buffer) - self._at
        if have >= count:
            return True
        self._before += self._at
        parts = [self._buffer[self._at :]]
        while have < count:
            chunk = self._source.read(max(_CHUNK, count - have))
            if not chunk:
                break
            parts.append(chunk)
            have += len(chunk)
        self._buffer, self._at = b"".join(parts), 0
        return have >= count


def of_file(stream: BinaryIO) -> Input:
    """A seekable file from where it stands."""
    size = stream.seek(0, io.SEEK_END)

    def jump(count: int) -> int:
        here = stream.tell()
        return stream.seek(min(size, here + count)) - here

    stream.seek(0)
    return Input(stream, jump)


def of_bytes(content: bytes) -> Input:
    return Input(io.BytesIO(content))
