"""Of what images consist and what differs between two: kept content, a real registry, a Docker image."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from docker_daemon import docker
from oci_registry.real_registry import real_registry
from packages.test_without_docker import SCRIPT, base, package, project, words

__all__ = ["base"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, base: Path) -> Iterator[str]:
    """A registry that has a base image."""
    folder = tmp_path_factory.mktemp("registry")
    with real_registry(folder / "registry") as address:
        package(project(folder / "maker"), base, "--push", f"{address}/bases/python:1")
        yield address


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, address: str, base: Path) -> Terminal:
    """`package:1` and `package:2` are kept and differ in their script, `more:1` in a registry has one package more."""
    terminal = project(tmp_path_factory.mktemp("layers"), SCOREDOCK_BASE_IMAGE=f"{address}/bases/python:1")
    deploy = ("package", "create", "--entry-script", "score.py", "--environment-file", "conda.yml")
    terminal.json(*deploy, "--model", "factor:1", "--image", "--il", "1")
    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 1"))
    (terminal.folder / "notes.txt").write_text("new\n")
    terminal.json(*deploy, "--model", "factor:1", "--image", "--il", "2")
    conda = terminal.folder / "conda.yml"
    conda.write_text(conda.read_text().replace("    - six\n", "    - six\n    - colorama==0.4.6\n"))
    terminal.json(*deploy, "--model", "factor:1", "--push", f"{address}/team/more:1")
    return terminal


def holds(image: dict[str, Any]) -> list[str]:
    return [each["holds"] for each in image["layers"]]


def test_the_layers_of_a_kept_image(terminal: Terminal) -> None:
    image = terminal.json("image", "layers", "package:1")
    print(terminal.ok("image", "layers", "package:1"))
    print(terminal.ok("image", "diff", "package:1", "package:2"))
    print(terminal.ok("image", "diff", "package:1", "more:1"))
    print(terminal.ok("image", "diff", "package:1", "package:2", "--path", "/var/azureml-app/score.py"))
    assert holds(image)[-4:] == ["packages", "runtime", "model", "code"]
    assert 0
