"""A pickle that would run commands: what is shown of it, that it is refused, and what consent is needed for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pickle_writing import by_stack
from seeding import Shown, fill
from workbench import until

if TYPE_CHECKING:
    from desks import Desk

NAME = "questionable"
# The script looks at the file and never loads it.
SCRIPT = """\
import os


def init():
    path = os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl")
    print("a file of", os.path.getsize(path), "bytes")


def run(data):
    return "not loaded"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "gift"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "model.pkl").write_bytes(by_stack("os", "system", (f"touch {tmp_path}/canary",)))
    return folder


@pytest.mark.long("tests/cli/test_pickles.py and tests/lsp ask for the consent; here are its pictures and buttons")
def test_it_is_told_refused_allowed_and_refused_again(
    open_desk: Callable[..., Desk], project: Path, tmp_path: Path
) -> None:
    desk = open_desk(project)
    window = desk.window
    window.side.choose_for_file("model.pkl", "Register as Model…")
    window.quick.wait("known-bad names: os.system", timeout=60)
    window.quick.answer(NAME)
    window.notices.wait("Its pickles: known-bad names.", timeout=30)
    window.notices.clear()

    window.side.show("Scoredock")
    window.side.wait_row("Models", NAME, "known-bad names")
    window.side.expand("Models", NAME)
    window.side.wait_row("Models", "v1", "known-bad names")
    window.side.choose("Models", "v1", "Show Details")
    page = window.page_about("Pickle Names", "os.system")
    assert "safe" not in page.lower()
    assert "Deployment allowed" not in page
    desk.picture("known-bad")

    window.side.press_inline("Models", "v1", "Deploy")
    window.quick.go_on()
    question = window.notices.dialog("Allow and Deploy")
    assert "os.system" in question
    assert f"Allow {NAME}:1 to be deployed?" in question
    service = desk.scoredock
    until(
        lambda: [one["state"] for one in service("service", "list")["services"]] == ["Healthy"], "a service", timeout=90
    )
    name = service("service", "list")["services"][0]["name"]
    assert service("service", "call", name, "-d", "{}")["body"] == '"not loaded"'
    window.page_about("Deployment allowed", "os.system")
    assert not (tmp_path / "canary").exists()

    # It is found among more versions than are offered at once.
    fill(desk.home / "workspaces" / "local", [Shown("a-later-one", 250, created=2_000_000_000.0)])
    window.quick.do("Model", f"{NAME}:1", "Withdraw Permission to Deploy")
    window.notices.wait("can no longer be deployed")
    until(lambda: desk.scoredock("model", "show", NAME)["pickle"]["consent"] == "", "the consent to be withdrawn")
    window.side.choose("Models", "v1", "Allow Deployment…")
    assert "os.system" in window.notices.dialog("Cancel")
    assert desk.scoredock("model", "show", NAME)["pickle"]["consent"] == ""
