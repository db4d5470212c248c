"""The page Metrics of a service: figures of real requests, pause, ranges, CSV, comparison, tooltip, accessibility."""

from __future__ import annotations

import csv
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from traffic import SCRIPT as HOUSES
from traffic import callers
from workbench import serious_faults, until, until_equal

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Frame

    from desks import Desk

SCRIPT = """\
import json
import time


def init():
    print("up")


def run(data):
    value = json.loads(data)["data"]
    if value == "raise":
        raise ValueError(value)
    time.sleep(value)
    return value
"""


def send(desk: Desk, name: str, value: object, times: int) -> None:
    uri = desk.scoredock("service", "show", name)["scoringUri"]
    for _ in range(times):
        request = urllib.request.Request(
            uri, json.dumps({"data": value}).encode(), {"Content-Type": "application/json"}
        )
        try:
            urllib.request.urlopen(request, timeout=20).read()
        except urllib.error.HTTPError as error:
            error.read()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, open_shared_desk: Callable[..., Desk]) -> Desk:
    """A window with two services."""
    folder = tmp_path_factory.mktemp("metrics")
    (folder / "score.py").write_text(SCRIPT)
    desk = open_shared_desk(folder, settings={"scoredock.services.reloadOnSave": False})
    for name in ("prices", "returns"):
        desk.scoredock("service", "deploy", name, "--entry-script", str(folder / "score.py"))
    side = desk.window.side
    side.show("Scoredock")
    side.wait_row("Services", "prices", "Healthy", timeout=60)
    return desk


@pytest.fixture
def desk(shared: Desk, tidy: Callable[[Desk], Desk]) -> Desk:
    desk = tidy(shared)
    desk.window.side.show("Scoredock")
    return desk


def open_metrics(desk: Desk, name: str = "prices") -> Frame:
    desk.window.side.choose("Services", name, "Metrics")
    frame = desk.window.webview(f"Metrics of {name}")
    frame.locator("#totals tbody tr").first.wait_for()
    return frame


def requests_of(frame: Frame) -> int:
    """Of all revisions, as the table below the charts says."""
    return int(frame.locator("#totals tbody tr").last.locator("td").first.inner_text())


def test_the_page_shows_what_was_sent(desk: Desk, tmp_path: Path) -> None:
    window = desk.window
    frame = open_metrics(desk)
    before = requests_of(frame)
    send(desk, "prices", 0.0, 120)
    send(desk, "prices", 0.15, 6)
    send(desk, "prices", "raise", 9)
    until(lambda: requests_of(frame) == before + 135, "the requests on the page", timeout=30)
    row = frame.locator("#totals tbody tr").last.inner_text()
    assert "9 failed (5xx)" in row
    until(lambda: frame.locator("[data-chart=errors] canvas").count() == 1, "a chart of the errors", timeout=20)
    until_equal(frame.locator("#charts canvas").count, 7)
    assert serious_faults(frame) == []

    # What is shown stays while it is paused, and goes on from where it is.
    frame.locator("#pause").click()
    assert frame.locator("#state").inner_text() == "Paused"
    send(desk, "prices", 0.0, 20)
    other = desk.scoredock("service", "metrics", "prices", "--range", "10m")["services"][0]["totals"]["requests"]
    assert other == before + 155
    assert requests_of(frame) == before + 135
    frame.locator("#pause").press("Enter")
    until(lambda: requests_of(frame) == before + 155, "the requests that came meanwhile", timeout=20)
    assert frame.locator("#state").inner_text() == "Live"

    # The newest values without a pointer, and those at a time by the keyboard alone.
    newest = frame.locator("[data-chart=memory] .u-legend .u-series").nth(1).locator(".u-value")
    until(lambda: "MB" in newest.inner_text(), "the newest memory", timeout=10)
    plot = frame.locator("[data-chart=requests] .u-over")
    plot.focus()
    plot.press("End")
    plot.press("ArrowLeft")
    value = frame.locator("[data-chart=requests] .u-legend .u-series").nth(1).locator(".u-value")
    until(lambda: "/s" in value.inner_text(), "a value at the cursor", timeout=10)
    assert "Requests per Second: Requests" in (plot.get_attribute("aria-label") or "")
    frame.locator("#tableBox summary").press("Enter")
    frame.locator("#figures tbody tr").first.wait_for()

    # Longer ranges, and the figures as a file.
    frame.locator("#range").select_option(label="24 hours")
    until(lambda: requests_of(frame) == before + 155, "the same requests in a day", timeout=20)
    frame.locator("#export").click()
    target = desk.folder / "figures.csv"
    window.quick.choose_path(str(target), proposed="prices-metrics.csv")
    until(lambda: target.exists() and target.stat().st_size, "the exported file", timeout=20)
    with target.open(newline="", encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    assert round(sum(float(line["requests"]) for line in table)) == before + 155
    assert round(sum(float(line["failed"]) for line in table)) >= 9


@pytest.mark.long("the page of one service is at the gate")
def test_services_beside_each_other(desk: Desk) -> None:
    send(desk, "returns", 0.0, 10)
    frame = open_metrics(desk, "returns")
    frame.locator("#compare").click()
    desk.window.quick.wait()
    desk.window.quick.row("prices").click()
    desk.window.press("Enter")
    both = desk.window.webview("Metrics of prices, returns")
    until(lambda: both.locator("#totals tbody tr").count() == 2, "a row for each service", timeout=20)
    assert both.locator("[data-chart=requests] .u-legend .u-series").count() == 3
    assert serious_faults(both) == []
    desk.picture("metrics-compared")


def test_the_tooltip_has_the_last_minutes(desk: Desk) -> None:
    send(desk, "prices", 0.0, 5)
    window = desk.window
    window.side.wait_row("Services", "prices", "Healthy")
    assert "requests/s" in window.side.tooltip("Services", "prices", "Requests (last 10 minutes)")
    desk.picture("metrics-tooltip")


@pytest.mark.long("the server stands still for a moment; what is said of a failure is asked at the gate")
def test_a_page_that_is_closed_while_its_figures_are_read(desk: Desk) -> None:
    window = desk.window
    frame = open_metrics(desk)
    held = desk.server.processes("scoredock.server")
    for process in held:
        process.suspend()
    try:
        frame.locator("#range").select_option(label="6 hours")
        window.quick.run_command("View: Close All Editors")
    finally:
        for process in held:
            process.resume()
    open_metrics(desk)
    assert window.notices.texts() == []


@pytest.mark.long("waits two minutes; the page shows what was sent at the gate")
def test_a_service_that_stops_and_one_that_is_deleted(desk: Desk) -> None:
    desk.scoredock("service", "deploy", "passing", "--entry-script", str(desk.folder / "score.py"))
    desk.window.side.wait_row("Services", "passing", "Healthy", timeout=60)
    send(desk, "passing", 0.0, 4)
    frame = open_metrics(desk, "passing")
    until(lambda: requests_of(frame) == 4, "the requests", timeout=20)
    desk.window.reload()
    frame = desk.window.webview("Metrics of passing")
    frame.locator("#totals tbody tr").first.wait_for()
    desk.scoredock("service", "stop", "passing")
    until(lambda: requests_of(frame) == 4, "the requests of a service that has stopped", timeout=20)
    assert frame.locator("#note").is_hidden()
    desk.scoredock("service", "delete", "passing")
    note = frame.locator("#note")
    until(lambda: "passing" in note.inner_text() if note.is_visible() else False, "that it is gone", timeout=30)
    assert requests_of(frame) == 4


@pytest.mark.long("callers take their time, ten minutes for the picture of the guide")
@pytest.mark.timeout(1800)
def test_two_revisions_under_callers_who_make_mistakes(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    minutes = 9.6 if os.environ.get("SCOREDOCK_SHOTS") else 0.4
    folder = tmp_path / "houses"
    folder.mkdir()
    script = folder / "score.py"
    script.write_text(HOUSES)
    desk = open_desk(folder, settings={"scoredock.services.reloadOnSave": False})
    desk.scoredock("service", "deploy", "prices", "--entry-script", str(script))
    uri = desk.scoredock("service", "show", "prices")["scoringUri"]
    with callers(uri):
        time.sleep(minutes * 36)
        # A model with more to do, until somebody makes it quicker.
        script.write_text(HOUSES.replace("0.004", "0.009"))
        desk.scoredock("service", "update", "prices", "--entry-script", str(script))
        time.sleep(minutes * 24)
        desk.window.side.show("Scoredock")
        desk.window.side.wait_row("Services", "prices", "Healthy", timeout=60)
        frame = open_metrics(desk)
        until(lambda: frame.locator("#totals tbody tr").count() >= 2, "a row for each revision", timeout=30)
        until(lambda: frame.locator("[data-chart=errors] canvas").count() == 1, "a chart of the errors", timeout=60)
        desk.picture("metrics")
