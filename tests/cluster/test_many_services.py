"""Twenty services of one replica in one namespace: one look sees them all, each answers, and nothing is left."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cluster.deploying import DEPLOY, TARGET, answer, attached, with_configuration
from cluster.running import Cluster
from pace import within

pytestmark = [
    pytest.mark.docker,
    pytest.mark.long("twenty deployments; tests/clusters/test_looks.py has a hundred rows"),
]

NAMES = [f"small-{number:02}" for number in range(20)]
KINDS = "pods,services,deployments,replicasets,secrets,configmaps,poddisruptionbudgets,horizontalpodautoscalers"
AT_ONCE = 2


@pytest.mark.timeout(1200)
def test_twenty_services_in_one_look(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    terminal = with_configuration(attached(cluster, namespace, tmp_path), numReplicas=1)
    words = (*DEPLOY, "--deploy-config-file", "aks.json", "--auth", "none", "--compute", TARGET)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda name: terminal.ok("service", "deploy", name, *words), NAMES))

    began = time.monotonic()
    rows = terminal.json("service", "list")["services"]
    assert within(time.monotonic() - began, 3.0)
    assert [(each["name"], each["state"], each["failure"]) for each in rows] == [
        (each, "Healthy", None) for each in NAMES
    ]
    addresses = [each["scoringUri"].removeprefix("http://").removesuffix("/score") for each in rows]
    assert len(set(addresses)) == len(NAMES)
    assert [answer(each) for each in addresses] == [30] * len(NAMES)
    for name in NAMES:
        assert json.loads(terminal.ok("service", "call", name, "--data", '{"data": [1, 2]}')) == 30

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda name: terminal.ok("service", "delete", name), NAMES))
    left = [f"{each['kind']}/{each['metadata']['name']}" for each in cluster.get(KINDS, "-n", namespace)["items"]]
    assert not [each for each in left if "/small-" in each]
    assert terminal.json("service", "list")["services"] == []
    assert not list((terminal.home / "workspaces" / "local" / "services").glob("small-*"))
