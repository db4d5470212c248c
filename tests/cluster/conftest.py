"""One cluster for all tests of a run, and a small web server as an image in its registry."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import programs
from cluster.image_archives import write_image
from cluster.running import Cluster


@pytest.fixture(scope="session")
def run_key() -> str:
    """The same for all processes that whoever started this one has started."""
    return f"run-{os.getppid()}"


@pytest.fixture(scope="session")
def shared_cluster(run_key: str) -> Iterator[Cluster]:
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


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of `tests/web:1`, with nothing but busybox."""
    programs.require()
    busybox = (programs.place() / "busybox").read_bytes()
    target = tmp_path_factory.mktemp("images") / "web.tar"
    return write_image(target, "scoredock.local/tests/web:1", {"bin/busybox": busybox}, ["/bin/busybox"])


@pytest.fixture(scope="session")
def image(shared_cluster: Cluster, archive: Path) -> str:
    return shared_cluster.push(archive, "tests/web:1")
