"""What a container uses, read from the kernel, beside what the daemon says."""

from __future__ import annotations

import os

import pytest
from scoredock.containers import objects
from scoredock.containers.stats import kernel_usage, usage

from docker_daemon import LABELS, base_image, docker

pytestmark = pytest.mark.docker


def test_the_kernel_and_the_daemon_say_the_same() -> None:
    daemon = docker()
    config = {
        "Image": base_image(daemon),
        "Cmd": ["sleep", "600"],
        "Labels": LABELS,
        "HostConfig": {"NetworkMode": "none"},
    }
    container = objects.create(daemon, f"scoredock-tests-groups-{os.getpid()}", config)
    try:
        daemon.api.start(container)
        inspected = objects.inspect(daemon, container)
        told = usage(daemon, container)
        assert inspected is not None
        assert told is not None
        found = kernel_usage(container, int(inspected["State"]["Pid"]))
        assert found is not None
        assert found[0] == pytest.approx(told.cpu_seconds, abs=0.2)
        assert found[1] == pytest.approx(told.memory_bytes, abs=4 << 20)
    finally:
        objects.remove_container(daemon, container)


def test_a_process_that_is_not_of_the_container_is_not_taken_for_it() -> None:
    assert kernel_usage("0123456789abcdef", os.getpid()) is None
    assert kernel_usage("0123456789abcdef", 0) is None
