"""Scripts and notebooks of published projects: what registers or deploys runs here, with stand-ins for training.

The projects are where `SCOREDOCK_CORPUS` names them. `SCOREDOCK_SDK_CORPUS=docs/sdk-corpus.md` in the long run writes
the page of the outcomes; otherwise it is compared.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import tracking_stores
from cli.conftest import Terminal
from package_pythons import python_with

from .conftest import RUN
from .corpus import PARTS, Part, calls, written

PAGE = Path(__file__).parents[2] / "docs" / "sdk-corpus.md"
PACKAGES = ("joblib==1.6.0", "lightgbm==4.6.0", "numpy", "pandas==3.1.1", "pyarrow", "requests", "scikit-learn==1.9.1")
"""What the scripts import beside the SDK."""
HEAD = """# Scripts of published projects

Seven public projects with Azure ML v1 hold {count} scripts and notebooks that register or deploy with the SDK.
A test runs the deploying part of each with [`scoredock sdk run` or `scoredock sdk notebook`](sdk.md), a small model or
table in place of what is trained before it, and asks for the models, environments and answers that it is for.
The table is written by that test (`tests/sdk/test_corpus.py`).

{runs} of {count} run.

| file | what it does | outcome |
|---|---|---|
"""
SAMPLES = "\n## Samples\n"
"""Where the part of the page begins that is written by hand."""
COPIED = 200_000
"""Bytes of a file of a project beyond which it is not a file that a script needs."""


@pytest.fixture(scope="session")
def projects(require: Callable[[object, str], None]) -> Path:
    """The folder of the projects."""
    folder = Path(os.environ.get("SCOREDOCK_CORPUS", "/nonexistent"))
    require(folder.is_dir(), "published projects (SCOREDOCK_CORPUS)")
    return folder


@pytest.fixture(scope="session")
def python(require: Callable[[object, str], None]) -> Path:
    """A Python with what the scripts import, made once and kept in the cache."""
    return python_with(PACKAGES, "corpus", require)


def run(part: Part, projects: Path, home: Path, python: Path, folder: Path) -> str:
    """Empty where the part has run, else how it ended."""
    name = part.path.partition("/")[0]
    project = folder / name
    shutil.copytree(projects / name, project, ignore=_too_large)
    file = written(part, project)
    workspace = f"corpus-{PARTS.index(part)}"
    identity = {"subscription_id": "s", "resource_group": "g", "workspace_name": workspace}
    (file.parent / ".azureml").mkdir(exist_ok=True)
    (file.parent / ".azureml" / "config.json").write_text(json.dumps(identity))
    tracking_stores.experiment(file.parent / "mlruns", name=part.experiment)
    made = tracking_stores.run(file.parent / "mlruns", RUN)
    (made / "artifacts" / "outputs" / "classif-empl-attrition.pkl").write_text("model")
    terminal = Terminal(home, file.parent, ordinary=True)
    terminal.env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    verb = "notebook" if file.suffix == ".ipynb" else "run"
    words = [word.replace("WORKSPACE", workspace) for word in part.arguments]
    done = terminal.run("sdk", verb, "--python", str(python), file.name, *words)
    return "" if done.returncode == 0 else f"{done.stdout[-500:]}\n{done.stderr[-1500:]}"


def _too_large(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_file() and (Path(folder) / name).stat().st_size > COPIED]


@pytest.mark.long("reads a corpus that only some machines have")
def test_no_file_is_forgotten(projects: Path) -> None:
    files = sorted(path for path in projects.rglob("*") if path.suffix in (".py", ".ipynb"))
    found = {path.relative_to(projects).as_posix() for path in files if calls(path)}
    named = {part.path for part in PARTS}
    assert {path for path in found - named if "/tests/" not in path} == set()
    assert {path for path in named - found if not path.endswith(".R")} == set()


@pytest.mark.long("runs each script of a corpus that only some machines have, some with services")
@pytest.mark.timeout(1800)
def test_the_page_says_what_every_file_does(projects: Path, home: Path, python: Path, tmp_path: Path) -> None:
    failed: dict[str, str] = {}
    for number, part in enumerate(PARTS):
        said = run(part, projects, home, python, tmp_path / str(number)) if part.runs else ""
        print(part.path, said)
        if said:
            failed[part.path] = said
    assert failed == {}
    if os.environ.get("SCOREDOCK_SDK_CORPUS"):
        _, heading, samples = PAGE.read_text(encoding="utf-8").partition(SAMPLES)
        Path(os.environ["SCOREDOCK_SDK_CORPUS"]).write_text(page() + heading + samples, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8").partition(SAMPLES)[0] == page()


def page() -> str:
    """docs/sdk-corpus.md, when all have run that do."""
    rows = [f"| {_file(part)} | {part.does} | {_outcome(part)} |\n" for part in PARTS]
    running = sum(not part.why_not for part in PARTS)
    return HEAD.format(count=len(PARTS), runs=running) + "".join(rows)


def _file(part: Part) -> str:
    project, _, path = part.path.partition("/")
    return f"{project.replace('+', '/')}: `{path}`"


def _outcome(part: Part) -> str:
    if part.why_not:
        return f"{'This runs. ' if part.runs else ''}{part.why_not}"
    return f"runs; {part.needs}" if part.needs else "runs"


def test_the_page_has_every_file() -> None:
    assert PAGE.read_text(encoding="utf-8").partition(SAMPLES)[0] == page()
    assert [part.path for part in PARTS] == sorted(part.path for part in PARTS)


def test_calls_are_found_in_scripts_and_cells(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from azureml.core import Model\nModel.register(ws, 'a', 'b')\n")
    (tmp_path / "b.py").write_text("import atexit\natexit.register(print)\n")
    cell = {"cell_type": "code", "source": ["!pip install azureml-core\n", "service = Model.deploy(ws, 'a', [])\n"]}
    (tmp_path / "c.ipynb").write_text(json.dumps({"cells": [cell]}))
    assert [calls(tmp_path / name) for name in ("a.py", "b.py", "c.ipynb")] == [{"register"}, set(), {"deploy"}]
    part = Part("project/c.ipynb", "", before={0: "ready = True"}, replaced={"'a'": "NAME"}, asked="assert service")
    (tmp_path / "project").mkdir()
    shutil.move(tmp_path / "c.ipynb", tmp_path / "project")
    text = written(part, tmp_path / "project").read_text()
    assert re.findall(r"ready = True|NAME|assert service", text) == ["ready = True", "NAME", "assert service"]
