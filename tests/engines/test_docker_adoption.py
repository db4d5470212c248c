"""What of containers is found again after a server, an update or the daemon was killed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from scoredock.containers import objects
from scoredock.containers.connection import DockerSettings
from scoredock.context import Context, Operation
from scoredock.engines.base import ContainerOptions
from scoredock.engines.docker.engine import DockerEngine
from scoredock.engines.docker.identity import labels
from scoredock.engines.docker.start import ContainerNetwork, make
from scoredock.errors import ScoredockError
from scoredock.features.services import services
from scoredock.progress import CancelToken, Silent
from scoredock.protocol import messages
from scoredock.settings import Values

import docker_daemon
from built_runtime import built_runtime
from deploy.docked import docked, settings
from engines.contained_calls import NONCE, ONE, TWO, score, soon, under_load


@pytest.mark.chance
def test_an_update_that_was_killed_leaves_the_old_revision_alone_on_its_port(contained: Any) -> None:
    handle = contained.healthy(ONE, nonce=NONCE)
    port = contained.engine.observe(handle).port
    launch = contained.launch(TWO, revision=2, nonce=NONCE, options=ContainerOptions(pids_limit=100))
    # As far as a writer comes that is killed before it retires the old container.
    begun = make(docker_daemon.docker(), launch, ContainerNetwork(5003, handle.name), Silent(), CancelToken())
    soon(lambda: "ready" in "".join(objects.output(docker_daemon.docker(), begun.id, 50, stdout=True)), "not ready")
    found = contained.engine.find(str(contained.owner))
    assert [each.container for each in found] == [handle.container]
    with under_load(port) as answers:
        contained.engine.sweep(str(contained.owner), lambda service: True)
        assert [score(port) for _ in range(20)] == [1] * 20
    assert [each for each in answers if isinstance(each, Exception)] == []
    assert objects.inspect(docker_daemon.docker(), begun.id) is None


def test_what_was_begun_and_not_ended_is_found_and_cleared(contained: Any) -> None:
    launch = contained.launch()
    api = docker_daemon.docker().api
    # As a server that was killed between the volume and the start leaves it.
    for name in ("scoredock-svc-1-cafe-app", "scoredock-svc-1-cafe-state"):
        api.create_volume(name, labels=labels(contained.owner, name, "service", "svc"))
    contained.engine.clear(launch.folder)
    docker_daemon.require_nothing_of(contained.owner)


def test_a_container_of_a_workspace_that_was_moved_is_found_and_removed(contained: Any, tmp_path: Path) -> None:
    handle = contained.healthy()
    away = tmp_path / "away"
    shutil.copytree(contained.owner, away)
    contained.engine.clear(away / handle.folder.relative_to(contained.owner))
    assert contained.engine.observe(handle).state == "Healthy", "a copy is another workspace"
    shutil.rmtree(away)
    shutil.move(contained.owner, away)
    try:
        (one,) = contained.engine.find(str(away))
        assert (one.container, one.folder) == (handle.container, away / handle.folder.relative_to(contained.owner))
        assert contained.engine.observe(one).state == "Healthy"
        contained.engine.clear(one.folder)
        assert objects.inspect(docker_daemon.docker(), handle.container) is None
    finally:
        shutil.move(away, contained.owner)


def test_sweep_removes_what_no_service_owns(contained: Any) -> None:
    kept = contained.healthy(name="kept")
    gone = contained.healthy(name="gone")
    contained.engine.sweep(str(contained.owner), lambda service: service == "kept")
    assert contained.engine.observe(kept).state == "Healthy"
    assert objects.inspect(docker_daemon.docker(), gone.container) is None


@pytest.mark.chance
def test_strangers_with_our_labels_are_left_alone(contained: Any) -> None:
    handle = contained.healthy()
    api = docker_daemon.docker().api
    inspected = objects.inspect(docker_daemon.docker(), handle.container)
    assert inspected is not None
    # A copy of every label, the proof included.
    stranger = api.create_container_from_config(
        {
            "Image": contained.image,
            "Cmd": ["sleep", "600"],
            "Labels": inspected["Config"]["Labels"],
            "HostConfig": {"Init": True},
        },
        f"stranger-{os.getpid()}",
    )["Id"]
    api.start(stranger)
    try:
        assert [each.container for each in contained.engine.find(str(contained.owner))] == [handle.container]
        contained.engine.sweep(str(contained.owner), lambda service: False)
        contained.engine.remove(handle)
        seen = objects.inspect(docker_daemon.docker(), stranger)
        assert seen is not None
        assert seen["State"]["Running"]
    finally:
        api.remove_container(stranger, force=True)


def test_a_container_that_a_person_starts_again_is_known_by_its_new_port(contained: Any) -> None:
    handle = contained.healthy()
    contained.engine.stop(handle, 1)
    docker_daemon.docker().api.start(handle.container)
    seen = contained.until(handle, "Healthy")
    assert score(seen.port) == {"got": "[1]"}
    assert len(contained.engine.find(str(contained.owner))) == 1


@pytest.mark.long("tests/deploy/test_docker_kills.py kills the daemon")
@pytest.mark.chance
def test_a_daemon_that_is_killed_and_started_again(bench_in: Any) -> None:
    with docker_daemon.private_daemon(bridge=True) as daemon:
        used = daemon.docker()
        image = docker_daemon.runtime_image(used)
        engine = DockerEngine(DockerSettings(daemon.host))
        bench = bench_in(engine, image)
        handle = bench.start(options=ContainerOptions())
        soon(lambda: "init ran" in "".join(objects.output(used, handle.container, 50, stdout=True)), "no init")
        daemon.kill()
        seen = engine.observe(handle)
        assert (seen.state, seen.phase) == ("Unhealthy", "Docker does not answer")
        assert not engine.ready().ready
        assert engine.find(str(bench.owner)) == []
        engine.sweep(str(bench.owner), lambda service: False)
        with pytest.raises(ScoredockError) as away:
            engine.start(bench.launch(name="other"), Silent(), CancelToken())
        assert away.value.code == "docker-unavailable"
        daemon.start()
        seen = bench.until(handle, "Failed", "Stopped")
        # It ends what ran without it, in order or not, and nothing is started by itself.
        assert seen.state == "Failed"
        assert seen.failure is not None
        assert (seen.failure.cause, seen.failure.message) == (
            "service-interrupted",
            "Docker was restarted since the service ran.",
        )
        assert engine.find(str(bench.owner)) == []
        assert any("init ran" in record.m for record in engine.logs(handle))
        engine.remove(handle)
        docker_daemon.require_nothing_of(bench.owner, used)


@pytest.mark.long("makes an image in a daemon of its own; tests/lsp and tests/cli ask it of processes at the gate")
@pytest.mark.chance
@pytest.mark.timeout(900)
def test_what_ran_when_the_daemon_was_killed_is_started_again_and_nothing_else(tmp_path: Path) -> None:
    with docker_daemon.private_daemon(bridge=True) as daemon, built_runtime():
        base = docker_daemon.base_image(daemon.docker())
        images = tmp_path / "images"
        images.mkdir()
        place = docked(tmp_path, images, settings(docker=DockerSettings(daemon.host), base_image=base))
        for name in ("ran", "stopped"):
            place.deploy(name=name)
        place.deployments.stop("stopped")
        daemon.kill()
        daemon.start()
        place.until("Failed", name="ran", seconds=60)
        chosen = Values({"scoredock.docker.host": daemon.host, "scoredock.docker.baseImage": base}, {})
        context = Context(chosen, home=tmp_path / "home", folders=(place.project,))

        def start_all() -> list[str]:
            done = services.start_all(messages.ServiceStartAllParams(), context, Operation(Silent(), CancelToken()))
            return list(done.names)

        def states() -> dict[str, str]:
            return {view.name: view.state for view in place.again().services()}

        assert states() == {"ran": "Failed", "stopped": "Stopped"}
        assert start_all() == ["ran"]
        assert states() == {"ran": "Healthy", "stopped": "Stopped"}
        assert json.loads(place.answer("ran")) == {"got": "[1]"}
        assert start_all() == []
        for name in ("ran", "stopped"):
            place.deployments.delete(name)
        docker_daemon.require_nothing_of(place.workspace, daemon.docker())
