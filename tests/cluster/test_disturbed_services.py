"""A service under load while nodes are drained and lost, and while an autoscaler changes how many replicas it has."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cluster.deploying import DEPLOY, TARGET, Load, address_at, attached, drain, ready_nodes, with_configuration
from cluster.running import Cluster, wait_for
from packages.test_without_docker import SCRIPT

pytestmark = [pytest.mark.docker, pytest.mark.long("minutes of load, and nodes that go")]

COMMAND = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--auth", "none")
BUSY = """
import json
import time


def init():
    pass


def run(data):
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    return sum(json.loads(data)["data"]) * 10
"""


@pytest.mark.timeout(1800)
def test_ten_thousand_requests_meet_updates_and_roll_backs(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    terminal = attached(cluster, namespace, tmp_path)
    made = terminal.json(*COMMAND, "--compute", TARGET)
    changes = 0
    with Load(address_at(cluster, cluster.node_names[0], made)) as load:
        while changes < 6 or load.answers.total() < 10_000:
            changes += 1
            if changes % 3:
                (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", f"* factor + {changes}"))
                terminal.ok("service", "update", "prices")
            else:
                terminal.ok("service", "rollback", "prices")
    expected = {30, *(30 + each for each in range(1, changes + 1) if each % 3)}
    print(f"{load.answers.total()} requests, {changes} changes: {dict(load.answers)}")
    assert set(load.answers) <= expected, load.answers


@pytest.mark.timeout(1200)
def test_a_node_is_drained_without_a_failed_request(disturbed: Cluster, namespace: str, tmp_path: Path) -> None:
    terminal = attached(disturbed, namespace, tmp_path)
    made = terminal.json(*COMMAND, "--compute", TARGET)
    first, second = disturbed.node_names
    with Load(address_at(disturbed, first, made)) as load:
        wait_for(lambda: load.answers.total() > 2000, "requests", 120)
        drain(disturbed, second)
        wait_for(lambda: ready_nodes(disturbed, namespace) == [first, first], "both replicas on the other node", 60)
        before = load.answers.total()
        wait_for(lambda: load.answers.total() > before + 2000, "requests", 120)
    disturbed.kubectl("uncordon", second)
    assert set(load.answers) == {30}, load.answers


@pytest.mark.timeout(1200)
def test_a_lost_node_costs_few_requests(disturbed: Cluster, namespace: str, tmp_path: Path) -> None:
    terminal = attached(disturbed, namespace, tmp_path)
    made = terminal.json(*COMMAND, "--compute", TARGET)
    first, second = disturbed.node_names
    assert sorted(ready_nodes(disturbed, namespace)) == [first, second]
    with Load(address_at(disturbed, first, made)) as load:
        wait_for(lambda: load.answers.total() > 500, "requests", 120)
        began = time.monotonic()
        disturbed.node_down(second)
        try:
            wait_for(lambda: ready_nodes(disturbed, namespace) == [first, first], "two replicas on the other node", 120)
            took = time.monotonic() - began
            before = load.answers[30]
            wait_for(lambda: load.answers[30] > before + 500, "requests", 120)
        finally:
            disturbed.node_up(second)
    failed = load.answers.total() - load.answers[30]
    print(f"whole again after {took:.1f} s, {failed} of {load.answers.total()} requests failed")
    assert failed <= 10, load.answers
    assert all(isinstance(each, str) for each in load.answers if each != 30), "no answer was wrong"


@pytest.mark.timeout(1800)
def test_an_autoscaler_adds_replicas_and_takes_them_away(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    scaler = {"autoscaleEnabled": True, "minReplicas": 2, "maxReplicas": 5, "targetUtilization": 50}
    terminal = with_configuration(attached(cluster, namespace, tmp_path), numReplicas=None, autoScaler=scaler)
    (terminal.folder / "score.py").write_text(BUSY)
    made = terminal.json(*COMMAND, "--compute", TARGET)
    assert len(made["replicas"]) == 2
    with Load(address_at(cluster, cluster.node_names[0], made), clients=8) as load:
        began = time.monotonic()
        wait_for(lambda: len(ready_nodes(cluster, namespace)) == 5, "five replicas", 240)
        print(f"five replicas after {time.monotonic() - began:.1f} s")
    assert set(load.answers) == {30}, load.answers
    wait_for(lambda: len(ready_nodes(cluster, namespace)) == 2, "two replicas again", 900)
