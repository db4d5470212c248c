"""What the interpreter of a script runs of ours is Python 3.6 with its standard library, and all that it imports."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

RUNTIME = Path(__file__).resolve().parents[2] / "pyserver" / "runtime"
PACKAGE = RUNTIME / "scoredock_runtime"
HOST = PACKAGE / "script_process" / "host.py"
FOLDERS = ("script_process", "schema", "shims", "fast_json")
OF_OTHERS = {"debugpy", "flask", "numpy", "pandas", "pyspark", "dateutil", "orjson"}
"""Packages of the script's environment, imported where the script does so first."""
WITH_FLASK = tuple(f"scoredock_runtime.shims.{name}" for name in ("flask_classes", "aml_request", "aml_response"))
"""Of ours, what is imported where the script's environment has Flask."""
OF_THE_WORKER = {"scoredock_runtime.observability": "shims/azureml_monitoring.py"}
"""Of ours, what only a script in the worker's own Python reaches, and from where."""


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


def module_file(name: str) -> Path | None:
    """Of ours: the file of a module, or of the one that a name is from."""
    parts = name.split(".")[1:]
    while parts:
        path = PACKAGE.joinpath(*parts)
        if path.with_suffix(".py").exists():
            return path.with_suffix(".py")
        if (path / "__init__.py").exists():
            return path / "__init__.py"
        parts.pop()
    return None


def reached() -> tuple[set[Path], set[str]]:
    """Files of ours that the process of a script can come to import, and names of others."""
    files = {HOST, *(path for folder in FOLDERS for path in (PACKAGE / folder).rglob("*.py"))}
    waiting, others = list(files), set()
    while waiting:
        path = waiting.pop()
        for name in imports(path):
            if not name.startswith("scoredock_runtime"):
                others.add(name.partition(".")[0])
                continue
            origin = next((origin for prefix, origin in OF_THE_WORKER.items() if name.startswith(prefix)), None)
            if origin is not None:
                assert path == PACKAGE / origin, f"{path} imports {name}"
                continue
            file = module_file(name)
            if file is not None:
                for each in (file, *(parent / "__init__.py" for parent in file.parents if PACKAGE in parent.parents)):
                    if each not in files:
                        files.add(each)
                        waiting.append(each)
    return files, others


def faults(source: str) -> list[str]:
    """What of a file Python 3.6 cannot read."""
    try:
        tree = ast.parse(source, feature_version=(3, 6))
    except SyntaxError as fault:
        return [f"line {fault.lineno}: {fault.msg}"]
    return [
        f"line {node.lineno}: {node.names[0].name} of __future__"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "__future__" and node.names[0].name == "annotations"
    ]


def test_all_that_it_imports_is_python_3_6() -> None:
    files, others = reached()
    assert len(files) > 25
    assert {str(path.relative_to(PACKAGE)): found for path in files if (found := faults(path.read_text()))} == {}
    assert others <= {*sys.stdlib_module_names, *OF_OTHERS}


@pytest.mark.parametrize(
    "planted", ["from __future__ import annotations\n", "if (a := 1): pass\n", "def f(a, /): pass\n"]
)
def test_newer_syntax_is_found(planted: str) -> None:
    assert faults(planted)


def test_vermin_finds_nothing_newer() -> None:
    """The library as well: names and arguments that came after 3.6."""
    files, _ = reached()
    vermin = Path(sys.executable).with_name("vermin")
    words = [str(vermin), "-t=3.6-", "--eval-annotations", "--no-tips", "--violations", *map(str, sorted(files))]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout
    planted = subprocess.run(
        [str(vermin), "-t=3.6-", "--violations", "-"], input="import dataclasses\n", capture_output=True, text=True
    )
    assert planted.returncode != 0


def test_an_old_python_imports_all_of_it(old_python: Path) -> None:
    """What needs none of the script's packages."""
    files, _ = reached()
    at_first_use = {"debugpy", "orjson"}
    names = sorted(
        ".".join(path.relative_to(RUNTIME).with_suffix("").parts)
        for path in files
        if path.name != "__init__.py"
        and not (OF_OTHERS - at_first_use) & {name.partition(".")[0] for name in imports(path)}
        and not any(name.startswith(WITH_FLASK) for name in imports(path))
    )
    program = f"""
import importlib, json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, {str(RUNTIME)!r})
for name in json.loads({json.dumps(names)!r}):
    importlib.import_module(name)
print(len(sys.modules))
"""
    done = subprocess.run([str(old_python), "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
