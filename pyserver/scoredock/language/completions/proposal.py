"""Entries of a list of proposals, and the choice of those that fit what is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.text import Range, TextEdit

MOST = 200
"""Entries of one list; a longer one is marked as incomplete, so that the editor asks again."""
_TABSTOP = re.compile(r"(?<!\\)\$(?:\d+|\{\d+(?::((?:\\.|[^}\\])*)|\|((?:\\.|[^|\\])*)\|)?\})")


@dataclass(frozen=True, slots=True)
class Completion:
    """One entry of the list."""

    label: str
    kind: Literal["key", "value", "file", "folder", "model", "package", "variable", "snippet", "function", "class"]
    range: Range
    """What it replaces."""
    new_text: str
    detail: str = ""
    documentation: str = ""
    """Markdown."""
    snippet: str = ""
    """The same text with places to jump to, for editors that know them."""
    edits: tuple[TextEdit, ...] = ()
    """Further edits of the document: a missing import, a missing comma."""
    filter: str = ""
    """What the letters that are typed are compared with, when that is not `new_text`."""
    goes_on: bool = False
    """More is proposed right after it: the files of a folder, the values of a key."""


def plain(snippet: str) -> str:
    """A text with places to jump to, without them: what stands in them stays, of choices the first one."""

    def shown(match: re.Match[str]) -> str:
        return match.group(1) or (match.group(2) or "").split(",")[0]

    return re.sub(r"\\([$}\\,|])", r"\1", _TABSTOP.sub(shown, snippet))


def escaped(text: str) -> str:
    """A text that holds no places to jump to."""
    return re.sub(r"([\\$}])", r"\\\1", text)


def fitting(names: Iterable[str], typed: str) -> list[str]:
    """The names that the editor would show for what is typed, and one more than are wanted when there are too many."""
    letters = typed.casefold()
    matches: list[str] = []
    for name in names:
        if not letters or _has_letters(name.casefold(), letters):
            matches.append(name)
            if len(matches) > MOST:
                break
    return matches


def _has_letters(name: str, letters: str) -> bool:
    """True if the letters come in the name in that order."""
    at = 0
    for letter in letters:
        at = name.find(letter, at) + 1
        if not at:
            return False
    return True
