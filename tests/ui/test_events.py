"""Events by mouse: a webhook subscribes, gets what happens, fails, and is deleted; a program; the audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from events.receivers import Receiver, listening
from workbench import serious_faults, until, until_equal

if TYPE_CHECKING:
    from desks import Desk

VIEW = "Workspaces"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as each:
        yield each


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    folder = tmp_path / "diabetes"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"weights")
    (folder / "take.py").write_text("import pathlib, sys\npathlib.Path('taken.json').write_text(sys.stdin.read())\n")
    desk = open_desk(folder)
    side = desk.window.side
    side.show("Scoredock")
    for view in ("Models", "Services", "Environments"):
        side.fold_pane(view)
    side.open_pane(VIEW)
    side.wait_row(VIEW, "local", timeout=60)
    return desk


def register(desk: Desk, name: str = "diabetes") -> None:
    desk.scoredock("model", "register", "model.bin", "--name", name)


def clipboard(desk: Desk) -> str:
    return str(desk.window.page.evaluate("navigator.clipboard.readText()"))


def begin(desk: Desk, kind: str) -> None:
    desk.window.quick.wait("Who gets events")
    desk.window.quick.pick(kind)


def test_a_webhook_is_subscribed_followed_and_deleted(desk: Desk, receiver: Receiver) -> None:
    window, side, quick = desk.window, desk.window.side, desk.window.quick
    side.expand(VIEW, "Events")
    side.wait_row(VIEW, "Nobody gets events yet.")
    desk.picture("events-none")
    side.press_inline(VIEW, "Events", "Subscribe to Events…")
    begin(desk, "Webhook")
    quick.answer(receiver.url)
    quick.wait("What is sent")
    quick.pick("CloudEvents 1.0")
    quick.wait("Which events")
    quick.pick("ModelRegistered", stays=True)
    quick.press_ok()
    quick.wait("Only subjects")
    quick.answer("models/")
    quick.answer("ci")
    said = window.notices.dialog("Copy Secret")
    (secret,) = [word for word in said.split() if word.startswith("whsec_")]
    until(lambda: clipboard(desk) == secret, "the secret, in place of what was copied before")
    assert [each.method for each in receiver.requests] == ["OPTIONS"], "it was asked whether it agrees"
    assert all(secret not in log.read_text(errors="replace") for log in desk.server.log_files())
    window.notices.press("gets events from now on", "Send Test Event")
    window.notices.wait("has taken a test event")
    window.notices.clear()
    side.wait_row(VIEW, "ci", "delivered: 0")

    register(desk)
    receiver.await_that(lambda events: any(each["subject"] == "models/diabetes:1" for each in events))
    side.wait_row(VIEW, "ci", "delivered: 1")
    assert "ModelRegistered, models/…" in side.tooltip(VIEW, "ci", "Last delivery")

    # Away: what waits is counted while it waits, with the reason.
    receiver.away()
    register(desk)
    side.wait_row(VIEW, "ci", "waiting: 1, not taken at the moment")
    side.choose(VIEW, "ci", "Show Details")
    frame = window.webview("Subscription to events")
    page = frame.locator("body")
    until(lambda: "cannot be reached" in page.inner_text(), "the reason")
    said = page.inner_text()
    for words in ("models/diabetes:2", "CloudEvents 1.0", "Last Failed Attempts", receiver.url):
        assert words in said
    assert secret not in said
    assert serious_faults(frame) == []
    desk.picture("page-subscription-away")
    side.choose(VIEW, "ci", "Send Test Event")
    window.notices.wait("cannot be reached")
    window.notices.clear()
    receiver.back()
    side.wait_row(VIEW, "ci", "delivered: 2", timeout=60)
    until(lambda: "delivered: 2" in page.inner_text(), "the page to follow")

    # It wants nothing more, and then again.
    receiver.behaviour.status = 410
    register(desk)
    side.wait_row(VIEW, "ci", "paused", timeout=60)
    desk.picture("events-paused")
    receiver.behaviour.status = 200
    side.choose(VIEW, "ci", "Resume")
    side.wait_row(VIEW, "ci", "delivered: 3", timeout=60)
    desk.picture("page-subscription")

    side.choose(VIEW, "ci", "Delete…")
    assert "gets no more events" in window.notices.dialog("Delete")
    side.wait_row(VIEW, "Nobody gets events yet.")
    until(lambda: "was deleted" in page.inner_text(), "the page of a deleted subscription")


def test_who_does_not_agree_is_asked_about_and_a_program_is_told(desk: Desk, receiver: Receiver) -> None:
    window, side, quick = desk.window, desk.window.side, desk.window.quick
    receiver.behaviour.allowed = ""
    side.expand(VIEW, "Events")
    side.press_inline(VIEW, "Events", "Subscribe to Events…")
    begin(desk, "Webhook")
    quick.answer(receiver.url)
    quick.pick("CloudEvents 1.0")
    quick.wait("Which events")
    quick.press_ok()
    quick.wait("Only subjects")
    quick.answer("")
    quick.answer("own")
    assert "has not agreed to get events" in window.notices.dialog("Subscribe All the Same")
    window.notices.dialog("Copy Secret")
    window.notices.wait("gets events from now on")
    window.notices.clear()
    side.wait_row(VIEW, "own", "delivered: 0")

    side.press_inline(VIEW, "Events", "Subscribe to Events…")
    begin(desk, "Program")
    quick.answer("python3 'take.py'")
    quick.wait("Which events")
    quick.press_ok()
    quick.wait("Only subjects")
    quick.answer("")
    quick.answer("note")
    window.notices.wait("python3 take.py gets events from now on")
    window.notices.clear()
    register(desk)
    until(
        lambda: (desk.folder / "taken.json").exists() and (desk.folder / "taken.json").read_text(),
        "the event",
        timeout=60,
    )
    side.wait_row(VIEW, "note", "delivered: 1")
    desk.picture("events-two")


def test_the_audit_log_says_who_did_what(desk: Desk) -> None:
    window, side, quick = desk.window, desk.window.side, desk.window.quick
    side.choose(VIEW, "local", "Show Audit Log")
    frame = window.webview("Who did what, when")
    page = frame.locator("body")
    until(lambda: "Nothing is noted yet." in page.inner_text(), "an empty log")
    desk.picture("page-audit-empty")

    register(desk)
    until(lambda: "models/diabetes:1" in page.inner_text(), "the page to follow")
    register(desk, "prices")
    until(lambda: "models/prices:1" in page.inner_text() and "Whole" in page.inner_text(), "the check of the log")
    assert "command line" in page.inner_text()
    assert serious_faults(frame) == []
    desk.picture("page-audit")

    page.get_by_role("button", name="Filter…").click()
    quick.answer("prices")
    until(lambda: "models/diabetes:1" not in page.inner_text(), "the filter")
    assert "models/prices:1" in page.inner_text()
    desk.picture("page-audit-filtered")
    page.get_by_role("button", name="Show All Changes").click()
    until(lambda: "models/diabetes:1" in page.inner_text(), "all changes")
    page.get_by_role("link", name="models/diabetes:1").click()
    until(lambda: "models/prices:1" not in page.inner_text(), "the changes of one thing")

    segment = next((desk.home / "workspaces" / "local" / "audit").glob("*.jsonl"))
    segment.write_text(segment.read_text().replace("models/prices:1", "models/prices:7"))
    page.get_by_role("button", name="Show All Changes").click()
    until(lambda: "models/prices:7" in page.inner_text(), "all changes")
    page.get_by_role("button", name="Check Again").click()
    until_equal(lambda: "Broken" in page.inner_text(), True)
    assert "edited, removed or cut off" in page.inner_text()
    desk.picture("page-audit-broken")


def test_a_subscription_of_a_backup_goes_on_with_its_whole_address(desk: Desk, receiver: Receiver) -> None:
    window, side, quick = desk.window, desk.window.side, desk.window.quick
    address = f"{receiver.url}?code=hidden"
    desk.scoredock("event", "subscribe", "ci", "--url", address)
    desk.scoredock("workspace", "backup", "all.tar")
    desk.scoredock("workspace", "restore", "all.tar", "--name", "copy", "--use")
    side.wait_row(VIEW, "copy")
    side.expand(VIEW, "Events")
    side.wait_row(VIEW, "ci", "paused", timeout=60)
    side.choose(VIEW, "ci", "Resume")
    quick.wait("The whole address")
    quick.answer(address)
    said = window.notices.dialog("Copy Secret")
    (secret,) = [word for word in said.split() if word.startswith("whsec_")]
    until(lambda: clipboard(desk) == secret, "the secret, in place of what was copied before")
    side.wait_row(VIEW, "ci", "delivered:", timeout=60)
    register(desk)
    receiver.await_that(lambda events: any(each["subject"] == "models/diabetes:1" for each in events))
    side.choose(VIEW, "ci", "Pause")
    side.wait_row(VIEW, "ci", "paused")
