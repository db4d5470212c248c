"""What is done with a version: alias, edit, look, compare, export and import, parts of folders, archives, the trash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seeding import archive
from workbench import Window, until, until_contains, until_equal

if TYPE_CHECKING:
    from desks import Desk

NAME = "sentiment"
OLD, NEW = "alpha: 0.1\nlayers: 2\n", "alpha: 0.5\nlayers: 2\n"
MODELS = "Models"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window on a project with two versions of a model registered, a folder with parts and an archive of it."""
    folder = tmp_path_factory.mktemp("reviews")
    model = folder / NAME
    parts = folder / "outputs"
    for path in (model, parts / "vocabulary", parts / "checkpoints"):
        path.mkdir(parents=True)
    (model / "weights.bin").write_bytes(b"\0weights")
    (parts / "model.bin").write_bytes(b"\0model")
    (parts / "vocabulary" / "words.txt").write_text("good\nbad\n")
    (parts / "checkpoints" / "1.bin").write_bytes(b"\0checkpoint")
    archive(folder / "packed.tar.gz", parts)
    desk = open_shared_desk(folder)
    for text in (OLD, NEW):
        (model / "settings.yml").write_text(text)
        desk.scoredock("model", "register", str(model), "--name", NAME)
    side = desk.window.side
    side.show("Scoredock")
    side.wait_row(MODELS, NAME, timeout=60)
    side.fold_pane("Services")
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    desk = tidy(shared)
    desk.window.side.show("Scoredock")
    return desk


def aliases(desk: Desk, model: str) -> list[str]:
    return list(desk.scoredock("model", "show", model)["model"]["aliases"])


def files(desk: Desk, model: str) -> list[str]:
    return sorted(file["path"] for file in desk.scoredock("model", "show", model)["files"])


def ids(desk: Desk, *filters: str) -> set[str]:
    return {model["id"] for model in desk.scoredock("model", "list", *filters)["models"]}


def unfold(window: Window) -> None:
    window.side.expand(MODELS, NAME)
    window.side.wait_row(MODELS, "v1")


@pytest.mark.long("tests/registry and tests/cli have aliases")
def test_aliases_move_and_go(desk: Desk) -> None:
    window = desk.window
    unfold(window)
    window.side.choose(MODELS, "v1", "Set Alias…")
    window.quick.wait(f"Set Alias of {NAME}:1")
    window.quick.pick("champion")
    window.side.wait_row(MODELS, "v1", "champion")
    window.notices.wait(f"{NAME}@champion is now v1")

    window.quick.do("Model", f"{NAME}:2", "Set Alias…")
    window.quick.wait(f"Set Alias of {NAME}:2")
    until_contains(lambda: window.quick.texts()[:1], "now v1")
    window.quick.answer("champion")
    window.side.wait_row(MODELS, "v2", "champion")
    window.side.wait_row(MODELS, NAME, "champion")

    window.notices.press(f"{NAME}@champion is now v2", "Undo")
    window.side.wait_row(MODELS, "v1", "champion")
    assert aliases(desk, f"{NAME}:1") == ["champion"]

    window.side.choose(MODELS, "v1", "Set Alias…")
    window.quick.wait("Set Alias")
    window.quick.refuse("a@b", "letters, digits, dashes")
    window.quick.answer("candidate-2026")
    window.side.wait_row(MODELS, "v1", "candidate-2026")
    window.side.choose(MODELS, "v1", "Remove Alias…")
    window.quick.wait("Remove Alias")
    window.quick.pick("candidate-2026")
    window.notices.press("Removed the alias candidate-2026", "Undo")
    # The row may not have lost it yet.
    until_equal(lambda: aliases(desk, f"{NAME}:1"), ["candidate-2026", "champion"])
    window.side.wait_row(MODELS, "v1", "candidate-2026")


def test_the_page_of_a_version_tells_all_and_follows(desk: Desk) -> None:
    window = desk.window
    desk.scoredock("model", "alias", f"{NAME}:1", "champion")
    unfold(window)
    window.side.press_inline(MODELS, "v1", "Show Details")
    digest = desk.scoredock("model", "show", f"{NAME}:1")["model"]["digest"]
    page = window.page_about(f"{NAME}:1", "Content digest", "Alias History")
    assert f"{digest[:12]}…" in page, "as long as one compares by eye"
    assert "settings.yml" in page
    assert f"Versions of {NAME}" in page
    assert "Files" in page
    assert "CPU" not in page

    window.side.choose(MODELS, "v1", "Set Resources…")
    window.quick.wait(f"Resources of {NAME}:1")
    window.quick.refuse("none", "A number above 0")
    window.quick.answer("0.5")
    window.quick.wait("Memory in GB")
    window.quick.fill("1.5")
    window.quick.press_button("Keep These Values")
    window.page_about("0.5 CPU, 1.5 GB memory")
    window.side.choose(MODELS, "v1", "Add Properties…")
    window.quick.wait("can never be changed")
    window.quick.answer("data=2026-11")
    window.page_about("data=2026-11")
    desk.picture("models")
    window.side.choose(MODELS, "v1", "Add Properties…")
    window.quick.wait("already there: data=2026-11")
    window.quick.answer("data=2026-12")
    window.notices.wait("data")
    assert desk.scoredock("model", "show", f"{NAME}:1")["model"]["properties"] == {"data": "2026-11"}


@pytest.mark.long("test_service_verbs.py compares at the gate")
def test_text_files_open_and_those_that_differ_stand_side_by_side(desk: Desk) -> None:
    window = desk.window
    unfold(window)
    window.side.expand(MODELS, "v1")
    window.side.row(MODELS, f"{NAME}/settings.yml").click()
    window.page.locator(".tab.active", has_text="settings.yml").wait_for()
    until_equal(window.editor.text, OLD)
    window.side.press_title(MODELS, "Collapse All")
    unfold(window)
    window.side.choose(MODELS, "v2", "Compare…")
    window.quick.wait(f"Compare {NAME}:2 with")
    window.quick.accept()
    page = window.page_about(f"{NAME}:1", f"{NAME}:2", "settings.yml")
    assert "weights.bin" not in page, "what is the same is not shown"
    window.webview("settings.yml").get_by_role("button", name=f"Show {NAME}/settings.yml Side by Side").click()
    diff = window.page.locator(".part.editor .monaco-diff-editor").first
    diff.wait_for()
    until(
        lambda: all(text in diff.inner_text().replace("\u00a0", " ") for text in ("alpha: 0.1", "alpha: 0.5")),
        "both texts",
    )


@pytest.mark.long("export and import are tested in tests/registry; test_registry.py registers at the gate")
def test_what_was_exported_comes_back(desk: Desk) -> None:
    window = desk.window
    unfold(window)
    window.side.choose(MODELS, "v1", "Export as Archive…")
    window.quick.wait(f"Export {NAME}:1")
    target = desk.folder / f"{NAME}-1.zip"
    window.quick.choose_path(str(target), proposed=target.name)
    window.notices.wait(f"Exported {NAME}:1", timeout=60)
    window.notices.clear()
    before = desk.scoredock("model", "show", f"{NAME}:1")

    window.side.choose_for_file(target.name, "Register as Model…")
    window.quick.wait("Scoredock exported")
    until_equal(window.quick.labels, [f"Import {NAME}:1", "Register the Archive As It Is"])
    window.quick.accept()
    window.quick.wait(f"Becomes version 3 of {NAME}")
    until_equal(window.quick.value, NAME)
    window.quick.accept()
    window.notices.wait(f"Registered {NAME}:3", timeout=60)
    after = desk.scoredock("model", "show", f"{NAME}:3")
    assert after["model"]["digest"] == before["model"]["digest"]
    assert after["model"]["properties"] == {"data": "2026-11"}


@pytest.mark.long("parts and archives are tested in tests/registry; test_registry.py registers at the gate")
def test_parts_of_a_folder_and_archives(desk: Desk) -> None:
    window = desk.window
    window.side.choose_for_file("outputs", "Register as Model…")
    window.quick.wait("Name of the model")
    window.quick.fill("parts")
    window.quick.press_button("Description, Tags, Framework")
    window.quick.wait("Parts of the folder")
    until_equal(window.quick.labels, ["checkpoints", "model.bin", "vocabulary"])
    window.quick.choose("checkpoints")
    window.quick.press_ok()
    window.quick.wait("Description")
    window.quick.press_button("Register with These Values")
    until(lambda: "parts:1" in ids(desk), "parts:1")
    assert files(desk, "parts:1") == ["outputs/model.bin", "outputs/vocabulary/words.txt"]

    window.quick.ask("Scoredock: Register as Model…", "Files or Folder of the Model")
    window.quick.choose_path(str(desk.folder / "packed.tar.gz"))
    window.quick.wait("Archive")
    until_equal(window.quick.labels, ["Unpack", "Register the Archive As It Is"])
    window.quick.accept()
    window.quick.wait("Name of the model")
    window.quick.answer("unpacked")
    until(lambda: "unpacked:1" in ids(desk), "unpacked:1")
    assert "outputs/checkpoints/1.bin" in files(desk, "unpacked:1")

    window.side.choose_for_file("packed.tar.gz", "Register as Model…")
    window.quick.wait("Archive")
    window.quick.pick("Register the Archive As It Is")
    window.quick.wait("Name of the model")
    window.quick.answer("whole")
    until(lambda: "whole:1" in ids(desk), "whole:1")
    assert files(desk, "whole:1") == ["packed.tar.gz"]


def test_the_trash_gives_back_and_forgets(desk: Desk, tmp_path: Path) -> None:
    window = desk.window
    for number in range(4):
        (tmp_path / "model.bin").write_bytes(bytes((number,)))
        desk.scoredock("model", "register", str(tmp_path / "model.bin"), "--name", "passing")
    side = window.side
    side.wait_row(MODELS, "passing", "v4")
    side.press_title(MODELS, "Collapse All")
    side.expand(MODELS, "passing")
    side.choose(MODELS, "v4", "Delete")
    window.notices.press("Deleted passing:4", "Undo")
    until(lambda: "passing:4" in ids(desk), "passing:4 to be back")
    side.wait_row(MODELS, "v4")
    for number in (4, 3, 2):
        side.take_away(MODELS, f"v{number}", "Delete")

    side.wait_row(MODELS, "Trash", "3")
    side.expand(MODELS, "Trash")
    side.wait_row(MODELS, "passing:3", "deleted")
    side.press_inline(MODELS, "passing:3", "Restore")
    side.wait_gone(MODELS, "passing:3")
    side.wait_row(MODELS, "v3")
    side.choose(MODELS, "passing:2", "Delete Permanently…")
    assert "passing:2" in window.notices.dialog("Delete Permanently")
    side.wait_gone(MODELS, "passing:2")
    window.notices.wait("Permanently deleted passing:2")
    side.choose(MODELS, "Trash", "Empty Trash…")
    assert "ermanently delete" in window.notices.dialog("Empty Trash")
    window.notices.wait("Permanently deleted passing:4")
    side.wait_gone(MODELS, "passing:4")
    assert desk.scoredock("model", "list", "--deleted")["models"] == []
    assert {"passing:1", "passing:3"} <= ids(desk)
    side.wait_gone(MODELS, "Trash")
