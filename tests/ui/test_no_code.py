"""A model in the Explorer to a running service by the one summary, and its script as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until

if TYPE_CHECKING:
    from desks import Desk

FILE = "sklearn_regression_model.pkl"
SERVICE = "sklearn-regression-model"


@pytest.mark.long(
    "test_first_deployment.py goes from a model file to an answer at the gate, tests/no_code has the frameworks"
)
def test_a_model_file_to_a_service_and_its_first_request(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    # As after the installation: the extension prepares its server while one clicks.
    desk = open_desk(diabetes, fresh=True)
    window = desk.window
    window.side.choose_for_file(FILE, "Deploy without Code")
    # A click right after the window has opened waits for the server.
    window.quick.wait(f"Deploy {FILE} without Code", timeout=60)
    rows = "\n".join(window.quick.texts())
    assert f"{FILE} → new model sklearn_regression_model:1" in rows, "the name that registering it has"
    assert SERVICE in rows
    window.quick.accept()
    window.wait_deployed(SERVICE, timeout=110)
    window.notices.clear()
    panel = window.webview("Send")
    until(lambda: "data" in panel.locator("#body").input_value(), "the request panel, with a sample of the model")

    window.side.show("Scoredock")
    window.side.wait_row("Services", SERVICE)
    answer = desk.scoredock("service", "call", SERVICE)
    assert answer["status"] == 200
    assert desk.scoredock("service", "show", SERVICE)["models"] == ["sklearn_regression_model:1"]

    # Once more: the same service and the same version, and nothing new is asked.
    window.side.show("Explorer")
    window.side.choose_for_file(FILE, "Deploy without Code")
    window.quick.wait(f"Deploy {FILE} without Code")
    rows = "\n".join(window.quick.texts())
    assert f"{SERVICE} (new revision)" in rows
    assert "sklearn_regression_model:1" in rows
    assert "→" not in rows
    window.quick.accept()
    until(lambda: desk.scoredock("service", "show", SERVICE)["revision"] == 2, "another revision", timeout=110)


@pytest.mark.long("the script is tested in tests/no_code")
def test_the_script_of_a_registered_model_is_shown(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    desk = open_desk(diabetes)
    window = desk.window
    desk.scoredock("model", "register", str(diabetes / FILE), "--name", "diabetes")
    folder = diabetes / "taken over"
    folder.mkdir()
    window.side.show("Scoredock")
    window.side.wait_row("Models", "diabetes", "v1", timeout=60)
    window.side.choose("Models", "diabetes", "Generate Entry Script…")
    window.quick.choose_path(str(folder))
    until(lambda: "score.py" in window.editor.tabs(), "the script is open")
    assert sorted(path.name for path in folder.iterdir()) == ["conda.yml", "inferenceconfig.json", "score.py"]
