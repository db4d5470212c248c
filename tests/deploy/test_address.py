"""A service keeps its address: on every engine it is started at the port that its callers know, and where somebody else
has that by then, this is said."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from scoredock.containers.connection import Docker, DockerSettings
from scoredock.containers.networks import CLOSED
from scoredock.engines.docker import start as docker_start
from scoredock.progress import Silent
from scoredock.registry.audit.log import AuditLog

import docker_daemon
from deploy.conftest import Place, Told
from deploy.docked import Docked, docked, settings
from deploy.kept_address import keeps_its_address, occupied_port, says_where_it_moved, verbs_of

ENGINES = ["process", pytest.param("docker", marks=pytest.mark.docker)]


@pytest.fixture(params=ENGINES)
def there(request: pytest.FixtureRequest) -> Place:
    """A workspace whose services run on an engine of this machine."""
    place: Place = request.getfixturevalue("place" if request.param == "process" else "docked")
    return place


def changes_in_the_log(place: Place) -> list[tuple[int, int]]:
    entries = [each for each in AuditLog(place.workspace).read() if each.what == "service.addressChanged"]
    return [(each.data["previousPort"], each.data["port"]) for each in entries]


def test_the_address_stays_at_whatever_is_done(there: Place) -> None:
    there.deploy()
    keeps_its_address(verbs_of(there))
    assert changes_in_the_log(there) == []


def test_where_it_is_taken_another_one_is_said(there: Place) -> None:
    before = there.deploy().port
    moved = says_where_it_moved(verbs_of(there))
    assert changes_in_the_log(there) == [(before, moved.port)]


def test_it_moves_with_the_service_to_another_engine_and_back(docked: Docked) -> None:
    port = docked.deploy().port
    for engine in ("process", "docker"):
        moved = docked.deploy(engine=engine, overwrite=True)
        assert (moved.engine, moved.port, moved.former_scoring_uri) == (engine, port, "")


def test_a_crash_keeps_it(there: Place) -> None:
    port = there.deploy().port
    if isinstance(there, Docked):
        there.kill()
        there.until("Failed")
    else:
        handle = there.deployments.ledger.require("svc-one").service.handle
        assert handle is not None
        os.kill(handle.pid, signal.SIGKILL)
        there.nothing_left()
    assert verbs_of(there)("start").port == port
    assert changes_in_the_log(there) == []


@pytest.mark.docker
def test_a_container_that_was_removed_comes_back_where_it_was(docked: Docked) -> None:
    port = docked.deploy().port
    (container,) = docked.containers()
    docked.docker.api.remove_container(container["Id"], force=True)
    assert docked.until("Failed").port == port
    assert verbs_of(docked)("start").port == port
    (container,) = docked.containers()
    docked.docker.api.restart(container["Id"], timeout=2)  # by hand
    assert docked.until("Healthy").port == port
    assert changes_in_the_log(docked) == []


@pytest.mark.docker
def test_a_port_that_is_taken_at_the_last_moment_is_another_one(docked: Docked, told: Told) -> None:
    """Between the question whether it is free and the moment at which Docker binds it."""
    port = docked.deploy().port
    assert port is not None
    docked.deployments.stop("svc-one")
    with contextlib.ExitStack() as held:
        held_once = iter([occupied_port(port)])
        told.at["Starting the container"] = lambda: [held.enter_context(each) for each in held_once]
        moved = docked.deployments.start("svc-one", told)
    assert moved.state == "Healthy"
    assert moved.port != port
    assert moved.former_scoring_uri == f"http://127.0.0.1:{port}/score"
    assert [each for each in told.messages if each.startswith("Docker could not start the container")]
    assert told.messages[-1].startswith("The address changed from ")
    assert len(docked.containers()) == 1


@pytest.mark.docker
def test_a_container_of_an_earlier_release_keeps_the_port_that_docker_shows(
    docked: Docked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a release let Docker draw the port, which then is another one each time its container is started."""
    monkeypatch.setattr(docker_start, "_DRAWS", 0)
    port = docked.deploy().port
    assert port is not None
    monkeypatch.undo()
    (container,) = docked.containers()
    docked.docker.api.stop(container["Id"], timeout=2)
    with occupied_port(port):
        docked.docker.api.start(container["Id"])
    docker = docked.docker.api.inspect_container(container["Id"])
    shown = int(docker["NetworkSettings"]["Ports"]["5001/tcp"][0]["HostPort"])
    assert shown != port
    outcome = verbs_of(docked)("restart")
    assert (outcome.port, outcome.former) == (shown, "")
    assert changes_in_the_log(docked) == [(port, shown)]


class Removal(Silent):
    """Takes the network of services away as `workspace gc` would, before anything runs in it."""

    def __init__(self, docker: Docker) -> None:
        self.docker, self.count = docker, 0

    def report(self, message: str, percentage: int | None = None) -> None:
        if message == "Starting the container":
            self.docker.api.remove_network(CLOSED)
            self.count += 1


@pytest.mark.docker
@pytest.mark.long("starts a Docker of its own")
def test_a_network_that_goes_before_the_start_is_made_again(tmp_path: Path, shared_images: Path) -> None:
    with docker_daemon.private_daemon(bridge=True) as daemon:
        docker_daemon.base_image(daemon.docker())
        made = docked(tmp_path, shared_images, settings(docker=DockerSettings(daemon.host)))
        removal = Removal(daemon.docker())
        config = made.write("deployment.json", '{"computeType": "local", "container": {"network": false}}')
        deployed = made.deploy(progress=removal, deployment_config=str(config))
        assert (deployed.state, removal.count) == ("Healthy", 1)
        made.deployments.delete("svc-one")


@pytest.mark.docker
@pytest.mark.long("starts a Docker of its own")
def test_a_docker_that_restarts_gives_it_back(tmp_path: Path, shared_images: Path) -> None:
    with docker_daemon.private_daemon(bridge=True) as daemon:
        docker = daemon.docker()
        docker_daemon.base_image(docker)
        made = docked(tmp_path, shared_images, settings(docker=DockerSettings(daemon.host)))
        port = made.deploy().port
        assert daemon.process is not None
        daemon.process.terminate()
        daemon.process.wait(60)
        daemon.start()
        run = verbs_of(made)
        failed: Any = made.until("Failed", "Stopped")
        assert failed.port == port
        assert (run("start").port, run("show").former) == (port, "")
        made.deployments.delete("svc-one")
