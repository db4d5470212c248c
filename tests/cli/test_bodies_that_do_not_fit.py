"""Bodies that a script cannot read are told as what they are: by a call, a test and a trial, and in the log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Terminal

SPLIT = {"columns": ["area", "rooms"], "data": [[90, 3]]}
RECORDS = [{"area": 90, "rooms": 3}]
READER = """
import json


def init():
    pass


def run(text):
    return len(json.loads(text)["{key}"])
"""
DECORATED = """
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema


def init():
    pass


@input_schema("rows", StandardPythonParameterType([{"area": 90}]))
def run(rows):
    return len(rows)
"""
TRANSLATED = {
    "split": ("input_data", {"dataframe_split": SPLIT}, {"input_data": SPLIT}),
    "records": ("input_data", {"dataframe_records": RECORDS}, {"input_data": SPLIT}),
    "instances": ("input_data", {"instances": [[90, 3]]}, {"input_data": [[90, 3]]}),
    "inputs": ("input_data", {"inputs": {"area": [90]}}, {"input_data": {"area": [90]}}),
    "records of v1": ("data", {"dataframe_split": SPLIT}, {"data": RECORDS}),
    "back": (
        "dataframe_split",
        {"input_data": SPLIT, "params": {"top": 1}},
        {"dataframe_split": SPLIT, "params": {"top": 1}},
    ),
    "back to records": ("dataframe_records", {"input_data": SPLIT}, {"dataframe_records": RECORDS}),
    "back to columns": ("inputs", {"input_data": SPLIT}, {"inputs": {"area": [90], "rooms": [3]}}),
}


def sentence_of(given: dict[str, object], expected: dict[str, object]) -> str:
    (form, *_), (key, *_) = given, expected
    return (
        f"The body has “{form}”, and the script reads “{key}”. The same as the script reads it: {json.dumps(expected)}"
    )


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_body_of_mlflow_is_translated(name: str, terminal: Terminal) -> None:
    key, given, expected = TRANSLATED[name]
    script = terminal.folder / "score.py"
    script.write_text(READER.replace("{key}", key))
    sentence = sentence_of(given, expected)
    assert sentence in terminal.run("try", "score.py", "--data", json.dumps(given)).stdout
    if name not in ("split", "back"):
        return
    terminal.ok("service", "deploy", "reader", "--es", "score.py")
    calling = terminal.run("service", "call", "reader", "--data", json.dumps(given))
    assert (calling.returncode, sentence in calling.stderr) == (1, True), calling.stderr
    assert terminal.ok("service", "call", "reader", "--data", json.dumps(expected)).strip() == "2"
    request = f"# @expect status 200\nPOST /score\nContent-Type: application/json\n\n{json.dumps(given)}\n"
    (terminal.folder / "t.http").write_text(request)
    assert sentence in terminal.run("test", "t.http").stdout


@pytest.mark.parametrize("body", ['{"input": 1}', '{"data": 1, "inputs": 1}', "[1]", '{"dataframe_split": null}'])
def test_other_bodies_are_not(body: str, terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(READER.replace("{key}", "input_data"))
    answer = terminal.run("try", "score.py", "--data", body)
    assert ("SD952" in answer.stdout, "The same as the script reads it" in answer.stdout) == (True, False), (
        answer.stdout
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"area": 90}], "and what came lacks “rooms”"),
        ([{"area": 90, "rooms": 2, "floor": 3}], "and what came has “floor” beyond its columns"),
        ([{"floor": 3}], "and what came lacks “area”, “rooms” and has “floor” beyond its columns"),
        ([{"area": "x", "rooms": 2}], "and what came is not like it"),
    ],
)
def test_columns_that_do_not_fit_the_schema_of_the_first_services(
    rows: list[dict[str, object]], said: str, terminal: Terminal
) -> None:
    (terminal.folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(rows):\n    return len(rows)\n")
    example = {"type": 3, "swagger": {"example": [{"area": 90, "rooms": 2}]}}
    (terminal.folder / "service_schema.json").write_text(json.dumps({"input": {"rows": example}}))
    trial = terminal.run("try", "score.py", "--data", json.dumps({"rows": rows})).stdout
    assert f"{said} (" in trial, trial


def test_what_does_not_fit_a_schema_is_one_sentence(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(DECORATED)
    sentence = 'rows does not fit its schema: it takes a list such as [{"area": 90}], not an object (ValueError: '
    terminal.ok("service", "deploy", "rows", "--es", "score.py")
    calling = terminal.run("service", "call", "rows", "--data", '{"rows": {"area": 90}}')
    assert json.loads(calling.stdout)["message"].startswith("An unexpected error occurred in scoring script."), (
        "as in v1"
    )
    assert sentence in calling.stderr
    log = terminal.ok("service", "logs", "rows")
    assert (f"Encountered Exception: {sentence}" in log, "  File " in log) == (True, False), log
    trial = terminal.run("try", "score.py", "--data", '{"rows": {"area": 90}}').stdout
    assert f"SD953 error: The request (the given data) is not what run() takes: {sentence}" in trial


FORM = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nabc\r\n--b'
FORMS = {
    "whole": (FORM + b"--\r\n", "multipart/form-data; boundary=b", ""),
    "no end": (FORM + b"\r\n", "multipart/form-data; boundary=b", "does not end with “--b--”"),
    "cut off": (FORM[:-5], 'multipart/form-data; boundary="b"', "does not end with “--b--”"),
    "another boundary": (
        FORM + b"--\r\n",
        "multipart/form-data; boundary=c",
        "its body begins with “--b”, not with “--c”",
    ),
    "no boundary": (FORM + b"--\r\n", "multipart/form-data", "names no boundary"),
}


@pytest.fixture
def photos(terminal: Terminal) -> Terminal:
    (terminal.folder / "score.py").write_text(
        "from azureml.contrib.services.aml_request import rawhttp\n\n\ndef init():\n    pass\n\n\n"
        '@rawhttp\ndef run(request):\n    return len(request.files["image"].read())\n'
    )
    terminal.ok("service", "deploy", "photos", "--es", "score.py")
    return terminal


def test_a_form_that_is_not_whole_is_told(photos: Terminal, tmp_path: Path) -> None:
    for name, (body, kind, reason) in FORMS.items():
        (tmp_path / "body").write_bytes(body)
        calling = photos.run("service", "call", "photos", "--data", f"@{tmp_path / 'body'}", "--content-type", kind)
        if reason:
            assert (calling.returncode, reason in calling.stderr) == (1, True), (name, calling.stderr)
        else:
            assert (calling.returncode, calling.stdout.strip()) == (0, "3"), calling.stderr
