"""Batch jobs whose workers are pods: the outcome is that of this machine, and nothing stays in the cluster."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.contrib.batch.domain.work.jobs import JobFolder

from batch.conftest import driver_of
from cli.conftest import Terminal
from cluster.deploying import TARGET, attached
from cluster.refusing_webhook import refusing_webhook
from cluster.running import Cluster, wait_for
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
    open("/tmp/has-work", "w").close()
    while "HELD" in os.environ and not os.path.exists("/tmp/may-go-on"):
        time.sleep(0.05)
    time.sleep(float(os.environ.get("PAUSE", "0")))
    return [f"{os.path.basename(path)} {factor * int(open(path).read())}" for path in mini_batch]
"""


@pytest.fixture
def terminal(cluster: Cluster, namespace: str, tmp_path: Path) -> Terminal:
    return prepared(cluster, namespace, tmp_path)


def prepared(cluster: Cluster, namespace: str, folder: Path) -> Terminal:
    made = attached(cluster, namespace, folder)
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
    terminal.ok(*words("nightly", "--compute", TARGET, "--env", "HELD=1", "--no-wait"))
    # Each holds its first mini-batch until all have one, so that none of them is too late for any.
    pods = at_work(cluster, namespace, 2)
    for pod in pods:
        cluster.kubectl("exec", "-n", namespace, pod, "--", "touch", "/tmp/may-go-on")
    job = until(terminal, "nightly", ended)["job"]
    assert (job["state"], job["completed"], job["failed"]) == ("Completed", 20, 0)
    assert output(terminal, "nightly") == expected()
    lines = json.loads(terminal.ok("batch", "logs", "nightly", "--json"))["lines"]
    assert {each.rpartition(" on ")[2] for each in lines if " on " in each} == pods
    assert left(cluster, namespace) == []


def at_work(cluster: Cluster, namespace: str, count: int) -> set[str]:
    """The pods that have begun a mini-batch, as soon as there are so many."""
    deadline = time.monotonic() + patience(180)
    while True:
        pods = cluster.get("pods", "-n", namespace)["items"]
        names = {pod["metadata"]["name"] for pod in pods if pod["status"]["phase"] == "Running"}
        if len(names) == count and all(has_work(cluster, namespace, name) for name in names):
            return names
        assert time.monotonic() < deadline, names
        time.sleep(0.3)


def has_work(cluster: Cluster, namespace: str, pod: str) -> bool:
    files = cluster.kubectl("exec", "-n", namespace, pod, "--", "ls", "/tmp")
    return "has-work" in files.split()


def shown(terminal: Terminal, name: str) -> dict[str, Any]:
    return dict(json.loads(terminal.ok("batch", "show", name, "--json")))


def until(terminal: Terminal, name: str, has: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What `batch show` says as soon as that is so."""
    deadline = time.monotonic() + patience(180)
    while not has(found := shown(terminal, name)):
        assert time.monotonic() < deadline, found
        time.sleep(0.3)
    return found


def ended(found: dict[str, Any]) -> bool:
    return found["job"]["state"] not in ("Queued", "Running")


def begun(found: dict[str, Any]) -> bool:
    return bool(found["job"]["completed"] > 2 or ended(found))


def driver(terminal: Terminal, name: str) -> psutil.Process:
    return driver_of(JobFolder(terminal.home / "workspaces" / "local" / "batch" / name))


def test_a_pod_that_goes_costs_nothing(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    terminal.ok(*words("slow", "--compute", TARGET, "--env", "PAUSE=1", "--no-wait"))
    until(terminal, "slow", begun)
    made = cluster.get("jobs,secrets,pods", "-n", namespace)["items"]
    objects = [each for each in made if each["metadata"]["name"].startswith("batch-slow-")]
    assert {each["kind"] for each in objects} == {"Job", "Secret", "Pod"}
    for each in objects:
        labels = {key.rpartition("/")[2]: value for key, value in each["metadata"]["labels"].items()}
        assert labels["instance"].startswith("batch-slow-")
        assert (labels["component"], labels["part-of"], labels["managed-by"]) == ("batch", "scoredock", "scoredock")
    pod = cluster.kubectl("get", "pods", "-n", namespace, "-o", "name").split()[0]
    cluster.kubectl("delete", pod, "-n", namespace, "--wait=false", "--grace-period=0", "--force")
    job = until(terminal, "slow", ended)["job"]
    assert (job["state"], job["failed"]) == ("Completed", 0)
    assert output(terminal, "slow") == expected()
    assert left(cluster, namespace) == []


def test_a_driver_that_is_killed_leaves_pods_which_a_resume_or_a_cancel_removes(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    terminal.ok(*words("killed", "--compute", TARGET, "--env", "PAUSE=0.5", "--no-wait"))
    for _ in range(2):
        # What was done before it was resumed counts as begun, and then no pod may be there yet.
        until(terminal, "killed", lambda found: ended(found) or (begun(found) and len(left(cluster, namespace)) == 2))
        driver(terminal, "killed").kill()
        assert until(terminal, "killed", ended)["job"]["state"] == "Interrupted"
        assert len(left(cluster, namespace)) == 2
        terminal.ok("batch", "resume", "killed", "--no-wait")
    job = until(terminal, "killed", ended)["job"]
    assert (job["state"], job["completed"], job["failed"]) == ("Completed", 20, 0)
    assert output(terminal, "killed") == expected()
    assert left(cluster, namespace) == []
    terminal.ok(*words("given-up", "--compute", TARGET, "--env", "PAUSE=0.5", "--no-wait"))
    until(terminal, "given-up", begun)
    driver(terminal, "given-up").kill()
    until(terminal, "given-up", ended)
    terminal.ok("batch", "cancel", "given-up")
    assert left(cluster, namespace) == []


def test_a_cancel_removes_the_pods(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    terminal.ok(*words("cancelled", "--compute", TARGET, "--env", "PAUSE=1", "--no-wait"))
    until(terminal, "cancelled", begun)
    terminal.ok("batch", "cancel", "cancelled")
    assert shown(terminal, "cancelled")["job"]["state"] == "Canceled"
    assert left(cluster, namespace) == []


def test_a_namespace_that_has_room_for_one_pod_and_for_none(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    cluster.kubectl("create", "quota", "few", "-n", namespace, "--hard=pods=1")
    done = json.loads(terminal.ok(*words("one", "--compute", TARGET, "--json")))
    assert (done["job"]["state"], done["job"]["completed"]) == ("Completed", 20)
    assert output(terminal, "one") == expected()
    cluster.kubectl("delete", "quota", "few", "-n", namespace)
    cluster.kubectl("create", "quota", "none", "-n", namespace, "--hard=pods=0")
    refused = terminal.refused(*words("none", "--compute", TARGET))
    assert refused["code"] == "cluster-quota"
    assert "“none”" in refused["message"]
    assert left(cluster, namespace) == []


def refused_before(cluster: Cluster, namespace: str, terminal: Terminal) -> str:
    """What the cluster says of a job that nothing is made for, here or there."""
    refused = terminal.refused(*words("never", "--compute", TARGET))
    assert refused["code"] == "cluster-refused"
    assert not (terminal.home / "workspaces" / "local" / "batch" / "never").exists()
    assert left(cluster, namespace) == []
    return str(refused["message"])


def test_packages_that_tables_need_are_looked_for_before_anything_is_made(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    refused = terminal.refused(*words("never", "--compute", TARGET, "--output-format", "parquet"))
    assert (refused["code"], "pyarrow" in refused["message"]) == ("batch-package-missing", True)
    assert not (terminal.home / "workspaces" / "local" / "batch" / "never").exists()
    assert left(cluster, namespace) == []


def test_a_quota_of_jobs_refuses_one_before_anything_is_made(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    cluster.kubectl("create", "quota", "no-jobs", "-n", namespace, "--hard=count/jobs.batch=0")
    wait_for(lambda: cluster.get("quota", "no-jobs", "-n", namespace)["status"].get("hard"), "the quota", 30)
    said = refused_before(cluster, namespace, terminal)
    assert "exceeded quota: no-jobs" in said
    assert "limited: count/jobs.batch=0" in said
    cluster.kubectl("delete", "quota", "no-jobs", "-n", namespace)
    terminal.ok(*words("never", "--compute", TARGET))
    assert output(terminal, "never") == expected()


def test_a_policy_of_the_cluster_refuses_a_job_before_anything_is_made(
    cluster: Cluster, namespace: str, terminal: Terminal, tmp_path: Path
) -> None:
    with refusing_webhook(cluster, namespace, tmp_path / "webhook", "jobs need the label team") as name:
        said = refused_before(cluster, namespace, terminal)
    assert name in said
    assert "jobs need the label team" in said


def test_a_script_that_fails_there_says_its_line(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    text = SCRIPT.replace("    global factor\n", '    global factor\n    raise ValueError("no factor")\n')
    (terminal.folder / "batch_score.py").write_text(text)
    refused = terminal.refused(*words("broken", "--compute", TARGET))
    assert refused["code"] == "batch-script-failed"
    assert "no factor" in refused["message"]
    assert "batch_score.py:9" in refused["message"]
    assert left(cluster, namespace) == []


@pytest.mark.long("a pod that goes is a connection that ends as well; here nothing says that it has ended")
def test_a_node_that_is_lost_costs_nothing(disturbed: Cluster, tmp_path: Path) -> None:
    """Its workers come back on the other one, and each item is there once."""
    with disturbed.namespace() as namespace:
        terminal = prepared(disturbed, namespace, tmp_path)
        terminal.ok(*words("lost", "--compute", TARGET, "--env", "PAUSE=2", "--no-wait"))
        until(terminal, "lost", begun)
        second = disturbed.node_names[1]
        disturbed.node_down(second)
        try:
            found = until(terminal, "lost", ended)
        finally:
            disturbed.node_up(second)
        job = found["job"]
        assert (job["state"], job["completed"], job["failed"]) == ("Completed", 20, 0)
        assert found["retried"] > 0
        assert output(terminal, "lost") == expected()
        assert left(disturbed, namespace) == []
