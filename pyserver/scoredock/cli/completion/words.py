"""Completion of a line of the command line, from the declarations alone. Pure."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import cast

from scoredock.cli.completion.candidates import FILES, FOLDERS, Candidates
from scoredock.cli.declarations import EVERYWHERE, Declaration, declarations, nouns
from scoredock.contrib.table import module_of
from scoredock.verb import Argument

_ANYWHERE = (Argument(("-h", "--help"), "show this help message and exit", {"action": "help"}), *EVERYWHERE)
_VERSION = Argument(("--version",), "", {"action": "version"})
_OF_METAVARS = {
    "FILE": FILES,
    "FILE[#NAME]": FILES,
    "PATH": FILES,
    "SCRIPT": FILES,
    "FOLDER": FOLDERS,
    "CODE": "check-rule",
    "CODES": "check-rule",
}
_OF_POSITIONALS = {
    **dict.fromkeys(("path", "paths", "file", "script", "notebook", "store", "words"), FILES),
    "folder": FOLDERS,
    "code": "check-rule",
}
_OF_COMMANDS = {
    ("model text", "path"): "",
    ("run artifacts", "path"): "",
    ("lineage show", "thing"): "model service endpoint dataset environment image batch drift",
    ("event subscribe", "--type"): "event-type",
}
"""Arguments of a command that mean something else than those of the same name do elsewhere."""


def candidates(line: Sequence[str]) -> Candidates:
    """Candidates for the last word of a line; the others follow the name of the program."""
    *before, last = line or ("",)
    command: Declaration | None = None
    name = ""
    position = 0
    global_options: dict[str, str] = {}
    while position < len(before):
        word = before[position]
        position += 1
        if word.startswith("-"):
            position = _after_option(_ANYWHERE, before, position, global_options)
            continue
        name = f"{name} {word}".strip()
        if name in declarations():
            command = declarations()[name]
            break
        if name not in nouns():
            return Candidates()
    if command is not None:
        return _of_command(command, before[position:], last, global_options)
    if position > len(before):  # the value of an option that stands before the command
        return _value(next(_named(_ANYWHERE, before[-1])), last, "", global_options)
    if last.startswith("-"):
        return _options((*_ANYWHERE, *(() if name else (_VERSION,))), last, global_options)
    if name:
        verbs = {key.partition(" ")[2]: each.help for key, each in declarations().items() if key.startswith(f"{name} ")}
        return Candidates(verbs, global_options=global_options)
    return Candidates(
        {**nouns(), **{key: each.help for key, each in declarations().items() if " " not in key}},
        global_options=global_options,
    )


def _of_command(command: Declaration, before: Sequence[str], last: str, global_options: dict[str, str]) -> Candidates:
    """Behind the name of a command."""
    if command.name == "az ml":
        az_candidates = import_module(
            module_of("az", "words")
        ).az_candidates  # the command is there, and so is the part
        return cast("Candidates", az_candidates(before, last, global_options))
    options = [item for item in (*command.arguments, *_ANYWHERE) if item.flags[0].startswith("-")]
    used: set[str] = set()
    values = 0
    position = 0
    while position < len(before):
        word = before[position]
        position += 1
        if not word.startswith("-") or word == "-":
            values += 1
            continue
        used.add(word.partition("=")[0])
        position = _after_option(options, before, position, global_options)
    if position > len(before):
        return _value(next(_named(options, before[-1])), last, "", global_options, command)
    flag, equals, rest = last.partition("=")
    if last.startswith("--") and equals:
        item = next(_named(options, flag), None)
        return _value(item, rest, f"{flag}=", global_options, command) if item is not None else Candidates()
    positional = _positional(command, values)
    if last.startswith("-") or positional is None:
        left = [item for item in options if item.options.get("action") == "append" or not used.intersection(item.flags)]
        return _options(left, last, global_options)
    return _value(positional, last, "", global_options, command)


def _after_option(
    options: Sequence[Argument], before: Sequence[str], position: int, global_options: dict[str, str]
) -> int:
    """The position behind an option and its value, which stand before `position`; one behind the end where the value is
    still to come."""
    flag, equals, value = before[position - 1].partition("=")
    item = next(_named(options, flag), None)
    if item is None or not takes_value(item):
        return position
    if not equals:
        value = before[position] if position < len(before) else ""
        position += 1
    if item in EVERYWHERE:
        global_options[item.flags[-1]] = value
    return position


def _named(options: Sequence[Argument], flag: str) -> Iterator[Argument]:
    return (item for item in options if flag in item.flags)


def takes_value(item: Argument) -> bool:
    """True if a word follows the option."""
    return item.options.get("action", "store") in ("store", "append")


def _positional(command: Declaration, values: int) -> Argument | None:
    """The argument that the next value without an option belongs to."""
    positionals = [item for item in command.arguments if not item.flags[0].startswith("-")]
    if values < len(positionals):
        return positionals[values]
    many = ("*", "+", argparse.REMAINDER)
    return positionals[-1] if positionals and positionals[-1].options.get("nargs") in many else None


def _options(options: Sequence[Argument], last: str, global_options: Mapping[str, str]) -> Candidates:
    """Options of a command by their long spelling, or by the short one where there is no other."""
    found: dict[str, str] = {}
    for item in options:
        long = [flag for flag in item.flags if flag.startswith("--")]
        for flag in long or item.flags:
            found[flag] = item.help
    return Candidates(found, global_options=global_options)


def _value(
    item: Argument, last: str, prefix: str, global_options: Mapping[str, str], command: Declaration | None = None
) -> Candidates:
    """Candidates for the value of an option or an argument."""
    if choices := item.options.get("choices"):
        return Candidates(dict.fromkeys(choices, ""), prefix=prefix, global_options=global_options)
    return Candidates(
        kind=_kind(item, command.name if command is not None else ""), prefix=prefix, global_options=global_options
    )


def _kind(item: Argument, command: str) -> str:
    """Kind of thing that a value names, by the verb; else a file or folder by the words for it."""
    flag = item.flags[-1]
    if (command, flag) in _OF_COMMANDS:
        return _OF_COMMANDS[command, flag]
    if item.names or flag == "--workspace":
        return item.names or "workspace"
    return (_OF_METAVARS if flag.startswith("-") else _OF_POSITIONALS).get(
        item.options.get("metavar", "") if flag.startswith("-") else flag, ""
    )
