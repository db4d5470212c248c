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

import pytest

from rules.syntax import nodes_of

PROCESSES = {"subprocess", "multiprocessing", "pty"}
EXCEPTIONS = {
    # run.py is the module; the runtime has no server to ask.
    "pyserver/scoredock/run.py",
    # Goes into apps of Azure Functions as a text; the server does not run it.
    "pyserver/scoredock/contrib/exports/domain/function_service.py",
}


def sources(root: Path) -> Iterator[Path]:
    yield from sorted((root / "pyserver" / "scoredock").rglob("*.py"))


@functools.cache
def imported(path: Path) -> tuple[str, ...]:
    """Full names of what a module imports, wherever in it."""
    found: list[str] = []
    for node in nodes_of(path.read_text(encoding="utf-8")):
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
    ("scoredock/registry/store/rows.py", "import scoredock.services.planning.plan"),
    ("scoredock/registry/blobs/blobs.py", "import scoredock.registry.upkeep.repair"),
    ("scoredock/services/planning/plan.py", "import scoredock.services.lifecycle.staging"),
    ("scoredock/services/access/calls.py", "import scoredock.services.deployments"),
    ("scoredock/packaging/folder.py", "import scoredock.services.request"),
    ("scoredock/engines/base.py", "import scoredock.services.planning.plan"),
    ("scoredock/engines/handle.py", "import httpx2"),
    ("scoredock/checks/__init__.py", "import scoredock.protocol.messages"),
    ("scoredock/analysis/__init__.py", "import sqlite3"),
    ("scoredock/analysis/finding.py", "import scoredock.formats.fields"),
    ("scoredock/formats/fields.py", "import scoredock.analysis.rule"),
    ("scoredock/checks/catalogue.py", "import scoredock.registry.grammar"),
    ("scoredock/checks/script/scope.py", "import scoredock.checks.models.paths"),
    ("scoredock/formats/v2/kinds.py", "import sqlite3"),
    ("scoredock/cli/command.py", "import lsprotocol"),
    ("scoredock/context.py", "import scoredock.lsp.endpoint"),
    ("scoredock/protocol/wire.py", "import scoredock.features.models.models"),
    ("scoredock/features/names.py", "import scoredock.contrib.drift.domain.monitors"),
    ("scoredock/contrib/table.py", "import scoredock.contrib.drift.contribution"),
    ("scoredock/registry/audit/announcing.py", "import scoredock.contrib.events.domain.backlog"),
    ("scoredock/contrib/lineage/verbs/lineage.py", "import scoredock.contrib.events.domain.subscriptions"),
    ("scoredock/contrib/drift/domain/record.py", "import scoredock.contrib.drift.verbs.records"),
    ("scoredock/contrib/drift/domain/report.py", "import scoredock.registry.grammar"),
    ("scoredock_runtime/base/diagnosis.py", "import scoredock.errors"),
    ("scoredock_runtime/base/processes.py", "import scoredock_runtime.http.messages"),
    ("scoredock_runtime/http/messages.py", "import scoredock_runtime.worker.script"),
    ("scoredock_runtime/http/application.py", "import scoredock_runtime.observability.metrics"),
    ("scoredock_runtime/observability/metrics.py", "import scoredock_runtime.http.messages"),
    ("scoredock_runtime/worker/script.py", "import scoredock_runtime.service_folder.spec_file"),
    ("scoredock_runtime/service_folder/status_file.py", "import scoredock_runtime.log.log_lines"),
    ("scoredock_runtime/log/log_lines.py", "import scoredock_runtime.schema"),
    ("scoredock_runtime/parent/main.py", "import scoredock_runtime.worker.script"),
    ("scoredock_runtime/template/process_marks.py", "import scoredock_runtime.parent.main"),
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
        path = tmp_path / module
        path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    done = _lint(tmp_path, {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"})
    assert done.returncode == 1, done.stdout
    for module, line in PLANTED:
        name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        imported_name = line.removeprefix("import ")
        found = re.search(rf"{re.escape(name)} ->\s+{re.escape(imported_name)}\b", done.stdout)
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


SHARED = (
    "scoredock_runtime",
    "scoredock_runtime.contract",
    "scoredock_runtime.batch.frames",
    "scoredock_runtime.batch.handshake",
)
"""Modules of the runtime that the server uses as well: what both sides of a connection must say alike."""


def test_the_server_imports_few_modules_of_the_runtime(root: Path) -> None:
    guilty = [
        f"{path.relative_to(root)}: {name}"
        for path in sources(root)
        for name in imported(path)
        if name.startswith("scoredock_runtime") and not name.startswith(SHARED[1:]) and name not in SHARED
    ]
    assert guilty == []


@pytest.mark.parametrize("module", SHARED[1:])
def test_what_the_server_shares_with_the_runtime_needs_the_standard_library_only(root: Path, module: str) -> None:
    path = root.joinpath("pyserver", "runtime", *module.split(".")).with_suffix(".py")
    foreign = {name.split(".")[0] for name in imported(path)} - set(sys.stdlib_module_names)
    assert foreign == set()


STANDARD_ONLY = ("base", "log", "parent", "service_folder", "template", "command_line")
"""Folders of the runtime that the parent of a service consists of: whatever a script's environment lacks, they run."""


def foreign_imports(folder: Path) -> list[str]:
    """What the modules of a folder import beside the standard library and the runtime."""
    allowed = set(sys.stdlib_module_names) | {"scoredock_runtime"}
    return [
        f"{path.name}: {name}"
        for path in sorted(folder.rglob("*.py"))
        for name in imported(path)
        if name.split(".")[0] not in allowed
    ]


def test_the_parent_of_a_service_needs_the_standard_library_only(root: Path, tmp_path: Path) -> None:
    runtime = root / "pyserver" / "runtime" / "scoredock_runtime"
    for name in STANDARD_ONLY:
        assert foreign_imports(runtime / name) == []
    (tmp_path / "planted.py").write_text("def late():\n    import orjson\n")
    assert foreign_imports(tmp_path) == ["planted.py: orjson"]


def test_the_sdk_needs_the_standard_library_only(root: Path, tmp_path: Path) -> None:
    """It runs in the person's own Python, whatever lies there; pandas, msrest, Flask and interpret-community where the
    script asks for them, and MLflow and what it needs in what only MLflow loads."""
    package = root / "pyserver" / "sdk" / "scoredock_azureml"
    names = ("interpret_community.explanation", "interpret_community.explanation.explanation")
    interpret = [f"__init__.py: {each}" for each in names]
    msrest = ["msrest_names.py: msrest.exceptions", "msrest_names.py: msrest.exceptions.HttpOperationError"]
    flask = [
        f"aml_{name.lower()}.py: {each}" for name in ("Request", "Response") for each in ("flask", f"flask.{name}")
    ]
    tables = ["data_packages.py: pandas"] * 2  # a step that reads a file, and one that gives types
    late = [*interpret, *flask, *tables, "dataset_factory.py: pandas", *msrest, "tabular_dataset.py: pandas"]
    plugins = foreign_imports(package / "packages" / "azureml" / "mlflow")
    assert {each.partition(": ")[2].partition(".")[0] for each in plugins} == {"azureml", "mlflow", "numpy", "pandas"}
    others = [each for each in foreign_imports(package) if each not in plugins]
    assert sorted(each for each in others if not each.partition(": ")[2].startswith("azureml")) == late
    folders = sorted(path.parent for path in (package / "packages").rglob("__init__.py"))
    assert len(folders) >= 10
    assert [str(path) for path in folders if not says_what_it_is((path / "__init__.py").read_text("utf-8"))] == []
    (tmp_path / "planted.py").write_text("import scoredock.errors\n")
    assert foreign_imports(tmp_path) == ["planted.py: scoredock.errors"]


def says_what_it_is(text: str) -> bool:
    """Whether the first lines of a folder say what lives there, what it may import, and what is its door."""
    written = ast.get_docstring(ast.parse(text)) or ""
    return len(written.partition("\n")[0]) > 20 and "May import: " in written and "Door: " in written


def test_every_folder_of_the_runtime_says_what_it_is(root: Path) -> None:
    runtime = root / "pyserver" / "runtime" / "scoredock_runtime"
    folders = sorted(path.parent for path in runtime.glob("*/__init__.py"))
    assert len(folders) >= 12
    assert [path.name for path in folders if not says_what_it_is((path / "__init__.py").read_text("utf-8"))] == []
    assert not says_what_it_is('"""Everything that is left over of the runtime. May import: all."""')


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
