"""Who may import whom, and who may start processes."""

from __future__ import annotations

import ast
import functools
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

PROCESSES = {"subprocess", "multiprocessing", "pty"}
EXCEPTIONS = {
    # run.py is the module; the runtime has no server to ask.
    "pyserver/scoredock/run.py",
}


def sources(root: Path) -> Iterator[Path]:
    yield from sorted((root / "pyserver" / "scoredock").rglob("*.py"))


@functools.cache
def imported(path: Path) -> tuple[str, ...]:
    """Full names of what a module imports, wherever in it."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += (item.name for item in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{item.name}" for item in node.names)]
    return tuple(found)


def test_the_declared_contracts_hold(root: Path) -> None:
    done = _lint(root / "pyserver")
    assert done.returncode == 0, done.stdout


def _lint(folder: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(program), "--no-cache"], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


PLANTED = (
    ("registry/rows.py", "import scoredock.deploy.plan"),
    ("engines/base.py", "import scoredock.deploy.plan"),
    ("checks/__init__.py", "import scoredock.protocol.messages"),
    ("configs/__init__.py", "import sqlite3"),
    ("cli/command.py", "import lsprotocol"),
    ("protocol/wire.py", "import scoredock.features.models"),
)


def test_planted_imports_are_noticed(root: Path, tmp_path: Path) -> None:
    shutil.copytree(
        root / "pyserver" / "scoredock", tmp_path / "scoredock", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(
        root / "pyserver" / "runtime" / "scoredock_runtime",
        tmp_path / "scoredock_runtime",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(root / "pyserver" / "pyproject.toml", tmp_path)
    for module, line in PLANTED:
        path = tmp_path / "scoredock" / module
        path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    done = _lint(tmp_path, {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"})
    assert done.returncode == 1, done.stdout
    for module, line in PLANTED:
        name = f"scoredock.{module.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}"
        imported_name = line.removeprefix("import ")
        found = re.search(rf"{re.escape(name)} -> {re.escape(imported_name)}\b", done.stdout)
        assert found is not None, f"{name} -> {imported_name}\n{done.stdout}"


def test_only_one_module_starts_processes(root: Path) -> None:
    guilty = [
        f"{path.relative_to(root)}: {name}"
        for path in sources(root)
        if str(path.relative_to(root)) not in EXCEPTIONS
        for name in imported(path)
        if name.split(".")[0] in PROCESSES
    ]
    assert guilty == []


def test_the_server_imports_one_module_of_the_runtime(root: Path) -> None:
    guilty = [
        f"{path.relative_to(root)}: {name}"
        for path in sources(root)
        for name in imported(path)
        if name.startswith("scoredock_runtime")
        and not name.startswith("scoredock_runtime.contract")
        and name != "scoredock_runtime"
    ]
    assert guilty == []


def test_the_contract_of_the_runtime_needs_the_standard_library_only(root: Path) -> None:
    path = root / "pyserver" / "runtime" / "scoredock_runtime" / "contract.py"
    foreign = {name.split(".")[0] for name in imported(path)} - set(sys.stdlib_module_names)
    assert foreign == set()


def test_the_search_itself_finds_imports(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(
        textwrap.dedent("""
        def late():
            from subprocess import run
    """)
    )
    assert "subprocess" in set(imported(path))


def test_only_the_session_knows_the_language_client(root: Path) -> None:
    """And what the extension folds and draws is free of the editor, so that it can be tested without one."""
    for path in (root / "extension").rglob("*.ts"):
        text = path.read_text(encoding="utf-8")
        name = str(path.relative_to(root / "extension"))
        if name not in LANGUAGE_CLIENT:
            assert '"vscode-languageclient' not in text, name
        if name in PURE or name.endswith(("Nodes.ts", "node.ts")):
            assert 'from "vscode"' not in text, name


LANGUAGE_CLIENT = {"session/session.ts"}
PURE = {"state/state.ts", "protocol.ts"}
