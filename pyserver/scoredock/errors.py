"""The one error type that reaches a person, with a stable code, the place and the next step."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from scoredock.error_codes import CODES, ErrorCode

_LONGEST = 4_000
"""Characters of a message: a name in it may be as long as somebody likes."""
_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """As text may be shown: line ends, control characters, lone surrogates and turns of direction are escaped."""
    if text.isprintable():
        return text
    return "".join(
        c.encode("unicode_escape").decode("ascii")
        if c in _TURNING or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")
        else c
        for c in text
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a failure lies: a file, and when known the position in it."""

    path: str
    """Absolute path of the file or folder."""
    line: int | None = None
    """Zero-based line."""
    character: int | None = None
    """Zero-based column in code points."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button that does the next step."""

    title: str
    """What the button says."""
    command: str
    """A command of the extension, `scoredock.<verb><Noun>` or one of VS Code's own."""
    arguments: tuple[str, ...] = ()


@dataclass(eq=False)
class ScoredockError(Exception):
    """A failure that a person can cause or must act on.

    `code` must be declared in `error_codes.py`; `message` is one sentence that says what happened and where,
    `fix` one sentence that says what to do next (the code's own next step when not given).
    """

    code: str
    message: str
    fix: str = ""
    place: Place | None = None
    remedies: tuple[Remedy, ...] = ()
    details: Mapping[str, str | list[str]] = field(default_factory=dict)
    """Facts for machines: names, ids, log lines. Never secrets."""

    def __post_init__(self) -> None:
        message = one_line(self.message)
        self.message = message if len(message) <= _LONGEST else message[: _LONGEST - 2] + "…."
        if not self.fix:
            self.fix = self.declaration.next_step
        super().__init__(self.code, self.message)

    @property
    def declaration(self) -> ErrorCode:
        """What `error_codes.py` says of this code. Raises KeyError for an undeclared one, which is our own fault."""
        return CODES[self.code]

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()
