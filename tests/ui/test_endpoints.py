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
from playwright.sync_api import Frame, Locator

from request_menu import press_more
from workbench import Window, fill, serious_faults, until

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
    window.side.choose("Services", "prices-blue", "Add to Endpoint…")
    window.quick.answer("prices")
    window.quick.answer("blue")
    window.side.wait_row("Services", "prices", "Endpoint", timeout=30)
    window.side.wait_row("Services", "blue", "100% · default · Healthy")
    frame = window.webview("Traffic in %")
    assert "blue is the only version and gets all requests" in frame.locator("main").inner_text()
    assert who(desk, 3) == {"blue": 3}

    frame.get_by_role("button", name="Add Version…").click()
    window.quick.pick("prices-green")
    window.quick.answer("green")
    window.side.wait_row("Services", "green", "0% · Healthy")
    wait_shown(frame, "green", "0")
    assert frame.get_by_role("button", name="Apply…").is_disabled()
    assert frame.get_by_role("button", name="Promote green", exact=True).count() == 1, "as a screen reader says it"

    # What does not add up is refused with one sentence, and what was typed stays.
    fill(share_of(frame, "green"), "130")
    assert "more than 100%" in frame.locator("main").inner_text()
    frame.get_by_role("button", name="Apply…").click()
    window.notices.wait("cannot be negative or greater than 100")
    window.notices.clear()
    assert share_of(frame, "green").input_value() == "130"
    assert shares(desk) == {"blue": 100, "green": 0}

    # What happens is shown first.
    fill(share_of(frame, "green"), "40")
    wait_shown(frame, "blue", "60")
    frame.get_by_role("button", name="Apply…").click()
    told = window.notices.dialog("Change Traffic")
    assert "blue: 100% → 60%" in told
    assert "green: 0% → 40%" in told
    window.side.wait_row("Services", "green", "40% · Healthy")
    assert shares(desk) == {"blue": 60, "green": 40}
    assert set(who(desk, 60)) == {"blue", "green"}

    window.side.choose("Services", "prices", "Mirror Traffic…")
    window.quick.pick("green")
    window.quick.answer("50")
    assert "50% of the requests to green" in window.notices.dialog("Mirror Traffic")
    window.side.wait_row("Services", "green", "copies 50%")
    who(desk, 30)
    until(lambda: "Different Responses" in frame.locator("main").inner_text(), "differences", timeout=30)
    assert serious_faults(frame) == []
    desk.picture("endpoint")
    frame.get_by_role("heading", name="Different Responses").evaluate("heading => heading.scrollIntoView()")
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
    window.side.wait_row("Services", "green", "100% · default")
    assert who(desk, 5) == {"green": 5}
    frame = page_of(desk)
    share = share_of(frame, "blue")
    share.focus()
    erase(window, share)
    window.page.keyboard.type("100")
    window.page.keyboard.press("Enter")
    window.notices.dialog("Change Traffic")
    until(lambda: shares(desk) == {"blue": 100, "green": 0}, "blue has all of it")


def erase(window: Window, field: Locator) -> None:
    """By the keys of a person. Ctrl+A would be done twice: the editor selects all in its pages once more, a while
    later."""
    window.page.keyboard.press("End")
    for _ in field.input_value():
        window.page.keyboard.press("Backspace")


def limits_of(desk: Desk, version: str) -> dict[str, int] | None:
    found = next(each for each in endpoint(desk)["versions"] if each["name"] == version)
    limits: dict[str, int] | None = found["limits"]
    return limits


@pytest.mark.long("tests/deploy sets limits at the gate, and the life of an endpoint by mouse is above")
def test_limits_are_set_by_mouse_and_by_keyboard_and_are_shown_first(desk: Desk) -> None:
    window = desk.window
    desk.scoredock("endpoint", "promote", "prices", "blue")
    frame = page_of(desk)
    errors = frame.get_by_label("green: Errors above %")
    errors.wait_for()
    apply = frame.get_by_role("button", name="Apply Limits…")
    assert apply.is_disabled()
    fill(errors, "150")
    apply.click()
    window.notices.wait("green cannot be withdrawn above 150% errors; 1 to 99% can be set")
    assert errors.input_value() == "150", "what was typed stays"
    errors.focus()
    erase(window, errors)
    window.page.keyboard.type("5")
    window.page.keyboard.press("Tab")
    window.page.keyboard.type("5")
    # A part above it is drawn anew meanwhile.
    counts = frame.locator("main").inner_text()
    who(desk, 1)
    until(lambda: frame.locator("main").inner_text() != counts, "the page counts the response", timeout=30)
    window.page.keyboard.type("00")
    window.page.keyboard.press("Enter")
    told = window.notices.dialog("Change Limits")
    assert "green: withdrawn above 5% errors, or above 500 ms (95th percentile), of at least 20 responses" in told
    until(lambda: limits_of(desk, "green") is not None, "the limits")
    assert limits_of(desk, "green") == {"errors": 5, "milliseconds": 500, "seconds": 60, "requests": 20}
    assert serious_faults(frame) == []
    frame.get_by_role("heading", name="Automatic Withdrawal").evaluate("heading => heading.scrollIntoView()")
    desk.picture("endpoint-limits")

    # From the row, without the page.
    window.side.choose("Services", "green", "Withdraw Automatically…")
    for answer in ("", "", "60", "20"):
        window.quick.answer(answer)
    assert "green: not withdrawn automatically" in window.notices.dialog("Change Limits")
    until(lambda: limits_of(desk, "green") is None, "no limits")
    wait_shown(frame, "green", "0")
    until(lambda: errors.input_value() == "", "the page shows that there is none")


@pytest.mark.long("a service more; tests/runtime/test_mirror.py has the router's side at the gate")
def test_a_version_that_dies_under_copies_is_told_and_callers_do_not_notice(desk: Desk) -> None:
    window = desk.window
    script = desk.folder / "score_dies.py"
    script.write_text("import os\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    os.kill(os.getpid(), 9)\n")
    desk.scoredock("service", "deploy", "prices-dies", "--entry-script", str(script))
    window.side.wait_row("Services", "prices-dies", "Healthy", timeout=60)
    window.side.choose("Services", "prices-dies", "Add to Endpoint…")
    window.quick.pick("prices")
    window.quick.answer("dies")
    window.side.wait_row("Services", "dies", "0%")
    desk.scoredock("service", "traffic", "prices", "--mirror", "dies=50")
    frame = page_of(desk)
    assert who(desk, 40) == {"blue": 40}
    until(
        lambda: (
            "copies of requests to dies got no response. Clients do not notice it."
            in frame.locator("main").inner_text()
        ),
        "the page tells of the copies",
        timeout=30,
    )
    desk.picture("endpoint-copies-fail")
    desk.scoredock("endpoint", "delete-version", "prices", "dies")
    desk.scoredock("service", "delete", "prices-dies")


def test_a_change_by_somebody_else_refuses_the_one_under_way(desk: Desk) -> None:
    window = desk.window
    desk.scoredock("endpoint", "promote", "prices", "green")
    frame = page_of(desk)
    wait_shown(frame, "green", "100")
    fill(share_of(frame, "blue"), "30")
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
    fill(frame.locator("#body"), "{}")
    frame.get_by_role("button", name="Send", exact=True).click()
    until(lambda: "200" in frame.locator("body").inner_text(), "an answer")
    assert sum(each["answered"] for each in endpoint(desk)["versions"]) == before + 1


@pytest.mark.long("tests/deploy/test_endpoints.py deletes such a service at the gate")
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
    press_more(frame, "Delete Endpoint")
    window.notices.dialog("Delete")
    until(lambda: "The endpoint prices was deleted" in frame.locator("body").inner_text(), "the page says so")
    assert desk.scoredock("endpoint", "list")["endpoints"] == []
