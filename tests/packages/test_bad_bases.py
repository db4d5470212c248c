"""Bases that are unlike those of Debian, and such as no image can be put on: refused before anything is made."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest
from scoredock.containers.archives import TarEntry, packed
from scoredock.images import members
from scoredock.oci.archive import write_archive
from scoredock.oci.content import CONFIG, MANIFEST, Manifest
from scoredock.oci.image_set import ImageSet
from scoredock.oci.images import image_config
from scoredock.oci.layers import StoredLayer, make_layer
from scoredock.oci.layout import ImageLayout
from scoredock.oci.sources import ImageDocuments
from scoredock.progress import CancelToken, Silent

import docker_daemon
from cli.conftest import Terminal
from oci_base.python_files import program, python_files
from oci_images import tar_of
from oci_registry.small_registry import small_registry
from packages.test_without_docker import answered, manifest_of, project

DEPLOY = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")
ABOVE = 4
"""Layers of a package: packages, runtime, one model, code."""
MOST = 125


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return project(tmp_path_factory.mktemp("bases"))


def deep_layout(folder: Path, count: int) -> ImageLayout:
    """A base of so many layers, the lowest of which has a Python."""
    layout = ImageLayout.create(folder)
    texts = {**python_files("usr/local", "3.11", program()), "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"}
    files = [
        members.LayerMember(path.strip("/"), content, len(content), 0o755)
        for path, text in texts.items()
        for content in [text if isinstance(text, bytes) else text.encode()]
    ]
    layers = [make_layer(members.stream(files, CancelToken()), layout.store, "gzip")]
    layers += [
        make_layer(tar_of((f"layers/{number}", b"%d" % number)), layout.store, "gzip") for number in range(1, count)
    ]
    layout.add("1", put(layout, layers).descriptor)
    return layout


def put(layout: ImageLayout, layers: list[StoredLayer]) -> ImageDocuments:
    config = image_config(
        {"architecture": "amd64", "os": "linux"}, [(each, "x") for each in layers], {"Env": ["PYTHON_VERSION=3.11.9"]}
    )
    manifest = Manifest(layout.store.put(config, CONFIG), tuple(each.descriptor for each in layers))
    return ImageDocuments(layout.store.put(manifest.to_bytes(), MANIFEST), manifest, manifest.to_bytes())


def files_below(folder: Path) -> set[Path]:
    return {each for each in folder.rglob("*") if each.is_file()}


def test_a_base_with_as_many_layers_as_docker_takes(terminal: Terminal, tmp_path: Path) -> None:
    deep_layout(tmp_path / "base", MOST - ABOVE)
    create = ("package", "create", *DEPLOY, "--base", f"oci:{tmp_path / 'base'}:1", "--platform", "linux/amd64")
    terminal.ok(*create, "--to", f"oci:{tmp_path / 'layout'}")
    assert len(manifest_of(tmp_path / "layout")["layers"]) == MOST


@pytest.mark.parametrize("count", [MOST - ABOVE + 1, 127])
def test_a_base_with_too_many_layers_is_refused_before_anything_is_made(tmp_path: Path, count: int) -> None:
    terminal = project(tmp_path / "fresh")
    deep_layout(tmp_path / "base", count)
    base = ("--base", f"oci:{tmp_path / 'base'}:1", "--platform", "linux/amd64")
    with small_registry() as registry:
        where = ("--to", f"oci:{tmp_path / 'layout'}", "--push", f"{registry.address}/team/deep:1")
        error = terminal.refused("package", "create", *DEPLOY, *base, *where)
        assert error["code"] == "base-image-invalid"
        assert f"{count} layers" in error["message"]
        assert "125" in error["message"]
        assert registry.blobs == registry.uploads == {}
    assert not (tmp_path / "layout").exists()
    assert files_below(terminal.home / "workspaces" / "local" / "images" / "content") == set()


def test_a_model_is_not_put_on_it_either(terminal: Terminal, tmp_path: Path) -> None:
    deep_layout(tmp_path / "base", MOST)
    with small_registry() as registry:
        reference = f"{registry.address}/models/factor:1"
        error = terminal.refused("model", "push", "factor:1", reference, "--base", f"oci:{tmp_path / 'base'}:1")
        assert (error["code"], registry.blobs) == ("base-image-invalid", {})


@pytest.mark.long("test_a_base_with_as_many_layers_as_docker_takes is at the gate")
def test_docker_takes_so_many_layers_and_no_more(tmp_path: Path) -> None:
    """What the limit says is so."""
    for count, is_taken in ((MOST, True), (MOST + 1, False)):
        layout = ImageLayout.create(tmp_path / f"{count}")
        layers = [make_layer(tar_of((f"f{each}", b"%d" % each)), layout.store, "gzip") for each in range(count)]
        name = f"scoredock-tests/deep-{secrets.token_hex(6)}:1"
        file = tmp_path / f"{count}.tar"
        write_archive(file, [name], ImageSet((put(layout, layers),)), layout, Silent(), CancelToken())
        load = ["docker", "-H", docker_daemon.docker_host(), "load", "--input", str(file)]
        done = subprocess.run(load, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        if is_taken:
            docker_daemon.docker().api.remove_image(name, force=True)
        assert ("Loaded" in said, "max depth exceeded" in said) == (is_taken, not is_taken), said


STRANGE = """FROM {base}
LABEL com.scoredock.tests=yes
RUN ln -s /usr/bin/python3.11 /usr/local/bin/python
RUN rm /usr/bin/python3 && ln -s /usr/local/bin/python /usr/bin/python3
RUN rm -r /usr/share/doc /usr/share/man && mkdir /usr/share/doc && touch /usr/share/doc/fresh
RUN ["/usr/bin/python3.11", "-c", "import os; [os.remove('/bin/' + each) for each in ('sh', 'dash', 'bash')]"]
"""


@pytest.mark.long("tests/oci_base judges such bases by their files")
def test_a_base_without_a_shell_with_whiteouts_and_absolute_links_serves(terminal: Terminal, tmp_path: Path) -> None:
    base = f"scoredock-tests/strange-{secrets.token_hex(6)}:1"
    used = docker_daemon.docker()
    text = STRANGE.format(base=docker_daemon.base_image())
    docker_daemon.build(used, packed([TarEntry("Dockerfile", text.encode())]), base)
    try:
        with (tmp_path / "base.tar").open("wb") as stream:
            for piece in used.patient.get_image(base):
                stream.write(piece)
        name = f"scoredock-tests-strange-{secrets.token_hex(6)}"
        target = ("--base", f"archive:{tmp_path / 'base.tar'}", "--to", f"archive:{tmp_path / 'image.tar'}")
        made: dict[str, Any] = json.loads(
            terminal.ok("package", "create", *DEPLOY, *target, "--image-name", name, "--json")
        )
        environment = {**os.environ, "DOCKER_HOST": used.endpoint}
        subprocess.run(["docker", "load", "-i", made["path"]], env=environment, check=True, capture_output=True)
        try:
            assert used.api.inspect_image(made["image"])["Id"] == made["imageId"]
            assert answered(made["image"]) == 30
            shell = ["docker", "run", "--rm", "--entrypoint", "/bin/sh", made["image"], "-c", "true"]
            assert subprocess.run(shell, env=environment, capture_output=True, check=False).returncode == 127
            look = ["docker", "run", "--rm", "--entrypoint", "/usr/bin/ls", made["image"], "/usr/share/doc"]
            there = subprocess.run(look, env=environment, capture_output=True, text=True, check=True).stdout
            assert there == "fresh\n", "what was removed below stays removed"
        finally:
            used.api.remove_image(made["image"], force=True)
    finally:
        used.api.remove_image(base, force=True)
