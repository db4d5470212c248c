"""A daemon that has no space left, or dies while a layer is written: told as what it is, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scoredock.containers.connection import DockerSettings
from scoredock.containers.layer import Layer, unfinished
from scoredock.environments.settings import EnvironmentSettings
from scoredock.errors import ScoredockError
from scoredock.images.environment_images import EnvironmentImages
from scoredock.images.members import stream, text
from scoredock.progress import CancelToken

from docker_daemon import TINY, PrivateDaemon, private_daemon, require_dockerd, with_tiny_image

KEY = "e" * 24


@pytest.fixture
def small_disk(require: Callable[[object, str], None]) -> Iterator[Path]:
    """A folder with room for 64 MB."""
    require_dockerd()
    require(os.geteuid() == 0, "root, to mount a file system")
    folder = Path(tempfile.mkdtemp(prefix="sdd-", dir="/tmp"))  # short, as the path of a socket is limited
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def test_no_space_left_for_a_layer(small_disk: Path) -> None:
    daemon = PrivateDaemon(small_disk)
    daemon.start()
    try:
        docker = with_tiny_image(daemon.docker())

        def much() -> Iterator[bytes]:
            member = text("much.bin", "x" * (128 << 20))
            yield from stream([member], CancelToken())

        with pytest.raises(ScoredockError) as refused, Layer(docker, TINY, KEY) as layer:
            layer.put(much())
        assert refused.value.code == "disk-full"
        assert unfinished(docker) == []
        with Layer(docker, TINY, KEY) as layer:  # and there is room again
            layer.put(stream([text("little", "x")], CancelToken()))
    finally:
        daemon.stop()


@pytest.mark.chance
def test_a_daemon_that_dies_while_a_layer_is_written(tmp_path: Path) -> None:
    with private_daemon() as daemon:
        docker = with_tiny_image(daemon.docker())

        def cut_off() -> Iterator[bytes]:
            pieces = stream([text("half.bin", "x" * (8 << 20)), text("rest.bin", "y")], CancelToken())
            yield next(pieces)
            daemon.kill()
            yield from pieces

        with pytest.raises(ScoredockError) as refused, Layer(docker, TINY, KEY) as layer:
            layer.put(cut_off())
        assert refused.value.code == "docker-unavailable"
        images = EnvironmentImages(tmp_path / "images", EnvironmentSettings(), DockerSettings(daemon.host))
        images.sweep()  # nobody there, nothing happens
        daemon.start()
        assert [key for _, key in unfinished(daemon.docker())] == [KEY]
        images.sweep()
        assert unfinished(daemon.docker()) == []
