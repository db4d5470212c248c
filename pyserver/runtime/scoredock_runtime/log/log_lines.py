"""Turns what a worker prints into records: bounded, printable, with a level. Pure."""

from __future__ import annotations

import re
from typing import List

LINE_LIMIT = 16 * 1024
"""Characters of one line that are kept, with the note on those that are not."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_OWN_FORMAT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([DIWEC]) \[\d+\] ")
_LEVEL_WORD = re.compile(r"\b(DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b|\w(Warning): ")
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::|$)")
_TRACEBACK = "Traceback (most recent call last)"


class LineSplitter:
    """Cuts a byte stream into lines; a line without end costs no more than LINE_LIMIT."""

    def __init__(self) -> None:
        self._rest = b""
        self._cut = 0

    def feed(self, data: bytes) -> List[str]:
        """The lines that are complete by now. A lone carriage return ends a line as well (progress bars)."""
        if b"\r" in data:
            # A pair torn between two reads yields one empty line more, which `_finish` drops with the others.
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        pieces = data.split(b"\n")
        if len(pieces) == 1:
            self._keep(pieces[0])
            return []
        self._keep(pieces[0])
        lines = [self._finish()]
        lines += _whole(pieces[1:-1], data)
        self._keep(pieces[-1])
        return lines

    def end(self) -> List[str]:
        """The last line when it had no end."""
        return [self._finish()] if self._rest or self._cut else []

    def _keep(self, piece: bytes) -> None:
        # Four bytes a character at most, so the limit in characters is surely reached.
        room = LINE_LIMIT * 4 - len(self._rest)
        self._rest += piece[:room]
        self._cut += max(0, len(piece) - room)

    def _finish(self) -> str:
        line = _text(self._rest, self._cut)
        self._rest, self._cut = b"", 0
        return line


def _whole(pieces: List[bytes], data: bytes) -> List[str]:
    """Lines that lie in `data` as a whole; all at once where nothing about them is special, as with most."""
    if data.isascii() and len(max(pieces, key=len, default=b"")) <= LINE_LIMIT:
        text = data.decode("ascii")
        if _UNPRINTABLE.search(text) is None:
            return text.split("\n")[1:-1]
    return [_text(piece, 0) for piece in pieces]


def _text(raw: bytes, cut: int) -> str:
    text = raw.decode("utf-8", "backslashreplace")
    if cut or len(text) > LINE_LIMIT:
        whole = len(text) + cut
        kept = LINE_LIMIT - len(f" … ({whole} more)")
        text = f"{text[:kept]} … ({whole - kept} more)"
    return neutral(text)


def neutral(text: str) -> str:
    """Text without control characters: terminals and viewers show escape sequences instead of obeying them."""
    return _UNPRINTABLE.sub(
        lambda found: f"\\x{ord(found.group()):02x}" if found.group() < "\xff" else f"\\u{ord(found.group()):04x}", text
    )


class Levels:
    """Tells the level of each line of one stream; the lines of a traceback belong together."""

    def __init__(self, stream: str) -> None:
        self._default = "W" if stream == "stderr" else "I"
        self._in_traceback = False

    def of(self, line: str) -> str:
        """D, I, W or E."""
        if line[23:27] == " I [" and not self._in_traceback and _TRACEBACK not in line:
            return "I"  # our own format at its usual level, or close enough to it
        own = _OWN_FORMAT.match(line)
        if own:
            self._in_traceback = _TRACEBACK in line
            return "E" if own.group(1) == "C" else own.group(1)
        if _TRACEBACK in line:
            self._in_traceback = True
            return "E"
        if self._in_traceback:
            if not line.startswith((" ", "\t")):
                self._in_traceback = False
                return "E" if _EXCEPTION.match(line) else self._default
            return "E"
        word = _LEVEL_WORD.search(line, 0, 120)
        if word:
            initial = (word.group(1) or word.group(2))[0]
            return {"D": "D", "I": "I", "W": "W"}.get(initial, "E")
        return self._default
