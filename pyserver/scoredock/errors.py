"""The one error type that reaches a person, with a stable code, the place and the next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scoredock.error_codes import CODES, ErrorCode


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
        if not self.fix:
            self.fix = self.declaration.next_step
        super().__init__(self.code, self.message)

    @property
    def declaration(self) -> ErrorCode:
        """What `error_codes.py` says of this code. Raises KeyError for an undeclared one, which is our own fault."""
        return CODES[self.code]

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()
