"""Progress in a terminal: one line that is drawn again, with a bar where it is known how much there is."""

from __future__ import annotations

import os
import sys

from scoredock import l10n
from scoredock.cli.terminal.text import TerminalText, columns, is_dumb, show_status
from scoredock.progress import WARNING, step_of
from scoredock.visible import in_lines, in_row

_BAR = 24
"""Columns of a bar."""
_UNKNOWN = 1_000
_LEAST = 60
"""Columns of a terminal that has room for one."""
_SIGNS = (("\u2501", "\u2500"), ("#", "-"))
"""What is done and what is left of a bar, the second where the terminal lacks the letters of the first."""
_COLOUR = "\x1b[36m"


class Quiet:
    """No progress."""

    def report(self, message: str, percentage: int | None = None) -> None:
        return None

    def output(self, line: str) -> None:
        return None


class TerminalProgress:
    """Progress as one line that is rewritten on a terminal; one line a step where the output goes to a file, a log of
    CI, or a terminal that cannot move its cursor."""

    def __init__(self) -> None:
        stream = sys.stderr
        draws = isinstance(stream, TerminalText) and stream.isatty() and not is_dumb() and not os.environ.get("CI")
        self._terminal = stream if draws and isinstance(stream, TerminalText) else None
        self._shown = ""
        self._has_bar = False

    def report(self, message: str, percentage: int | None = None) -> None:
        """A step, or a part of one."""
        if message.startswith(WARNING):
            print(in_row(message), file=sys.stderr, flush=True)
        elif self._terminal is not None:
            self._has_bar = percentage is not None
            self._draw(self._terminal, message, percentage)
        elif step_of(message) != self._shown:
            self._shown = step_of(message)
            print(in_row(self._shown), file=sys.stderr, flush=True)

    def output(self, line: str) -> None:
        """A tool's own words; a bar says more than they do."""
        if self._terminal is None:
            print(f"  {in_lines(line)}", file=sys.stderr, flush=True)
        elif not self._has_bar:
            self._draw(self._terminal, line.strip(), None)

    def _draw(self, terminal: TerminalText, message: str, percentage: int | None) -> None:
        width, message = _width(terminal), in_row(message)
        if percentage is None:
            show_status(terminal, ("", _cut(message, width)))
            return
        share = l10n.t("{percentage}%", percentage=percentage)
        if width < _LEAST:
            show_status(terminal, ("", _cut(f"{share} {message}", width)))
            return
        done, left = _bar(terminal, percentage)
        message = _cut(message, width - _BAR - columns(share) - 2)
        show_status(terminal, ("", f"{message} "), (_COLOUR, done), ("\x1b[2m", left), ("", f" {share}"))


def _width(terminal: TerminalText) -> int:
    """Columns that may be written to without a line being wrapped; nothing is cut where the terminal does not say."""
    try:
        return (os.get_terminal_size(terminal.fileno()).columns or _UNKNOWN) - 1
    except OSError:
        return _UNKNOWN


def _bar(terminal: TerminalText, percentage: int) -> tuple[str, str]:
    full, empty = _SIGNS[0]
    try:
        (full + empty).encode(terminal.encoding or "ascii")
    except UnicodeError:
        full, empty = _SIGNS[1]
    done = _BAR * max(0, min(100, percentage)) // 100
    return full * done, empty * (_BAR - done)


def _cut(text: str, width: int) -> str:
    """Beginning of a text that fits into so many columns."""
    while text and columns(text) > width:
        text = text[: min(len(text) - 1, width)]
    return text
