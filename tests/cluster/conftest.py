"""A small web server as an image in the registry of the cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster import programs
from cluster.image_archives import write_image
from cluster.running import Cluster


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
