"""`scoredock drift compare` on files: what is found, what is said, and what is refused."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from scoredock.contrib.drift import messages
from scoredock.contrib.drift.domain.record import verdict_of
from scoredock.protocol import wire

from drift.conftest import Terminal
from drift.records import feature, metric
from pace import patience

Write = Callable[[str, Mapping[str, Sequence[Any]]], Path]
WASSERSTEIN = "normalized_wasserstein_distance"


def pair(write: Write, before: Mapping[str, Sequence[Any]], now: Mapping[str, Sequence[Any]]) -> tuple[str, str]:
    """Target and baseline."""
    write("old.csv", before)
    write("new.csv", now)
    return "new.csv", "old.csv"


def test_a_moved_column_is_found(terminal: Terminal, write: Write, random: np.random.Generator) -> None:
    same = {"a": random.normal(size=1000), "b": random.normal(size=1000)}
    moved = {"a": random.normal(size=1000), "b": random.normal(1, 1, size=1000)}
    record = terminal.compare(*pair(write, same, moved), drift=True)
    assert (record["verdict"], record["drifted"]) == ("drift", ["b"])
    distance = metric(feature(record, "b"), WASSERSTEIN)
    assert (distance["value"] > distance["limit"], distance["threshold"], distance["exceeded"]) == (True, 0.1, True)
    assert feature(record, "b")["baseline"]["rows"] == 1000
    assert sum(feature(record, "a")["histogram"]["target"]) == pytest.approx(1, abs=1e-4)
    assert {each["name"] for each in feature(record, "a")["metrics"]} == {
        WASSERSTEIN,
        "jensen_shannon_distance",
        "population_stability_index",
        "two_sample_kolmogorov_smirnov_test",
        "null_value_rate",
    }


def test_the_record_is_the_message_and_gives_the_verdict(
    terminal: Terminal, write: Write, random: np.random.Generator
) -> None:
    columns = {"a": random.normal(size=500), "b": random.choice(["x", "y"], size=500)}
    record = terminal.compare(*pair(write, columns, columns))
    assert wire.to_wire(wire.from_wire(messages.DriftRecord, record)) == record
    (kept,) = (terminal.workspace / "drift" / "new" / "records").iterdir()
    assert json.loads(kept.read_text()) == record
    assert kept.stat().st_mode & 0o077 == 0 or kept.parent.stat().st_mode & 0o077 == 0
    verdict = verdict_of(record)
    assert (verdict.outcome, verdict.features, verdict.has_drift) == ("none", (), False)


def test_people_read_a_table(terminal: Terminal, write: Write, random: np.random.Generator) -> None:
    pair(write, {"a": random.normal(size=500)}, {"a": random.normal(2, 1, size=500)})
    words = ("drift", "compare", "new.csv", "--baseline", "old.csv", "--python", sys.executable, "--html", "r.html")
    done = terminal.run(*words)
    assert done.returncode == 3
    assert "Drift in 1 of 1 columns" in done.stdout
    assert re.search(r"^a +drift +normalized Wasserstein distance +\d", done.stdout, re.MULTILINE)
    page = (terminal.folder / "r.html").read_text()
    assert "Drift in 1 of 1 columns" in page
    assert page.count("<rect") == 40
    assert not re.search(r"(src|href)=|@import|url\(|<script", page), "it needs nothing else"


def test_categories(terminal: Terminal, write: Write, random: np.random.Generator) -> None:
    before = {"colour": random.choice(["red", "green"], size=1000), "size": random.choice(["S", "M", "L"], size=1000)}
    now = {"colour": random.choice(["red", "blue"], size=1000), "size": random.choice(["S", "M", "L"], size=1000)}
    record = terminal.compare(*pair(write, before, now), drift=True)
    colour = feature(record, "colour")
    assert (colour["kind"], colour["drifted"], feature(record, "size")["drifted"]) == ("categorical", True, False)
    assert (colour["newCategories"], colour["lostCategories"]) == (["blue"], ["green"])
    assert metric(colour, "new_category_rate")["exceeded"]
    test = metric(colour, "pearsons_chi_squared_test")
    assert (test["threshold"], test["pValue"] < 1e-9, 0 < test["value"] <= 1) == (None, True, True)


def test_missing_values(terminal: Terminal, write: Write, random: np.random.Generator) -> None:
    values = random.normal(size=1000)
    holes = ["" if random.uniform() < 0.3 else each for each in values]
    record = terminal.compare(*pair(write, {"a": values}, {"a": holes}), drift=True)
    rate = metric(feature(record, "a"), "null_value_rate")
    assert rate["value"] == pytest.approx(0.3, abs=0.05)
    assert not metric(feature(record, "a"), WASSERSTEIN)["exceeded"]


def test_thresholds_are_the_persons(terminal: Terminal, write: Write, random: np.random.Generator) -> None:
    files = pair(write, {"a": random.normal(size=2000)}, {"a": random.normal(0.5, 1, size=2000)})
    terminal.compare(*files, drift=True)
    terminal.compare(*files, "--threshold", f"{WASSERSTEIN}=0.8")
    terminal.compare(*files, "--threshold", f"{WASSERSTEIN}=0")
    of_test = ("--threshold", f"{WASSERSTEIN}=0", "--threshold", "two_sample_kolmogorov_smirnov_test=0.1")
    terminal.compare(*files, *of_test, drift=True)


def test_columns_that_are_left_out_or_are_categories(
    terminal: Terminal, write: Write, random: np.random.Generator
) -> None:
    before = {"id": range(500), "code": random.choice([1, 2], size=500), "x": random.normal(size=500)}
    now = {"id": range(900, 1400), "code": random.choice([2, 3], size=500), "x": random.normal(size=500)}
    record = terminal.compare(*pair(write, before, now), "--exclude", "id", "--categorical", "code", drift=True)
    assert [each["name"] for each in record["features"]] == ["code", "x"]
    assert (feature(record, "code")["kind"], feature(record, "code")["newCategories"]) == ("categorical", ["3"])


def test_predictions_of_tables(terminal: Terminal, write: Write, random: np.random.Generator) -> None:
    before = {"x": random.normal(size=800), "y": random.normal(size=800)}
    now = {"x": random.normal(size=800), "forecast": random.normal(2, 1, size=800)}
    words = ("--prediction", "y", "--prediction", "forecast")
    record = terminal.compare(*pair(write, before, now), *words, drift=True)
    assert [(each["name"], each["role"]) for each in record["features"]] == [
        ("x", "feature"),
        ("forecast", "prediction"),
    ]
    assert verdict_of(record).predictions == ("forecast",)


def test_request_bodies_and_tables_are_compared(terminal: Terminal, write: Write, random: np.random.Generator) -> None:
    """Bodies without names of columns are in the order of the table."""
    write("old.csv", {"age": random.normal(size=600), "bmi": random.normal(5, 2, size=600)})
    bodies = [{"data": [[random.normal(), random.normal(5, 2)] for _ in range(3)]} for _ in range(200)]
    (terminal.folder / "new.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in bodies))
    record = terminal.compare("new.jsonl", "old.csv")
    assert [each["name"] for each in record["features"]] == ["age", "bmi"]
    assert record["target"]["rows"] == 600


# Data that is not as one would like it


def test_other_columns(terminal: Terminal, write: Write) -> None:
    pair(write, {"a": [1, 2], "b": [1, 2]}, {"c": [1, 2]})
    error = terminal.refused("drift", "compare", "new.csv", "--baseline", "old.csv", "--python", sys.executable)
    assert error["code"] == "drift-columns-differ"
    assert "“a”, “b”" in error["message"]
    assert "“c”" in error["message"]
    assert not (terminal.workspace / "drift" / "new").exists(), "nothing is left of it"


def test_some_other_columns_are_said(terminal: Terminal, write: Write, random: np.random.Generator) -> None:
    before = {"a": random.normal(size=100), "label": [1] * 100}
    record = terminal.compare(*pair(write, before, {"a": random.normal(size=100), "new": [2] * 100}))
    assert (record["onlyInBaseline"], record["onlyInTarget"]) == (["label"], ["new"])


@pytest.mark.parametrize("moves", [False, True])
def test_a_constant_column(terminal: Terminal, write: Write, random: np.random.Generator, moves: bool) -> None:
    now = random.normal(8, 1, size=300) if moves else [7.1] * 300
    record = terminal.compare(*pair(write, {"a": [7.1] * 300}, {"a": now}), drift=moves)
    column = feature(record, "a")
    assert "constant" in column["notes"]
    assert metric(column, WASSERSTEIN)["value"] is None
    assert metric(column, "jensen_shannon_distance")["exceeded"] is moves


def test_ten_rows(terminal: Terminal, write: Write, random: np.random.Generator) -> None:
    """Only a large shift shows in them, and that is said."""
    before = {"a": random.normal(size=10), "b": list("abcdefghij")}
    record = terminal.compare(*pair(write, before, {"a": random.normal(0.5, 1, size=10), "b": list("klmnopqrst")}))
    column = feature(record, "a")
    assert column["notes"] == ["fewRows"]
    assert metric(column, WASSERSTEIN)["limit"] > 1
    record = terminal.compare(*pair(write, before, {"a": random.normal(50, 1, size=10), "b": before["b"]}), drift=True)
    assert record["drifted"] == ["a"]


def test_of_many_rows_a_sample_is_compared_and_that_is_said(
    terminal: Terminal, write: Write, random: np.random.Generator
) -> None:
    columns = {"a": random.normal(size=30_000), "b": random.choice(["x", "y", "z"], size=30_000)}
    files = pair(write, columns, columns)
    record = terminal.compare(*files, "--sample-rows", "2000")
    assert (record["target"]["rows"], record["target"]["compared"]) == (30_000, 2000)
    assert abs(feature(record, "a")["target"]["mean"]) < 0.1
    done = terminal.run("drift", "show", "new")
    assert "Of the 30,000 rows of the target a random sample of 2,000 was compared." in done.stdout


def test_broken_lines_are_left_out_and_counted(terminal: Terminal, write: Write, random: np.random.Generator) -> None:
    files = pair(write, {"a": range(100), "b": range(100)}, {"a": range(100), "b": range(100)})
    with (terminal.folder / "new.csv").open("a") as stream:
        stream.write("1,2,3\n4,5,6,7\n")
    record = terminal.compare(*files)
    assert (record["target"]["rows"], record["target"]["skipped"]) == (100, 2)
    assert ":102: " in record["target"]["skippedPlaces"][0]


def test_numbers_became_text(terminal: Terminal, write: Write) -> None:
    record = terminal.compare(*pair(write, {"a": range(50)}, {"a": ["x", "y"] * 25}), drift=True)
    assert feature(record, "a")["notes"] == ["typeChanged"]


def test_an_identifier_is_not_compared(terminal: Terminal, write: Write) -> None:
    before, now = ([f"{side}-{number}" for number in range(1000)] for side in "ab")
    record = terminal.compare(*pair(write, {"a": before, "b": [1] * 1000}, {"a": now, "b": [1] * 1000}))
    assert (feature(record, "a")["kind"], feature(record, "a")["notes"]) == ("identifier", ["identifier"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("nowhere.csv", "--baseline", "old.csv"), "drift-data-missing"),
        (("notes.md", "--baseline", "old.csv"), "drift-data-missing"),
        (("old.csv", "--baseline", "empty.csv"), "drift-data-empty"),
        (("old.csv",), "drift-baseline-missing"),
        (("service:nobody", "--baseline", "old.csv"), "service-not-found"),
        (("dataset:nothing", "--baseline", "old.csv"), "asset-not-found"),
        (("old.csv", "--baseline", "old.csv", "--threshold", "size=1"), "drift-option-invalid"),
        (("old.csv", "--baseline", "old.csv", "--threshold", f"{WASSERSTEIN}=-1"), "drift-option-invalid"),
        (("old.csv", "--baseline", "old.csv", "--since", "soon"), "drift-option-invalid"),
        (("old.csv", "--baseline", "old.csv", "--since", "7d"), "drift-option-invalid"),
        (("old.csv", "--baseline", "old.csv", "--name", "../x"), "drift-name-invalid"),
        (("old.csv", "--baseline", "old.csv", "--python", "/nowhere/python"), "python-not-found"),
        (("old.csv", "--baseline", "old.csv", "--html", "/nowhere/r.html"), "drift-report-failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value)[:40],
)
def test_what_is_refused(terminal: Terminal, write: Write, words: tuple[str, ...], code: str) -> None:
    write("old.csv", {"a": [1, 2, 3]})
    (terminal.folder / "empty.csv").write_text("a\n")
    (terminal.folder / "notes.md").write_text("# Notes\n")
    python = () if "--python" in words else ("--python", sys.executable)
    assert terminal.refused("drift", "compare", *words, *python)["code"] == code


def test_a_python_without_numpy(terminal: Terminal, write: Write) -> None:
    write("old.csv", {"a": [1, 2, 3]})
    bare = terminal.folder / "bare-python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    words = ("drift", "compare", "old.csv", "--baseline", "old.csv", "--python", str(bare))
    error = terminal.refused(*words)
    assert (error["code"], "has no NumPy" in error["message"]) == ("drift-package-missing", True)
    assert str(bare) in error["message"]


def test_a_process_that_ends_in_between(terminal: Terminal, write: Write) -> None:
    write("old.csv", {"a": [1, 2, 3]})
    killed = terminal.folder / "killed-python"
    killed.write_text("#!/bin/sh\necho out of luck >&2\nexit 9\n")
    killed.chmod(0o755)
    words = ("drift", "compare", "old.csv", "--baseline", "old.csv", "--python", str(killed))
    error = terminal.refused(*words)
    assert (error["code"], "out of luck" in error["message"]) == ("drift-process-failed", True)
    assert not (terminal.workspace / "drift" / "old").exists()


def test_the_same_without_pandas_and_with_parquet(
    terminal: Terminal, write: Write, random: np.random.Generator, scipy_python: Path
) -> None:
    """CSV is read by the standard library where there is no pandas; both see the same numbers."""
    columns = {"a": random.normal(size=400), "b": random.choice(["x", "y"], size=400), "c": [1, None] * 200}
    files = pair(write, columns, columns)
    with_pandas = terminal.compare(*files)
    hidden = terminal.folder / "no-pandas"
    program = "import sys; sys.modules['pandas'] = None; exec(sys.argv.pop(1))"
    hidden.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "at = sys.argv.index('-c')\n"
        f"os.execv({sys.executable!r}, [{sys.executable!r}, *sys.argv[1:at], '-c', {program!r}, *sys.argv[at + 1:]])\n"
    )
    hidden.chmod(0o755)
    words = ("drift", "compare", *files[:1], "--baseline", files[1], "--python", str(hidden))
    without = terminal.json(*words)
    assert without["features"] == with_pandas["features"]
    convert = "import pandas, sys; pandas.read_csv(sys.argv[1]).to_parquet(sys.argv[2])"
    for name in ("old", "new"):
        subprocess.run([scipy_python, "-c", convert, f"{name}.csv", f"{name}.parquet"], cwd=terminal.folder, check=True)
    parquet = terminal.json(
        "drift", "compare", "new.parquet", "--baseline", "old.parquet", "--python", str(scipy_python)
    )
    assert parquet["features"] == with_pandas["features"]
    error = terminal.refused("drift", "compare", "new.parquet", "--baseline", "old.parquet", "--python", sys.executable)
    assert (error["code"], "pyarrow" in error["message"]) == ("drift-package-missing", True)


def test_a_damaged_parquet_file(terminal: Terminal, scipy_python: Path) -> None:
    (terminal.folder / "new.parquet").write_bytes(os.urandom(200))
    words = ("drift", "compare", "new.parquet", "--baseline", "new.parquet", "--python", str(scipy_python))
    assert terminal.refused(*words)["code"] == "drift-data-empty"


def test_ctrl_c_leaves_nothing(terminal: Terminal, write: Write) -> None:
    write("old.csv", {"a": [1, 2, 3]})
    slow = terminal.folder / "slow-python"
    begun = terminal.folder / "begun"
    slow.write_text(f"#!/bin/sh\necho $$ > begun.part\nmv begun.part '{begun}'\nsleep 600\n")
    slow.chmod(0o755)
    command = [sys.executable, "-m", "scoredock.cli", "drift", "compare", "old.csv", "--baseline", "old.csv"]
    environment = {**os.environ, "SCOREDOCK_HOME": str(terminal.home)}
    process = subprocess.Popen([*command, "--python", str(slow)], cwd=terminal.folder, env=environment)
    deadline = time.monotonic() + patience(30)
    while not begun.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert not psutil.pid_exists(int(begun.read_text()))
    assert not (terminal.workspace / "drift" / "old").exists()
