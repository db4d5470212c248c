"""Images of the tests: made in the real daemon on a base image of this run, each known by a name of its own, all
removed afterwards. Nobody else makes or finds images with their keys.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from scoredock.containers.connection import Docker, DockerSettings
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.images.built import BuiltImage
from scoredock.images.environment_images import EnvironmentImages
from scoredock.progress import CancelToken, Silent

import docker_daemon
from built_runtime import built_runtime
from image_bench import Bench, remove_named

PLAIN = ("tabulate==0.9.0", "wcwidth==0.2.12")
"""Packages of the image `plain`. A test that wants an image to be made takes others."""


@pytest.fixture(scope="session")
def docker() -> Docker:
    return docker_daemon.docker()


@pytest.fixture(scope="session")
def base(docker: Docker) -> Iterator[str]:
    """The image that all those of this run are made on."""
    with docker_daemon.base_of_its_own(docker) as name:
        yield name


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """Every image that is made here takes the same wheel."""
    with built_runtime():
        yield


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is known of base images, so that each is looked at in a container once."""
    return tmp_path_factory.mktemp("bases")


@pytest.fixture
def bench(docker: Docker, base: str, bases: Path, tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "bases").symlink_to(bases)
    images = EnvironmentImages(tmp_path / "images", EnvironmentSettings(), DockerSettings(docker.endpoint), base)
    made = Bench(docker, images, f"test-{secrets.token_hex(6)}")
    yield made
    assert made.leftovers() == []
    temporary = [path.name for path in (tmp_path / "images").rglob(".*-*") if path.is_dir()]
    assert temporary == []
    remove_named(docker, made.name)


@pytest.fixture(scope="session")
def plain(docker: Docker, base: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltImage]:
    """An image with the runtime and the packages `PLAIN`, for all that need any."""
    root = tmp_path_factory.mktemp("images")
    name = f"test-{secrets.token_hex(6)}"
    images = EnvironmentImages(root, EnvironmentSettings(), DockerSettings(docker.endpoint), base)
    spec = EnvironmentSpec(None, PLAIN, "/p/env.yml", name)
    yield images.prepare(spec, Silent(), CancelToken())
    remove_named(docker, name)
