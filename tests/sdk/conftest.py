"""One data folder for the scripts of the SDK that run here, and a project with what the documents' samples name."""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import preloaded
import tracking_stores
from built_runtime import built_runtime
from cli.conftest import Terminal
from depth import LONG
from documents.conftest import run_in_packages as run_in_packages
from documents.conftest import third_party as third_party
from documents.conftest import train as train
from no_code.conftest import frameworks as frameworks
from no_code.conftest import models as made_models
from no_code.conftest import wheels as wheels
from runs.conftest import mlflow as mlflow

__all__ = ["frameworks", "made_models", "mlflow", "run_in_packages", "third_party", "train", "wheels"]

RUN, PARENT, CHILD = "a" * 32, "b" * 32, "c" * 32
SCORE = (
    "import json\n\n\ndef init():\n    print('up')\n\n\ndef run(data):\n"
    "    return [sum(row) if isinstance(row, list) else 0 for row in json.loads(data).get('data', [])]\n"
)
CONDA = "name: project_environment\ndependencies:\n  - pip:\n    - azureml-defaults\n"


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """Every environment that is made here takes the same wheel."""
    with built_runtime():
        yield


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder; no service is left in it."""
    folder = tmp_path_factory.mktemp("sdk") / "home"
    yield folder
    Terminal(folder, folder.parent).ok("service", "stop-all", "--all")


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables by which scripts start their servers with their modules loaded, but in the long run."""
    folder = tmp_path_factory.mktemp("servers")
    return {} if LONG else preloaded.server_of_scripts(folder, Terminal(folder, folder).environment())


@pytest.fixture
def terminal(home: Path, tmp_path: Path, servers: dict[str, str]) -> Terminal:
    """The command line in the folder of a project."""
    project = tmp_path / "project"
    project.mkdir()
    made = Terminal(home, project, env=dict(servers))
    fill(project, f"ws-{abs(hash(str(tmp_path))) % 10**9}")
    return made


def fill(folder: Path, workspace: str) -> None:
    """What the samples name: configuration, scripts, models, a tracking store."""
    (folder / ".file-path").mkdir()
    identity = {"subscription_id": "11111111", "resource_group": "docs", "workspace_name": workspace}
    (folder / ".file-path" / "ws_config.json").write_text(json.dumps(identity))
    (folder / "score.py").write_text(SCORE)
    (folder / "conda.yml").write_text(CONDA)
    (folder / "myenv.yml").write_text(CONDA)
    for name in ("plain/model.json", "mnist/model.onnx", "outputs/sklearn_mnist_model.pkl"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{}")
    (folder / "models").mkdir()
    for name in ("model.h5", "model.w2v", "encoder.pkl", "tokenizer.pkl"):
        (folder / "models" / name).write_text(name)
    with tarfile.open(folder / "archive.tar.gz", "w:gz") as archive:
        archive.add(folder / "mnist", "mnist")
    (folder / "example.jpg").write_bytes(b"\xff\xd8")
    _runs(folder / "mlruns")


def _runs(store: Path) -> None:
    experiment = tracking_stores.experiment(store)
    for id in (RUN, PARENT, CHILD):
        made = tracking_stores.run(store, id)
        (made / "artifacts" / "outputs" / "sklearn_mnist_model.pkl").write_text("model")
    _tags(experiment / PARENT, {"primary_metric": "accuracy"})
    _tags(experiment / CHILD, {"mlflow.parentRunId": PARENT})
    (experiment / CHILD / "metrics").mkdir()
    (experiment / CHILD / "metrics" / "accuracy").write_text("1000 0.9 0\n")


def _tags(run: Path, tags: dict[str, str]) -> None:
    (run / "tags").mkdir()
    for name, value in tags.items():
        (run / "tags" / name).write_text(value)


PYTHON = ("--python", sys.executable)
"""The script's Python: one that has requests, as the documents' clients import it."""
