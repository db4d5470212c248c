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
    "keras_h5",
    "tensorflow",
    "torchscript",
    "mlflow",
)
"""Kinds that take a table."""
PROBABILITIES = ("sklearn", "skops", "lightgbm_wrapper", "xgboost_wrapper")
"""Whose services answer with these, where a batch job has the predictions."""


@pytest.fixture
def terminal(tmp_path: Path, shared: Path) -> Terminal:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Terminal(tmp_path / "home", folder)
    made.ok("model", "list")  # makes the workspace
    (tmp_path / "home" / "workspaces" / "local" / "environments").symlink_to(shared)
    return made


NAMED = {"gaps": list("abcd")}
"""Columns of models none of whose cases has them by name."""


def table(made: Made) -> tuple[list[dict[str, Any]], Any]:
    """Rows of the first case by names, and its answer."""
    case = made.cases[0]
    named = [each["body"]["data"][0] for each in made.cases if isinstance(each["body"].get("data"), list)]
    names = next((list(each) for each in named if isinstance(each, dict)), None)
    rows = case["body"]["data"]
    if isinstance(rows[0], dict):
        return rows, case["answer"]
    order = next((name for name in (_order(made, names) if names else ())), NAMED.get(made.path.stem))
    return [dict(zip(order or _numbered(rows), row, strict=True)) for row in rows], case["answer"]


def _numbered(rows: list[list[Any]]) -> list[str]:
    return [f"x{number}" for number in range(len(rows[0]))]


def _order(made: Made, names: list[str]) -> list[list[str]]:
    """Names in the order of the values: another case has one of the rows by name."""
    bodies = [each["body"]["data"] for each in made.cases if isinstance(each["body"].get("data"), list)]
    named = [rows[0] for rows in bodies if isinstance(rows[0], dict) and set(rows[0]) == set(names)]
    plain = [list(row) for rows in bodies for row in rows if isinstance(row, list)]
    return [
        list(order)
        for row in named
        for order in itertools.permutations(names)
        if [row[name] for name in order] in plain
    ]


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


@pytest.mark.parametrize("kind", kinds("onnx_open", of=("onnx_open", "tensorflow", "keras")))
def test_inputs_by_name(
    kind: str, models: Callable[[str], Made], terminal: Terminal, with_everything: str, frameworks: Path
) -> None:
    """Each from the column of its name, or from those that are numbered after it."""
    made = models(kind)
    terminal.ok("model", "register", str(made.path), "--name", "model")
    job = ("batch", "run", "--model", "model", "--input", "rows.csv", "--environment-file", with_everything)
    given, case = next(
        (values, each)
        for each in made.cases
        if isinstance(values := each["body"].get("data") or each["body"].get("inputs"), dict)
        and each["body"].get("signature_name", "both") == "both"
    )
    count = len(next(iter(given.values())))
    rows = [
        {key: value for name, part in given.items() for key, value in _numbered_after(name, part[number]).items()}
        for number in range(count)
    ]
    write(terminal.folder / "rows.csv", rows)
    options = ["--argument=--method=both"] if kind == "tensorflow" else []
    terminal.ok(*job, "--name", "job", "--output-path", "scored", *options)
    found = [each.split() for each in (terminal.folder / "scored" / "parallel_run_step.txt").read_text().splitlines()]
    expected = case["answer"]["outputs"]["sum"] if kind == "tensorflow" else [each[0] for each in case["answer"]]
    values_of = [next(word for word in each if "!" not in word) for each in found]  # a text stands beside a number
    assert [float(each) for each in values_of] == pytest.approx(expected, rel=1e-5)
    name, other = given
    columns = ",".join(key for key in rows[0] if key.startswith(name))
    refused = terminal.run(*job, "--name", "less", "--output-path", "less", *options, f"--argument=--columns={columns}")
    shown = refused.stderr + terminal.ok("batch", "show", "less")
    assert f"no column for the input '{other}', neither {other} nor {other}_0" in shown


def _numbered_after(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, list):
        return {name: value}
    return {f"{name}_{place}": each for place, each in enumerate(value)}


def test_without_anything_but_the_model(models: Callable[[str], Made], terminal: Terminal) -> None:
    """The environment is made for it; columns that are too many or missing are named; Parquet as CSV."""
    made = models("sklearn_frame")
    rows, answer = table(made)
    write(terminal.folder / "rows.csv", rows)
    terminal.ok("model", "register", str(made.path), "--name", "model")
    job = ("batch", "run", "--model", "model", "--input", "rows.csv")
    terminal.ok(*job, "--name", "plain", "--output-path", "plain")
    lines = (terminal.folder / "plain" / "parallel_run_step.txt").read_text().splitlines()
    assert [float(each) for each in lines] == pytest.approx(answer["predict"])
    less = (*job, "--name", "less", "--output-path", "less", "--argument=--columns=size")
    refused = terminal.run(*less)
    assert refused.returncode == 1
    assert "The input lacks columns that the model model:1 takes: colour. It has size." in refused.stderr
    assert "[batch-columns-differ]" in refused.stderr
    assert json.loads(terminal.ok("batch", "list", "--json"))["jobs"][0]["name"] == "plain"
    done = terminal.run(*less, "--yes")
    assert "rows.csv, rows 0 to 1: ValueError: Missing columns: colour." in done.stderr
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


def test_a_table_with_another_number_of_columns(models: Callable[[str], Made], terminal: Terminal) -> None:
    """Of a model that knows no names."""
    made = models("sklearn")
    rows, _ = table(made)
    write(terminal.folder / "rows.csv", rows)  # with an id
    terminal.ok("model", "register", str(made.path), "--name", "model")
    job = ("batch", "run", "--model", "model", "--input", "rows.csv", "--name", "job", "--output-path", "job")
    refused = terminal.run(*job)
    assert refused.returncode == 1
    assert "[batch-columns-differ]" in refused.stderr
    assert f"({len(rows[0]) + 1}: " in refused.stderr
    assert f"model:1 takes ({len(rows[0])})" in refused.stderr
    assert json.loads(terminal.ok("batch", "list", "--json"))["jobs"] == []


def test_columns_that_a_collector_adds_are_none_of_the_models(
    models: Callable[[str], Made], terminal: Terminal
) -> None:
    """The model knows no names: it would get them as numbers."""
    made = models("sklearn")
    rows, _ = table(made)
    (terminal.folder / "rows.csv").write_text(
        "".join(
            ",".join(map(str, line)) + "\n"
            for line in [["$Timestamp", "$RequestId", *rows[0]], *(["2026-01-01", "x", *row.values()] for row in rows)]
        )
    )
    terminal.ok("model", "register", str(made.path), "--name", "model")
    job = ("batch", "run", "--name", "job", "--model", "model", "--input", "rows.csv", "--output-path", "scored")
    terminal.ok(*job, "--output-format", "csv")
    written = (terminal.folder / "scored" / "parallel_run_step.csv").read_text().splitlines()
    assert (written[0], len(written)) == ("prediction", 1 + len(rows))


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
    assert [float(each) for each in lines] == pytest.approx(answer["predict"])


def test_what_has_no_script_and_no_model(terminal: Terminal) -> None:
    (terminal.folder / "rows.csv").write_text("a\n1\n")
    job = ("batch", "run", "--name", "job", "--input", "rows.csv", "--output-path", "scored")
    assert terminal.refused(*job)["code"] == "batch-option-invalid"
    (terminal.folder / "notes.txt").write_text("nothing")
    terminal.ok("model", "register", "notes.txt", "--name", "notes")
    assert terminal.refused(*job, "--model", "notes")["code"] == "no-code-framework"
    assert terminal.ok("batch", "list") == "no batch jobs\n"
