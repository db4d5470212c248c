"""What a command names is declared with its argument: what it is found by in another workspace is derived from that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from scoredock.cli.commands import DECLARATIONS
from scoredock.contrib.az.lines.main import handlers, names
from scoredock.formats.az_lines.table import v1_verbs
from scoredock.verb import Argument, CliCommand, argument

KINDS = {
    "model",
    "service",
    "endpoint",
    "dataset",
    "environment",
    "image",
    "run",
    "compute",
    "batch",
    "drift",
    "event",
    "rule",
}
WORDS = KINDS | {
    "name",
    "names",
    "models",
    "reference",
    "first",
    "second",
    "model_id",
    "run_id",
    "workspace",
    "id",
}
METAVARS = {
    "NAME",
    "NAME[:VERSION]",
    "NAME:VERSION",
    "MODEL",
    "DATASET",
    "RUN",
    "ENVIRONMENT",
    "IMAGE",
    "WORKSPACE",
}
NEW = {"register", "create", "deploy", "attach", "collect"}
"""Verbs that make something new in the workspace."""
MAKING = {"batch run", "drift compare", "drift schedule", "event subscribe"}
MADE_ELSEWHERE = {"workspace create", "package create", "project create", "pipeline create"}
AZ_NAMING = {"--name", "--id", "--model-id", "--model-name", "--model"}
AZ_MAKING = {
    "model register",
    "model deploy",
    "environment register",
    "environment scaffold",
    "workspace create",
}
AZ_FILTERS = {"model list", "service list", "endpoint realtime list"}


def undeclared(commands: Iterable[CliCommand]) -> list[str]:
    return [
        f"{command.name} {'/'.join(item.flags)}"
        for command in commands
        for item in command.arguments
        if item.names is None and _may_name(item)
    ]


def _may_name(item: Argument) -> bool:
    if item.options.get("action") == "store_true" or "choices" in item.options or item.options.get("type"):
        return False
    flags = {flag.lstrip("-") for flag in item.flags}
    return bool({item.dest, *flags} & WORDS) or item.options.get("metavar") in METAVARS


def test_every_argument_that_may_name_a_thing_says_which_kind() -> None:
    assert undeclared(DECLARATIONS) == []
    told = {kind for command in DECLARATIONS for item in command.arguments for kind in (item.names or "").split()}
    assert told == KINDS | {"workspace"}


@pytest.mark.parametrize(
    "item",
    [
        argument("name", help="name of the service"),
        argument("-m", "--model", help="a model"),
        argument("--using", help="an environment", metavar="NAME[:VERSION]"),
    ],
    ids=["positional", "option", "metavar"],
)
def test_one_that_says_nothing_is_found(item: Argument) -> None:
    command = CliCommand("service polish", "…", (item,))
    assert undeclared([command]) == [f"service polish {'/'.join(item.flags)}"]


def test_commands_that_make_something_new_say_what() -> None:
    wrong = [
        command.name
        for command in DECLARATIONS
        if bool(command.makes)
        != ((command.name.rpartition(" ")[2] in NEW and command.name not in MADE_ELSEWHERE) or command.name in MAKING)
    ]
    assert wrong == []
    assert {command.makes for command in DECLARATIONS} - {""} <= KINDS


def az_undeclared(names: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [
        f"{verb} {option}"
        for verb in handlers()
        if verb not in AZ_MAKING | AZ_FILTERS and not verb.startswith("computetarget")
        for option in AZ_NAMING & {each for found in v1_verbs()[verb].options for each in found.names}
        if option not in names.get(verb, {})
    ]


def test_lines_of_az_say_it_too() -> None:
    assert az_undeclared(names()) == []
    assert az_undeclared({**names(), "service show": {}}) == ["service show --name"]
    assert {kind for kinds in names().values() for kind in kinds.values()} <= KINDS | {""}
