"""Findings where the person works: as one types, by the keyboard alone, in unopened files, in notebooks, before a
deployment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from workbench import until, until_contains

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
import json


def init():
    print("up")


def run(data):
    return sum(json.loads(data)["data"])
"""
# The names are missing on ways that nobody takes: the check is right to complain, and the person knows better.
DOUBTFUL = """\
def init():
    print("up")


def run(data):
    if data == "never":
        return missing_name
    if data == "nor this":
        return "\U0001f600" + absent_name
    return data
"""
OLDER = """\
{
  "entryScript": "score.py",
  "condaFile": "conda.yml"
}
"""
CONDA = "name: adder\ndependencies:\n  - python=3.10\n  - pip\n  - pip:\n      - azureml-defaults\n"


def notebook(*cells: str) -> str:
    shown = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": cell.splitlines(True)}
        for cell in cells
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": shown, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}, indent=1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window on a project whose script needs no packages."""
    folder = tmp_path_factory.mktemp("adders")
    (folder / "score.py").write_text(SCRIPT)
    (folder / "weights.bin").write_bytes(b"1234")
    (folder / "deploymentconfig.json").write_text('{\n  "computeType": "local"\n}\n')
    desk = open_shared_desk(folder)
    desk.window.status.wait("local", timeout=60)
    desk.scoredock("model", "register", str(folder / "weights.bin"), "--name", "weights")
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Iterator[Desk]:
    """What was typed and not saved is thrown away afterwards, so that no question is asked about it."""
    (shared.folder / "score.py").write_text(SCRIPT)
    yield tidy(shared)
    window = shared.window
    window.press("Escape")
    while window.page.locator(".tab.active.dirty").count():
        window.quick.run_command("View: Revert and Close Editor")
        window.quick.closed()


def test_a_squiggle_comes_and_goes_while_one_types(desk: Desk) -> None:
    window = desk.window
    window.editor.open("score.py")
    window.editor.replace_word("json", "jsn")
    until(lambda: window.editor.squiggles("error"), "a red underline while the file is not saved")
    until_contains(lambda: [problem.message for problem in window.panel.problems()], "json")
    window.editor.click("return")
    window.press("Control+z")
    window.press("Control+z")
    until(lambda: not window.editor.squiggles("error"), "the underline to go")


@pytest.mark.long("what a hover says and the pages of the rules are tested in tests/lsp and tests/checks")
def test_the_hover_leads_to_the_page_of_the_rule(desk: Desk) -> None:
    window = desk.window
    (desk.folder / "score.py").write_text(SCRIPT.replace("import json\n", ""))
    window.editor.open("score.py")
    until(lambda: window.editor.squiggles("error"), "a red underline")
    # The lenses move the lines down when they come.
    until(window.editor.lenses, "the lenses")
    said = window.editor.hover("json", timeout=30)
    assert "json" in said
    assert "SD110" in said
    window.page.locator(".monaco-hover:visible a", has_text="SD110").first.click()
    assert "import" in window.page_about("SD110", "not defined")


def test_the_keyboard_alone_finds_and_repairs(desk: Desk) -> None:
    window = desk.window
    (desk.folder / "score.py").write_text(SCRIPT.replace("import json\n", "import os\n"))
    window.editor.open("score.py")
    until(lambda: window.editor.squiggles("error"), "a red underline")
    window.press("Control+Home")
    window.press("F8")
    window.status.wait("Ln 9")
    window.press("Escape")
    window.editor.fixes_at_cursor()
    window.press("Enter")
    until(lambda: not window.editor.squiggles("error"), "the underline to go")
    until_contains(window.editor.text, "import json\n")
    window.press("Control+s")


@pytest.mark.long(
    "test_language.py completes by the keyboard at the gate; the keys of a configuration are tested in tests/language"
)
def test_a_key_is_completed_by_the_keyboard(desk: Desk) -> None:
    window = desk.window
    window.editor.open("deploymentconfig.json")
    window.editor.click('"local"')
    window.press("End")
    window.page.keyboard.type(",")
    window.press("Escape")
    window.press("Enter")
    window.editor.suggestions("port")
    window.page.keyboard.type("por")
    until(
        lambda: "port" in window.page.locator(".suggest-widget.visible .monaco-list-row.focused").inner_text(),
        "the key to be the first",
    )
    window.press("Enter")
    window.editor.place('"port"')
    window.editor.click("computeType")
    window.quick.run_command("File: Revert File")


def test_what_is_useless_or_old_is_faded_or_struck(desk: Desk) -> None:
    window = desk.window
    (desk.folder / "inferenceconfig.json").write_text(OLDER)
    (desk.folder / "conda.yml").write_text(CONDA)
    window.editor.open("inferenceconfig.json")
    until(window.editor.struck, "the older key to be struck through")
    (desk.folder / "score.py").write_text("import xgboost\n" + SCRIPT)
    window.editor.open("score.py")
    until(window.editor.faded, "the useless import to be faded")
    # The package is added to the environment, in a file that is not open.
    (desk.folder / "conda.yml").write_text(CONDA + "      - xgboost\n")
    until(lambda: not window.editor.faded(), "the import to be right again")
    for name in ("inferenceconfig.json", "conda.yml"):
        (desk.folder / name).unlink()


def test_the_lens_checks_and_the_status_tells(desk: Desk) -> None:
    window = desk.window
    window.editor.open("score.py")
    window.editor.press_lens("Check")
    window.notices.wait("score.py checked, no findings.")
    item = window.page.locator('.statusbar [id="status.languageStatus"]')
    item.hover()
    said = window.page.locator(".hover-language-status")
    until(lambda: any("Checked: no findings" in text for text in said.all_inner_texts()), "the status of the file")
    assert any("Entry script" in text for text in said.all_inner_texts())


def test_check_all_finds_what_is_not_open_and_forgets_what_is_repaired(desk: Desk) -> None:
    window = desk.window
    (desk.folder / "old").mkdir()
    (desk.folder / "old" / "score.py").write_text(SCRIPT.replace("import json\n", ""))
    window.side.show("Scoredock")
    window.quick.run_command("Scoredock: Check All")
    window.notices.press("1 error", "Show Problems")
    assert "json" in window.panel.wait_problem("SD110").message
    (desk.folder / "old" / "score.py").write_text(SCRIPT)
    window.panel.wait_no_problem("SD110")
    (desk.folder / "old" / "score.py").unlink()
    window.notices.clear()
    window.quick.run_command("Scoredock: Check All")
    window.notices.wait("no findings")


def test_errors_stop_a_deployment_and_the_person_decides(desk: Desk) -> None:
    window = desk.window
    (desk.folder / "doubtful.py").write_text(DOUBTFUL)
    window.editor.open("doubtful.py")
    window.quick.ask("Scoredock: Deploy", "Press Enter to continue")
    window.quick.go_on()
    window.quick.wait("2 errors must be fixed")
    listed = window.quick.texts()
    assert any("missing_name" in text and "doubtful.py:7" in text for text in listed), listed
    # By the keyboard to the second one, which stands behind a character of two units (one column on screen).
    focused = window.page.locator(".quick-input-list .monaco-list-row.focused")
    until_contains(focused.all_inner_texts, "missing_name")
    window.press("ArrowDown")
    until_contains(focused.all_inner_texts, "absent_name")
    window.quick.accept()
    window.status.wait("Ln 9, Col 22")
    window.quick.ask("Scoredock: Deploy", "Press Enter to continue")
    window.quick.go_on()
    window.quick.wait("2 errors must be fixed")
    window.quick.choose("Deploy Anyway")
    until(
        lambda: any(one["state"] == "Healthy" for one in desk.scoredock("service", "list")["services"]),
        "it to be deployed all the same",
        timeout=60,
    )

    window.side.show("Scoredock")
    (name,) = [one["name"] for one in desk.scoredock("service", "list")["services"]]
    window.notices.clear()
    window.side.wait_row("Services", name, "Healthy")
    window.side.choose("Services", name, "Update Models…")
    window.quick.go_on()
    window.quick.wait("2 errors must be fixed")
    window.quick.choose("Update Anyway")
    until(lambda: desk.scoredock("service", "show", name)["revision"] == 2, "the second revision", timeout=60)


def test_cells_of_a_notebook_are_checked(desk: Desk) -> None:
    window = desk.window
    broken = "%%writefile score.py\n" + SCRIPT.replace("import json\n", "")
    (desk.folder / "deploy.ipynb").write_text(notebook("answer = 42\n", broken))
    window.quick.search_and_pick("Control+p", str(desk.folder / "deploy.ipynb"), "deploy.ipynb")
    cells = window.page.locator(".notebook-editor .cell-editor-container, .notebookOverlay .monaco-editor")
    cells.first.wait_for()
    until(
        lambda: window.page.locator(".notebookOverlay .squiggly-error").count(),
        "a red underline in the cell",
        timeout=30,
    )
    until_contains(lambda: [problem.message for problem in window.panel.problems()], "json")
    (desk.folder / "deploy.ipynb").unlink()


def test_what_only_running_tells_stands_at_its_line(desk: Desk) -> None:
    window = desk.window
    (desk.folder / "score.py").write_text(SCRIPT.replace('print("up")', 'print(int("up"))'))
    window.editor.open("score.py")
    window.editor.press_lens("Try It")
    window.notices.wait("score.py does not start.", timeout=90)
    window.notices.press("does not start", "Go to Line")
    window.status.wait("Ln 5")
    until(lambda: window.editor.squiggles("error"), "the line to be underlined")
    window.notices.clear()
    window.editor.replace_word("print", "prin")
    window.editor.replace_word("prin", "print")
    until(lambda: not window.editor.squiggles("error"), "what was edited to be forgotten")
    window.press("Control+z")
    window.press("Control+z")
