"""What people write may look like HTML: every page shows it as text, and the keyboard gets out of every text field."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from request_menu import press_item
from seeding import tracking_store
from workbench import fill, serious_faults, until, until_contains

if TYPE_CHECKING:
    from playwright.sync_api import Frame

    from desks import Desk

MARKUP = '<img src="x" onerror="document.title = \'run\'"><b class="planted">bold</b>'
SCRIPT = f"""\
import json

from azureml.contrib.services.aml_request import rawhttp
from flask import Response

MARKUP = {MARKUP!r}


def init():
    print(MARKUP)


@rawhttp
def run(request):
    asked = json.loads(request.get_data())
    print("asked for", MARKUP)
    if asked["kind"] == "failure":
        raise ValueError(MARKUP)
    if asked["kind"] == "page":
        return Response(f"<!doctype html><title>{{MARKUP}}</title><p>{{MARKUP}}</p>", mimetype="text/html")
    answer = Response(json.dumps([{{MARKUP: MARKUP}}]), mimetype="application/json")
    answer.headers["x-markup"] = MARKUP
    return answer
"""
SCHEMA = {"type": "object", "properties": {MARKUP: {"type": "string", "description": f"Field of {MARKUP}"}}}
SWAGGER = {
    "openapi": "3.0.3",
    "info": {"title": MARKUP, "description": f"Described by {MARKUP}", "version": "1.0"},
    "paths": {
        "/score": {
            "post": {
                "description": f"Does {MARKUP}",
                "requestBody": {"content": {"application/json": {"schema": SCHEMA, "example": {MARKUP: MARKUP}}}},
                "responses": {"200": {"description": f"Returns {MARKUP}"}},
            }
        }
    },
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    folder = tmp_path_factory.mktemp("markup")
    (folder / "score.py").write_text(SCRIPT)
    (folder / "model.bin").write_bytes(b"weights")
    (folder / "small.txt").write_text("six==1.16.0\n")
    run = folder / "mlruns" / "1" / tracking_store(folder)
    for part in ("params", "tags"):
        (run / part).mkdir()
        (run / part / "<b class=planted>").write_text(MARKUP)
    meta = (run / "meta.yaml").read_text()
    (run / "meta.yaml").write_text(meta.replace("shallow-owl", json.dumps(f"owl {MARKUP}")))
    desk = open_shared_desk(folder)
    words = ("-d", f"About {MARKUP}", "--tag", f"stage={MARKUP}", "--tag", f"{MARKUP}=key")
    desk.scoredock("model", "register", str(folder / "model.bin"), "--name", "weights", *words)
    desk.scoredock("environment", "register", str(folder / "small.txt"), "--name", "small", *words)
    desk.scoredock("service", "deploy", "odd", "--entry-script", str(folder / "score.py"), "-m", "weights:1", *words)
    # The runtime takes a document of the person's from the top of what is staged.
    log = Path(desk.scoredock("service", "show", "odd")["logFile"])
    (log.parents[1] / "revisions" / "1" / "azureml-app" / "swagger3.json").write_text(json.dumps(SWAGGER))
    desk.scoredock("service", "restart", "odd")
    desk.scoredock("image", "register", "boxed", "registry.example/boxed:3", "-m", "weights:1", *words)
    desk.scoredock("endpoint", "create", "odds", "--service", "odd", "--version", "first")
    side = desk.window.side
    side.show("Scoredock")
    side.wait_row("Services", "odd", "Healthy", timeout=60)
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    desk = tidy(shared)
    desk.window.side.show("Scoredock")
    desk.window.side.open_pane("Services")
    return desk


def is_text(frame: Frame, *wanted: str) -> None:
    """The page has these as they are written, and nothing was made of them."""
    for text in wanted:
        until_contains(lambda: frame.locator("body").inner_text(), text)
    assert frame.locator(".planted, img[src='x'], [onerror]").count() == 0
    assert frame.evaluate("document.title") != "run"
    assert serious_faults(frame) == []


@pytest.mark.long("the pages of responses and of the log are looked at by axe at the gate")
def test_pages_of_things_and_of_a_description(desk: Desk) -> None:
    window, side = desk.window, desk.window.side
    side.row("Services", "odd").click()
    is_text(window.webview("Scoring URI"), f"About {MARKUP}", f"stage={MARKUP}", f"{MARKUP}=key")
    side.choose("Services", "odd", "Open Swagger")
    swagger = ["API of odd", f"Described by {MARKUP}", f"Does {MARKUP}", f"Field of {MARKUP}"]
    is_text(window.webview("API of"), *swagger, f"Returns {MARKUP}")
    side.open_pane("Models")
    side.expand("Models", "weights")
    side.row("Models", "v1").click()
    is_text(window.webview("weights:1"), f"About {MARKUP}", f"stage={MARKUP}", f"{MARKUP}=key")
    side.fold_pane("Services")
    side.open_pane("Environments")
    side.row("Environments", "small:1").click()
    is_text(window.webview("small:1"), f"About {MARKUP}")
    # Neither rows nor the tips over them are made of it.
    assert window.page.locator(".planted, img[src='x']").count() == 0


@pytest.mark.long("pages of things are looked through at the gate, and all pages are made of the same parts")
def test_pages_of_an_image_a_run_an_endpoint_and_metrics(desk: Desk) -> None:
    window, side = desk.window, desk.window.side
    side.choose("Services", "odd", "Metrics")
    is_text(window.webview("Metrics of odd"), "Requests per Second")
    side.row("Services", "odds").click()
    is_text(window.webview("Versions"), "odds", "first")
    side.fold_pane("Services")
    side.open_pane("Environments")
    side.expand("Environments", "Images")
    side.row("Environments", "boxed:1").click()
    is_text(window.webview("registry.example"), f"About {MARKUP}", f"stage={MARKUP}", f"{MARKUP}=key")
    side.fold_pane("Environments")
    side.open_pane("Models")
    for label in ("Runs", "mlruns", "trees"):
        side.expand("Models", label)
    side.row("Models", f"owl {MARKUP}").click()
    is_text(window.webview("Tracking store"), f"owl {MARKUP}", "<b class=planted>", MARKUP)
    assert window.page.locator(".planted, img[src='x']").count() == 0


def answer(panel: Frame, kind: str) -> None:
    fill(panel.locator("#body"), json.dumps({"kind": kind, "markup": MARKUP}))
    panel.locator("#body").press("Control+Enter")


@pytest.mark.long("pages of things are looked through at the gate, and all pages are made of the same parts")
def test_responses_of_every_kind_and_lines_of_the_log(desk: Desk) -> None:
    window, side = desk.window, desk.window.side
    side.press_inline("Services", "odd", "Send Request")
    panel = window.webview("Send")
    panel.locator("#bodyKind").select_option("json")
    answer(panel, "rows")
    until_contains(lambda: panel.locator("#answer").text_content() or "", "planted")
    panel.locator("#headersBox summary").click()
    panel.locator("#logBox summary").click()
    panel.locator("#asTable").click()
    is_text(panel, MARKUP, "x-markup", f"asked for {MARKUP}")
    assert panel.locator("#tableHead th").last.inner_text() == MARKUP
    answer(panel, "page")
    until_contains(lambda: panel.locator("#answer").text_content() or "", "<!doctype html>")
    is_text(panel, f"<title>{MARKUP}</title>")
    answer(panel, "failure")
    until_contains(lambda: panel.locator("#exception").inner_text(), MARKUP)
    is_text(panel, f"ValueError: {MARKUP}")

    side.choose("Services", "odd", "Open Log Page")
    log = window.webview("Follow")
    is_text(log, f"asked for {MARKUP}", f"ValueError: {MARKUP}")
    fill(log.get_by_label("Filter Lines"), MARKUP)
    until(lambda: "is ready" not in log.locator("#log").inner_text(), "the filter")
    is_text(log, f"asked for {MARKUP}")


FIELDS = "input:visible, textarea:visible"


def leaves_each_field(desk: Desk, frame: Frame) -> int:
    """Escape, then Tab, whatever was typed; how many fields there are."""
    fields = frame.locator(FIELDS).element_handles()
    for field in fields:
        field.focus()
        desk.window.press("End")
        desk.window.page.keyboard.type('"')
        desk.window.press("Escape")
        desk.window.press("Tab")
        assert field.evaluate("field => field !== document.activeElement"), field.evaluate("field => field.outerHTML")
    return len(fields)


@pytest.mark.long("pages of things are looked through at the gate")
def test_escape_and_tab_leave_every_text_field(desk: Desk) -> None:
    window, side = desk.window, desk.window.side
    side.press_inline("Services", "odd", "Send Request")
    panel = window.webview("Send")
    panel.locator("#bodyKind").select_option("json")
    for item in ("addHeaders", "sendMany"):
        press_item(panel, item)
    fill(panel.locator("#body"), '{"kind": ')
    assert leaves_each_field(desk, panel) >= 6
    panel.locator("#bodyKind").select_option("form")
    panel.locator("#partRows input").first.wait_for()
    assert leaves_each_field(desk, panel) >= 3

    side.choose("Services", "odd", "Open Log Page")
    log = window.webview("Follow")
    log.locator("#filters").click()
    window.press("Control+f")
    log.locator("#find").wait_for()
    assert leaves_each_field(desk, log) == 4
