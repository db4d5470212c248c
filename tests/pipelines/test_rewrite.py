"""Pipelines of v1 written anew: what comes out runs, and is right by the schemas."""

from __future__ import annotations

import os

import pytest

from cli.conftest import Terminal
from pipelines.conftest import LOADING, put, ran, schema_says
from pipelines.v1_pipelines import AZURE, GITHUB, MARKETPLACE

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")


def test_a_template_keeps_its_comments_and_runs(terminal: Terminal) -> None:
    put(terminal.folder, {"score.py": LOADING.replace("print('up')", "pass"), "model.bin": "12345", **AZURE})
    deploy = terminal.folder / "pipelines" / "deploy.yml"
    deploy.write_text(deploy.read_text().replace("    steps:\n", "    # What runs.\n    steps:\n", 1))
    done = terminal.json("pipeline", "rewrite", "pipelines/deploy.yml", "--root", ".")
    assert not done["isWritten"]
    assert [(each["step"], each["kind"]) for each in done["changes"]] == [
        ("Deploy to ${{ upper( parameters.kind ) }}", "changed"),
        ("Smoke test", "changed"),
    ]
    assert "    # What runs.\n" in done["text"]
    assert "AzureCLI" not in done["text"]
    for name in ("train", "deploy"):
        terminal.ok("pipeline", "rewrite", f"pipelines/{name}.yml", "--root", ".", "--to", f"pipelines/{name}-2.yml")
        (terminal.folder / "pipelines" / f"{name}-2.yml").replace(terminal.folder / "pipelines" / f"{name}.yml")
    assert schema_says("azure-pipelines", terminal.folder / "azure-pipelines.yml") == ""
    words = ("--variable", "prefix=sum", "--replace", "Train=register.sh")
    run = ran(terminal, "azure-pipelines.yml", *words)
    assert {job["id"]: job["result"] for job in run["jobs"]}["test"] == "success"
    assert terminal.json("service", "show", "sum-endpoint")["state"] == "Healthy"


def test_actions_of_azure_ml_become_lines(terminal: Terminal) -> None:
    put(terminal.folder, {"score.py": LOADING.replace("print('up')", "pass"), "model.bin": "12345", **GITHUB})
    file = ".github/workflows/deploy.yml"
    done = terminal.json("pipeline", "rewrite", file, "--to", ".github/workflows/new.yml")
    assert done["counts"] == {"changed": 3, "open": 2}
    assert schema_says("github-workflows", terminal.folder / ".github/workflows/new.yml") == ""
    assert (terminal.folder / file).read_text() == GITHUB[file]
    terminal.env["AZURE_CREDENTIALS"] = "a-secret-of-azure"
    run = ran(terminal, ".github/workflows/new.yml", "--secret", "AZURE_CREDENTIALS")
    assert run["result"] == "success"
    names = [(step["name"], step["kind"]) for step in run["jobs"][0]["steps"]]
    assert ("Install Scoredock", "script") in names
    assert ("Deploy", "script") in names
    assert terminal.json("service", "show", "five-service", "-w", "published-ws")["state"] == "Healthy"
    terminal.ok("service", "delete", "five-service", "-w", "published-ws")


def test_what_trains_is_left_to_the_person(terminal: Terminal) -> None:
    put(terminal.folder, MARKETPLACE)
    done = terminal.run("pipeline", "rewrite", "azure-pipelines.yml", "--to", "new.yml")
    assert done.returncode == 0
    assert "azure-pipelines.yml:3: Deploy: changed: It is lines of “az ml” now." in done.stderr
    assert "azure-pipelines.yml:15: Invoke: open: It trains in Azure" in done.stderr
    # The schema names the tasks of Azure itself, and none of the marketplace.
    own = (terminal.folder / "new.yml").read_text().partition("  - task: ms-air")[0]
    (terminal.folder / "own.yml").write_text(own)
    assert schema_says("azure-pipelines", terminal.folder / "own.yml") == ""
    assert (
        terminal.refused("pipeline", "rewrite", "azure-pipelines.yml", "--to", "new.yml")["code"] == "pipeline-exists"
    )


def test_nothing_changes_in_a_pipeline_without_azure_ml(terminal: Terminal) -> None:
    text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo az\n"
    put(terminal.folder, {"plain.yml": text})
    done = terminal.json("pipeline", "rewrite", "plain.yml")
    assert (done["text"], done["changes"], done["diff"]) == (text, [], "")
