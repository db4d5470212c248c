"""The line above init() on a busy machine: an answer that once came late does not make the later ones late."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return 1\n"
LATE = 20
"""Seconds that the first answer takes: an editor that has seen this asks less often, and each change puts it off."""


@pytest.mark.long("waits for an answer that comes late")
def test_an_answer_that_came_late_does_not_delay_the_next(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    folder = tmp_path / "churn"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    desk = open_desk(folder)
    window = desk.window
    window.side.show("Scoredock")
    until(lambda: "Deploy" in window.side.welcome("Services"), "the server answers", timeout=60)
    for server in desk.server.processes("scoredock.server"):
        server.suspend()
    try:
        window.editor.open("score.py")
        window.page.wait_for_timeout(LATE * 1000)
    finally:
        for server in desk.server.processes("scoredock.server"):
            server.resume()

    def lenses() -> list[str]:
        return [text.strip() for text in window.editor.lenses()]

    until(lambda: lenses() == ["Deploy", "Check", "Try It"], "the line is there at last", timeout=60)

    desk.scoredock("service", "deploy", "churn", "--entry-script", "score.py")
    window.side.wait_row("Services", "churn", timeout=60)
    until(lambda: "Healthy" in window.side.row("Services", "churn").inner_text(), "the list tells", timeout=60)
    until(lambda: lenses()[:1] == ["churn Healthy"], "the line tells what the list says", timeout=LATE / 2 / STRETCH)
