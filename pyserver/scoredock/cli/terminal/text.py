"""Text for a terminal, with its control characters shown, as names of files and lines of logs may hold some."""

from __future__ import annotations

import io
import os
import re
import sys
import unicodedata
from typing import TextIO

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]")
"""What moves the cursor, changes the terminal, or turns the direction of what follows. `\\r` is among it: it goes back
over what was written before."""


class ShownText(io.TextIOWrapper):
    """A stream that shows control characters by their numbers, in a form that is right within a JSON document, too."""

    def write(self, text: str) -> int:
        return super().write(_CONTROL.sub(lambda control: f"\\u{ord(control.group()):04x}", text))


class TerminalText(ShownText):
    """The same on a terminal, which takes controls of our own."""

    def write(self, text: str) -> int:
        erase_status()
        return super().write(text)

    def control(self, sequence: str) -> None:
        """Controls that we mean ourselves: none where the terminal takes none, no colours where nobody wants them."""
        if not is_dumb() and not (sequence.endswith("m") and os.environ.get("NO_COLOR")):
            io.TextIOWrapper.write(self, sequence)


_status: list[TerminalText] = []
"""The terminal that shows a line of progress, which the next words take the place of."""


def is_dumb() -> bool:
    """True if the terminal can only write one line after the other."""
    return os.environ.get("TERM", "") in ("dumb", "")


def show_status(stream: TerminalText, *parts: tuple[str, str]) -> None:
    """Show one line at the end of a terminal, each part in its colour, until something else is written to it."""
    erase_status()
    for colour, text in parts:
        stream.control(colour)
        stream.write(text)
        stream.control("\x1b[0m" if colour else "")
    stream.flush()
    _status.append(stream)


def erase_status() -> None:
    """Erase the line of progress."""
    if _status:
        stream = _status.pop()
        stream.control("\r\x1b[2K")
        stream.flush()


def protect_terminal() -> None:
    """Show control characters of what goes to a terminal from now on, and of all words for people: a log of CI is
    read in a terminal as well. Files and programs get on standard output the very characters of what is data."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if type(stream) is not io.TextIOWrapper:  # one of ours, or of a test that looks at what is written
            continue
        kind = TerminalText if stream.isatty() else ShownText if name == "stderr" else None
        if kind is not None:
            encoding = stream.encoding
            stream.flush()
            shown = kind(stream.detach(), encoding=encoding, errors="backslashreplace", line_buffering=True)
            setattr(sys, name, shown)


def columns(text: str) -> int:
    """Number of columns of a terminal that a text takes: Chinese characters take two."""
    return len(text) + sum(unicodedata.east_asian_width(character) in "WF" for character in text)


def padded(text: str, width: int) -> str:
    """Text filled up with spaces to `width` columns."""
    return text + " " * (width - columns(text))


def control(stream: TextIO, sequence: str) -> None:
    """Writes controls of our own, such as a colour; nothing where no terminal takes them."""
    if isinstance(stream, TerminalText):
        stream.control(sequence)
