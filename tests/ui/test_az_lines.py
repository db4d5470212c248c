"""`az ml` lines in the editor, and programs that call a service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = 'import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)["data"])\n'


@pytest.fixture
def adder(tmp_path: Path) -> Path:
    folder = tmp_path / "adder"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "model.bin").write_bytes(b"12345")
    (folder / "deploy.sh").write_text("az ml model list --query '[].id' -o tsv > ids.txt\n")
    return folder


@pytest.mark.long("a terminal in the editor; tests/az/test_az_forwarder.py has the az, tests/language the action")
def test_the_light_bulb_runs_an_az_line_of_v1(open_desk: Callable[..., Desk], adder: Path) -> None:
    desk = open_desk(adder)
    desk.scoredock("model", "register", str(adder / "model.bin"), "-n", "five")
    window = desk.window
    window.editor.open("deploy.sh")
    assert "Run with Scoredock" in window.editor.quick_fixes("model list")
    window.page.keyboard.press("Escape")
    window.editor.apply_fix("model list", "Run with Scoredock")
    ids = adder / "ids.txt"
    until(lambda: ids.exists() and ids.read_text() == "five:1\n", "the line has run in the terminal", timeout=60)


@pytest.mark.long("tests/cli/test_clients.py runs the programs")
def test_a_client_of_a_service_is_copied(open_desk: Callable[..., Desk], adder: Path) -> None:
    desk = open_desk(adder)
    desk.scoredock("service", "deploy", "adder", "--entry-script", str(adder / "score.py"))
    window = desk.window
    window.side.show("Scoredock")
    window.side.wait_row("Services", "adder", "Healthy", timeout=60)
    window.side.choose("Services", "adder", "Copy Client Code…")
    window.quick.wait("A program that calls adder")
    window.quick.pick("Go")
    copied = "navigator.clipboard.readText()"
    until(lambda: "package main" in str(window.page.evaluate(copied)), "the program on the clipboard")
