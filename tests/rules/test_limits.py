"""Limits that measure what is hard to read in Python: decisions and arguments of a function, attributes of a class.

What stood above them when they came is listed in limits.json and may only shrink: a new function above a limit fails, a
listed one that grew fails, and so does one that is listed and need not be. TypeScript has the same limits in eslint.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

from rules.syntax import nodes_of

LIMITS = {"decisions": 10, "arguments": 6, "attributes": 15}
FOLDERS = ("scoredock", "runtime/scoredock_runtime", "sdk/scoredock_azureml", "tools")
SIGNATURES_OF_OTHERS = "sdk/scoredock_azureml/packages/azureml/"
"""Its public functions have the arguments that the SDK v1 gave them."""
_VALUE = re.compile(r"\((\d+) > \d+\)")
_NAME = re.compile(r"`([^`]+)`")


def above_in_functions(folder: Path, *paths: str) -> dict[str, dict[str, int]]:
    """What ruff counts: limit → `file::function` → value."""
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("ruff")),
            "check",
            "--isolated",
            "--no-cache",
            "--ignore-noqa",
            "--select",
            "C901,PLR0913",
            "--config",
            f"lint.mccabe.max-complexity={LIMITS['decisions']}",
            "--config",
            f"lint.pylint.max-args={LIMITS['arguments']}",
            "--output-format",
            "json",
            *paths,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    above: dict[str, dict[str, int]] = {"decisions": {}, "arguments": {}}
    for each in json.loads(done.stdout):
        path = Path(each["filename"])
        name = _function_at(path, each["location"]["row"])
        value = _VALUE.search(each["message"])
        assert value is not None, each["message"]
        kind = "decisions" if each["code"] == "C901" else "arguments"
        key = f"{path.relative_to(folder.resolve()).as_posix()}::{name}"
        own = name.startswith("_") and name != "__init__"
        if kind == "arguments" and key.startswith(SIGNATURES_OF_OTHERS) and not own:
            continue
        above[kind][key] = max(int(value[1]), above[kind].get(key, 0))
    return above


def _function_at(path: Path, row: int) -> str:
    for node in nodes_of(path.read_text(encoding="utf-8")):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.lineno == row:
            return node.name
    raise LookupError(f"{path}:{row}")


def above_in_classes(folder: Path, *paths: str) -> dict[str, int]:
    """`file::class` → number of attributes that its methods set, where they are too many; records have fields."""
    above = {}
    for path in sorted(each for name in paths for each in (folder / name).rglob("*.py")):
        for node in nodes_of(path.read_text(encoding="utf-8")):
            if isinstance(node, ast.ClassDef):
                names = {
                    target.attr
                    for target in ast.walk(node)
                    if isinstance(target, ast.Attribute)
                    and isinstance(target.ctx, ast.Store)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == "self"
                }
                if len(names) > LIMITS["attributes"]:
                    above[f"{path.relative_to(folder).as_posix()}::{node.name}"] = len(names)
    return above


def measured(folder: Path, *paths: str) -> dict[str, dict[str, int]]:
    return {**above_in_functions(folder, *paths), "attributes": above_in_classes(folder, *paths)}


def test_nothing_new_is_above_a_limit_and_the_list_shrinks(root: Path) -> None:
    listed = json.loads((root / "tests" / "rules" / "limits.json").read_text(encoding="utf-8"))
    found = measured(root / "pyserver", *FOLDERS)
    assert found == listed, "above a limit, or listed with another value: tests/rules/limits.json may only shrink"


def test_the_list_is_shorter_than_it_was(root: Path) -> None:
    listed = json.loads((root / "tests" / "rules" / "limits.json").read_text(encoding="utf-8"))
    assert [kind for kind, each in listed.items() if len(each) > FIRST[kind]] == []


FIRST = {"decisions": 48, "arguments": 59, "attributes": 3}
"""How many stood above each limit in November 2026."""


def test_planted_violations_are_noticed(tmp_path: Path) -> None:
    decisions = "".join(f"    if a == {number}:\n        return {number}\n" for number in range(11))
    fields = "".join(f"        self.a{number} = {number}\n" for number in range(16))
    (tmp_path / "planted").mkdir()
    (tmp_path / "planted" / "module.py").write_text(
        f"def choose(a):\n{decisions}\n\n"
        "def take(a, b, c, d, e, f, g):\n    return a\n\n\n"
        f"class Everything:\n    def __init__(self):\n{fields}"
    )
    assert measured(tmp_path, "planted") == {
        "decisions": {"planted/module.py::choose": 12},
        "arguments": {"planted/module.py::take": 7},
        "attributes": {"planted/module.py::Everything": 16},
    }


def test_a_planted_wide_line_is_noticed_by_ruff(root: Path, tmp_path: Path) -> None:
    (tmp_path / "wide.py").write_text(f"# {'x' * 120}\n")
    ruff, settings = Path(sys.executable).with_name("ruff"), root / "pyserver" / "pyproject.toml"
    done = subprocess.run(
        [str(ruff), "check", "--no-cache", "--output-format", "concise", "--config", str(settings), "wide.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "E501" in done.stdout, done.stdout
