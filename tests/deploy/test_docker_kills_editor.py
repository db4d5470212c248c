"""The editor goes away in the middle of a change: the processes of the language server are killed as VS Code does it,
the children first. A new editor finds every service finished or rolled back."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest

from deploy.killed import NAME, World
from docker_daemon import docker_host
from lsp.client import Client
from pace import patience

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.chance, pytest.mark.timeout(600)]

MET = {
    "deploy": ("staging", "starting", "probing"),
    "update": ("staging", "starting"),
    "move": ("starting",),
    "delete": ("",),
}


def _asked(world: World, verb: str) -> tuple[str, dict[str, Any]]:
    """The method and parameters with which the extension asks for a change."""
    variables = {"environmentVariables": {"UPDATED": "yes"}}
    if verb == "deploy":
        files = {
            "entryScript": str(world.script),
            "environmentFile": str(world.requirements),
        }
        return "scoredock/service/deploy", {
            "name": NAME,
            "models": ["m:1"],
            "engine": "docker",
            **files,
        }
    if verb == "delete":
        return "scoredock/service/delete", {"name": NAME}
    models = {"models": ["m:2"]} if verb == "move" else {}
    return "scoredock/service/update", {"name": NAME, **variables, **models}


GATE = (("deploy", "starting"), ("move", "starting"), ("delete", ""))
"""One for each way in which recovery ends a change: rolled back, taken back to the old container, finished."""
FURTHER = pytest.mark.long(
    "another step of a change that the gate breaks off at one; the steps are those of test_docker_kills"
)


@pytest.mark.parametrize(
    ("verb", "phase"),
    [
        pytest.param(verb, phase, marks=() if (verb, phase) in GATE else FURTHER)
        for verb, phases in MET.items()
        for phase in phases
    ],
)
def test_the_editor_is_killed(tmp_path: Path, shared_images: Path, verb: str, phase: str) -> None:
    world = World(tmp_path / "world", shared_images, docker_host())
    try:
        if verb != "deploy":
            world.deploy()
        method, params = _asked(world, verb)
        home = world.place.workspace.parent.parent
        told = {
            "SCOREDOCK_BASE_IMAGE": world.settings.base_image,
            "DOCKER_HOST": world.settings.docker.host,
            "SCOREDOCK_START_TIMEOUT": "60",
        }
        with Client(home, env=told) as editor:
            editor.initialize(world.folder / "project")
            request = editor.begin(method, params)
            ledger = world.place.deployments.ledger
            deadline = time.monotonic() + patience(60)
            met = False
            while not met and time.monotonic() < deadline:
                met = any(intent.phase == phase for intent in ledger.intents())
                with contextlib.suppress(TimeoutError):
                    answer = editor.answer(request, 0.001)
                    assert "error" not in answer, answer
                    break  # that phase was too short to be seen; the kill comes after the change
            editor.kill_tree()
            editor.exit_code()
        assert world.problems(verb) == []
    finally:
        world.clear()
