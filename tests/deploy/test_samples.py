"""The samples that deploy really do, and answer what scikit-learn itself predicts."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import from_requirements
from scoredock.progress import CancelToken, Silent
from scoredock.services.request import DeployRequest

from samples.expected import FILES, SAMPLES, Call, Sample

from .conftest import Place

BUILD_MODEL = Path(__file__).parents[1] / "samples" / "build_model.py"
AT_THE_GATE = (5,)
"""Numbers of samples: one without packages. tests/no_code has scikit-learn, test_deploy has several models."""
FURTHER = pytest.mark.long("another script of the same kind; that each of them passes the checks is tested at the gate")
DEPLOYING = [sample for sample in SAMPLES if sample.deploys is not None]


@pytest.fixture(scope="session")
def trainer(shared: Path) -> Callable[[], Path]:
    """Gives an interpreter that has scikit-learn, the same release that the services get; made when it is asked for."""

    def prepared() -> Path:
        wish = from_requirements(("scikit-learn", "joblib"), "the tests", "training")
        return EnvironmentCache(shared, EnvironmentSettings()).prepare(wish, Silent(), CancelToken()).python

    return cache(prepared)


def _train(trainer: Callable[[], Path], kind: str, folder: Path) -> tuple[Path, list[float]]:
    done = subprocess.run(
        [str(trainer()), str(BUILD_MODEL), kind, str(folder)], check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout)
    return Path(told["path"]), told["predictions"]


def _filled(answer: object, predictions: list[float]) -> object:
    """The expected answer with the predictions in the place of the word."""
    if answer == "predictions":
        return [pytest.approx(value) for value in predictions]
    if isinstance(answer, dict):
        return {key: _filled(value, predictions) for key, value in answer.items()}
    return answer


def _matches(call: Call, response: requests.Response, predictions: list[float]) -> None:
    assert response.status_code == call.status, response.text
    for name, value in call.headers:
        assert response.headers[name] == value
    if isinstance(call.answer, bytes):
        assert response.content == call.answer
        return
    told: Any = response.json()
    expected = _filled(call.answer, predictions)
    if isinstance(expected, dict):
        told = {key: told[key] for key in expected}
    assert told == expected


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(sample, marks=() if number in AT_THE_GATE else FURTHER, id=Path(sample.path).parts[0])
        for number, sample in enumerate(DEPLOYING)
    ],
)
def test_sample_deploys_and_answers(sample: Sample, place: Place, trainer: Callable[[], Path], tmp_path: Path) -> None:
    deployment = sample.deploys
    assert deployment is not None
    top = Path(sample.path).parts[0]
    project = tmp_path / top
    shutil.copytree(FILES / top, project)
    script = project.joinpath(*Path(sample.path).parts[1:])
    predictions: list[float] = []
    models = []
    for name, kind in deployment.models:
        path, predictions = _train(trainer, kind, tmp_path / "trained" / name)
        models.append(place.registry.register([path], name).id)
    if deployment.beside_script:
        path, predictions = _train(trainer, deployment.beside_script, tmp_path / "trained" / "beside")
        shutil.copy(path, script.parent)
    environment = ""
    if deployment.packages:
        environment = str(project / "requirements.txt")
        Path(environment).write_text("\n".join(deployment.packages))
    config = str(project / deployment.inference_config) if deployment.inference_config else ""
    service = place.deployments.deploy(
        DeployRequest(
            "sample",
            models=tuple(models),
            entry_script="" if config else str(script),
            inference_config=config,
            environment_file=environment,
            deployment_config=str(project / deployment.deployment_config) if deployment.deployment_config else "",
        )
    )
    assert service.state == "Healthy"
    for call in deployment.calls:
        url = service.scoring_uri.removesuffix("/score") + call.path
        headers = {"Content-Type": "application/json"} if call.method == "POST" else {}
        _matches(call, requests.request(call.method, url, data=call.body, headers=headers, timeout=30), predictions)
