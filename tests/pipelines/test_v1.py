"""Pipelines of Azure ML v1 run here: templates, tasks, actions, and what belongs to the platforms is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.conftest import Terminal
from pipelines.conftest import LOADING, put, ran, results
from pipelines.v1_pipelines import AZURE, GITHUB, MARKETPLACE

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")


@pytest.fixture
def files(terminal: Terminal) -> Path:
    put(terminal.folder, {"score.py": LOADING.replace("print('up')", "pass"), "model.bin": "12345"})
    return terminal.folder


def test_an_azure_pipeline_trains_elsewhere_deploys_and_is_called(terminal: Terminal, files: Path) -> None:
    put(files, AZURE)
    shown = terminal.json("pipeline", "show", "azure-pipelines.yml")
    assert shown["groups"] == ["of-the-platform"]
    assert shown["missing"] == ["prefix"]
    alone = ran(terminal, "azure-pipelines.yml", "--variable", "prefix=sum", code=1)
    (failed,) = [step for job in alone["jobs"] for step in job["steps"] if step["result"] == "failure"]
    assert (failed["name"], failed["file"], failed["line"]) == ("Train", "pipelines/train.yml", 15)
    assert any("trains in Azure" in line for line in failed["output"])
    assert {job["id"]: job["result"] for job in alone["jobs"]} == {
        "train_model": "failure",
        "Approval": "skipped",
        "deploy_model": "skipped",
        "test": "skipped",
        "back": "skipped",
    }

    run = ran(terminal, "azure-pipelines.yml", "--variable", "prefix=sum", "--replace", "Train=register.sh")
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
    assert "-- Train\n   (It trains in Azure: Scoredock deploys models and does not train.)" in done.stdout
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
