"""Temporary files and folders are made in one place, which says whose they are and takes away what is left over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.syntax import nodes_of

MAKERS = {"mkdtemp", "mkstemp", "mktemp", "TemporaryDirectory", "NamedTemporaryFile"}
"""`TemporaryFile` and `SpooledTemporaryFile` have no name that could be left."""
PLACES = {
    "runtime/scoredock_runtime/contract_owner.py": "the place",
    "sdk/scoredock_azureml/packages/azureml/_scoredock/temporary.py": "the same in the person's interpreter",
    "sdk/scoredock_azureml/packages/azureml/data/file_dataset.py": "what a person downloads is theirs",
    "scoredock/packaging/exports/function_service.py": "in a package, where nothing of ours is installed",
    "tools/example_project.py": "not in the product",
}


def makers(source: str) -> Iterator[str]:
    """What a text uses of `tempfile` that makes something with a name."""
    names = {"tempfile"}
    for node in nodes_of(source):
        if isinstance(node, ast.Import):
            names |= {each.asname or each.name for each in node.names if each.name == "tempfile"}
        if isinstance(node, ast.ImportFrom) and node.module == "tempfile":
            yield from (each.name for each in node.names if each.name in MAKERS | {"*"})
    for node in nodes_of(source):
        match node:
            case ast.Attribute(ast.Name(module), name) if module in names and name in MAKERS:
                yield name


def test_only_one_place_makes_temporary_things(root: Path) -> None:
    pyserver = root / "pyserver"
    guilty = {
        str(path.relative_to(pyserver)): [*makers(path.read_text("utf-8"))]
        for path in sorted(pyserver.rglob("*.py"))
        if "rule_pages" not in path.parts
    }
    assert {path for path, uses in guilty.items() if uses} == set(PLACES)


@pytest.mark.parametrize(
    "source",
    [
        "import tempfile\nwith tempfile.TemporaryDirectory() as folder: ...",
        "import tempfile as other\nhandle, path = other.mkstemp()",
        "from tempfile import NamedTemporaryFile as Kept",
        "from tempfile import *",
        "def work():\n    import tempfile\n    return tempfile.mkdtemp(prefix='scoredock-')",
    ],
)
def test_it_sees_them(source: str) -> None:
    assert [*makers(source)]


@pytest.mark.parametrize(
    "source",
    ["import tempfile\ntempfile.gettempdir()", "import tempfile\ntempfile.TemporaryFile()", "self.mkdtemp()"],
)
def test_it_passes_over_what_has_no_name(source: str) -> None:
    assert not [*makers(source)]
