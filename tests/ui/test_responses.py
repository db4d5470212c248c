"""Responses in the request panel: rows, images, bytes, what comes bit by bit, and what is too long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from request_menu import press_item
from workbench import fill, until, until_contains
from workbench.axe import serious_faults

if TYPE_CHECKING:
    from playwright.sync_api import Frame

    from desks import Desk

SCRIPT = '''"""Answers as it is asked to."""

import gzip
import json
import time

from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse
from flask import Response

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000280000001e0802000000d1bfcb8a0000002b4944415478daedcd310d000008"
    "03b039c22286f1800c389af46faae744c462b1582c168bc562b158fc375ef8838baa7a84dcbf0000000049454e44ae426082"
)


def init():
    print("up")


def ticks():
    number = 0
    while True:
        number += 1
        yield f"data: tick {number}\\n\\n"
        time.sleep(0.1)


def broken():
    yield '{"rows": ['
    raise RuntimeError("no more rows")


@rawhttp
def run(request):
    kind = json.loads(request.get_data() or b"{}").get("kind", "rows")
    print(f"asked for {kind}")
    if kind == "image":
        return AMLResponse(PNG, 200)
    if kind == "no image":
        return Response(PNG[:30], mimetype="image/png")
    if kind == "break off":
        return Response(broken(), mimetype="application/json")
    if kind == "bytes":
        return Response(bytes(range(256)) * 40, mimetype="application/octet-stream")
    if kind == "packed":
        return Response(gzip.compress(b'{"rows": [1, 2]}' + b" " * 3000), headers={"Content-Encoding": "gzip"})
    if kind == "moved":
        return AMLResponse(b"", 307, {"Location": "/score?seen=1" if not request.args else "http://example.com/"})
    if kind == "stream":
        return Response(ticks(), mimetype="text/event-stream")
    if kind == "large":
        return Response((b"0123456789" * 10_000 for _ in range(1000)), mimetype="text/plain")
    rows = [{"id": number, "price": number * 1.5, "label": "dear" if number > 2 else "cheap"} for number in range(5)]
    return Response(json.dumps({"result": rows}), mimetype="application/json")
'''


@pytest.fixture
def panel(open_desk: Callable[..., Desk], tmp_path: Path) -> tuple[Desk, Frame]:
    folder = tmp_path / "answering"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    desk = open_desk(folder)
    desk.scoredock("service", "deploy", "answering", "--entry-script", str(folder / "score.py"))
    window = desk.window
    window.side.show("Scoredock")
    window.side.wait_row("Services", "answering", "Healthy", timeout=60)
    window.side.press_inline("Services", "answering", "Send Request")
    return desk, window.webview("Send")


def ask(panel: Frame, kind: str) -> None:
    body = panel.locator("#body")
    text = f'{{"kind": "{kind}"}}'

    def is_written() -> bool:
        fill(body, text)
        return body.input_value() == text

    until(is_written, "the body to be written")
    body.press("Control+Enter")


def test_each_kind_of_response_is_shown_as_what_it_is(panel: tuple[Desk, Frame]) -> None:
    desk, page = panel
    summary = page.locator("#summary")
    ask(page, "rows")
    until_contains(summary.inner_text, "200 OK")
    page.locator("#asTable").press("Enter")
    assert page.locator("#tableHead th").all_inner_texts() == ["id", "price", "label"]
    assert page.locator("#tableRows tr").nth(3).locator("td").all_inner_texts() == ["3", "4.5", "dear"]
    assert page.locator("#tableCaption").inner_text() == "$.result: 5 rows, 3 columns"
    # The lines of the log come a moment later, also for a success.
    until(lambda: page.locator("#logBox").is_visible(), "the log of the request")
    page.locator("#logBox summary").press("Enter")
    assert "asked for rows" in page.locator("#log").inner_text()
    desk.picture("response-table")
    assert serious_faults(page) == []

    ask(page, "image")
    until(lambda: page.locator("#image").is_visible(), "the image")
    until_contains(page.locator("#imageSize").inner_text, "30 pixels")
    desk.picture("response-image")

    ask(page, "no image")
    until_contains(page.locator("#imageSize").inner_text, "cannot be shown as an image")
    ask(page, "break off")
    until_contains(summary.inner_text, "broke off its response after 10 bytes")
    assert page.locator("#answer").inner_text() == '{"rows": [', "what came stays"

    ask(page, "packed")
    until_contains(summary.inner_text, "3.0 kB, came as")
    assert '"rows": [1, 2]' in page.locator("#answer").inner_text()
    ask(page, "moved")
    until_contains(page.locator("#note").inner_text, "Redirected by 307 /score?seen=1.")
    assert "http://example.com/ is not followed" in page.locator("#advice").inner_text()

    ask(page, "bytes")
    until_contains(page.locator("#note").inner_text, "10.2 kB of bytes that are not text")
    assert page.locator("#copy").is_hidden()
    page.locator("#saveAnswer").press("Enter")
    desk.window.quick.wait("Save Response")
    target = desk.folder / "saved.bin"
    desk.window.quick.choose_path(str(target), proposed="response.bin")
    until(lambda: target.exists() and target.stat().st_size, "the file")
    until(lambda: target.read_bytes() == bytes(range(256)) * 40, "the bytes in the file")
    desk.picture("response-bytes")


@pytest.mark.long("an editor of its own, and 100 MB; the parts are asked by tests/deploy and tests/lsp")
def test_a_stream_is_shown_while_it_comes_until_it_is_cancelled(panel: tuple[Desk, Frame]) -> None:
    desk, page = panel
    ask(page, "stream")
    until_contains(page.locator("#answer").inner_text, "tick 3")
    assert "receiving" in page.locator("#summary").inner_text()
    desk.picture("response-stream")
    page.locator("#send").press("Enter")
    until_contains(page.locator("#summary").inner_text, "Cancelled")
    assert "tick 3" in page.locator("#answer").inner_text(), "what came stays"

    # What is longer than a page can show lies in a file whole.
    ask(page, "large")
    until_contains(page.locator("#note").inner_text, "writes all 100 MB to a file")
    assert page.locator("#record").is_hidden()
    page.locator("#saveAnswer").press("Enter")
    desk.window.quick.wait("Save Response")
    target = desk.folder / "large.txt"
    desk.window.quick.choose_path(str(target), proposed="response.txt")
    until(lambda: target.exists() and target.stat().st_size == 100_000_000, "all of the response in the file")
    desk.picture("response-large")


@pytest.mark.long("an editor of its own; figures are asked by tests/lsp and tests/deploy")
def test_many_requests_are_measured_while_they_are_sent(panel: tuple[Desk, Frame]) -> None:
    desk, page = panel
    ask(page, "rows")
    until_contains(page.locator("#summary").inner_text, "200 OK")
    press_item(page, "sendMany")
    fill(page.locator("#rate"), "30")
    fill(page.locator("#duration"), "300")
    start, status = page.locator("#loadStart"), page.locator("#loadStatus")
    start.press("Enter")
    until_contains(status.inner_text, "per second now")
    until(lambda: page.locator("#loadRows tr").count() == 5, "the figures")
    assert start.inner_text() == "Stop"
    desk.picture("request-many")
    assert serious_faults(page) == []
    start.press("Enter")
    until(lambda: " responses in " in status.inner_text() and start.inner_text() == "Start", "the whole run")
    assert "failed" not in status.inner_text()

    fill(page.locator("#body"), "{")
    fill(page.locator("#connections"), "2")
    fill(page.locator("#rate"), "")
    fill(page.locator("#duration"), "1")
    start.press("Enter")
    until(lambda: page.locator("#loadErrors").is_visible(), "the errors by kind")
    until(lambda: start.inner_text() == "Start", "the end")
    assert page.locator("#loadErrors li").inner_text().endswith("status 500")
    fill(page.locator("#connections"), "900")
    start.press("Enter")
    until_contains(status.inner_text, "Use 1 to 64 connections, not 900.")
