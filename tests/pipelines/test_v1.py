"""Pipelines of Azure ML v1 run here: templates, tasks, actions, and what belongs to the platforms is told."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cli.conftest import Terminal
from pipelines.conftest import LOADING, put, ran, results
from pipelines.v1_pipelines import AZURE, GITHUB, MARKETPLACE

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")


PREFIX = ("--variable", "prefix=sum")
EACH = tuple(word for name in ("train_model", "Approval", "deploy_model", "test", "back") for word in ("--job", name))
"""The environment of the deployment may ask for a person, so that jobs are named."""


@pytest.fixture
def files(terminal: Terminal) -> Path:
    put(terminal.folder, {"score.py": LOADING.replace("print('up')", "pass"), "model.bin": "12345"})
    return terminal.folder


def test_an_azure_pipeline_trains_elsewhere_deploys_and_is_called(terminal: Terminal, files: Path) -> None:
    put(files, AZURE)
    shown = terminal.json("pipeline", "show", "azure-pipelines.yml")
    assert shown["groups"] == ["of-the-platform"]
    assert shown["missing"] == ["prefix"]
    refused = terminal.refused("pipeline", "run", "azure-pipelines.yml", *PREFIX)
    assert refused["code"] == "pipeline-unread"
    assert (
        "pipelines/train.yml:17: “az ml run submit-script” submits a run as a run configuration says"
        in refused["message"]
    )
    alone = ran(terminal, "azure-pipelines.yml", *PREFIX, *EACH, code=1)
    (failed,) = [step for job in alone["jobs"] for step in job["steps"] if step["result"] == "failure"]
    assert (failed["name"], failed["file"], failed["line"]) == ("Train", "pipelines/train.yml", 15)
    assert any("submits a run as a run configuration says" in line for line in failed["output"])
    assert {job["id"]: job["result"] for job in alone["jobs"]} == {
        "train_model": "failure",
        "Approval": "skipped",
        "deploy_model": "skipped",
        "test": "skipped",
        "back": "success",
    }

    run = ran(terminal, "azure-pipelines.yml", *PREFIX, "--replace", "Train=register.sh", *EACH)
    assert {job["id"]: job["result"] for job in run["jobs"]} == {
        "train_model": "success",
        "Approval": "success",
        "deploy_model": "success",
        "test": "success",
        "back": "skipped",
    }
    assert results(run, "deploy_model") == {"Download": "success", "Deploy to ACI": "success", "A chart": "left-out"}
    service = terminal.json("service", "show", "sum-endpoint")
    assert (service["tags"], service["models"]) == ({"environment": "Test"}, ["five:1"])


def test_the_actions_of_azure_ml_are_lines_of_az_ml(terminal: Terminal, files: Path) -> None:
    put(files, GITHUB)
    file = ".github/workflows/deploy.yml"
    terminal.env["AZURE_CREDENTIALS"] = "a-secret-of-azure"
    done = terminal.run("pipeline", "run", file, "--secret", "AZURE_CREDENTIALS")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "a-secret-of-azure" not in done.stdout + done.stderr
    assert "the secret is ***" in done.stdout
    assert "== build (dev)" in done.stdout
    assert "(prod)" not in done.stdout
    assert "-- Train\n   (It trains in Azure; nothing here stands in for that.)" in done.stdout
    assert "workspace published-ws" not in done.stderr
    shown = terminal.json("service", "show", "five-service", "-w", "published-ws")
    assert (shown["state"], shown["models"]) == ("Healthy", ["five:1"])
    terminal.ok("service", "delete", "five-service", "-w", "published-ws")


def test_the_task_of_the_marketplace_deploys(terminal: Terminal, files: Path) -> None:
    put(files, MARKETPLACE)
    terminal.ok("model", "register", "model.bin", "-n", "five")
    run = ran(terminal, "azure-pipelines.yml")
    assert results(run, "job") == {"Deploy": "success", "Invoke": "left-out"}
    assert terminal.json("service", "show", "five-aci")["state"] == "Healthy"


COPIES = """\
trigger: none
jobs:
- job: build
  steps:
  - task: CopyFiles@2
    displayName: Copy
    inputs:
      SourceFolder: $(Build.SourcesDirectory)/model
      Contents: |
        **/*
        !**/*.log
      TargetFolder: $(Build.ArtifactStagingDirectory)
  - publish: $(Build.ArtifactStagingDirectory)
    artifact: drop
- job: use
  dependsOn: build
  steps:
  - checkout: none
  - download: current
    artifact: drop
  - bash: |
      cd $(Pipeline.Workspace)/drop
      find . -type f | sort > $(Build.SourcesDirectory)/listing.txt
      echo "from $(Build.Repository.Uri)" >> $(Build.SourcesDirectory)/listing.txt
    displayName: Look
"""


def test_files_are_copied_and_a_pipeline_in_a_folder_begins_in_the_working_directory(terminal: Terminal) -> None:
    files = {"model/model.bin": "1", "model/run.log": "2", "model/config/a.yml": "3", "model/config/b.log": "4"}
    put(terminal.folder, {"devops/deploy/pipeline.yml": COPIES, **files, "other.bin": "5"})
    ran(terminal, "devops/deploy/pipeline.yml")
    lines = (terminal.folder / "listing.txt").read_text().splitlines()
    assert lines == ["./config/a.yml", "./model.bin", f"from {terminal.folder.as_uri()}"]


@pytest.mark.parametrize(
    ("contents", "flat", "copied"),
    [
        ("", "", ["a.txt", "b/c.txt", "b/d.json"]),
        ("*.txt", "", ["a.txt"]),
        ("**/*.txt", "true", ["a.txt", "c.txt"]),
        ("b/**", "", ["b/c.txt", "b/d.json"]),
        ("**\n!b/?.txt", "", ["a.txt", "b/d.json"]),
    ],
)
def test_patterns_of_copied_files(terminal: Terminal, contents: str, flat: str, copied: list[str]) -> None:
    put(terminal.folder, {f"from/{name}": name for name in ("a.txt", "b/c.txt", "b/d.json")})
    inputs = {"SourceFolder": "from", "TargetFolder": "to", "Contents": contents, "flattenFolders": flat}
    put(terminal.folder, {"w.yml": json.dumps({"pool": {}, "steps": [{"task": "CopyFiles@2", "inputs": inputs}]})})
    ran(terminal, "w.yml")
    found = (path for path in (terminal.folder / "to").rglob("*") if path.is_file())
    assert sorted(path.relative_to(terminal.folder / "to").as_posix() for path in found) == copied


def test_files_of_a_folder_that_is_not_there_are_not_copied(terminal: Terminal) -> None:
    put(terminal.folder, {"azure-pipelines.yml": COPIES})
    run = ran(terminal, "azure-pipelines.yml", code=1)
    (failed,) = [step for job in run["jobs"] for step in job["steps"] if step["result"] == "failure"]
    assert failed["name"] == "Copy"
    assert failed["message"].startswith("There is no folder")
