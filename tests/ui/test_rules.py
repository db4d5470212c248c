"""Deployment rules by mouse: made from a service, seen below the services, carried out, paused and deleted."""

from __future__ import annotations

import shutil
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import serious_faults, until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
import json
import os


def init():
    global factor
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "factor.txt")) as stream:
        factor = stream.read().strip()


def run(data):
    return [row[0] * float(factor) for row in json.loads(data)["data"]]
"""
TESTS = """\
### a price
# @expect status 200
# @expect $[0] >= 6
POST http://localhost/score
Content-Type: application/json

{"data": [[3]]}
"""


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    """A service of a model behind an endpoint, with a test beside its script."""
    folder = tmp_path / "prices"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "tests.http").write_text(TESTS)
    desk = open_desk(folder)
    register(desk, "2")
    desk.scoredock("service", "deploy", "prices", "--model", "factor:1", "--entry-script", str(folder / "score.py"))
    desk.scoredock("endpoint", "create", "door", "--service", "prices", "--version", "main")
    return desk


@pytest.fixture
def timed_desk(open_desk: Callable[..., Desk], tmp_path: Path, require: Callable[[object, str], None]) -> Desk:
    """A service of a model on a machine with systemd, of which no user manager runs."""
    require(shutil.which("systemctl"), "systemctl is not there")
    folder = tmp_path / "prices"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    desk = open_desk(folder, env={"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_RUNTIME_DIR": ""})
    register(desk, "2")
    desk.scoredock("service", "deploy", "prices", "--model", "factor:1", "--entry-script", str(folder / "score.py"))
    return desk


def register(desk: Desk, factor: str) -> None:
    (desk.folder / "factor.txt").write_text(factor)
    desk.scoredock("model", "register", "-n", "factor", "-p", str(desk.folder / "factor.txt"))


def test_the_life_of_a_rule_by_mouse(desk: Desk) -> None:
    window, side = desk.window, desk.window.side
    side.show("Scoredock")
    for view in ("Models", "Environments"):
        side.fold_pane(view)
    side.wait_row("Services", "prices", "Healthy", timeout=60)
    side.choose("Services", "prices", "Deploy New Versions Automatically…")
    window.quick.wait("Which version of factor goes into prices")
    window.quick.pick("Newest Version")
    window.quick.wait("What must hold before a version is deployed")
    window.quick.accept()
    window.quick.wait("Requests of door that a version gets before it gets all")
    window.quick.pick("10%, Then 50%")
    window.quick.answer("newest")
    frame = window.webview("Deployment rule")
    page = frame.locator("body")
    until(lambda: "factor" in page.inner_text(), "the page of the rule")
    side.wait_row("Services", "newest", "factor → prices")
    desk.picture("page-rule-new")

    # One that does not hold what the test asks for is refused.
    register(desk, "1")
    side.choose("Services", "newest", "Run Now")
    window.notices.wait("newest: version 2 refused", timeout=120)
    until(lambda: "Not met" in page.inner_text(), "the result of the test", timeout=30)
    side.wait_row("Services", "newest", "version 2 refused")
    desk.picture("page-rule-refused")

    # A good one gets its share.
    register(desk, "3")
    page.get_by_role("button", name="Run Now").click()
    window.notices.wait("newest: version 3 canary 10%", timeout=120)
    side.wait_row("Services", "newest", "version 3: canary 10%")
    until(lambda: "Version 3 has 10% of the requests" in page.inner_text(), "what it waits for", timeout=30)
    uri = str(desk.scoredock("endpoint", "show", "door")["scoringUri"])
    for _ in range(30):
        sent = urllib.request.Request(uri, b'{"data": [[1]]}', {"Content-Type": "application/json"})
        urllib.request.urlopen(sent, timeout=20).read()
    assert serious_faults(frame) == []
    desk.picture("page-rule-canary")
    side.choose("Services", "newest", "Dry Run")
    window.notices.dialog("OK")

    side.choose("Services", "newest", "Pause")
    side.wait_row("Services", "newest", "paused")
    desk.picture("page-rule-paused")
    page.get_by_role("button", name="Resume").click()
    side.wait_row("Services", "newest", "version 3: canary 10%")

    side.choose("Services", "newest", "Delete Rule")
    window.notices.dialog("Delete")
    until(lambda: desk.scoredock("rule", "list")["rules"] == [], "the rule to be gone", timeout=60)
    until(lambda: "was deleted" in page.inner_text(), "the page of a deleted rule", timeout=30)
    until(lambda: [each["name"] for each in desk.scoredock("service", "list")["services"]] == ["prices"], "one service")
    desk.picture("page-rule-deleted")


def test_a_rule_from_a_model_that_goes_on_without_the_editor(timed_desk: Desk, tmp_path: Path) -> None:
    desk, units = timed_desk, tmp_path / "config" / "systemd" / "user"
    window, side = desk.window, desk.window.side
    side.show("Scoredock")
    side.fold_pane("Environments")
    side.wait_row("Services", "prices", "Healthy", timeout=60)
    side.choose("Models", "factor", "Deploy New Versions Automatically…")
    window.quick.wait("Service")
    window.quick.pick("prices")
    window.quick.wait("Which version of factor goes into prices")
    window.quick.pick("Newest Version")
    window.quick.wait("What must hold before a version is deployed")
    window.quick.accept()
    window.quick.answer("newest")
    frame = window.webview("Deployment rule")
    page = frame.locator("body")
    until(lambda: "Nothing carries this rule out by itself" in page.inner_text(), "what is missing")
    side.wait_row("Services", "newest", "factor → prices")
    desk.picture("page-rule-from-model")

    page.get_by_role("button", name="More Actions…").click()
    page.get_by_role("menuitem", name="Run Without the Editor…").click()
    pick_form(desk)
    window.notices.dialog("Set Up")
    window.notices.wait("systemd attends to the workspace after", timeout=60)
    (unit,) = units.iterdir()
    assert "# Written by `scoredock workspace install`" in unit.read_text()
    until(lambda: "A unit of systemd is written and not enabled yet" in page.inner_text(), "what is left", timeout=8)
    assert "Nothing carries this rule out" not in page.inner_text()
    assert serious_faults(frame) == []
    desk.picture("page-rule-installed")

    side.choose("Services", "newest", "Stop Running Without the Editor…")
    window.notices.dialog("Remove")
    until(lambda: list(units.iterdir()) == [], "the unit to be gone", timeout=30)
    until(lambda: "Nothing carries this rule out by itself" in page.inner_text(), "the notice", timeout=30)


def pick_form(desk: Desk) -> None:
    """Where the machine has cron as well, somebody chooses."""
    if shutil.which("crontab"):
        desk.window.quick.wait("What of this machine carries the rules out")
        desk.window.quick.pick("systemd")
