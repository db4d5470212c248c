"""The `az ml` lines of the documents run as they stand, or are told with the line that was meant."""

from __future__ import annotations

import json
import shlex

import pytest

import tracking_stores
from az.az_lines import LINES, SPOKEN, Line
from cli.conftest import Terminal


@pytest.fixture
def desk(terminal: Terminal, shared_environments: None) -> Terminal:
    """A folder with what the documents have in theirs."""
    folder = terminal.folder
    for name in ("mnist/model.onnx", "models/model.h5"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"bytes")
    for name in ("inferenceconfig.json", "inferenceConfig.json"):
        (folder / name).write_text(json.dumps({"entryScript": "score.py"}))
    for name in ("deploymentconfig.json", "deploymentConfig.json"):
        (folder / name).write_text(json.dumps({"computeType": "local"}))
    (folder / "rows.jsonl").write_text('{"data": [1, 2]}\n{"data": [3]}\n')
    runs = folder / "mlruns"
    tracking_stores.experiment(runs, name="myexperiment")
    made = tracking_stores.run(runs, "myrunid")
    (made / "artifacts" / "outputs" / "sklearn_mnist_model.pkl").write_bytes(b"bytes")
    terminal.ok("model", "register", "model.bin", "-n", "mymodel")
    terminal.ok("model", "register", "models", "-n", "sentiment")
    terminal.ok("dataset", "register", "rows.jsonl", "-n", "samples")
    return terminal


def run(desk: Terminal, line: Line) -> None:
    done = desk.run(*shlex.split(line.filled))
    if line.correction:
        assert done.returncode == 2, done.stderr
        assert f"Did you mean: {line.correction}\n" in done.stderr
        assert "[az-line-invalid]" in done.stderr
        return
    assert done.returncode == 0, (line.text, done.stderr)
    if line.deploys:
        told = json.loads(done.stdout)
        assert told["state"] in ("Healthy", "running")
        assert desk.ok("service", "call", told["name"], "--data", '{"data": [1, 2]}') == "3\n"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(each, id=str(n), marks=[pytest.mark.long("a second deployment")] if each.needs_time else [])
        for n, each in enumerate(LINES)
        if each.deploys
    ],
)
def test_lines_that_deploy_end_with_a_service_that_answers(desk: Terminal, line: Line) -> None:
    run(desk, line)


def test_all_other_lines_run_or_are_corrected(desk: Terminal) -> None:
    assert len(LINES) == 14
    for line in LINES:
        if not line.deploys and not line.needs_time:
            run(desk, line)
    assert (desk.folder / "model_folder" / "model.bin").read_bytes() == b"12345"
    registered = json.loads(desk.ok("az", "ml", "model", "show", "-n", "sklearn_mnist"))
    assert (registered["runId"], registered["experimentName"]) == ("myrunid", "myexperiment")


@pytest.mark.long("a profile deploys a service of its own and measures it")
def test_the_line_that_profiles_measures_with_the_rows_of_the_dataset(desk: Terminal) -> None:
    line = next(each for each in LINES if each.needs_time and not each.deploys)
    told = json.loads(desk.ok(*shlex.split(line.filled)))
    assert (told["state"], told["name"], told["inputDatasetId"]) == ("Succeeded", "first-profile", "samples:1")
    assert told["totalQueries"] == told["successQueries"] > 0
    assert desk.json("service", "list")["services"] == []
    written = ("-d", '{"data": [1, 2]}', "-t", "measured.json")  # as the reference of the first releases has it
    desk.ok(
        "az",
        "ml",
        "model",
        "profile",
        "-n",
        "second-profile",
        "-m",
        "mymodel:1",
        "--ic",
        "inferenceconfig.json",
        *written,
    )
    assert json.loads((desk.folder / "measured.json").read_text())["state"] == "Succeeded"


def test_a_request_that_a_line_writes_out_is_no_file(terminal: Terminal) -> None:
    line = ("az", "ml", "model", "profile", "-n", "first", "-m", "five:1", "--es", "score.py", "-d")
    assert "[model-not-found]" in terminal.run(*line, '{"data": [1, 2]}').stderr
    assert "[file-not-found]" in terminal.run(*line, "rows.jsonl").stderr


def test_lines_that_lack_something_are_told_what(terminal: Terminal) -> None:
    unnamed, without_verb = SPOKEN
    run(terminal, unnamed)
    done = terminal.run(*shlex.split(without_verb.text))
    assert done.returncode == 2
    assert "“delete”" in done.stderr
    done = terminal.run("az", "ml", "model", "delete", "-i", "<model-id>")
    assert done.returncode == 2
    assert "placeholder" in done.stderr
