"""Arguments that verbs of several nouns take on the command line."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Collection, Mapping
from typing import Any

from scoredock.options import FieldOption, kinds_of, options_of
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


def option_arguments(kind: type, *, without: Collection[str] = ()) -> tuple[Argument, ...]:
    """The arguments that a command takes for the params `kind`, in the order of their declaration."""
    hints = typing.get_type_hints(kind)
    defaults = {each.name: each.default for each in dataclasses.fields(kind)}
    return tuple(
        Argument(
            option.flags or (name,), option.help, _for_argparse(name, option, hints[name], defaults[name]), option.names
        )
        for name, option in options_of(kind).items()
        if name not in without
    )


def _for_argparse(name: str, option: FieldOption, hint: Any, default: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {"dest": name} if option.flags else {}
    kinds = kinds_of(hint)
    if bool in kinds:
        return settings | {"action": "store_false" if option.flags[0].startswith("--no-") else "store_true"}
    if option.nargs:
        settings |= {"nargs": option.nargs}
    elif kinds & {list, tuple, Mapping}:
        settings |= {"action": "append"}
    if number := kinds & {int, float}:
        settings |= {"type": number.pop()}
    elif choices := option.choices or tuple(each for each in typing.get_args(hint) if each and typing.Literal in kinds):
        settings |= {"choices": choices}
    if isinstance(default, str | int | float):
        settings |= {"default": default}
    if option.required:
        settings |= {"required": True}
    return settings | ({"metavar": option.metavar} if option.metavar else {})
