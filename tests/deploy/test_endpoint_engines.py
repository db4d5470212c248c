"""A version in a process and one in a container, side by side under one endpoint."""

from __future__ import annotations

import http.client
import json
from collections import Counter

import pytest
from scoredock.services.endpoints.changes import VersionChanges
from scoredock.services.endpoints.endpoints import Endpoints
from scoredock.services.endpoints.view import EndpointView
from scoredock.services.request import UpdateRequest

from deploy.docked import Docked

pytestmark = [
    pytest.mark.docker,
    pytest.mark.long("a container and a process; each engine has its own tests in the gate"),
]

SAYS = "def init():\n    pass\n\n\ndef run(data):\n    return {answer!r}\n"


def answers(view: EndpointView, number: int = 60) -> Counter[str]:
    """By the version that answered, as its script and the header of the router say alike."""
    assert view.observation is not None
    found: Counter[str] = Counter()
    connection = http.client.HTTPConnection("127.0.0.1", view.observation.port or 0, timeout=30)
    for _ in range(number):
        connection.request("POST", "/score", "{}", {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        told = str(json.loads(body))
        assert answer.getheader("azureml-model-deployment") == told
        found[told] += 1
    connection.close()
    return found


def test_a_process_and_a_container_share_the_traffic(docked: Docked) -> None:
    docked.deploy(SAYS.format(answer="contained"), name="in-a-container")
    docked.deploy(SAYS.format(answer="local"), name="in-a-process", engine="process")
    endpoints = Endpoints(docked.deployments)
    endpoints.create("both", "local", "in-a-process")
    try:
        endpoints.set_version("both", "contained", VersionChanges("in-a-container", 0))
        view = endpoints.traffic("both", {"contained": 50})
        assert {view.services[name].engine for name in ("local", "contained")} == {"process", "docker"}
        assert set(answers(view)) == {"local", "contained"}
        # Both have their script from one file, which an update reads again.
        (docked.project / "score.py").write_text(SAYS.format(answer="contained"))
        # A container that is replaced has another port or not; requests find it.
        docked.deployments.update("in-a-container", UpdateRequest(environment_variables={"COLOUR": "red"}))
        assert set(answers(endpoints.one("both"))) == {"local", "contained"}
        assert answers(endpoints.promote("both", "contained"), 10) == {"contained": 10}
        docked.deployments.stop("in-a-container")
        assert answers(endpoints.one("both"), 10) == {"local": 10}
    finally:
        endpoints.delete("both")
