"""Pages of details: what they show and offer, that they follow, survive and fit, and what a screen reader meets."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, Frame, Locator

from seeding import tracking_store
from workbench import Window, serious_faults, until, until_contains

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
import json


def init():
    print("up")


def run(data):
    return sum(json.loads(data)["data"])
"""
BROKEN = SCRIPT.replace('print("up")', 'raise RuntimeError("no such weights")')
NARROW, USUAL = {"width": 830, "height": 900}, {"width": 1400, "height": 900}
"""With the side bar, a page of the narrow window is 500 pixels wide."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window on a project with one of each thing that has a page."""
    folder = tmp_path_factory.mktemp("pages")
    model = folder / "sentiment"
    model.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "small.txt").write_text("six==1.16.0\n")
    (folder / "rows.txt").write_text('{"data": [1, 2]}\n{"data": [3]}\n')
    tracking_store(folder)
    desk = open_shared_desk(folder)
    (model / "weights.bin").write_bytes(b"\0weights")
    for number, layers in enumerate((2, 3), 1):
        (model / "settings.yml").write_text(f"layers: {layers}\n")
        words = ("--tag", f"stage=try-{number}", "--tag", "language=en", "-d", "Tells good reviews from bad ones.")
        desk.scoredock("model", "register", str(model), "--name", "sentiment", *words)
    desk.scoredock("environment", "register", str(folder / "small.txt"), "--name", "small")
    desk.scoredock("image", "register", "boxed", "registry.example/team/boxed:3", "-m", "sentiment:1")
    script = str(folder / "score.py")
    desk.scoredock("service", "deploy", "reviews", "--entry-script", script, "--model", "sentiment:1")
    side = desk.window.side
    side.show("Scoredock")
    side.wait_row("Services", "reviews", "Healthy", timeout=60)
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    desk = tidy(shared)
    desk.window.page.set_viewport_size(USUAL)
    side = desk.window.side
    side.show("Scoredock")
    for view in ("Models", "Services"):
        side.open_pane(view)
    return desk


def page(window: Window, title: str, timeout: float = 20) -> Frame:
    """The page with this heading."""

    def matching_frame() -> Frame | None:
        for frame in window.page.frames[1:]:
            # A frame may go while it is looked at.
            with contextlib.suppress(Error):
                if frame.locator("h1", has_text=title).count() and frame.locator("h2").count():
                    return frame
        return None

    frame = until(matching_frame, f"a page about {title}", timeout=timeout)
    assert frame is not None
    return frame


def look(desk: Desk, frame: Frame, name: str) -> None:
    """Nobody is kept out, and nothing has to be scrolled sideways in half a window."""
    window = desk.window
    assert serious_faults(frame) == []
    window.toggle_theme()
    assert serious_faults(frame) == []
    window.toggle_theme()
    desk.picture(f"page-{name}")
    window.page.set_viewport_size(NARROW)
    until(lambda: 400 < frame.evaluate("innerWidth") < 540, "half a window")
    assert frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    desk.picture(f"page-{name}-narrow")
    window.page.set_viewport_size(USUAL)


def text(frame: Frame) -> str:
    return frame.locator("body").inner_text()


def press(frame: Frame, label: str) -> None:
    frame.get_by_role("button", name=label, exact=True).click()


@pytest.mark.long("test_one_truth.py has the page of a service at the gate, test_services.py a reload")
def test_the_page_of_a_service_follows_it_and_survives_a_reload(desk: Desk) -> None:
    window = desk.window
    window.side.row("Services", "reviews").click()
    shown = page(window, "reviews")
    until_contains(lambda: text(shown), "Healthy")
    assert serious_faults(shown) == []
    assert "page.md" not in window.editor.tabs()
    uri = desk.scoredock("service", "show", "reviews")["scoringUri"]
    press(shown, f"Copy {uri}")
    until(lambda: window.page.evaluate("navigator.clipboard.readText()") == uri, "the address to be copied")

    # One main button and two beside it; the rest is in the menu, and what destroys is at its end.
    assert shown.locator("#actions > button").all_inner_texts() == ["Send Request", "Open Log", "Stop"]
    more = shown.get_by_role("button", name="More Actions…")
    more.press("ArrowUp")
    until(lambda: shown.evaluate("document.activeElement.textContent") == "Delete…", "the last command")
    assert serious_faults(shown) == []
    # The mouse takes the mark along: there is one at a time.
    items = shown.get_by_role("menuitem")
    items.first.hover()
    until(lambda: marked(items) == [items.first.inner_text()], "the command below the mouse to be marked")
    window.press("ArrowDown")
    until(lambda: marked(items) == [items.nth(1).inner_text()], "the command of the keyboard to be marked")
    window.press("Escape")
    assert more.evaluate("button => button === document.activeElement"), "the button has the keyboard again"
    assert shown.get_by_role("menuitem").count() == 0

    # By the keyboard alone, from the first button on.
    shown.get_by_role("button", name="Send Request").focus()
    window.press("Tab")
    window.press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "Stop"
    window.press("Enter")
    until_contains(lambda: text(shown), "Stopped")
    assert shown.get_by_role("button", name="Start", exact=True).count() == 1
    assert shown.get_by_role("button", name="Stop", exact=True).count() == 0

    window.reload()
    shown = page(window, "reviews")
    until_contains(lambda: text(shown), "Stopped")
    press(shown, "Start")
    until_contains(lambda: text(shown), "Healthy", timeout=60)

    desk.scoredock("service", "deploy", "second", "--entry-script", str(desk.folder / "score.py"))
    window.side.show("Scoredock")
    window.side.wait_row("Services", "second", "Healthy", timeout=60)
    window.side.row("Services", "second").click()
    shown = page(window, "second")
    desk.scoredock("service", "delete", "second")
    until_contains(lambda: text(shown), "The service second was deleted.")
    window.reload()
    gone = window.webview("The service second was deleted.")
    gone.get_by_role("button", name="Close").click()
    until(lambda: not any("second" in (tab or "") for tab in titles(window)), "the page to close")


def marked(items: Locator) -> list[str]:
    """What looks chosen in a menu."""
    found: list[str] = items.evaluate_all(
        "all => all.filter(one => getComputedStyle(one).backgroundColor !== 'rgba(0, 0, 0, 0)')"
        ".map(one => one.innerText)"
    )
    return found


def titles(window: Window) -> list[str]:
    return window.page.locator(".part.editor .tab").all_inner_texts()


@pytest.mark.long("the page of a service is looked at at the gate, test_model_verbs.py has one of a model")
def test_pages_for_all_eyes_and_half_a_window(desk: Desk) -> None:
    window, side = desk.window, desk.window.side
    side.row("Services", "reviews").click()
    shown = page(window, "reviews")
    until_contains(lambda: text(shown), "Healthy")
    look(desk, shown, "service")

    side.expand("Models", "sentiment")
    side.row("Models", "v2").click()
    look(desk, page(window, "sentiment:2"), "model")

    side.row("Models", "v1").click()
    shown = page(window, "sentiment:1")
    assert "try-2" in text(shown), "the other version, with its tags"
    # A page that was only passed gives its place to the next one.
    assert sum("sentiment" in title for title in titles(window)) == 1
    shown.get_by_role("link", name="reviews").first.click()
    page(window, "reviews")

    side.choose("Models", "v2", "Compare…")
    window.quick.wait("Compare sentiment:2 with")
    window.quick.accept()
    shown = page(window, "sentiment:1 and sentiment:2")
    look(desk, shown, "comparison")
    press(shown, "Show sentiment/settings.yml Side by Side")
    window.page.locator(".part.editor .monaco-diff-editor").first.wait_for()

    side.choose("Services", "reviews", "Profile…")
    window.quick.wait("Profile reviews")
    window.quick.pick("Rows of a File…")
    window.quick.wait("File with Request Bodies")
    window.quick.choose_path(str(desk.folder / "rows.txt"))
    shown = page(window, "Profile of reviews")
    assert "200 of 200 requests successful" in text(shown)
    look(desk, shown, "profile")


@pytest.mark.long("it measures for a minute; what the page says is unit-tested, the search is tested by the terminal")
def test_the_smallest_size_is_found_and_written(desk: Desk) -> None:
    window, side = desk.window, desk.window.side
    side.open_pane("Services")
    side.choose("Services", "reviews", "Find Size…")
    window.quick.wait("Size of reviews")
    window.quick.pick("Rows of a File…")
    window.quick.wait("File with Request Bodies")
    window.quick.choose_path(str(desk.folder / "rows.txt"))
    for question, typed in (("Requests per second", "40"), ("Milliseconds", "200"), ("Per cent", "95")):
        window.quick.wait(question)
        window.quick.fill(typed)
        window.quick.accept()
    shown = page(window, "Size of reviews", timeout=600)
    until_contains(lambda: text(shown), "Latency against Rate")
    look(desk, shown, "size")
    shown.get_by_role("heading", name="Latency against Rate").evaluate("heading => heading.scrollIntoView()")
    shown.evaluate("window.scrollBy(0, 500)")
    desk.picture("page-size-charts")
    press(shown, "Use This Size")
    window.notices.wait("The next update of reviews gets", timeout=30)


@pytest.mark.long("the page of a service is looked at at the gate, those of environments and runs by their own tests")
def test_pages_of_what_a_workspace_holds(desk: Desk) -> None:
    window, side = desk.window, desk.window.side
    side.fold_pane("Services")
    side.open_pane("Environments")
    side.row("Environments", "small:1").click()
    shown = page(window, "small:1")
    press(shown, "Build")
    until_contains(lambda: text(shown), "Installed Packages", timeout=60)
    window.notices.clear()
    look(desk, shown, "environment")

    side.expand("Environments", "Images")
    side.row("Environments", "boxed:1").click()
    look(desk, page(window, "boxed:1"), "image")

    for row in ("Runs", "mlruns", "trees"):
        side.expand("Models", row)
    side.row("Models", "shallow-owl").click()
    shown = page(window, "shallow-owl")
    assert "0.8125" in text(shown)
    look(desk, shown, "run")


@pytest.mark.long("what a page of a failure says is unit-tested, test_service_verbs.py lets a service fail at the gate")
def test_the_page_of_a_service_that_fails_leads_to_the_line(desk: Desk) -> None:
    window = desk.window
    (desk.folder / "broken.py").write_text(BROKEN)
    window.editor.open("broken.py")
    window.quick.run_command("View: Close All Editors")
    with pytest.raises(AssertionError, match="no such weights"):
        desk.scoredock("service", "deploy", "broken", "--entry-script", str(desk.folder / "broken.py"))
    window.side.show("Scoredock")
    window.side.wait_row("Services", "broken", "Failed", timeout=60)
    window.side.row("Services", "broken").click()
    shown = page(window, "broken")
    until_contains(lambda: text(shown), "no such weights")
    look(desk, shown, "failure")
    press(shown, "Go to Line")
    window.page.locator(".tab.active", has_text="broken.py").wait_for()
    line = 1 + BROKEN.splitlines().index('    raise RuntimeError("no such weights")')
    window.status.wait(f"Ln {line}")
