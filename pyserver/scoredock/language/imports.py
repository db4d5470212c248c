"""Imports of a script that may be half typed: which names it has, and where a new import goes."""

from __future__ import annotations

import re

from scoredock.analysis.tree import Lines
from scoredock.text import TextEdit

_IMPORT = re.compile(r"^(?:import|from)[ \t]+(?!__future__)", re.MULTILINE)
_FUTURE = re.compile(r"^from[ \t]+__future__[ \t].*$", re.MULTILINE)
_HEAD = re.compile(
    r"""\ufeff?(?:[ \t]*(?:\#.*)?(?:\r\n|\n|\r))*(?:[rR]?(?:"{3}[\s\S]{0,20000}?"{3}|'{3}[\s\S]{0,20000}?'{3})[ \t]*(?:\r\n|\n|\r|$))?"""  # noqa: E501 (a text that would change if it were wrapped)
)


def is_bound(text: str, name: str) -> bool:
    """Whether an import, a definition or an assignment at the left edge gives the script this name."""
    word = re.escape(name)
    return (
        re.search(
            rf"^(?:import\b.*\b{word}\b|from\b.*\bimport\b[^#\n(]*\b{word}\b|(?:def|class)[ \t]+{word}\b|{word}["
            r" \t]*=)",
            text,
            re.MULTILINE,
        )
        is not None
        or re.search(rf"\bimport[ \t]*\([^)]{{0,2000}}\b{word}\b", text) is not None
    )


def import_edit(lines: Lines, statement: str) -> TextEdit:
    """The edit that adds an import line: before the first import, else below docstring and __future__ imports."""
    text = lines.text
    newline = "\r\n" if "\r\n" in text else "\n"
    first = _IMPORT.search(text)
    if first is not None:
        return lines.edit(first.start(), first.start(), statement + newline)
    place = 0
    for found in _FUTURE.finditer(text):
        place = found.end()
    if place:
        return lines.edit(place, place, newline + statement)
    head = _HEAD.match(text)
    place = head.end() if head is not None else 0
    if place and text[place - 1] not in "\r\n\ufeff":
        return lines.edit(place, place, newline + statement + newline)
    return lines.edit(place, place, statement + newline)


def import_edits(lines: Lines, needed: dict[str, str]) -> tuple[TextEdit, ...]:
    """One edit for all names that are missing; `needed` gives the import line of each name."""
    missing = dict.fromkeys(line for name, line in needed.items() if not is_bound(lines.text, name))
    if not missing:
        return ()
    newline = "\r\n" if "\r\n" in lines.text else "\n"
    return (import_edit(lines, newline.join(sorted(missing, key=lambda s: (s.startswith("from"), s)))),)
