"""The care of a workspace: verify, repair what was damaged, clean up, back up, restore into a new one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until

if TYPE_CHECKING:
    from desks import Desk

VIEW = "Workspaces"


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "readme.txt").write_text("one folder with one precious model\n")
    desk = open_desk(folder)
    for number in range(3):
        (folder / "model.bin").write_bytes(b"\0" * 1000 + bytes((number,)))
        desk.scoredock("model", "register", str(folder / "model.bin"), "--name", "precious")
    desk.window.side.show("Scoredock")
    desk.window.side.wait_row("Models", "precious", timeout=60)
    desk.window.side.open_pane(VIEW)
    desk.window.side.wait_row(VIEW, "local")
    return desk


@pytest.mark.long(
    "what is verified, repaired and restored is tested in tests/registry and tests/cli; here it is the way there"
)
def test_nothing_is_lost(desk: Desk) -> None:
    window = desk.window
    side = window.side
    side.choose(VIEW, "local", "Check Files…")
    window.quick.wait("Check Files of local")
    window.quick.pick("Deep")
    window.notices.wait("local is intact: versions 3, files 3")
    window.notices.clear()

    workspace = desk.home / "workspaces" / "local"
    manifest = next(workspace.glob("manifests/*/2.json"))
    manifest.unlink()
    window.quick.do("Workspace", "local", "Check Files…")
    window.quick.wait("Check Files of local")
    window.quick.accept()
    assert "Can be repaired" in window.page_about("Problems of local", "precious:2")
    # The page is drawn when the command goes on already, and takes the focus from a question that is open then.
    window.quick.run_command("View: Close All Editors")
    window.notices.press("local has 1 problem", "Repair")
    until(manifest.is_file, "the manifest to be written again")
    # What was done is told a moment later.
    passing = ("Repairing local", "local has 1 problem")
    until(
        lambda: [text for text in window.notices.texts() if not any(each in text for each in passing)],
        "what was repaired",
    )
    window.notices.clear()

    def nothing_left() -> bool:
        window.quick.do("Workspace", "local", "Repair…")
        # A question that something else has closed repairs nothing and tells nothing.
        with contextlib.suppress(AssertionError):
            return bool(window.notices.wait("There was nothing to repair in local", timeout=5))
        return False

    until(nothing_left, "that nothing is left to repair", timeout=60)

    side.choose(VIEW, "local", "Back Up…")
    window.quick.wait("Back Up local")
    backup = desk.folder / "shelf.scoredock"
    day = datetime.now(timezone.utc).date().isoformat()
    window.quick.choose_path(str(backup), proposed=f"local-{day}.scoredock")
    window.notices.wait("Backed up local", timeout=60)
    assert backup.stat().st_size > 3000
    window.notices.clear()

    desk.scoredock("model", "delete", "precious:3")
    desk.scoredock("model", "purge", "precious:3")
    side.choose(VIEW, "local", "Remove Unused Files")
    window.notices.wait("local")
    window.notices.clear()

    side.choose_title(VIEW, "Restore from Backup…")
    window.quick.wait("Backup to Restore")
    window.quick.choose_path(str(backup))
    window.quick.wait("Name of the new workspace")
    window.quick.refuse("local", "with that name already")
    window.quick.answer("second")
    window.notices.press("Restored the workspace second: models 1", "Switch to It")
    window.status.wait("second")
    side.wait_row("Models", "precious", "v3")
    assert len(desk.scoredock("model", "list")["models"]) == 3
    side.choose(VIEW, "second", "Check Files…")
    window.quick.wait("Check Files of second")
    window.quick.pick("Deep")
    window.notices.wait("second is intact: versions 3")
