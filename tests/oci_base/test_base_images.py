"""Images of the daemon, saved and judged by their files, beside what `pythons.look_around` tells by running them."""

from __future__ import annotations

import json
import secrets
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import pytest
from scoredock.containers.archives import TarEntry, packed
from scoredock.containers.connection import Docker
from scoredock.containers.image_calls import look
from scoredock.images.base_tree import BaseJudgement, judge, keeps
from scoredock.images.pythons import ImageContents, look_around
from scoredock.oci.tree import read_tree
from scoredock.progress import CancelToken

import docker_daemon
import interpreters
from moved_python import version_of
from pace import patience

pytestmark = pytest.mark.docker

_SHIM = '#!/bin/sh\nexec /usr/bin/python3.11 "$@"\n'
_BUILT = {
    "accounts": 'RUN echo "me:x:1000:1000::/tmp:/bin/sh" > /etc/passwd && ln -sf /opt/group /etc/group'
    ' && echo "root:x:0:" > /opt/group',
    "no python": "RUN rm -rf /usr/bin/python3* /usr/lib/python3*",
    "no library": "RUN rm -rf /usr/lib/python3.11",
    "half a library": "RUN rm -rf /usr/lib/python3.11/json",
    "back again": "RUN cp -a /usr/lib/python3.11 /opt/kept && rm -rf /usr/lib/python3.11\n"
    "RUN mv /opt/kept /usr/lib/python3.11 && touch /usr/lib/python3.11/dist-packages 2>/dev/null"
    " || mkdir -p /usr/lib/python3.11/dist-packages",
    "environments": "RUN python3 -m venv --without-pip /azureml-envs/one"
    " && python3 -m venv --without-pip --system-site-packages /azureml-envs/two"
    " && python3 -m venv --without-pip --copies /opt/conda/envs/three"
    " && mkdir -p /azureml-envs/empty/bin && touch /azureml-envs/empty/bin/python\n"
    "ENV PATH=/azureml-envs/two/bin:/usr/local/bin:/usr/bin:/bin",
    "another path": "RUN mkdir -p /opt/x && ln -s /usr /opt/x/usr && mkdir -p /usr/local/lib/python3.11/dist-packages"
    " && touch /bin/java && chmod +x /bin/java\nENV PATH=/opt/x/usr/bin:/bin",
    "bin first": "ENV PATH=/bin:/usr/bin",
}


@pytest.fixture(scope="module")
def docker() -> Docker:
    return docker_daemon.docker()


@pytest.fixture
def built(docker: Docker) -> Iterator[Callable[..., str]]:
    """Makes an image of a few instructions on the base image; it is removed afterwards."""
    names: list[str] = []

    def build(instructions: str, *entries: TarEntry) -> str:
        names.append(f"scoredock-tests/judged-{secrets.token_hex(6)}:1")
        text = f"FROM {docker_daemon.base_image(docker)}\nLABEL com.scoredock.tests=yes\n{instructions}\n"
        docker_daemon.build(docker, packed([TarEntry("Dockerfile", text.encode()), *entries]), names[-1])
        return names[-1]

    yield build
    for name in names:
        docker.patient.remove_image(name)


def _judged(image: str, folder: Path, further: tuple[str, ...] = ()) -> BaseJudgement:
    archive = folder / "image.tar"
    command = ["docker", "-H", docker_daemon.docker_host(), "save", "--output", str(archive), image]
    subprocess.run(command, check=True, capture_output=True, timeout=patience(110))
    with tarfile.open(archive) as outer:
        (manifest,) = json.load(_member(outer, "manifest.json"))
        config: dict[str, Any] = json.load(_member(outer, manifest["Config"]))
        layers = [lambda name=name: cast(BinaryIO, _member(outer, name)) for name in manifest["Layers"]]
        return judge(read_tree(layers, keeps, CancelToken()), config, further)


def _member(outer: tarfile.TarFile, name: str) -> IO[bytes]:
    stream = outer.extractfile(name)
    assert stream is not None
    return stream


def _run(docker: Docker, image: str, folder: Path, further: tuple[str, ...] = ()) -> ImageContents:
    description = look(docker, image)
    assert description is not None
    return look_around(docker, description, image, further, folder / "memory", CancelToken())


def test_the_base_image(docker: Docker, tmp_path: Path) -> None:
    image = docker_daemon.base_image(docker)
    judgement = _judged(image, tmp_path)
    assert judgement.doubts == ()
    assert judgement.contents == _run(docker, image, tmp_path)
    assert [python.path for python in judgement.contents.pythons] == ["/usr/bin/python3", "/usr/bin/python3.11"]


@pytest.mark.parametrize("alone", [False, True])
def test_a_second_python(docker: Docker, old_python: Path, alone: bool, tmp_path: Path) -> None:
    """Of pyenv, with its own library beside it, and no record that says its version."""
    if not version_of(old_python):
        interpreters.no_cpython()
    image = docker_daemon.base_with_old_python(old_python, alone=alone)
    judgement = _judged(image, tmp_path)
    assert judgement.doubts == ()
    assert judgement.contents == _run(docker, image, tmp_path)
    assert version_of(old_python) in [python.version for python in judgement.contents.pythons]


@pytest.mark.parametrize("what", _BUILT)
def test_built_images(docker: Docker, built: Callable[..., str], what: str, tmp_path: Path) -> None:
    image = built(_BUILT[what])
    judgement = _judged(image, tmp_path, ("/bin/python3",))
    assert judgement.contents == _run(docker, image, tmp_path, ("/bin/python3",))
    # Where the library is away, it might be elsewhere.
    assert bool(judgement.doubts) == (what == "no library")


def test_a_shim_is_left_to_running(docker: Docker, built: Callable[..., str], tmp_path: Path) -> None:
    image = built("COPY shim /usr/local/bin/python3", TarEntry("shim", _SHIM.encode(), 0o755))
    judgement = _judged(image, tmp_path)
    assert judgement.doubts == ("/usr/local/bin/python3 is a script that starts another program.",)
    run = _run(docker, image, tmp_path)
    assert set(run.pythons) == set(judgement.contents.pythons)  # what the script starts calls itself python3.11
