"""One data folder and one terminal for all that is deployed here, so that environments are made once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from built_runtime import built_runtime
from cli.conftest import Terminal

Train = Callable[[str, Sequence[str], Mapping[str, str]], tuple[Path, list[float]]]


@pytest.fixture(scope="session", autouse=True)
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every environment that is made here takes the same wheel."""
    with built_runtime(tmp_path_factory.mktemp("runtime")):
        yield


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder (SCOREDOCK_HOME); no service is left in it."""
    folder = tmp_path_factory.mktemp("documents") / "home"
    yield folder
    Terminal(folder, folder.parent).ok("service", "stop-all", "--all")


@pytest.fixture
def terminal(home: Path, tmp_path: Path) -> Terminal:
    """The command line, in a folder of its own."""
    project = tmp_path / "project"
    project.mkdir()
    return Terminal(home, project)


@pytest.fixture(scope="session")
def run_in_packages() -> Callable[..., str]:
    """Runs a Python file in an environment of the given packages; its standard output."""

    def run(packages: Sequence[str], file: Path, *words: str, environment: Mapping[str, str] | None = None) -> str:
        uv = Path(sys.executable).parent / "uv"
        command = [str(uv), "run", "--quiet", "--isolated", "--no-project", "--python", sys.executable]
        command += [word for name in packages for word in ("--with", name)]
        env = {**os.environ, **(environment or {})}
        done = subprocess.run(
            [*command, "python", str(file), *words], check=False, capture_output=True, text=True, timeout=400, env=env
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def train(tmp_path_factory: pytest.TempPathFactory, run_in_packages: Callable[..., str]) -> Train:
    """`train(kind, packages, environment)`: the path of a new model and what it predicts for the sample request."""
    file = Path(__file__).with_name("build_models.py")

    def make(kind: str, packages: Sequence[str], environment: Mapping[str, str]) -> tuple[Path, list[float]]:
        needed = [name for name in packages if not name.startswith(("azureml", "inference-schema"))]
        folder = tmp_path_factory.mktemp("trained")
        told = json.loads(run_in_packages(needed, file, kind, str(folder), environment=environment).splitlines()[-1])
        return Path(told["path"]), told["predictions"]

    return make
