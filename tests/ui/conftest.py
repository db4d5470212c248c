"""Fixtures of the UI tests: the packaged VSIX in a fresh profile, a person's project folder and a data folder of its
own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from desks import Desk, Desks
from documents.conftest import run_in_packages, third_party, train  # noqa: F401 (fixtures)
from workbench import Chromium, Installation
from workbench.wait import STRETCH

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "diabetes"
PICTURING = {"picture", "shoot", "recording"}
"""What a test calls that takes a picture of the guide, the walkthrough or the README."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test below this folder drives a window and may take its time. The one that needs a fresh editor comes
    first: all others go on with that."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.ui)
            item.add_marker(pytest.mark.timeout(300 * STRETCH))
            if isinstance(item, pytest.Function) and PICTURING & set(item.function.__code__.co_names):
                item.add_marker(pytest.mark.pictures)
    items.sort(key=lambda item: item.path != Path(__file__).parent / "test_no_code.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        # Before any fixture clears away what was on screen.
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Desk):
                value.keep_evidence(item.name)
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def browser(require: Callable[..., None]) -> None:
    """Asked for by whatever takes long to make, so that a machine without a browser makes none of it."""
    lack = Installation("newest").missing()
    require(not lack, lack, "browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    made = Chromium()
    yield made
    made.close()


@pytest.fixture(scope="session")
def vsix(browser: None) -> Path:
    """The extension as it ships, made from the checkout; or one that was made already, which SCOREDOCK_VSIX names."""
    if made := os.environ.get("SCOREDOCK_VSIX"):
        return Path(made).resolve(strict=True)
    packager = ROOT / "scripts" / "package.mjs"
    done = subprocess.run(["node", str(packager)], cwd=ROOT, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"npm run package failed:\n{done.stdout}\n{done.stderr}"
    return Path(done.stdout.strip().splitlines()[-1].split("] ", 1)[-1])


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, browser: None) -> Path:
    """The example's model file, trained once."""
    target = tmp_path_factory.mktemp("trained")
    uv = Path(sys.executable).parent / "uv"
    packages = [word for name in ("scikit-learn", "joblib", "numpy") for word in ("--with", name)]
    command = [str(uv), "run", "--quiet", "--isolated", "--no-project", "--python", sys.executable, *packages]
    command += ["python", str(EXAMPLE / "train.py"), "--output", str(target)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"training the example failed:\n{done.stderr}"
    return target / "sklearn_regression_model.pkl"


@pytest.fixture
def textbook(tmp_path: Path, trained: Path) -> Path:
    """A model file, a script that loads it, conda file and inference configuration; nothing is registered."""
    folder = tmp_path / "diabetes"
    folder.mkdir()
    for name in ("conda.yml", "inferenceconfig.json"):
        shutil.copy(EXAMPLE / name, folder)
    script = (EXAMPLE / "score.py").read_text(encoding="utf-8").replace("sklearn_regression_model.pkl", "model.pkl")
    (folder / "score.py").write_text(script, encoding="utf-8")
    shutil.copy(trained, folder / "model.pkl")
    return folder


@pytest.fixture
def diabetes(tmp_path: Path, trained: Path) -> Path:
    """A person's copy of the example, with its model file."""
    folder = tmp_path / "diabetes"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.pkl", "__pycache__", ".gitignore"))
    shutil.copy(trained, folder)
    return folder


@pytest.fixture(scope="session")
def all_desks(
    vsix: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Chromium, require: Callable[..., None]
) -> Iterator[Desks]:
    made = Desks(vsix, tmp_path_factory.mktemp("first-start") / "kept", chromium, require)
    yield made
    made.close()


def _open_desk(request: pytest.FixtureRequest, all_desks: Desks) -> Iterator[Callable[..., Desk]]:
    """`open_desk(folder, …)`, see `Desks.open`."""
    with all_desks.opened(request.session) as (open_one, made):
        yield open_one
        if request.node.stash.get(FAILED, False):
            for desk in made:
                desk.keep_evidence(request.node.name)


open_desk = pytest.fixture(_open_desk, name="open_desk")
"""Desks of one test."""
open_shared_desk = pytest.fixture(_open_desk, name="open_shared_desk", scope="module")
"""Desks that the tests of a module share, for journeys that do not get into each other's way."""


@pytest.fixture
def tidy() -> Callable[[Desk], Desk]:
    """`tidy(desk)` of a shared desk: no message or question is left of the test before."""

    def use(desk: Desk) -> Desk:
        if desk.used:
            desk.window.tidy_up()
        desk.used = True
        return desk

    return use
