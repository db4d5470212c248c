"""Partition keys that are columns of tables: a mini-batch for each combination of their values."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.contrib.batch.domain.work.jobs import JobFolder

import hypothesis_profiles as hypothesis_profiles
from batch.conftest import Terminal
from depth import rounds
from scoredock_runtime.batch import divide

SCRIPT = (
    "def run(mini_batch, mini_batch_context):\n    keys = mini_batch_context.partition_key_value\n"
    "    assert {str(value) for value in mini_batch['country']} == {keys['country']}\n"
    "    return mini_batch.assign(count=len(mini_batch), **{'key_' + name: keys[name] for name in keys})\n"
)
MAKE = (
    "import pyarrow as pa, pyarrow.csv as pc, pyarrow.parquet as pq, glob\n"
    "for path in glob.glob('in/*.csv'):\n    pq.write_table(pc.read_csv(path), path.replace('csv', 'parquet'))\n"
)
ROWS = (
    'id,country,year,text\n1,DE,2020,a\n2,FR,2020,"b,\nc"\n3,DE,2021,\n',
    "id,country,year,text\n4,FR,2020,d\n5,a/b,2020,e\n6,DE,2020,f\n",
)


@pytest.fixture
def tables(terminal: Terminal) -> Terminal:
    terminal.write(arrow__txt="azureml-defaults\npandas\npyarrow\n", keyed__py=SCRIPT, make__py=MAKE)
    (terminal.folder / "in").mkdir()
    for number, text in enumerate(ROWS):
        (terminal.folder / "in" / f"{number}.csv").write_text(text)
    return terminal


def words(form: str, *more: str, name: str = "the-job") -> list[str]:
    head = ["batch", "run", "--name", name, "--entry-script", "keyed.py", "--conda-file", "arrow.txt"]
    return [*head, "--output-path", name, "--input", "in", "--input-format", form, *more]


def written(terminal: Terminal) -> list[dict[str, str]]:
    with (terminal.folder / "the-job" / "parallel_run_step.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_rows_of_several_files_come_together(tables: Terminal, form: str) -> None:
    if form == "parquet":
        tables.refused(*words("csv", name="first"))  # its script asks for keys
        python = JobFolder(tables.jobs / "first").job().python
        subprocess.run([python, "make.py"], cwd=tables.folder, check=True, timeout=100)
    keys = ("--partition-key", "country", "--partition-key", "year")
    details = tables.json(*words(form, *keys, "--output-format", "csv", "--input-keys"))
    assert (details["job"]["completed"], details["job"]["failed"], details["files"]) == (4, 0, 2)
    assert details["slowest"][0]["name"].startswith("country=")
    rows = written(tables)
    assert [row["id"] for row in rows] == ["1", "6", "2", "4", "3", "5"], "groups by their first rows"
    assert [row["count"] for row in rows] == ["2", "2", "2", "2", "1", "1"]
    assert [(row["key_country"], row["key_year"]) for row in rows[4:]] == [("DE", "2021"), ("a/b", "2020")]
    assert rows[2]["text"] == "b,\nc"
    where = [(row["mini_batch"], Path(row["input_file"]).stem, row["input_row"]) for row in rows]
    assert where == [
        ("0", "0", "0"),
        ("0", "1", "2"),
        ("1", "0", "1"),
        ("1", "1", "0"),
        ("2", "0", "2"),
        ("3", "1", "1"),
    ]
    assert "scoredock.input_file" not in rows[0]
    assert not (tables.jobs / "the-job" / "divided").exists(), "the copies go with the end of the job"


def test_keys_that_are_folders_divide_nothing(tables: Terminal) -> None:
    for number, country in enumerate(("DE", "FR")):
        folder = tables.folder / "in" / f"country={country}"
        folder.mkdir()
        (tables.folder / "in" / f"{number}.csv").replace(folder / "rows.csv")
    tables.write(
        keyed__py="def run(mini_batch, mini_batch_context):\n    return [mini_batch_context.partition_key_value]\n"
    )
    details = tables.json(*words("csv", "--partition-key", "country"))
    assert sorted(each["name"] for each in details["unequal"]) == ["country=DE", "country=FR"]
    assert not (tables.jobs / "the-job" / "divided").exists()


def test_what_cannot_be_divided(tables: Terminal) -> None:
    error = tables.refused(*words("csv", "--partition-key", "land"))
    assert (error["code"], "“land”" in error["message"]) == ("batch-option-invalid", True)
    (tables.folder / "in" / "2.csv").write_text("id,land\n1,DE\n")
    error = tables.refused(*words("csv", "--partition-key", "country"))
    assert (error["code"], "id, land" in error["message"]) == ("batch-input-invalid", True)
    assert error["place"]["path"] == str(tables.folder / "in" / "2.csv")
    (tables.folder / "in" / "2.csv").unlink()
    (tables.folder / "in" / "a.parquet").write_bytes(b"PAR1 and no more")
    assert tables.refused(*words("parquet", "--partition-key", "country"))["code"] == "batch-input-invalid"
    (tables.folder / "arrow.txt").write_text("azureml-defaults\n")
    assert tables.json("batch", "list")["jobs"] == []
    assert list(tables.jobs.iterdir()) == [], "nothing half-made stays"


VALUES = st.text(alphabet='ab,"\n/\u00e9\r', max_size=3)
TABLE = st.lists(st.lists(VALUES, min_size=3, max_size=3), max_size=25)


@given(st.lists(TABLE, min_size=1, max_size=3), st.integers(1, 2_000))
@settings(max_examples=rounds(gate=30, long=1_000))
def test_every_row_is_in_its_group_once(tmp_path_factory: pytest.TempPathFactory, tables: Any, most: int) -> None:
    """Whenever what is in memory is written."""
    folder = tmp_path_factory.mktemp("divided")
    paths = [folder / f"{number}.csv" for number in range(len(tables))]
    for path, rows in zip(paths, tables, strict=True):
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([["x", "key", "y"], *rows])
    spec = {
        "kind": "csv",
        "files": list(map(str, paths)),
        "names": list(map(str, paths)),
        "keys": ["key"],
        "origin": True,
    }
    (folder / "spec").write_text(json.dumps({**spec, "folder": str(folder / "to"), "index": str(folder / "index")}))
    program = (
        f"from scoredock_runtime.batch import divide; divide._MOST = {most}; divide.main([{str(folder / 'spec')!r}])"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=100)
    expected: dict[str, list[list[str]]] = {}
    for path, rows in zip(paths, tables, strict=True):
        for number, row in enumerate(rows):
            expected.setdefault(row[1], []).append([*row, str(path), str(number)])
    keys = [json.loads(line)[0] for line in (folder / "index").read_text().splitlines()]
    assert keys == list(expected)
    found = sorted((folder / "to").rglob("*.csv")) if keys else []
    for path, key in zip(found, keys, strict=True):
        with path.open(encoding="utf-8", newline="") as stream:
            head, *rows = csv.reader(stream)
        assert head == ["x", "key", "y", divide.FILE, divide.ROW]
        assert rows == expected[key]


def test_memory_is_bounded_by_what_is_written_at_once(tmp_path: Path) -> None:
    """Of a table of 150 MB, 1,000 values of the key."""
    row = "x" * 300
    with (tmp_path / "in.csv").open("w") as stream:
        stream.write("key,text\n")
        stream.writelines(f"{number % 1000},{row}\n" for number in range(rounds(gate=500_000, long=5_000_000)))
    spec = {"kind": "csv", "files": [str(tmp_path / "in.csv")], "names": [""], "keys": ["key"], "origin": False}
    (tmp_path / "spec").write_text(
        json.dumps({**spec, "folder": str(tmp_path / "to"), "index": str(tmp_path / "index")})
    )
    program = (
        f"import re; from scoredock_runtime.batch import divide; divide.main([{str(tmp_path / 'spec')!r}]);"
        "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=280)
    assert int(done.stdout.splitlines()[-1]) // 1024 < 200
