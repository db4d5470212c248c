"""Show Lineage by mouse: from a model's menu and a service's page, on to other things, and as OpenLineage."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import serious_faults, until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
def init():
    pass


def run(data):
    return data
"""


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    """A dataset, a model of it in git, and a service that was updated once."""
    folder = tmp_path / "diabetes"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "requirements.txt").write_text("azureml-defaults\n")
    (folder / "train.jsonl").write_text('{"data": [1]}\n')
    (folder / "model.bin").write_bytes(b"weights")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    desk = open_desk(folder)
    desk.scoredock("dataset", "register", "train.jsonl", "--name", "numbers")
    for _ in range(2):
        desk.scoredock("model", "register", "model.bin", "--name", "diabetes", "--dataset", "training=numbers")
    words = ("--es", "score.py", "--cf", "requirements.txt", "--model", "diabetes:1")
    desk.scoredock("service", "deploy", "diabetes-api", *words)
    desk.scoredock("service", "update", "diabetes-api", "--model", "diabetes:2")
    return desk


def test_the_lineage_is_in_the_menus_of_services_and_datasets(desk: Desk) -> None:
    window, side = desk.window, desk.window.side
    side.show("Scoredock")
    side.fold_pane("Environments")
    side.wait_row("Services", "diabetes-api", "Healthy", timeout=60)
    side.choose("Services", "diabetes-api", "Show Lineage")
    said = window.webview("service.deployed").locator("body").inner_text()
    assert "Lineage of diabetes-api" in said
    side.fold_pane("Services")
    side.expand("Models", "Datasets")
    side.wait_row("Models", "numbers:1")
    side.choose("Models", "numbers:1", "Show Lineage")
    page = window.webview("Lineage of numbers:1").locator("body")
    until(lambda: "diabetes:2" in page.inner_text(), "the model that it went into")
    desk.picture("page-lineage-dataset")


def test_the_lineage_of_a_model_and_a_service_by_mouse(desk: Desk) -> None:
    window, side = desk.window, desk.window.side
    side.show("Scoredock")
    for view in ("Services", "Environments"):
        side.fold_pane(view)
    side.wait_row("Models", "diabetes", timeout=60)
    side.choose("Models", "diabetes", "Show Lineage")
    frame = window.webview("Went Into")
    page = frame.locator("body")
    said = page.inner_text()
    for word in ("Lineage of diabetes:2", "Made Of", "numbers:1", "diabetes-api/2", "diabetes-api", "model.registered"):
        assert word in said
    assert serious_faults(frame) == []
    desk.picture("page-lineage")

    # A name leads on to its own page, and from there to its lineage.
    page.get_by_role("link", name="diabetes-api", exact=True).click()
    service = window.webview("Scoring URI")
    service.locator("body").get_by_role("button", name="More Actions…").click()
    service.locator("body").get_by_text("Show Lineage").click()
    frame = window.webview("service.deployed")
    said = frame.locator("body").inner_text()
    for word in ("Lineage of diabetes-api", "diabetes-api/1", "diabetes:1", "Serving", "service.updated", "main"):
        assert word in said
    desk.picture("page-lineage-service")

    frame.locator("body").get_by_role("button", name="Export as OpenLineage…").click()
    target = desk.folder / "lineage.jsonl"
    window.quick.choose_path(str(target), proposed="service-diabetes-api.jsonl")
    until(lambda: target.exists() and target.stat().st_size, "the run events", timeout=20)
    assert all(json.loads(line)["schemaURL"] for line in target.read_text().splitlines())
