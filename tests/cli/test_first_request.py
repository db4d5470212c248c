"""The first request that is proposed is answered with 200, whatever the script reads, and says where it is from."""

from __future__ import annotations

import json
import os
import stat
import time

import pytest

from cli.conftest import Terminal
from pace import patience

pytestmark = pytest.mark.usefixtures("shared_environments")
AGAIN = pytest.mark.long("the same way with another kind of script; tests/checks/test_request_shape.py reads them all")
SCHEMA = """
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema


def init():
    pass


@input_schema("numbers", StandardPythonParameterType([1, 2, 3]))
def run(numbers):
    return sum(numbers)
"""
SUM = """
import json


def init():
    pass


def run(raw_data):
    print("summing")
    numbers = json.loads(raw_data)["data"]
    return sum(numbers)
"""
FIELDS = """
import json


def init():
    pass


def run(raw_data):
    person = json.loads(raw_data)
    return float(person["height"]) / int(person["age"]) + len(person["name"].split())
"""
TEXT = """
def init():
    pass


def run(data):
    return data.upper()
"""
RAW = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


@rawhttp
def run(request):
    if request.method == "GET":
        return AMLResponse(str.encode(request.full_path), 200)
    elif request.method == "POST":
        return AMLResponse(bytes(reversed(request.get_data(False))), 200)
    return AMLResponse("bad request", 500)
"""
QUERY = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


@rawhttp
def run(request):
    if request.method == "GET":
        return AMLResponse(request.args["city"], 200)
    return AMLResponse("bad request", 500)
"""
FILE = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


@rawhttp
def run(request):
    picture = request.files["image"].read()
    if not picture.startswith(b"\\x89PNG"):
        return AMLResponse("no picture", 500)
    return AMLResponse({"bytes": len(picture)}, 200, json_str=True)
"""
SEVERAL = """
import json
import os


def init():
    global models
    models = sorted(os.listdir(os.environ["AZUREML_MODEL_DIR"]))


def run(body):
    request = json.loads(body)
    if request["model"] not in models:
        raise KeyError(request["model"])
    return {"model": request["model"], "rows": len(request["data"])}
"""


def deployed(terminal: Terminal, script: str, *words: str) -> None:
    (terminal.folder / "score.py").write_text(script)
    terminal.ok("service", "deploy", "first", "--entry-script", "score.py", *words)


def first(terminal: Terminal) -> str:
    """Sends what is proposed; where it is from."""
    done = terminal.run("service", "call", "first")
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stderr.splitlines()[0]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param(SCHEMA, "From the schema's sample.", id="schema", marks=AGAIN),
        pytest.param(SUM, "From what run() reads from its input; the values are made up.", id="plain JSON"),
        pytest.param(FIELDS, "From what run() reads from its input; the values are made up.", id="fields", marks=AGAIN),
        pytest.param(TEXT, "From what run() reads from the request: plain text.", id="text", marks=AGAIN),
        pytest.param(RAW, "From what run() reads from the request: any bytes.", id="raw HTTP", marks=AGAIN),
        pytest.param(QUERY, "From what run() reads from the request: parameters of a GET.", id="raw GET"),
        pytest.param(
            FILE,
            "From what run() reads from the request: the file “image” of a form; a small image is sent.",
            id="file",
        ),
    ],
)
def test_the_first_request_is_answered(terminal: Terminal, script: str, words: str) -> None:
    deployed(terminal, script)
    assert first(terminal) == words
    assert first(terminal) == "The last request that this service answered with 200."


def test_of_several_models_one_is_named(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "oaks")
    terminal.ok("model", "register", "model.bin", "-n", "pines")
    deployed(terminal, SEVERAL, "-m", "oaks:1", "-m", "pines:1")
    first(terminal)
    assert json.loads(terminal.json("service", "sample", "first")["body"])["model"] == "oaks"


def test_the_sources_in_their_order(terminal: Terminal) -> None:
    (terminal.folder / "sample-request.json").write_text('{"numbers": [4, 5]}')
    (terminal.folder / "rows.jsonl").write_text('{"numbers": [6]}\n')
    terminal.ok("dataset", "register", "rows.jsonl", "-n", "rows")
    terminal.ok("model", "register", "model.bin", "-n", "five", "--sample-input-dataset", "rows")
    deployed(terminal, SCHEMA, "-m", "five:1")
    told = terminal.json("service", "sample", "first")
    assert [each["source"] for each in (told, *told["others"])] == ["file", "schema", "dataset"]
    assert first(terminal) == "From sample-request.json next to the script."
    told = terminal.json("service", "sample", "first")
    assert [each["source"] for each in (told, *told["others"])] == ["answered", "schema", "dataset"]
    (terminal.folder / "sample-request.json").write_text('{"numbers": [')
    told = terminal.json("service", "sample", "first")
    assert [each["source"] for each in told["others"]] == ["schema", "dataset"], "what is not JSON is no sample"


def test_only_what_this_script_answered_is_proposed_again(terminal: Terminal) -> None:
    deployed(terminal, SUM)
    assert terminal.ok("service", "call", "first", "-d", '{"data": [3, 4]}') == "7\n"
    assert terminal.json("service", "sample", "first")["body"] == '{"data": [3, 4]}'
    assert terminal.run("service", "call", "first", "-d", '{"data": "no"}').returncode == 1
    assert terminal.json("service", "sample", "first")["body"] == '{"data": [3, 4]}', "failed ones are not kept"
    kept = next((terminal.home / "workspaces").glob("*/services/first/answered.json"))
    assert os.name == "nt" or stat.S_IMODE(kept.stat().st_mode) == 0o600
    (terminal.folder / "other.py").write_text(SUM)
    terminal.ok("service", "update", "first", "--entry-script", "other.py")
    assert terminal.json("service", "sample", "first")["source"] == "script"


def test_a_failure_comes_with_its_line_and_its_log(terminal: Terminal) -> None:
    deployed(terminal, SUM)
    terminal.ok("service", "call", "first", "-d", '{"data": [1]}')
    # The line of a request reaches the log a moment after its answer; the next one is told apart by it.
    deadline = time.monotonic() + patience(10)
    while " /score 200 " not in terminal.ok("service", "logs", "first"):
        assert time.monotonic() < deadline, "the line of the first request"
    done = terminal.run("service", "call", "first", "-d", '{"data": ["a"]}')
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    script = terminal.folder / "score.py"
    assert lines[-3] == "TypeError: unsupported operand type(s) for +: 'int' and 'str'"
    assert lines[-2] == f"  {script}:12 in run"
    assert lines[-1] == "    return sum(numbers)"
    assert [line.rpartition(" - ")[2] for line in lines if line.endswith(" - summing")] == ["summing"], (
        "of this one only"
    )
    assert any(f'File "{script}", line 12, in run' in line for line in lines), "the person's file, not the staged copy"
    assert "Healthy (requests fail)" in terminal.ok("service", "list")
    shown = terminal.json("service", "show", "first")["requests"]
    assert (shown["answered"], shown["failed"]) == (2, 1)
    assert shown["failure"]["frames"][-1] == {
        "file": str(script),
        "line": 12,
        "function": "run",
        "text": "return sum(numbers)",
    }
    terminal.ok("service", "call", "first", "-d", '{"data": [1]}')
    answer = json.loads(terminal.run("service", "call", "first", "-d", '{"data": 3}', "--json").stdout)
    assert answer["failure"]["message"] == "TypeError: 'int' object is not iterable"
    assert answer["failure"]["id"] == answer["headers"]["x-ms-request-id"]
