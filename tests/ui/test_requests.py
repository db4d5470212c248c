"""The request panel: what is proposed and where it is from, a failure with its line, a body that is not JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from request_menu import press_item
from workbench import fill, until, until_contains, until_equal

if TYPE_CHECKING:
    from playwright.sync_api import Frame

    from desks import Desk

SCRIPT = '''"""Adds up."""

import json


def init():
    print("up")


def total(numbers):
    return sum(numbers)


def run(raw_data):
    print("adding")
    return total(json.loads(raw_data)["data"])
'''
FILE = """from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


@rawhttp
def run(request):
    return AMLResponse({"bytes": len(request.files["image"].read())}, 200, json_str=True)
"""

KEEP_FOCUS = """() => {
  const post = MessagePort.prototype.postMessage;
  MessagePort.prototype.postMessage = function (message, ...rest) {
    if (message?.channel === 'focus') window.giveKeyboardAgain = () => post.call(this, message, ...rest);
    return post.call(this, message, ...rest);
  };
}"""
"""What VS Code says to a page that is to have the keyboard, to be said once more."""
FOCUS_AGAIN = """() => {
  const look = setInterval(() => {
    if (document.activeElement.tagName !== 'IFRAME') return;
    window.pageHadKeyboard = true;
    clearInterval(look);
  }, 1);
  window.giveKeyboardAgain();
}"""
"""As on a busy machine, where it is said a second time and reaches the page only when a file has the keyboard."""


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    folder = tmp_path / "adding"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    return open_desk(folder)


@pytest.fixture(scope="module")
def unchanged(open_shared_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """For the tests that leave the script as it is; each deploys it for itself."""
    folder = tmp_path_factory.mktemp("adding")
    (folder / "score.py").write_text(SCRIPT)
    return open_shared_desk(folder)


def opened(desk: Desk, name: str) -> Frame:
    window = desk.window
    window.side.show("Scoredock")
    window.side.wait_row("Services", name, "Healthy", timeout=60)
    window.side.press_inline("Services", name, "Send Request")
    return window.webview("Send")


def write(panel: Frame, text: str) -> None:
    """Writes a body, again where the window took the keyboard in between, as it does when it shows a panel anew."""
    body = panel.locator("#body")

    def is_written() -> bool:
        fill(body, text)
        return body.input_value() == text

    until(is_written, "the body to be written")


def test_a_failure_leads_to_its_line_until_a_request_is_answered(unchanged: Desk, tidy: Callable[[Desk], Desk]) -> None:
    desk = tidy(unchanged)
    window = desk.window
    desk.scoredock("service", "deploy", "adding", "--entry-script", str(desk.folder / "score.py"))
    panel = opened(desk, "adding")
    body, summary = panel.locator("#body"), panel.locator("#summary")
    until(lambda: "data" in body.input_value(), "a proposed body")
    until_contains(panel.locator("#reason").inner_text, "From what run() reads from its input")
    body.press("Control+Enter")
    until(lambda: "200" in summary.inner_text(), "the first request to be answered")
    assert panel.locator("#failure").is_hidden()

    fill(body, '{"data": [1, "two"]}')
    body.press("Control+Enter")
    until(lambda: "500" in summary.inner_text(), "a failure in the panel")
    until_equal(panel.locator("#exception").inner_text, "TypeError: unsupported operand type(s) for +: 'int' and 'str'")
    assert panel.locator("#frames button").all_inner_texts() == ["score.py:11 in total", "score.py:16 in run"]
    assert "return sum(numbers)" in panel.locator("#frames").inner_text()
    assert "adding" in panel.locator("#log").inner_text()
    window.side.wait_row("Services", "adding", "requests fail")
    until_equal(panel.locator("#serviceState").inner_text, "Healthy, requests fail")
    desk.picture("request-failed")

    # By the keyboard: the button is in the order of the tab key.
    panel.locator("#line").focus()
    panel.locator("#line").press("Enter")
    window.status.wait("Ln 11")
    until(lambda: window.editor.squiggles("error"), "the line to be underlined")
    assert "adding: TypeError" in window.panel.wait_problem("request-failed").message

    window.panel.close()
    panel = opened(desk, "adding")
    until(lambda: "data" in panel.locator("#body").input_value(), "a proposed body")
    write(panel, '{"data": [1, 2]}')
    panel.locator("#body").press("Control+Enter")
    until(lambda: "200" in panel.locator("#summary").inner_text(), "the next success")
    until(lambda: not window.editor.squiggles("error"), "the failure to be forgotten")
    assert panel.locator("#failure").is_hidden()
    until(lambda: panel.locator("#logBox").is_visible(), "the log of the success")
    assert "TypeError" not in panel.locator("#log").text_content()


def test_what_is_no_json_is_told_while_it_is_typed(unchanged: Desk, tidy: Callable[[Desk], Desk]) -> None:
    desk = tidy(unchanged)
    window = desk.window
    desk.scoredock("service", "deploy", "typed", "--entry-script", str(desk.folder / "score.py"))
    panel = opened(desk, "typed")
    body, fault, summary = panel.locator("#body"), panel.locator("#fault"), panel.locator("#summary")
    until(lambda: "data" in body.input_value(), "a proposed body")
    assert fault.is_hidden()
    fill(body, "{\n  'data': [1]\n}")
    until_equal(fault.inner_text, "Not valid JSON: line 2, column 3: JSON takes double quotes, not single ones")
    assert body.get_attribute("aria-invalid") == "true"
    desk.picture("request-invalid")
    fault.press("Enter")
    assert body.evaluate("area => [document.activeElement === area, area.selectionStart]") == [True, 4]

    body.press("Control+Enter")
    assert "The body is not valid JSON. Send it anyway?" in window.notices.dialog("Cancel")
    until_equal(summary.inner_text, "Nothing sent yet")
    body.press("Control+Enter")
    window.notices.dialog("Send Anyway")
    until(lambda: "500" in summary.inner_text(), "it to be sent all the same")
    until_contains(panel.locator("#exception").inner_text, "JSONDecodeError")
    fill(body, '{"data": [1]}')
    until(fault.is_hidden, "the fault to be gone")
    body.press("Control+Enter")
    until(lambda: "200" in summary.inner_text(), "an answer")

    # Both are offered now: the last one that was answered, and what the script reads.
    panel.locator("#sample").click()
    window.quick.wait("Sample request for typed")
    until_equal(
        window.quick.labels,
        [
            "The last request that this service answered with 200.",
            "From what run() reads from its input; the values are made up.",
        ],
    )
    window.quick.pick("From what run() reads from its input; the values are made up.")
    until(lambda: "2.0" in body.input_value(), "the other sample")


def test_a_page_behind_a_file_hands_the_keyboard_on(unchanged: Desk, tidy: Callable[[Desk], Desk]) -> None:
    desk = tidy(unchanged)
    window = desk.window
    desk.scoredock("service", "deploy", "behind", "--entry-script", str(desk.folder / "score.py"))
    window.page.evaluate(KEEP_FOCUS)
    body = opened(desk, "behind").locator("#body")
    until(lambda: "data" in body.input_value(), "a proposed body")
    until(lambda: body.evaluate("body => document.activeElement === body"), "the body to have the keyboard")
    window.quick.search_and_pick("Control+p", str(desk.folder / "score.py"), "score.py")
    until(window.editor.has_keyboard, "the file to get the keyboard")
    window.page.evaluate(FOCUS_AGAIN)
    until(lambda: window.page.evaluate("window.pageHadKeyboard === true"), "the page to get the keyboard")
    until(window.editor.has_keyboard, "the file to get it back")


@pytest.mark.long("tests/cli/test_first_request.py sends such a body; here the panel shows that it is a file")
def test_a_script_that_takes_a_file_gets_one(desk: Desk) -> None:
    window = desk.window
    (desk.folder / "score.py").write_text(FILE)
    desk.scoredock("service", "deploy", "pictures", "--entry-script", str(desk.folder / "score.py"))
    panel = opened(desk, "pictures")
    part, summary, send = panel.locator("#partRows tr"), panel.locator("#summary"), panel.locator("#send")
    until(lambda: part.count() == 1, "the file as a part of a form")
    assert (part.locator("input").first.input_value(), part.locator("code").inner_text()) == ("image", "sample.png")
    assert panel.locator("#body").is_hidden()
    desk.picture("request-file")
    send.press("Enter")
    until(lambda: "200" in summary.inner_text(), "the proposed picture to be taken")
    (desk.folder / "five.bin").write_bytes(b"12345")
    press_item(panel, "file")
    window.quick.choose_path(str(desk.folder / "five.bin"))
    until_contains(panel.locator("#reason").inner_text, "five.bin")
    until_equal(part.locator("code").inner_text, "five.bin")
    send.press("Enter")
    until_equal(lambda: panel.locator("#answer").inner_text().split(), ["{", '"bytes":', "5", "}"])


@pytest.mark.long("tests/extension/nodes.test.ts has the text; here the preview makes a link of it")
def test_the_page_of_try_it_has_no_link_that_leads_nowhere(desk: Desk) -> None:
    window = desk.window
    address = "https://scikit-learn.org/stable/model_persistence.html#security-maintainability-limitations"
    warned = f'import warnings\n\n\ndef init():\n    warnings.warn("For more please refer to: {address}")'
    (desk.folder / "score.py").write_text(SCRIPT.replace('def init():\n    print("up")', warned))
    window.editor.open("score.py")
    window.editor.press_lens("Try It")
    window.notices.wait("answered 1 of 1 requests", timeout=90)
    # What is first is the main button: after a success nothing has to be mended.
    window.notices.press("answered 1 of 1 requests", "Show Details")
    page = window.webview("Import and init()")
    assert address in page.locator("#main").inner_text()
    # A link of a page is a place that the extension opens; an address in a text stays a text.
    assert set(page.locator("#main a").evaluate_all("all => all.map(one => one.getAttribute('href'))")) <= {"#"}


@pytest.mark.long("an editor of its own")
def test_what_was_typed_stays_when_the_proposal_comes(desk: Desk) -> None:
    desk.scoredock("service", "deploy", "adding", "--entry-script", str(desk.folder / "score.py"))
    desk.window.side.show("Scoredock")
    desk.window.side.wait_row("Services", "adding", "Healthy", timeout=60)
    # What is proposed takes its time.
    held = desk.server.processes("scoredock.server")
    for process in held:
        process.suspend()
    try:
        panel = opened(desk, "adding")
        fill(panel.locator("#target"), "/score?exact=1")
        panel.locator("#method").select_option("PUT")
        # The body of this request is proposed, and nothing else of it is changed.
    finally:
        for process in held:
            process.resume()
    until_contains(panel.locator("#body").input_value, "data")
    assert panel.locator("#target").input_value() == "/score?exact=1"
    assert panel.locator("#method").input_value() == "PUT"
    panel.locator("#method").select_option("POST")
    for process in held:
        process.suspend()
    try:
        desk.window.quick.run_command("View: Close All Editors")
        panel = opened(desk, "adding")
        write(panel, '{"data": [40, 2]}')
    finally:
        for process in held:
            process.resume()
    panel.locator("#body").press("Control+Enter")
    until_equal(panel.locator("#answer").inner_text, "42")
    assert panel.locator("#body").input_value() == '{"data": [40, 2]}'
