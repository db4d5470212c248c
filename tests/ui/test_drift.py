"""Compare Inputs by mouse: a service with a table, the page with its pictures, a report, and retraining."""

from __future__ import annotations

import datetime
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import serious_faults, until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
import json


def init():
    pass


def run(data):
    return [row["bmi"] for row in json.loads(data)["data"]]
"""
NAME = "diabetes"
HIDING = "sex\x1b[2K\u202e"
"""A column whose name would hide what stands beside it."""


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    """A service that has collected a week of inputs, of which one column has moved."""
    folder = tmp_path / "diabetes"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "requirements.txt").write_text("azureml-defaults\nnumpy\n")
    config = {"computeType": "aks", "authEnabled": False, "dataCollection": {"storageEnabled": True}}
    (folder / "deployment.json").write_text(json.dumps(config))
    (folder / "train.py").write_text("print('training')\n")
    draw = random.Random(1)
    (folder / "training.csv").write_text(
        f"bmi,age,{HIDING},target{HIDING}\n"
        + "".join(",".join([*map(str, row(draw, 0).values()), "1\n"]) for _ in range(1000))
    )
    desk = open_desk(folder)
    words = ("--es", "score.py", "--cf", "requirements.txt", "--dc", "deployment.json")
    desk.scoredock("service", "deploy", NAME, *words)
    now = datetime.datetime.now(datetime.timezone.utc)
    place = desk.home / "workspaces" / "local" / "services" / NAME / "data" / "modeldata"
    day = place / "local" / "local" / "default" / NAME / "default" / "default" / "requests" / now.strftime("%Y/%m/%d")
    day.mkdir(parents=True)
    with (day / "data.jsonl").open("w") as stream:
        for _ in range(200):
            rows = [row(draw, 4) for _ in range(5)]
            record = {
                "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "status": 200,
                "input": json.dumps({"data": rows}),
                "output": json.dumps([each["bmi"] for each in rows]),
            }
            stream.write(f"{json.dumps(record)}\n")
        stream.write("a broken line\n")
    return desk


def row(draw: random.Random, shift: float) -> dict[str, object]:
    return {
        "bmi": round(draw.gauss(28 + shift, 5), 1),
        "age": draw.randint(20, 80),
        HIDING: draw.choice("FM" if shift == 0 else "FMX"),
    }


def test_inputs_are_compared_by_mouse(desk: Desk) -> None:
    window, side = desk.window, desk.window.side
    side.show("Scoredock")
    for view in ("Models", "Environments"):
        side.fold_pane(view)
    side.wait_row("Services", NAME)
    side.choose("Services", NAME, "Compare Inputs…")
    window.quick.wait("Compare with")
    window.quick.pick("File…")
    window.quick.choose_path(str(desk.folder / "training.csv"))
    window.quick.wait("Which inputs are compared")
    window.quick.pick("All Collected Inputs")
    frame = window.webview("Distributions")
    page = frame.locator("body")
    said = page.inner_text()
    assert "Drift in 2 of 3 columns" in said
    assert "Only in the baseline, and not compared: targetsex\\x1b[2K\\u202e." in said
    assert not {"\x1b", "\u202e"} & set(said)
    assert "1 line of the target could not be read" in said
    assert frame.locator("figure.bars").count() == 3
    assert frame.locator("figure.bars table tbody tr").first.inner_text() != ""
    assert serious_faults(frame) == []
    desk.picture("page-drift")
    page.locator("figure.bars").last.scroll_into_view_if_needed()
    desk.picture("page-drift-pictures")

    # A report, and the same again.
    page.get_by_role("button", name="Export Report…").click()
    window.quick.pick("Report (HTML)")
    report = desk.folder / "report.html"
    window.quick.choose_path(str(report), proposed=f"{NAME}-drift.html")
    until(lambda: report.exists() and "Drift in 2 of 3 columns" in report.read_text(), "the report", timeout=20)
    assert not {"\x1b", "\u202e"} & set(report.read_text())
    page.get_by_role("button", name="Compare Again").click()
    until(lambda: "Earlier Results" in page.inner_text(), "the result of before", timeout=60)

    page.get_by_role("button", name="Schedule…").click()
    window.quick.wait("How often it is compared")
    window.quick.pick("Every Week")
    window.notices.wait("A job of CI may run “scoredock drift run --due”")
    until(lambda: "1w" in page.inner_text(), "the schedule", timeout=20)

    # With a schedule the page has a button that trains again.
    words = ("--target", f"service:{NAME}", "--baseline", "training.csv", "--every", "1d", "--retrain")
    command = (sys.executable, "train.py")
    schedule(desk, *words, *command)
    page.get_by_role("button", name="Compare Again").click()
    until(lambda: "train.py" in page.inner_text(), "the command for retraining", timeout=60)
    page.get_by_role("button", name="Retrain…").click()
    window.notices.dialog("Run")
    window.notices.wait("The command for retraining of diabetes has ended.", timeout=60)
    until(lambda: "exit code 0" in page.inner_text(), "the end of the retraining", timeout=20)
    desk.picture("page-drift-schedule")


def schedule(desk: Desk, *words: str) -> None:
    """By the command line; `--json` stands in front, as everything behind --retrain is of the command."""
    command = [sys.executable, "-m", "scoredock.cli", "drift", "schedule", NAME, *words]
    subprocess.run(command, cwd=desk.folder, env={**os.environ, **desk.env}, check=True, timeout=100)


def test_a_dataset_is_compared_with_a_file(desk: Desk) -> None:
    desk.scoredock("dataset", "collect", NAME, "--name", "last-week")
    window, side = desk.window, desk.window.side
    side.show("Scoredock")
    side.expand("Models", "Datasets")
    side.wait_row("Models", "last-week:1")
    side.choose("Models", "last-week:1", "Compare Inputs…")
    window.quick.wait("Compare with")
    window.quick.pick("Version Before")
    window.notices.wait("dataset:last-week:1 has no baseline of its own")
