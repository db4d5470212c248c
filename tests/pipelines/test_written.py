"""Pipelines that are written for a project: every script of theirs runs here from the parsed file, GitLab's by
gitlab-ci-local, and the schemas of the platforms say that the files are right."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

import docker_daemon
from cli.conftest import Terminal
from pipelines.conftest import (
    all_jobs,
    committed,
    git,
    install_here,
    put,
    ran,
    results,
    schema_says,
    with_gitlab_ci_local,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
PLATFORMS = {
    "github": (".github/workflows/scoredock.yml", "github-workflows"),
    "azure": ("azure-pipelines.yml", "azure-pipelines"),
    "gitlab": (".gitlab-ci.yml", "gitlab-ci"),
}
EXAMPLE = Path(__file__).parents[2] / "examples" / "diabetes"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_script_runs_here_from_the_parsed_file(project: Terminal, platform: str) -> None:
    file, _ = PLATFORMS[platform]
    if platform == "gitlab":
        with_gitlab_ci_local(project)
    project.ok("pipeline", "create", platform)
    git(project.folder, "add", ".")
    git(project.folder, "commit", "-q", "-m", "pipeline")
    commit = git(project.folder, "rev-parse", "HEAD")
    shown = project.json("pipeline", "show", file)
    scripts = [step for job in shown["jobs"] for step in job["steps"] if step["kind"] == "script"]
    platforms = [step for job in shown["jobs"] for step in job["steps"] if step["kind"] == "stand-in"]
    assert all(step["line"] > 1 and step["file"] == file for step in scripts)
    assert all(step["uses"] and step["reason"] for step in platforms)
    assert not [step for job in shown["jobs"] for step in job["steps"] if step["kind"] == "left-out"]

    assert shown["unread"] == []
    assert [job["id"] for job in shown["jobs"] if job["byName"]] == ([] if platform == "gitlab" else ["deploy"])
    run = ran(project, file, *all_jobs(platform))
    assert {job["id"]: job["result"] for job in run["jobs"]} == {"check": "success", "deploy": "success"}
    assert set(run["counts"]) == {"success"}
    assert run["counts"]["success"] == len(scripts) + len(platforms)
    services = project.json("service", "list")["services"]
    # What was deployed for the tests is gone again.
    assert [each["name"] for each in services] == [f"project-{commit[:7]}"]
    assert [each["models"] for each in services] == [["project:2"]]
    endpoint = project.json("endpoint", "show", "project")
    assert [(each["name"], each["share"]) for each in endpoint["versions"]] == [(f"v{commit[:7]}", 100)]


@pytest.mark.timeout(600)
def test_it_deploys_into_docker(project: Terminal) -> None:
    project.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
    file = PLATFORMS["github"][0]
    project.ok("pipeline", "create", "github", "--target", "docker")
    commit = committed(project.folder)
    run = ran(project, file, "--job", "deploy")
    assert set(results(run, "deploy").values()) == {"success"}
    service = project.json("service", "show", f"project-{commit[:7]}")
    assert (service["engine"], service["state"]) == ("docker", "Healthy")
    project.ok("endpoint", "delete", "project")
    project.ok("service", "delete", f"project-{commit[:7]}")


def test_a_second_commit_goes_through_the_canary(project: Terminal) -> None:
    file = PLATFORMS["github"][0]
    project.ok("pipeline", "create", "github", "--branch", "main")
    text = (project.folder / file).read_text()
    (project.folder / file).write_text(text.replace('CANARY_SECONDS: "300"', 'CANARY_SECONDS: "0"'))
    first = committed(project.folder)
    ran(project, file, "--job", "deploy")
    script = project.folder / "score.py"
    script.write_text(script.read_text() + "\n\nNEW = True\n")
    git(project.folder, "commit", "-q", "-a", "-m", "new")
    second = git(project.folder, "rev-parse", "HEAD")
    run = ran(project, file, "--job", "deploy")
    assert results(run, "deploy")["Canary"] == "success"
    endpoint = project.json("endpoint", "show", "project")
    shares = {each["name"]: (each["share"], each["isDefault"]) for each in endpoint["versions"]}
    assert shares == {f"v{first[:7]}": (0, False), f"v{second[:7]}": (100, True)}


def test_a_step_that_fails_is_told_with_file_line_and_name(project: Terminal) -> None:
    file = PLATFORMS["github"][0]
    project.ok("pipeline", "create", "github")
    script = project.folder / "score.py"
    script.write_text(script.read_text().replace("import json\n", ""))
    install_here(project)
    done = project.run("pipeline", "run", file, *all_jobs("github"))
    assert done.returncode == 1
    line = next(
        number
        for number, text in enumerate((project.folder / file).read_text().splitlines(), 1)
        if "- name: Check" in text
    )
    assert f"{file}:{line}: Check: The step “Check” ended with exit code 1." in done.stderr
    assert "== deploy\n   (Its condition does not hold" in done.stdout
    # The findings are published all the same.
    assert "-- Upload the findings\n   (The findings are read, and sent to nobody." in done.stdout


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("target", ["process", "docker", "cluster"])
def test_the_schemas_of_the_platforms_find_nothing(project: Terminal, platform: str, target: str) -> None:
    file, schema = PLATFORMS[platform]
    text = project.json("pipeline", "create", platform, "--target", target, "--dry-run")["text"]
    put(project.folder, {file: text})
    assert schema_says(schema, project.folder / file) == ""
    assert {"process": "--engine process", "docker": "--engine docker", "cluster": "--compute my-cluster"}[
        target
    ] in text
    (project.folder / file).write_text(text.replace("stages:", "stages: 7\nx:").replace("jobs:", "jobs: 7\nx:"))
    assert schema_says(schema, project.folder / file) != "", "the schema would find a mistake"


def test_a_file_that_is_there_is_shown_and_not_replaced(project: Terminal) -> None:
    path = project.folder / ".gitlab-ci.yml"
    path.write_text("mine: {script: [echo]}\n")
    refused = project.refused("pipeline", "create", "gitlab")
    assert refused["code"] == "pipeline-exists"
    assert "-mine: {script: [echo]}" in refused["details"]["diff"]
    assert path.read_text() == "mine: {script: [echo]}\n"
    preview = project.json("pipeline", "create", "gitlab", "--dry-run")
    assert (preview["isWritten"], preview["isThere"]) == (False, True)
    assert path.read_text() == "mine: {script: [echo]}\n"
    project.ok("pipeline", "create", "gitlab", "--to", "other.gitlab-ci.yml")
    assert (project.folder / "other.gitlab-ci.yml").is_file()
    project.ok("pipeline", "create", "gitlab", "--overwrite")
    assert path.read_text() == preview["text"]
    # The same file once more is not a change.
    project.ok("pipeline", "create", "gitlab")


def test_a_folder_without_an_entry_script_is_refused(terminal: Terminal) -> None:
    (terminal.folder / "notes.md").write_text("nothing")
    assert terminal.refused("pipeline", "create", "github")["code"] == "pipeline-nothing-to-deploy"
    assert terminal.refused("pipeline", "create", "github", "missing")["code"] == "pipeline-file-missing"
    assert not (terminal.folder / ".github").exists()


def test_a_project_below_the_root_works_in_its_folder(terminal: Terminal) -> None:
    shutil.copytree(EXAMPLE, terminal.folder / "services" / "diabetes")
    committed(terminal.folder)
    for platform, (file, schema) in PLATFORMS.items():
        created = terminal.json("pipeline", "create", platform, "services/diabetes")
        assert created["path"] == str(terminal.folder / file)
        assert created["fillIn"] == ["IMAGE", "REGISTRY_USER", "REGISTRY_PASSWORD"]
        assert schema_says(schema, terminal.folder / file) == ""
        text = created["text"]
        assert "services/diabetes" in text
        # The model is not kept with the code, and is trained with what its environment names.
        assert "python -m pip install joblib numpy scikit-learn" in text
        assert "python train.py" in text


@pytest.mark.long("trains the example with packages of an index; the gate runs the same steps with a model of one file")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_example_goes_all_the_way(terminal: Terminal, platform: str) -> None:
    shutil.copytree(EXAMPLE, terminal.folder / "diabetes")
    commit = committed(terminal.folder)
    terminal.ok("pipeline", "create", platform, "diabetes")
    if platform == "gitlab":
        with_gitlab_ci_local(terminal)
    run = ran(terminal, PLATFORMS[platform][0], *all_jobs(platform))
    assert set(run["counts"]) == {"success"}
    said = terminal.ok("service", "call", f"diabetes-{commit[:7]}", "--data", json.dumps({"data": [[0.0] * 10]}))
    assert 100 < json.loads(said)[0] < 300
