"""`scoredock service metrics`: what it says is what was sent."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from scoredock.services.metric_series import cells_of, grid_of, intervals, percentile, sparkline, totals, within

from cli.conftest import Terminal
from history_rows import history_row
from pace import patience
from scoredock_runtime.contract_history import ANSWER_KINDS, BOUNDS, FIRST, HistoryWriter, Row, read_history

SCRIPT = """
import json
import time


def init():
    pass


def run(data):
    value = json.loads(data)["data"]
    if value == "raise":
        raise ValueError(value)
    time.sleep(value)
    return value
"""


def send(service: dict[str, Any], value: object, times: int = 1) -> None:
    for _ in range(times):
        body = json.dumps({"data": value}).encode()
        request = urllib.request.Request(service["scoringUri"], body, {"Content-Type": "application/json"})
        try:
            urllib.request.urlopen(request, timeout=20).read()
        except urllib.error.HTTPError as error:
            error.read()


def until_told(terminal: Terminal, name: str, requests: int) -> dict[str, Any]:
    """The series once so many requests are in it: a request is counted just after its answer was sent."""
    until = time.monotonic() + patience(10)
    while True:
        series: dict[str, Any] = terminal.json("service", "metrics", name, "--range", "10m")["services"][0]
        if series["totals"]["requests"] >= requests or time.monotonic() > until:
            return series


@pytest.mark.usefixtures("shared_environments")
def test_figures_of_a_service(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(SCRIPT)
    terminal.ok("service", "deploy", "adder", "--entry-script", "score.py")
    service = terminal.json("service", "show", "adder")
    assert terminal.json("service", "metrics", "adder")["services"][0]["totals"]["requests"] == 0
    send(service, 0.0, 40)
    send(service, 0.3, 3)
    send(service, "raise", 5)
    told = until_told(terminal, "adder", 48)
    assert told["totals"]["requests"] == 48
    assert told["totals"]["errors"] == {"failed": 5}
    assert told["totals"]["p50Ms"] < 100
    assert 250 <= told["totals"]["p99Ms"] <= 500
    assert max(value for value in told["memoryBytes"] if value) > 1_000_000
    assert max(value for value in told["workers"] if value is not None) == 1
    assert (told["revisions"][-1]["revision"], told["note"]) == (1, "")
    shown = terminal.ok("service", "metrics", "adder", "--range", "10m")
    assert "revision 1: 48 requests, 5 failed (5xx), p50" in shown
    assert any(bar in shown for bar in "▂▃▄▅▆▇█")

    # A new revision is told apart, and neither a killed worker nor a killed parent takes anything away.
    terminal.ok("service", "update", "adder", "--entry-script", "score.py")
    send(service, 0.0, 7)
    assert until_told(terminal, "adder", 55)["totals"]["requests"] == 55
    folder = next(terminal.home.glob("workspaces/*/services/adder*"))
    status = json.loads((folder / "status.json").read_text())
    os.kill(status["parent_pid"], signal.SIGKILL)
    terminal.ok("service", "start", "adder")
    send(terminal.json("service", "show", "adder"), 0.0, 2)
    told = until_told(terminal, "adder", 57)
    by_revision = {each["revision"]: each["totals"]["requests"] for each in told["revisions"]}
    assert sum(by_revision.values()) == told["totals"]["requests"] == 57
    assert (by_revision[1], by_revision[2]) == (48, 7 if len(by_revision) == 3 else 9)
    only_one = terminal.json("service", "metrics", "adder", "--range", "10m", "--revision", "1")["services"][0]
    assert only_one["totals"]["requests"] == 48

    # Also when it does not run, and as CSV.
    terminal.ok("service", "stop", "adder")
    table = list(csv.DictReader(io.StringIO(terminal.ok("service", "metrics", "adder", "--range", "10m", "--csv"))))
    assert round(sum(float(line["requests"]) for line in table)) == 57
    assert round(sum(float(line["failed"]) for line in table)) == 5
    assert {line["service"] for line in table} == {"adder"}
    assert terminal.refused("service", "metrics", "nobody")["code"] == "service-not-found"
    assert terminal.run("service", "metrics", "adder", "--range", "2d").returncode == 2


def row(number: int, moment: float, **given: Any) -> Row:
    return history_row(number, **{"wall": moment, "clock": moment, "elapsed": 10.0, "workers": 2, **given})


def counted(number: int, moment: float, requests: int, **given: Any) -> Row:
    """All of them succeeded and took between 25 and 50 ms."""
    kinds = (requests, *(0,) * (len(ANSWER_KINDS) - 1))
    buckets = tuple(requests if bound == 0.05 else 0 for bound in (*BOUNDS, 0.0))
    return row(number, moment, kinds=kinds, buckets=buckets, cpu=requests / 100, **given)


def test_a_day_of_rows_is_shown_as_it_was(tmp_path: Path) -> None:
    """One request a second in the day, none in the night of it, written with a clock that is moved."""
    writer, now = HistoryWriter(str(tmp_path)), 1_800_000_000.0
    requests = 0
    for index in range(24 * 360 + 30):
        moment = now - 86_400 - 300 + index * 10
        requests += 10 if (moment - 5) // 1800 % 2 == 0 else 0
        writer.append(counted(index + 1, moment, requests))
    found = intervals(read_history(str(tmp_path)), now)
    grid = grid_of(86_400, 48, now)
    assert (grid.step, grid.cells) == (1800, 48)
    cells = cells_of(within(found, grid), grid)
    rates = [cell.rate(sum(cell.kinds)) for cell in cells]
    assert sorted(round(rate or 0.0, 1) for rate in rates[1:-1]) == [0.0] * 23 + [1.0] * 23
    assert [round(cell.cpu / cell.covered, 3) for cell in cells[1:-1] if sum(cell.kinds)] == [0.01] * 23
    assert totals(within(found, grid)).answers in range(43_100, 43_300)


def test_a_jump_of_the_clock_and_a_pause_of_the_service(tmp_path: Path) -> None:
    now = 1_800_000_000.0
    rows = [counted(number, now - 600 + number * 10, number * 5) for number in range(1, 21)]
    # The clock is set back by an hour; the machine's own goes on.
    rows = [each._replace(wall=each.wall + (3600 if each.number < 10 else 0)) for each in rows]
    # Then it does not run for five minutes, and three requests were answered just before its end.
    rows += [counted(21, now - 100, 103, flags=FIRST), counted(22, now - 90, 103)]
    found = intervals(rows, now)
    assert [each.answers for each in found] == [5] * 19 + [3, 0]
    grid = grid_of(600, 60, now)
    rates = [cell.rate(sum(cell.kinds)) for cell in cells_of(found, grid)]
    known = [rate for rate in rates if rate is not None]
    assert max(known) == pytest.approx(0.5)
    assert rates.count(None) >= 25  # nobody says that there were no requests while nothing ran


def test_counters_that_begin_anew_and_others_are_not_mixed(tmp_path: Path) -> None:
    now = 1_800_000_000.0
    fallen = [counted(1, now - 30, 50), counted(2, now - 20, 60), counted(3, now - 10, 4)]
    assert [each.answers for each in intervals(fallen, now)] == [10, 4]
    others = [counted(1, now - 30, 50), counted(1, now - 20, 0, origin=9), counted(2, now - 10, 8, origin=9)]
    assert [each.answers for each in intervals(others, now)] == [8]


def test_percentiles_and_bars() -> None:
    buckets = [0.0] * (len(BOUNDS) + 1)
    assert percentile(buckets, 0.5) is None
    buckets[BOUNDS.index(0.05)] = 90
    buckets[BOUNDS.index(1.0)] = 10
    assert 0.025 < (percentile(buckets, 0.5) or 0) < 0.05
    assert 0.5 < (percentile(buckets, 0.99) or 0) <= 1.0
    assert sparkline([0.0, 1.0, None, 2.0]) == "▁▅ █"
    assert sparkline([None]) == ""
    assert sparkline([0.0, 0.0]) == "▁▁"
