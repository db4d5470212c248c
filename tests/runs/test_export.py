"""What `scoredock run export` writes is opened by MLflow itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.contrib.runs.domain.journal import NewRun, RunJournals
from scoredock.contrib.runs.domain.mlflow.run_export import export
from scoredock.progress import CancelToken

from .conftest import FILE_STORE, NEWEST, environment

READ = """
import json, sys
from mlflow import MlflowClient
client = MlflowClient(sys.argv[1])
told = {}
for experiment in client.search_experiments():
    for run in client.search_runs([experiment.experiment_id]):
        told[run.info.run_id] = [
            experiment.name, run.info.run_name, run.info.status, run.data.params,
            {key: [(each.value, each.step) for each in client.get_metric_history(run.info.run_id, key)]
             for key in run.data.metrics},
            {key: value for key, value in run.data.tags.items() if key != "mlflow.user"},
            [each.path for each in client.list_artifacts(run.info.run_id, "outputs")],
        ]
print(json.dumps(told))
"""


def logged(workspace: Path) -> tuple[RunJournals, str, str]:
    """A finished run with a child that failed."""
    journals = RunJournals(workspace)
    parent = journals.begin(NewRun("first-lab", name="shown", properties={"p": "q"}, tags={"stage": "lab"})).id
    for step, value in enumerate((0.5, 0.25)):
        journals.log(parent, "loss/train (%)", "scalar", json.dumps(value), step)
    journals.log(parent, "table", "table", json.dumps({"x": [1, 2], "name": ["a", "b"]}), None)
    journals.log(parent, "big", "scalar", "NaN", None)
    source = workspace / "model.bin"
    source.write_bytes(b"model")
    journals.upload(parent, "outputs/model.bin", source, CancelToken())
    journals.end(parent, "Completed", "")
    child = journals.begin(NewRun("first-lab", parent=parent)).id
    journals.end(child, "Failed", "no data")
    return journals, parent, child


@pytest.mark.long("makes an environment with MLflow")
def test_mlflow_opens_what_was_written(tmp_path: Path, mlflow: Callable[[str], Path]) -> None:
    journals, parent, child = logged(tmp_path)
    done = export(journals, journals.all(), tmp_path / "mlruns", CancelToken())
    assert sorted(done.runs) == sorted((parent, child))
    words = [str(mlflow(NEWEST) / "python"), "-c", READ, (tmp_path / "mlruns").as_uri()]
    read = subprocess.run(words, env=environment(**FILE_STORE), capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr
    told = json.loads(read.stdout)
    name, shown, status, params, metrics, tags, files = told[parent]
    assert (name, shown, status, params, files) == ("first-lab", "shown", "FINISHED", {"p": "q"}, ["outputs/model.bin"])
    assert metrics["loss/train ___"] == [[0.5, 0], [0.25, 1]]
    assert metrics["table.x"] == [[1, 0], [2, 1]]
    assert (tags["stage"], tags["table.name"]) == ("lab", "b")
    assert (told[child][2], told[child][5]["mlflow.parentRunId"], told[child][5]["error"]) == (
        "FAILED",
        parent,
        "no data",
    )


def test_what_is_in_the_folder_stays_and_a_run_is_there_whole(tmp_path: Path) -> None:
    journals, parent, child = logged(tmp_path)
    target = tmp_path / "mlruns"
    export(journals, [journals.run(parent)], target, CancelToken())
    meta = next(target.glob(f"*/{parent}/meta.yaml"))
    meta.write_text(meta.read_text() + "# mine\n")
    done = export(journals, journals.all(), target, CancelToken())
    assert (done.runs, done.skipped) == ([child], [parent])
    assert meta.read_text().endswith("# mine\n")
    assert len([each for each in target.iterdir() if each.is_dir()]) == 1
    journals.file(parent, "outputs/model.bin").unlink()
    with pytest.raises(Exception, match=r"model\.bin"):
        export(journals, [journals.run(parent)], tmp_path / "other", CancelToken())
    assert list((tmp_path / "other").glob("*/*/meta.yaml")) == []


def test_a_line_that_a_crash_cut_off_counts_as_not_written(tmp_path: Path) -> None:
    journals, parent, _ = logged(tmp_path)
    path = journals.folder / parent / "journal.jsonl"
    whole = path.read_bytes()
    before = journals.run(parent)
    for end in range(whole.rindex(b"\n", 0, len(whole) - 1) + 1, len(whole)):
        path.write_bytes(whole[:end])
        run = journals.run(parent)
        assert (run.status == "Completed", run.metrics) == (False, before.metrics)
    journals.log(parent, "after", "scalar", "1", None)
    assert [metric.name for metric in journals.run(parent).metrics][-1] == "after"
    path.write_bytes(whole)
    assert journals.run(parent).status == "Completed"
