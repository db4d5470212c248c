"""Bases of content that only Docker has: no registry is waited for, and what neither has is said with the way left."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.containers import image_calls
from scoredock.images.base_images import registry_digest
from scoredock.progress import CancelToken, Silent

from cli.conftest import Terminal
from docker_daemon import base_image, docker
from oci_registry.real_registry import real_registry

from .test_without_docker import manifest_of, project

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return project(tmp_path_factory.mktemp("in-docker"), DOCKER_HOST=docker().endpoint)


@pytest.fixture
def registry() -> Iterator[socket.socket]:
    """Where a registry would be asked; whoever connects waits there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def base(registry: socket.socket) -> Iterator[str]:
    """The base image under a name of that registry, to which nobody has pushed it."""
    name = f"127.0.0.1:{registry.getsockname()[1]}/team/only-in-docker"
    image_calls.tag(docker(), base_image(), name, "1")
    yield f"{name}:1"
    image_calls.remove(docker(), f"{name}:1")


def words(target: Path, *further: str) -> tuple[str, ...]:
    deploy = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")
    return ("package", "create", *deploy, "--to", f"oci:{target}", *further)


def require_not_asked(registry: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        registry.accept()


def layers_of(layout: Path) -> list[str]:
    return [each["digest"] for each in manifest_of(layout)["layers"]]


def test_a_base_that_only_docker_has_is_taken_from_there(
    terminal: Terminal, base: str, registry: socket.socket, tmp_path: Path
) -> None:
    terminal.ok(*words(tmp_path / "named", "--base", base))
    by_setting = replace(terminal, env={**terminal.env, "SCOREDOCK_BASE_IMAGE": base})
    by_setting.ok(*words(tmp_path / "default"))
    platform = ("--platform", docker().platform)
    terminal.ok("model", "push", "factor:1", "--base", base, *platform, "--to", f"oci:{tmp_path / 'model'}")
    require_not_asked(registry)
    tars = docker().api.inspect_image(base)["RootFS"]["Layers"]
    for layout in ("named", "default", "model"):
        assert layers_of(tmp_path / layout)[: len(tars)] == tars, "Docker's own layers are the lowest"


def test_one_that_its_registry_does_not_give_any_more_is_taken_from_there(terminal: Terminal, tmp_path: Path) -> None:
    with real_registry(tmp_path / "registry") as address:
        name = f"{address}/team/base"
        image_calls.tag(docker(), base_image(), name, "12")
        image_calls.push(docker(), f"{name}:12", None, Silent(), CancelToken())
    try:
        assert registry_digest(docker().api.inspect_image(f"{name}:12"), f"{name}:12")
        again = terminal.run(*words(tmp_path / "again", "--base", f"{name}:12"))
        assert again.returncode == 0, again.stderr
        assert f"The registry of {name}:12 does not give it: Docker's copy is taken" in again.stderr
    finally:
        image_calls.remove(docker(), f"{name}:12")
    assert layers_of(tmp_path / "again")


def test_what_neither_has_is_said_with_archives(terminal: Terminal, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"127.0.0.1:{closed.getsockname()[1]}/team/none:1"
    error = terminal.refused(*words(tmp_path / "none", "--base", nobody))
    assert error["code"] == "registry-unreachable"
    assert "`--base archive:FILE`" in error["fix"]
    assert "Docker here does not have it" in error["fix"]
