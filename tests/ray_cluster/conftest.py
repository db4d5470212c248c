"""Two nodes of Ray on this machine, and batch jobs through the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batch.conftest import Terminal, environments, runtime, terminal
from ray_cluster.nodes import RayNodes

__all__ = ["environments", "runtime", "terminal"]

TARGET = "ray"


@pytest.fixture(scope="session")
def all_nodes() -> Iterator[RayNodes]:
    nodes = RayNodes()
    try:
        yield nodes
    finally:
        nodes.end()


@pytest.fixture
def nodes(all_nodes: RayNodes) -> RayNodes:
    """Both alive, whatever a test before did."""
    all_nodes.begin()
    return all_nodes


@pytest.fixture
def attached(nodes: RayNodes, terminal: Terminal) -> Terminal:
    """With the cluster as a compute target."""
    assert terminal.json("compute", "attach", TARGET, "--ray", nodes.address)["state"] == "ready"
    return terminal
