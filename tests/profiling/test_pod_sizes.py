"""Sizes are searched in pods of a cluster, where the login says what nodes have or the person does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.clusters.connection import connect
from scoredock.clusters.target import ClusterPlace
from scoredock.engines.kubernetes.sizes import machine_of

from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, attached
from cluster.running import Cluster
from profiling.conftest import searched

pytestmark = [pytest.mark.docker, pytest.mark.slow]

BURNT = 0.010
"""Seconds of CPU time that each request takes."""
SCRIPT = f"""
import time


def init():
    pass


def run(data):
    end = time.thread_time() + {BURNT}
    while time.thread_time() < end:
        pass
    return 1
"""


def deployed(cluster: Cluster, namespace: str, folder: Path) -> Terminal:
    """A service that burns CPU time, with a login that has nothing but the Role of `compute role`."""
    terminal = attached(cluster, namespace, folder, expose="none")
    (terminal.folder / "score.py").write_text(SCRIPT)
    (terminal.folder / "rows.txt").write_text("".join(f'{{"data": [{number}]}}\n' for number in range(50)))
    terminal.ok(
        *("service", "deploy", "burn", *DEPLOY, "--deploy-config-file", "aks.json", "--compute", TARGET),
        *("--auth", "none"),
    )
    return terminal


def pods(cluster: Cluster, namespace: str) -> list[str]:
    found = cluster.get("pods", "-n", namespace)["items"]
    return [each["metadata"]["labels"]["app.kubernetes.io/name"] for each in found]


@pytest.mark.timeout(1200)
@pytest.mark.long("a search takes minutes; the gate measures at one size")
def test_a_size_is_searched_in_pods(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    terminal = deployed(cluster, namespace, tmp_path)
    before = sorted(pods(cluster, namespace))
    told = searched(terminal, "--max-cpu", "1", "--max-memory-gb", "0.5", rate=10, latency=100)
    print(json.dumps(told["sizes"], indent=1), told["notes"], told["seconds"])
    assert told["end"] == "complete", told["reason"]
    # 10 ms for each of ten requests a second are a tenth of a core, and a pod with so little has none to spare.
    assert 0.1 <= told["recommended"]["cpu"] <= 0.6
    assert told["recommended"]["memoryInGB"] <= 0.5
    assert sorted(pods(cluster, namespace)) == before, "the service goes on, and nothing else is left"


@pytest.mark.timeout(600)
def test_without_the_right_to_list_nodes_it_is_measured_as_it_is(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    terminal = deployed(cluster, namespace, tmp_path)
    told = searched(terminal, rate=30, latency=2000, code=1)
    assert (told["end"], told["recommended"], told["sizes"]) == ("not-searched", None, [])
    assert "may not list nodes" in told["reason"]
    assert told["profile"]["error"] == ""
    assert told["profile"]["latencyPercentile95InMs"] > 0
    assert told["profile"]["maxUtilizedMemoryInGB"] > 0, "its pod says what it uses"
    assert "burn" in pods(cluster, namespace)
    assert {*pods(cluster, namespace)} == {"burn"}


def test_a_pod_gets_at_most_what_a_node_has_left(cluster: Cluster, namespace: str) -> None:
    place = ClusterPlace(cluster.context, namespace, str(cluster.kubeconfig))
    nodes = cluster.get("nodes")["items"]
    most = max(float(each["status"]["allocatable"]["cpu"]) for each in nodes)
    assert 0 < machine_of(connect(place)).cpus <= most
    asked = {"name": "one", "image": "nobody/has:it", "resources": {"requests": {"cpu": "200m", "memory": "64Mi"}}}
    for node in nodes:
        name = node["metadata"]["name"]
        pod = {"metadata": {"name": f"asks-{name}"}, "spec": {"nodeName": name, "containers": [asked]}}
        cluster.apply(json.dumps({"apiVersion": "v1", "kind": "Pod", **pod}), namespace)
    left = machine_of(connect(place))
    # Others may take more, and never give back these.
    assert 0 < left.cpus <= most - 0.2 + 1e-9
