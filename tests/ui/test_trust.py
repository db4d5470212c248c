"""In a folder that is not trusted files are checked and the registry is shown, and nothing runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import until_contains

if TYPE_CHECKING:
    from desks import Desk

RESTRICTED = {
    "security.workspace.trust.enabled": True,
    "security.workspace.trust.startupPrompt": "never",
    "security.workspace.trust.banner": "never",
    "security.workspace.trust.emptyWindow": False,
}


SCORE = "def init():\n    pass\n\n\ndef run(data):\n    return 10\n"


def test_an_untrusted_folder_is_checked_but_runs_nothing(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    script = diabetes / "score.py"
    script.write_text(script.read_text().replace("def run(data)", "def ran(data)"), encoding="utf-8")
    (diabetes / "ten.py").write_text(SCORE, encoding="utf-8")
    desk = open_desk(diabetes, settings=RESTRICTED)
    window = desk.window
    window.status.wait("Restricted Mode", timeout=60)
    window.editor.open("score.py")
    problem = window.panel.wait_problem("SD", timeout=90)
    assert problem.severity == "error"

    window.side.show("Scoredock")
    until_contains(lambda: window.side.welcome("Models"), "trust it")
    window.side.choose_for_file("sklearn_regression_model.pkl", "Register as Model…")
    window.notices.wait("trust")
    assert desk.scoredock("model", "list")["models"] == []
    assert desk.service_processes() == []

    # A service that a terminal deployed of it goes on as it is when a file is saved here.
    desk.scoredock("service", "deploy", "ten", "--entry-script", "ten.py")
    window.editor.open("ten.py")
    window.editor.replace_word("10", "77")
    window.editor.save()
    done = desk.scoredock("service", "reload", "ten")
    assert (done["outcome"], done["service"]["revision"]) == ("reloaded", 2), "nobody else had done it"
