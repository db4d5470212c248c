"""The command line, and a Python with the newest azure-ai-ml, whose own loaders judge what is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from built_runtime import built_runtime
from cli.conftest import Terminal

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scoredock"
LOADER = Path(__file__).with_name("azure_ml_loader.py")
KINDS = ("model.yml", "environment.yml", "endpoint.yml", "traffic.yml", "-deployment.yml")


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """Every environment that is made here takes the same wheel."""
    with built_runtime():
        yield


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def shared_environments(terminal: Terminal, environments: Path) -> None:
    """For tests that deploy, and to which it is all the same who has built the environment."""
    workspace = terminal.home / "workspaces" / "local"
    workspace.mkdir(parents=True, mode=0o700)
    (workspace / "environments").symlink_to(environments)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path / "home", tmp_path)
    yield terminal
    if any((tmp_path / "home").glob("workspaces/*/services/*")):
        terminal.run("service", "stop-all", "--all")


@pytest.fixture(scope="session")
def azure_python(require: Callable[[object, str], None]) -> Path:
    """A Python with the newest azure-ai-ml, made once a day and kept in the cache."""
    place = CACHE / f"test-azure-ai-ml-py{sys.version_info[0]}{sys.version_info[1]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock", timeout=500):
        if not (place / "complete").exists():
            uv = str(Path(sys.executable).with_name("uv"))
            base = getattr(sys, "_base_executable", sys.executable)
            subprocess.run([uv, "venv", "--quiet", "--clear", "--python", base, str(place)], check=True)
        python = place / "bin" / "python"
        words = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--upgrade"]
        done = subprocess.run(
            [*words, "--python", str(python), "azure-ai-ml"], check=False, capture_output=True, text=True
        )
        is_there = (place / "complete").exists()
        require(done.returncode == 0 or is_there, f"azure-ai-ml from the package index: {done.stderr[-400:]}")
        (place / "complete").touch()
    return python


@pytest.fixture(scope="session")
def loaded(azure_python: Path) -> Callable[[Iterable[Path]], dict[str, str]]:
    """`loaded(folders)` gives the file of each document that does not load or does not come back equal, and why."""

    def judge(folders: Iterable[Path]) -> dict[str, str]:
        files = [str(path) for folder in folders for path in documents(folder)]
        assert files, "nothing was written"
        done = subprocess.run(
            [str(azure_python), str(LOADER)],
            input=json.dumps(files),
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        told = json.loads(done.stdout.splitlines()[-1])
        assert set(told) == set(files)
        return {name: wrong for name, wrong in told.items() if wrong}

    return judge


def documents(folder: Path) -> list[Path]:
    """The files of v2 that a migration wrote; code that was taken along may have some of its own."""
    return sorted(
        path
        for path in folder.rglob("*.yml")
        if path.name.endswith(KINDS) and not {"code", "files", "scripts"} & set(path.relative_to(folder).parts[:-1])
    )
