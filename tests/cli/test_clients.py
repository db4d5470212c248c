"""Programs that call a service, written by `service client`: each is run, or compiled where its tools are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import parts
from cli.conftest import Terminal

SCHEMA = """
import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema, output_schema


def init():
    pass


@input_schema("data", NumpyParameterType(np.array([[1.5, 2.0]])))
@output_schema(NumpyParameterType(np.array([3.5])))
def run(data):
    return data.sum(axis=1).tolist()
"""
RAW = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


@rawhttp
def run(request):
    files = {name: len(file.read()) for name, file in request.files.items()}
    told = [request.method, dict(request.args), dict(request.form), files, request.headers.get("X-Mine", "")]
    return AMLResponse(told, 200, json_str=True)
"""


@pytest.fixture
def service(shared_environments: None, terminal: Terminal) -> Terminal:
    """With a key, so that a client has to send it."""
    (terminal.folder / "dc.json").write_text(json.dumps({"computeType": "aks", "authEnabled": True}))
    terminal.ok("service", "deploy", "sum", "--entry-script", "score.py", "--dc", "dc.json")
    terminal.ok("service", "call", "sum", "--data", '{"data": [1, 2, 4]}')
    return terminal


def client(terminal: Terminal, language: str, folder: Path) -> Path:
    terminal.ok("service", "client", "sum", "--language", language, "-o", str(folder))
    (path,) = folder.iterdir()
    key = terminal.json("service", "keys", "sum")["primaryKey"]
    assert key not in path.read_text(), "a key is never written into a program"
    return path


def answer(terminal: Terminal, command: Sequence[str], *, key: str | None = None) -> subprocess.CompletedProcess[str]:
    given = terminal.json("service", "keys", "sum")["primaryKey"] if key is None else key
    return subprocess.run(
        command,
        env={**os.environ, "SERVICE_KEY": given},
        cwd=terminal.folder,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_clients_in_python_and_javascript_are_answered(service: Terminal, tmp_path: Path) -> None:
    for language, program in (("python", sys.executable), ("javascript", "node")):
        folder = tmp_path / language
        folder.mkdir()
        path = client(service, language, folder)
        assert answer(service, [program, str(path)]).stdout == "7\n"
        refused = answer(service, [program, str(path)], key="wrong")
        assert refused.returncode == 1
        assert "401" in refused.stderr


def test_a_line_of_curl_is_answered(service: Terminal, tmp_path: Path) -> None:
    tool("curl")
    (tmp_path / "client").mkdir()
    path = client(service, "curl", tmp_path / "client")
    assert path.name == "score_client.sh"
    command = ["sh", str(path)]
    assert answer(service, command).stdout == "7\n"
    refused = answer(service, command, key="wrong")
    assert refused.returncode != 0
    assert "401" in refused.stderr


def tool(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    return found if found is not None else parts.missing(" or ".join(names))


@pytest.mark.long("compiles programs in three languages")
@pytest.mark.parametrize("language", ["csharp", "java", "go"])
def test_clients_of_other_languages_are_compiled_and_answered(service: Terminal, tmp_path: Path, language: str) -> None:
    folder = tmp_path / "client"
    folder.mkdir()
    path = client(service, language, folder)
    if language == "java":
        command = [tool("java"), str(path)]
    elif language == "go":
        command = [tool("go"), "run", str(path)]
    else:
        made = tmp_path / "client.exe"
        subprocess.run([tool("mcs"), "-r:System.Net.Http.dll", f"-out:{made}", str(path)], check=True, timeout=300)
        command = [tool("mono"), str(made)]
    done = answer(service, command)
    assert done.stdout == "7\n", done.stderr
    assert answer(service, command, key="wrong").returncode == 1


@pytest.mark.long("installs NumPy into an environment")
def test_the_request_comes_from_the_swagger_of_the_service(shared_environments: None, terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(SCHEMA)
    (terminal.folder / "requirements.txt").write_text("inference-schema[numpy-support]\nnumpy\n")
    terminal.ok("service", "deploy", "sum", "--entry-script", "score.py", "--cf", "requirements.txt")
    terminal.ok("service", "call", "sum", "--data", '{"data": [[1, 1]]}')
    made = terminal.json("service", "client", "sum")
    assert "[[1.5, 2.0]]" in made["text"]
    assert "Authorization" not in made["text"]
    (terminal.folder / made["fileName"]).write_text(made["text"])
    done = subprocess.run([sys.executable, made["fileName"]], cwd=terminal.folder, capture_output=True, text=True)
    assert json.loads(done.stdout) == [3.5]


def test_a_request_takes_headers_queries_forms_and_files(shared_environments: None, terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(RAW)
    terminal.ok("service", "deploy", "raw", "--entry-script", "score.py")

    def call(*words: str) -> object:
        return json.loads(terminal.ok("service", "call", "raw", *words))

    assert call("--query", "a=1", "--query", "b=x y", "-H", "X-Mine: yes") == [
        *("GET", {"a": "1", "b": "x y"}, {}, {}, "yes")
    ]
    assert call("-F", "name=five", "-F", "image=@model.bin", "--query", "a=1") == [
        *("POST", {"a": "1"}, {"name": "five"}, {"image": 5}, "")
    ]
    assert call("-X", "OPTIONS", "-H", "X-Mine=two") == ["OPTIONS", {}, {}, {}, "two"]
    assert terminal.run("service", "call", "raw", "-F", "image").returncode == 2
    assert terminal.run("service", "call", "raw", "-H", "nothing").returncode == 2
    assert terminal.refused("service", "call", "raw", "-d", "{}", "-H", "X: a\nb")["code"] == "service-request-invalid"
