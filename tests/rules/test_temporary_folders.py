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
    "sdk/scoredock_azureml/packages/azureml/mlflow/_artifacts.py": "what a script downloads is its own",
    "sdk/scoredock_azureml/packages/azureml/data/file_dataset.py": "what a person downloads is theirs",
    "sdk/scoredock_azureml/packages/azureml/data/tabular_dataset.py": "a dataset of files is theirs as well",
    "scoredock/contrib/exports/domain/function_service.py": "in a package, where nothing of ours is installed",
    "tools/example_project.py": "not in the product",
}


FOLDERS = {"TemporaryFolder", "new_folder", "scratch_folder"}
"""What makes one, and is told what it is for."""
KILLED = {
    "cli/test_killed_commands.py": {"drift", "model-image", "notebook", "package", "pipeline", "server", "try", "uv"},
    "cli/test_killed_builds.py": {"build", "conda", "copy", "metadata", "settings", "trial"},
    "packages/test_killed_images.py": {"base", "container", "layer", "load", "lock", "package", "tools"},
    "sdk/test_killed_scripts.py": {"environment", "log", "package", "profile", "rows", "run", "script", "upload"},
    "cluster/test_killed_commands.py": {"certificate", "preview", "side-load"},
    "remote_docker/test_killed_commands.py": {"ssh"},
    "ray_cluster/test_jobs.py": {"batch"},
    "carry_over/test_refused.py": {"carry"},
    "azure_pull/test_cuts.py": {"azure"},
}
"""Tests that kill whoever has a folder of these purposes."""


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


def purposes(source: str) -> Iterator[str]:
    """What the folders of a text are for; of a name that is put together, its beginning."""
    for node in nodes_of(source):
        match node:
            case ast.Call(ast.Name(name), arguments) if name in FOLDERS:
                for each in arguments:
                    text = each.values[0] if isinstance(each, ast.JoinedStr) else each
                    if isinstance(text, ast.Constant) and isinstance(text.value, str):
                        yield text.value


def test_whoever_has_a_temporary_folder_is_killed_in_a_test(root: Path) -> None:
    """A new purpose has a case in such a test."""
    product = ("scoredock", "runtime", "sdk")
    sources = [path for each in product for path in (root / "pyserver" / each).rglob("*.py")]
    made = {purpose for path in sources for purpose in purposes(path.read_text("utf-8"))}
    killed = {purpose for each in KILLED.values() for purpose in each}
    assert made == killed
    for test, names in KILLED.items():
        text = (root / "tests" / test).read_text("utf-8")
        assert [name for name in sorted(names) if name not in text] == [], test


def test_it_sees_purposes() -> None:
    source = "with TemporaryFolder('a', b): new_folder(f'conda{x}')\nwith scratch_folder(folder, 'c'): f('d')"
    assert [*purposes(source)] == ["a", "conda", "c"]


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
