"""A folder of Azure ML v1 in the Explorer: what would be written is shown side by side, then it is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """from azureml.core.model import Model

def init():
    global model
    model = open(Model.get_model_path("prices")).read()

def run(data):
    return model
"""
DEPLOYMENT = {
    "computeType": "aci",
    "containerResourceRequirements": {"cpu": 1, "memoryInGB": 2},
    "authEnabled": False,
    "dnsNameLabel": "prices",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    inner = folder / "prices"
    inner.mkdir(parents=True)
    (inner / "score.py").write_text(SCRIPT)
    (inner / "prices.txt").write_text("12")
    (inner / "prices.pkl").write_text("12")
    (inner / "inferenceconfig.json").write_text(json.dumps({"entryScript": "score.py"}))
    (inner / "deploymentconfig.json").write_text(json.dumps(DEPLOYMENT))
    return folder


def test_a_folder_is_looked_at_and_written(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    window.side.choose_for_file("prices", "Migrate to Azure ML v2…")
    window.notices.wait("Nothing is written yet", timeout=60)
    desk.picture("migration-preview")
    assert not (project / "prices-v2").exists()
    window.notices.press("Nothing is written yet", "Write…")
    window.quick.wait("New Folder for the Files of Azure ML v2")
    target = project / "v2"
    window.quick.choose_path(str(target), proposed="prices-v2")
    window.notices.wait("files to", timeout=60)
    until(lambda: (target / "report.md").is_file(), "the report")
    desk.picture("migration-report")
    assert (target / "endpoints" / "prices" / "endpoint.yml").is_file()
    assert "get_model_path" not in (target / "endpoints" / "prices" / "blue" / "code" / "score.py").read_text()
    assert (project / "prices" / "score.py").read_text() == SCRIPT
