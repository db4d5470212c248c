"""All verbs, for whatever is generated from them and for tests. The server and the command line import the module of
the one verb that is asked for, by the generated table."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType

import scoredock.features
from scoredock.contrib.table import module_of, present
from scoredock.verb import EditorCommand, Verb


@cache
def verbs() -> tuple[Verb, ...]:
    """Verbs of all modules of the features and of the contributions: by noun and module, in the order in which they
    stand there."""
    return tuple(each for module in _modules() for each in _verbs_of(module))


@cache
def editor_commands() -> tuple[EditorCommand, ...]:
    """Commands of the editor: of all verbs, and those that only the editor has."""
    of_verbs = [command for each in verbs() for command in each.editor]
    return (*of_verbs, *(command for module in _modules() for command in getattr(module, "EDITOR_COMMANDS", ())))


def _modules() -> Iterator[ModuleType]:
    folders = {scoredock.features: ""}
    folders.update({import_module(module_of(name, "verbs")): f".{name}" for name in present()})
    places = {
        name: f"{noun}{name.removeprefix(folder.__name__)}".split(".")
        for folder, noun in folders.items()
        for name in _names_in(folder)
    }
    # A noun's verbs stand in the same order wherever it lies.
    return map(import_module, sorted(places, key=lambda name: places[name]))


def _names_in(folder: ModuleType) -> list[str]:
    """Names of the modules of a folder; the verbs of a contribution may be one file."""
    if not hasattr(folder, "__path__"):
        return [folder.__name__]
    return [each.name for each in pkgutil.walk_packages(folder.__path__, f"{folder.__name__}.")]


def _verbs_of(module: ModuleType) -> Iterator[Verb]:
    """Functions of a module and methods of its classes that are declared as verbs."""
    own = [each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__]
    for thing in own:
        members = vars(thing).values() if inspect.isclass(thing) else (thing,)
        yield from (each.__verb__ for each in members if hasattr(each, "__verb__") and callable(each))
