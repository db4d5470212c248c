"""The commands as they are declared, without what they run: from `command_line.json`, which `npm run generate` writes
of `commands.py`. Help, completion and corrections need no more, and load no feature.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from scoredock.cli.command import Command, Run
from scoredock.contrib.table import is_there
from scoredock.verb import Argument, CliCommand

FILE = Path(__file__).parent / "command_line.json"
NOUNS = {
    "workspace": "Workspaces, which contain models and services.",
    "model": "Models: register, list, change, download.",
    "dataset": "Datasets of sample requests, one request body per row.",
    "environment": "Environments: the packages that services run with, registered by name.",
    "image": "Images: Docker images of models and entry scripts.",
    "docker": "Docker: show which one is used.",
    "compute": "Compute targets: Kubernetes clusters that services run on.",
    "service": "Services: deploy, watch, call, stop.",
    "endpoint": "Endpoints: several services as the versions of one, behind one port.",
    "package": "Packages: a service as a folder or an image that runs without Scoredock.",
    "project": "Projects: create the files of a new project.",
}
"""Of the core."""
EVERYWHERE = (
    Argument(
        ("--json",),
        "print one JSON document; errors as JSON on standard error",
        {"action": "store_true", "default": False},
    ),
    Argument(("--home",), "data folder (SCOREDOCK_HOME)", {"metavar": "FOLDER", "default": ""}),
    Argument(
        ("-w", "--workspace"),
        "id or name of the workspace; the one of the working directory by default",
        {"metavar": "NAME", "default": ""},
    ),
    Argument(
        ("--config",),
        "workspace configuration (config.json) that names the workspace",
        {"metavar": "FILE", "default": ""},
    ),
)
"""The options that stand before and behind every command."""
_TYPES: Mapping[str, type] = {"int": int, "float": float}


class Declaration(NamedTuple):
    """One command, and the module that has it."""

    name: str
    """`model register`."""
    help: str
    module: str
    """`scoredock.cli.models.registering`, whose COMMANDS have it, or whose TEXTS have its result."""
    arguments: Sequence[Argument]
    examples: Sequence[str]
    makes: str = ""
    verb: str = ""
    """Module and function of the verb; empty where only the terminal has it."""

    def load(self) -> Run:
        """Function that runs the command: its module, and the features that it uses, are imported here."""
        module = import_module(self.module)
        commands: Iterable[Command] = getattr(module, "COMMANDS", ())
        listed = next((command.run for command in commands if command.name == self.name), None)
        if listed is None:
            from scoredock.cli.printed import printed_by_kind  # not for help and completion

            return printed_by_kind(module.TEXTS)
        return listed


class CommandPlace(NamedTuple):
    """Module that carries out a declared command, and its verb."""

    declaration: CliCommand
    module: str
    verb: str = ""


@cache
def _document() -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
    return document


@cache
def nouns() -> Mapping[str, str]:
    """Each with what the help says of it, in its order, as far as there are commands of it."""
    there = {name.partition(" ")[0] for name in declarations() if " " in name}
    return {noun: text for noun, text in _document()["nouns"].items() if noun in there}


@cache
def declarations() -> Mapping[str, Declaration]:
    """All of them, by name, in the order of the help; without those of contributions that were left out."""
    return {
        each["name"]: Declaration(
            each["name"],
            each["help"],
            each["module"],
            tuple(map(_argument, each["arguments"])),
            each["examples"],
            each.get("makes", ""),
            each.get("verb", ""),
        )
        for each in _document()["commands"]
        if is_there(each["module"])
    }


def _argument(fields: Mapping[str, Any]) -> Argument:
    options = dict(fields.get("options", {}))
    if "type" in options:
        options["type"] = _TYPES[options["type"]]
    return Argument(tuple(fields["flags"]), fields["help"], options, fields.get("names"))


def document(places: Iterable[CommandPlace], help_of_nouns: Mapping[str, str]) -> str:
    """The text of `command_line.json` for commands and the modules that run them. Raises TypeError for an option that
    JSON cannot carry."""
    written = {"nouns": help_of_nouns, "commands": [_written(each) for each in places]}
    return json.dumps(written, indent=1, ensure_ascii=False) + "\n"


def _written(place: CommandPlace) -> dict[str, Any]:
    command, verb = place.declaration, place.verb
    return {
        "name": command.name,
        "help": command.help,
        "module": place.module,
        "arguments": [
            {
                "flags": item.flags,
                "help": item.help,
                "options": {
                    key: value.__name__ if isinstance(value, type) else value for key, value in item.options.items()
                },
                **({} if item.names is None else {"names": item.names}),
            }
            for item in command.arguments
        ],
        "examples": command.examples,
        **({"makes": command.makes} if command.makes else {}),
        **({"verb": verb} if verb else {}),
    }
