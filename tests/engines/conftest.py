"""One service folder per test, in an environment that is built once; nothing may run when a test has ended."""

from __future__ import annotations

import secrets
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from scoredock.engines.base import Engine, Handle, Launch, Observation
from scoredock.engines.process import ProcessEngine
from scoredock.environments import EnvironmentCache, EnvironmentSettings, EnvironmentSpec
from scoredock.progress import CancelToken, Silent

ENGINES: dict[str, Callable[[], Engine]] = {"process": ProcessEngine}
"""A new engine joins the contract tests with one line here."""

ECHO = """
def init():
    print("init ran")

def run(data):
    return {"got": data}
"""


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interpreter of an environment that holds the runtime only."""
    cache = EnvironmentCache(tmp_path_factory.mktemp("environments"), EnvironmentSettings())
    spec = EnvironmentSpec(python=None, requirements=(), source="default", display_name="runtime only")
    return cache.prepare(spec, Silent(), CancelToken()).python


@dataclass
class Bench:
    """An engine and a workspace folder to start services in."""

    engine: Engine
    owner: Path
    python: Path
    handles: list[Handle] = field(default_factory=list)

    def launch(
        self, script: str = ECHO, *, name: str = "svc", revision: int = 1, nonce: str = "", **changes: object
    ) -> Launch:
        folder = self.owner / "services" / name
        root = folder / "revisions" / str(revision) / "azureml-app"
        (root / "azureml-models").mkdir(parents=True, exist_ok=True)
        (root / "score.py").write_text(textwrap.dedent(script))
        values: dict[str, object] = {
            "service": name, "workspace": "w", "revision": revision, "folder": folder, "app_root": root, "entry_script": "score.py",
            "source_directory": None, "model_dir": str(root / "azureml-models"), "python": self.python, "port": None,
            "nonce": nonce or secrets.token_hex(16), "start_timeout": 20.0, **changes,
        }  # fmt: skip
        return Launch(**values)  # type: ignore[arg-type]

    def start(self, script: str = ECHO, **changes: object) -> Handle:
        handle = self.engine.start(self.launch(script, **changes), Silent(), CancelToken())
        self.handles.append(handle)
        return handle

    def until(self, handle: Handle, *states: str) -> Observation:
        deadline = time.monotonic() + 30
        while (seen := self.engine.observe(handle)).state not in states:
            assert time.monotonic() < deadline, f"still {seen}"
            time.sleep(0.01)
        return seen

    def healthy(self, script: str = ECHO, **changes: object) -> Handle:
        handle = self.start(script, **changes)
        self.until(handle, "Healthy")
        return handle

    def left(self) -> list[str]:
        """What still runs and names this owner in its command line or environment."""
        found = []
        for process in psutil.process_iter():
            try:
                told = " ".join(process.cmdline()) + " ".join(process.environ().values())
                if (
                    str(self.owner) in told
                    and process.status() != psutil.STATUS_ZOMBIE
                    and process.pid != psutil.Process().pid
                ):
                    found.append(f"{process.pid} {' '.join(process.cmdline())}")
            except psutil.Error:
                continue
        return found


@pytest.fixture(params=sorted(ENGINES))
def bench(request: pytest.FixtureRequest, tmp_path: Path, python: Path) -> Iterator[Bench]:
    made = Bench(ENGINES[request.param](), tmp_path / "workspace", python)
    yield made
    for handle in made.handles:
        made.engine.remove(handle)
    assert made.left() == []
