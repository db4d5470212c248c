"""Pipelines that are written for a cluster, run from their files: a service beside the one before it, and a canary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from cluster.deploying import TARGET, answer, attached
from cluster.running import Cluster
from pipelines.conftest import all_jobs, committed, git, ran, results, with_gitlab_ci_local

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
FILES = {"github": ".github/workflows/scoredock.yml", "azure": "azure-pipelines.yml", "gitlab": ".gitlab-ci.yml"}
SERVICE = "project"


def project_on(cluster: Cluster, namespace: str, folder: Path, platform: str) -> Terminal:
    """The project with a pipeline for the compute target, which its deployment configuration is for."""
    terminal = attached(cluster, namespace, folder)
    # What the project of other tests has beside its file.
    terminal.ok("model", "delete", "factor:1")
    (terminal.folder / "aks.json").rename(terminal.folder / "deploymentconfig.json")
    config = {"entryScript": "score.py", "condaFile": "conda.yml"}
    (terminal.folder / "inferenceconfig.json").write_text(json.dumps(config))
    (terminal.folder / "factor.pkl").write_text("10")
    script = terminal.folder / "score.py"
    script.write_text(script.read_text().replace("factor.txt", "factor.pkl"))
    words = ("--target", "cluster", "--name", SERVICE)
    created = terminal.json("pipeline", "create", platform, *words)
    assert f"--compute {TARGET}" in created["text"]
    return terminal


def with_values(terminal: Terminal, file: str, **values: str) -> None:
    """Fills variables of the written file in."""
    path = terminal.folder / file
    lines = path.read_text().splitlines(keepends=True)
    for name, value in values.items():
        (at,) = [number for number, line in enumerate(lines) if line.startswith(f"  {name}: ")]
        lines[at] = f"  {name}: {json.dumps(value)}\n"
    path.write_text("".join(lines))


def shares(terminal: Terminal) -> dict[str, Any]:
    return {each["name"]: each["share"] for each in terminal.json("endpoint", "show", SERVICE)["versions"]}


def ended(terminal: Terminal) -> None:
    for each in terminal.json("endpoint", "list")["endpoints"]:
        terminal.ok("endpoint", "delete", each["name"])
    for each in terminal.json("service", "list")["services"]:
        terminal.ok("service", "delete", each["name"])


@pytest.mark.long("deploys twice with an image each time; the gate runs the same steps in a process and in Docker")
def test_a_pipeline_deploys_into_a_cluster_with_a_canary(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    file = FILES["azure"]
    terminal = project_on(cluster, namespace, tmp_path, "azure")
    image = f"{cluster.registry}/tests/pipelines"
    with_values(terminal, file, IMAGE=image, CANARY_SECONDS="0")
    first = committed(terminal.folder)
    run = ran(terminal, file, *all_jobs("azure"))
    assert {job["id"]: job["result"] for job in run["jobs"]} == {"check": "success", "deploy": "success"}
    assert set(run["counts"]) == {"success"}
    service = terminal.json("service", "show", f"{SERVICE}-{first[:7]}")
    assert (service["engine"], service["compute"], service["state"]) == ("kubernetes", TARGET, "Healthy")
    assert shares(terminal) == {f"v{first[:7]}": 100}

    script = terminal.folder / "score.py"
    script.write_text(script.read_text().replace("* factor", "* factor + 1"))
    git(terminal.folder, "commit", "-q", "-a", "-m", "new")
    second = git(terminal.folder, "rev-parse", "HEAD")
    run = ran(terminal, file, "--job", "deploy")
    assert results(run, "deploy")["Canary"] == "success"
    assert shares(terminal) == {f"v{first[:7]}": 0, f"v{second[:7]}": 100}
    key = terminal.json("service", "keys", f"{SERVICE}-{second[:7]}")["primaryKey"]
    port = terminal.json("endpoint", "show", SERVICE)["port"]
    assert answer(f"127.0.0.1:{port}", key) == 31
    ended(terminal)


@pytest.mark.long("the same on another platform, whose steps the tests of pipelines run in a process")
@pytest.mark.parametrize("platform", ["github", "gitlab"])
def test_the_other_platforms_deploy_there_as_well(
    cluster: Cluster, namespace: str, tmp_path: Path, platform: str
) -> None:
    terminal = project_on(cluster, namespace, tmp_path, platform)
    commit = committed(terminal.folder)
    if platform == "gitlab":
        with_gitlab_ci_local(terminal)
    run = ran(terminal, FILES[platform], *all_jobs(platform))
    assert {job["id"]: job["result"] for job in run["jobs"]} == {"check": "success", "deploy": "success"}
    assert shares(terminal) == {f"v{commit[:7]}": 100}
    ended(terminal)
