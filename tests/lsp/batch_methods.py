"""Methods of batch jobs: one good call each on a job of three files, and facts that do not fit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any


def _job(world: Any) -> str:
    """A job that has ended, made by whichever test comes first."""
    name = "nightly"
    if name not in [each.name for each in world.ask("scoredock/batch/list", {}).jobs]:
        folder = world.project.parent / "batch"
        (folder / "in").mkdir(parents=True)
        for number in range(3):
            (folder / "in" / f"f{number}.txt").write_text("1")
        (folder / "length.py").write_text("def run(mini_batch):\n    print(len(mini_batch))\n    return mini_batch\n")
        (folder / "packages.txt").write_text("azureml-defaults\n")
        params = {
            "name": name,
            "entryScript": str(folder / "length.py"),
            "environmentFile": str(folder / "packages.txt"),
            "inputs": [str(folder / "in")],
            "outputPath": str(folder / "out"),
            "miniBatchSize": "2",
        }
        done = world.ask("scoredock/batch/run", params)
        assert (done.job.state, done.job.completed, done.job.items, done.failures) == ("Completed", 2, 3, [])
    return name


def run(world: Any) -> None:
    _job(world)


def listing(world: Any) -> None:
    _job(world)
    (found,) = world.ask("scoredock/batch/list", {}).jobs
    assert (found.name, found.state, found.percentage) == ("nightly", "Completed", 100)


def show(world: Any) -> None:
    found = world.ask("scoredock/batch/show", {"name": _job(world)})
    assert (found.files, found.mini_batch_size, found.job.results, found.error) == (3, "2", 3, "")


def outputs(world: Any) -> None:
    found = world.ask("scoredock/batch/outputs", {"name": _job(world)})
    assert (len(found.files), found.quarantine, len(found.head)) == (1, "", 3)


def logs(world: Any) -> None:
    lines = world.ask("scoredock/batch/logs", {"name": _job(world)}).lines
    assert sorted(each.rpartition("] ")[2] for each in lines if "mini-batch" in each) == ["1", "2"]


def cancel(world: Any) -> None:
    """One that has ended stays as it is."""
    assert world.ask("scoredock/batch/cancel", {"name": _job(world)}).job.state == "Completed"


def resume(world: Any) -> None:
    """Of one that was cancelled before it had done anything."""
    folder = world.project.parent / "batch"
    _job(world)
    (folder / "slow.py").write_text("import time\n\n\ndef run(mini_batch):\n    time.sleep(1)\n    return mini_batch\n")
    params = {
        "name": "slow",
        "entryScript": str(folder / "slow.py"),
        "environmentFile": str(folder / "packages.txt"),
        "inputs": [str(folder / "in")],
        "outputPath": str(folder / "slow"),
        "wait": False,
    }
    world.ask("scoredock/batch/run", params)
    assert world.ask("scoredock/batch/cancel", {"name": "slow"}).job.state in ("Running", "Canceled")
    while world.ask("scoredock/batch/show", {"name": "slow"}).job.state == "Running":
        pass
    done = world.ask("scoredock/batch/resume", {"name": "slow"})
    assert (done.job.state, done.job.items) == ("Completed", 3)


def pause(world: Any) -> None:
    """One that has ended stays as it is."""
    assert world.ask("scoredock/batch/pause", {"name": _job(world)}).job.state == "Completed"


def delete(world: Any) -> None:
    """The next test makes it anew; what it wrote is in the way then."""
    world.ask("scoredock/batch/delete", {"name": _job(world)})
    assert "nightly" not in [each.name for each in world.ask("scoredock/batch/list", {}).jobs]
    written = world.project.parent / "batch" / "out"
    assert len((written / "parallel_run_step.txt").read_text().splitlines()) == 3
    shutil.rmtree(written.parent)


def read_yaml(world: Any) -> None:
    file = world.project.parent / "parallel_run_config.yml"
    file.write_text("mini_batch_size: 10KB\nnode_count: 2\n")
    text = world.ask("scoredock/batch/readYaml", {"path": str(file)}).text
    assert json.loads(text) == {"mini_batch_size": "10KB", "node_count": 2}


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/batch/run": run,
    "scoredock/batch/list": listing,
    "scoredock/batch/show": show,
    "scoredock/batch/outputs": outputs,
    "scoredock/batch/logs": logs,
    "scoredock/batch/cancel": cancel,
    "scoredock/batch/pause": pause,
    "scoredock/batch/resume": resume,
    "scoredock/batch/delete": delete,
    "scoredock/batch/readYaml": read_yaml,
}
_NOBODY = {"name": "nobody"}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/batch/run", {"name": "nothing", "inputs": ["/nowhere"], "outputPath": "/tmp"}, "batch-option-invalid"),
    ("scoredock/batch/readYaml", {"path": "/nowhere.yml"}, "file-not-found"),
    ("scoredock/batch/list", {"workspaceId": "nobody"}, "workspace-not-found"),
    *((f"scoredock/batch/{each}", _NOBODY, "batch-job-not-found") for each in ("show", "outputs", "logs")),
    *((f"scoredock/batch/{each}", _NOBODY, "batch-job-not-found") for each in ("cancel", "pause", "resume", "delete")),
]
