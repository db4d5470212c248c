"""The short set on the oldest VS Code that the extension supports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from test_models import FILE, NAME, register_by_mouse
from test_services import deploy_by_quick_pick, post

if TYPE_CHECKING:
    from desks import Desk


@pytest.mark.long("newer API than that of VS Code 1.100 does not compile; the nightly run asks the old editor itself")
def test_register_check_deploy_on_vs_code_1_100(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    desk = open_desk(diabetes, release="1.100")
    window = desk.window
    register_by_mouse(desk, FILE, NAME)
    deploy_by_quick_pick(window, "diabetes")
    window.side.show("Scoredock")
    window.side.wait_row("Models", NAME, "v1")
    window.side.wait_row("Services", "diabetes", "Healthy")
    assert len(post(desk.scoredock("service", "show", "diabetes")["scoringUri"])) == 2
    window.panel.show_channel("Scoredock: diabetes")
    window.panel.wait_output("scoring 2 row(s)")

    window.editor.open("deploymentconfig.json")
    window.editor.replace_word("local", "locl")
    window.panel.wait_problem("SD305")
    window.editor.replace_word("locl", "local")
    window.panel.wait_no_problem("SD305")
    window.side.press_inline("Services", "diabetes", "Stop")
    window.side.wait_row("Services", "diabetes", "Stopped")
