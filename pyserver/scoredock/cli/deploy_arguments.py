"""The options of a deployment on the command line, as `deploy_options` declares them."""

from __future__ import annotations

import types
import typing
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from scoredock.cli.command import Argument, pairs
from scoredock.deploy_options import CommandLine, ScriptOptions, command_line_of

_P = TypeVar("_P", bound=ScriptOptions)


def option_arguments(kind: type[ScriptOptions], *, without: tuple[str, ...] = ()) -> tuple[Argument, ...]:
    """The arguments that a command takes for params of `kind`, in the order of their declaration."""
    hints = typing.get_type_hints(kind)
    return tuple(
        Argument(option.flags, option.help, _for_argparse(name, option, hints[name]), option.names)
        for name, option in command_line_of(kind).items()
        if name not in without
    )


def _for_argparse(name: str, option: CommandLine, hint: Any) -> dict[str, Any]:
    if hint is bool:
        return {"dest": name, "action": "store_true"}
    settings: dict[str, Any] = {"dest": name}
    kinds = {typing.get_origin(each) or each for each in _alternatives(hint)}
    if tuple in kinds or Mapping in kinds:
        settings |= {"action": "append"}
    elif int in kinds:
        settings |= {"type": int}
    else:
        settings |= {"default": ""}
        if choices := [each for each in typing.get_args(hint) if each]:
            settings |= {"choices": tuple(choices)}
    return settings | ({"metavar": option.metavar} if option.metavar else {})


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in (types.UnionType, typing.Union) else (hint,)


def params_of(kind: type[_P], options: Namespace, **more: Any) -> _P:
    """Params with what was written; `more` says the rest, or says it otherwise. Raises UsageError."""
    values: dict[str, Any] = {}
    hints = typing.get_type_hints(kind)
    for name, option in command_line_of(kind).items():
        written = getattr(options, name, None)
        if not written and not isinstance(written, int):
            continue  # left out: what that means is the command's own
        kinds = {typing.get_origin(each) or each for each in _alternatives(hints[name])}
        if option.is_path:
            values[name] = str(Path(written).absolute())
        elif Mapping in kinds:
            values[name] = pairs(written)
        else:
            values[name] = tuple(written) if tuple in kinds else written
    return kind(**{**values, **more})
