"""Methods of runs: one good call each on a tracking store in the open folder, and facts that do not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

RUN = "0f3ad60a9ba54fd1a6bf6c1df8a9c8f4"


def tracking_store(project: Path) -> str:
    """A `mlruns` folder as MLflow writes it, with one run that has a model file."""
    store = project / "mlruns"
    run = store / "1" / RUN
    if not run.exists():
        (run / "artifacts" / "outputs").mkdir(parents=True)
        (run / "artifacts" / "outputs" / "model.bin").write_bytes(b"12345")
        (run / "metrics").mkdir()
        (run / "metrics" / "acc").write_text("1000 0.5 0\n2000 0.75 1\n")
        (store / "1" / "meta.yaml").write_text("experiment_id: '1'\nlifecycle_stage: active\nname: iris\n")
        (run / "meta.yaml").write_text(
            f"artifact_uri: {run}/artifacts\nend_time: null\nexperiment_id: '1'\nlifecycle_stage: active\n"
            f"run_id: {RUN}\nrun_name: first\nstart_time: 1000\nstatus: 3\n"
        )
    return str(store)


def stores(world: Any) -> None:
    store = tracking_store(world.project)
    found = world.ask("scoredock/run/stores", {"folders": [str(world.project)]}).stores
    assert [(each.uri, each.title, each.kind, each.problem) for each in found] == [(store, "mlruns", "folder", "")]


def experiments(world: Any) -> None:
    found = world.ask("scoredock/run/experiments", {"store": tracking_store(world.project)})
    assert [(each.id, each.name, each.runs) for each in found.experiments] == [("1", "iris", 1)]
    assert found.next_page == ""


def runs(world: Any) -> None:
    found = world.ask("scoredock/run/list", {"store": tracking_store(world.project), "experimentId": "1"}).runs
    assert [(each.id, each.name, each.status, each.started) for each in found] == [(RUN, "first", "FINISHED", 1.0)]
    assert (found[0].metrics, found[0].ended, found[0].has_children) == ({"acc": 0.75}, None, False)


def show(world: Any) -> None:
    store = tracking_store(world.project)
    found = world.ask("scoredock/run/show", {"store": store, "runId": RUN})
    assert (found.store.uri, found.store.title, found.store.kind) == (store, "mlruns", "folder")
    assert (found.experiment.name, found.run.name, found.run.metrics) == ("iris", "first", {"acc": 0.75})
    assert (found.run.has_children, found.run.best_child) == (False, "")


def artifacts(world: Any) -> None:
    params = {"store": tracking_store(world.project), "runId": RUN, "path": "outputs"}
    found = world.ask("scoredock/run/artifacts", params).artifacts
    assert [(each.path, each.size, each.is_folder, each.is_model) for each in found] == [
        ("outputs/model.bin", 5, False, False)
    ]


def download(world: Any) -> None:
    target = world.project.parent / "model.bin"
    params = {"store": tracking_store(world.project), "runId": RUN, "path": "outputs/model.bin", "target": str(target)}
    assert world.ask("scoredock/run/download", params).path == str(target)
    assert target.stat().st_size == 5


def propose(world: Any) -> None:
    found = world.ask("scoredock/run/propose", {"store": tracking_store(world.project), "runId": RUN})
    assert (found.run_id, found.path, found.name, found.experiment) == (RUN, "outputs/model.bin", "first", "iris")


def register(world: Any) -> None:
    workspace = world.ask("scoredock/workspace/create", {"name": "runs"})
    params = {"store": tracking_store(world.project), "runId": RUN, "workspaceId": workspace.id}
    made = world.ask("scoredock/run/register", params)
    assert (made.id, made.size, made.run_id, made.experiment) == ("first:1", 5, RUN, "iris")


def logged(world: Any) -> tuple[str, str]:
    """Store and id of a run that is begun in a workspace of its own."""
    found = {each.name: each.id for each in world.ask("scoredock/workspace/list", {"folders": []}).workspaces}
    workspace = found.get("logged") or world.ask("scoredock/workspace/create", {"name": "logged"}).id
    begun = world.ask("scoredock/run/begin", {"experiment": "iris", "workspaceId": workspace, "name": "by hand"})
    return begun.store, begun.run.id


def begin(world: Any) -> None:
    store, id = logged(world)
    found = world.ask("scoredock/run/logged", {"store": store, "runId": id})
    assert (found.experiment, found.status, found.run.name, found.metrics) == ("iris", "Running", "by hand", [])


def log(world: Any) -> None:
    store, id = logged(world)
    metrics = [{"name": "loss", "kind": "scalar", "value": value} for value in ("0.5", "0.25")]
    world.ask("scoredock/run/log", {"store": store, "runId": id, "metrics": metrics})
    found = world.ask("scoredock/run/logged", {"store": store, "runId": id})
    assert [(each.name, each.value) for each in found.metrics] == [("loss", "0.5"), ("loss", "0.25")]


def search(world: Any) -> None:
    store, id = logged(world)
    metrics = [{"name": "loss", "kind": "scalar", "value": "0.5", "step": step, "time": 8.5} for step in (3, 2)]
    world.ask("scoredock/run/log", {"store": store, "runId": id, "metrics": metrics})
    workspaces = world.ask("scoredock/workspace/list", {"folders": []}).workspaces
    workspace = next(each.id for each in workspaces if each.name == "logged")
    params = {"workspaceId": workspace, "experiments": ["iris"], "runIds": [id]}
    found = world.ask("scoredock/run/search", params).runs
    assert [(run.run.id, [(each.step, each.time) for each in run.metrics]) for run in found] == [(id, [(3, 8.5)])]
    assert world.ask("scoredock/run/search", {**params, "experiments": ["other"]}).runs == []
    values = world.ask("scoredock/run/history", {"store": store, "runId": id, "metric": "loss"}).values
    assert [each.step for each in values] == [3, 2]


def change(world: Any) -> None:
    store, id = logged(world)
    params = {"store": store, "runId": id, "tags": {"stage": "new"}, "name": "renamed"}
    changed = world.ask("scoredock/run/change", params)
    assert (changed.tags, changed.run.name) == ({"stage": "new"}, "renamed")


def upload(world: Any) -> None:
    store, id = logged(world)
    file = world.project / "uploaded.txt"
    file.write_text("five!")
    params = {"store": store, "runId": id, "files": [{"name": "outputs/uploaded.txt", "path": str(file)}]}
    world.ask("scoredock/run/upload", params)
    listed = world.ask("scoredock/run/artifacts", {"store": store, "runId": id, "path": "outputs"}).artifacts
    assert [(each.path, each.size) for each in listed] == [("outputs/uploaded.txt", 5)]


def end(world: Any) -> None:
    store, id = logged(world)
    ended = world.ask("scoredock/run/end", {"store": store, "runId": id, "status": "Completed"})
    assert (ended.status, ended.run.ended is not None) == ("Completed", True)


def export(world: Any) -> None:
    _, id = logged(world)
    found = world.ask("scoredock/workspace/list", {"folders": []}).workspaces
    workspace = next(each.id for each in found if each.name == "logged")
    target = world.project.parent / f"exported-{id}"
    done = world.ask("scoredock/run/export", {"target": str(target), "workspaceId": workspace, "runId": id})
    assert (len(done.runs), done.skipped) == (1, [])
    assert list(target.rglob("meta.yaml"))


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/run/begin": begin,
    "scoredock/run/logged": begin,
    "scoredock/run/search": search,
    "scoredock/run/history": search,
    "scoredock/run/log": log,
    "scoredock/run/change": change,
    "scoredock/run/upload": upload,
    "scoredock/run/end": end,
    "scoredock/run/export": export,
    "scoredock/run/stores": stores,
    "scoredock/run/experiments": experiments,
    "scoredock/run/list": runs,
    "scoredock/run/show": show,
    "scoredock/run/artifacts": artifacts,
    "scoredock/run/download": download,
    "scoredock/run/propose": propose,
    "scoredock/run/register": register,
}
NEVER_REFUSED = {"scoredock/run/stores"}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/run/begin", {"experiment": "iris", "workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/run/logged", {"store": "/nowhere", "runId": RUN}, "run-not-of-workspace"),
    ("scoredock/run/history", {"store": "/nowhere", "runId": RUN, "metric": "loss"}, "run-not-of-workspace"),
    ("scoredock/run/search", {"runIds": ["nobody"]}, "run-not-found"),
    ("scoredock/run/log", {"store": "/nowhere", "runId": RUN, "metrics": []}, "run-not-of-workspace"),
    ("scoredock/run/change", {"store": "/nowhere", "runId": RUN}, "run-not-of-workspace"),
    ("scoredock/run/upload", {"store": "/nowhere", "runId": RUN, "files": []}, "run-not-of-workspace"),
    ("scoredock/run/end", {"store": "/nowhere", "runId": RUN, "status": "Failed"}, "run-not-of-workspace"),
    ("scoredock/run/export", {"target": "/tmp/exported", "workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/run/experiments", {"store": "/nowhere"}, "run-store-unknown"),
    ("scoredock/run/list", {"store": "http://127.0.0.1:9", "experimentId": "1"}, "run-store-unknown"),
    ("scoredock/run/show", {"store": "/nowhere", "runId": RUN}, "run-store-unknown"),
    ("scoredock/run/artifacts", {"store": "mlruns", "runId": RUN}, "run-store-unknown"),
    (
        "scoredock/run/download",
        {"store": "/nowhere", "runId": RUN, "path": "a", "target": "/tmp/a"},
        "run-store-unknown",
    ),
    ("scoredock/run/propose", {"store": "", "runId": RUN}, "run-store-unknown"),
    ("scoredock/run/register", {"store": "/etc/passwd", "runId": "../1"}, "run-store-unknown"),
]
