"""What is wrong with a service or an endpoint is said with the same words wherever somebody looks."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from workbench import until

if TYPE_CHECKING:
    from desks import Desk

STATUSES = json.loads((Path(__file__).parent.parent / "statuses.json").read_text(encoding="utf-8"))
REFUSED_AND_FAILING = STATUSES["Healthy reload fail"]["text"]
SCRIPT = """import json


def init():
    print("ready", int("3"))


def run(data):
    return 1 / json.loads(data)
"""
ANSWER = "def init():\n    pass\n\n\ndef run(data):\n    return {answer!r}\n"


@pytest.fixture(scope="module")
def shared(open_shared_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("truth")
    (folder / "score.py").write_text(SCRIPT)
    for name in ("blue", "green"):
        (folder / f"score_{name}.py").write_text(ANSWER.format(answer=name))
    return open_shared_desk(folder)


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    """No service is left in it of the test before."""
    for service in shared.scoredock("service", "list")["services"]:
        shared.scoredock("service", "delete", service["name"])
    return tidy(shared)


def post(uri: str, body: bytes) -> int:
    """The status that a client gets."""
    request = urllib.request.Request(uri, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.mark.long("an endpoint with a dead version is told the same at the gate")
def test_a_refused_reload_with_requests_that_fail_is_told_the_same_everywhere(desk: Desk) -> None:
    window = desk.window
    made = desk.scoredock("service", "deploy", "churn", "--entry-script", "score.py")
    uri = str(made["scoringUri"])
    window.side.show("Scoredock")
    window.side.wait_row("Services", "churn", "Healthy", timeout=60)
    window.editor.open("score.py")
    until(lambda: window.editor.lenses(), "the lenses above init()")
    window.editor.replace_word("3", "three")
    window.editor.save()
    window.side.wait_row("Services", "churn", "reload refused", timeout=60)
    assert (post(uri, b"2"), post(uri, b"0")) == (200, 500)

    row = window.side.wait_row("Services", "churn", REFUSED_AND_FAILING, timeout=60)
    assert REFUSED_AND_FAILING in window.side.row("Services", "churn").get_attribute("aria-label"), row.text
    until(lambda: any(REFUSED_AND_FAILING in lens for lens in window.editor.lenses()), "the line above init()")
    assert desk.scoredock("service", "show", "churn")["status"]["text"] == REFUSED_AND_FAILING
    window.status.wait("1 service, 1 failing")
    assert any(f"churn: {REFUSED_AND_FAILING}" in told for told in window.status.spoken()), window.status.spoken()
    desk.picture("one-truth-service")
    window.side.press_inline("Services", "churn", "Send Request")
    panel = window.webview("Send")
    state = panel.locator("#serviceState")
    until(lambda: REFUSED_AND_FAILING in state.inner_text(), "the head of the request panel")
    assert state.get_attribute("data-look") == "warning", "no green mark beside it"
    desk.picture("one-truth-panel")
    window.side.choose("Services", "churn", "Show Details")
    # The page has a mark for each of the words.
    told = window.page_about("Why the Reload Was Refused", "The Last Request Failed")
    assert [word for word in STATUSES["Healthy reload fail"]["words"] if word not in told] == []
    desk.picture("one-truth-page")

    # One that is answered, and a file that is mended, take it away in all of them.
    assert post(uri, b"2") == 200
    window.editor.open("score.py")
    window.editor.replace_word("three", "4")
    window.editor.save()
    until(lambda: "refused" not in window.side.wait_row("Services", "churn").text, "the row without it", timeout=60)
    until(lambda: not any("refused" in lens or "fail" in lens for lens in window.editor.lenses()), "the line, too")
    assert "refused" not in desk.scoredock("service", "show", "churn")["status"]["text"]


def test_an_endpoint_with_a_dead_version_is_told_the_same_everywhere(desk: Desk) -> None:
    window = desk.window
    for name in ("blue", "green"):
        desk.scoredock("service", "deploy", f"prices-{name}", "--entry-script", f"score_{name}.py")
    desk.scoredock("endpoint", "create", "prices", "--service", "prices-blue", "--version", "blue")
    desk.scoredock("endpoint", "set-version", "prices", "green", "--service", "prices-green")
    desk.scoredock("service", "traffic", "prices", "green=20")
    window.side.show("Scoredock")
    window.side.wait_row("Services", "prices", "Endpoint", timeout=60)
    # As the kernel does when there is no memory left: its parent and all that it started.
    parents = [each for each in desk.service_processes() if "prices-green" in " ".join(each.cmdline())]
    dead = list({each.pid: each for one in parents for each in (one, *one.children(recursive=True))}.values())
    assert dead
    for each in dead:
        each.kill()
    psutil.wait_procs(dead, timeout=20)

    said = "Unhealthy, degraded"
    uri = str(desk.scoredock("endpoint", "show", "prices")["scoringUri"])
    assert {post(uri, b"{}") for _ in range(20)} == {200}, "its share goes to the other one"
    row = window.side.wait_row("Services", "prices", said, timeout=60)
    assert said in window.side.row("Services", "prices").get_attribute("aria-label"), row.text
    shown = desk.scoredock("endpoint", "show", "prices")
    assert (shown["state"], shown["phase"], shown["status"]["text"]) == ("Unhealthy", "degraded", said)
    window.status.wait("2 services, 1 failing, 1 endpoint degraded")
    assert any(f"prices: {said}" in told for told in window.status.spoken()), window.status.spoken()
    window.status.press("Scoredock")
    window.quick.wait()
    until(lambda: any("prices" in text and said in text for text in window.quick.texts()), "the endpoint in the list")
    window.press("Escape")
    window.side.wait_row("Services", "green", "its share goes to blue")
    window.side.choose("Services", "prices", "Show Details")
    told = window.page_about("Traffic in %", "its share goes to blue")
    assert "Unhealthy" in told
    assert "degraded" in told
    desk.picture("one-truth-endpoint")
    log = Path(shown["logFile"])

    def logged() -> bool:
        # By chance none of the twenty may have been for the dead version: one of a hundred times.
        assert post(uri, b"{}") == 200
        return "The version green takes no connections. Its share goes to blue." in log.read_text(encoding="utf-8")

    until(logged, "who has its share, in the log")
