"""The params of a verb, of what was written on the command line: each field is the argument of its name."""

from __future__ import annotations

import typing
from argparse import Namespace
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar, cast

from scoredock.cli.command import pairs
from scoredock.options import FieldOption, kinds_of, options_of

_P = TypeVar("_P")


def params_of(kind: type[_P], options: Namespace | None, **more: Any) -> _P:
    """Params with what was written; `more` says the rest, or says it otherwise. What was left out, and has no default
    in its argument, is as the record has it. Raises UsageError."""
    written = options_of(kind)
    hints = typing.get_type_hints(kind)
    values = {
        each.name: _value(getattr(options, each.name), hints[each.name], written.get(each.name), options)
        for each in fields(cast("Any", kind))
        if each.name not in more and getattr(options, each.name, None) is not None
    }
    return kind(**values, **more)


def _value(value: Any, hint: Any, option: FieldOption | None, options: Namespace | None) -> Any:
    kinds = kinds_of(hint)
    if option is not None and option.path and value:
        folder = getattr(options, "source_directory", "") if option.path == "source" else ""
        value = [in_source(each, folder) for each in value] if isinstance(value, list) else in_source(value, folder)
    if not isinstance(value, list):
        return value
    return tuple(value) if tuple in kinds else value if list in kinds else pairs(value)


def in_source(path: str, folder: str) -> str:
    """Absolute: in the source directory where there is one, as in v1, or else in the folder of the command."""
    outside = Path(path).expanduser().absolute()
    if not folder:
        return str(outside)
    inside = Path(folder, path).absolute()
    is_outside = outside.exists() or Path(folder).absolute() in outside.parents
    return str(inside if inside.exists() or not is_outside else outside)
