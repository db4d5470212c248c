"""Every option of a command is read by what runs it: one that is declared and means nothing is worse than none."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from scoredock.cli.declarations import Declaration, declarations
from scoredock.verb import Argument

DECLARED = list(declarations().values())


def functions(module: ModuleType) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(module))
    return {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}


def reads(run: Callable[..., Any]) -> Iterator[str]:
    """Names of the options that a function of a module reads, with the functions of that module that it names; `*`
    where it hands all of them on."""
    own = functions(sys.modules[run.__module__])
    left, seen = [run.__name__], set[str]()
    while left:
        name = left.pop()
        if name in seen or name not in own:
            continue
        seen.add(name)
        handed_on = {id(each.value) for each in ast.walk(own[name]) if isinstance(each, ast.Attribute)}
        for each in ast.walk(own[name]):
            if isinstance(each, ast.Attribute):
                yield each.attr
            elif isinstance(each, ast.Constant):
                yield str(each.value)
            elif isinstance(each, ast.Name) and each.id in own:
                left.append(each.id)
            elif isinstance(each, ast.Name) and each.id == "options" and id(each) not in handed_on:
                calls = [one for one in ast.walk(own[name]) if isinstance(one, ast.Call) and each in one.args]
                if not all(isinstance(one.func, ast.Name) and one.func.id in own for one in calls):
                    yield "*"


def destination(argument: Argument) -> str:
    given = argument.options.get("dest")
    longest = next((each for each in argument.flags if each.startswith("--")), argument.flags[0])
    return str(given or longest.lstrip("-").replace("-", "_"))


@pytest.mark.parametrize("declared", DECLARED, ids=lambda each: each.name)
def test_each_option_is_read(declared: Declaration) -> None:
    commands = getattr(import_module(declared.module), "COMMANDS", ())
    run = next((each.run for each in commands if each.name == declared.name), None)
    if run is None or "<" in run.__qualname__:
        return  # made for several verbs, which take what is theirs
    named = set(reads(run))
    passed_over = [name for each in declared.arguments if (name := destination(each)) not in named]
    assert "*" in named or not passed_over, f"`scoredock {declared.name}` never reads {', '.join(passed_over)}"
