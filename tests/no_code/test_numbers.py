"""A model of each framework, served without a script, gives the numbers that the framework gives when it is called."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from scoredock.registry import Registry
from scoredock.services.access.bodies import ScoringRequest
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest

from no_code.conftest import Made, kinds

pytestmark = pytest.mark.timeout(900)
"""A machine that has none of the frameworks yet gets them first."""


def of_schema(deployments: Deployments, name: str) -> ScoringRequest:
    """What the service's description proposes, also when it has answered another request since."""
    return next(each for each in deployments.client.bodies(name) if each.source == "schema")


def scored(deployments: Deployments, name: str, body: object) -> tuple[int, object]:
    answer = deployments.client.call(name, json.dumps(body).encode())
    return answer.status, json.loads(answer.body)


def register(registry: Registry, made: Made, name: str = "the-model") -> str:
    return registry.register(
        [made.path], name, framework=made.framework, framework_version=made.version if made.framework else ""
    ).id


def require_answers_of_the_framework(deployments: Deployments, name: str, made: Made) -> None:
    for case in made.cases:
        assert scored(deployments, name, case["body"]) == (200, case["answer"])
    for body, words in made.refused:
        status, told = scored(deployments, name, body)
        assert (status, isinstance(told, dict) and words in told["message"]) == (400, True), (body, told)


@pytest.mark.parametrize("kind", kinds("sklearn_frame", "onnx_inputs", "onnx_open"))
def test_a_registered_model_answers_as_its_framework(
    kind: str, models: Callable[[str], Made], deployments: Deployments, registry: Registry
) -> None:
    made = models(kind)
    view = deployments.deploy(DeployRequest("without-code", models=(register(registry, made),)))
    assert view.state == "Healthy"
    require_answers_of_the_framework(deployments, "without-code", made)
    sample = json.loads(of_schema(deployments, "without-code").body)
    if made.width:
        assert len(sample["data"][0]) == made.width
    if made.sample is None:
        assert scored(deployments, "without-code", sample)[0] == 200
