"""A model to the registry of an MLflow server, from there, and its aliases in step, by mouse from its row."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desks import take_picture
from runs.conftest import DEFAULTS, NEWEST, serving
from runs.conftest import mlflow as mlflow
from runs.test_registry_of_a_server import rest

if TYPE_CHECKING:
    from desks import Desk
    from runs.conftest import TrackingServer
    from workbench import Window

MODELS = "Models"


@pytest.fixture(scope="module")
def server(mlflow: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackingServer]:
    with serving(mlflow(NEWEST), tmp_path_factory.mktemp("registry"), *DEFAULTS) as running:
        yield running


def both_themes(window: Window, name: str) -> None:
    """What is open stays open while the theme changes by its key."""
    if os.environ.get("SCOREDOCK_SHOTS"):
        take_picture(window, name)


@pytest.mark.long("tests/runs pushes, registers and compares at the gate")
@pytest.mark.timeout(600)
def test_a_model_goes_to_mlflow_and_comes_back(
    open_desk: Callable[..., Desk], tmp_path: Path, server: TrackingServer
) -> None:
    folder = tmp_path / "price"
    folder.mkdir()
    (folder / "weights.bin").write_bytes(b"weights" * 1_000)
    desk = open_desk(folder, settings={"scoredock.mlflow.trackingUris": [server.address]})
    desk.scoredock("model", "register", str(folder / "weights.bin"), "--name", "Price", "--tag", "stage=tried")
    desk.scoredock("model", "alias", "Price:1", "champion")
    window, side = desk.window, desk.window.side
    side.show("Scoredock")
    side.wait_row(MODELS, "Price", timeout=60)
    side.fold_pane("Services")
    for _ in range(2):
        side.choose(MODELS, "Price", "Push to a Registry…")
        window.quick.wait("Push as")
        both_themes(window, "mlflow-push-as")
        window.quick.cancel()
        window.toggle_theme()
    side.choose(MODELS, "Price", "Push to a Registry…")
    window.quick.wait("Push as")
    window.quick.pick("Registered Model of MLflow")
    window.quick.wait("Name of the registered model in MLflow")
    window.quick.answer("houses")
    window.notices.wait("models:/houses/1", timeout=120)
    desk.picture("mlflow-pushed")
    window.notices.clear()
    alias = rest(server, "registered-models/alias?name=houses&alias=champion")["model_version"]
    assert str(alias["version"]) == "1"

    rest(server, "registered-models/alias", name="houses", alias="candidate", version="1")
    rest(server, "model-versions/set-tag", name="houses", version="1", key="stage", value="shipped")
    for round in range(2):
        side.choose(MODELS, "Price", "Sync with MLflow…")
        window.quick.wait("Name of the registered model in MLflow")
        window.quick.answer("houses")
        window.quick.wait("What to do with the aliases and tags", timeout=60)
        both_themes(window, "mlflow-sync")
        if round == 0:
            window.quick.cancel()
            window.toggle_theme()
    window.quick.pick("Set Here What Is Only There")
    window.notices.wait("What differs on both sides was kept", timeout=60)
    desk.picture("mlflow-synced")
    window.notices.clear()
    made = desk.scoredock("model", "show", "Price:1")["model"]
    assert (set(made["aliases"]), made["tags"]) == ({"candidate", "champion"}, {"stage": "tried"})

    window.quick.do("Model", "", "Register from a Registry…")
    window.quick.wait("Registry")
    window.quick.pick("MLflow Registry")
    window.quick.wait("models:/NAME@ALIAS")
    window.quick.refuse("models:/houses", "Enter a name with @ALIAS or /VERSION.")
    window.quick.answer("models:/houses@champion")
    window.quick.wait("Name of the model")
    window.quick.answer("FromMlflow")
    window.notices.wait("Registered FromMlflow:1", timeout=120)
    desk.picture("mlflow-registered")
    brought = desk.scoredock("model", "show", "FromMlflow:1")["model"]
    assert (brought["digest"], brought["tags"]) == (made["digest"], {"stage": "shipped"})
