"""Requests of `.http` files in the editor: sent by the line above them, recorded as tests, run in the Testing view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from request_menu import press_item
from workbench import fill, until, until_contains, until_equal

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = '''"""Adds up."""

import json


def init():
    print("up")


def run(raw_data):
    return {"sum": sum(json.loads(raw_data)["data"]), "of": "the numbers"}
'''
TESTS = """@service = http://127.0.0.1:6789

### two numbers
# @expect status 200
# @expect body {"sum": 3, "of": "the numbers"}
POST {{service}}/score
Content-Type: application/json

{"data": [1, 2]}

### three numbers
# @expect body {"sum": 7, "of": "the numbers"}
POST {{service}}/score
Content-Type: application/json
X-Trace: abc

{"data": [1, 2, 3]}

### a body that nobody expects
GET {{service}}/score?data=1

{"data": [1]}
"""

NOTING = """() => {
    window.said = new Set();
    const note = () => document.querySelectorAll('[role=treeitem]').forEach(row => window.said.add(row.innerText));
    const all = {subtree: true, childList: true, characterData: true, attributes: true};
    new MutationObserver(note).observe(document.body, all);
}"""
"""Keeps what the rows of trees say from now on, as steps may go by quickly."""


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    folder = tmp_path / "adding"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "tests.http").write_text(TESTS)
    return open_desk(folder)


@pytest.mark.long("tests/request_tests/test_service_tests.py sends requests of files")
def test_a_request_of_a_file_is_sent_and_its_answer_recorded(desk: Desk) -> None:
    window = desk.window
    desk.scoredock("service", "deploy", "adding", "--entry-script", str(desk.folder / "score.py"))
    window.side.show("Scoredock")
    window.side.wait_row("Services", "adding", "Healthy", timeout=60)
    window.editor.open("tests.http")
    until(lambda: "Send to adding" in window.editor.lenses(), "the lens above the request")
    desk.picture("request-lens")
    words = ("POST", "Content-Type", "service")
    until(lambda: len({window.editor.colour(word) for word in words}) == len(words), "colours of a request")
    window.editor.press_lens("Send to adding")
    panel = window.webview("Send")
    summary = panel.locator("#summary")
    until(lambda: "200" in summary.inner_text(), "the response")
    assert panel.locator("#target").input_value() == "/score"
    assert '"data": [1, 2]' in panel.locator("#body").input_value()
    assert "“two numbers” of tests.http" in panel.locator("#reason").inner_text()
    desk.picture("request-of-a-file")

    # By the keyboard: headers are added, the next answer is recorded.
    fill(panel.locator("#body"), '{"data": [0.5, 2]}')
    press_item(panel, "addHeaders")
    fill(panel.locator("#sentHeaders"), "X-Trace: xyz")
    panel.locator("#body").press("Control+Enter")
    until(lambda: "2.5" in panel.locator("#answer").inner_text(), "the next response")
    panel.locator("#record").press("Enter")
    window.quick.wait("Record as Test")
    until_equal(window.quick.value, "score with 2 values of data")
    window.quick.answer("halves")
    text = (desk.folder / "tests.http").read_text
    until_contains(text, "### halves")
    assert text().endswith(
        "\n### halves\n# @expect status 200\n# @tolerance 1e-06\n"
        '# @expect body {"sum": 2.5, "of": "the numbers"}\n'
        "POST {{service}}/score\nContent-Type: application/json\nX-Trace: xyz\n\n"
        '{"data": [0.5, 2]}\n'
    )
    shown = window.page.locator(".part.editor .monaco-editor .view-lines", has_text="halves")
    until(shown.first.is_visible, "the new test in the editor")
    desk.picture("request-recorded")
    press_item(panel, "history")
    window.quick.wait("Requests Sent to adding")
    assert [label for label in window.quick.labels() if "/score" in label] == ["POST /score"] * 2
    desk.picture("request-history")
    window.quick.cancel()

    # What the panel has no field for is told, not dropped in silence.
    press_item(panel, "open")
    window.quick.pick("a body that nobody expects")
    until_contains(panel.locator("#reason").inner_text, "Its body is not sent from here")
    assert panel.locator("#body").input_value() == "data=1"


def test_a_file_of_requests_is_edited_as_one_of_code(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    (tmp_path / "tests.http").write_text(TESTS)
    window = open_desk(tmp_path).window
    window.editor.open("tests.http")
    window.editor.click("X-Trace")
    window.press("Control+/")
    until(lambda: "# X-Trace: abc" in window.editor.text(), "the header is a comment")


@pytest.mark.long("an editor of its own; runs are asked by tests/cli and tests/lsp, what is shown by tests/extension")
def test_the_testing_view_runs_them_and_shows_how_they_differ(desk: Desk) -> None:
    window = desk.window
    rows = window.page.get_by_role("treeitem")

    def states() -> list[str]:
        return [row.get_attribute("aria-label") or "" for row in rows.all()]

    def shows(state: str) -> bool:
        return any(state in each for each in states())

    window.side.show("Scoredock")
    window.side.show("Testing")
    until(lambda: shows("tests.http"), "the file in the view", timeout=60)
    rows.first.click()
    window.page.keyboard.press("ArrowRight")
    until(lambda: shows("three numbers"), "the tests of the file")
    window.page.evaluate(NOTING)
    window.quick.run_command("Test: Run All Tests")
    until(lambda: shows("three numbers (Failed)"), "the failed test", timeout=120)
    said = "\n".join(window.page.evaluate("[...window.said]"))
    assert "temporary service: " in said, said
    until(lambda: not shows("temporary service"), "nothing is deployed any more")
    assert shows("two numbers (Passed)"), states()
    window.editor.open("tests.http")
    desk.picture("testing-view")
    # Debug Console, Test Results and the squiggle of the editor say the same; the diff is of the two texts.
    window.quick.run_command("Test: Go to Next Test Failure")
    until(lambda: "$.sum: expected 7, got 6" in window.page.locator("body").inner_text(), "the difference")
    desk.picture("testing-difference")
    text = SCRIPT.replace('sum(json.loads(raw_data)["data"])', 'sum(json.loads(raw_data)["data"]) + 1')
    (desk.folder / "score.py").write_text(text)
    window.quick.run_command("Test: Run All Tests")
    until(lambda: shows("two numbers (Failed)"), "the other one to fail", timeout=120)
    assert shows("three numbers (Passed)"), states()
