"""Workspaces and models in one window: connect, switch, create, forget; register in every way; edit, download."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import Window, until, until_contains, until_equal

if TYPE_CHECKING:
    from desks import Desk

WORKSPACE = "team-models"
CONFIG = {
    "subscription_id": "2f6f4a3e-0000-4000-8000-0123456789ab",
    "resource_group": "north",
    "workspace_name": WORKSPACE,
}
FILES = {
    "weights.bin": b"weights",
    "labels.json": b'["a"]',
    "encoder/graph.bin": b"graph",
    "encoder/vocab/words.txt": b"word",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window on a project that belongs to a workspace in Azure."""
    folder = tmp_path_factory.mktemp("person") / "churn"
    files = {**FILES, ".azureml/config.json": json.dumps(CONFIG).encode()}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return open_shared_desk(folder)


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    return tidy(shared)


def accept_values(window: Window, title: str) -> None:
    """Takes what the register questions propose."""
    window.quick.wait(title)
    window.quick.accept()


def registered(desk: Desk, model: str) -> None:
    """Asks the registry: the editor keeps back messages that come faster than a person causes them."""
    until(
        lambda: model in [item["id"] for item in desk.scoredock("model", "list")["models"]], f"{model} in the registry"
    )


def model_files(desk: Desk, model: str) -> list[str]:
    return sorted(file["path"] for file in desk.scoredock("model", "show", model)["files"])


@pytest.mark.long("tests/workspaces and tests/cli have the same")
def test_connect_switch_create_forget(desk: Desk) -> None:
    window = desk.window
    window.side.show("Scoredock")
    # The configuration names it; nobody has to connect it, and looking does not create it.
    row = window.side.wait_row("Workspaces", WORKSPACE, "created at the first change", timeout=60)
    assert "active" in row.description
    assert "north" in row.description
    window.status.wait(WORKSPACE)
    assert not list((desk.home / "workspaces").glob(f"{WORKSPACE}-*"))
    desk.scoredock("model", "register", str(desk.folder / "weights.bin"), "--name", "seen-up-north")
    window.side.wait_row("Models", "seen-up-north")
    until(
        lambda: "created" not in window.side.wait_row("Workspaces", WORKSPACE, "active").description,
        "the workspace is there",
    )

    window.quick.do("Workspace", "local", "Use in This Folder")
    window.status.wait("local")
    window.side.wait_gone("Models", "seen-up-north")
    assert desk.scoredock("model", "list")["models"] == []
    until_contains(lambda: window.side.welcome("Models"), "Register")

    window.side.press_title("Workspaces", "Create Workspace")
    window.quick.wait("Create Workspace")
    window.quick.fill("x")
    window.quick.wait("3 to 33 letters")
    window.quick.answer("sandbox")
    window.status.wait("sandbox")
    # It comes above the others, and a right-click would meet whatever has moved to its place.
    window.side.wait_row("Workspaces", "sandbox", "active")
    folder = desk.home / "workspaces" / "sandbox"
    assert "Remove from List…" not in window.side.menu.labels(window.side.row("Workspaces", "local"))
    window.side.choose("Workspaces", "sandbox", "Remove from List…")
    assert str(folder) in window.notices.dialog("Remove")
    assert str(folder) in window.notices.wait("Removed sandbox")
    window.side.wait_gone("Workspaces", "sandbox")
    assert (folder / "workspace.json").is_file()
    # Without a choice of its own the folder means the workspace of its configuration again.
    window.status.wait(WORKSPACE)

    window.notices.press("Removed sandbox", "Undo")
    window.side.wait_row("Workspaces", "sandbox", "active")
    window.quick.do("Workspace", "local", "Use in This Folder")
    window.status.wait("local")
    window.side.wait_row("Workspaces", "local", "active")

    # One that was not the folder's own comes back as what it was.
    window.notices.clear()
    window.side.choose("Workspaces", "sandbox", "Remove from List…")
    window.notices.dialog("Remove")
    window.notices.press("Removed sandbox", "Undo")
    # The view may still show the row of before.
    until(
        lambda: "active" not in window.side.wait_row("Workspaces", "sandbox").description,
        "sandbox not to be the active one",
    )
    assert desk.scoredock("workspace", "show")["id"] == "local"


@pytest.mark.long("tests/cli and tests/lsp move and take back; here it is offered")
def test_what_a_folder_left_in_the_default_workspace_is_moved_and_taken_back(
    open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    folder = tmp_path / "moving"
    folder.mkdir()
    (folder / "weights.bin").write_bytes(b"moved")
    desk = open_desk(folder)
    window = desk.window
    window.side.show("Scoredock")
    desk.scoredock("model", "register", str(folder / "weights.bin"), "--name", "weights")
    window.side.wait_row("Models", "weights", timeout=60)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    window.side.open_pane("Workspaces")
    row = window.side.wait_row("Workspaces", WORKSPACE, "more to move here")
    assert "the workspace local still has weights" in row.spoken
    desk.picture("workspace-move")
    window.side.press_inline("Workspaces", WORKSPACE, "Move Here from Default Workspace…")
    asked = window.notices.dialog("Move")
    assert f"Move what the workspace local has of this folder to {WORKSPACE}?" in asked
    assert "Models: weights" in asked
    assert f"Moved to the workspace {WORKSPACE}: weights." in window.notices.wait("Moved to the workspace")
    window.side.wait_row("Models", "weights")
    assert [each["id"] for each in desk.scoredock("model", "list")["models"]] == ["weights:1"]
    assert desk.scoredock("model", "list", "-w", "local")["models"] == []
    window.notices.press("Moved to the workspace", "Undo")
    window.notices.wait("Moved to the workspace local: weights.")
    assert [each["id"] for each in desk.scoredock("model", "list", "-w", "local")["models"]] == ["weights:1"]


def test_register_several_files_a_folder_from_the_palette_and_by_dragging(desk: Desk) -> None:
    window = desk.window
    window.side.select_files("weights.bin", "labels.json")
    window.side.choose_for_file("labels.json", "Register as Model…")
    window.quick.wait("Register 2 Items as Model")
    window.quick.answer("pair")
    registered(desk, "pair:1")
    assert model_files(desk, "pair") == ["labels.json", "weights.bin"]

    window.side.choose_for_file("encoder", "Register as Model…")
    accept_values(window, "Register encoder as Model")
    registered(desk, "encoder:1")

    window.quick.ask("Scoredock: Register as Model…", "Files or Folder of the Model")
    window.quick.choose_path(str(desk.folder / "labels.json"))
    accept_values(window, "Register labels.json as Model")
    registered(desk, "labels:1")

    window.side.drag_file("weights.bin", "Scoredock", "Models")
    accept_values(window, "Register weights.bin as Model")
    registered(desk, "churn:1")  # a general name says nothing: the project's is proposed
    assert (desk.folder / "weights.bin").is_file(), "a drag copies, it does not move"

    window.side.wait_row("Models", "churn")
    until_equal(lambda: [row.label for row in window.side.rows("Models")], ["churn", "labels", "encoder", "pair"])
    window.side.expand("Models", "encoder")
    window.side.expand("Models", "v1")
    window.side.wait_row("Models", "encoder/vocab/words.txt", "4 B")
    shown = [(row.label, row.level) for row in window.side.rows("Models")]
    begin = shown.index(("encoder", 1))
    assert shown[begin : begin + 4] == [
        ("encoder", 1),
        ("v1", 2),
        ("encoder/graph.bin", 3),
        ("encoder/vocab/words.txt", 3),
    ]


@pytest.mark.long(
    "edits and downloads are tested in tests/lsp and tests/registry; test_model_verbs.py edits at the gate"
)
def test_edit_and_download(desk: Desk, tmp_path: Path) -> None:
    window = desk.window
    desk.scoredock("model", "register", str(desk.folder / "encoder"), "--name", "edited")
    window.side.show("Scoredock")
    window.side.press_title("Models", "Collapse All")
    window.side.expand("Models", "edited")
    window.side.choose("Models", "v1", "Edit Tags…")
    window.quick.wait("Tags of edited:1")
    window.quick.fill("=nameless")
    window.quick.wait("before the equals sign")
    window.quick.answer("stage=production, champion")
    window.side.wait_row("Models", "v1", "champion, stage=production")
    window.side.choose("Models", "v1", "Edit Description…")
    window.quick.wait("Description of edited:1")
    window.quick.answer("Turns words into numbers")
    until(lambda: desk.scoredock("model", "show", "edited:1")["model"]["description"], "the description to be written")
    window.side.choose("Models", "v1", "Show Details")
    window.page_about("edited:1", "Turns words into numbers")

    download(window, tmp_path)
    window.notices.wait("Downloaded edited:1")
    copy = tmp_path / "encoder" / "graph.bin"
    assert copy.read_bytes() == FILES["encoder/graph.bin"]
    copy.write_bytes(b"changed since")
    window.notices.clear()
    download(window, tmp_path)
    window.notices.press("exists", "Overwrite")
    until(lambda: copy.read_bytes() == FILES["encoder/graph.bin"], "the file to be written anew")


def download(window: Window, folder: Path) -> None:
    window.side.choose("Models", "v1", "Download Files…")
    window.quick.wait("Folder to Download edited:1 to")
    window.quick.choose_path(str(folder))
