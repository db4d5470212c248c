"""The options of a deployment on the command line, as `deploy_options` declares them."""

from __future__ import annotations

import types
import typing
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from scoredock.cli.command import pairs
from scoredock.deploy_options import ScriptOptions, command_line_of

_P = TypeVar("_P", bound=ScriptOptions)


_OF_SOURCE = ("entry_script", "environment_file")


def in_source(path: str, folder: str) -> str:
    """Absolute: in the source directory where there is one, as in v1, or else in the folder of the command."""
    outside = Path(path).absolute()
    if not folder:
        return str(outside)
    inside = Path(folder, path).absolute()
    is_outside = outside.exists() or Path(folder).absolute() in outside.parents
    return str(inside if inside.exists() or not is_outside else outside)


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in (types.UnionType, typing.Union) else (hint,)


def params_of(kind: type[_P], options: Namespace, **more: Any) -> _P:
    """Params with what was written; `more` says the rest, or says it otherwise. Raises UsageError."""
    values: dict[str, Any] = {}
    hints = typing.get_type_hints(kind)
    for name, option in command_line_of(kind).items():
        argument = getattr(options, name, None)
        if not argument and not isinstance(argument, int):
            continue  # left out: what that means is the command's own
        kinds = {typing.get_origin(each) or each for each in _alternatives(hints[name])}
        if option.is_path:
            folder = getattr(options, "source_directory", "") if name in _OF_SOURCE else ""
            values[name] = in_source(argument, folder or "")
        elif Mapping in kinds:
            values[name] = pairs(argument)
        else:
            values[name] = tuple(argument) if tuple in kinds else argument
    return kind(**{**values, **more})
