"""Endpoints in the editor: their rows, their page, and changes of traffic by mouse and keyboard."""

from __future__ import annotations

import json
import os
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Frame

from workbench import serious_faults, until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
def init():
    pass


def run(data):
    return {answer!r}
"""
MARK = "azureml-model-deployment"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window with two services and no endpoint."""
    folder = tmp_path_factory.mktemp("prices")
    for name in ("blue", "green"):
        (folder / f"score_{name}.py").write_text(SCRIPT.format(answer=name))
    desk = open_shared_desk(folder)
    for name in ("blue", "green"):
        desk.scoredock("service", "deploy", f"prices-{name}", "--entry-script", str(folder / f"score_{name}.py"))
    side = desk.window.side
    side.show("Scoredock")
    side.wait_row("Services", "prices-green", "Healthy", timeout=60)
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    return tidy(shared)


def endpoint(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = desk.scoredock("endpoint", "show", "prices")
    return found


def shares(desk: Desk) -> dict[str, int]:
    return {each["name"]: each["share"] for each in endpoint(desk)["versions"]}


def who(desk: Desk, requests: int) -> Counter[str]:
    uri = endpoint(desk)["scoringUri"]
    found: Counter[str] = Counter()
    for _ in range(requests):
        with urllib.request.urlopen(urllib.request.Request(uri, b"{}"), timeout=20) as answer:
            found[json.loads(answer.read())] += 1
    return found


def share_of(frame: Frame, version: str) -> Any:
    return frame.get_by_label(f"Percent of the requests for {version}")


def wait_shown(frame: Frame, version: str, share: str) -> None:
    until(lambda: share_of(frame, version).input_value() == share, f"the page shows {share} for {version}")


def page_of(desk: Desk) -> Frame:
    desk.window.side.choose("Services", "prices", "Show Details")
    return desk.window.webview("Traffic in %")


def test_the_life_of_an_endpoint_by_mouse(desk: Desk) -> None:
    window = desk.window
    window.side.choose("Services", "prices-blue", "Create Endpoint from This Service…")
    window.quick.answer("prices")
    window.quick.answer("blue")
    window.side.wait_row("Services", "prices", "Endpoint", timeout=30)
    window.side.wait_row("Services", "blue", "100 % · default · Healthy")
    frame = window.webview("Traffic in %")
    assert who(desk, 3) == {"blue": 3}

    frame.get_by_role("button", name="Add Version…").click()
    window.quick.pick("prices-green")
    window.quick.answer("green")
    window.side.wait_row("Services", "green", "0 % · Healthy")
    wait_shown(frame, "green", "0")
    assert frame.get_by_role("button", name="Apply…").is_disabled()

    # What does not add up is refused with one sentence, and what was typed stays.
    share_of(frame, "green").fill("130")
    assert "more than 100 %" in frame.locator("main").inner_text()
    frame.get_by_role("button", name="Apply…").click()
    window.notices.wait("cannot be negative or greater than 100")
    assert share_of(frame, "green").input_value() == "130"
    assert shares(desk) == {"blue": 100, "green": 0}

    # What happens is shown first.
    share_of(frame, "green").fill("40")
    wait_shown(frame, "blue", "60")
    frame.get_by_role("button", name="Apply…").click()
    told = window.notices.dialog("Change Traffic")
    assert "blue: 100% → 60%" in told
    assert "green: 0% → 40%" in told
    window.side.wait_row("Services", "green", "40 % · Healthy")
    assert shares(desk) == {"blue": 60, "green": 40}
    assert set(who(desk, 60)) == {"blue", "green"}

    window.side.choose("Services", "prices", "Mirror Traffic…")
    window.quick.pick("green")
    window.quick.answer("50")
    assert "50% of the requests to green" in window.notices.dialog("Mirror Traffic")
    window.side.wait_row("Services", "green", "copies 50 %")
    who(desk, 30)
    until(lambda: "Different Responses" in frame.locator("main").inner_text(), "differences", timeout=30)
    assert serious_faults(frame) == []
    desk.picture("endpoint")
    frame.get_by_role("heading", name="Different Responses").scroll_into_view_if_needed()
    desk.picture("endpoint-differences")
    window.choose_theme("Dark High Contrast")
    assert serious_faults(frame) == []
    if os.environ.get("SCOREDOCK_SHOTS"):
        window.screenshot(Path(__file__).parent / "shots" / "gallery" / "endpoint-high-contrast.png")
    window.choose_theme("Dark Modern")


def test_the_keyboard_alone_promotes_and_goes_back(desk: Desk) -> None:
    window = desk.window
    window.quick.ask("Scoredock: Service…", "Service | Select a service or an action")
    window.page.keyboard.type("prices")
    until(lambda: window.quick.labels()[:1] == ["prices"], "the endpoint")
    window.quick.accept()
    window.page.keyboard.type("green")
    until(lambda: window.quick.labels()[:1] == ["green"], "its version")
    window.quick.accept()
    window.page.keyboard.type("Promote")
    until(lambda: window.quick.labels()[:1] == ["Promote"], "the verb")
    window.quick.accept()
    assert "Default version: blue → green" in window.notices.dialog("Promote")
    window.side.wait_row("Services", "green", "100 % · default")
    assert who(desk, 5) == {"green": 5}
    frame = page_of(desk)
    share_of(frame, "blue").focus()
    window.press("Control+A")
    window.page.keyboard.type("100")
    window.page.keyboard.press("Enter")
    window.notices.dialog("Change Traffic")
    until(lambda: shares(desk) == {"blue": 100, "green": 0}, "blue has all of it")


def test_a_change_by_somebody_else_refuses_the_one_under_way(desk: Desk) -> None:
    window = desk.window
    desk.scoredock("endpoint", "promote", "prices", "green")
    frame = page_of(desk)
    wait_shown(frame, "green", "100")
    share_of(frame, "blue").fill("30")
    frame.get_by_role("button", name="Apply…").click()
    window.page.locator(".monaco-dialog-box").wait_for()
    desk.scoredock("service", "traffic", "prices", "blue=55")
    window.notices.dialog("Change Traffic")
    window.notices.wait("was changed meanwhile: blue 55%, green 45%")
    assert shares(desk) == {"blue": 55, "green": 45}


def test_a_request_goes_to_the_endpoint(desk: Desk) -> None:
    window = desk.window
    before = sum(each["answered"] for each in endpoint(desk)["versions"])
    window.side.press_inline("Services", "prices", "Send Request")
    frame = window.webview("Send")
    frame.locator("#body").fill("{}")
    frame.get_by_role("button", name="Send", exact=True).click()
    until(lambda: "200" in frame.locator("body").inner_text(), "an answer")
    assert sum(each["answered"] for each in endpoint(desk)["versions"]) == before + 1


def test_a_deleted_service_is_told_and_the_version_can_go(desk: Desk) -> None:
    window = desk.window
    desk.scoredock("endpoint", "promote", "prices", "blue")
    frame = page_of(desk)
    desk.scoredock("service", "delete", "prices-green")
    until(
        lambda: "The service prices-green of version green was deleted" in frame.locator("main").inner_text(),
        "one sentence",
    )
    desk.picture("endpoint-service-deleted")
    window.side.wait_row("Services", "green", "Service deleted")
    frame.get_by_role("button", name="Delete Version").first.click()
    assert "green: 0% → removed" in window.notices.dialog("Delete Version")
    window.side.wait_gone("Services", "green")
    frame.get_by_role("button", name="Delete Endpoint").click()
    window.notices.dialog("Delete")
    until(lambda: "The endpoint prices was deleted" in frame.locator("body").inner_text(), "the page says so")
    assert desk.scoredock("endpoint", "list")["endpoints"] == []
