"""Forms of several parts in the request panel, the environment of a request, and the way of the keyboard through it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from desks import SHOTS
from request_menu import press_item
from workbench import fill, until, until_contains, until_equal
from workbench.axe import serious_faults

if TYPE_CHECKING:
    from playwright.sync_api import Frame

    from desks import Desk

SCRIPT = '''"""Says what a form has."""

from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    print("up")


@rawhttp
def run(request):
    files = {name: [file.filename, file.mimetype, len(file.read())] for name, file in request.files.items()}
    return AMLResponse({"fields": dict(request.form), "files": files}, 200, json_str=True)
'''
PICTURE = b"\x89PNG\r\n\x1a\n\xff"
FORM = """### a picture
POST {{service}}/score
Content-Type: multipart/form-data; boundary=part

--part
Content-Disposition: form-data; name="title"

{{title}}
--part
Content-Disposition: form-data; name="image"; filename="cat.png"

< cat.png
--part--
"""
ENVIRONMENTS = {"dev": {"title": "a cat"}, "prod": {"title": "a dog"}}


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "cat.png").write_bytes(PICTURE)
    (folder / "forms.http").write_text(FORM)
    (folder / "http-client.env.json").write_text(json.dumps(ENVIRONMENTS))
    desk = open_desk(folder)
    desk.scoredock("service", "deploy", "forms", "--entry-script", str(folder / "score.py"))
    desk.window.side.show("Scoredock")
    desk.window.side.wait_row("Services", "forms", "Healthy", timeout=60)
    return desk


def answered(page: Frame) -> dict[str, Any]:
    """What the script says of the newest request; nothing while none has come."""
    try:
        found = json.loads(page.locator("#answer").inner_text())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def rows(page: Frame) -> list[list[str]]:
    """Name, kind, and text or file of each part."""
    read = """rows => rows.map(row => [
        row.querySelector("input").value,
        row.querySelector("select").value,
        row.querySelector("textarea")?.value ?? row.querySelector("code").textContent,
    ])"""
    return page.locator("#partRows tr").evaluate_all(read)  # type: ignore[no-any-return]


@pytest.mark.long("an editor of its own; forms are asked by tests/configs and tests/lsp at the gate")
def test_a_form_is_filled_in_sent_saved_and_opened_again(desk: Desk) -> None:
    window = desk.window
    window.editor.open("forms.http")
    window.editor.press_lens("Send to forms")
    # Its title is a variable of the environments, so the editor asks for one.
    window.quick.wait("Environment of Requests")
    assert window.quick.labels() == ["dev", "prod", "No Environment"]
    # Not by desk.picture, which takes the keyboard away, and with it the list.
    if os.environ.get("SCOREDOCK_SHOTS"):
        window.screenshot(SHOTS / "gallery" / "request-environments-dark.png")
    window.quick.pick("dev")
    page = window.webview("Send")
    until_equal(lambda: rows(page), [["title", "text", "a cat"], ["image", "file", "cat.png"]])
    until_equal(
        lambda: answered(page),
        {"fields": {"title": "a cat"}, "files": {"image": ["cat.png", "image/png", len(PICTURE)]}},
    )
    environment = page.locator("#environment")
    until_equal(environment.inner_text, "Environment: dev")
    environment.press("Enter")
    window.quick.wait("Environment of Requests")
    window.quick.pick("prod")
    until_equal(environment.inner_text, "Environment: prod")

    # By the keyboard: a part more, a part less.
    page.locator("#addPart").press("Enter")
    page.locator("#partRows tr:nth-child(3) input").first.wait_for()
    until(lambda: page.evaluate("document.activeElement.closest('tr')?.rowIndex") == 3, "the keyboard in the new row")
    window.page.keyboard.type("note")
    window.page.keyboard.press("Tab")
    window.page.keyboard.press("Tab")
    window.page.keyboard.type("two\nlines")
    window.page.keyboard.press("Control+Enter")
    until_equal(lambda: answered(page).get("fields"), {"title": "a cat", "note": "two\r\nlines"})
    desk.picture("request-parts")
    assert serious_faults(page) == []
    page.locator("#partRows tr:nth-child(1) .remove").press("Enter")
    until_equal(lambda: [row[0] for row in rows(page)], ["image", "note"])
    until(lambda: page.evaluate("document.activeElement.className").endswith("remove"), "the keyboard to stay")

    # A file of the disk in place of a text.
    page.locator("#partRows tr:nth-child(2) select").select_option("file")
    page.locator("#partRows tr:nth-child(2) button", has_text="Choose File").click()
    window.quick.choose_path(str(desk.folder / "score.py"))
    until_equal(lambda: rows(page)[1], ["note", "file", "score.py"])
    page.locator("#send").click()
    until_equal(lambda: answered(page).get("files", {}).get("note", [""])[0], "score.py")

    press_item(page, "save")
    window.quick.wait("Save Request")
    window.quick.answer("two files")
    saved = desk.folder / "requests.http"
    until(lambda: saved.exists() and saved.stat().st_size, "the file")
    until_contains(saved.read_text, "< score.py\n--part--\n")
    assert "\n< cat.png\n" in saved.read_text()
    page.locator("#bodyKind").select_option("json")
    until(lambda: page.locator("#body").is_visible(), "a body that is typed")
    press_item(page, "open")
    window.quick.wait("Open Request for forms")
    window.quick.pick("two files")
    until_equal(lambda: rows(page), [["image", "file", "cat.png"], ["note", "file", "score.py"]])
    # A form from nothing begins with one part; without a name it is not sent.
    page.locator("#bodyKind").select_option("text")
    page.locator("#bodyKind").select_option("form")
    until_equal(lambda: rows(page), [["", "text", ""]])
    page.locator("#send").click()
    until_contains(page.locator("#summary").inner_text, "A part of the form has no name.")


ORDER = [
    *("method", "target", "send", "more", "bodyKind", "asJson", "asForm", "sample", "environment", "body"),
    *("answer", "copy", "saveAnswer", "record", "SUMMARY", "SUMMARY"),
]
"""What the Tab key goes through, by ids; the menu behind `more` is one stop. Summaries open the log and the headers of
the response."""


@pytest.mark.long("an editor of its own; that everything can be reached by keys is asked of each part elsewhere")
def test_the_tab_key_goes_through_the_panel_from_top_to_bottom(desk: Desk) -> None:
    window = desk.window
    window.side.press_inline("Services", "forms", "Send Request")
    page = window.webview("Send")
    until(lambda: page.locator("#environment").is_visible(), "the button of the environment")
    page.locator("#bodyKind").select_option("json")
    fill(page.locator("#body"), "{}")
    page.locator("#body").press("Control+Enter")
    until(lambda: page.locator("#headersBox").is_visible(), "the response")
    read = "() => document.activeElement.id || document.activeElement.tagName"

    def walk(key: str, ids: list[str]) -> list[str]:
        seen = [page.evaluate(read)]
        for _ in ids[1:]:
            window.page.keyboard.press(key)
            seen.append(page.evaluate(read))
        return seen

    page.locator("#method").focus()
    assert walk("Tab", ORDER) == ORDER
    assert walk("Shift+Tab", ORDER) == ORDER[::-1]
    # The response stands beside the request here.
    for parts in ("#method, #bodyKind, #body", "#summary, #answer, #copy, #headersBox summary"):
        places = page.locator(parts).evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
        assert places == sorted(places), "the order is that of the page"
