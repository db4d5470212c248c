"""Batch scoring by mouse: a script and a folder, a model and a table; the job in its view, its page and its output."""

from __future__ import annotations

import shutil
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


def test_a_model_scores_a_table_by_mouse(open_desk: Callable[..., Desk], tmp_path: Path, trained: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(trained, folder / "model.pkl")
    names = "age,sex,bmi,bp,s1,s2,s3,s4,s5,s6"
    rows = [",".join(f"{number / 100 + column / 1000:.3f}" for column in range(10)) for number in range(50)]
    (folder / "patients.csv").write_text("\n".join([names, *rows]) + "\n")
    desk = open_desk(folder)
    desk.scoredock("model", "register", "model.pkl", "--name", "diabetes")
    window, side = desk.window, desk.window.side
    side.show("Scoredock")
    side.wait_row("Models", "diabetes")
    side.choose("Models", "diabetes", "Score in Batch…")
    window.quick.wait("Input: a Table, or a Folder with Files")
    window.quick.choose_path(str(folder / "patients.csv"))
    window.quick.pick("Rows of CSV Files")
    window.quick.answer("")
    window.quick.answer(str(folder / "scored"))
    window.quick.answer("diabetes")
    page = window.webview("Progress").locator("body")
    until(lambda: "Completed" in page.inner_text(), "the page of a finished job", timeout=120)
    lines = (folder / "scored" / "parallel_run_step.txt").read_text().splitlines()
    assert len(lines) == 50
    assert len({float(each) for each in lines}) == 50
    desk.picture("page-model-scored-in-batch")
