"""An image for arm64 that is written on this machine answers on one: Debian's own Python and packages with machine
code, run by Docker through QEMU's user emulation."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock
from scoredock.oci.content import CONFIG, MANIFEST, Descriptor, Manifest, Platform
from scoredock.oci.images import image_config
from scoredock.oci.layers import make_layer
from scoredock.oci.layout import ImageLayout

from cli.conftest import Terminal
from docker_daemon import CACHE, docker
from packages.test_without_docker import NOWHERE, answered
from parts import missing

pytestmark = pytest.mark.long("Debian for another processor is fetched, and its programs are emulated")

EMULATED = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
SCRIPT = """
import json
import platform

import numpy


def init():
    pass


def run(data):
    assert platform.machine() == "aarch64"
    return int(numpy.array(json.loads(data)["data"]) @ [1, 10])
"""
CONDA = "name: arm\ndependencies:\n  - python=3.11\n  - pip:\n    - azureml-defaults\n    - numpy\n"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layout with Debian for arm64, unpacked as the packages have it: nothing of it has run."""
    archive = CACHE / "bookworm-arm64.tar"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(str(CACHE / "arm64.lock")):
        if not archive.is_file():
            _unpack(archive)
    layout = ImageLayout.create(tmp_path_factory.mktemp("arm64") / "base")
    with archive.open("rb") as stream:
        layer = make_layer(iter(lambda: stream.read(1 << 20), b""), layout.store, "gzip")
    config = image_config({"architecture": "arm64", "os": "linux"}, [(layer, "debian")], {})
    manifest = Manifest(layout.store.put(config, CONFIG), (layer.descriptor,))
    stored = layout.store.put(manifest.to_bytes(), MANIFEST)
    layout.add("1", Descriptor(MANIFEST, stored.digest, stored.size, platform=Platform("linux", "arm64")))
    return layout.store.path(stored.digest).parents[2]


def _unpack(archive: Path) -> None:
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        missing("debootstrap and root, to make a base image", "docker")
    with tempfile.TemporaryDirectory(prefix="scoredock-arm64-") as name:
        folder = Path(name)
        include = "--include=python3,ca-certificates"
        command = ["debootstrap", "--arch=arm64", "--foreign", "--variant=minbase", include, "bookworm", name]
        subprocess.run(command, check=True, capture_output=True, timeout=900)
        packages = folder / "var" / "cache" / "apt" / "archives"
        for package in sorted(packages.glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", str(package), name], check=True, timeout=60)
            package.unlink()
        shutil.rmtree(folder / "debootstrap")
        temporary = archive.with_suffix(".part")
        subprocess.run(["tar", "-C", name, "-cf", str(temporary), "."], check=True, timeout=300)
        temporary.replace(archive)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "conda.yml").write_text(CONDA)
    return Terminal(tmp_path / "home", folder, env=NOWHERE)


@pytest.mark.docker
@pytest.mark.timeout(1800)
def test_an_image_for_arm64_answers(terminal: Terminal, base: Path, tmp_path: Path) -> None:
    if not EMULATED.is_file():
        missing("qemu-user-static, with binfmt-support and binfmt_misc mounted", "docker")
    archive = tmp_path / "image.tar"
    deploy = ("--entry-script", "score.py", "--environment-file", "conda.yml")
    where = ("--base", f"oci:{base}:1", "--platform", "linux/arm64", "--to", f"archive:{archive}")
    made = terminal.json("package", "create", *deploy, *where, "--image-name", "arm", "--image-label", "1")
    with archive.open("rb") as stream:
        list(docker().patient.load_image(stream))
    try:
        inspected = docker().api.inspect_image("arm:1")
        assert (inspected["Id"], inspected["Architecture"]) == (made["imageId"], "arm64")
        assert answered("arm:1") == 21
    finally:
        docker().api.remove_image("arm:1", force=True)
