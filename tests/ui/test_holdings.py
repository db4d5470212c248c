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

VIEW = "Workspaces"
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
    side.fold_pane("Models")
    side.wait_row(VIEW, "local", timeout=60)
    side.expand(VIEW, "local")
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    desk = tidy(shared)
    desk.window.side.show("Scoredock")
    return desk


def held(desk: Desk, kind: str) -> set[str]:
    return {asset["id"] for asset in desk.scoredock(kind, "list")["assets"]}


def test_environments(desk: Desk) -> None:
    window = desk.window
    # No file is open yet.
    window.quick.run_command("Scoredock Environment: Find Nearest Versions That Install…")
    window.notices.wait("Open the conda file or the requirements")
    window.notices.clear()
    side = window.side
    side.wait_row(VIEW, "Trash")
    assert [row.label for row in side.rows(VIEW)] == [
        "local",
        "Environments",
        "Datasets",
        "Images",
        "Runs (MLflow)",
        "Trash",
    ]
    side.choose_for_file("conda-boosting.yml", "Register Environment…")
    window.quick.wait("Name of the environment")
    window.quick.answer("boosting")
    window.quick.wait("Description")
    window.quick.press_button("Register with These Values")
    window.notices.wait("Registered boosting:1")
    side.show("Scoredock")
    side.wait_row(VIEW, "Environments", "1")

    side.press_inline(VIEW, "Environments", "Register Environment")
    window.quick.wait("Where the environment comes from")
    window.quick.pick("Clone of AzureML-Minimal")
    window.quick.wait("Name of the environment")
    until_equal(window.quick.value, "Minimal-copy")
    window.quick.answer("plain-python")
    window.quick.wait("Description")
    window.quick.press_button("Register with These Values")
    side.expand(VIEW, "Environments")
    side.wait_row(VIEW, "boosting:1")
    side.wait_row(VIEW, "plain-python:1")
    assert held(desk, "environment") == {"boosting:1", "plain-python:1"}

    side.row(VIEW, "boosting:1").click()
    window.page.locator(".tab.active", has_text="boosting v1").wait_for()
    until_contains(window.editor.text, "xgboost==2.1.4")
    side.choose(VIEW, "plain-python:1", "Delete")
    window.notices.press("Deleted plain-python:1", "Undo")
    side.wait_row(VIEW, "plain-python:1")
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
    side.wait_row(VIEW, "Datasets", "1")
    side.expand(VIEW, "Datasets")
    side.wait_row(VIEW, "rows:1", "2 rows")

    side.press_inline(VIEW, "rows:1", "Send as Request")
    window.quick.wait("Rows of rows:1")
    window.quick.pick("Row 2")
    window.quick.wait("Service")
    window.quick.pick("adder")
    panel = window.webview("Send")
    body = panel.locator("#body")
    until(lambda: "40" in body.input_value(), "the row in the panel")
    body.press("Control+Enter")
    until(lambda: "200" in panel.locator("#summary").inner_text(), "an answer")
    until_equal(panel.locator("#answer").inner_text, "42")


def test_images(desk: Desk) -> None:
    window = desk.window
    side = window.side
    window.quick.type_command("Scoredock: Register Image…")
    window.quick.wait("Reference of the image")
    window.quick.answer("registry.example.com/team/scorer:3")
    window.quick.wait("Name of the image")
    until_equal(window.quick.value, "scorer")
    window.quick.press_button("Register with These Values")
    side.wait_row(VIEW, "Images", "1")
    side.expand(VIEW, "Images")
    side.wait_row(VIEW, "scorer:1", "registry.example.com")
    side.choose(VIEW, "scorer:1", "Edit Tags…")
    window.quick.wait("Tags of scorer:1")
    window.quick.answer("area=adding")
    side.wait_row(VIEW, "scorer:1", "area=adding")
    side.choose(VIEW, "scorer:1", "Save, Push or Export Image…")
    window.quick.wait("scorer:1")
    window.press("Escape")
    assert "Save, Push or Export Image…" not in side.menu.labels(side.row(VIEW, "Images"))


def test_runs_lead_to_models(desk: Desk) -> None:
    window = desk.window
    side = window.side
    for row in ("Environments", "Datasets", "Images"):
        side.wait_row(VIEW, row)
    side.expand(VIEW, "Runs (MLflow)")
    side.wait_row(VIEW, "mlruns")
    side.expand(VIEW, "mlruns")
    side.wait_row(VIEW, "trees")
    side.expand(VIEW, "trees")
    side.wait_row(VIEW, "shallow-owl", "r2=0.8125")
    side.expand(VIEW, "shallow-owl")
    side.wait_row(VIEW, "outputs")
    side.expand(VIEW, "outputs")
    side.wait_row(VIEW, "model.pkl", "5 B")

    side.choose(VIEW, "shallow-owl", "Show Details")
    page = window.page_about("shallow-owl", "0.8125")
    desk.picture("workspaces")
    run = page.split("Id", 1)[1].split()[0]
    side.press_inline(VIEW, "shallow-owl", "Register Model from Run")
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
    window.quick.ask("Scoredock: Register Model from Run…", "Run")
    window.quick.choose("shallow-owl")
    window.quick.wait("Register Model of shallow-owl")
    window.quick.fill("owl")
    window.quick.press_button("Register with These Values")
    window.notices.wait("Registered owl:2", timeout=30)
