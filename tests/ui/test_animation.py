"""The first minute as the README shows it: from a model file and a script to an answer, filmed in the real editor."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desks import PICTURES
from recording import recording
from workbench import until, until_contains

if TYPE_CHECKING:
    from desks import Desk

LARGEST = 2_500_000
"""Bytes; a README is opened on slow lines as well."""


@pytest.mark.long("a film for the README; what it shows is asked in test_first_deployment.py")
def test_the_first_minute(open_desk: Callable[..., Desk], textbook: Path, tmp_path: Path) -> None:
    desk = open_desk(textbook)
    window = desk.window
    window.editor.open("score.py")
    until_contains(window.editor.lenses, "Deploy")
    window.page.set_viewport_size({"width": 1200, "height": 880})
    badges = window.page.locator(".activitybar .badge:visible")
    until(lambda: badges.count() == 0, "the extension to be at rest")
    with recording(window.page) as film:
        window.page.wait_for_timeout(800)  # a look at the script
        film.click(window.page.locator(".codelens-decoration a", has_text="Deploy").first)
        window.quick.wait("Deploy score.py", timeout=60)
        window.page.wait_for_timeout(1500)  # a look at the summary
        film.click(window.page.locator(".quick-input-list .monaco-list-row").first)
        panel = window.webview("Send")
        until(lambda: "data" in panel.locator("#body").input_value(), "a sample body", timeout=150)
        window.press("Control+j")  # the log makes room for the answer
        window.page.wait_for_timeout(800)  # a look at the request
        film.click(panel.locator("#send"))
        until(lambda: "200" in panel.locator("#summary").inner_text(), "a right answer")
        window.page.wait_for_timeout(800)
    target = PICTURES / "first-minute.gif" if os.environ.get("SCOREDOCK_SHOTS") else tmp_path / "first-minute.gif"
    film.save(target)
    assert len(film.pictures) > 20
    assert target.stat().st_size < LARGEST
