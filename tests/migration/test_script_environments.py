"""Environments that scripts of the SDK v1 make come along with their packages, and what is not certain is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.conftest import Terminal

HEAD = """\
import os
from azureml.core import Environment, Model, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice

ws = Workspace.from_config()
"""
TAIL = """
config = InferenceConfig(entry_script="score.py", source_directory=".", environment=environment)
settings = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1)
service = Model.deploy(ws, "svc", [], config, settings)
"""
SERVER = "azureml-inference-server-http"
_MADE = 'environment = Environment("mine")\n'
_CREATED = (
    "environment.python.conda_dependencies ="
    ' CondaDependencies.create(conda_packages=["numpy"], pip_packages=["tqdm"])\n'
)
WRITTEN = {
    "created": (_MADE + _CREATED, ["python=3.10", "numpy", SERVER, "tqdm"]),
    "created by name": (
        'packages = ["tqdm==4.1", "azureml-defaults"]\nneeds = CondaDependencies.create(pip_packages=packages,'
        ' python_version="3.8")\n' + _MADE + "environment.python.conda_dependencies = needs\n",
        ["python=3.8", "tqdm==4.1", SERVER],
    ),
    "added before": (
        'needs = CondaDependencies()\nneeds.add_pip_package("tqdm")\nneeds.add_conda_package("python=3.9")\n'
        'needs.add_channel("pytorch")\n' + _MADE + "environment.python.conda_dependencies = needs\n",
        ["python=3.9", SERVER, "tqdm"],
    ),
    "added after, and taken away": (
        _MADE + _CREATED + 'environment.python.conda_dependencies.add_pip_package("tqdm==4.2")\n'
        'environment.python.conda_dependencies.remove_conda_package("numpy")\nenvironment.register(workspace=ws)\n',
        ["python=3.10", SERVER, "tqdm==4.2"],
    ),
    "a file and more": (
        'environment = Environment.from_conda_specification("mine", "conda.yml")\n'
        'environment.python.conda_dependencies.add_pip_package("tqdm")\n',
        ["python=3.11", "pandas", SERVER, "tqdm"],
    ),
    "a file of dependencies": (
        _MADE + 'environment.python.conda_dependencies = CondaDependencies(conda_dependencies_file_path="conda.yml")\n',
        ["python=3.11", "pandas", SERVER],
    ),
    "requirements": (
        'environment = Environment.from_pip_requirements(name="mine", file_path="needs.txt")\n',
        ["python=3.10", SERVER, "scipy"],
    ),
    "registered, and what register gives": (
        'first = Environment("mine")\nneeds = CondaDependencies.create(pip_packages=["tqdm"])\n'
        "first.python.conda_dependencies = needs\n"
        "environment = first.register(workspace=ws)\n",
        ["python=3.10", SERVER, "tqdm"],
    ),
    "made by another script": ('environment = Environment.get(ws, "elsewhere")\n', ["python=3.10", SERVER, "joblib"]),
}
UNCLEAR = {
    "a value of the run": (
        _MADE + 'environment.python.conda_dependencies = CondaDependencies.create(pip_packages=[os.environ["P"]])\n',
        9,
    ),
    "in a branch": (
        _MADE
        + _CREATED
        + 'if os.environ.get("GPU"):\n    environment.python.conda_dependencies.add_pip_package("cupy")\n',
        11,
    ),
    "in a loop": (
        _MADE
        + _CREATED
        + 'for each in os.listdir("."):\n    environment.python.conda_dependencies.add_pip_package(each)\n',
        11,
    ),
    "a function": ("def make():\n    return None\n\n\nenvironment = make()\n", 14),
    "a file that is not there": ('environment = Environment.from_conda_specification("mine", "missing.yml")\n', 8),
    "what the workspace has, and more": (
        'environment = Environment.get(ws, "theirs")\nenvironment.python.conda_dependencies.add_pip_package("tqdm")\n',
        9,
    ),
}


def migrated(terminal: Terminal, folder: Path, script: str) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The files that are written, and the notes."""
    folder.mkdir()
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(body):\n    return body\n")
    (folder / "conda.yml").write_text("name: file\ndependencies: [python=3.11, pandas]\n")
    (folder / "needs.txt").write_text("scipy\n")
    (folder / "elsewhere.py").write_text(
        f'{HEAD}made = Environment("elsewhere")\nneeds = CondaDependencies.create(pip_packages=["joblib"])\n'
        "made.python.conda_dependencies = needs\nmade.register(ws)\n"
    )
    (folder / "deploy.py").write_text(HEAD + script + TAIL)
    answer = terminal.json("migrate", str(folder), "--dry-run")
    return {file["path"]: file["text"] for file in answer["files"]}, answer["notes"]


def packages(files: dict[str, str]) -> list[str]:
    """Those of the environment that the deployment names."""
    deployment = yaml.safe_load(files["endpoints/svc/blue-deployment.yml"])
    name = deployment["environment"].split(":")[1]
    lines = yaml.safe_load(files[f"environments/{name}/conda.yml"])["dependencies"]
    return [each for line in lines if line != "pip" for each in (line["pip"] if isinstance(line, dict) else [line])]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_a_script_says_of_an_environment_is_written(terminal: Terminal, tmp_path: Path, name: str) -> None:
    script, lines = WRITTEN[name]
    files, notes = migrated(terminal, tmp_path / "p", script)
    assert sorted(packages(files)) == sorted(lines)
    assert [note["message"] for note in notes if note["kind"] == "broken"] == []
    assert not any("registered environment" in note["message"] for note in notes)
    assert "environments/elsewhere/conda.yml" in files, "what a script registers is written as well"


@pytest.mark.parametrize("name", UNCLEAR)
def test_what_is_not_certain_needs_a_decision(terminal: Terminal, tmp_path: Path, name: str) -> None:
    script, line = UNCLEAR[name]
    _, notes = migrated(terminal, tmp_path / "p", script)
    assert [note["subject"] for note in notes if note["kind"] == "broken"] == [f"deploy.py:{line}"]
    assert not any(note["subject"].endswith(":0") for note in notes)


def test_an_environment_that_nobody_makes_is_one_of_the_workspace(terminal: Terminal, tmp_path: Path) -> None:
    files, notes = migrated(terminal, tmp_path / "p", 'environment = Environment.get(ws, "theirs", version="3")\n')
    deployment = yaml.safe_load(files["endpoints/svc/blue-deployment.yml"])
    assert deployment["environment"] == "azureml:theirs:3"
    assert any("registered environment theirs" in note["message"] for note in notes)


def test_its_image_and_variables_come_along(terminal: Terminal, tmp_path: Path) -> None:
    script = (
        _MADE
        + _CREATED
        + 'environment.docker.enabled = True\nenvironment.docker.base_image = "mine.azurecr.io/base:1"\n'
        'environment.environment_variables = {"A": "1"}\nenvironment.environment_variables["B"] = "2"\n'
    )
    files, notes = migrated(terminal, tmp_path / "p", script)
    assert yaml.safe_load(files["environments/mine/environment.yml"])["image"] == "mine.azurecr.io/base:1"
    deployment = yaml.safe_load(files["endpoints/svc/blue-deployment.yml"])
    assert deployment["environment_variables"] == {"A": "1", "B": "2"}
    assert [note for note in notes if note["kind"] == "broken"] == []
