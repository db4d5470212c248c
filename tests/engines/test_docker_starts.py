"""Starts in containers that cannot succeed: images, interpreters, ports, scripts that crash or hang."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from scoredock.containers.archives import TarEntry, packed
from scoredock.engines.docker.start import ContainerNetwork, make
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

import docker_daemon
from engines.contained_calls import ignored, score, soon


def test_an_image_for_another_kind_of_machine_is_told_as_such(contained: Any) -> None:
    # The head of a program for a machine nobody has.
    elf = b"\x7fELF\x02\x01\x01" + bytes(9) + (2).to_bytes(2, "little") + (0xFEED).to_bytes(2, "little") + bytes(44)
    tag = f"scoredock-test-foreign:{os.getpid()}"
    recipe = f"FROM {contained.image}\nLABEL com.scoredock.tests=yes\nCOPY python /opt/foreign\n"
    context = packed([TarEntry("Dockerfile", recipe.encode()), TarEntry("python", elf, 0o755)])
    docker_daemon.build(docker_daemon.docker(), context, tag)
    try:
        handle = contained.start(image=tag, python=Path("/opt/foreign"))
        seen = contained.until(handle, "Failed")
        assert seen.failure.cause == "image-platform", seen.failure
        contained.engine.remove(handle)
    finally:
        docker_daemon.docker().api.remove_image(tag, force=True)


def test_an_interpreter_that_the_image_lacks_is_told_by_its_path(contained: Any) -> None:
    handle = contained.start(python=Path("/opt/nothing/python"))
    seen = contained.until(handle, "Failed")
    assert "/opt/nothing/python" in seen.failure.message
    assert any("/opt/nothing/python" in record.m for record in contained.engine.logs(handle))


def test_an_image_that_is_gone_is_refused_and_leaves_nothing(contained: Any) -> None:
    with pytest.raises(ScoredockError) as missing:
        contained.start(image="scoredock/environment:0000")
    assert missing.value.code == "image-missing"
    docker_daemon.require_nothing_of(contained.owner)


@pytest.mark.chance
def test_a_port_that_is_taken_while_the_container_is_made(contained: Any) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        # Past the look that comes first: as when somebody takes it in between.
        launch = contained.launch(port=holder.getsockname()[1])
        with pytest.raises(ScoredockError) as taken:
            make(docker_daemon.docker(), launch, ContainerNetwork(), Silent(), CancelToken())
    assert taken.value.code == "port-in-use"
    docker_daemon.require_nothing_of(contained.owner)


def test_a_cancel_at_any_moment_of_a_start_leaves_nothing(contained: Any) -> None:
    moments = 0
    for moment in range(1, 20):
        asked = 0
        cancel = CancelToken()

        class Counting(Silent):
            def report(self, message: str, percentage: int | None = None) -> None:
                nonlocal asked
                asked += 1
                if asked == moment:  # noqa: B023 (used in this turn only)
                    cancel.cancel()  # noqa: B023

        try:
            handle = contained.engine.start(contained.launch(), Counting(), cancel)
        except ScoredockError:
            docker_daemon.require_nothing_of(contained.owner)
            moments += 1
        else:
            contained.engine.remove(handle)
            break
        assert cancel.cancelled
    assert moments >= 2


@pytest.mark.long("tests/runtime gives such a script up at the gate, which is the same program")
@pytest.mark.chance
def test_a_script_that_crashes_again_and_again_is_given_up(contained: Any) -> None:
    handle = contained.healthy("import os\ndef init(): pass\ndef run(d): os._exit(3)\n")
    port = contained.engine.observe(handle).port

    def given_up() -> bool:
        ignored(lambda: score(port, timeout=2))
        return bool(contained.engine.observe(handle).state == "Failed")

    soon(given_up, "it goes on for ever", 60)
    assert contained.engine.observe(handle).failure.cause == "service-crashed"
    soon(lambda: contained.left() == [], "the container goes on")


def test_an_init_that_hangs_ends_in_its_time(contained: Any) -> None:
    handle = contained.start("import time\ndef init(): time.sleep(600)\ndef run(d): pass\n", start_timeout=2.0)
    seen = contained.until(handle, "Failed")
    assert seen.failure.cause == "init-timeout"
