"""Run with Scoredock: scripts and notebooks of the SDK v1 in a terminal of the editor."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until_contains

if TYPE_CHECKING:
    from desks import Desk

SCORE = 'import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)["data"])\n'
REGISTER = (
    "from azureml.core import Workspace\nfrom azureml.core.model import Model\n\n"
    'ws = Workspace.from_config()\nmodel = Model.register(ws, model_path="model.bin", model_name="five")\n'
)
DEPLOY = (
    "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig\n"
    "from azureml.core.webservice import AciWebservice\n\n"
    'config = InferenceConfig("score.py", environment=Environment("light"))\n'
    "configuration = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1)\n"
    'service = Model.deploy(ws, "adder", [model], config, configuration)\n'
    "service.wait_for_deployment(show_output=True)\nprint(service.state, service.scoring_uri)\n"
)
IDENTITY = {"subscription_id": "11111111", "resource_group": "team", "workspace_name": "contoso"}
RUN, NOTEBOOK, TO_HERE = "Run with Scoredock", "Run Notebook with Scoredock", "Run to Here with Scoredock"


def notebook(*cells: str) -> str:
    shown = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": cell.splitlines(True)}
        for cell in cells
    ]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": shown, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}, indent=1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    (folder / ".azureml").mkdir(parents=True)
    (folder / ".azureml" / "config.json").write_text(json.dumps(IDENTITY))
    (folder / "score.py").write_text(SCORE)
    (folder / "model.bin").write_bytes(b"12345")
    (folder / "deploy.py").write_text(REGISTER + DEPLOY)
    return folder


def test_a_script_runs_in_a_terminal_and_the_views_show_what_it_made(
    open_desk: Callable[..., Desk], project: Path
) -> None:
    desk = open_desk(project)
    window = desk.window
    window.side.show("Scoredock")
    window.editor.open("deploy.py")
    until_contains(window.editor.lenses, RUN)
    window.editor.press_lens(RUN)
    window.side.wait_row("Services", "adder", "Healthy", timeout=120)
    window.side.wait_row("Models", "five", timeout=30)
    desk.picture("run-sdk")
