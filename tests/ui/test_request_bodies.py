"""The body of a request in the panel: names and values at the caret, and a form, by the keyboard."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desks import SHOTS
from workbench import fill, until, until_contains, until_equal
from workbench.axe import serious_faults

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = '''"""Doubles an amount."""

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema


def init():
    print("up")


@input_schema("amount", StandardPythonParameterType(12.5))
@input_schema("currency", StandardPythonParameterType("EUR"))
@input_schema("loyal", StandardPythonParameterType(True))
def run(amount, currency, loyal):
    return {"doubled": amount * 2, "currency": currency, "loyal": loyal}
'''


@pytest.mark.long(
    "an editor of its own; what is proposed and which fields there are is asked by tests/deploy and tests/lsp"
)
def test_a_body_is_written_with_proposals_and_as_a_form(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    folder = tmp_path / "doubling"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    desk = open_desk(folder)
    desk.scoredock("service", "deploy", "doubling", "--entry-script", str(folder / "score.py"))
    window = desk.window
    window.side.show("Scoredock")
    window.side.wait_row("Services", "doubling", "Healthy", timeout=60)
    window.side.press_inline("Services", "doubling", "Send Request")
    page = window.webview("Send")
    body, proposals = page.locator("#body"), page.locator("#proposals")
    until(lambda: "amount" in body.input_value(), "the proposed body")

    fill(body, "{")
    body.press("Control+Space")
    until(lambda: proposals.is_visible(), "the names")
    assert [row.split()[0] for row in proposals.locator("li").all_inner_texts()] == ["amount", "currency", "loyal"]
    assert proposals.locator("[aria-selected=true]").inner_text().startswith("amount")
    # Not by desk.picture, which takes the keyboard away, and with it the list.
    if os.environ.get("SCOREDOCK_SHOTS"):
        window.screenshot(SHOTS / "gallery" / "request-proposals-dark.png")
    assert serious_faults(page) == []
    body.press("ArrowDown")
    body.press("Enter")
    until_equal(body.input_value, '{"currency": ')
    body.press("Control+Space")
    until(lambda: proposals.is_visible(), "the values")
    body.press("Tab")
    until_equal(body.input_value, '{"currency": "EUR"')
    body.press_sequentially(', "lo')
    until(lambda: proposals.locator("li").count() == 1 and proposals.is_visible(), "the name that begins so")
    body.press("Escape")
    until(lambda: proposals.is_hidden(), "the list to close")

    # As a form: each value has a field, and the body keeps everything else.
    fill(body, '{"amount": 12.50, "currency": "EUR",   "loyal": true}')
    page.locator("#asForm").press("Enter")
    fields = page.locator("#form input, #form select")
    until(lambda: fields.count() == 3, "the fields")
    assert page.locator("#form label").all_inner_texts() == ["amount", "currency", "loyal"]
    fill(fields.nth(1), 'a "b"')
    fill(fields.nth(0), "40")
    fields.nth(2).select_option("false")
    desk.picture("request-form")
    assert serious_faults(page) == []
    page.locator("#asJson").press("Enter")
    assert body.input_value() == '{"amount": 40, "currency": "a \\"b\\"",   "loyal": false}'
    body.press("Control+Enter")
    until_contains(page.locator("#summary").inner_text, "200 OK")
    assert '"doubled": 80' in page.locator("#answer").inner_text()
    fill(body, "[[1], [2]]")
    page.locator("#asForm").press("Enter")
    until_contains(page.locator("#formReason").inner_text, "The body has several rows; a form shows one.")
    assert body.is_visible()
