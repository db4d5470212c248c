"""Names, parameters, defaults and answers beside the real azureml-core, which only this test fetches; nothing of it is
kept.

`SCOREDOCK_SDK_DIFFERENCES=docs/sdk-differences.md` writes the table of what differs; otherwise it is compared.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.contrib.sdk.checks.signatures import MODULES

import scoredock_azureml
from cli.conftest import Terminal

from .compare import TOOL, Shape, differences, refused, shapes
from .conftest import PYTHON

PROBES = Path(__file__).with_name("probes.py")
SHOWN = 160
"""Characters of an answer in the page."""
RELEASE = "azureml-core==1.61.0.post4"
TABLE = Path(__file__).parents[2] / "docs" / "sdk-differences.md"
HEAD = f"""# How Scoredock's SDK differs from azureml-core

Written by a test (`tests/sdk/test_compared.py`) that reads the signatures of {RELEASE} beside ours.
It compares the public functions of the classes that deployment scripts use, with their parameters and defaults.
Of two lists of parameters it shows what only one of them has; what only Scoredock has is left out.
Methods that raise `sdk-not-here` say in one sentence what to do instead.
[What scripts notice besides](sdk.md#differences)

| function | azureml-core | here |
|---|---|---|
"""
SAME = """
## What both answer

Where no network is needed, both are called with the same arguments: {same} of {all} answers are the same: values,
files, printed lines, and exceptions with their texts alike. These differ:

| asked | azureml-core | here |
|---|---|---|
"""
LEAST_SAME = 0.8
"""Of the answers of both; what differs stands in the page."""


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory, require: Callable[[object, str], None]) -> Path:
    """The unpacked wheel of azureml-core."""
    folder = tmp_path_factory.mktemp("azureml-core")
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), RELEASE]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    require(done.returncode == 0, f"{RELEASE} from the package index: {done.stderr[-300:]}")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "real")
    return folder / "real"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, require: Callable[[object, str], None]) -> Path:
    """A Python with azureml-core and what it needs."""
    folder = tmp_path_factory.mktemp("azureml-core") / "installed"
    uv = str(Path(sys.executable).with_name("uv"))
    base = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([uv, "venv", "--quiet", "--python", base, str(folder)], check=True)
    python = folder / "bin" / "python"
    # It still imports pkg_resources, which newer releases of setuptools do not have.
    words = [uv, "pip", "install", "--quiet", "--python", str(python), RELEASE, "setuptools<81"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    require(done.returncode == 0, f"{RELEASE} with what it needs: {done.stderr[-300:]}")
    return python


@pytest.fixture
def answers(installed: Path, terminal: Terminal, tmp_path: Path) -> str:
    """The part of the page that calling both comes to."""
    folders = {name: tmp_path / name for name in ("theirs", "ours")}
    for folder in folders.values():
        folder.mkdir()
    words = [str(installed), str(PROBES), "told.json"]
    done = subprocess.run(words, cwd=folders["theirs"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    done = replace(terminal, folder=folders["ours"]).run("sdk", "run", *PYTHON, str(PROBES), "told.json")
    assert done.returncode == 0, done.stderr[-2000:]
    theirs, ours = (json.loads((folder / "told.json").read_text()) for folder in folders.values())
    assert theirs.keys() == ours.keys()
    differ = [name for name in theirs if _plain(theirs[name]) != _plain(ours[name])]
    assert 1 - len(differ) / len(theirs) > LEAST_SAME
    rows = [
        f"| {name} | {_answer(theirs[name], ours[name])} | {_answer(ours[name], theirs[name])} |" for name in differ
    ]
    return SAME.format(same=len(theirs) - len(differ), all=len(theirs)) + "\n".join(rows) + "\n"


def _plain(answer: dict[str, str]) -> dict[str, str]:
    """Blanks and ends of lines say nothing."""
    return {key: " ".join(text.replace("\\n", " ").replace("\\r", " ").split()) for key, text in answer.items()}


def _answer(told: dict[str, str], other: dict[str, str]) -> str:
    """What one of them says, as far as the other says something else."""
    plain = _plain(told)
    parts = [plain["value"]] if plain.get("value") not in (None, "None") else []
    if "error" in plain:
        same = plain["error"] == other.get("error")
        parts.append(plain["message"] if same else f"{plain['error']}: {plain['message']}")
    parts += [plain["printed"]] if plain["printed"] else []
    text = " ".join(parts) or "nothing"
    shown = text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
    return "`" + shown.replace("|", "\\|").replace("`", "'") + "`"


@pytest.mark.long("fetches azureml-core from PyPI")
def test_the_table_of_differences_is_true(real: Path, answers: str) -> None:
    ours = Path(scoredock_azureml.FOLDER)
    found = list(differences(shapes(real, ours=False), shapes(ours, ours=True), refused(ours)))
    rows = "".join(f"| `{name}` | {_shown(theirs)} | {_shown(own)} |\n" for name, theirs, own in found)
    page = HEAD + rows + answers
    if os.environ.get("SCOREDOCK_SDK_DIFFERENCES"):
        Path(os.environ["SCOREDOCK_SDK_DIFFERENCES"]).write_text(page, encoding="utf-8")
    assert TABLE.read_text(encoding="utf-8") == page
    assert [name for name, _, own in found if own == "not there"] == []


@pytest.mark.long("fetches azureml-core from PyPI")
def test_the_list_of_modules_and_names_is_that_of_the_wheel(real: Path) -> None:
    tool = runpy.run_path(str(TOOL))
    assert "".join(f"{line}\n" for line in tool["_modules"](real)) == MODULES
    assert (
        "".join(f"{line}\n" for line in tool["members"](real)) == runpy.run_path(str(tool["MEMBERS_TARGET"]))["MEMBERS"]
    )


def _shown(own: str) -> str:
    return own if "raises" in own or own == "—" else f"`{own}`"


def test_a_planted_difference_is_noticed() -> None:
    real = {"Model": Shape({"list": ("workspace", "name=None"), "delete": ()}, frozenset())}
    ours = {
        "Base": Shape({"delete": ()}, frozenset()),
        "Model": Shape({"list": ("workspace",)}, frozenset(), ("Base",)),
    }
    assert list(differences(real, ours, {})) == [("Model.list", "name=None", "—")]
    assert next(differences(real, {}, {"Model": {"list"}}))[2] == "raises `sdk-not-here`"
