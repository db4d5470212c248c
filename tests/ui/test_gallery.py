"""Everything that the extension shows, one after the other: nobody is kept out of a page, all of it is reached by Tab,
and with SCOREDOCK_SHOTS each is pictured in its themes, languages and widths for somebody to look at."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest
from playwright.sync_api import Error

from desks import SHOTS
from gallery import Stop, Walk, Words, fill_endpoint, fill_folder, fill_workspace
from traffic import callers
from workbench import Window, serious_faults, until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Frame, ViewportSize

    from desks import Desk

Scheme = Literal["dark", "light"]
GALLERY = SHOTS / "gallery"
CHOSEN = os.environ.get("SCOREDOCK_GALLERY", "").split()
"""Beginnings of the names of the places to go to, when not all are looked at."""
USUAL: ViewportSize = {"width": 1400, "height": 900}
NARROW: dict[str, ViewportSize] = {
    "narrow": {"width": 830, "height": 900},
    "zoom-150": {"width": 933, "height": 600},
    "slim": {"width": 600, "height": 700},
}
"""Half a window, what is left of a window at 150 %, and the narrowest that anybody works in."""


@dataclass(frozen=True)
class Looks:
    """How the window looks in one walk."""

    pictures: dict[str, Scheme]
    """End of a picture's name → the scheme of colours that the system asks for."""
    language: str = ""
    contrast: bool = False
    narrow: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """The window follows the system, so that its colours change while a question is open."""
        dark, light = ("Default High Contrast", "Default High Contrast Light") if self.contrast else DEFAULTS
        return {
            "window.autoDetectColorScheme": True,
            "window.autoDetectHighContrast": False,
            "workbench.preferredDarkColorTheme": dark,
            "workbench.preferredLightColorTheme": light,
        }


DEFAULTS = ("Dark 2026", "Light 2026")
LOOKS = {
    "usual": Looks({"dark": "dark", "light": "light"}, narrow=True),
    "contrast": Looks({"hc-dark": "dark", "hc-light": "light"}, contrast=True),
    "zh-cn": Looks({"zh-cn": "light"}, language="zh-cn"),
    "zh-tw": Looks({"zh-tw": "dark"}, language="zh-tw"),
}
MARKS = {
    ("dark", False): "vs-dark",
    ("light", False): "vs",
    ("dark", True): "hc-black",
    ("light", True): "hc-light",
}
ROUND = """() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.tabIndex >= 0)
    .filter(one => one.type !== 'radio' || one.checked);
  window.waysIn = all;
  return all.length;
}"""
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width + 1) return '';
  const wide = [...document.body.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > width + 1);
  return wide.length === 0 ? 'the page' : wide[wide.length - 1].outerHTML.slice(0, 200);
}"""
WHERE = "() => window.waysIn.indexOf(document.activeElement)"


def paint(window: Window, looks: Looks, scheme: Scheme) -> None:
    window.page.emulate_media(color_scheme=scheme)
    shown = window.page.locator(f".monaco-workbench.{MARKS[scheme, looks.contrast]}")
    until(lambda: shown.count() == 1, f"the {scheme} theme")


def picture(window: Window, looks: Looks, name: str) -> None:
    """One of each look, and the narrow ones; left in the first look."""
    if not os.environ.get("SCOREDOCK_SHOTS"):
        return
    page = window.page

    def take(end: str) -> None:
        page.wait_for_timeout(250)  # a theme is drawn in several steps
        page.screenshot(path=str(GALLERY / f"{name}.{end}.png"))

    for end, scheme in reversed(looks.pictures.items()):
        paint(window, looks, scheme)
        take(end)
    if looks.narrow:
        for end, size in NARROW.items():
            page.set_viewport_size(size)
            take(end)
        page.set_viewport_size(USUAL)


def frame_in_front(window: Window) -> Frame:
    """The document of the only web view that is open."""

    def seen() -> Frame | None:
        for frame in window.page.frames[1:]:
            try:
                if frame.evaluate("innerWidth > 0 && document.querySelectorAll('h1, h2, textarea').length > 0"):
                    return frame
            except Error:  # it may go while it is looked at
                continue
        return None

    frame = until(seen, "a page in front")
    assert frame is not None
    return frame


def order_of_tab(window: Window, frame: Frame) -> list[int]:
    """The places that Tab goes to, from the top of the page on, by their order in the document."""
    count = int(frame.evaluate(ROUND))
    frame.evaluate("() => window.waysIn[0]?.focus()")
    order = []
    for _ in range(count):
        order.append(int(frame.evaluate(WHERE)))
        window.press("Tab")
    return order


def faults_of_a_page(window: Window) -> Iterator[str]:
    frame = frame_in_front(window)
    yield from serious_faults(frame)
    # What is drawn anew meanwhile, such as a time, is another element: then once more.
    orders = (order_of_tab(window, frame) for _ in range(2))
    wrong = list(itertools.takewhile(lambda order: order != list(range(len(order))), orders))
    if len(wrong) == 2:
        yield f"Tab goes to {wrong[-1]}"
    page = window.page
    for where, size in {"usual": USUAL, **NARROW}.items():
        page.set_viewport_size(size)
        until(lambda size=size: frame.evaluate("innerWidth") < size["width"] - 200, f"the window: {where}")
        window.page.wait_for_timeout(250)  # charts are drawn anew when their room has changed
        if wide := frame.evaluate(TOO_WIDE):
            yield f"it has to be scrolled sideways in the window: {where}: {wide}"
    page.set_viewport_size(USUAL)


@pytest.mark.long("goes past everything; that each page has its content is asked by its own test")
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("looks", LOOKS.values(), ids=LOOKS)
def test_everything_can_be_reached_and_read(looks: Looks, open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    folder = tmp_path / "reviews"
    folder.mkdir()
    fill_folder(folder)
    GALLERY.mkdir(parents=True, exist_ok=True)
    desk = open_desk(folder, own=True, settings=looks.settings, language=looks.language)
    fill_workspace(desk)
    fill_endpoint(desk)
    paint(desk.window, looks, next(iter(looks.pictures.values())))
    uri = desk.scoredock("service", "show", "prices")["scoringUri"]
    with callers(uri) as quiet:
        walk = Walk(desk, Words(looks.language), quiet.set)
        walk_past(walk, looks)


def walk_past(walk: Walk, looks: Looks) -> None:
    desk, folder = walk.desk, walk.desk.folder
    desk.window.side.show("Scoredock")
    desk.window.side.wait_row(walk.view("services"), "reviews", timeout=60)
    with pytest.raises(AssertionError, match="no such weights"):
        desk.scoredock("service", "deploy", "broken", "--entry-script", str(folder / "broken.py"))
    desk.window.notices.clear()
    stops = [stop for stop in walk.stops() if not CHOSEN or stop[0].startswith(tuple(CHOSEN))]
    faults = [fault for stop in stops for fault in visit(walk, stop, looks)]
    assert faults == [], "\n".join(faults)


def visit(walk: Walk, stop: Stop, looks: Looks) -> list[str]:
    """What is wrong at one place; a place that cannot be reached is wrong, and the walk goes on."""
    name, go = stop
    faults: list[str] = []
    try:
        go()
        picture(walk.window, looks, name)
        if name.startswith("page-"):
            faults = [f"{name}: {fault}" for fault in faults_of_a_page(walk.window)]
    except (AssertionError, Error) as error:
        faults = [f"{name}: {type(error).__name__}: {str(error)[:600]}"]
        walk.window.page.screenshot(path=str(GALLERY / f"{name}.{looks.language}failed.png"))
    try:
        walk.leave()
    except (AssertionError, Error) as error:
        faults.append(f"{name}: cannot be left: {str(error)[:300]}")
    return faults
