"""A service that failed in the folder of another project leads there: in its row, on its page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from workbench import until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = "def init():\n    {}\n\n\ndef run(data):\n    return 1\n"


@pytest.mark.long("a failure leads to its line at the gate, in test_requests.py")
def test_a_failure_of_another_project_leads_to_its_folder(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    here, there = tmp_path / "wheat", tmp_path / "barley"
    for folder, line in ((here, "pass"), (there, "int('three')")):
        folder.mkdir()
        (folder / "score.py").write_text(SCRIPT.format(line))
    desk = open_desk(here)
    window = desk.window
    words = ("--entry-script", str(there / "score.py"), "--skip-checks")
    with pytest.raises(AssertionError, match="int"):
        desk.scoredock("service", "deploy", "barley", *words)
    window.side.show("Scoredock")
    window.side.wait_row("Services", "barley", "Failed", timeout=60)
    window.side.wait_row("Services", "In another folder: barley")
    desk.picture("other-folder")
    window.side.choose("Services", "barley", "Show Details")
    page = window.webview("Why It Failed")
    with window.page.context.expect_page() as opened:
        page.get_by_role("button", name="Open Its Folder").click()
    until(lambda: unquote(opened.value.url).endswith(str(there)), "a window with the other folder")
    opened.value.close()
