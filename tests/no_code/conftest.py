"""Models that each framework made itself, and workspaces to deploy them in.

The frameworks lie in one environment under ~/.cache/scoredock, made once per machine; the services get environments of
their own from uv's cache. PyTorch's wheel comes by pip, which is told where processor builds lie; uv finds it in a
folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeploySettings

from built_runtime import built_runtime
from depth import LONG

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scoredock"
MAKER = Path(__file__).with_name("make_models.py")
MAKERS = (MAKER, MAKER.with_name("make_boosters.py"), MAKER.with_name("making.py"))
TORCH = "torch==2.13.0"
LIGHT_PACKAGES = (
    "scikit-learn==1.9.1",
    "joblib==1.6.0",
    "pandas==3.1.1",
    "onnx==1.23.2",
    "skl2onnx==1.20.0",
    "onnxruntime==1.31.1",
    "lightgbm==4.7.0",
    "skops==0.16.0",
    "flask==3.1.3",
)
HEAVY_PACKAGES = ("xgboost==3.2.0", "tensorflow-cpu==2.21.0", "keras==3.15.1", "mlflow==3.17.2", TORCH)
"""Gigabytes: only the long run has them."""
PACKAGES = (*LIGHT_PACKAGES, *HEAVY_PACKAGES) if LONG else LIGHT_PACKAGES
LIGHT_KINDS = (
    "sklearn",
    "sklearn_frame",
    "sklearn_mixed",
    "sklearn_gaps",
    "skops",
    "onnx",
    "onnx_inputs",
    "onnx_open",
    "lightgbm",
    "lightgbm_categories",
    "lightgbm_wrapper",
    "lightgbm_wrapper_categories",
)
HEAVY_KINDS = (
    "tensorflow",
    "keras",
    "keras_h5",
    "xgboost",
    "xgboost_ubj",
    "xgboost_pickle",
    "xgboost_categories",
    "xgboost_codes",
    "xgboost_wrapper",
    "xgboost_wrapper_categories",
    "torchscript",
    "torchscript_arguments",
    "mlflow",
)
KINDS = (*LIGHT_KINDS, *HEAVY_KINDS)
MADE = (*(KINDS if LONG else LIGHT_KINDS), "skops_trees")
FURTHER = pytest.mark.long("the same behaviour for another framework or another form of its models")


def kinds(*gate: str, of: tuple[str, ...] = KINDS) -> list[Any]:
    """Kinds as parameters: those named are for every change, the others for the long run."""
    assert set(gate) <= set(LIGHT_KINDS)
    return [pytest.param(kind, marks=() if kind in gate else FURTHER) for kind in of]


@dataclass(frozen=True)
class Made:
    """A model, and what its framework answers when it is called directly."""

    path: Path
    framework: str
    version: str
    cases: list[dict[str, Any]]
    width: int = 0
    """Columns that the sample request must have."""
    sample: Any = None
    refused: list[list[Any]] = field(default_factory=list)
    """Bodies that get status 400, and words of the message."""
    untrusted: list[str] = field(default_factory=list)
    """Types of a skops file that skops does not load without being told."""


def _run(words: list[str], require: Callable[[object, str], None], what: str, **variables: str) -> None:
    done = subprocess.run(words, check=False, capture_output=True, text=True, env={**os.environ, **variables})
    require(done.returncode == 0, f"{what}: {done.stderr[-600:]}")


@pytest.fixture(scope="session")
def wheels(require: Callable[[object, str], None]) -> Path:
    """A folder with PyTorch's wheel, as a person without a graphics card would keep one."""
    folder = CACHE / "no-code-wheels"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock", timeout=500):
        if TORCH in PACKAGES and not list(folder.glob("torch-*.whl")):
            _run(
                [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), TORCH],
                require,
                "PyTorch by pip",
            )
    return folder


@pytest.fixture(scope="session")
def frameworks(require: Callable[[object, str], None], wheels: Path) -> Path:
    """The Python of an environment that has all frameworks."""
    key = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:8]
    place = CACHE / f"no-code-{key}-py{sys.version_info[0]}{sys.version_info[1]}"
    with FileLock(f"{place}.lock", timeout=500):
        if not (place / "complete").exists():
            uv = str(Path(sys.executable).with_name("uv"))
            base = getattr(sys, "_base_executable", sys.executable)
            _run([uv, "venv", "--quiet", "--clear", "--python", base, str(place)], require, "an environment")
            python = str(place / "bin" / "python")
            words = [uv, "pip", "install", "--quiet", "--python", python, "--find-links", str(wheels), *PACKAGES]
            _run(words, require, "the frameworks from the package index")
            (place / "complete").touch()
    return place / "bin" / "python"


@pytest.fixture(scope="session")
def models(
    frameworks: Path, tmp_path_factory: pytest.TempPathFactory, require: Callable[[object, str], None]
) -> Callable[[str], Made]:
    """`models(kind)` is a model of that kind; all are made by one process, once for what makes them, and copied."""
    makers = b"".join(each.read_bytes() for each in MAKERS)
    made = frameworks.parents[1] / f"models-{hashlib.sha256(makers).hexdigest()[:8]}"
    folder = tmp_path_factory.mktemp("models") / "of a run"
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}

    def make(kind: str) -> Made:
        if not folder.exists():
            with FileLock(f"{made}.lock", timeout=500):
                if not (made / "complete").exists():
                    shutil.rmtree(made, ignore_errors=True)
                    made.mkdir()
                    _run([str(frameworks), str(MAKER), str(made), *MADE], require, "making the models", **quiet)
                    (made / "complete").touch()
            shutil.copytree(made, folder)
        told = json.loads((folder / f"{kind}.json").read_text())
        return Made(**{**told, "path": folder / Path(told["path"]).relative_to(made)})

    return make


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Environments of all tests here, with the runtime of this checkout."""
    with built_runtime():
        yield tmp_path_factory.mktemp("environments")


@pytest.fixture
def deployments(tmp_path: Path, shared: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployments]:
    """An empty workspace; its services end with the test."""
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    workspace = tmp_path / "home" / "workspaces" / "local"
    workspace.mkdir(parents=True)
    (workspace / "environments").symlink_to(shared)
    made = Deployments(Registry(workspace), settings=DeploySettings(start_timeout=100.0, stop_grace=2.0))
    yield made
    for view in made.services():
        made.delete(view.name)


@pytest.fixture
def with_everything(frameworks: Path, tmp_path: Path) -> str:
    """An environment file that names the Python with all frameworks: nothing is to be installed."""
    path = tmp_path / "azureml_environment.json"
    python = {"userManagedDependencies": True, "interpreterPath": str(frameworks)}
    path.write_text(json.dumps({"name": "everything", "python": python}))
    return str(path)


@pytest.fixture
def registry(deployments: Deployments) -> Registry:
    return deployments.registry
