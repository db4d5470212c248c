"""Batch jobs whose workers are pods: the outcome is that of this machine, and nothing stays in the cluster."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from cli.conftest import Terminal
from cluster.deploying import TARGET, attached
from cluster.running import Cluster
from pace import patience

pytestmark = pytest.mark.docker

SCRIPT = """
import os
import socket
import time


def init():
    global factor
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "factor.txt")) as stream:
        factor = int(stream.read())


def run(mini_batch):
    print("on", socket.gethostname(), flush=True)
    time.sleep(float(os.environ.get("PAUSE", "0")))
    return [f"{os.path.basename(path)} {factor * int(open(path).read())}" for path in mini_batch]
"""


@pytest.fixture
def terminal(cluster: Cluster, namespace: str, tmp_path: Path) -> Terminal:
    made = attached(cluster, namespace, tmp_path)
    (made.folder / "batch_score.py").write_text(SCRIPT)
    (made.folder / "in").mkdir()
    for number in range(40):
        (made.folder / "in" / f"f{number:02}.txt").write_text(f"{number}\n")
    return made


def words(name: str, *more: str) -> tuple[str, ...]:
    job = ("batch", "run", "--name", name, "--entry-script", "batch_score.py", "--environment-file", "conda.yml")
    return (*job, "--model", "factor:1", "--input", "in", "--output-path", name, "--mini-batch-size", "2", *more)


def output(terminal: Terminal, name: str) -> list[str]:
    return (terminal.folder / name / "parallel_run_step.txt").read_text().splitlines()


def expected() -> list[str]:
    return [f"f{number:02}.txt {10 * number}" for number in range(40)]


def left(cluster: Cluster, namespace: str) -> list[str]:
    found = cluster.kubectl("get", "jobs,secrets", "-n", namespace, "-o", "name").split()
    return [each for each in found if "batch-" in each]


def test_pods_of_both_nodes_work_a_job_off(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    done = json.loads(terminal.ok(*words("nightly", "--compute", TARGET, "--json")))
    assert (done["job"]["state"], done["job"]["completed"], done["job"]["failed"]) == ("Completed", 20, 0)
    assert output(terminal, "nightly") == expected()
    lines = json.loads(terminal.ok("batch", "logs", "nightly", "--json"))["lines"]
    assert len({each.rpartition(" on ")[2] for each in lines if " on " in each}) == 2
    assert left(cluster, namespace) == []


def test_a_pod_that_goes_costs_nothing(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    terminal.ok(*words("slow", "--compute", TARGET, "--env", "PAUSE=1", "--no-wait"))
    deadline = time.monotonic() + patience(120)
    while json.loads(terminal.ok("batch", "show", "slow", "--json"))["job"]["completed"] < 2:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    pod = cluster.kubectl("get", "pods", "-n", namespace, "-o", "name").split()[0]
    cluster.kubectl("delete", pod, "-n", namespace, "--wait=false", "--grace-period=0", "--force")
    while (job := json.loads(terminal.ok("batch", "show", "slow", "--json"))["job"])["state"] == "Running":
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert (job["state"], job["failed"]) == ("Completed", 0)
    assert output(terminal, "slow") == expected()
    assert left(cluster, namespace) == []
