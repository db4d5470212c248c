"""Arguments that verbs of several nouns take on the command line."""

from __future__ import annotations

import dataclasses
import typing
from argparse import REMAINDER
from collections.abc import Collection, Mapping
from typing import Any

from scoredock.options import FieldOption, choices_of, kinds_of, leaves_of, options_of, part_of
from scoredock.verb import Argument, argument

NEWEST = "name:version, or name for the newest version"
REFERENCE = "name:version, name@alias, or name for the newest version"
MODEL_OR_ID = (
    argument("model", help=REFERENCE, names="model", nargs="?", default=""),
    argument("-i", "--model-id", help="the same as MODEL", names="model", default="", metavar="MODEL"),
)
METADATA_FILE = argument(
    "-t",
    "--output-metadata-file",
    help='write {"modelId": "name:version"} to this file, for `service deploy -f`',
    metavar="FILE",
)
DESCRIBED = (
    argument("-d", "--description", help="description", default=""),
    argument("--tag", help="KEY=VALUE; may be repeated", action="append", metavar="KEY=VALUE"),
    argument(
        "--property",
        help="KEY=VALUE that cannot be changed later; may be repeated",
        action="append",
        metavar="KEY=VALUE",
    ),
    argument(
        "--framework",
        "--model-framework",
        help="ScikitLearn, Onnx, …; recognized from the file by default",
        names="",
        default="",
        metavar="NAME",
    ),
    argument(
        "--framework-version",
        "--model-framework-version",
        help="version of the framework",
        default="",
        metavar="VERSION",
    ),
)
"""What a registration says of a model beside its files."""
CREDENTIAL_ARGUMENTS = (
    argument(
        "--registry",
        help="container registry to sign in to, such as registry.example.com; that of --push where it is left out",
        default="",
        metavar="SERVER",
    ),
    argument(
        "--username",
        help="sign in to the registry as this user; the password is asked for; by default Docker's own sign-in counts",
        names="",
        default="",
    ),
    argument("--password-stdin", help="read the password from standard input", action="store_true"),
)
ALL = argument("-a", "--all", help="in every workspace of this machine", action="store_true")
SERVICE = argument("name", help="name of the service", names="service")


def option_arguments(kind: type, *, without: Collection[str] = (), are_required: bool = True) -> tuple[Argument, ...]:
    """The arguments that a command takes for the params `kind`, in the order of their declaration; what takes the rest
    of the line comes last. Those of a part that may be left out are not required."""
    hints, options = typing.get_type_hints(kind), options_of(kind)
    arguments: list[Argument] = []
    for each in dataclasses.fields(kind):
        hint, option = hints[each.name], options.get(each.name)
        if each.name in without:
            continue
        if (part := part_of(hint)) is not None:
            arguments += option_arguments(part, are_required=type(None) not in kinds_of(hint))
        elif option is not None:
            option = option if are_required else dataclasses.replace(option, required=False)
            settings = _for_argparse(each.name, option, hint, each.default)
            arguments.append(Argument(option.flags or (option.dest or each.name,), option.help, settings, option.names))
    return tuple(sorted(arguments, key=lambda one: one.options.get("nargs") == REMAINDER))


def _for_argparse(name: str, option: FieldOption, hint: Any, default: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {"dest": option.dest or name} if option.flags else {}
    kinds = kinds_of(hint)
    if bool in kinds:
        return settings | {"action": "store_false" if option.flags[0].startswith("--no-") else "store_true"}
    if option.nargs:
        settings |= {"nargs": option.nargs}
    elif Mapping in kinds or (kinds & {list, tuple} and option.read is None):
        settings |= {"action": "append"}
    if option.read is None:
        settings |= _of_type(hint, option.choices, default)
    if option.required:
        settings |= {"required": True}
    return settings | ({"metavar": option.metavar} if option.metavar else {})


def _of_type(hint: Any, choices: tuple[str, ...], default: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if number := {int, float} & leaves_of(hint):
        settings |= {"type": number.pop()}
    elif choices := choices or choices_of(hint):
        settings |= {"choices": choices}
    return settings | ({"default": default} if isinstance(default, str | int | float) else {})
