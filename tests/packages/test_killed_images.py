"""A command that makes an image is killed while it has something temporary: the next command takes it away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import at_a_folder
from cli.conftest import Terminal
from depth import SEED, rounds
from docker_daemon import docker

from .test_bases_in_docker import base as base_in_docker
from .test_bases_in_docker import registry
from .test_without_docker import project

__all__ = ["base_in_docker", "registry"]

pytestmark = [pytest.mark.docker, pytest.mark.chance, pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")]

CREATE = ("package", "create", "--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "cache").mkdir()
    caches = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    places = {"TMPDIR": str(tmp_path / "tmp"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    downloads = {"UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(caches / "uv")}
    return project(tmp_path / "work", DOCKER_HOST=docker().endpoint, **places, **downloads)


@pytest.mark.parametrize("number", range(rounds(gate=1, long=10)))
@pytest.mark.parametrize("purpose", ["package", "lock", "base", "layer"])
def test_nothing_is_left_of_an_image_that_was_half_made(
    terminal: Terminal, base_in_docker: str, tmp_path: Path, purpose: str, number: int
) -> None:
    words = (*CREATE, "--to", "oci:layout", "--base", base_in_docker)
    steps = at_a_folder.steps((SEED, purpose, number))
    killed = at_a_folder.kill(words, purpose, steps, terminal.folder, terminal.environment())
    assert killed or number
    terminal.ok("model", "list")
    assert at_a_folder.marked(terminal.home, tmp_path / "tmp", tmp_path / "cache") == []
