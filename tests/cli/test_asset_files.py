"""Files of Azure ML v2 that describe a model or an environment: registered as they say, or refused at their line, and
named where a deployment lacks what they describe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.conftest import Terminal
from cli.v2_files import SCHEMAS

CONDA = "name: from-file\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n"
DEPLOYMENT = {
    "$schema": SCHEMAS + "managedOnlineDeployment.schema.json",
    "name": "blue",
    "endpoint_name": "house",
    "model": "azureml:prices:1",
    "environment": "azureml:small:1",
    "code_configuration": {"code": "./src", "scoring_script": "score.py"},
    "instance_type": "Standard_DS3_v2",
    "instance_count": 1,
}


def write(folder: Path, file: str, fields: dict[str, Any]) -> str:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    document = {key: value for key, value in fields.items() if value is not None}
    (folder / file).write_text(yaml.safe_dump(document, sort_keys=False))
    return file


def model(folder: Path, file: str = "model.yml", **fields: Any) -> str:
    whole = {"$schema": SCHEMAS + "model.schema.json", "name": "prices", "version": "1", "path": "./weights.bin"}
    return write(folder, file, {**whole, **fields})


def environment(folder: Path, file: str = "environment.yml", **fields: Any) -> str:
    whole = {"$schema": SCHEMAS + "environment.schema.json", "name": "small", "version": "1", "conda_file": "conda.yml"}
    return write(folder, file, {**whole, **fields})


@pytest.fixture
def project(terminal: Terminal) -> Terminal:
    (terminal.folder / "weights.bin").write_bytes(b"1")
    (terminal.folder / "conda.yml").write_text(CONDA)
    return terminal


def test_a_model_is_what_its_file_says(project: Terminal) -> None:
    file = model(project.folder, description="Prices.", tags={"team": "lab", "year": 2024}, properties={"a": "b"})
    proposal = project.json("model", "propose", file)
    assert (proposal["name"], proposal["files"], proposal["description"]) == ("prices", 1, "Prices.")
    made = project.json("model", "register", file)
    assert (made["id"], made["description"], made["tags"]) == ("prices:1", "Prices.", {"team": "lab", "year": "2024"})
    shown = project.json("model", "show", "prices")
    assert [each["path"] for each in shown["files"]] == ["weights.bin"]
    assert shown["model"]["properties"] == {"a": "b"}


def test_what_is_given_counts_more_than_the_file(project: Terminal) -> None:
    file = model(project.folder, description="Prices.", tags={"team": "lab"})
    made = project.json("model", "register", file, "--name", "mine", "--description", "Mine.", "--tag", "team=me")
    assert (made["id"], made["description"], made["tags"]) == ("mine:1", "Mine.", {"team": "me"})


def test_a_version_of_the_file_is_not_taken_in_silence(project: Terminal) -> None:
    done = project.run("model", "register", model(project.folder, version="7"))
    assert done.returncode == 0
    assert "The file says version 7; versions are counted here, and this is prices:1." in done.stderr
    done = project.run("environment", "register", environment(project.folder, version="7"))
    assert "The file says version 7; versions are counted here, and this is small:1." in done.stderr


def test_an_environment_is_what_its_file_says(project: Terminal) -> None:
    made = project.json("environment", "register", environment(project.folder, description="Few.", tags={"a": "b"}))
    assert (made["id"], made["description"], made["tags"]) == ("small:1", "Few.", {"a": "b"})
    assert made["summary"] == "conda · Python 3.11 · 1 package"
    again = project.json("environment", "register", environment(project.folder))
    assert again["id"] == "small:1", "the same packages are no second version"
    other = project.json("environment", "register", environment(project.folder, image="python:3.11"))
    assert other["id"] == "small:2"


@pytest.mark.parametrize(
    ("fields", "code", "message", "line"),
    [
        ({"path": "gone.bin"}, "check-failed", "gone.bin", "path:"),
        ({"path": "azureml://jobs/one/outputs/x"}, "asset-file-invalid", "not on this machine", "path:"),
        ({"path": None}, "asset-file-invalid", "names no path", ""),
        ({"colour": "blue"}, "check-failed", "colour", "colour"),
        ({"name": "{{ name }}"}, "asset-file-invalid", "still to be filled in", "name:"),
    ],
)
def test_a_model_that_cannot_be_registered(
    project: Terminal, fields: dict[str, Any], code: str, message: str, line: str
) -> None:
    file = model(project.folder, **fields)
    error = project.refused("model", "register", file)
    assert (error["code"], message in error["message"]) == (code, True), error
    assert Path(error["place"]["path"]).name == "model.yml"
    assert (project.folder / file).read_text().splitlines()[error["place"]["line"]].startswith(line)
    assert error["fix"]
    assert project.json("model", "list")["models"] == []


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"conda_file": "gone.yml"}, "check-failed", "gone.yml"),
        ({"conda_file": None}, "asset-file-invalid", "no image"),
        ({"os_type": "windows"}, "asset-file-invalid", "Windows"),
        ({"conda_flie": "x"}, "check-failed", "conda_flie"),
        ({"build": {"path": "gone"}, "image": None, "conda_file": None}, "check-failed", "gone"),
    ],
)
def test_an_environment_that_cannot_be_registered(
    project: Terminal, fields: dict[str, Any], code: str, message: str
) -> None:
    error = project.refused("environment", "register", environment(project.folder, **fields))
    assert (error["code"], message in error["message"]) == (code, True), error
    assert error["fix"]
    assert "deploy" not in error["fix"]
    assert [
        each for each in project.json("environment", "list")["environments"] if each["origin"] == "registered"
    ] == []


def test_a_deployment_names_the_file_of_what_it_lacks(project: Terminal) -> None:
    folder = project.folder
    (folder / "src").mkdir()
    (folder / "src" / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    write(folder, "endpoints/house/blue-deployment.yml", DEPLOYMENT)
    model(folder, "models/prices/model.yml", path="../../weights.bin")
    environment(folder, "environments/small/environment.yml", conda_file="../../conda.yml")
    environment(folder, "environments/other/environment.yml", conda_file="../../conda.yml", name="other")
    (folder / "endpoints" / "house" / "src").symlink_to(folder / "src")
    deploy = ("service", "deploy", "--file", "endpoints/house/blue-deployment.yml", "--dry-run")
    for words, path in (("model", "models/prices/model.yml"), ("environment", "environments/small/environment.yml")):
        error = project.refused(*deploy)
        assert error["fix"].endswith(f"run `scoredock {words} register {folder / path}`.")
        assert error["remedies"][0]["arguments"] == [str(folder / path)]
        project.ok(words, "register", path)
    assert project.json(*deploy)["endpoint"] == "house"


@pytest.mark.parametrize("version", ["7", "1.0.0"])
def test_a_deployment_takes_what_was_registered_from_the_file_of_the_version_that_it_names(
    project: Terminal, version: str
) -> None:
    """Versions are counted here, and a deployment and the file beside it count as they like."""
    folder = project.folder
    (folder / "src").mkdir()
    (folder / "src" / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    names = {"model": f"azureml:prices:{version}", "environment": f"azureml:small:{version}"}
    deploy = ("service", "deploy", "--file", write(folder, "blue.yml", {**DEPLOYMENT, **names}), "--dry-run")
    for words, file in (
        ("model", model(folder, version=version)),
        ("environment", environment(folder, version=version)),
    ):
        assert project.refused(*deploy)["fix"].endswith(f"run `scoredock {words} register {folder / file}`.")
        project.ok(words, "register", file)
    told = project.run(*deploy)
    assert told.returncode == 0, told.stderr
    assert f"environment.yml says version {version} of small; versions are counted here" in told.stdout + told.stderr
    assert "small:1" in told.stdout
    environment(folder, version="8")
    assert project.refused(*deploy)["code"] in ("asset-not-found", "deployment-file-elsewhere")


def test_a_package_has_the_files_that_a_dockerfile_copies(project: Terminal) -> None:
    """The environment keeps them; the folder that it was registered from may be gone."""
    folder = project.folder
    (folder / "docker").mkdir()
    (folder / "docker" / "Dockerfile").write_text("FROM python:3.11\nCOPY greeting.txt /greeting.txt\n")
    (folder / "docker" / "greeting.txt").write_text("hello")
    project.ok("environment", "register", environment(folder, conda_file=None, build={"path": "docker"}))
    for name in ("greeting.txt", "Dockerfile"):
        (folder / "docker" / name).unlink()
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    project.ok("package", "create", "--entry-script", "score.py", "--environment", "small:1", "--output-path", "out")
    assert (folder / "out" / "base" / "greeting.txt").read_text() == "hello"
    assert "COPY base/greeting.txt /greeting.txt" in (folder / "out" / "Dockerfile").read_text()
