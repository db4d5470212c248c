"""One cluster for all tests of a run, for whichever folder they are in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cluster.running import Cluster


@pytest.fixture(scope="session")
def run_key() -> str:
    """The same for all processes that whoever started this one has started; SCOREDOCK_TEST_CLUSTER names one that
    somebody keeps running beside several runs."""
    return os.environ.get("SCOREDOCK_TEST_CLUSTER") or f"run-{os.getppid()}"


@pytest.fixture(scope="session")
def shared_cluster(run_key: str) -> Iterator[Cluster]:
    from cluster import programs
    from cluster.running import Cluster

    programs.require()
    with Cluster.join(run_key) as joined:
        yield joined


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Iterator[Cluster]:
    """With both nodes and the API server at work for as long as the test lasts."""
    with shared_cluster.shared():
        yield shared_cluster


@pytest.fixture
def disturbed(shared_cluster: Cluster) -> Iterator[Cluster]:
    """For one test alone, which may take away parts of it and gives them back."""
    with shared_cluster.exclusive():
        yield shared_cluster


@pytest.fixture
def namespace(shared_cluster: Cluster) -> Iterator[str]:
    with shared_cluster.namespace() as name:
        yield name
