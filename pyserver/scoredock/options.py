"""An option that a field of a record is on the command line: declared with the field, read by the field's name.

The params of a verb are made of such fields; its arguments in the terminal, their help, the params that they become and
the types of the protocol follow from them.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, field, fields, is_dataclass
from typing import Any

from scoredock.late_dataclass import dataclass

_KEY = "option"
HERE = "folder of the command"
"""In the metadata of a field that holds it."""


@dataclass(frozen=True, slots=True)
class FieldOption:
    """Form of a field on the command line."""

    flags: tuple[str, ...]
    """Empty for a positional argument, which is called by the name of its field. `--no-wait` sets a field to False."""
    help: str
    metavar: str = ""
    path: str = ""
    """`here`: relative to the folder that the command is run in. `source`: in the source directory where the command
    has one and the file is there."""
    names: str | None = None
    """The kinds of things of a workspace of which the value names one, as in `verb.Argument`."""
    choices: tuple[str, ...] = ()
    """All values that there are, where the type of the field does not say them."""
    nargs: str = ""
    """As argparse has it: `*`, `?` or `...`."""
    required: bool = False
    between: tuple[float, float] | None = None
    """Least and most of a number; whoever takes the record refuses another one."""
    read: Callable[[str], Any] | None = None
    """Makes the value of the text that is written; of a mapping, each of its values. Raises ScoredockError, or a
    ValueError with a sentence for the person."""
    dest: str = ""
    """Name among the arguments of a command; that of the field, where no other argument is called so."""


def option(
    *flags: str,
    help: str,
    default: Any = MISSING,
    default_factory: Any = MISSING,
    metadata: dict[str, Any] | None = None,
    **more: Any,
) -> Any:
    """A field with an option; `more` are the other attributes of it."""
    more["required"] = bool(flags) and default is MISSING and default_factory is MISSING
    written = {**(metadata or {}), _KEY: FieldOption(flags, help, **more)}
    if default_factory is not MISSING:
        return field(default_factory=default_factory, metadata=written)
    return field(default=default, metadata=written) if default is not MISSING else field(metadata=written)


def folder_of_command() -> Any:
    """A field with the folder that a command of the terminal is run in, where that makes the record; else empty."""
    return field(default="", metadata={HERE: True})


def options_of(kind: Any) -> dict[str, FieldOption]:
    """The options of a record, by the names of their fields."""
    return {each.name: each.metadata[_KEY] for each in fields(kind) if _KEY in each.metadata}


def values_of(kind: Any, record: Any) -> dict[str, Any]:
    """Values of the options of `kind`, by the names of their fields, in a record that has them all."""
    return {name: getattr(record, name) for name in options_of(kind)}


def kinds_of(hint: Any) -> set[Any]:
    """The classes that a value of a field has, without what they hold: tuple and NoneType of `tuple[str] | None`."""
    is_union = typing.get_origin(hint) in (types.UnionType, typing.Union)
    return {typing.get_origin(each) or each for each in (typing.get_args(hint) if is_union else (hint,))}


def part_of(hint: Any) -> Any:
    """The record in a field with this type whose fields are options as well; None for any other type."""
    return next((kind for kind in kinds_of(hint) if is_dataclass(kind) and options_of(kind)), None)


def leaves_of(hint: Any) -> set[Any]:
    """The types that a value of a field is or holds: int and NoneType of `list[int] | None`, a Literal as a whole."""
    held = () if typing.get_origin(hint) is typing.Literal else typing.get_args(hint)
    return {leaf for each in held for leaf in leaves_of(each)} if held else {hint}


def choices_of(hint: Any) -> tuple[str, ...]:
    """All values of a Literal, or of one that the type holds; empty for other types."""
    return tuple(value for leaf in leaves_of(hint) for value in typing.get_args(leaf) if value)


@dataclass(frozen=True, kw_only=True)
class WorkspaceParams:
    """Params of a verb that works in one workspace."""

    workspace_id: str = ""
    """Empty for the active workspace."""


@dataclass(frozen=True, kw_only=True)
class WorkspaceTask(WorkspaceParams):
    """Params of a verb of one workspace whose progress the client shows."""

    work_done_token: str | int | None = None
    """Of the progress that the client began; null for none."""
