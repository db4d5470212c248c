"""A look at a service in a cluster changes nothing there: what a killed client left goes on as Kubernetes has it, is
told, and is finished or taken back by whoever changes the service next."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from cluster.deploying import CONFIGURATION, DEPLOY, TARGET, answer, attached
from cluster.running import Cluster, wait_for
from depth import rounds
from packages.test_without_docker import SCRIPT

pytestmark = pytest.mark.docker

KINDS = "deployments,services,secrets,configmaps,horizontalpodautoscalers,poddisruptionbudgets"
LOOKS = rounds(gate=3, long=10)
SCALED = {key: value for key, value in CONFIGURATION.items() if key != "numReplicas"}
"""Replicas by the autoscaler that AKS has where nothing is said of them."""
DEPLOYMENT = (*DEPLOY, "--deploy-config-file", "aks.json", "--auth", "none", "--compute", TARGET)


@pytest.fixture
def terminal(cluster: Cluster, namespace: str, tmp_path: Path) -> Terminal:
    return attached(cluster, namespace, tmp_path)


def objects(cluster: Cluster, namespace: str) -> dict[str, str]:
    """What somebody has asked for, of all objects of the service: what the cluster itself writes is left out, which
    makes the ReplicaSets by itself as well."""
    items: list[dict[str, Any]] = cluster.get(KINDS, "-n", namespace)["items"]
    asked = {}
    for each in items:
        each.pop("status", None)
        metadata = {key: each["metadata"].get(key) for key in ("uid", "labels", "annotations", "generation")}
        asked[f"{each['kind']}/{each['metadata']['name']}"] = json.dumps({**each, "metadata": metadata})
    return asked


def template(cluster: Cluster, namespace: str) -> str:
    deployment = cluster.get("deployment", "prices", "-n", namespace)
    return str(deployment["spec"]["template"]["metadata"]["labels"]["scoredock.com/revision"])


def update_killed(terminal: Terminal, cluster: Cluster, namespace: str, script: str, revision: int) -> None:
    """As soon as its pods are asked for."""
    (terminal.folder / "score.py").write_text(script)
    process = terminal.start("service", "update", "prices")
    try:
        wait_for(lambda: template(cluster, namespace) == str(revision), f"the pods of revision {revision}", 120)
    finally:
        process.kill()
        process.wait()


def is_rolled_out(cluster: Cluster, namespace: str, revision: int) -> bool:
    """As `kubectl rollout status` sees it, and no pod of another one is left."""
    pods = cluster.get("pods", "-n", namespace)["items"]
    ready = [
        each["metadata"]["labels"]["scoredock.com/revision"]
        for each in pods
        if any(row["type"] == "Ready" and row["status"] == "True" for row in each["status"].get("conditions", []))
    ]
    return ready == [str(revision)] * 2 == [each["metadata"]["labels"]["scoredock.com/revision"] for each in pods]


@pytest.mark.timeout(1200)
def test_what_a_killed_update_left(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    made = terminal.json("service", "deploy", "prices", *DEPLOYMENT)
    here = f"127.0.0.1:{made['port']}"
    backup = str(terminal.folder / "workspace.tar")
    terminal.ok("workspace", "backup", backup)
    second = replace(terminal, home=terminal.folder / "second-machine")
    second.ok("workspace", "restore", backup)
    second.ok("compute", "confirm", TARGET, "--yes")

    def look(times: int) -> dict[str, Any]:
        before = objects(cluster, namespace)
        for _ in range(times):
            for each in (terminal, second):
                each.ok("service", "list")
                each.ok("service", "show", "prices")
        assert objects(cluster, namespace) == before
        return dict(terminal.json("service", "show", "prices"))

    slow = SCRIPT.replace("def init():", "def init():\n    __import__('time').sleep(4)")
    update_killed(terminal, cluster, namespace, slow.replace("* factor", "* factor + 1"), 2)
    shown = look(1)
    assert (shown["revision"], shown["failure"]["code"]) == (1, "deploy-interrupted"), shown
    wait_for(lambda: is_rolled_out(cluster, namespace, 2), "the end of the rollout", 180)
    shown = look(LOOKS)
    assert (shown["state"], shown["revision"], shown["failure"]) == ("Healthy", 2, None)
    assert {answer(here) for _ in range(20)} == {31}

    assert_elsewhere(second, 2, [1])

    failing = SCRIPT.replace("global factor", "global factor\n    1 / 0")
    update_killed(terminal, cluster, namespace, failing, 3)
    await_cause(second)
    seen = await_cause(terminal)
    assert "was interrupted" in seen["failure"]["message"]

    # The other machine knows nothing of the command, and tells the rollout all the same.
    seen = await_cause(second)
    assert seen["phase"] == "revision 3 does not come up"
    assert (
        "no command of this machine is at work on it; revision 2 serves. init() failed: Zero"
        in seen["failure"]["message"]
    )
    assert "service rollback prices" in seen["failure"]["fix"]
    assert template(cluster, namespace) == "3"
    second.ok("service", "rollback", "prices")
    assert template(cluster, namespace) == "2"
    for each in (second, terminal):
        seen = each.json("service", "show", "prices")
        assert (seen["state"], seen["phase"], seen["failure"], seen["revision"]) == ("Healthy", "", None, 2)
    wait_for(lambda: is_rolled_out(cluster, namespace, 2), "the end of the pods that failed", 90)
    assert {answer(here) for _ in range(20)} == {31}

    # Revision 2 is of the first machine; what served before it is kept on the second one, which counts on from 2.
    second.ok("service", "rollback", "prices")
    assert template(cluster, namespace) == "3"
    assert {answer(here) for _ in range(20)} == {30}
    assert_elsewhere(terminal, 3, [1, 2])
    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 1"))
    assert terminal.json("service", "update", "prices")["revision"] == 4
    assert {answer(here) for _ in range(20)} == {31}

    update_killed(terminal, cluster, namespace, failing, 5)
    await_cause(terminal)
    shown = look(LOOKS)
    # The pod that fails is started again and again, and fails for none of these moments.
    assert (shown["state"] in ("Healthy", "Transitioning"), shown["revision"]) == (True, 4), shown
    assert "was interrupted" in shown["failure"]["message"]
    assert "service rollback prices" in shown["failure"]["fix"]
    assert template(cluster, namespace) == "5"
    assert {answer(here) for _ in range(20)} == {31}

    terminal.ok("service", "rollback", "prices")
    shown = look(1)
    assert (shown["state"], shown["revision"], shown["revisions"][-1], shown["failure"]) == ("Healthy", 4, 4, None)
    assert template(cluster, namespace) == "4"
    wait_for(lambda: is_rolled_out(cluster, namespace, 4), "the end of the pods that failed", 90)
    assert {answer(here) for _ in range(20)} == {31}


def assert_elsewhere(terminal: Terminal, revision: int, own: list[int]) -> None:
    """All that shows the service from a machine that did not make what serves."""
    words = f"serves revision {revision}, made on another machine"
    assert f"Healthy ({words})" in terminal.ok("service", "list")
    text = terminal.ok("service", "show", "prices")
    assert words in text
    assert f"{revision} of {', '.join(map(str, [*own, revision]))}" in text
    for shown in (terminal.json("service", "show", "prices"), *terminal.json("service", "list")["services"]):
        assert (shown["state"], shown["revision"], shown["revisions"]) == ("Healthy", revision, own)
    listed = terminal.json("service", "revisions", "prices")
    newest, *kept = [(each["revision"], each["state"], each["verb"]) for each in listed["revisions"]]
    assert newest == (revision, "current", "another machine")
    assert [each[:2] for each in kept] == [(each, "kept") for each in reversed(own)]
    assert listed["previous"] == own[-1]

    # While the cluster is silent it is what was seen at last.
    config = next(iter(terminal.folder.parent.parent.glob("account-*.conf")))
    content = config.read_text()
    config.write_text(re.sub(r"(server: *).*", r"\1https://10.255.255.1:6443", content))
    try:
        terminal.ok("compute", "confirm", TARGET, "--yes")
        text = terminal.ok("service", "list")
        assert "its cluster does not answer" in text
        assert words in text
    finally:
        config.write_text(content)
        terminal.ok("compute", "confirm", TARGET, "--yes")


def await_cause(terminal: Terminal) -> dict[str, Any]:
    """The service as it is shown once what keeps its newest pods from coming up is said."""
    seen: list[dict[str, Any]] = []

    def failed() -> bool:
        seen.append(terminal.json("service", "show", "prices"))
        return "ZeroDivisionError" in ((seen[-1]["failure"] or {}).get("message") or "")

    wait_for(failed, "the cause", 120)
    return seen[-1]


@pytest.mark.timeout(900)
def test_a_service_that_was_never_updated_is_as_kubernetes_says(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    """By the autoscaler that AKS has where nothing is said of one, and by one pod whose process is killed twice, after
    which Kubernetes waits with its start."""
    (terminal.folder / "aks.json").write_text(json.dumps(SCALED))
    for number in range(rounds(gate=2, long=20)):
        terminal.ok("service", "deploy", "prices", *DEPLOYMENT, *(("--overwrite",) if number else ()))
        called = terminal.run("service", "call", "prices", "--data", '{"data": [1, 2]}')
        assert (called.returncode, called.stdout.strip()) == (0, "30"), called.stderr
        terminal.ok("service", "delete", "prices")
    (terminal.folder / "aks.json").write_text(json.dumps({**SCALED, "numReplicas": 1}))
    terminal.ok("service", "deploy", "prices", *DEPLOYMENT)
    backup = str(terminal.folder / "workspace.tar")
    terminal.ok("workspace", "backup", backup)
    second = replace(terminal, home=terminal.folder / "second-machine")
    second.ok("workspace", "restore", backup)
    second.ok("compute", "confirm", TARGET, "--yes")
    causes = set()
    for _ in range(2):
        name, count = killed_pod(cluster, namespace)

        def is_ready_again(name: str = name, count: int = count) -> bool:
            shown = terminal.json("service", "show", "prices")
            assert shown["state"] != "Failed", shown
            causes.add((shown["failure"] or {}).get("message"))
            return is_back(cluster, namespace, name, count)

        wait_for(is_ready_again, "a pod that is ready again", 120)
        for each in (terminal, second):
            wait_for(
                lambda each=each: each.json("service", "show", "prices")["state"] == "Healthy", "a healthy service", 10
            )
    assert causes - {None}, "nobody looked while it waited for its start"
    terminal.ok("service", "stop", "prices")
    third = replace(terminal, home=terminal.folder / "third-machine")
    third.ok("workspace", "restore", backup)
    third.ok("compute", "confirm", TARGET, "--yes")
    third.ok("service", "delete", "prices")
    assert not [each for each in objects(cluster, namespace) if "/prices" in each], "what another home has stopped"


def killed_pod(cluster: Cluster, namespace: str) -> tuple[str, int]:
    """The pod whose first process got the signal, and how often it had been started again before."""
    result: list[tuple[str, int]] = []

    def kill() -> bool:
        for name, count in restarts(cluster, namespace).items():
            try:
                cluster.kubectl("exec", "-n", namespace, name, "--", "sh", "-c", "kill 1")
            except AssertionError:  # it may just be starting
                continue
            result.append((name, count))
            break
        return bool(result)

    wait_for(kill, "a kill", 60)
    return result[0]


def is_back(cluster: Cluster, namespace: str, name: str, count: int) -> bool:
    """Whether a pod was started again since, and is ready."""
    return restarts(cluster, namespace).get(name, count) > count


def restarts(cluster: Cluster, namespace: str) -> dict[str, int]:
    """Of each pod, once all of them are ready; empty until then."""
    pods = cluster.get("pods", "-n", namespace)["items"]
    rows = {each["metadata"]["name"]: each["status"].get("containerStatuses", []) for each in pods}
    are_ready = all(each and all(row["ready"] for row in each) for each in rows.values())
    return {name: sum(row["restartCount"] for row in each) for name, each in rows.items()} if are_ready else {}
