"""Commands of the terminal: a declaration with the function that runs it, exit codes, and errors of usage.

A verb is declared with its function (`verb.py`), what the terminal alone can do beside its code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.verb import CliCommand

if TYPE_CHECKING:
    import argparse

    from scoredock.cli.session import Session

OK, FAILED, USAGE, DRIFT, CANCELLED = 0, 1, 2, 3, 130
EXIT_CODES = {
    OK: "success, and a check found no errors",
    FAILED: "the operation failed, or a check found errors",
    USAGE: "the command line is not valid",
    DRIFT: "data was compared, and a column has drifted",
    CANCELLED: "cancelled with Ctrl+C",
}


class UsageError(Exception):
    """Arguments that the parser accepts one by one do not go together, or a value is malformed."""


Run = Callable[["argparse.Namespace", "Session"], int]
"""What a command does; gives its exit code."""


@dataclass(frozen=True)
class Command:
    """A command with what it runs, in the COMMANDS of a module."""

    declaration: CliCommand | str
    """Of what only the terminal has; the name in the terminal of a verb, which is declared with its function."""
    run: Run

    @property
    def name(self) -> str:
        """Name as one types it."""
        return self.declaration if isinstance(self.declaration, str) else self.declaration.name


def pairs(arguments: list[str] | None) -> dict[str, str]:
    """`key=value` words as a mapping. Raises UsageError."""
    mapping: dict[str, str] = {}
    for word in arguments or ():
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise UsageError(l10n.t("Expected KEY=VALUE, not “{word}”.", word=word))
        mapping[key] = value
    return mapping
