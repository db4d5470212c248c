"""CSV that is not comma-separated UTF-8: refused before it begins, read with two options, the same to the byte."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.contrib.batch.domain.work.jobs import JobFolder

import hypothesis_profiles as hypothesis_profiles
from batch.conftest import Terminal
from batch.test_remote import elsewhere, outputs
from depth import rounds
from scoredock_runtime.batch import recode

SCRIPT = "def run(mini_batch):\n    return mini_batch.assign(twice=2 * mini_batch['amount'])\n"
WESTERN = 'id,amount,name\n1,2,José\n2,3,"Müller, Zoë"\n3,4,"Straße\nin Köln"\n'
JAPANESE = "id,amount,名前\n1,2,東京タワー\n2,3,こんにちは\n3,4,アイウエオ\n"
CHINESE = "id,amount,名称\n1,2,北京\n2,3,上海市浦东新区\n3,4,广州\n"
KINDS = [
    (WESTERN, "cp1252", ",", ["--encoding", "cp1252"]),
    (WESTERN, "cp1252", ";", ["--encoding", "cp1252", "--separator", ";"]),
    (WESTERN, "utf-16", ",", ["--encoding", "utf-16"]),
    (WESTERN, "utf-16-be", "\t", ["--encoding", "utf-16-be", "--separator", "tab"]),
    (JAPANESE, "cp932", ",", ["--encoding", "cp932"]),
    (CHINESE, "gbk", "|", ["--encoding", "gb18030", "--separator", "|"]),
    (WESTERN, "utf-8", "\t", ["--separator", "tab"]),
    (WESTERN, "utf-8-sig", ";", ["--separator", ";"]),
]


def table(text: str, separator: str) -> str:
    """The same with another separator."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator).writerows(csv.reader(io.StringIO(text, newline="")))
    return written.getvalue()


def words(name: str, path: str, *more: str) -> list[str]:
    head = ["batch", "run", "--name", name, "--entry-script", "batch_score.py", "--conda-file", "pandas.txt"]
    return [*head, "--input", path, "--input-format", "csv", "--output-path", name, *more]


@pytest.fixture
def project(terminal: Terminal) -> Terminal:
    terminal.write(batch_score__py=SCRIPT)
    return terminal


def scored(terminal: Terminal, name: str) -> bytes:
    return (terminal.folder / name / "parallel_run_step.txt").read_bytes()


def proposed(error: dict[str, Any]) -> list[str]:
    """The options that a refusal names, as a machine reads them."""
    details = error["details"]
    encoding, separator = details.get("encoding", ""), details.get("separator", "")
    return [
        *(["--encoding", encoding] if encoding else []),
        *(["--separator", "tab" if separator == "\t" else separator] if separator else []),
    ]


@pytest.mark.parametrize(("text", "encoding", "separator", "options"), KINDS)
def test_a_table_is_told_and_then_read(
    project: Terminal, text: str, encoding: str, separator: str, options: list[str]
) -> None:
    (project.folder / "plain.csv").write_text(text, "utf-8")
    (project.folder / "table.csv").write_bytes(table(text, separator).encode(encoding))
    error = project.refused(*words("the-job", "table.csv"))
    assert error["code"] == "batch-input-invalid"
    assert error["place"]["path"] == str(project.folder / "table.csv")
    assert isinstance(error["place"]["line"], int)
    assert proposed(error) == options
    assert all(option in error["fix"] for option in options)
    assert project.json("batch", "list")["jobs"] == []

    project.json(*words("as-utf-8", "plain.csv"))
    project.json(*words("the-job", "table.csv", *options))
    assert scored(project, "the-job") == scored(project, "as-utf-8")


def test_the_line_is_that_of_the_byte(project: Terminal) -> None:
    lines = ["id,amount,name", *(f"{number},1,x" for number in range(5000)), "5000,1,Zoë"]
    (project.folder / "late.csv").write_bytes("\n".join(lines).encode("cp1252"))
    error = project.refused(*words("the-job", "late.csv"))
    assert error["place"]["line"] == 5001  # from 0, as on the wire
    assert "Windows-1252" in error["message"]
    assert "late.csv:5002" in project.run(*words("the-job", "late.csv")).stderr


@pytest.mark.parametrize("more", [[], ["--separator", ","]])
def test_a_nul_byte_is_named_with_its_line(project: Terminal, more: list[str]) -> None:
    (project.folder / "nul.csv").write_bytes(b"id,amount\n1,2\n3,4\0\n")
    error = project.refused(*words("the-job", "nul.csv", *more))
    assert (error["code"], error["place"]["line"]) == ("batch-input-invalid", 2)
    assert "NUL" in error["message"]


@pytest.mark.parametrize(("last", "reason"), [("3,4,Zoë\n", "--encoding cp1252"), ("3,4,a\0b\n", "NUL byte")])
def test_what_lies_beyond_the_first_look_fails_its_mini_batch_at_once(
    project: Terminal, last: str, reason: str
) -> None:
    """A value behind a NUL byte would be cut off by pandas, and nobody would see it."""
    rows = 60_000
    text = "id,amount,name\n" + "1,2,abcdefghijklmnopqrst\n" * rows + last
    (project.folder / "long.csv").write_bytes(text.encode("cp1252"))
    details = project.json(*words("the-job", "long.csv", "--mini-batch-size", str(rows)))
    (failure,) = details["failures"]
    assert (failure["cause"], failure["tries"]) == ("input", 1)
    assert f"row {rows}" in failure["message"]
    assert reason in failure["message"]
    assert "long.csv" in failure["message"]
    assert details["job"]["results"] == rows


def test_a_later_file_of_another_encoding_fails_alone(project: Terminal) -> None:
    folder = project.folder / "in"
    folder.mkdir()
    for number, encoding in enumerate(("utf-8", "utf-16", "cp1252")):
        (folder / f"{number}.csv").write_bytes("id,amount,größe\n1,2,3\n".encode(encoding))
    failures = project.json(*words("the-job", "in"))["failures"]
    assert ["UTF-16" in failures[0]["message"], "Windows-1252" in failures[1]["message"]] == [True, True]
    assert scored(project, "the-job") == b"1 2 3 4\n"


def test_a_line_of_another_encoding_than_the_one_that_is_named(project: Terminal) -> None:
    (project.folder / "table.csv").write_bytes(b"id,amount,name\n1,2,\x81\n")
    error = project.refused(*words("the-job", "table.csv", "--encoding", "cp1252"))
    assert (error["code"], error["place"]["line"]) == ("batch-input-invalid", 1)
    assert error["place"]["path"] == str(project.folder / "table.csv")


def test_what_is_meant_as_it_is_stays_so(project: Terminal) -> None:
    """A table of one column, whose texts have semicolons."""
    project.write(batch_score__py="def run(mini_batch):\n    return list(mini_batch.iloc[:, 0])\n")
    (project.folder / "one.csv").write_text("a;b\nc;d\ne;f\n")
    assert project.refused(*words("the-job", "one.csv"))["details"] == {"separator": ";"}
    project.json(*words("the-job", "one.csv", "--separator", ","))
    assert scored(project, "the-job") == b"c;d\ne;f\n"
    (project.folder / "two.csv").write_text("a;b,c\nc;d,1\ne,2\n")  # commas part it, whatever else it has
    project.json(*words("another", "two.csv"))


def test_options_that_are_refused(project: Terminal) -> None:
    (project.folder / "table.csv").write_text(WESTERN)
    for options in (
        ["--encoding", "klingon"],
        ["--encoding", "base64"],
        ["--separator", ";;"],
        ["--separator", '"'],
    ):
        assert project.refused(*words("the-job", "table.csv", *options))["code"] == "batch-option-invalid", options
    files = [word if word != "csv" else "files" for word in words("the-job", "table.csv", "--encoding", "cp1252")]
    assert project.refused(*files)["code"] == "batch-option-invalid"


def test_rows_say_which_file_they_are_of_and_the_copies_go(project: Terminal) -> None:
    """Divided by a column, so that a program reads the copies, too."""
    folder = project.folder / "in"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.csv").write_bytes(f"id;amount;Größe\n{number};2;große\n7;1;kleine\n".encode("utf-16"))
    more = ("--encoding", "utf-16", "--separator", ";", "--partition-key", "Größe", "--output-format", "csv")
    project.json(*words("the-job", "in", *more, "--input-keys"))
    with (project.folder / "the-job" / "parallel_run_step.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(Path(row["input_file"]), row["input_row"], row["Größe"]) for row in rows] == [
        (folder / "0.csv", "0", "große"),
        (folder / "1.csv", "0", "große"),
        (folder / "0.csv", "1", "kleine"),
        (folder / "1.csv", "1", "kleine"),
    ]
    assert not list(project.jobs.rglob("*.csv"))


def test_a_deployment_file_of_v2_takes_them(project: Terminal) -> None:
    (project.folder / "in.csv").write_bytes(table(WESTERN, ";").encode("utf-16"))
    (project.folder / "deployment.yml").write_text(
        "$schema: https://azuremlschemas.azureedge.net/latest/batchDeployment.schema.json\n"
        "name: heart\nendpoint_name: heart\ncode_configuration:\n  code: .\n  scoring_script: batch_score.py\n"
    )
    project.json(
        *("batch", "run", "--name", "the-job", "--file", "deployment.yml", "--conda-file", "pandas.txt"),
        *("--input", "in.csv", "--input-format", "csv", "--encoding", "utf-16", "--separator", ";"),
        *("--output-path", "the-job"),
    )
    assert (project.folder / "the-job" / "predictions.csv").read_text().startswith("1 2 José 4\n")


def test_a_trial_tells_and_reads_it(project: Terminal) -> None:
    (project.folder / "in.csv").write_bytes(table(WESTERN, ";").encode("cp1252"))
    trial = ["try", "batch_score.py", "--input", "in.csv", "--conda-file", "pandas.txt"]
    error = project.refused(*trial)
    assert error["code"] == "batch-input-invalid"
    trial_report = project.json(*trial, *proposed(error))
    assert [batch["head"].splitlines()[0] for batch in trial_report["miniBatches"]] == ["1 2 José 4"]


def test_workers_elsewhere_get_the_same(project: Terminal) -> None:
    """The last mini-batch fails, so that the copies are still there for the second job."""
    project.write(
        batch_score__py="def run(mini_batch):\n    if 3 in set(mini_batch['id']):\n        raise ValueError('three')\n"
        "    return mini_batch\n"
    )
    (project.folder / "in.csv").write_bytes(table(WESTERN, "\t").encode("utf-16"))
    more = ("--encoding", "utf-16", "--separator", "tab", "--mini-batch-size", "1", "--run-max-try", "1")
    project.json(*words("local", "in.csv", *more))
    progress = elsewhere(JobFolder(project.jobs / "local"), project)
    assert (progress.results, progress.failed) == (2, 1)
    assert outputs(project.folder / "remote") == outputs(project.folder / "local")
    assert "Müller, Zoë" in scored(project, "local").decode()


@pytest.mark.parametrize(
    ("script", "form", "option"),
    [
        ("    return mini_batch[['id']]\n", "files", "--input-format csv"),
        ("    return mini_batch.copy().assign(x=1)\n", "files", "--input-format csv"),
        ("    return [mini_batch.iloc[0]]\n", "files", "--input-format csv"),
        ("    return [open(path).read() for path in mini_batch]\n", "csv", "--input-format files"),
    ],
)
def test_a_script_that_takes_paths_for_rows_is_told(project: Terminal, script: str, form: str, option: str) -> None:
    project.write(batch_score__py=f"import pandas\n\n\ndef run(mini_batch):\n{script}")
    (project.folder / "in.csv").write_text(WESTERN)
    run = [form if word == "csv" else word for word in words("the-job", "in.csv", "--run-max-try", "1")]
    project.run(*run)
    (failure,) = project.json("batch", "show", "the-job")["failures"]
    assert option in failure["message"]
    assert failure["place"] == "batch_score.py:5"


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@given(
    rows=st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=5),
    encoding=st.sampled_from(["utf-16", "utf-16-be", "utf-32", "gb18030", "utf-8"]),
    separator=st.sampled_from(";\t|,"),
)
@settings(max_examples=rounds(gate=100, long=2000))
def test_every_value_stays(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], encoding: str, separator: str
) -> None:
    folder = tmp_path_factory.mktemp("recoded")
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows([["a", "b", "c"], *rows])
    (folder / "in.csv").write_bytes(text.getvalue().encode(encoding))
    spec = {"files": [[str(folder / "in.csv"), str(folder / "out.csv")]], "encoding": encoding, "separator": separator}
    (folder / "spec.json").write_text(json.dumps(spec))
    assert recode.main([str(folder / "spec.json")]) == 0
    with (folder / "out.csv").open(newline="", encoding="utf-8") as stream:
        assert list(csv.reader(stream)) == [["a", "b", "c"], *rows]
