"""What a workspace holds besides models: environments, datasets, images, the runs of MLflow."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from seeding import tracking_store
from workbench import until, until_contains, until_equal

if TYPE_CHECKING:
    from desks import Desk

MODELS = "Models"
ENVIRONMENTS = "Environments"
SCRIPT = """\
import json


def init():
    print("up")


def run(data):
    return sum(json.loads(data)["data"])
"""
CONDA = "name: boosting\ndependencies:\n  - python=3.11\n  - pip:\n      - xgboost==2.1.4\n"
ROWS = ({"data": [1, 2]}, {"data": [40, 2]})


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window on a project with an environment, rows and a tracking store, and with one service."""
    folder = tmp_path_factory.mktemp("adding")
    (folder / "score.py").write_text(SCRIPT)
    (folder / "conda-boosting.yml").write_text(CONDA)
    (folder / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in ROWS))
    tracking_store(folder)
    desk = open_shared_desk(folder)
    desk.scoredock("service", "deploy", "adder", "--entry-script", str(folder / "score.py"))
    side = desk.window.side
    side.show("Scoredock")
    side.fold_pane("Services")
    side.wait_row(MODELS, "Runs", timeout=60)
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    desk = tidy(shared)
    desk.window.side.show("Scoredock")
    return desk


def held(desk: Desk, kind: str) -> set[str]:
    return {asset["id"] for asset in desk.scoredock(kind, "list")["assets"]}


@pytest.mark.long("images and runs are looked at at the gate")
def test_environments(desk: Desk) -> None:
    window = desk.window
    # No file is open yet.
    window.side.choose_title(ENVIRONMENTS, "Find Nearest Versions That Install…")
    window.notices.wait("Open the conda file or the requirements")
    window.notices.clear()
    side = window.side
    assert [row.label for row in side.rows(MODELS)] == ["No model yet", "Runs"]
    side.choose_for_file("conda-boosting.yml", "Register Environment…")
    window.quick.wait("Name of the environment")
    window.quick.answer("boosting")
    window.quick.wait("Description")
    window.quick.press_button("Register with These Values")
    window.notices.wait("Registered boosting:1")
    side.show("Scoredock")
    side.wait_row(ENVIRONMENTS, "boosting:1")

    side.press_title(ENVIRONMENTS, "Register Environment")
    window.quick.wait("Where the environment comes from")
    window.quick.pick("Clone of AzureML-Minimal")
    window.quick.wait("Name of the environment")
    until_equal(window.quick.value, "Minimal-copy")
    window.quick.answer("plain-python")
    window.quick.wait("Description")
    window.quick.press_button("Register with These Values")
    side.wait_row(ENVIRONMENTS, "plain-python:1")
    assert held(desk, "environment") == {"boosting:1", "plain-python:1"}

    side.choose(ENVIRONMENTS, "boosting:1", "Show Content")
    window.page.locator(".tab.active", has_text="boosting v1").wait_for()
    until_contains(window.editor.text, "xgboost==2.1.4")
    side.choose(ENVIRONMENTS, "plain-python:1", "Delete")
    window.notices.press("Deleted plain-python:1", "Undo")
    side.wait_row(ENVIRONMENTS, "plain-python:1")
    until(lambda: "plain-python:1" in held(desk, "environment"), "the environment to be back")


def test_datasets_give_rows_to_requests(desk: Desk) -> None:
    window = desk.window
    side = window.side
    side.choose_for_file("rows.jsonl", "Register Dataset…")
    window.quick.wait("Name of the dataset")
    until_equal(window.quick.value, "rows")
    window.quick.press_button("Register with These Values")
    window.notices.wait("Registered rows:1 (2 rows")
    side.show("Scoredock")
    side.wait_row(MODELS, "Datasets", "1")
    side.expand(MODELS, "Datasets")
    side.wait_row(MODELS, "rows:1", "2 rows")

    side.press_inline(MODELS, "rows:1", "Send as Request")
    window.quick.wait("Rows of rows:1")
    window.quick.pick("Row 2")
    panel = window.webview("Send")
    body = panel.locator("#body")
    until(lambda: "40" in body.input_value(), "the row in the panel")
    body.press("Control+Enter")
    until(lambda: "200" in panel.locator("#summary").inner_text(), "an answer")
    until_equal(panel.locator("#answer").inner_text, "42")


def test_images(desk: Desk) -> None:
    window = desk.window
    side = window.side
    window.quick.do("Environment", "", "Register Image…")
    window.quick.wait("Reference of the image")
    window.quick.answer("registry.example.com/team/scorer:3")
    window.quick.wait("Name of the image")
    until_equal(window.quick.value, "scorer")
    window.quick.press_button("Register with These Values")
    side.wait_row(ENVIRONMENTS, "Images", "1")
    side.expand(ENVIRONMENTS, "Images")
    side.wait_row(ENVIRONMENTS, "scorer:1", "registry.example.com")
    side.choose(ENVIRONMENTS, "scorer:1", "Edit Tags…")
    window.quick.wait("Tags of scorer:1")
    window.quick.answer("area=adding")
    side.wait_row(ENVIRONMENTS, "scorer:1", "area=adding")
    side.choose(ENVIRONMENTS, "scorer:1", "Save, Push or Export Image…")
    window.quick.wait("scorer:1")
    window.press("Escape")
    assert "Save, Push or Export Image…" not in side.menu.labels(side.row(ENVIRONMENTS, "Images"))


def test_runs_lead_to_models(desk: Desk) -> None:
    window = desk.window
    side = window.side
    side.expand(MODELS, "Runs")
    side.wait_row(MODELS, "mlruns")
    side.expand(MODELS, "mlruns")
    side.wait_row(MODELS, "trees")
    side.expand(MODELS, "trees")
    side.wait_row(MODELS, "shallow-owl", "r2=0.8125")
    side.expand(MODELS, "shallow-owl")
    side.wait_row(MODELS, "outputs")
    side.expand(MODELS, "outputs")
    side.wait_row(MODELS, "model.pkl", "5 B")

    side.choose(MODELS, "shallow-owl", "Show Details")
    page = window.page_about("shallow-owl", "0.8125")
    desk.picture("workspaces")
    run = page.split("ID", 1)[1].split()[0]
    side.press_inline(MODELS, "shallow-owl", "Register Model from Run")
    window.quick.wait("Register Model of shallow-owl")
    window.quick.fill("owl")
    window.quick.press_button("Register with These Values")
    window.notices.wait("Registered owl:1", timeout=30)
    shown = desk.scoredock("model", "show", "owl:1")
    assert shown["model"]["runId"] == run
    assert shown["model"]["experiment"] == "trees"

    window.notices.press("Registered owl:1", "Show Details")
    window.page_about("owl:1", run[:12], "shallow-owl", "trees")
    window.notices.clear()
    window.quick.do("Model", "", "Register Model from Run…")
    window.quick.wait("Run")
    window.quick.choose("shallow-owl")
    window.quick.wait("Register Model of shallow-owl")
    window.quick.fill("owl")
    window.quick.press_button("Register with These Values")
    window.notices.wait("Registered owl:2", timeout=30)
