"""A stop says how many requests it waits for, and does not wait where it is told so, also by another one meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.containers import objects
from scoredock.engines.docker.options import STATE_FOLDER
from scoredock.errors import ScoredockError
from scoredock.services.deployments import Deployments

from deploy.conftest import Place, Told
from deploy.docked import Docked
from deploy.test_collected_data import ask
from pace import patience, within
from scoredock_runtime.contract import DATA_FOLDER

LASTING = """
    import time

    def init():
        pass

    def run(data):
        print("begun")
        time.sleep(90)
        return data
"""


@pytest.fixture(params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def there(request: pytest.FixtureRequest) -> Place:
    """A workspace whose services run on an engine of this machine, and get a minute to end."""
    place: Place = request.getfixturevalue("place" if request.param == "process" else "docked")
    settings = replace(place.deployments.settings, stop_grace=60.0)
    place.deployments = Deployments(place.registry, settings=settings)
    return place


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + patience(20)
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_stop_says_what_it_waits_for_and_another_one_ends_that(there: Place, told: Told) -> None:
    view = there.deploy(LASTING)
    with ThreadPoolExecutor(2) as pool:
        request = pool.submit(ask, view, "[1]")
        until(lambda: any("begun" in each.m for each in there.deployments.logs.records("svc-one")))
        stop = pool.submit(there.deployments.stop, "svc-one", told)
        until(lambda: "Waiting up to 60 s for 1 request" in told.messages)
        assert not stop.done()
        begun = time.monotonic()
        assert there.again().stop("svc-one", now=True).state == "Stopped"
        assert within(time.monotonic() - begun, 20)
        assert stop.result(patience(10)).state == "Stopped"
        assert request.exception(patience(10)) is not None
    assert told.messages[-1] == "Waiting up to 60 s for 1 request"


def test_a_stop_without_requests_says_nothing_of_them(there: Place, told: Told) -> None:
    there.deploy()
    there.deployments.stop("svc-one", told)
    assert told.messages == []


def test_a_stop_now_waits_for_nobody(there: Place, told: Told) -> None:
    view = there.deploy(LASTING)
    with ThreadPoolExecutor(1) as pool:
        request = pool.submit(ask, view, "[1]")
        until(lambda: any("begun" in each.m for each in there.deployments.logs.records("svc-one")))
        begun = time.monotonic()
        there.deployments.stop("svc-one", told, now=True)
        assert within(time.monotonic() - begun, 20)
        assert request.exception(patience(10)) is not None
    assert told.messages == []


@pytest.mark.docker
def test_rows_outlive_a_container_that_is_removed(docked: Docked) -> None:
    """They are in a volume a moment after the response, which the next container has."""
    config = {"computeType": "aks", "authEnabled": False, "dataCollection": {"storageEnabled": True}}
    path = str(docked.write("deploymentconfig.json", json.dumps(config)))
    view = docked.deploy(deployment_config=path)
    for number in range(5):
        ask(view, f"[{number}]")
    (container,) = docked.containers()
    until(lambda: len(rows_inside(docked, container["Id"])) == 5)
    docked.docker.api.remove_container(container["Id"], force=True)
    docked.until("Failed")
    docked.deployments.start("svc-one")
    docked.deployments.stop("svc-one")
    folder = Path(docked.deployments.service("svc-one").data_folder)
    rows = [json.loads(line) for file in folder.rglob("*.jsonl") for line in file.read_text().splitlines()]
    assert sorted(each["input"] for each in rows) == [f"[{number}]" for number in range(5)]


def rows_inside(docked: Docked, container: str) -> list[bytes]:
    """Those that are in the files of its volume."""
    files = objects.read(docked.docker, container, f"{STATE_FOLDER}/{DATA_FOLDER}", 1 << 20)
    return [line for name, content in files if name.endswith(".jsonl") for line in content.splitlines()]


def test_a_service_that_never_started_is_not_restored(place: Place) -> None:
    """What a call and its keys say of one whose environment could not be made."""
    config = {"computeType": "aci", "authEnabled": True}
    path = str(place.write("deploymentconfig.json", json.dumps(config)))
    requirements = str(place.write("requirements.txt", f"{place.project}/missing-1.0-py3-none-any.whl\n"))
    place.refused(deployment_config=path, environment_file=requirements, skip_checks=True)
    for question in (place.answer, place.deployments.credentials.keys):
        with pytest.raises(ScoredockError) as refusal:
            question("svc-one")
        assert refusal.value.code == "service-state-invalid"
        assert "its deployment failed before it was started" in refusal.value.message
