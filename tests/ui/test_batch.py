"""Batch scoring by mouse: a script and a table, the job in its view, its page and its output."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
import os


def init():
    pass


def run(mini_batch):
    names = [os.path.basename(path) for path in mini_batch]
    if "14.txt" in names and os.path.exists({lock!r}):
        raise ValueError("it is locked")
    return names
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "numbers").mkdir(parents=True)
    for number in range(30):
        (folder / "numbers" / f"{number:02}.txt").write_text(str(number))
    (folder / "lock").touch()
    (folder / "batch_score.py").write_text(SCRIPT.format(lock=str(folder / "lock")))
    (folder / "conda.yml").write_text("dependencies:\n- python\n- pip:\n  - azureml-defaults\n")
    return folder


def test_a_folder_is_scored_by_mouse(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window, side = desk.window, desk.window.side
    side.choose_for_file("batch_score.py", "Score in Batch…")
    window.quick.wait("Input: a Table, or a Folder with Files")
    window.quick.choose_path(str(project / "numbers"))
    window.quick.pick("Paths of Files")
    window.quick.pick("conda.yml")
    window.quick.answer("10")
    window.quick.answer(str(project / "scored"))
    window.quick.refuse("Batch Score", "3 to 32 small letters")
    window.quick.answer("nightly")
    page = window.webview("Progress").locator("body")
    until(lambda: "Completed" in page.inner_text(), "the page of a finished job", timeout=120)
    said = page.inner_text()
    assert "3 of 3 mini-batches" in said
    assert "ValueError: it is locked" in said
    assert "batch_score.py:11" in said
    assert "00.txt" in said, "the first lines of the output"
    side.show("Scoredock")
    for view in ("Workspaces", "Models", "Environments"):
        side.fold_pane(view)
    row = side.wait_row("Batch Jobs", "nightly", "1 failed")
    assert "3 of 3 mini-batches" in row.description
    desk.picture("page-batch-job")
    assert (project / "scored" / "parallel_run_step.txt").read_text().split() == [
        f"{number:02}.txt" for number in range(30) if not 10 <= number < 20
    ]

    (project / "lock").unlink()
    side.press_inline("Batch Jobs", "nightly", "Resume")
    until(
        lambda: "failed" not in side.wait_row("Batch Jobs", "nightly", "Completed").description, "all done", timeout=60
    )
    side.choose("Batch Jobs", "nightly", "Open Output")
    until(lambda: "parallel_run_step.txt" in window.editor.tabs(), "the output to open")
    side.choose("Batch Jobs", "nightly", "Open Log")
    until(lambda: "nightly.log" in window.editor.tabs(), "the log to open")
