"""The params of a verb, of what was written on the command line: each field is the argument of its name."""

from __future__ import annotations

import typing
from argparse import Namespace
from collections.abc import Callable
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, TypeVar, cast

from scoredock.cli.command import UsageError, pairs
from scoredock.options import HERE, FieldOption, kinds_of, options_of, part_of

_P = TypeVar("_P")


def params_of(kind: type[_P], options: Namespace | None, **more: Any) -> _P:
    """Params with what was written; `more` says the rest, or says it otherwise. What was left out, and has no default
    in its argument, is as the record has it. Raises UsageError, and what the options raise that read their texts."""
    written, hints = options_of(kind), typing.get_type_hints(kind)
    values = {
        each.name: _written(each, hints[each.name], written.get(each.name), options)
        for each in fields(cast("Any", kind))
        if each.name not in more
    }
    return kind(**{name: value for name, value in values.items() if value is not None}, **more)


def _written(item: Field[Any], hint: Any, option: FieldOption | None, options: Namespace | None) -> Any:
    """The value of a field; None for one that was left out."""
    part = part_of(hint)
    if part is not None:
        is_left_out = type(None) in kinds_of(hint) and _lacks_some(part, options)
        return None if is_left_out else params_of(part, options)
    if item.metadata.get(HERE):
        return str(Path.cwd())
    value = getattr(options, option.dest or item.name if option else item.name, None)
    return None if value is None else _value(value, hint, option, options)


def _lacks_some(part: Any, options: Namespace | None) -> bool:
    """True if an option of `part` was left out that it cannot be made without."""
    needed = [each.dest or name for name, each in options_of(part).items() if each.required]
    return any(getattr(options, name, None) is None for name in needed)


def _value(value: Any, hint: Any, option: FieldOption | None, options: Namespace | None) -> Any:
    kinds = kinds_of(hint)
    if option is not None and option.path and value:
        folder = getattr(options, "source_directory", "") if option.path == "source" else ""
        value = [in_source(each, folder) for each in value] if isinstance(value, list) else in_source(value, folder)
    if isinstance(value, list):
        value = tuple(value) if tuple in kinds else value if list in kinds else pairs(value)
    return _read(value, option.read) if option is not None and option.read else value


def _read(value: Any, read: Callable[[str], Any]) -> Any:
    try:
        return {name: read(each) for name, each in value.items()} if isinstance(value, dict) else read(value)
    except ValueError as error:
        raise UsageError(str(error)) from None


def in_source(path: str, folder: str) -> str:
    """Absolute: in the source directory where there is one, as in v1, or else in the folder of the command."""
    outside = Path(path).expanduser().absolute()
    if not folder:
        return str(outside)
    inside = Path(folder, path).absolute()
    is_outside = outside.exists() or Path(folder).absolute() in outside.parents
    return str(inside if inside.exists() or not is_outside else outside)
