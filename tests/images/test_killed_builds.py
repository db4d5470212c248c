"""A build in Docker fails, is cancelled or killed: after the next command no container of it is there."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import time
from pathlib import Path

import pytest
from scoredock.containers.connection import Docker

import at_a_folder
from cli.conftest import Terminal
from depth import SEED, rounds
from pace import patience
from packages.test_without_docker import project

pytestmark = [pytest.mark.docker, pytest.mark.chance, pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")]

STEPS = "RUN sleep 0.5\nRUN sleep 0.5\nRUN sleep 2; false\n"


def containers(docker: Docker, base: str) -> list[object]:
    return [each["Id"] for each in docker.api.containers(all=True, filters={"ancestor": base})]


def prepared(docker: Docker, base: str, folder: Path, kind: str) -> Terminal:
    terminal = project(folder / "work", DOCKER_HOST=docker.endpoint, SCOREDOCK_BASE_IMAGE=base)
    file = terminal.folder / "conda.yml"
    if kind == "steps":
        file = terminal.folder / "own.json"
        image = {"baseImage": None, "baseDockerfile": f"FROM {base}\n{STEPS}"}
        file.write_text(json.dumps({"name": "own", "docker": image, "python": {"userManagedDependencies": True}}))
    terminal.ok("environment", "register", file.name, "--name", "own")
    return at_a_folder.with_own_folders(terminal, folder)


@pytest.mark.parametrize("number", range(rounds(gate=1, long=10)))
@pytest.mark.parametrize(
    ("kind", "event"), [("steps", 0), *itertools.product(("steps", "layer"), (signal.SIGINT, signal.SIGKILL))]
)
def test_no_container_is_left_after_the_next_command(
    docker: Docker, base: str, tmp_path: Path, kind: str, event: int, number: int
) -> None:
    """`steps` are run by the daemon's own builder, a `layer` is made in a container of ours."""
    terminal = prepared(docker, base, tmp_path, kind)
    build = terminal.start("environment", "build", "own", "--image")
    deadline = time.monotonic() + patience(60)
    while not containers(docker, base):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    if event:
        time.sleep(number * random.Random(f"{SEED} {kind} {event} {number}").random() / 5)
        os.kill(build.pid, event)
    code = build.wait(patience(60))
    assert code in ((1,) if event == 0 else (0, -event, 128 + event)), (code, event)
    terminal.ok("model", "list")
    deadline = time.monotonic() + patience(20)
    while left := containers(docker, base):  # the builder of the daemon ends a step that nobody waits for
        assert kind == "steps"
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    assert at_a_folder.left_by_commands(terminal) == []
