"""A workspace per test, environments that all of them share, and a look for left-overs when a test has ended."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.context import Context
from scoredock.errors import ScoredockError
from scoredock.features.services.reloading import Reloads
from scoredock.progress import CancelToken
from scoredock.registry import Registry
from scoredock.service import Service
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest, DeploySettings
from scoredock.settings import Values

import hypothesis_profiles  # noqa: F401
import preloaded
from built_runtime import built_runtime
from depth import LONG
from pace import patience

ECHO = """
    def init():
        print("init ran")

    def run(data):
        return {"got": data}
"""


@dataclass
class Told:
    """Progress that remembers, and may act at a step."""

    messages: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    at: dict[str, Callable[[], None]] = field(default_factory=dict)

    def report(self, message: str, percentage: int | None = None) -> None:
        self.messages.append(message)
        for start, act in self.at.items():
            if message.startswith(start):
                act()

    def output(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Environments of all tests here, made from one wheel of this checkout."""
    with built_runtime():
        yield tmp_path_factory.mktemp("environments")


@dataclass
class Place:
    """A project folder and a workspace to deploy from and to."""

    project: Path
    workspace: Path
    registry: Registry
    deployments: Deployments

    def write(self, name: str, text: str) -> Path:
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        return path

    def request(self, script: str = ECHO, name: str = "svc-one", **changes: Any) -> DeployRequest:
        if "entry_script" not in changes and "inference_config" not in changes:
            changes["entry_script"] = str(self.write("score.py", script))
        return DeployRequest(name, **changes)

    def deploy(
        self, script: str = ECHO, progress: Any = None, cancel: CancelToken | None = None, **changes: Any
    ) -> Service:
        return self.deployments.deploy(self.request(script, **changes), progress, cancel)

    def refused(self, script: str = ECHO, **changes: Any) -> ScoredockError:
        with pytest.raises(ScoredockError) as refused:
            self.deploy(script, **changes)
        return refused.value

    def answer(self, name: str = "svc-one", body: str = "[1]") -> str:
        return self.deployments.client.call(name, body.encode()).body.decode()

    def again(self) -> Deployments:
        """As another process would see the workspace."""
        return Deployments(Registry(self.workspace), settings=self.deployments.settings)

    def left(self) -> list[str]:
        found = []
        for process in psutil.process_iter():
            try:
                told = " ".join(process.cmdline()) + " ".join(process.environ().values())
                if (
                    str(self.workspace) in told
                    and process.status() != psutil.STATUS_ZOMBIE
                    and process.pid != os.getpid()
                ):
                    found.append(f"{process.pid} {' '.join(process.cmdline())}")
            except psutil.Error:
                continue
        return found

    def nothing_left(self) -> None:
        deadline = time.monotonic() + patience(3)
        while (found := self.left()) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert found == []


def terminal(place: Place, *words: str) -> subprocess.Popen[bytes] | preloaded.Started:
    """`scoredock …` in the project folder; at the gate its modules are loaded already."""
    env = {**os.environ, "SCOREDOCK_HOME": str(place.workspace.parent.parent)}
    if not LONG and preloaded.can_start(env):
        return preloaded.Started("scoredock.cli", words, cwd=place.project, env=env, stdin=False)
    command = [sys.executable, "-m", "scoredock.cli", *words]
    return subprocess.Popen(command, env=env, cwd=place.project, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@contextlib.contextmanager
def new_place(folder: Path, shared: Path) -> Iterator[Place]:
    """One in a folder of its own; nothing of it is left afterwards."""
    workspace = folder / "home" / "workspaces" / "local"
    workspace.mkdir(parents=True)
    (workspace / "environments").symlink_to(shared)
    project = folder / "project"
    project.mkdir()
    registry = Registry(workspace)
    made = Place(
        project, workspace, registry, Deployments(registry, settings=DeploySettings(start_timeout=60.0, stop_grace=2.0))
    )
    yield made
    for view in made.deployments.services():
        made.deployments.delete(view.name)
    made.nothing_left()
    assert made.deployments.ledger.intents() == []


@pytest.fixture
def place(tmp_path: Path, shared: Path) -> Iterator[Place]:
    with new_place(tmp_path, shared) as made:
        yield made


ZERO = """
    def init():
        pass


    def run(data):
        return 0
"""


@pytest.fixture
def source(place: Place) -> Path:
    """The script in a source directory, deployed and Healthy, answering 0."""
    script = place.write("src/score.py", ZERO)
    place.deploy(entry_script=str(script), source_directory=str(place.project / "src"))
    return script


@pytest.fixture
def watching(place: Place) -> Iterator[Callable[[], Reloads]]:
    """Servers with the project open, as far as reloading goes."""
    made: list[Reloads] = []

    def begin() -> Reloads:
        home = place.workspace.parent.parent
        context = Context(Values({}, {}), home=home, folders=(place.project,))
        assert context.active().path == place.workspace
        made.append(Reloads(context, lambda: True, lambda: None))
        return made[-1]

    yield begin
    for each in made:
        each.stop()


@pytest.fixture(scope="session")
def shared_images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all tests here remember of images that were made."""
    return tmp_path_factory.mktemp("images")


@contextlib.contextmanager
def new_docked(folder: Path, shared: Path, images: Path) -> Iterator[Any]:
    """See `deploy.docked.Docked`; nothing of it is left on the daemon afterwards."""
    from deploy.docked import docked

    made = docked(folder, images)
    (made.workspace / "environments").symlink_to(shared)
    yield made
    for view in made.deployments.services():
        made.deployments.delete(view.name)
    made.no_orphans()
    assert made.unfinished() == []
    made.remove_images()
    made.nothing_left()


@pytest.fixture
def docked(tmp_path: Path, shared: Path, shared_images: Path) -> Iterator[Any]:
    with new_docked(tmp_path, shared, shared_images) as made:
        yield made
