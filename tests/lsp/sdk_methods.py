"""What the editor runs for scripts and notebooks of the SDK v1: one good call of each method, and what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsp.test_methods import World

SCRIPT = "import json\nfrom azureml.core import Workspace\nprint(Workspace.get('local').name)\n"


def sdk_command(world: World) -> None:
    folder = world.project / "shelf"
    folder.mkdir()
    (folder / "deploy.py").write_text(SCRIPT)
    params = {"path": str(folder / "deploy.py"), "folder": str(world.project), "interpreters": [sys.executable]}
    made = world.ask("scoredock/sdk/command", params)
    assert made.command[-5:] == ["sdk", "run", "--python", sys.executable, "deploy.py"]
    assert (made.title, made.folder) == ("deploy.py", str(folder))
    assert Path(made.variables["SCOREDOCK_HOME"]).is_dir()


def sdk_ended(world: World) -> None:
    """Nothing has run yet, so nothing is said."""
    ended = world.ask("scoredock/sdk/ended", {"path": str(world.project / "deploy.py")})
    assert (ended.note, ended.workspace_id) == ("", "")


def write_config(world: World) -> None:
    made = world.ask("scoredock/workspace/writeConfig", {"folder": str(world.project), "workspaceId": "local"})
    assert (made.path, made.workspace) == (str(world.project / ".azureml" / "config.json"), "local")
    assert world.ask("scoredock/workspace/open", {"path": str(world.project)}).name == "local"
    (world.project / ".azureml" / "config.json").unlink()


def workspace_engine(world: World) -> None:
    assert world.ask("scoredock/workspace/engine", {"engine": "docker"}).engine == "docker"
    assert world.ask("scoredock/workspace/show", {"id": "local"}).engine == "docker"
    assert world.ask("scoredock/workspace/engine", {"engine": "process", "id": "local"}).engine == "process"


GOOD = {
    "scoredock/sdk/command": sdk_command,
    "scoredock/sdk/ended": sdk_ended,
    "scoredock/workspace/engine": workspace_engine,
    "scoredock/workspace/writeConfig": write_config,
}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/sdk/command", {"path": "/nowhere/deploy.py"}, "file-not-found"),
    ("scoredock/workspace/engine", {"engine": "process", "id": "nobody"}, "workspace-not-found"),
    ("scoredock/workspace/writeConfig", {"folder": "/nowhere", "workspaceId": "nobody"}, "workspace-not-found"),
]


def notebook(*cells: str) -> str:
    """Its JSON; the first one is text."""
    shown = [
        {"cell_type": kind, "metadata": {}, "source": text}
        for kind, text in (("markdown", "# Deploy"), *(("code", cell) for cell in cells))
    ]
    return json.dumps({"cells": shown, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
