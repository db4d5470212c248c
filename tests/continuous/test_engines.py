"""The same rule on the other engines: in containers here and on another machine, and in a cluster."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.deploying import TARGET, attached
from cluster.running import Cluster
from continuous.conftest import SCRIPT, Callers, Project
from docker_daemon import BASE, base_image, carried_base, docker_host
from remote_host import RemoteHost, remote_host

CANARY = ("--canary", "40", "--for", "0s", "--requests", "10", "--at-least", "10")


def _deployed(project: Project, *words: str) -> Project:
    (project.folder / "score.py").write_text(textwrap.dedent(SCRIPT))
    project.register("2")
    deploy = ("service", "deploy", "-n", "times", "--model", "times:1", "--entry-script", "score.py", *words)
    project.json(*deploy)
    project.json("endpoint", "create", "door", "--service", "times", "--version", "main")
    return project


@pytest.fixture
def docked(tmp_path: Path) -> Iterator[Project]:
    """The service in a container, behind an endpoint."""
    folder = tmp_path / "project"
    folder.mkdir()
    variables = {"SCOREDOCK_BASE_IMAGE": base_image(), "DOCKER_HOST": docker_host()}
    project = Project(tmp_path / "home", folder, variables)
    yield _deployed(project, "--engine", "docker")
    project.run("endpoint", "delete", "door")
    for name in project.services():
        project.run("service", "delete", name)


@pytest.fixture
def clustered(cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Project]:
    """The same in a cluster."""
    terminal = attached(cluster, namespace, tmp_path)
    (terminal.folder / "aks.json").write_text(
        json.dumps(
            {
                "computeType": "aks",
                "numReplicas": 1,
                "authEnabled": False,
                "containerResourceRequirements": {"cpu": 0.05, "memoryInGB": 0.1},
            }
        )
    )
    project = Project(terminal.home, terminal.folder, terminal.env)
    yield _deployed(project, "--environment-file", "conda.yml", "--compute", TARGET, "--deploy-config-file", "aks.json")
    project.run("endpoint", "delete", "door")
    for name in project.services():
        project.run("service", "delete", name)


@pytest.fixture(scope="module")
def host() -> Iterator[RemoteHost]:
    with remote_host() as made:
        made.start_ssh()
        carried_base(made.docker())
        yield made


@pytest.fixture
def elsewhere(host: RemoteHost, tmp_path: Path) -> Iterator[Project]:
    """The same in the Docker of another machine, by SSH; that of this machine is not there."""
    folder = tmp_path / "project"
    folder.mkdir()
    variables = {"SCOREDOCK_BASE_IMAGE": BASE, "PATH": host.path, "DOCKER_HOST": "tcp://127.0.0.1:9"}
    project = Project(tmp_path / "home", folder, variables)
    project.json("compute", "attach", "gpu", "--docker", host.ssh_url)
    yield _deployed(project, "--compute", "gpu")
    project.run("endpoint", "delete", "door")
    for name in project.services():
        project.run("service", "delete", name, "--force")


ANSWERS = (
    "import os, urllib.request\n"
    "address = os.environ['SCOREDOCK_CANDIDATE_URI'].removesuffix('score')\n"
    "assert urllib.request.urlopen(address, timeout=60).read() == b'Healthy'\n"
)
"""A condition that a model which breaks at each request still holds."""


def _promotes_and_withdraws(project: Project, *conditions: str) -> None:
    project.create(*CANARY, *conditions)
    with Callers(int(project.endpoint()["port"])) as traffic:
        traffic.more(10)
        version = project.register("3")
        project.until(f"{version} promoted")
        project.finished()
        traffic.more(20)
        assert traffic.failures == 0, traffic.counts
        since = len(traffic.answers)
        traffic.more(20)
        assert set(traffic.answers[since:]) == {"by 3"}

        version = project.register("breaks")
        project.until(f"{version} withdrawn")
        project.finished()
        before = traffic.failures
        traffic.more(50)
        assert traffic.failures == before, traffic.counts
    assert 1 <= before <= 11, traffic.counts
    assert project.services() == ["times"]
    assert project.service()["models"] == ["times:2"]
    assert project.shares() == {"times": 100}


@pytest.mark.docker
@pytest.mark.long("its steps are those of a process, and containers have their own tests")
def test_a_rule_promotes_and_withdraws_in_containers(docked: Project) -> None:
    _promotes_and_withdraws(docked)


@pytest.mark.docker
@pytest.mark.timeout(1200)
@pytest.mark.long("its steps are those of a process, and a Docker elsewhere has its own tests")
def test_a_rule_promotes_and_withdraws_on_another_machine(elsewhere: Project) -> None:
    _promotes_and_withdraws(elsewhere, "--command", sys.executable, "-c", ANSWERS)
    assert elsewhere.steps().count("2 conditions") == elsewhere.steps().count("3 conditions") == 1
    assert elsewhere.service()["compute"] == "gpu"


@pytest.mark.docker
@pytest.mark.timeout(1200)
@pytest.mark.long("its steps are those of a process, and clusters have their own tests")
def test_a_rule_promotes_and_withdraws_in_a_cluster(clustered: Project) -> None:
    _promotes_and_withdraws(clustered)
