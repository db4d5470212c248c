"""An option that a field of a record is on the command line: declared with the field, read by the field's name.

The params of a verb are made of such fields; its arguments in the terminal, their help, the params that they become and
the types of the protocol follow from them.
"""

from __future__ import annotations

import types
import typing
from dataclasses import MISSING, field, fields
from typing import Any

from scoredock.late_dataclass import dataclass

_KEY = "option"


@dataclass(frozen=True, slots=True)
class FieldOption:
    """How a field is written on the command line."""

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


def options_of(kind: Any) -> dict[str, FieldOption]:
    """The options of a record, by the names of their fields."""
    return {each.name: each.metadata[_KEY] for each in fields(kind) if _KEY in each.metadata}


def kinds_of(hint: Any) -> set[Any]:
    """The classes that a value of a field has, without what they hold: tuple and NoneType of `tuple[str] | None`."""
    is_union = typing.get_origin(hint) in (types.UnionType, typing.Union)
    return {typing.get_origin(each) or each for each in (typing.get_args(hint) if is_union else (hint,))}
