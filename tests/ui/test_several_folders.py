"""A window on several folders, each with its own workspace."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from desks import Desk


@pytest.mark.long("which folder counts is tested in tests/extension; here it is that the window follows")
def test_of_several_folders_it_is_the_one_that_is_worked_in(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text("LIMIT = 1\n")
    both = tmp_path / "both.code-workspace"
    both.write_text(json.dumps({"folders": [{"path": "north"}, {"path": "south"}]}))
    window = open_desk(both).window

    def created(name: str) -> None:
        window.quick.do("Workspace", "", "Create Workspace…")
        window.quick.wait("Create Workspace")
        window.quick.answer(name)
        window.status.wait(name)

    window.editor.open("south/south.py")
    created("southern")
    window.editor.open("north/north.py")
    window.status.wait("local")
    window.editor.open("south/south.py")
    window.status.wait("southern")
    # A log is in no folder. What is done now is still done for the one that was worked in.
    window.panel.show_channel("Scoredock")
    created("further-south")
    window.editor.open("north/north.py")
    window.status.wait("local")
    window.editor.open("south/south.py")
    window.status.wait("further-south")
