"""Models without a script in batch jobs: what stands in the output is what their framework answers."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from no_code.conftest import Made, kinds

pytestmark = pytest.mark.timeout(900)
"""A machine that has none of the frameworks yet gets them first."""
TABLES = (
    "sklearn",
    "sklearn_frame",
    "sklearn_mixed",
    "sklearn_gaps",
    "skops",
    "onnx",
    "lightgbm",
    "lightgbm_categories",
    "lightgbm_wrapper",
    "lightgbm_wrapper_categories",
    "xgboost",
    "xgboost_pickle",
    "xgboost_categories",
    "xgboost_wrapper",
    "keras",
    "torchscript",
    "mlflow",
)
"""Kinds that take a table; the others take tensors by name."""
PROBABILITIES = ("sklearn", "skops", "lightgbm_wrapper", "lightgbm_wrapper_categories", "xgboost_wrapper")
"""Whose services answer with these, where a batch job has the predictions."""


@pytest.fixture
def terminal(tmp_path: Path, shared: Path) -> Terminal:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Terminal(tmp_path / "home", folder)
    made.ok("model", "list")  # makes the workspace
    (tmp_path / "home" / "workspaces" / "local" / "environments").symlink_to(shared)
    return made


def table(made: Made) -> tuple[list[dict[str, Any]], Any]:
    """Rows of the first case by names, and its answer."""
    case = made.cases[0]
    named = [each["body"]["data"][0] for each in made.cases if isinstance(each["body"].get("data"), list)]
    names = next((list(each) for each in named if isinstance(each, dict)), None)
    rows = case["body"]["data"]
    if isinstance(rows[0], dict):
        return rows, case["answer"]
    order = next((name for name in (_order(made, rows, names) if names else ())), None)
    return [dict(zip(order or _numbered(rows), row, strict=True)) for row in rows], case["answer"]


def _numbered(rows: list[list[Any]]) -> list[str]:
    return [f"x{number}" for number in range(len(rows[0]))]


def _order(made: Made, rows: list[list[Any]], names: list[str]) -> list[list[str]]:
    """Names in the order of the values: a case with the same answer has the rows by name."""
    case = next(
        each
        for each in made.cases
        if isinstance(each["body"]["data"], list)
        and isinstance(each["body"]["data"][0], dict)
        and set(each["body"]["data"][0]) == set(names)
    )
    first = case["body"]["data"][0]
    return [list(order) for order in itertools.permutations(names) if [first[name] for name in order] == list(rows[0])]


def values(answer: Any) -> list[list[Any]]:
    """A list for each row."""
    if isinstance(answer, dict):
        parts = [values(each) for each in answer.values()]
        return [[value for part in parts for value in part[number]] for number in range(len(parts[0]))]
    return [_flat(each) for each in answer]


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return [one for each in value for one in _flat(each)] if isinstance(value, list) else [value]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, [*rows[0], "id"])
        writer.writeheader()
        writer.writerows({**row, "id": f"row-{number}"} for number, row in enumerate(rows))


@pytest.mark.parametrize("kind", kinds("sklearn", "sklearn_frame", "lightgbm", "onnx", of=TABLES))
def test_rows_of_a_table(
    kind: str, models: Callable[[str], Made], terminal: Terminal, with_everything: str, frameworks: Path
) -> None:
    made = models(kind)
    rows, answer = table(made)
    write(terminal.folder / "rows.csv", rows)
    terminal.ok("model", "register", str(made.path), "--name", "model")
    options = [f"--argument=--columns={','.join(rows[0])}", "--argument=--keep=id"]
    if kind in PROBABILITIES:
        options.append("--argument=--method=predict_proba")
    job = ("batch", "run", "--name", "job", "--model", "model", "--input", "rows.csv", "--output-path", "scored")
    terminal.ok(*job, "--environment-file", with_everything, "--mini-batch-size", "2", *options)
    lines = (terminal.folder / "scored" / "parallel_run_step.txt").read_text().splitlines()
    found = list(csv.reader(lines, delimiter=" "))
    assert [each[0] for each in found] == [f"row-{number}" for number in range(len(rows))]
    for line, expected in zip(found, values(answer), strict=True):
        assert [float(each) for each in line[1:]] == pytest.approx([float(each) for each in expected], rel=1e-5)


def test_without_anything_but_the_model(models: Callable[[str], Made], terminal: Terminal) -> None:
    """The environment is made for it; columns that are too many or missing are named; Parquet as CSV."""
    made = models("sklearn_frame")
    rows, answer = table(made)
    write(terminal.folder / "rows.csv", rows)
    terminal.ok("model", "register", str(made.path), "--name", "model")
    job = ("batch", "run", "--model", "model", "--input", "rows.csv")
    terminal.ok(*job, "--name", "plain", "--output-path", "plain")
    lines = (terminal.folder / "plain" / "parallel_run_step.txt").read_text().splitlines()
    assert [float(each) for each in lines] == pytest.approx(answer)
    terminal.ok(*job, "--name", "less", "--output-path", "less", "--argument=--columns=size")
    (failed,) = json.loads(terminal.ok("batch", "show", "less", "--json"))["failures"]
    assert failed["message"] == "ValueError: Missing columns: colour. The model takes size, colour."
    for name, option, words in (
        ("option", "--argument=--color=red", "unrecognized arguments: --color=red"),
        ("method", "--argument=--method=nope", "This model has no method 'nope'."),
        ("column", "--argument=--keep=nope", "The table has no column 'nope'; it has size, colour, id."),
    ):
        done = terminal.run(*job, "--name", name, "--output-path", name, option)
        shown = done.stderr + terminal.ok("batch", "show", name)
        assert words in shown


def test_a_batch_deployment_of_v2_without_a_script(models: Callable[[str], Made], terminal: Terminal) -> None:
    """Its mini-batches are of files, and those here of rows: the size of a table's is taken."""
    made = models("sklearn_frame")
    rows, answer = table(made)
    write(terminal.folder / "rows.csv", rows)
    terminal.ok("model", "register", str(made.path), "--name", "price")
    (terminal.folder / "deployment.yml").write_text(
        "$schema: https://azuremlschemas.azureedge.net/latest/batchDeployment.schema.json\n"
        "name: price\nendpoint_name: prices\ntype: model\nmodel: azureml:price@latest\ncompute: azureml:cpu\n"
        "settings: {mini_batch_size: 1, output_action: append_row, output_file_name: predictions.csv}\n"
    )
    job = ("batch", "run", "--name", "job", "--file", "deployment.yml", "--input", "rows.csv", "--output-path", "out")
    assert json.loads(terminal.ok(*job, "--json"))["job"]["completed"] == 1
    lines = (terminal.folder / "out" / "predictions.csv").read_text().splitlines()
    assert [float(each) for each in lines] == pytest.approx(answer)


def test_what_has_no_script_and_no_model(terminal: Terminal) -> None:
    (terminal.folder / "rows.csv").write_text("a\n1\n")
    job = ("batch", "run", "--name", "job", "--input", "rows.csv", "--output-path", "scored")
    assert terminal.refused(*job)["code"] == "batch-option-invalid"
    (terminal.folder / "notes.txt").write_text("nothing")
    terminal.ok("model", "register", "notes.txt", "--name", "notes")
    assert terminal.refused(*job, "--model", "notes")["code"] == "no-code-framework"
    assert terminal.ok("batch", "list") == "no batch jobs\n"
