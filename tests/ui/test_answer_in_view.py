"""After Send the answer is on the screen: its first line, or a failure with its place and the button that leads there,
in each size of the window, beside an editor and alone, with a body that is long."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from desks import SHOTS
from request_menu import press_item
from workbench import fill, serious_faults, until

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Locator

    from desks import Desk

SCRIPT = '''"""Adds up."""

import json


def init():
    print("up")


def run(raw_data):
    rows = json.loads(raw_data)["data"]
    return {"sum": sum(rows), "rows": rows}
'''
LONG = json.dumps({"data": list(range(60))}, indent=2)
"""Sixty lines, as a sample of a table has them."""
WRONG = json.dumps({"data": [*range(60), "two"]}, indent=2)
ZOOMED = {"width": 933, "height": 600}
"""What is left of 1400 by 900 at 150 %."""
SIZES = {
    "1400x900-output": ({"width": 1400, "height": 900}, True),
    "1000x700": ({"width": 1000, "height": 700}, False),
    "zoom-150": (ZOOMED, False),
    "zoom-150-output": (ZOOMED, True),
}
SEEN = """part => {
  const range = document.createRange();
  range.selectNodeContents(part);
  const box = range.getClientRects()[0] ?? part.getBoundingClientRect();
  const inside = box.top >= 0 && box.bottom <= innerHeight;
  const [x, y] = [box.left + Math.min(4, box.width / 2), box.top + box.height / 2];
  const top = inside ? document.elementFromPoint(x, y) : null;
  return top !== null && part.contains(top);
}"""
"""Whether the first line of a part is in the page's view, and nothing lies above it."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    folder = tmp_path_factory.mktemp("adding")
    (folder / "score.py").write_text(SCRIPT)
    desk = open_shared_desk(folder)
    desk.scoredock("service", "deploy", "adding", "--entry-script", str(folder / "score.py"))
    desk.window.side.show("Scoredock")
    desk.window.side.wait_row("Services", "adding", "Healthy", timeout=60)
    return desk


@pytest.fixture(params=["beside", pytest.param("alone", marks=pytest.mark.long("beside an editor there is less room"))])
def panel(desk: Desk, request: pytest.FixtureRequest) -> Iterator[Frame]:
    window = desk.window
    window.quick.run_command("View: Close All Editors")
    if request.param == "beside":
        window.editor.open("score.py")
    window.side.press_inline("Services", "adding", "Send Request")
    page = window.webview("Send")
    until(lambda: "data" in page.locator("#body").input_value(), "a proposed body")
    yield page
    window.page.set_viewport_size({"width": 1400, "height": 900})


def picture(desk: Desk, name: str) -> None:
    if os.environ.get("SCOREDOCK_SHOTS"):
        for _ in range(2):
            desk.window.screenshot(SHOTS / "gallery" / f"{name}-{desk.window.theme()}.png")
            desk.window.toggle_theme()


def send(panel: Frame, body: str, status: str) -> None:
    fill(panel.locator("#body"), body)
    panel.evaluate("scrollTo(0, 0)")
    panel.locator("#body").press("Control+Enter")
    until(lambda: status in panel.locator("#summary").inner_text(), f"an answer {status}")


def seen(part: Locator) -> bool:
    return bool(part.evaluate(SEEN))


def test_the_first_line_of_the_answer_is_in_view(desk: Desk, panel: Frame, request: pytest.FixtureRequest) -> None:
    window = desk.window
    for size, (viewport, has_output) in SIZES.items():
        if has_output:
            window.panel.show_channel("Scoredock")
        else:
            window.panel.close()
        window.page.set_viewport_size(viewport)  # type: ignore[arg-type]
        where = f"answer-{size}-{request.node.callspec.params['panel']}"

        send(panel, LONG, "200 OK")
        assert seen(panel.locator("#summary")), where
        assert seen(panel.locator("#answer")), where
        assert panel.locator("#spoken").inner_text().startswith("200 OK")
        assert '"sum": 1770' in panel.locator("#spoken").inner_text()
        picture(desk, where)

        send(panel, WRONG, "500")
        for part in ("#exception", "#frames li", "#line"):
            assert seen(panel.locator(part).first), f"{where}: {part}"
        picture(desk, f"{where}-failed")


NARROW = {"width": 600, "height": 700}
"""Beside the side bar a panel of 240 pixels."""
CUT = """() => [...document.querySelectorAll('button, input, select, textarea')]
  .filter(part => part.checkVisibility())
  .filter(part => part.getBoundingClientRect().right > innerWidth || part.getBoundingClientRect().width < 20)
  .map(part => part.id)"""


def test_nothing_is_cut_in_a_narrow_window(desk: Desk) -> None:
    window = desk.window
    window.quick.run_command("View: Close All Editors")
    window.side.press_inline("Services", "adding", "Send Request")
    panel = window.webview("Send")
    window.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    until(lambda: panel.evaluate("innerWidth") < 300, "a narrow panel")
    try:
        assert panel.evaluate(CUT) == []
        assert panel.locator("#target").evaluate("field => field.clientWidth") > 100, "a path can be read"
        send(panel, LONG, "200 OK")
        assert seen(panel.locator("#answer"))
        assert panel.evaluate(CUT) == []
    finally:
        window.page.set_viewport_size({"width": 1400, "height": 900})


def test_the_menu_is_used_by_the_keyboard(desk: Desk, panel: Frame) -> None:
    window = desk.window
    window.page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
    more, menu = panel.locator("#more"), panel.locator("#moreMenu")
    read = "() => document.activeElement.id"
    more.press("Enter")
    assert panel.evaluate(read) == "history"
    assert seen(panel.locator("#history"))
    assert serious_faults(panel) == []
    # In one theme: the palette, which changes it, closes the menu.
    if os.environ.get("SCOREDOCK_SHOTS"):
        window.screenshot(SHOTS / "gallery" / f"request-menu-{window.theme()}.png")
    window.press("ArrowUp")
    assert panel.evaluate(read) == "sendMany"
    assert seen(panel.locator("#sendMany"))
    window.press("ArrowDown")
    window.press("ArrowDown")
    assert panel.evaluate(read) == "open"
    window.press("Escape")
    assert menu.is_hidden()
    assert panel.evaluate(read) == "more"
    assert more.get_attribute("aria-expanded") == "false"
    press_item(panel, "addHeaders")
    assert panel.evaluate(read) == "sentHeaders"
