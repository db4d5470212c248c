"""An autoscaler that goes by requests in flight, in a cluster that serves them as a metric."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cluster import requests_api
from cluster.deploying import TARGET, Load, address_at, attached, ready_nodes, with_configuration
from cluster.running import Cluster, wait_for
from cluster.test_disturbed_services import COMMAND

pytestmark = [pytest.mark.docker, pytest.mark.long("registers an API for all of a cluster, and waits for replicas")]

HOLDING = """
import json
import time


def init():
    pass


def run(data):
    time.sleep(0.5)
    return sum(json.loads(data)["data"]) * 10
"""
"""Requests are held, and next to no CPU is used."""


@pytest.mark.timeout(1800)
def test_replicas_follow_the_requests_in_flight(disturbed: Cluster, namespace: str, tmp_path: Path) -> None:
    cluster = disturbed
    scaler = {"autoscaleEnabled": True, "minReplicas": 2, "maxReplicas": 5, "targetUtilization": 50}
    terminal = with_configuration(attached(cluster, namespace, tmp_path), numReplicas=None, autoScaler=scaler)
    (terminal.folder / "score.py").write_text(HOLDING)
    with requests_api.served(cluster, namespace):
        assert f"requests in flight: served as {requests_api.METRIC}" in terminal.ok("compute", "check", TARGET)
        done = terminal.run(*COMMAND, "--compute", TARGET)
        assert done.returncode == 0, done.stderr
        assert "goes by requests in flight, as that of Azure ML did: 0.5 for each replica" in done.stderr
        (metric,) = cluster.get("hpa.v2beta2.autoscaling", "prices", "-n", namespace)["spec"]["metrics"]
        target = {"type": "AverageValue", "averageValue": "500m"}
        assert metric == {"type": "Pods", "pods": {"metric": {"name": requests_api.METRIC}, "target": target}}
        made = terminal.json("service", "show", "prices")
        wait_for(lambda: len(ready_nodes(cluster, namespace)) == 2, "two replicas", 60)
        with Load(address_at(cluster, cluster.node_names[0], made), clients=8) as load:
            began = time.monotonic()
            wait_for(lambda: len(ready_nodes(cluster, namespace)) == 5, "five replicas", 60)
            print(f"five replicas after {time.monotonic() - began:.1f} s")
        assert set(load.answers) == {30}, load.answers
        began = time.monotonic()
        wait_for(lambda: len(ready_nodes(cluster, namespace)) == 2, "two replicas again", 300)
        print(f"two replicas after {time.monotonic() - began:.1f} s")
