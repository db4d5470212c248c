"""A command that makes an image is killed while it has something temporary: the next command takes it away."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import at_a_folder
from cli.conftest import Terminal
from depth import rounds
from docker_daemon import docker

from .test_bases_in_docker import base as base_in_docker
from .test_bases_in_docker import registry
from .test_without_docker import CONDA, project

__all__ = ["base_in_docker", "registry"]

pytestmark = [pytest.mark.docker, pytest.mark.chance, pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")]

CREATE = ("package", "create", "--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return at_a_folder.with_own_folders(project(tmp_path / "work", DOCKER_HOST=docker().endpoint), tmp_path)


def created(terminal: Terminal, base: str) -> tuple[str, ...]:
    return (*CREATE, "--to", "oci:layout", "--base", base)


def built(terminal: Terminal, base: str) -> tuple[str, ...]:
    """With a package that has no wheel."""
    (terminal.folder / "conda.yml").write_text(CONDA.replace("six", "docopt==0.6.2"))
    terminal.ok("environment", "register", "conda.yml", "--name", "own")
    terminal.env |= {"SCOREDOCK_BASE_IMAGE": base}
    return ("environment", "build", "own", "--image")


def into_docker(terminal: Terminal, base: str) -> tuple[str, ...]:
    made = json.loads(terminal.ok(*created(terminal, base), "--json"))
    return ("package", "pull", made["image"])


CASES = {
    **dict.fromkeys(("package", "lock", "base", "layer", "fresh"), created),
    "tools": built,
    "container": built,
    "load": into_docker,
}


@pytest.mark.parametrize("number", range(rounds(gate=1, long=10)))
@pytest.mark.parametrize("purpose", CASES)
def test_nothing_is_left_of_an_image_that_was_half_made(
    terminal: Terminal, base_in_docker: str, purpose: str, number: int
) -> None:
    at_a_folder.require_nothing_left(terminal, purpose, number, CASES[purpose](terminal, base_in_docker))
