"""End of a chunked body. Pure; the strict form alone, which every parser reads alike."""

from __future__ import annotations

import re

from scoredock_runtime.router.heads import FRAMING, HEADER, BadMessage

_LINE_LIMIT = 4096
_TRAILER_LIMIT = 64 * 1024
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]*"
_SIZE_LINE = re.compile(
    rb"([0-9a-fA-F]{1,15})(?:;(?=.)%b(?:=(?:%b|\"(?:[\t !#-\[\]-~]|\\[\t -~])*\"))?)*" % (_TOKEN, _TOKEN)
)
"""With extensions, which nobody reads."""

_SIZE, _DATA, _DATA_END, _TRAILERS = range(4)


_INVALID = "The body of the request is not valid HTTP."


def _bad(sentence: str, status: int = 400) -> BadMessage:
    return BadMessage(status, sentence)


def _too_long(*, in_trailers: bool) -> BadMessage:
    return _bad("The trailers of the request are too large.", 431) if in_trailers else _bad(_INVALID)


class ChunkScanner:
    """Follows a body through the pieces in which it comes."""

    def __init__(self) -> None:
        self.ended = False
        self._state = _SIZE
        self._left = 0
        self._line = b""
        self._trailers = 0

    def feed(self, data: bytes) -> int:
        """Number of the bytes that belong to the body: all of them until it has `ended`. Raises BadMessage."""
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
            raise _too_long(in_trailers=self._state == _TRAILERS)
        if end < 0:
            return len(data)
        line, self._line = self._line, b""
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise _bad(_INVALID)
        self._take(line[:-2])
        return end + 1

    def _take(self, line: bytes) -> None:
        if self._state == _SIZE:
            size = _SIZE_LINE.fullmatch(line)
            if size is None:
                raise _bad(_INVALID)
            self._left = int(size[1], 16)
            self._state = _DATA if self._left else _TRAILERS
        elif self._state == _DATA_END:
            if line:
                raise _bad(_INVALID)
            self._state = _SIZE
        elif line:
            self._trailers += len(line) + 2
            if self._trailers > _TRAILER_LIMIT:
                raise _too_long(in_trailers=True)
            trailer = HEADER.fullmatch(line + b"\r\n")
            if trailer is None or trailer[1].lower() in FRAMING:
                raise _bad(_INVALID)
        else:
            self.ended = True
