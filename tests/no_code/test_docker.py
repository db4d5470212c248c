"""The same services in containers of a real daemon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scoredock.containers.connection import DockerSettings
from scoredock.no_code.ejecting import eject
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest, DeploySettings

from docker_daemon import base_image, docker_host, require_nothing_of
from no_code.conftest import Made, kinds
from no_code.test_numbers import register, scored

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]


@pytest.fixture
def contained(tmp_path: Path, shared: Path) -> Iterator[Deployments]:
    """A workspace whose images start from the tests' own base image."""
    workspace = tmp_path / "home" / "workspaces" / "local"
    workspace.mkdir(parents=True)
    settings = DeploySettings(
        start_timeout=100.0, stop_grace=2.0, docker=DockerSettings(docker_host()), base_image=base_image()
    )
    made = Deployments(Registry(workspace), settings=settings)
    yield made
    for view in made.services():
        made.delete(view.name)
    require_nothing_of(workspace)


# LightGBM, in the long run, leaves a library to the system that the base image does not have.
@pytest.mark.parametrize("kind", kinds("sklearn", of=("sklearn", "onnx_inputs", "lightgbm")))
def test_a_model_answers_as_its_framework(
    kind: str, models: Callable[[str], Made], contained: Deployments, tmp_path: Path
) -> None:
    made = models(kind)
    model = register(contained.registry, made)
    contained.deploy(DeployRequest("by-name", models=(model,), engine="docker"))
    contained.deploy(DeployRequest("by-path", model_path=str(made.path), engine="docker"))
    folder = tmp_path / "taken over"
    found = [contained.registry.model(model)]
    eject(found, contained.registry, folder, contained.environments, Silent(), CancelToken())
    configuration = str(folder / "inferenceconfig.json")
    contained.deploy(DeployRequest("taken-over", models=(model,), inference_config=configuration, engine="docker"))
    for name in ("by-name", "by-path", "taken-over"):
        for case in made.cases:
            assert scored(contained, name, case["body"]) == (200, case["answer"])
