"""The life of a service by mouse and keyboard: deploy, watch, call, update, reload, stop, start, delete."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import Window, fill, until, until_contains, until_equal

if TYPE_CHECKING:
    from desks import Desk

NAME = "sklearn_regression_model"
ROWS = {"data": [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]]}


def post(uri: str) -> list[float]:
    """What any client gets."""
    body = json.dumps(ROWS).encode()
    request = urllib.request.Request(uri, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read())


def line_of(script: Path, text: str) -> int:
    """The first line with a text, counted from one."""
    return 1 + next(number for number, line in enumerate(script.read_text().splitlines()) if text in line)


def deploy_by_quick_pick(window: Window, service: str) -> None:
    """The lens above init(), and Enter on what is proposed; the name is changed first."""
    window.editor.open("score.py")
    window.editor.press_lens("Deploy")
    window.quick.wait("Deploy score.py", timeout=60)
    until(lambda: any(f"{NAME}:1 · score.py · conda.yml · process" in text for text in window.quick.texts()), "it all")
    window.quick.change("Name of the Service")
    window.quick.wait("Name of the service")
    window.quick.answer(service)
    window.quick.go_on()
    window.wait_deployed(service, timeout=150)


def test_deploy_watch_call_update_reload(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    # A save is served by itself otherwise (test_reload.py), and here it is Update that does it.
    desk = open_desk(diabetes, settings={"scoredock.services.reloadOnSave": False})
    window = desk.window
    desk.scoredock("model", "register", str(diabetes / f"{NAME}.pkl"), "--name", NAME)
    # What is typed is served: Deploy saves it.
    window.editor.open("score.py")
    window.editor.reveal(line_of(diabetes / "score.py", "scoring"))
    window.editor.replace_word("scoring", "rating")
    deploy_by_quick_pick(window, "diabetes")
    window.notices.clear()
    window.side.show("Scoredock")
    window.side.wait_row("Services", "diabetes", "Healthy")
    window.side.expand("Services", "diabetes")
    window.side.wait_row("Services", f"{NAME}:1")
    uri = next(row.label for row in window.side.rows("Services") if row.label.endswith("/score"))
    predictions = post(uri)
    assert len(predictions) == 2

    # A line that the script prints arrives while it answers.
    window.panel.show_channel("Scoredock: diabetes")
    window.panel.wait_output("rating 2 row(s)")
    desk.picture("services")

    window.side.press_inline("Services", "diabetes", "Send Request")
    panel = window.webview("Send")
    # The sample of the schema is there already; the person sends rows of their own, by the keyboard.
    body = panel.locator("#body")
    until(lambda: "data" in body.input_value(), "a sample body")
    fill(body, json.dumps(ROWS))
    body.press("Control+Enter")
    summary = panel.locator("#summary")
    until(lambda: "200" in summary.inner_text(), "an answer in the panel")
    until_contains(summary.inner_text, "ms")
    until_equal(lambda: json.loads(panel.locator("#answer").inner_text() or "null"), predictions)
    window.panel.close()  # the log makes room for the answer
    desk.picture("request")

    window.editor.open("score.py")
    window.editor.reveal(line_of(diabetes / "score.py", "tolist"))
    # Update runs what is typed, and saves it for that.
    window.editor.replace_word("tolist", "astype(int).tolist")
    window.side.choose("Services", "diabetes", "Update Models…")
    window.quick.wait("Update diabetes")
    until(
        lambda: any("score.py and its folder are read again" in text for text in window.quick.texts()), "what it does"
    )
    window.quick.go_on()
    window.side.wait_row("Services", "Revisions", "2 (active)", timeout=60)
    assert all(value == int(value) for value in post(uri))

    # Another tab was in front of the panel; after the window was reloaded the request is there to be sent again.
    window.side.press_inline("Services", "diabetes", "Send Request")
    panel = window.webview("Send")
    assert json.loads(panel.locator("#answer").inner_text()) == predictions
    window.reload()
    window.page.locator(".tab", has_text="Request: diabetes").click()
    until(lambda: "10, 9, 8" in window.webview("Send").locator("#body").input_value(), "the request")
    window.side.show("Scoredock")
    window.side.wait_row("Services", "diabetes", "Healthy", timeout=60)
    window.side.wait_row("Models", NAME)
    window.panel.show_channel("Scoredock: diabetes")
    window.panel.wait_output("rating 2 row(s)")
    post(uri)
    assert desk.scoredock("service", "show", "diabetes")["revision"] == 2


@pytest.mark.long(
    "test_service_verbs.py stops, starts and deletes at the gate, test_model_verbs.py deletes a model and takes it back"
)
def test_stop_start_delete(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    desk = open_desk(diabetes)
    window = desk.window
    desk.scoredock("model", "register", str(diabetes / f"{NAME}.pkl"), "--name", NAME)
    desk.scoredock("service", "deploy", "diabetes", "--model", NAME, "--inference-config", "inferenceconfig.json")
    window.side.show("Scoredock")
    window.side.wait_row("Services", "diabetes", "Healthy", timeout=60)

    # A model in use is not deleted, and the message says who uses it.
    delete_version(window)
    window.notices.wait("diabetes")
    window.side.wait_row("Models", NAME)
    window.notices.clear()

    window.side.press_inline("Services", "diabetes", "Stop")
    window.side.wait_row("Services", "diabetes", "Stopped")
    until(lambda: not desk.service_processes(), "its processes to end")
    window.side.press_inline("Services", "diabetes", "Start")
    window.side.wait_row("Services", "diabetes", "Healthy", timeout=60)

    # Its log is in view, and goes with it; the keyboard is not taken there.
    window.panel.show_channel("Scoredock: diabetes")
    window.side.choose("Services", "diabetes", "Delete Service")
    window.notices.dialog("Delete")
    window.side.wait_gone("Services", "diabetes")
    until(lambda: window.panel.shown_channel() == "Scoredock", "another log in its place")
    until(lambda: not desk.service_processes(), "its processes to end")
    assert desk.scoredock("service", "list")["services"] == []
    assert not window.panel.has_keyboard()

    delete_version(window)
    window.notices.wait(f"Deleted {NAME}:1")
    window.side.wait_gone("Models", NAME)
    window.notices.press(f"Deleted {NAME}:1", "Undo")
    window.side.wait_row("Models", NAME)


def delete_version(window: Window) -> None:
    window.side.expand("Models", NAME)
    window.side.choose("Models", "v1", "Delete")


@pytest.mark.long("test_service_verbs.py leads to the line of a broken init() at the gate")
def test_a_broken_init_fails_with_the_line_in_the_script(open_desk: Callable[..., Desk], diabetes: Path) -> None:
    script = diabetes / "score.py"
    script.write_text(
        script.read_text().replace('logging.info("loaded %s", path)', 'raise RuntimeError("no such weights")'),
        encoding="utf-8",
    )
    desk = open_desk(diabetes)
    window = desk.window
    desk.scoredock("model", "register", str(diabetes / f"{NAME}.pkl"), "--name", NAME)
    window.quick.ask("Scoredock: Deploy", "Press Enter to continue", timeout=60)
    window.quick.go_on()
    window.notices.wait("no such weights", timeout=150)
    window.side.show("Scoredock")
    window.side.wait_row("Services", "diabetes", "Failed")
    line = line_of(script, "no such weights")
    window.side.wait_row("Services", f"score.py:{line}")
    problem = until(
        lambda: next((item for item in window.panel.problems() if "no such weights" in item.message), None),
        "the failure as a problem",
    )
    assert problem is not None
    assert f"Ln {line}" in problem.place
    desk.picture("failed")
    assert desk.service_processes() == []
