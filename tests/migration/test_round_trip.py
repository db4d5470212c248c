"""A service of v1, and the same one after its files became files of v2, give the same answers to the byte."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import yaml

from cli.conftest import Terminal

from .conftest import documents

CONDA = "name: round\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n"
INFERENCE = {"entryScript": "score.py", "condaFile": "conda.yml"}


@dataclass(frozen=True)
class Sample:
    """A project of v1, and what its service is called with."""

    script: str
    models: Mapping[str, str] = field(default_factory=dict)
    """Name of a registered model → content of its file NAME.txt."""
    deployment: Mapping[str, object] = field(default_factory=lambda: {"computeType": "aci"})
    inference: Mapping[str, object] = field(default_factory=lambda: INFERENCE)
    files: Mapping[str, str] = field(default_factory=dict)
    bodies: tuple[bytes, ...] = (b'{"data": [1, 2.50, "\\u00fc"]}', '{"data": "ü"}'.encode(), b"[]")


ONE = """\
import json
import os


def init():
    global text
    with open(os.path.join(os.getenv("AZUREML_MODEL_DIR"), "first.txt")) as file:
        text = file.read()


def run(data):
    return {"model": text, "given": json.loads(data), "number": 0.1 + 0.2}
"""
SEVERAL = """\
import json
import os

from azureml.core.model import Model


def read(path):
    with open(path) as file:
        return file.read()


def init():
    global texts
    first = os.path.join(os.environ["AZUREML_MODEL_DIR"], "first", "1", "first.txt")
    second = os.getenv("AZUREML_MODEL_DIR") + "/second/1/second.txt"
    texts = [read(first), read(second), read(Model.get_model_path("second"))]


def run(data):
    return texts + [json.loads(data)]
"""
RAW = """\
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


@rawhttp
def run(request):
    body = request.get_data()
    response = AMLResponse(bytes(reversed(body)) + b"\\x00\\xff", 200)
    response.headers["X-Length"] = str(len(body))
    return response
"""
MODULES = """\
import json
import os

from parts.words import joined


def init():
    pass


def run(data):
    return joined(json.loads(data), os.environ["MOOD"])
"""
SAMPLES = {
    "one model": Sample(ONE, {"first": "the first\n"}),
    "several models": Sample(
        SEVERAL,
        {"first": "the first\n", "second": "the second\n"},
        {"computeType": "aks", "numReplicas": 1, "scoringTimeoutMs": 30000},
        {**INFERENCE, "condaFile": "core.yml"},
        {"core.yml": CONDA.replace("azureml-defaults", "azureml-defaults\n      - azureml-core")},
    ),
    "raw bytes": Sample(RAW, bodies=(b"\x00\x01\x02", "ü\r\n".encode(), b"x" * 70_000)),
    "modules and variables": Sample(
        MODULES,
        inference={
            "entryScript": "code/score.py",
            "sourceDirectory": ".",
            "environment": {
                "name": "small",
                "environmentVariables": {"MOOD": "good: #1"},
                "python": {"condaDependencies": yaml.safe_load(CONDA)},
            },
        },
        files={
            "code/score.py": MODULES,
            "parts/__init__.py": "",
            "parts/words.py": "def joined(value, mood):\n    return f'{value!r} is {mood}'\n",
        },
    ),
}


@pytest.fixture
def other_machine(tmp_path: Path, environments: Path) -> Iterator[Terminal]:
    """A data folder in which nothing of the first one is, but for built environments."""
    workspace = tmp_path / "other" / "workspaces" / "local"
    workspace.mkdir(parents=True, mode=0o700)
    (workspace / "environments").symlink_to(environments)
    terminal = Terminal(tmp_path / "other", tmp_path)
    yield terminal
    terminal.run("service", "stop-all", "--all")


def answers(terminal: Terminal, service: str, sample: Sample, folder: Path) -> list[bytes]:
    folder.mkdir()
    for number, body in enumerate(sample.bodies):
        (folder / f"{number}.body").write_bytes(body)
        output = str(folder / f"{number}.answer")
        terminal.ok("service", "call", service, "--data", f"@{folder / f'{number}.body'}", "--output", output)
    return [(folder / f"{number}.answer").read_bytes() for number in range(len(sample.bodies))]


def lines_for_this_machine(report: Path) -> list[str]:
    """The last block of the report."""
    lines = report.read_text().rpartition("```bash\n")[2].partition("\n```")[0].splitlines()
    assert [line for line in lines if line.startswith("scoredock ")] == lines != []
    return lines


@pytest.mark.usefixtures("shared_environments")
@pytest.mark.parametrize("name", SAMPLES)
def test_the_same_answers(name: str, terminal: Terminal, other_machine: Terminal, tmp_path: Path) -> None:
    sample, folder = SAMPLES[name], tmp_path / "round"
    folder.mkdir()
    texts = {"score.py": sample.script, "conda.yml": CONDA, **sample.files}
    if "code/score.py" in sample.files:
        del texts["score.py"]
    texts |= {"inferenceconfig.json": json.dumps(sample.inference), "dc.json": json.dumps(sample.deployment)}
    texts |= {f"{model}.txt": text for model, text in sample.models.items()}
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    for model in sample.models:
        terminal.ok("model", "register", "-n", model, "-p", str(folder / f"{model}.txt"))
    models = [word for model in sample.models for word in ("-m", f"{model}:1")]
    words = ("--ic", str(folder / "inferenceconfig.json"), "--dc", str(folder / "dc.json"))
    terminal.ok("service", "deploy", "before", *models, *words)
    before = answers(terminal, "before", sample, tmp_path / "before")

    terminal.ok("migrate", str(folder), "--output-path", str(tmp_path / "v2"))
    there = replace(other_machine, folder=tmp_path / "v2")
    for line in lines_for_this_machine(tmp_path / "v2" / "report.md"):
        there.ok(*shlex.split(line)[1:])
    (endpoint,) = (path for path in documents(tmp_path / "v2") if path.name == "endpoint.yml")
    after = answers(other_machine, f"{endpoint.parent.name}-blue", sample, tmp_path / "after")
    assert after == before
    assert len({*before}) > 1, "the answers depend on the request"
