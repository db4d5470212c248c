"""Where a chunked body ends. Pure; the strict form alone, which every parser reads alike."""

from __future__ import annotations

_LINE_LIMIT = 1024
_DIGITS = frozenset(b"0123456789abcdefABCDEF")
_SIZE_DIGITS = 12
_TRAILER_LIMIT = 64 * 1024

_SIZE, _DATA, _DATA_END, _TRAILERS = range(4)


class BadChunks(ValueError):
    """The bytes are no chunked body."""


class ChunkScanner:
    """Follows a body through the pieces in which it comes."""

    def __init__(self) -> None:
        self.ended = False
        self._state = _SIZE
        self._left = 0
        self._line = b""
        self._trailers = 0

    def feed(self, data: bytes) -> int:
        """How many of the bytes belong to the body: all of them until it has `ended`. Raises BadChunks."""
        place = 0
        while place < len(data) and not self.ended:
            if self._state == _DATA:
                taken = min(self._left, len(data) - place)
                self._left -= taken
                place += taken
                if not self._left:
                    self._state = _DATA_END
            else:
                place = self._feed_line(data, place)
        return place

    def _feed_line(self, data: bytes, place: int) -> int:
        """A size, the end of a chunk's line, or a trailer, up to its line end."""
        end = data.find(b"\n", place)
        self._line += data[place : end + 1 if end >= 0 else len(data)]
        if len(self._line) > _LINE_LIMIT:
            raise BadChunks("a line is too long")
        if end < 0:
            return len(data)
        line, self._line = self._line, b""
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise BadChunks("a line does not end as it should")
        self._take(line[:-2])
        return end + 1

    def _take(self, line: bytes) -> None:
        if self._state == _SIZE:
            digits = line.partition(b";")[0].rstrip(b" \t")
            if not digits or len(digits) > _SIZE_DIGITS or not _DIGITS.issuperset(digits):
                raise BadChunks("the size of a chunk is no number")
            self._left = int(digits, 16)
            self._state = _DATA if self._left else _TRAILERS
        elif self._state == _DATA_END:
            if line:
                raise BadChunks("a chunk is longer than it says")
            self._state = _SIZE
        elif line:
            self._trailers += len(line)
            if self._trailers > _TRAILER_LIMIT:
                raise BadChunks("the trailers are too large")
        else:
            self.ended = True
