"""MLflow models without a script take `input_data` as online endpoints of Azure ML v2 do, and get the packages of the
conda file that their MLmodel names. The models are MLflow's own; the answers are those of `mlflow.pyfunc`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from filelock import FileLock
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest

from cli.conftest import Terminal
from no_code.conftest import CACHE
from no_code.test_numbers import of_schema, scored

pytestmark = pytest.mark.timeout(900)

MAKER = Path(__file__).with_name("make_mlflow.py")
PACKAGES = ("mlflow-skinny==3.17.2", "scikit-learn==1.9.1", "pandas==3.1.1", "numpy", "flask==3.1.3")
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


@pytest.fixture(scope="session")
def python(require: Callable[[object, str], None]) -> Path:
    """A Python with MLflow, made once per machine."""
    place = CACHE / f"no-code-mlflow-{'-'.join(PACKAGES[0].split('=='))}-py{sys.version_info[0]}{sys.version_info[1]}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock", timeout=500):
        if not (place / "complete").exists():
            uv = str(Path(sys.executable).with_name("uv"))
            base = getattr(sys, "_base_executable", sys.executable)
            subprocess.run([uv, "venv", "--quiet", "--clear", "--python", base, str(place)], check=True)
            words = [uv, "pip", "install", "--quiet", "--python", str(place / "bin" / "python"), *PACKAGES]
            done = subprocess.run(words, check=False, capture_output=True, text=True)
            require(done.returncode == 0, f"MLflow from the package index: {done.stderr[-400:]}")
            (place / "complete").touch()
    return place / "bin" / "python"


@pytest.fixture(scope="session")
def made(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mlflow") / "models"
    subprocess.run([str(python), str(MAKER), str(folder)], check=True, env={**os.environ, **QUIET}, timeout=300)
    return folder


@pytest.fixture
def with_mlflow(python: Path, tmp_path: Path) -> str:
    """An environment file that names the Python with MLflow, so that nothing is to be installed."""
    path = tmp_path / "azureml_environment.json"
    interpreter = {"userManagedDependencies": True, "interpreterPath": str(python)}
    path.write_text(json.dumps({"name": "mlflow", "python": interpreter}))
    return str(path)


@pytest.fixture
def served(made: Path, with_mlflow: str, deployments: Deployments) -> Callable[[str], None]:
    def deploy(name: str) -> None:
        deployments.deploy(DeployRequest("flow", model_path=str(made / name), environment_file=with_mlflow))

    return deploy


@pytest.mark.parametrize("name", ["table", "array", "tensor", "named"])
def test_bodies_of_v2_are_answered_as_mlflow_answers(
    name: str, made: Path, served: Callable[[str], None], deployments: Deployments
) -> None:
    served(name)
    cases = json.loads((made / f"{name}.json").read_text())
    assert cases
    for case in cases:
        assert scored(deployments, "flow", case["body"]) == (200, case["answer"]), case["body"]
    sample = json.loads(of_schema(deployments, "flow").body)
    assert list(sample) == ["data", "input_data", "params"]


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, 'A request needs "input_data" or "data".'),
    ({"input_data": {}}, 'A request needs "input_data" or "data".'),
    ({"input_data": {"columns": ["area", "rooms"], "data": [[1.0, 2]]}}, "Missing columns: garden."),
    ({"input_data": {"columns": ["area", "rooms", "garden"], "data": [[1.0, 2]]}}, "A row has 3 values"),
    ({"input_data": {"columns": ["area", "rooms", "garden"], "data": [1.0, 2, 3.0]}}, "one for each row"),
    ({"input_data": {"columns": "area", "data": [[1.0]]}}, "take lists"),
    (
        {"input_data": {"columns": ["area", "rooms", "garden"], "data": [[1.0, 2.5, 3.0]]}},
        "'rooms' takes whole numbers of the type int64, not 2.5.",
    ),
    (
        {"input_data": {"columns": ["area", "rooms", "garden"], "index": [0, 1], "data": [[1.0, 2, 3.0]]}},
        "Length mismatch",
    ),
    ({"input_data": [[1.0, 2, 3.0]], "params": [1]}, '"params" takes an object'),
)


def test_what_is_wrong_with_a_body_is_answered_with_400(
    served: Callable[[str], None], deployments: Deployments
) -> None:
    served("table")
    for body, words in REFUSED:
        status, answer = scored(deployments, "flow", body)
        assert (status, isinstance(answer, dict) and words in answer["message"]) == (400, True), (body, answer)


DEPLOYMENT = {
    "$schema": "https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json",
    "name": "blue",
    "endpoint_name": "house",
    "model": {"path": "table", "type": "mlflow_model"},
    "instance_type": "Standard_DS2_v2",
    "instance_count": 1,
}


def test_the_conda_file_that_mlmodel_names_decides(made: Path, tmp_path: Path, shared: Path) -> None:
    """requirements.txt, which does not install, is not read; pip's lines and conda's both count."""
    folder = tmp_path / "project"
    shutil.copytree(made / "table", folder / "table")
    (folder / "table" / "requirements.txt").write_text("no-such-package==0.0.1\n")
    described = yaml.safe_load((folder / "table" / "MLmodel").read_text())
    conda_file = described["flavors"]["python_function"]["env"]["conda"]
    conda = yaml.safe_load((folder / "table" / conda_file).read_text())
    conda["dependencies"] = [*conda["dependencies"], "colorama"]
    (folder / "table" / conda_file).write_text(yaml.safe_dump(conda))
    (folder / "blue.yml").write_text(yaml.safe_dump(DEPLOYMENT))
    terminal = Terminal(tmp_path / "home", folder)
    terminal.ok("model", "list")  # makes the workspace
    (tmp_path / "home" / "workspaces" / "local" / "environments").symlink_to(shared)
    try:
        terminal.ok("service", "deploy", "--file", "blue.yml")
        for case in json.loads((made / "table.json").read_text())[:1]:
            answer = terminal.ok("service", "call", "house-blue", "--data", json.dumps(case["body"]))
            assert json.loads(answer) == case["answer"]
        assert list(shared.glob("*/**/site-packages/colorama")), "a package of the conda file"
    finally:
        terminal.ok("service", "stop-all", "--all")
