"""Names of Python modules, classes and public functions: no bare participles, and one meaning for each class.

The TypeScript half is test_extension_words.py.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.syntax import tree_of

PARTICIPLES = frozenset(
    {
        "told",
        "known",
        "found",
        "asked",
        "taken",
        "wanted",
        "given",
        "tried",
        "settled",
        "carried",
        "gathered",
        "kept",
        "left",
        "held",
        "made",
        "said",
        "seen",
        "written",
        "chosen",
        "meant",
        "shown",
        "needed",
        "served",
        "begun",
        "done",
        "gone",
        "alone",
        "taking",
        "carrying",
        "gathering",
        "trying",
        "adopting",
        "sweeping",
    }
)
"""What the code was full of: each says that something was done, and not what the thing is."""
DISTRIBUTIONS = ("pyserver/scoredock", "pyserver/runtime/scoredock_runtime", "pyserver/sdk/scoredock_azureml")
TWICE = {
    "ModelFile": "a row of the store, and the message that shows it",
    "SourceControl": "a row of the store, and the message that shows it",
}
"""Classes of the server with two definitions, and why. It may only shrink."""


def participles(path: str, source: str) -> Iterator[str]:
    """Names of a module, its classes and its public functions that are bare participles."""
    name = Path(path).stem
    if name in PARTICIPLES:
        yield name
    for node in tree_of(source).body:
        if isinstance(node, ast.ClassDef) and node.name.strip("_").lower() in PARTICIPLES:
            yield node.name
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in PARTICIPLES:
            yield node.name


def classes_with_two_meanings(sources: dict[str, str]) -> dict[str, list[str]]:
    """Class → modules, of classes that are defined more than once."""
    places: dict[str, list[str]] = defaultdict(list)
    for path, source in sources.items():
        for node in tree_of(source).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(path)
    return {name: paths for name, paths in places.items() if len(paths) > 1}


def sources(root: Path, distribution: str) -> dict[str, str]:
    folder = root / distribution
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))
    }


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_no_name_is_a_bare_participle(root: Path, distribution: str) -> None:
    found = {path: names for path, text in sources(root, distribution).items() if (names := [*participles(path, text)])}
    assert found == {}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_a_class_has_one_meaning(root: Path, distribution: str) -> None:
    doubled = classes_with_two_meanings(sources(root, distribution))
    assert {name: paths for name, paths in doubled.items() if name not in TWICE} == {}


def test_planted_names_are_noticed() -> None:
    planted = "class Told: ...\nclass _Seen: ...\ndef gathered(): ...\ndef _known(): ...\n"
    assert list(participles("deploy/carrying.py", planted)) == ["carrying", "Told", "_Seen", "gathered"]
    assert classes_with_two_meanings({"a.py": "class Entry: pass", "b.py": "class Entry: pass"}) == {
        "Entry": ["a.py", "b.py"]
    }
