"""What the views are told of a service in a container."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import docker.errors
import pytest
from scoredock.containers.connection import DockerSettings
from scoredock.containers.container_events import ContainerEvents
from scoredock.context import Context, Operation
from scoredock.errors import ScoredockError
from scoredock.features.environments.built import Built
from scoredock.features.state import Board
from scoredock.protocol import messages
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeploySettings, UpdateRequest
from scoredock.settings import Values

from deploy.conftest import ECHO
from deploy.docked import Docked
from deploy.docked import docked as another
from docker_daemon import docker_host
from pace import patience, within

pytestmark = pytest.mark.docker


@pytest.mark.chance
def test_a_container_killed_from_outside_is_told_within_two_seconds_and_starts_again(docked: Docked) -> None:
    docked.deploy(ECHO)
    docked.deployments.update("svc-one", UpdateRequest())
    home = docked.workspace.parent.parent
    context = Context(Values({"scoredock.docker.host": docker_host()}, {}), home=home, folders=(docked.project,))
    told: list[tuple[float, Any]] = []
    failed = threading.Event()

    def tell(push: Any) -> None:
        told.append((time.monotonic(), push))
        for each in getattr(push, "changed", ()):
            if getattr(each, "state", "") == "Failed":
                failed.set()

    board = Board(context, tell)
    try:
        shown = board.state(messages.StateListParams([str(docked.project)]), context, Operation())
        assert [(each.name, each.engine, each.state) for each in shown.services] == [("svc-one", "docker", "Healthy")]
        begun = time.monotonic()
        docked.kill()
        assert failed.wait(patience(60))
        assert within(time.monotonic() - begun, 2)
    finally:
        board.stop()
    view = docked.until("Failed")
    assert view.failure is not None
    assert view.failure.message
    started = docked.deployments.start("svc-one")
    assert (started.state, started.revision) == ("Healthy", 2)
    assert docked.answer() == '{"got": "[1]"}'


def test_events_wake_whoever_shows_services(docked: Docked) -> None:
    happened = threading.Event()
    following = ContainerEvents(happened.set)
    docked.deploy(ECHO)
    try:
        following.follow(str(docked.workspace), docked.deployments.settings.docker)
        deadline = time.monotonic() + patience(20)
        while not happened.is_set() and time.monotonic() < deadline:
            docked.deployments.stop("svc-one")
            docked.deployments.start("svc-one")
        assert happened.is_set()
    finally:
        following.stop()


def pause(docked: Docked, container: str) -> None:
    """On a busy machine the kernel does not always stop all of a container's threads within runc's time."""
    deadline = time.monotonic() + patience(30)
    while True:
        try:
            docked.docker.api.pause(container)
            return
        except docker.errors.APIError as error:
            if "freeze" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_calling_a_paused_container_is_refused_at_once(docked: Docked) -> None:
    docked.deploy(ECHO)
    (container,) = docked.containers()
    pause(docked, container["Id"])
    begun = time.monotonic()
    with pytest.raises(ScoredockError, match="paused in Docker") as refused:
        docked.deployments.client.call("svc-one", b"[1]")
    assert within(time.monotonic() - begun, 5)
    assert (refused.value.code, "docker unpause" in refused.value.fix) == ("service-unreachable", True)
    docked.docker.api.unpause(container["Id"])
    assert docked.deployments.client.call("svc-one", b"[1]").status == 200


def test_images_stay_known_after_their_service_and_needed_by_containers_of_other_workspaces(
    docked: Docked, tmp_path: Path
) -> None:
    docked.deploy(ECHO)
    current = docked.deployments.ledger.require("svc-one").current
    assert current is not None
    other = another(tmp_path / "other", (docked.workspace / "images").resolve())

    def image_of(place: Docked) -> messages.UnusedEnvironment:
        (found,) = [
            each
            for each in Built(place.deployments, waits=True).all_built()
            if (each.key, each.form) == (current.environment_key, "image")
        ]
        return found

    assert Built(other.deployments).used_by(image_of(other).key) == []
    assert Built(other.deployments).needed_by(image_of(other))
    docked.deployments.delete("svc-one")
    assert Built(docked.deployments).used_by(image_of(docked).key) == []


def test_a_change_that_waits_for_docker_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    registry = Registry(tmp_path / "workspace")
    nowhere = DeploySettings(docker=DockerSettings(f"unix://{tmp_path}/none.sock"))
    deployments = Deployments(registry, settings=nowhere)
    with registry.store.write() as connection:
        connection.execute(
            "INSERT INTO services (name, engine, state, phase, active_revision, last_revision, created, updated)"
            " VALUES ('svc', 'docker', 'Transitioning', '', 1, 1, 0, 0)"
        )
        connection.execute("INSERT INTO intents VALUES ('svc', 'update', 1, 'starting', 4194305, 1.0, 1.0)")
    for _ in range(3):
        assert [view.name for view in deployments.services()] == ["svc"]
    assert [each.levelname for each in caplog.records if "could not be cleared" in each.message] == ["WARNING"]
