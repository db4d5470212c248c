"""Themes of high contrast: everything on a page can be read and reached there, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from workbench import Window, fill, serious_faults, until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Frame

    from desks import Desk

SCRIPT = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)['data'])\n"
UNSEEN = """() => {
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (colour !== 'rgba(0, 0, 0, 0)') return colour;
    }
    return getComputedStyle(document.documentElement).getPropertyValue('--vscode-editor-background');
  };
  const own = element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== '');
  return [...document.body.querySelectorAll('*')]
    .filter(element => element.checkVisibility() && own(element))
    .filter(element => getComputedStyle(element).color === behind(element))
    .map(element => element.outerHTML.slice(0, 120));
}"""
"""Texts in the very colour of what is behind them, which axe leaves to people."""


MARK = """row => [row.querySelector('.custom-view-tree-node-item-icon'), row.querySelector('.label-name')]
  .map(part => getComputedStyle(part).color)"""
"""The colours of a row's icon and of its words."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "score.py").write_text(SCRIPT)
    return tmp_path


def check(frame: Frame) -> None:
    assert serious_faults(frame) == []
    assert frame.evaluate(UNSEEN) == []


def documentation(window: Window) -> Frame:
    window.quick.run_command("Scoredock: Open Documentation")
    frame = window.webview("Scoredock user guide")
    frame.locator("article a", has_text="Getting started").first.click()
    frame.locator("article h1", has_text="Getting started").wait_for()
    return frame


def answered_request(window: Window) -> Frame:
    window.side.press_inline("Services", "adder", "Send Request")
    frame = window.webview("Send")
    for body, status in (('{"data": "x"}', "500"), ('{"data": [1, 2]}', "200")):
        fill(frame.locator("#body"), body)
        frame.locator("#body").press("Control+Enter")
        until(lambda status=status: status in frame.locator("#summary").inner_text(), f"an answer {status}")
        check(frame)
    return frame


def details(window: Window) -> Frame:
    window.side.row("Services", "adder").click()
    frame = window.webview("Scoring URI")
    frame.locator("h2", has_text="Overview").wait_for()
    return frame


def computer(window: Window) -> Frame:
    window.quick.run_command("Scoredock: Check This Computer")
    frame = window.webview("Package installer")
    frame.locator("section.check").nth(5).wait_for()
    return frame


def log(window: Window) -> Frame:
    window.quick.do("Service", "broken", "Open Log Page")
    frame = window.webview("no weights")
    assert frame.locator(".level.error").first.evaluate(
        "one => getComputedStyle(one).color !== getComputedStyle(document.body).color"
    ), "an error in its colour"
    return frame


@pytest.mark.long("themes that few use; each page is looked at in a dark and a light one by its own test")
def test_every_kind_of_page_can_be_read(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    desk.scoredock("service", "deploy", "adder", "--entry-script", str(project / "score.py"))
    (project / "broken.py").write_text(SCRIPT.replace("pass", "raise RuntimeError('no weights')"))
    with pytest.raises(AssertionError, match="no weights"):
        desk.scoredock("service", "deploy", "broken", "--entry-script", str(project / "broken.py"))
    window.side.show("Scoredock")
    window.side.wait_row("Services", "adder", "Healthy", timeout=60)
    window.side.wait_row("Services", "broken", "Failed")
    for theme in ("Light High Contrast", "Dark High Contrast"):
        window.choose_theme(theme)
        failed = window.side.row("Services", "broken")
        until(lambda failed=failed: len(set(failed.evaluate(MARK))) == 2, "the failure in its colour")
        for show in (documentation, answered_request, details, computer, log):
            check(show(window))
            window.quick.run_command("View: Close All Editors")
