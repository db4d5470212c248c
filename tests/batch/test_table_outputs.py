"""Outputs that are tables: CSV and Parquet with names of columns, and with the input that each row is of."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from scoredock.contrib.batch.domain.work.jobs import JobFolder

from batch.conftest import Terminal, driver_of, until

FRAME = "def run(mini_batch):\n    return mini_batch.assign(score=mini_batch['amount'] / 2)\n"
READ = """\
import json, sys
import pyarrow.parquet as pq
file = pq.ParquetFile(sys.argv[1])
table = file.read()
print(json.dumps([{each.name: str(each.type) for each in table.schema}, table.to_pydict(), file.num_row_groups]))
"""


def words(form: str, script: str, *more: str, name: str = "the-job") -> list[str]:
    head = ["batch", "run", "--name", name, "--entry-script", script, "--output-path", "out"]
    return [*head, "--conda-file", "arrow.txt", "--output-format", form, *more]


@pytest.fixture
def table(terminal: Terminal) -> Terminal:
    """Two files of 6 rows each; mini-batches of 4 and 2."""
    terminal.write(arrow__txt="azureml-defaults\npandas\npyarrow\n", frame__py=FRAME)
    (terminal.folder / "in").mkdir()
    for part in range(2):
        rows = "".join(f'{6 * part + number},"a, b\n{number}",{number}\n' for number in range(6))
        (terminal.folder / "in" / f"part-{part}.csv").write_text(f"id,text,amount\n{rows}")
    return terminal


ROWS = ("--input", "in", "--input-format", "csv", "--mini-batch-size", "4")


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def read_parquet(terminal: Terminal, name: str = "out/parallel_run_step.parquet") -> tuple[Any, Any, int]:
    python = JobFolder(terminal.jobs / "the-job").job().python
    done = subprocess.run(
        [python, "-c", READ, name], cwd=terminal.folder, capture_output=True, text=True, timeout=100, check=True
    )
    kinds, columns, groups = json.loads(done.stdout)
    return kinds, columns, groups


def test_csv_of_a_frame_with_keys(table: Terminal) -> None:
    details = table.json(*words("csv", "frame.py", *ROWS, "--input-keys"))
    assert details["job"]["completed"] == 4
    assert [path.name for path in (table.folder / "out").iterdir()] == ["parallel_run_step.csv"]
    rows = read_csv(table.folder / "out" / "parallel_run_step.csv")
    assert list(rows[0]) == ["mini_batch", "input_file", "input_row", "id", "text", "amount", "score"]
    assert [(row["mini_batch"], Path(row["input_file"]).name, row["input_row"]) for row in rows] == [
        (str(2 * part + (number >= 4)), f"part-{part}.csv", str(number)) for part in range(2) for number in range(6)
    ]
    assert [(row["id"], row["text"], row["score"]) for row in rows[:2]] == [
        ("0", "a, b\n0", "0.0"),
        ("1", "a, b\n1", "0.5"),
    ]
    head = table.json("batch", "outputs", "the-job")["head"]
    assert head[0] == "mini_batch,input_file,input_row,id,text,amount,score"


def test_workers_are_forked_with_pandas_and_pyarrow(table: Terminal) -> None:
    """pyarrow, which pandas 3 imports, brings a thread of jemalloc; workers imported all of it anew for that."""
    script = "def run(mini_batch):\n    return [open('/proc/self/cmdline').read().split(chr(0))[0]] * len(mini_batch)\n"
    table.write(forked__py=script)
    table.json(*words("text", "forked.py", *ROWS))
    lines = (table.folder / "out" / "parallel_run_step.txt").read_text().splitlines()
    assert lines == ["scoredock worker"] * 12


def test_blank_lines_are_no_rows(table: Terminal) -> None:
    """The number of a row is that in the index of pandas, whichever mini-batch it is in."""
    (table.folder / "blank.csv").write_text("id,amount\n0,1\n\n1,2\n \n2,3\n3,4\n\n\n4,5\n")
    options = ("--input", "blank.csv", "--input-format", "csv", "--mini-batch-size", "3", "--input-keys")
    table.json(*words("csv", "frame.py", *options))
    rows = read_csv(table.folder / "out" / "parallel_run_step.csv")
    assert [(row["input_row"], row["id"]) for row in rows] == [(str(number), str(number)) for number in range(5)]


def test_parquet_of_a_frame_with_keys(table: Terminal) -> None:
    table.json(*words("parquet", "frame.py", *ROWS, "--input-keys"))
    kinds, columns, groups = read_parquet(table)
    assert kinds == {
        "mini_batch": "int64",
        "input_file": "string",
        "input_row": "int64",
        "id": "int64",
        "text": "string",
        "amount": "int64",
        "score": "double",
    }
    assert columns["id"] == list(range(12))
    assert columns["input_row"] == [*range(6), *range(6)]
    assert columns["input_file"][6] == str(table.folder / "in" / "part-1.csv")
    assert columns["text"][0] == "a, b\n0"
    assert groups == 1
    head = table.json("batch", "outputs", "the-job")["head"]
    assert head[0] == "mini_batch,input_file,input_row,id,text,amount,score"
    assert ",0,0," in head[1]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_list_of_files_is_one_column(table: Terminal, form: str) -> None:
    table.write(plain__py="def run(mini_batch):\n    return [len(path) / 2 for path in mini_batch]\n")
    table.json(*words(form, "plain.py", "--input", "in", "--mini-batch-size", "1", "--input-keys"))
    paths = [str(table.folder / "in" / f"part-{part}.csv") for part in range(2)]
    results = [len(path) / 2 for path in paths]
    if form == "csv":
        rows = read_csv(table.folder / "out" / "parallel_run_step.csv")
        assert [(row["input_file"], row["result"]) for row in rows] == list(zip(paths, map(str, results), strict=True))
        return
    kinds, columns, _ = read_parquet(table)
    assert kinds == {"mini_batch": "int64", "input_file": "string", "result": "double"}
    assert (columns["input_file"], columns["result"]) == (paths, results)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_without_a_result_for_each_item_nobody_knows_its_input(table: Terminal, form: str) -> None:
    table.write(fewer__py="def run(mini_batch):\n    return mini_batch[mini_batch['amount'] != 1]\n")
    details = table.json(*words(form, "fewer.py", *ROWS, "--input-keys"))
    assert (details["fewer"], details["job"]["failed"]) == (2, 0)
    if form == "csv":
        rows: Any = read_csv(table.folder / "out" / "parallel_run_step.csv")
        known = [(row["input_row"] or None, bool(row["input_file"])) for row in rows]
    else:
        columns = read_parquet(table)[1]
        known = [
            (row if row is None else str(row), bool(file))
            for row, file in zip(columns["input_row"], columns["input_file"], strict=True)
        ]
    first = [(None, True)] * 3
    assert known == [*first, ("4", True), ("5", True)] * 2


def test_types_that_go_together_become_one(table: Terminal) -> None:
    """A column of pandas is of fractions where a value is missing, and of nothing where all are."""
    table.write(
        mixed__py="def run(mini_batch):\n    frame = mini_batch[['id']].copy()\n    first = int(frame['id'].iloc[0])\n"
        "    frame['number'] = [1.5 if first == 4 else 1] * len(frame)\n"
        "    frame['word'] = ['x' if first else None] * len(frame)\n    return frame\n"
    )
    table.json(*words("parquet", "mixed.py", *ROWS))
    kinds, columns, _ = read_parquet(table)
    assert kinds == {"id": "int64", "number": "double", "word": "string"}
    assert columns["number"] == [1, 1, 1, 1, 1.5, 1.5, *[1] * 6]
    assert columns["word"] == [None] * 4 + ["x"] * 8


ODD = (
    "def run(mini_batch):\n    frame = mini_batch[['id', 'amount']].copy()\n    if frame['id'].iloc[0] == 6:\n"
    "        {change}\n    return frame\n"
)


@pytest.mark.parametrize(
    ("form", "change", "told"),
    [
        ("csv", "frame['more'] = 1", "has the column “more”"),
        ("csv", "del frame['amount']", "lacks the column “amount”"),
        ("csv", "frame = frame[['amount', 'id']]", "has the column “amount” where those before it have “id”"),
        ("parquet", "frame['amount'] = 'text'", "The column “amount” of the result is string"),
        ("parquet", "frame['id'] = 2**60 + 0 * frame['id']; frame['amount'] = 'x'", "“amount”"),
    ],
)
def test_other_columns_are_a_mini_batch_that_fails(table: Terminal, form: str, change: str, told: str) -> None:
    table.write(odd__py=ODD.replace("{change}", change))
    details = table.json(*words(form, "odd.py", *ROWS))
    (failure,) = details["failures"]
    assert (failure["index"], failure["cause"], failure["tries"]) == (2, "columns", 1)
    assert told in failure["message"]
    assert (
        details["job"]["completed"],
        details["job"]["items"],
        details["job"]["failedItems"],
    ) == (3, 8, 4)
    if form == "csv":
        rows = read_csv(table.folder / "out" / "parallel_run_step.csv")
        assert [int(row["id"]) for row in rows] == [0, 1, 2, 3, 4, 5, 10, 11]
    else:
        assert read_parquet(table)[1]["id"] == [0, 1, 2, 3, 4, 5, 10, 11]
    table.write(odd__py=ODD.replace("{change}", change))
    again = table.json("batch", "resume", "the-job")
    assert [each["cause"] for each in again["failures"]] == ["columns"]


def test_a_column_that_only_the_first_one_lacks_is_found_at_the_end(table: Terminal) -> None:
    """The first mini-batch has no rows: who is the first with columns is known when all are done."""
    table.write(
        odd__py="def run(mini_batch):\n    first = mini_batch['id'].iloc[0]\n"
        "    if first == 0:\n        return []\n    if first == 4:\n        return mini_batch[['id']]\n"
        "    return mini_batch[['id', 'amount']]\n"
    )
    details = table.json(*words("csv", "odd.py", *ROWS))
    assert [each["index"] for each in details["failures"]] == [2, 3]
    assert (details["job"]["completed"], details["job"]["items"], details["job"]["results"]) == (2, 6, 2)
    assert (table.folder / "out" / "parallel_run_step.csv").read_text() == "id\n4\n5\n"
    assert (
        table.refused(*words("csv", "odd.py", *ROWS, "--error-threshold", "9", "--overwrite", name="strict"))["code"]
        == "batch-threshold-passed"
    )


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_nothing_came_back(table: Terminal, form: str) -> None:
    table.write(none__py="def run(mini_batch):\n    return mini_batch[mini_batch['id'] < 0][['id']]\n")
    table.json(*words(form, "none.py", *ROWS, "--error-threshold", "-1"))
    if form == "csv":
        assert (table.folder / "out" / "parallel_run_step.csv").read_text() == "id\n"
    else:
        assert read_parquet(table)[:2] == ({"id": "int64"}, {"id": []})


def test_two_columns_of_one_name(table: Terminal) -> None:
    table.write(twice__py="def run(mini_batch):\n    return mini_batch.assign(input_row=1)\n")
    table.refused(*words("csv", "twice.py", *ROWS, "--input-keys"))
    details = table.json("batch", "show", "the-job")
    assert {each["cause"] for each in details["failures"]} == {"result-type"}
    assert "'input_row'" in details["failures"][0]["message"]


def test_parquet_without_its_package(terminal: Terminal) -> None:
    (terminal.folder / "in").mkdir()
    (terminal.folder / "in" / "a").touch()
    terminal.write(arrow__txt="azureml-defaults\n", plain__py="def run(mini_batch):\n    return mini_batch\n")
    error = terminal.refused(*words("parquet", "plain.py", "--input", "in"))
    assert (error["code"], "pyarrow" in error["message"]) == ("batch-package-missing", True)
    assert list((terminal.folder / "out").iterdir()) == []
    assert list(terminal.jobs.iterdir()) == []


def test_keys_need_a_table(terminal: Terminal) -> None:
    (terminal.folder / "in").mkdir()
    (terminal.folder / "in" / "a").touch()
    terminal.write(arrow__txt="azureml-defaults\n", plain__py="def run(mini_batch):\n    return mini_batch\n")
    error = terminal.refused(*words("text", "plain.py", "--input", "in", "--input-keys"))
    assert error["code"] == "batch-option-invalid"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("victim", ["driver", "worker"])
def test_killed_while_the_file_is_written(table: Terminal, victim: str) -> None:
    """The output is there whole or not at all, and nothing of the first try stays."""
    table.write(slow__py=SLOW_END)
    run = words("parquet", "slow.py", *ROWS, "--process-count", "1", "--env", f"GO={table.folder / 'go'}", "--no-wait")
    table.json(*run)
    folder = JobFolder(table.jobs / "the-job")
    for _ in until(60, "the file that is written"):
        if any((table.folder / "out").glob("*")):
            break
    (unfinished,) = (table.folder / "out").iterdir()
    assert unfinished.name.startswith(".")
    head = table.json("batch", "outputs", "the-job")["head"]
    assert head[0] == "id,text,amount,score"
    (worker,) = (int(each["pid"]) for each in folder.written_progress().workers)
    os.kill(driver_of(folder).pid if victim == "driver" else worker, signal.SIGKILL)
    (table.folder / "go").touch()
    for _ in until(60, "the end of the job"):
        if not folder.is_driven():
            break
    if victim == "driver":
        assert folder.progress().state == "Interrupted"
        table.json("batch", "resume", "the-job")
    assert folder.progress().state == "Completed"
    assert [each.name for each in (table.folder / "out").iterdir()] == ["parallel_run_step.parquet"]
    assert read_parquet(table)[1]["id"] == list(range(12))


SLOW_END = (
    """\
import os
import time

import pyarrow.parquet

WRITER = pyarrow.parquet.ParquetWriter


class Writer(WRITER):
    def close(self):
        while not os.path.exists(os.environ["GO"]):
            time.sleep(0.01)
        super().close()


pyarrow.parquet.ParquetWriter = Writer


"""
    + FRAME
)
