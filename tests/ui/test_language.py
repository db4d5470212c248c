"""Writing with help: a whole script and a path from proposals, and configurations that follow a rename."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from workbench import fill, until

if TYPE_CHECKING:
    from pathlib import Path

    from desks import Desk

ECHO = """\
import json


def init():
    print("up")


def run(data):
    return json.loads(data)["data"]
"""
CONFIG = '{\n  "entryScript": "echo.py"\n}\n'


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window on a project whose script is still to be written."""
    folder = tmp_path_factory.mktemp("writing")
    (folder / "score.py").write_text("")
    (folder / "echo.py").write_text(ECHO)
    (folder / "inferenceconfig.json").write_text(CONFIG)
    desk = open_shared_desk(folder)
    desk.window.status.wait("local", timeout=60)
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Iterator[Desk]:
    yield tidy(shared)
    window = shared.window
    window.press("Escape")
    while window.page.locator(".tab.active.dirty").count():
        window.quick.run_command("View: Revert and Close Editor")
        window.quick.closed()


@pytest.mark.long("test_checking.py completes by the keyboard; tests/lsp has every completion")
def test_a_whole_script_is_written_by_the_keyboard(desk: Desk) -> None:
    window = desk.window
    window.editor.open("score.py")
    offered = window.editor.suggestions("score: ")
    assert sum(label.startswith("score: ") for label in offered) >= 6, offered
    window.page.keyboard.type("plain")
    focused = window.page.locator(".suggest-widget.visible .monaco-list-row.focused")
    until(lambda: "plain JSON" in focused.inner_text(), "the skeleton to be the first")
    window.press("Enter")
    until(lambda: "def run(data):" in window.editor.text(), "the script to be there")
    text = window.editor.text()
    assert '    return {"count": len(values)}' in text  # the indentation is that of the skeleton
    assert "$" not in text
    until(lambda: "Try It" in window.editor.lenses(), "the lenses above init()")
    assert not window.editor.squiggles("error")


@pytest.mark.long("what a move changes is tested in tests/lsp; here it is dragged")
def test_a_script_that_is_dragged_into_another_folder_goes_on_as_its_service(
    open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    (tmp_path / "scoring").mkdir()
    (tmp_path / "scoring" / "note.txt").write_text("kept")
    script = tmp_path / "adder.py"
    script.write_text("def init():\n    pass\n\n\ndef run(data):\n    return 1\n")
    calls = tmp_path / "calls.http"
    calls.write_text("# @deploy adder.py\nPOST {{service}}/score\n\n{}\n")
    desk = open_desk(tmp_path)
    desk.scoredock("service", "deploy", "adder", "--entry-script", str(script))
    window = desk.window
    window.side.show("Scoredock")
    window.side.wait_row("Services", "adder", "Healthy", timeout=60)
    window.editor.open("adder.py")
    window.side.show("Explorer")
    files = window.page.locator(".explorer-folders-view .monaco-list-row")
    files.filter(has_text="adder.py").drag_to(files.filter(has_text="scoring").first)
    assert "into 'scoring'" in window.notices.dialog("Move")
    assert "Scoredock" in window.notices.dialog("OK")
    until(lambda: (tmp_path / "scoring" / "adder.py").exists(), "the script in its new folder")
    window.editor.open("calls.http")
    until(lambda: "# @deploy scoring/adder.py" in window.editor.text(), "the tests to follow")
    window.editor.save()
    window.side.show("Scoredock")
    window.side.wait_row("Services", "adder", "reload refused", timeout=30)
    window.side.expand("Services", "adder")
    window.side.row("Services", "adder.py").last.click()
    window.page_about("adder.py is no longer in", "deploy it from its new place")
    window.quick.do("Service", "adder", "Redeploy")
    until(
        lambda: desk.scoredock("service", "show", "adder")["entryScript"].endswith("scoring/adder.py"), "the new place"
    )


@pytest.mark.long("completed paths and renames are tested in tests/lsp")
def test_a_path_is_completed_and_a_rename_is_followed(desk: Desk) -> None:
    window = desk.window
    window.editor.open("inferenceconfig.json")
    window.editor.select("echo")
    window.page.keyboard.type("sc")
    window.editor.suggestions("score.py")
    window.press("Escape")
    window.quick.run_command("File: Revert File")
    until(lambda: "echo.py" in window.editor.text(), "the old path to be back")
    until(lambda: "Deploy with This" in window.editor.lenses(), "the lens above the configuration")
    window.page.locator(".explorer-folders-view .monaco-list-row", has_text="echo.py").first.click()
    window.press("F2")
    box = window.page.locator(".explorer-folders-view .monaco-inputbox input").first
    box.wait_for()
    fill(box, "main_entry.py")
    window.press("Enter")
    # The editor itself asks before an extension changes other files.
    said = window.notices.dialog("OK")
    assert "Scoredock" in said
    renamed = desk.folder / "main_entry.py"
    until(renamed.exists, "the file to have its new name")
    # By its tab: after the question no editor has the keyboard.
    window.page.locator(".tab", has_text="inferenceconfig.json").first.click()
    until(lambda: '"main_entry.py"' in window.editor.text(), "the configuration to follow")
    window.editor.save()
    assert "main_entry.py" in (desk.folder / "inferenceconfig.json").read_text()
