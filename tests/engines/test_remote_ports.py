"""Ports of containers on another machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scoredock.containers import objects
from scoredock.engines.docker.options import SERVICE_PORT
from scoredock.engines.docker.reach import drop_forwards, reached

pytestmark = pytest.mark.docker


def test_a_container_that_ends_before_its_port_is_reached_is_no_fault_of_the_way(distant: Any) -> None:
    """So that what ended it is told, and not that it does not run."""
    handle = distant.healthy()
    docker = distant.host.docker()
    inspected = objects.inspect(docker, handle.container)
    assert inspected is not None
    assert reached(docker, inspected, SERVICE_PORT) == handle.port
    distant.engine.stop(handle, 1)
    assert reached(docker, inspected, SERVICE_PORT) == 0
    drop_forwards(Path(handle.folder))
