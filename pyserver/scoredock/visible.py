"""Text of others as people may see it: names, commands, files and logs are written by somebody else.

A listing is made of rows, so a name must not end one; and nothing in it may move a cursor, hide what stands beside it
or turn the direction of what follows. `docs/decisions/0139` says what is text for people and what is data.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

_T = TypeVar("_T")

LONGEST: Final = 4_000
"""Characters of one text in a sentence or a row: a name may be as long as somebody likes."""
_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEY = "scoredock.text"

LINES: Final[Mapping[str, str]] = {_KEY: "lines"}
"""Metadata of a field of a message: several lines for people, such as a description or a report."""
DATA: Final[Mapping[str, str]] = {_KEY: "data"}
"""The same of a field that is the content of a file, a body or a secret: a program gets its very characters."""


def one_line(text: str) -> str:
    """As text may be shown: line ends, control characters, lone surrogates and turns of direction are escaped."""
    if text.isprintable():
        return text
    return "".join(c if _is_harmless(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def in_lines(text: str) -> str:
    """The same with its lines and tabs."""
    if text.isprintable():
        return text
    return "".join(
        c if c in "\n\t" or _is_harmless(c) else c.encode("unicode_escape").decode("ascii")
        for c in text.replace("\r\n", "\n")
    )


def in_row(text: str, longest: int = LONGEST) -> str:
    """The same on one line, not longer than it can be looked at."""
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return one_line(text)


def visible(message: _T) -> _T:
    """A message with all its text, and that of what it holds, as it may be shown: each on one line, besides the fields
    that are declared as LINES or DATA."""
    shown: _T = _visible(message)
    return shown


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return in_row(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(_visible, value))
    if isinstance(value, dict):
        return {_visible(key): _visible(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changes = {each.name: _of_field(getattr(value, each.name), each.metadata.get(_KEY)) for each in fields(value)}
        changes = {name: each for name, each in changes.items() if each is not getattr(value, name)}
        return replace(value, **changes) if changes else value
    return value


def _of_field(value: Any, kind: str | None) -> Any:
    if kind == "data":
        return value
    if kind == "lines":
        several = isinstance(value, (list, tuple))
        return type(value)(map(in_lines, value)) if several else in_lines(value)
    return _visible(value)


def _is_harmless(character: str) -> bool:
    return character not in _TURNING and unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
