"""How services in containers end: killed, removed, paused and stopped, by us and by others."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any

import pytest
from scoredock.containers import objects
from scoredock.containers.events import events
from scoredock.engines.docker import start as docker_start
from scoredock.engines.docker.identity import instance_name
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

import docker_daemon
from depth import rounds
from engines.contained_calls import ignored, score, soon
from pace import within

MEGABYTES = rounds(gate=60, long=100)
"""Of a flood; the stored log has at most 45."""


@pytest.mark.chance
def test_a_container_that_is_killed_from_outside_is_told_at_once(contained: Any) -> None:
    handle = contained.healthy()
    seen: list[Any] = []
    cancel = CancelToken()

    def follow() -> None:
        with contextlib.suppress(ScoredockError):
            seen.extend(iter([next(events(docker_daemon.docker(), str(contained.owner), cancel))]))

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    killed = 0.0

    def told() -> bool:
        # Again until the stream is open: what happened before it is not told.
        nonlocal killed
        if not seen and time.monotonic() - killed > 1:
            objects.signal(docker_daemon.docker(), handle.container, "SIGKILL")
            killed = time.monotonic()
        return bool(seen)

    time.sleep(0.3)
    soon(told, "no event")
    follower.join(5)
    assert (seen[0].kind, seen[0].service, seen[0].container) == ("die", "svc", handle.container)
    now = contained.engine.observe(handle)
    assert now.state == "Failed"
    assert "137" in now.failure.message


def test_a_container_that_is_removed_from_outside(contained: Any) -> None:
    handle = contained.healthy()
    docker_daemon.docker().api.remove_container(handle.container, force=True)
    seen = contained.engine.observe(handle)
    assert (seen.state, seen.failure.cause) == ("Failed", "container-gone")
    contained.engine.stop(handle, 1)
    again = contained.healthy()
    assert score(contained.engine.observe(again).port) == {"got": "[1]"}


def test_a_failed_container_is_kept_until_the_next_start(contained: Any) -> None:
    handle = contained.start("def init(): 1/0\ndef run(d): pass\n")
    contained.until(handle, "Failed")
    soon(lambda: contained.left() == [], "it still runs")
    kept = objects.inspect(docker_daemon.docker(), handle.container)
    assert kept is not None
    assert kept["Name"].lstrip("/").startswith("scoredock-svc-")
    contained.healthy(revision=2)
    assert objects.inspect(docker_daemon.docker(), handle.container) is None
    assert any("division by zero" in record.m for record in contained.engine.logs(handle))


def test_sigterm_that_is_ignored_ends_in_a_kill_and_frees_the_port(contained: Any) -> None:
    script = (
        "import signal, time\ndef init():\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\ndef run(d):"
        " time.sleep(60)\n"
    )
    handle = contained.healthy(script)
    port = contained.engine.observe(handle).port
    caller = threading.Thread(target=lambda: ignored(lambda: score(port, timeout=15)), daemon=True)
    caller.start()
    begun = time.monotonic()
    contained.engine.stop(handle, 1)
    assert within(time.monotonic() - begun, 9)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
    assert contained.engine.observe(handle).state == "Stopped"


def test_a_paused_container_is_unhealthy_and_can_be_stopped(contained: Any) -> None:
    handle = contained.healthy()
    docker_daemon.docker().api.pause(handle.container)
    seen = contained.engine.observe(handle)
    assert (seen.state, seen.phase) == ("Unhealthy", "paused in Docker")
    begun = time.monotonic()
    with pytest.raises(ScoredockError, match="paused in Docker") as refused:
        contained.engine.replace(handle, contained.launch(revision=2), Silent(), CancelToken())
    assert within(time.monotonic() - begun, 5)
    assert refused.value.code == "service-state-invalid"
    contained.engine.stop(handle, 1)
    assert contained.left() == []


@pytest.mark.long("tests/runtime floods its log")
def test_a_flood_stays_small(contained: Any) -> None:
    script = f"""
def init(): pass
def run(data):
    line = "x" * 1000
    for number in range({MEGABYTES * 1000}):
        print(number, line)
    return "done"
"""
    handle = contained.healthy(script)
    assert score(contained.engine.observe(handle).port, timeout=90) == "done"
    soon(
        lambda: any(f"{MEGABYTES * 1000 - 1} xxx" in record.m for record in contained.engine.logs(handle)),
        "the end of the flood",
        30,
    )
    kept = sum(file.stat().st_size for file in (handle.folder / "logs").iterdir())
    assert kept < 45_000_000
    assert contained.engine.observe(handle).state == "Healthy"


@pytest.mark.chance
def test_what_starts_lost_is_ended_and_never_taken_for_what_serves(contained: Any) -> None:
    lost = contained.healthy()
    docker = docker_daemon.docker()
    launch = contained.launch(revision=2)
    image = objects.inspect_image(docker, contained.image)

    def created() -> str:
        return docker_start._create(
            docker, launch, docker_start.ContainerNetwork(), instance_name(launch.service, launch.revision), image
        )

    never_started = created()
    serving = contained.healthy(revision=2)
    for container in (lost.container, never_started):
        assert objects.inspect(docker, container) is None
    contained.engine.clear(launch.folder)
    older = created()
    serving = docker_start.make(docker, launch, docker_start.ContainerNetwork(), Silent(), CancelToken())
    assert [each.container for each in contained.engine.find(str(contained.owner))] == [serving.id]
    contained.engine.sweep(str(contained.owner), lambda _: True)
    assert objects.inspect(docker, older) is None
    assert objects.inspect(docker, serving.id) is not None
