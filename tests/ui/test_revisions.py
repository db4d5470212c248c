"""The way back in the editor: the page of kept revisions, Roll Back and Compare by mouse and keyboard."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, Frame

from workbench import Window, serious_faults, until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
def init():
    print("up")


def run(data):
    return {number}
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window with a service of two revisions, the first of a commit."""
    folder = tmp_path_factory.mktemp("revisions")
    script, weights = folder / "score.py", folder / "weights.bin"
    script.write_text(SCRIPT.format(number=1))
    desk = open_shared_desk(folder, settings={"scoredock.services.reloadOnSave": False})
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.invalid", "-C", str(folder)]
    for number in (1, 2):
        script.write_text(SCRIPT.format(number=number))
        weights.write_bytes(b"weights %d" % number)
        desk.scoredock("model", "register", str(weights), "--name", "weights")
        if number == 1:
            for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "one"]):
                subprocess.run([*git, *words], check=True)
            desk.scoredock("service", "deploy", "prices", "--entry-script", str(script), "--model", "weights:1")
        else:
            desk.scoredock("service", "update", "prices", "--model", "weights:2", "--env", "CURRENCY=EUR")
    side = desk.window.side
    side.show("Scoredock")
    side.wait_row("Services", "prices", "Healthy", timeout=60)
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    return tidy(shared)


def page(window: Window, title: str) -> Frame:
    """The page with this heading."""

    def matching_frame() -> Frame | None:
        for frame in window.page.frames[1:]:
            with contextlib.suppress(Error):  # a frame may go while it is looked at
                if frame.locator("h1", has_text=title).count() and frame.locator("h2").count():
                    return frame
        return None

    frame = until(matching_frame, f"a page about {title}", timeout=20)
    assert frame is not None
    return frame


def answer(desk: Desk) -> str:
    return str(desk.scoredock("service", "call", "prices", "--data", "1")["body"])


def test_the_page_lists_compares_and_goes_back(desk: Desk) -> None:
    window = desk.window
    window.side.show("Scoredock")
    window.side.choose("Services", "prices", "Revisions")
    frame = page(window, "Revisions of prices")
    rows = frame.locator("tbody tr")
    until(lambda: rows.count() == 2, "both revisions")
    assert "current" in rows.nth(0).inner_text()
    assert "main" in rows.nth(1).inner_text()
    assert serious_faults(frame) == []
    desk.picture("revisions")
    window.toggle_theme()
    assert serious_faults(frame) == []
    desk.picture("revisions-other-theme")
    window.toggle_theme()

    rows.nth(1).get_by_role("button", name="Compare").click()
    comparison = page(window, "Revisions 1 and 2 of prices")
    told = comparison.locator("body").inner_text()
    assert "CURRENCY" in told
    assert "+    return 2" in told
    assert serious_faults(comparison) == []
    desk.picture("revisions-compared")
    comparison.get_by_role("button", name="Show Revisions").click()

    frame = page(window, "Revisions of prices")
    frame.locator("tbody tr").nth(1).get_by_role("button", name="Roll Back").click()
    window.notices.wait("prices serves revision 1 again, as revision 3", timeout=60)
    assert answer(desk) == "1"
    until(lambda: frame.locator("tbody tr").count() == 3, "the page follows")
    desk.picture("revisions-rolled-back")


def test_the_keyboard_alone_goes_back(desk: Desk) -> None:
    window = desk.window
    before = answer(desk)
    window.quick.ask("Scoredock: Service…", "Service | What to do with prices")
    window.page.keyboard.type("Roll Back")
    until(lambda: "Roll Back" in window.quick.labels(), "the verb")
    window.quick.accept()
    window.notices.wait("prices serves revision 2 again", timeout=60)
    assert answer(desk) != before
