"""One data folder and one terminal for all that is deployed here, so that environments are made once."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from filelock import FileLock

from built_runtime import built_runtime
from cli.conftest import Terminal
from package_pythons import python_with

Train = Callable[[str, Sequence[str], Mapping[str, str]], tuple[Path, list[float]]]
PACKAGES = ("flask==3.1.3", "joblib==1.6.0", "numpy", "pandas==3.1.1", "scikit-learn==1.9.1", "werkzeug")
"""What the scripts of the page import, and what most models of the documents are trained with."""


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """Every environment that is made here takes the same wheel."""
    with built_runtime():
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
def third_party(require: Callable[[object, str], None]) -> Path:
    """The Python of an environment with `PACKAGES` and nothing of ours, made once and kept in the cache."""
    return python_with(PACKAGES, "documents", require)


@pytest.fixture(scope="session")
def train(tmp_path_factory: pytest.TempPathFactory, run_in_packages: Callable[..., str], third_party: Path) -> Train:
    """`train(kind, packages, environment)`: the path of a model and what it predicts for the sample request.

    What `third_party` can train is trained once for what trains it, and kept beside its packages.
    """
    there = {name.partition("==")[0] for name in PACKAGES}
    file = Path(__file__).with_name("build_models.py")
    kept = third_party.parents[1] / f"models-{hashlib.sha256(file.read_bytes()).hexdigest()[:8]}"

    def make(kind: str, packages: Sequence[str], environment: Mapping[str, str]) -> tuple[Path, list[float]]:
        needed = [name for name in packages if not name.startswith(("azureml", "inference-schema"))]
        if there.issuperset(needed) and not environment:
            said = kept / f"{kind}.json"
            with FileLock(f"{kept}.lock", timeout=500):
                if not said.exists():
                    command = [str(third_party), str(file), kind, str(kept / kind)]
                    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=400)
                    whole = said.with_suffix(".new")
                    whole.write_text(done.stdout)
                    whole.replace(said)
            text = said.read_text()
        else:
            folder = tmp_path_factory.mktemp("trained")
            text = run_in_packages(needed, file, kind, str(folder), environment=environment)
        told = json.loads(text.splitlines()[-1])
        return Path(told["path"]), told["predictions"]

    return make
