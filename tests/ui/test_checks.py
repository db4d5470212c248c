"""Mistakes are underlined while one types, and the quick fix repairs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import until, until_contains

if TYPE_CHECKING:
    from desks import Desk

FILE = "sklearn_regression_model.pkl"
NAME = "sklearn_regression_model"


@pytest.mark.long("test_checking.py repairs by a quick fix at the gate, by the keyboard")
def test_a_mistake_is_underlined_and_its_quick_fix_repairs_it(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    script = diabetes / "score.py"
    script.write_text(script.read_text().replace("import os\n", ""), encoding="utf-8")
    desk = open_desk(diabetes)
    window = desk.window
    window.editor.open("score.py")
    until(lambda: window.editor.squiggles("error"), "a red underline", timeout=60)
    problem = next(problem for problem in window.panel.problems() if "os" in problem.message)
    assert problem.severity == "error"
    assert problem.code.startswith("SD")
    desk.picture("finding")

    window.editor.apply_fix("os.path", "Import os")
    window.panel.wait_no_problem(problem.code)
    until_contains(window.editor.text, "import os\n")
    window.editor.save()
    assert "import os\n" in script.read_text()
    left = desk.scoredock("check", str(diabetes))["findings"]
    # Its model lies beside it and is registered by the first deployment.
    assert [each["code"] for each in left if each["severity"] != "hint"] == ["SD501"]


@pytest.mark.long("what the fix does is tested in tests/lsp, without an editor that reads the file again")
@pytest.mark.parametrize(("codec", "place"), [("utf-16", "measurements"), ("cp1252", "# gr")])
def test_a_file_in_another_encoding_is_saved_and_given_back(
    open_desk: Callable[..., Desk], diabetes: Path, codec: str, place: str
) -> None:
    """The editor reads it again by itself; each finding stands once, as those that are pushed are not requested too."""
    script = diabetes / "score.py"
    content = script.read_text("utf-8").replace("import os\n", "import os  # größe\n")
    script.write_bytes(content.encode(codec))
    desk = open_desk(diabetes)
    window = desk.window
    window.editor.open("score.py")
    window.panel.wait_problem("SD908", timeout=60)
    codes = [each.code for each in window.panel.problems()]
    assert codes.count("SD908") == 1
    desk.picture(f"encoding-{codec}")
    window.editor.apply_fix(place, "Save as UTF-8")
    window.notices.wait("score.py is in UTF-8 now", timeout=30)
    desk.picture(f"saved-as-utf-8-{codec}")
    window.panel.wait_no_problem("SD908")
    assert script.read_text("utf-8") == content
    until_contains(window.editor.text, "größe")
    window.notices.press("score.py is in UTF-8 now", "Undo")
    window.panel.wait_problem("SD908", timeout=60)
    assert script.read_bytes() == content.encode(codec)


@pytest.mark.long("the finding and what it offers are tested in tests/lsp")
def test_a_model_that_nobody_registered_is_registered_where_it_is_opened(
    open_desk: Callable[..., Desk], diabetes: Path
) -> None:
    desk = open_desk(diabetes)
    window = desk.window
    window.editor.open("score.py")
    problem = window.panel.wait_problem("SD501", timeout=60)
    assert FILE in problem.message
    desk.picture("not-registered")
    window.editor.apply_fix(FILE, f"Register {FILE}…")
    window.quick.wait("Register")
    window.quick.answer(NAME)
    window.notices.wait(f"Registered {NAME}:", timeout=30)
    window.panel.wait_no_problem("SD501")


@pytest.mark.long("test_oldest.py types this wrong value at the gate")
def test_typing_a_wrong_value_and_taking_it_back(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    desk = open_desk(diabetes)
    window = desk.window
    window.editor.open("deploymentconfig.json")
    window.editor.replace_word("local", "locl")
    problem = window.panel.wait_problem("SD305", timeout=60)
    assert "locl" in problem.message
    window.editor.replace_word("locl", "local")
    window.panel.wait_no_problem("SD305")


@pytest.mark.long("what a hover says is tested in tests/lsp")
def test_a_hover_explains_the_finding(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    script = diabetes / "score.py"
    script.write_text(script.read_text().replace('input_schema("data"', 'input_schema("rows"'), encoding="utf-8")
    desk = open_desk(diabetes)
    window = desk.window
    window.editor.open("score.py")
    until(lambda: window.panel.problems(), "a problem", timeout=60)
    said = window.editor.hover('"rows"')
    assert "rows" in said
    assert "SD" in said


@pytest.mark.long("test_checking.py checks all files at the gate; the findings themselves are tested in tests/checks")
def test_a_whole_project_at_a_glance(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    (diabetes / "score.py").write_text(
        (diabetes / "score.py").read_text().replace("import os\n", "").replace("    global model\n", "")
    )
    (diabetes / "conda.yml").write_text(
        (diabetes / "conda.yml").read_text().replace("      - joblib\n", "      - numpy\n")
    )
    (diabetes / "deploymentconfig.json").write_text(
        '{\n  "computeType": "locl",\n  "prot": 6789,\n  "authEnabled": true\n}\n'
    )
    desk = open_desk(diabetes)
    window = desk.window
    window.status.wait("local", timeout=60)
    window.editor.open("score.py")
    until(lambda: window.editor.squiggles("error"), "a red underline", timeout=60)
    window.side.show("Scoredock")
    window.quick.run_command("Scoredock: Check All")
    window.notices.press("files checked", "Show Problems")
    window.panel.wait_problem("SD305")
    window.notices.clear()
    window.side.show("Explorer")
    until_contains(window.editor.lenses, "Try It")
    desk.picture("checking")
