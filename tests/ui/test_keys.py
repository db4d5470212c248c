"""A service that takes keys: the request panel carries the key, a wrong one says what to do, a key is copied and
renewed."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from workbench import fill, until, until_equal

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
import json


def init():
    print("up")


def run(data):
    return sum(json.loads(data)["data"])
"""


@pytest.fixture
def keyed(tmp_path: Path) -> Path:
    """A project whose deployment configuration asks for keys."""
    folder = tmp_path / "adder"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "deploymentconfig.json").write_text(json.dumps({"computeType": "aci", "authEnabled": True}))
    return folder


def status_with(uri: str, key: str) -> int:
    """What any client gets that sends this key."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(uri, b'{"data": [1, 2]}', headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def clipboard(desk: Desk) -> str:
    return str(desk.window.page.evaluate("navigator.clipboard.readText()"))


@pytest.mark.long("tests/extension/request.test.ts says which key is sent; tests/cli and tests/lsp have the rest")
def test_the_request_carries_the_key_and_a_401_says_what_to_do(open_desk: Callable[..., Desk], keyed: Path) -> None:
    desk = open_desk(keyed)
    window = desk.window
    script, config = str(keyed / "score.py"), str(keyed / "deploymentconfig.json")
    desk.scoredock("service", "deploy", "adder", "--entry-script", script, "--deployment-config", config)
    keys: dict[str, Any] = desk.scoredock("service", "keys", "adder")
    uri = desk.scoredock("service", "show", "adder")["scoringUri"]
    assert status_with(uri, "nonsense") == 401
    window.side.show("Scoredock")
    window.side.wait_row("Services", "adder", "Healthy", timeout=60)
    window.side.expand("Services", "adder")
    window.side.wait_row("Services", "Callers must send a key")

    # The person fills in nothing: the key of the service goes with the request.
    window.side.press_inline("Services", "adder", "Send Request")
    panel = window.webview("Send")
    body, key, summary = panel.locator("#body"), panel.locator("#key"), panel.locator("#summary")
    until(lambda: "data" in body.input_value(), "a sample body")
    assert key.is_visible()
    assert key.input_value() == ""
    fill(body, '{"data": [1, 2, 39]}')
    body.press("Control+Enter")
    until(lambda: "200" in summary.inner_text(), "an answer in the panel")
    until_equal(panel.locator("#answer").inner_text, "42")
    assert panel.locator("#advice").is_hidden()

    # Another key, as a caller of yesterday would have it.
    fill(key, "the-key-of-yesterday")
    body.press("Control+Enter")
    until(lambda: "401 Unauthorized" in summary.inner_text(), "a refusal in the panel")
    advice = panel.locator("#advice").inner_text()
    assert "Copy the key of the service again" in advice
    assert "Authorization: Bearer <key>" in advice
    desk.picture("request-refused")

    # The primary key is renewed: the old one is refused from then on, without a restart, and the panel has the new one.
    window.side.choose("Services", "adder", "Regenerate Key…")
    window.quick.wait("Regenerate a key of adder")
    window.quick.pick("Primary Key")
    window.quick.wait("leave empty to generate one")
    window.quick.accept()
    window.notices.wait("adder has a new primary key.")
    assert status_with(uri, keys["primaryKey"]) == 401
    assert status_with(uri, keys["secondaryKey"]) == 200
    window.notices.press("adder has a new primary key.", "Copy Key")
    until(lambda: clipboard(desk) not in ("", keys["primaryKey"]), "the new key on the clipboard")
    assert status_with(uri, clipboard(desk)) == 200
    fill(key, keys["primaryKey"])
    body.press("Control+Enter")
    until(lambda: "401" in summary.inner_text(), "the old key is refused in the panel")
    fill(key, "")
    body.press("Control+Enter")
    until(lambda: "200" in summary.inner_text(), "the new key goes with the request")
    assert panel.locator("#advice").is_hidden()

    window.page.evaluate("navigator.clipboard.writeText('')")
    window.side.choose("Services", "adder", "Copy Key…")
    window.quick.wait("Copy a key of adder")
    window.quick.pick("Secondary Key")
    until(lambda: clipboard(desk) == keys["secondaryKey"], "the secondary key on the clipboard")
    assert desk.scoredock("service", "show", "adder")["revision"] == 1
