"""Models by mouse and keyboard: register, look, register again, delete, undo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until_contains

if TYPE_CHECKING:
    from desks import Desk

NAME = "sklearn_regression_model"
FILE = "sklearn_regression_model.pkl"


def register_by_mouse(desk: Desk, file: str, name: str) -> None:
    """Right-click in the Explorer, then Enter through what is answered already."""
    window = desk.window
    window.side.choose_for_file(file, "Register as Model…")
    window.quick.wait("Register")
    window.quick.answer(name)
    window.notices.wait(f"Registered {name}:", timeout=30)


@pytest.mark.long("test_oldest.py registers by a right click at the gate")
def test_a_right_click_registers_and_the_trees_show_it(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    desk = open_desk(diabetes)
    window = desk.window
    register_by_mouse(desk, FILE, NAME)
    window.notices.clear()

    window.side.show("Scoredock")
    window.side.open_pane("Workspaces")
    workspace = window.side.wait_row("Workspaces", "local")
    assert "active" in workspace.text
    model = window.side.wait_row("Models", NAME, "v1")
    assert "ScikitLearn" in model.text
    window.side.expand("Models", NAME)
    window.side.wait_row("Models", "v1")
    window.side.expand("Models", "v1")
    file = window.side.wait_row("Models", FILE)
    assert "B" in file.description
    until_contains(lambda: window.side.welcome("Services"), "Deploy")
    window.status.wait("local")

    registered = desk.scoredock("model", "list")["models"]
    assert [item["id"] for item in registered] == [f"{NAME}:1"]
    assert registered[0]["size"] == (diabetes / FILE).stat().st_size


@pytest.mark.long("test_registry.py looks at an empty view at the gate")
def test_an_empty_workspace_leads_to_the_first_click(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    desk = open_desk(diabetes)
    window = desk.window
    window.side.show("Scoredock")
    window.side.pane("Models").wait_for(timeout=60_000)
    until_contains(lambda: window.side.welcome("Models"), "Register")
    desk.picture("welcome")


@pytest.mark.long("test_model_verbs.py deletes and takes back at the gate")
def test_a_second_version_is_deleted_and_brought_back(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    desk = open_desk(diabetes)
    window = desk.window
    for _ in range(2):
        desk.scoredock("model", "register", str(diabetes / FILE), "--name", NAME)
    window.side.show("Scoredock")
    # Registered by another process: the views follow by themselves.
    window.side.wait_row("Models", NAME, "v2", timeout=60)
    window.side.expand("Models", NAME)
    window.side.choose("Models", "v2", "Delete")
    window.notices.wait(f"Deleted {NAME}:2")
    window.side.wait_gone("Models", "v2")
    assert [item["id"] for item in desk.scoredock("model", "list")["models"]] == [f"{NAME}:1"]

    window.notices.press(f"Deleted {NAME}:2", "Undo")
    window.side.wait_row("Models", "v2")
    assert {item["id"] for item in desk.scoredock("model", "list")["models"]} == {f"{NAME}:1", f"{NAME}:2"}


@pytest.mark.long("test_service_verbs.py and test_checking.py use the keyboard alone at the gate")
def test_the_keyboard_alone_edits_tags(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    desk = open_desk(diabetes)
    window = desk.window
    desk.scoredock("model", "register", str(diabetes / FILE), "--name", NAME)
    window.side.show("Scoredock")
    window.side.wait_row("Models", NAME, timeout=60)
    window.quick.do("Model", f"{NAME}:1", "Edit Tags…")
    window.quick.wait("Tags of")
    window.quick.answer("stage=production")
    window.side.expand("Models", NAME)
    window.side.wait_row("Models", "v1", "stage=production")
    assert desk.scoredock("model", "show", f"{NAME}:1")["model"]["tags"] == {"stage": "production"}
