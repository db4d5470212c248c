"""Archives in a real daemon: what `docker save` wrote is a base, and what is made on it is loaded and runs."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.oci.archive import Archive, write_archive
from scoredock.oci.content import CONFIG, MANIFEST
from scoredock.oci.images import extend
from scoredock.oci.layers import PIECE, make_layer
from scoredock.oci.layout import ImageLayout
from scoredock.oci.sources import copy_image, documents_of, read_document
from scoredock.progress import CancelToken, Silent

import docker_daemon
from oci_images import tar_of
from pace import patience


def run_docker(*arguments: str) -> str:
    command = ["docker", "-H", docker_daemon.docker_host(), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=patience(200)).stdout


@pytest.fixture
def name() -> Iterator[str]:
    name = f"scoredock-tests/oci-{secrets.token_hex(6)}:1"
    yield name
    run_docker("image", "rm", "--force", name)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base image as `docker save` writes it."""
    target = tmp_path_factory.mktemp("base") / "base.tar"
    run_docker("save", "--output", str(target), docker_daemon.base_image())
    return target


def test_an_image_on_a_saved_base_is_loaded_and_runs(base: Path, name: str, tmp_path: Path) -> None:
    archive = Archive.open(base)
    below = archive.resolve(docker_daemon.BASE, archive.resolve("", None).descriptor.platform)
    layout = ImageLayout.create(tmp_path / "layout")
    copy_image(archive, below, layout.store, CancelToken())
    large = bytes(range(256)) * (5 * PIECE // 512)
    first = make_layer(tar_of(("app/data", large)), layout.store, "gzip")
    second = make_layer(tar_of(("app/text", b"of the second layer")), layout.store, "none")
    changes = {"Cmd": ["sh", "-c", "cat /app/text; wc -c < /app/data; echo $PORT"], "Env": ["PORT=5001"]}
    content, config = extend(
        below.manifest,
        read_document(archive, below.manifest.config),
        [(first, "data"), (second, "text"), (first, "data again")],
        {**changes, "Labels": {"com.scoredock.tests": "yes"}},
        {},
    )
    layout.store.put(config, CONFIG)
    descriptor = replace(layout.store.put(content, MANIFEST), platform=below.descriptor.platform)
    layout.add(name, descriptor)
    target = tmp_path / "image.tar"
    write_archive(target, (name,), documents_of(layout, descriptor), layout, Silent(), CancelToken())
    assert name in run_docker("load", "--input", str(target))
    (told,) = json.loads(run_docker("image", "inspect", name))
    assert told["Id"] == layout.resolve(name, None).manifest.config.digest, "Docker names it by its configuration"
    assert told["RootFS"]["Layers"][-3:] == [first.diff_id, second.diff_id, first.diff_id]
    assert run_docker("run", "--rm", "--network", "none", name).split() == [
        *b"of the second layer".decode().split()[:-1],
        f"layer{len(large)}",
        "5001",
    ]
    comments = [each["Comment"] for each in docker_daemon.docker().api.history(name)]
    assert comments[:3] == ["data again", "text", "data"]
    # And back: what Docker then saves has links for equal layers.
    run_docker("save", "--output", str(tmp_path / "saved.tar"), name)
    again = Archive.open(tmp_path / "saved.tar")
    layers = again.resolve(name, None).manifest.layers
    assert [each.digest for each in layers[-3:]] == [first.diff_id, second.diff_id, first.diff_id]
    with again.content(layers[-1]) as stream:
        assert len(stream.read()) == first.uncompressed_size
