"""The editor follows the service: the line above init(), the title, the status bar, the log that leads to the line."""

from __future__ import annotations

import contextlib
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import TimeoutError as Late

from workbench import Window, until
from workbench.wait import STEP

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """import halving


def init():
    limit = int("3")
    print("ready", limit)


def run(data):
    if data == [0]:
        return "nothing"
    return halving.halve(data)
"""
HALVING = '''"""Halves."""


def halve(data):
    raise RuntimeError(f"no half of {data}")
'''
HEALTHY = ["churn Healthy", "Send Request", "Log", "Redeploy"]
FAILING = ["churn Healthy, requests fail", "Go to Line", "Log", "Send Request", "Redeploy"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "churn"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "halving.py").write_text(HALVING)
    return folder


def deploy(desk: Desk, name: str = "churn") -> str:
    """The address of a service from the whole folder."""
    words = ("--entry-script", "score.py", "--source-directory", ".", "--skip-checks")
    return str(desk.scoredock("service", "deploy", name, *words)["scoringUri"])


def post(uri: str, body: bytes = b"[4]") -> int:
    """The status that any client gets."""
    request = urllib.request.Request(uri, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def lenses(window: Window) -> list[str]:
    return [text.strip() for text in window.editor.lenses()]


def titles(window: Window) -> list[str]:
    """What the icons in the title of the editor are called, those of ours."""
    actions = window.page.locator(".editor-group-container.active .editor-actions .action-label")
    labels = actions.evaluate_all("all => all.map(one => one.getAttribute('aria-label') ?? '')")
    ours = ("Deploy", "Redeploy", "Send Request", "Open Log")
    return [title for title in ours if any(label.startswith(title) for label in labels)]


def open_last_link(window: Window, place: str) -> None:
    """Follows the last link of the shown log by Ctrl and a click: where the path is long, only its end may be on the
    last line."""
    link = window.page.locator(".part.panel .monaco-editor .detected-link").last

    def opened() -> bool:
        with contextlib.suppress(Late):  # the log is drawn anew while lines come
            link.click(modifiers=["Control"], timeout=STEP)
        return any(place in item for item in window.status.texts())

    until(opened, f"the last link to lead to {place}", every=0.5, timeout=30)


@pytest.mark.long("test_services.py watches a service by mouse at the gate, tests/lsp tells what is pushed")
def test_the_editor_follows_the_service_and_its_log_leads_to_the_line(
    open_desk: Callable[..., Desk], project: Path
) -> None:
    desk = open_desk(project)
    window = desk.window
    window.editor.open("score.py")
    until(lambda: lenses(window) == ["Deploy", "Check", "Try It"], "the lenses without a service", timeout=60)
    until(lambda: titles(window) == ["Deploy"], "Deploy in the title")
    window.status.wait("Scoredock")
    uri = deploy(desk)
    until(lambda: lenses(window) == HEALTHY, "the lenses of the service")
    until(lambda: titles(window) == ["Redeploy", "Send Request"], "the actions of the service in the title")
    window.status.wait("Scoredock: 1 service")
    desk.picture("editor-follows")

    assert post(uri) == 500
    until(lambda: lenses(window) == FAILING, "the lenses of a service that answers with errors")
    window.status.wait("Scoredock: 1 service, 1 failing")
    window.editor.press_lens("Log")
    window.panel.wait_output("no half of")
    shown = window.panel.output_lines().replace("\n", "")  # where it is wrapped
    assert f'{project}/halving.py", line 5' in shown
    assert "azureml-app" not in shown
    desk.picture("log-links")
    open_last_link(window, "Ln 5")
    until(lambda: "halving.py" in window.editor.tabs(), "the person's own file")

    window.editor.open("score.py")
    desk.scoredock("service", "delete", "churn")
    until(lambda: lenses(window) == ["Deploy", "Check", "Try It"], "the lenses without a service")
    until(lambda: titles(window) == ["Deploy"], "Deploy in the title again")


@pytest.mark.long("tests/lsp has the lenses of each state; here they are pressed")
def test_each_state_has_what_helps(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    deploy(desk)
    window.editor.open("score.py")
    until(lambda: lenses(window) == HEALTHY, "the lenses of the service", timeout=60)
    window.editor.replace_word("3", "three")
    window.editor.save()
    refused = ["churn Healthy, reload refused", "Go to Line", "Log", "Send Request", "Redeploy"]
    until(lambda: lenses(window) == refused, "the lenses of a refused reload", timeout=60)
    until(lambda: "Open Log" in titles(window), "the log in the title")
    window.editor.open("halving.py")
    window.editor.open("score.py")
    window.editor.press_lens("Go to Line")
    window.status.wait("Ln 5")
    window.editor.replace_word("three", "4")
    window.editor.save()
    until(lambda: lenses(window) == HEALTHY, "the lenses after a good save", timeout=60)

    desk.scoredock("service", "stop", "churn")
    stopped = ["churn Stopped", "Start", "Log", "Redeploy"]
    until(lambda: lenses(window) == stopped, "the lenses of a stopped service")
    window.editor.press_lens("Start")
    until(lambda: lenses(window) == HEALTHY, "the lenses after a start", timeout=60)

    deploy(desk, "churn-2")
    both = ["churn Healthy", "churn-2 Healthy"]
    until(lambda: lenses(window) == both, "both services")
    window.editor.press_lens("churn-2 Healthy")
    window.quick.wait("Choose an action")
    assert "Redeploy" in window.quick.labels()
    window.quick.cancel()


@pytest.mark.long("the text of the status bar is looked at above")
def test_the_status_bar_leads_to_each_service(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    deploy(desk)
    (project / "score.py").write_text(SCRIPT.replace("int(", "float.fromhex(").replace('"3"', '"x"'))
    words = ("--entry-script", "score.py", "--source-directory", ".", "--skip-checks")
    with pytest.raises(AssertionError, match="init"):
        desk.scoredock("service", "deploy", "broken", *words)
    window.status.wait("Scoredock: 2 services, 1 failing", timeout=60)
    window.status.press("Scoredock: 2 services")
    window.quick.wait("2 services")
    until(lambda: {"broken", "churn"} <= set(window.quick.labels()), "both services")
    window.quick.choose("broken")
    window.quick.wait("Choose an action")
    assert "Send Request" not in window.quick.labels()
    window.quick.pick("Go to Line")
    window.status.wait("Ln 5")
    window.status.press("Scoredock: 2 services")
    window.quick.wait("2 services")
    window.quick.choose("churn")
    window.quick.wait("Choose an action")
    window.quick.pick("Send Request")
    assert window.webview("Send").locator("#serviceState").inner_text() == "Healthy"


@pytest.mark.long("a window is reloaded; that lines keep their own time is asked of the pure function at the gate")
def test_a_line_has_one_time_after_the_window_was_reloaded(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    uri = deploy(desk)
    window.editor.open("score.py")
    until(lambda: lenses(window) == HEALTHY, "the lenses of the service", timeout=60)
    desk.close_window()
    assert post(uri) == 500
    window = desk.open_window()
    window.editor.open("score.py")
    until(lambda: lenses(window) == FAILING, "the lenses of a service that answers with errors", timeout=60)
    window.editor.press_lens("Log")
    shown = window.panel.wait_output("no half of")
    line = next(line for line in shown.splitlines() if "RuntimeError: no half of" in line)
    assert re.findall(r"\d\d:\d\d:\d\d", line) == re.findall(r"\d\d:\d\d:\d\d", line)[:1], line
    assert " [error] RuntimeError" in line
