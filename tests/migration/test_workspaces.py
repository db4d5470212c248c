"""What a workspace has in files of v2, through the command line: services as they were deployed last, models and
environments."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.conftest import Terminal

from .conftest import documents

Loaded = Callable[[Iterable[Path]], dict[str, str]]
SCRIPT = """\
import json
import os

from helper import doubled


def init():
    global text
    with open(os.path.join(os.getenv("AZUREML_MODEL_DIR"), "model.bin")) as file:
        text = file.read()


def run(data):
    return text + doubled(json.loads(data)["word"])
"""


@pytest.fixture
def deployed(terminal: Terminal, shared_environments: None) -> Terminal:
    """A service with a model, code beside the script, settings of ACI, a description and tags."""
    folder = terminal.folder
    (folder / "src").mkdir()
    (folder / "src" / "score.py").write_text(SCRIPT)
    (folder / "src" / "helper.py").write_text("def doubled(text):\n    return text * 2\n")
    (folder / "model.bin").write_text("five ")
    (folder / "conda.yml").write_text("name: small\ndependencies: [{pip: [azureml-defaults]}]\n")
    aci = {
        "computeType": "aci",
        "authEnabled": True,
        "containerResourceRequirements": {"cpu": 1, "memoryInGB": 2},
        "environmentVariables": {"MOOD": "good"},
    }
    (folder / "aci.json").write_text(json.dumps(aci))
    terminal.ok("model", "register", "-n", "words", "-p", "model.bin", "--tag", "kind=text")
    terminal.ok("model", "register", "-n", "words", "-p", "model.bin")
    words = ("service", "deploy", "speaker", "-m", "words:1", "--sd", "src", "--es", "src/score.py")
    terminal.ok(*words, "--dc", "aci.json", "-d", "says words", "--tag", "team=a", "--env", "TONE=high")
    return terminal


def read(folder: Path, path: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((folder / path).read_text(encoding="utf-8"))
    return document


def test_a_service_with_what_it_is_made_of(deployed: Terminal, tmp_path: Path, loaded: Loaded) -> None:
    output = tmp_path / "v2"
    done = deployed.json("migrate", "--service", "speaker", "--output-path", str(output))
    written = {path.relative_to(output).as_posix() for path in documents(output)}
    environment = next(path for path in written if path.startswith("environments/"))
    assert written == {
        environment,
        "endpoints/speaker/endpoint.yml",
        "endpoints/speaker/blue-deployment.yml",
        "models/words/1/model.yml",
    }
    endpoint = read(output, "endpoints/speaker/endpoint.yml")
    deployment = read(output, "endpoints/speaker/blue-deployment.yml")
    assert (endpoint["description"], endpoint["tags"]) == ("says words", {"team": "a"})
    assert deployment["instance_type"] == "Standard_DS2_v2"
    assert deployment["model"] == "azureml:words:1"
    assert deployment["environment_variables"]["TONE"] == "high"
    assert read(output, "models/words/1/model.yml")["tags"] == {"kind": "text"}
    code = output / "endpoints" / "speaker" / "blue" / "code"
    assert (code / "score.py").read_text() == SCRIPT
    assert (code / "helper.py").exists()
    assert (output / "models" / "words" / "1" / "files" / "model.bin").read_text() == "five "
    assert done["counts"]["broken"] == 0
    assert loaded([output]) == {}


def test_everything_of_a_workspace(deployed: Terminal, tmp_path: Path, loaded: Loaded) -> None:
    folder = deployed.folder
    (folder / "environment.json").write_text(json.dumps({"name": "alone", "docker": {"baseImage": "python:3.11"}}))
    deployed.ok("environment", "register", "environment.json")
    deployed.ok("model", "register", "-n", "azureml.prices", "-p", "model.bin")
    done = deployed.json("migrate", "--all", "--output-path", str(tmp_path / "v2"))
    written = {path.relative_to(tmp_path / "v2").as_posix() for path in documents(tmp_path / "v2")}
    assert {path for path in written if path.startswith("models/")} == {
        "models/words/1/model.yml",
        "models/words/2/model.yml",
        next(path for path in written if "prices" in path),
    }
    assert "environments/alone/environment.yml" in written
    assert "endpoints/speaker/blue-deployment.yml" in written
    assert done["counts"]["broken"] == 0
    assert loaded([tmp_path / "v2"]) == {}


def test_what_a_workspace_lost_is_named_and_the_rest_is_written(deployed: Terminal, tmp_path: Path) -> None:
    folder = deployed.folder
    (folder / "other.bin").write_text("other")
    deployed.ok("model", "register", "-n", "lost", "-p", "other.bin")
    (blob,) = (path for path in deployed.home.rglob("blobs/**/*") if path.is_file() and path.read_bytes() == b"other")
    blob.chmod(0o600)
    blob.unlink()
    shutil.rmtree(next(deployed.home.rglob("azureml-app")))
    done = deployed.json("migrate", "--all", "--output-path", str(tmp_path / "v2"))
    broken = {note["subject"]: note for note in done["notes"] if note["kind"] == "broken"}
    assert set(broken) == {"model lost:1", "service speaker"}
    assert all(note["message"].endswith(".") for note in broken.values())
    assert (tmp_path / "v2" / "models" / "words" / "2" / "model.yml").exists()


def test_a_service_that_is_not_there(terminal: Terminal, tmp_path: Path) -> None:
    error = terminal.refused("migrate", "--service", "nobody", "--output-path", str(tmp_path / "v2"))
    assert error["code"] == "service-not-found"
    assert not (tmp_path / "v2").exists()


@pytest.mark.parametrize("words", [(), ("--all", "--service", "a"), (".", "--all"), (".", "--service", "a")])
def test_one_thing_is_named(words: tuple[str, ...], terminal: Terminal, tmp_path: Path) -> None:
    done = terminal.run("migrate", *words, "--output-path", str(tmp_path / "v2"))
    assert done.returncode == 2
    assert "--all for the workspace" in done.stderr


def test_an_empty_workspace(terminal: Terminal, tmp_path: Path) -> None:
    done = terminal.json("migrate", "--all", "--dry-run")
    assert [file["path"] for file in done["files"]] == ["report.md"]
