"""How a command is declared: once, for the parser, its help and docs/cli.md."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scoredock import l10n

if TYPE_CHECKING:
    from scoredock.cli.session import Session

OK, FAILED, USAGE, CANCELLED = 0, 1, 2, 130
EXIT_CODES = {
    OK: "success, and a check found no errors",
    FAILED: "the operation failed, or a check found errors",
    USAGE: "the command line is not valid",
    CANCELLED: "cancelled with Ctrl+C",
}


class UsageError(Exception):
    """Arguments that the parser accepts one by one do not go together, or a value is malformed."""


@dataclass(frozen=True)
class Argument:
    """One argument of a command."""

    flags: tuple[str, ...]
    help: str
    options: dict[str, Any] = field(default_factory=dict)
    """For argparse: type, action, default, metavar, nargs, choices."""
    names: str | None = None
    """The kinds of things of a workspace (`model`, `service endpoint`) of which the value names one; empty where it
    looks like that and is none. `tests/rules/test_command_names.py` finds one that says neither."""

    @property
    def dest(self) -> str:
        """Under which name argparse gives the value."""
        long = next((flag for flag in self.flags if flag.startswith("--")), self.flags[0])
        return str(self.options.get("dest") or long.lstrip("-").replace("-", "_"))


@dataclass(frozen=True)
class Command:
    """One verb of one noun, or a verb alone."""

    name: str
    """`model register`."""
    help: str
    """One line."""
    run: Callable[[argparse.Namespace, Session], int]
    arguments: tuple[Argument, ...] = ()
    examples: tuple[str, ...] = ()
    """What one types."""
    makes: str = ""
    """The kind of thing that is new in the workspace afterwards; empty for commands about what is there."""


def argument(*flags: str, help: str, names: str | None = None, **options: Any) -> Argument:
    """Shorthand of the tables of commands."""
    return Argument(flags, help, options, names)


def pairs(written: list[str] | None) -> dict[str, str]:
    """`key=value` words as a mapping. Raises UsageError."""
    found: dict[str, str] = {}
    for word in written or ():
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise UsageError(l10n.t("Expected KEY=VALUE, not “{word}”.", word=word))
        found[key] = value
    return found
