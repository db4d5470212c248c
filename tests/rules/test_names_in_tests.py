"""Names of our modules that tests import, call and replace are there: a run of the gate takes one shard of the tests,
and a name that has moved would be seen in one of the next runs only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]
PACKAGES = ("scoredock", "scoredock_runtime")
SAMPLES = {("samples", "files"), ("samples", "client"), ("documents", "scripts")}
"""What people write; some of it is not Python."""
REPLACED = {"open"}
"""Built in, which a test may set in a module that has none of its own."""


def is_of_ours(module: str | None) -> bool:
    return (module or "").split(".")[0] in PACKAGES


def has(holder: Any, name: str) -> bool:
    if hasattr(holder, name):
        return True
    is_package = isinstance(holder, ModuleType) and hasattr(holder, "__path__")
    return is_package and find_spec(f"{holder.__name__}.{name}") is not None


def member(holder: Any, name: str) -> Any:
    return getattr(holder, name) if hasattr(holder, name) else import_module(f"{holder.__name__}.{name}")


def leads_somewhere(place: str) -> bool:
    """Of `scoredock.module.thing.name`."""
    first, *words = place.split(".")
    holder: Any = import_module(first)
    for word in words:
        if not has(holder, word):
            return False
        holder = member(holder, word)
    return True


def absent_names(text: str) -> Iterator[str]:
    tree = ast.parse(text)
    modules: dict[str, ModuleType] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and is_of_ours(node.module):
            if find_spec(str(node.module)) is None:
                yield f"{node.lineno}: {node.module}"
                continue
            module = import_module(str(node.module))
            for each in node.names:
                if not has(module, each.name):
                    yield f"{node.lineno}: {module.__name__}.{each.name}"
                elif isinstance(thing := member(module, each.name), ModuleType):
                    modules[each.asname or each.name] = thing
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            holder, name = modules[node.value.id], node.attr
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "monkeypatch.setattr":
            place, *more = node.args
            if isinstance(place, ast.Constant) and is_of_ours(place.value) and not leads_somewhere(place.value):
                yield f"{node.lineno}: {place.value}"
            if not (isinstance(place, ast.Name) and place.id in modules and isinstance(more[0], ast.Constant)):
                continue
            holder, name = modules[place.id], more[0].value
        else:
            continue
        if not has(holder, name) and name not in REPLACED:
            yield f"{node.lineno}: {holder.__name__}.{name}"


def test_each_name_is_there() -> None:
    paths = [path for path in sorted(TESTS.rglob("*.py")) if path.relative_to(TESTS).parts[:2] not in SAMPLES]
    assert len(paths) > 500
    absent = {str(path.relative_to(TESTS)): list(absent_names(path.read_text("utf-8"))) for path in paths}
    assert {path: names for path, names in absent.items() if names} == {}


@pytest.mark.parametrize(
    "text",
    [
        "from scoredock.drift import comparison",
        "def test() -> None:\n    from scoredock.errors import Nobody",
        "from scoredock.protocol import messages\nmessages.Nobody()",
        "from scoredock.services.lifecycle import launch\nmonkeypatch.setattr(launch, '_NOBODY', 1)",
        "monkeypatch.setattr('scoredock.packaging.folder.nobody.copyfile', 1)",
    ],
)
def test_a_name_that_is_gone_is_seen(text: str) -> None:
    assert len(list(absent_names(text))) == 1
