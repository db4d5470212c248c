"""Texts with a mark where the cursor stands, and what becomes of a text when it is edited."""

from __future__ import annotations

from collections.abc import Iterable

from scoredock.analysis.tree import Lines
from scoredock.text import Position, TextEdit


def split(text: str) -> tuple[str, Position]:
    """The text without its `|`, and where that stood."""
    offset = text.index("|")
    text = text.replace("|", "", 1)
    return text, Lines(text).position(offset)


def applied(text: str, edits: Iterable[TextEdit]) -> str:
    """The text after the edits."""
    lines = Lines(text)
    for edit in sorted(edits, key=lambda e: e.range.start, reverse=True):
        text = text[: lines.offset(edit.range.start)] + edit.new_text + text[lines.offset(edit.range.end) :]
    return text
