"""Fixtures of the UI tests: the packaged VSIX in a fresh profile, a person's project folder and a data folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from workbench import Chromium, EditorServer, Installation, Window
from workbench.wait import STRETCH

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "diabetes"
SHOTS = Path(__file__).parent / "shots"
PICTURES = ROOT / "docs" / "images"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test below this folder drives a window and may take its time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.ui)
            item.add_marker(pytest.mark.timeout(300 * STRETCH))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


FAILED = pytest.StashKey[bool]()


class Desk:
    """One person's editor, window, project folder and data folder."""

    def __init__(
        self,
        base: Path,
        folder: Path,
        installation: Installation,
        chromium: Chromium,
        settings: dict[str, Any],
        env: dict[str, str],
    ) -> None:
        self.base = base
        self.folder = folder
        self.release = installation.release
        self.home = base / "home"
        """The data folder of this person (SCOREDOCK_HOME)."""
        self.env = {"SCOREDOCK_HOME": str(self.home), **env}
        """What the editor and the command line of this person are started with."""
        profile = base / "profile"
        profile.mkdir()
        self.server = EditorServer(installation, profile, env=self.env, settings=settings)
        self._chromium = chromium
        self._window: Window | None = None

    @property
    def window(self) -> Window:
        assert self._window is not None, "open_window comes first"
        return self._window

    def open_window(self) -> Window:
        """A new browser window on the folder; the one before is closed."""
        if self._window is not None:
            self._window.close()
        self._window = Window(self._chromium, self.server.port, self.folder)
        self._window.open()
        self._window.wait_files()
        return self._window

    def close_window(self) -> None:
        if self._window is not None:
            self._window.close()
            self._window = None

    def scoredock(self, *words: str) -> Any:
        """Runs the command line on the same data folder and reads its JSON."""
        command = [sys.executable, "-m", "scoredock.cli", *words, "--json"]
        env = {**os.environ, **self.env}
        done = subprocess.run(
            command, cwd=self.folder, env=env, check=False, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, f"scoredock {' '.join(words)} failed:\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def picture(self, name: str) -> None:
        """Writes docs/images/<name>-{dark,light}.png; only when SCOREDOCK_SHOTS is set, as the pictures are committed."""
        if not os.environ.get("SCOREDOCK_SHOTS"):
            return
        for _ in range(2):
            self.window.screenshot(PICTURES / f"{name}-{self.window.theme()}.png")
            self.window.toggle_theme()

    def service_processes(self) -> list[psutil.Process]:
        """What the services of this data folder run."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if any(str(self.home) in word for word in process.cmdline()):
                    found.append(process)
        return found

    def keep_evidence(self, name: str) -> None:
        """Saves what a failure looked like."""
        target = SHOTS / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        if self._window is not None:
            with contextlib.suppress(Exception):
                # As it is, also with an explanation that does not go.
                self._window.page.screenshot(path=str(target / "window.png"))
            (target / "console.txt").write_text("\n".join(self._window.console), encoding="utf-8")
        for number, log in enumerate(self.server.log_files()):
            with contextlib.suppress(OSError):
                shutil.copy(log, target / f"{number:02}-{log.name}")

    def clear_away(self, first_starts: Path) -> None:
        self.close_window()
        self.server.stop()
        kept = first_starts / self.release
        # One test alone uses the oldest.
        if self.release == "newest" and not kept.exists():
            half = first_starts / f"{self.base.name}-{self.release}"
            if self.server.keep_first_start(half):
                half.rename(kept)
        left = self.service_processes()
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=5)
        shutil.rmtree(self.base, ignore_errors=True)


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
def first_starts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first desk with each VS Code has made of the VSIX, by release: the next ones need not wait for it again."""
    return tmp_path_factory.mktemp("first-starts")


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
def diabetes(tmp_path: Path, trained: Path) -> Path:
    """A person's copy of the example, with its model file."""
    folder = tmp_path / "diabetes"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.pkl", "__pycache__", ".gitignore"))
    shutil.copy(trained, folder)
    return folder


@contextlib.contextmanager
def desks(
    session: pytest.Session, vsix: Path, first_starts: Path, chromium: Chromium, require: Callable[..., None]
) -> Iterator[tuple[Callable[..., Desk], list[Desk]]]:
    """Sets up desks: `open_desk(folder, release=…, settings=…, env=…)` gives one with its window open; all are cleared
    away. A `fresh` one has its VSIX installed and started for the first time, as the first of all has."""
    made: list[Desk] = []
    failed = session.testsfailed

    def open_one(
        folder: Path,
        *,
        release: str = "newest",
        settings: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
        fresh: bool = False,
    ) -> Desk:
        installation = Installation(release)
        lack = installation.missing()
        require(not lack, lack, "browser")
        # Short, because sockets below it have a length limit.
        base = Path(tempfile.mkdtemp(prefix="sd-ui-"))
        desk = Desk(base, folder, installation, chromium, settings or {}, env or {})
        made.append(desk)
        kept = first_starts / release
        if kept.is_dir() and not fresh:
            desk.server.begin_with(kept)
        else:
            desk.server.install(vsix)
        desk.server.start()
        desk.open_window()
        return desk

    try:
        yield open_one, made
    finally:
        for desk in made:
            desk.clear_away(first_starts)
        if session.testsfailed > failed:
            # A time-out may have struck in the middle of a call; the next windows get a browser that knows nothing of it.
            chromium.close()


@pytest.fixture
def open_desk(
    request: pytest.FixtureRequest,
    vsix: Path,
    first_starts: Path,
    chromium: Chromium,
    require: Callable[..., None],
) -> Iterator[Callable[..., Desk]]:
    """Desks of one test."""
    with desks(request.session, vsix, first_starts, chromium, require) as (open_one, made):
        yield open_one
        if request.node.stash.get(FAILED, False):
            for desk in made:
                desk.keep_evidence(request.node.name)


@pytest.fixture(scope="module")
def open_shared_desk(
    request: pytest.FixtureRequest,
    vsix: Path,
    first_starts: Path,
    chromium: Chromium,
    require: Callable[..., None],
) -> Iterator[Callable[..., Desk]]:
    """Desks that the tests of a module share, for journeys that do not get into each other's way."""
    with desks(request.session, vsix, first_starts, chromium, require) as (open_one, _):
        yield open_one


@pytest.fixture
def tidy(request: pytest.FixtureRequest) -> Iterator[Callable[[Desk], Desk]]:
    """`tidy(desk)` of a shared desk: evidence when the test fails, and no message or question left for the next one."""
    used: list[Desk] = []

    def use(desk: Desk) -> Desk:
        used.append(desk)
        return desk

    yield use
    for desk in used:
        if request.node.stash.get(FAILED, False):
            desk.keep_evidence(request.node.name)
        desk.window.tidy_up()
