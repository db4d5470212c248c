"""Methods of comparisons: one good call each on two small tables, and facts that do not fit."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAME = "nightly"


def _choices(world: Any) -> dict[str, Any]:
    """Two tables; the second one has moved."""
    folder = world.project.parent
    for name, first in (("old", 0), ("new", 500)):
        lines = "".join(f"{first + number}\n" for number in range(200))
        (folder / f"{name}.csv").write_text(f"a\n{lines}")
    return {"target": str(folder / "new.csv"), "baseline": str(folder / "old.csv"), "python": sys.executable}


def _schedule(world: Any) -> str:
    if NAME not in [each.name for each in world.ask("scoredock/drift/list", {}).monitors]:
        schedule(world)
    return NAME


def compare(world: Any) -> None:
    record = world.ask("scoredock/drift/compare", {"choices": _choices(world), "name": "once"})
    assert (record.verdict, record.drifted, record.baseline.rows) == ("drift", ["a"], 200)


def schedule(world: Any) -> None:
    params = {
        "name": NAME,
        "choices": _choices(world),
        "every": "1d",
        "retrain": [sys.executable, "-c", "print('trained')"],
        "folder": str(world.project),
    }
    made = world.ask("scoredock/drift/schedule", params)
    assert (made.every, made.verdict, made.retrain[0]) == ("1d", None, sys.executable)


def run(world: Any) -> None:
    (done,) = world.ask("scoredock/drift/run", {"names": [_schedule(world)], "due": False}).runs
    assert (done.verdict, done.exit_code, done.error) == ("drift", 0, "")


def listing(world: Any) -> None:
    name = _schedule(world)
    monitors = {each.name: each for each in world.ask("scoredock/drift/list", {}).monitors}
    assert monitors[name].target.endswith("new.csv")


def show(world: Any) -> None:
    world.ask("scoredock/drift/compare", {"choices": _choices(world), "name": "once"})
    details = world.ask("scoredock/drift/show", {"name": "once"})
    assert (details.summary, details.columns[0].drifted) == ("Drift in 1 of 1 columns", True)
    assert details.choices.target.endswith("new.csv")


def retrain(world: Any) -> None:
    done = world.ask("scoredock/drift/retrain", {"name": _schedule(world)})
    assert Path(done.log).read_text() == "trained\n"


def export(world: Any) -> None:
    path = world.project.parent / "monitor.yml"
    params = {"name": _schedule(world), "path": str(path), "form": "yaml"}
    assert world.ask("scoredock/drift/export", params).path == str(path)
    assert "type: data_drift" in path.read_text()


def delete(world: Any) -> None:
    assert world.ask("scoredock/drift/delete", {"name": _schedule(world)}).name == NAME
    assert NAME not in [each.name for each in world.ask("scoredock/drift/list", {}).monitors]


def collect(world: Any) -> None:
    """Of the service that the other tests have, as if it had collected a request."""
    shown = world.ask("scoredock/service/show", {"name": "adder"})
    services = world.project.parent / "home" / "workspaces" / shown.workspace_id / "services"
    day = services / "adder" / "data" / "modeldata" / "m" / "1" / "requests" / "2026" / "11" / "20"
    day.mkdir(parents=True)
    record = {"timestamp": "2026-11-20T00:00:00Z", "status": 200, "input": '{"data": [1]}', "output": "1"}
    (day / "data.jsonl").write_text(json.dumps(record) + "\n")
    done = world.ask("scoredock/dataset/collect", {"service": "adder", "name": "collected"})
    assert (done.asset.id, done.rows) == ("collected:1", 1)


def pause(world: Any) -> None:
    assert world.ask("scoredock/drift/pause", {"name": _schedule(world)}).paused


def resume(world: Any) -> None:
    world.ask("scoredock/drift/pause", {"name": _schedule(world)})
    resumed = world.ask("scoredock/drift/resume", {"name": NAME})
    assert not resumed.paused
    assert resumed.next_run


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/drift/compare": compare,
    "scoredock/drift/schedule": schedule,
    "scoredock/drift/run": run,
    "scoredock/drift/pause": pause,
    "scoredock/drift/resume": resume,
    "scoredock/drift/list": listing,
    "scoredock/drift/show": show,
    "scoredock/drift/retrain": retrain,
    "scoredock/drift/export": export,
    "scoredock/drift/delete": delete,
    "scoredock/dataset/collect": collect,
}
_NOBODY = {"name": "nobody"}
_NOTHING = {"choices": {"target": "/nowhere.csv", "baseline": "/nowhere.csv"}}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/drift/compare", _NOTHING, "drift-data-missing"),
    ("scoredock/drift/compare", {"choices": {"target": ""}}, "drift-option-invalid"),
    ("scoredock/drift/schedule", {**_NOTHING, "name": "a", "every": "now"}, "drift-option-invalid"),
    ("scoredock/drift/run", {"names": ["nobody"]}, "drift-missing"),
    ("scoredock/drift/list", {"workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/drift/export", {**_NOBODY, "path": "/tmp/r.html"}, "drift-missing"),
    ("scoredock/dataset/collect", {"service": "nobody", "name": "a"}, "service-not-found"),
    *(
        (f"scoredock/drift/{each}", _NOBODY, "drift-missing")
        for each in ("show", "pause", "resume", "retrain", "delete")
    ),
]
