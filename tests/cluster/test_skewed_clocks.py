"""A service in a cluster whose clock is a day off: deployed, looked at, called, ended by a signal, logged, deleted."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import yaml

from cluster.deploying import DEPLOY, attached, with_configuration
from cluster.running import Cluster, wait_for
from cluster.skewed_clock import skewed

pytestmark = [
    pytest.mark.docker,
    pytest.mark.long("tests/clusters/test_looks.py has the clocks of one look at the gate"),
]

DAY = 86_400
KINDS = "deployments,services,secrets,pods"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seconds", [DAY, -DAY], ids=["ahead", "behind"])
def test_a_cluster_whose_clock_is_a_day_off(cluster: Cluster, namespace: str, tmp_path: Path, seconds: float) -> None:
    terminal = with_configuration(attached(cluster, namespace, tmp_path), numReplicas=1)
    place = json.loads((terminal.home / "workspaces" / "local" / "compute" / "aks-prod.json").read_text())["place"]
    config = yaml.safe_load(Path(place["kubeconfig"]).read_text())
    with skewed(cluster.place, seconds) as (address, requests):
        config["clusters"][0]["cluster"]["server"] = address
        (tmp_path / "skewed.conf").write_text(yaml.safe_dump(config))
        there = ("--context", cluster.context, "--namespace", namespace, "--kubeconfig", str(tmp_path / "skewed.conf"))
        images = ("--registry", f"{cluster.registry}/tests/services", "--expose", "node-port")
        terminal.ok("compute", "attach", "skewed", *there, *images)
        terminal.ok("compute", "check", "skewed")
        words = (*DEPLOY, "--deploy-config-file", "aks.json", "--auth", "none", "--compute", "skewed")
        terminal.ok("service", "deploy", "prices", *words)
        seen = terminal.json("service", "show", "prices")
        assert (seen["state"], seen["failure"]) == ("Healthy", None)
        assert 0 <= time.time() - seen["replicas"][0]["started"] < 600, "its age by the clock of this machine"
        assert json.loads(terminal.ok("service", "call", "prices", "--data", '{"data": [1, 2]}')) == 30
        wait_for(lambda: "POST /score 200" in terminal.ok("service", "logs", "prices"), "the request in the log", 30)

        pod = cluster.get("pods", "-n", namespace)["items"][0]["metadata"]["name"]
        cluster.kubectl("exec", "-n", namespace, pod, "--", "sh", "-c", "kill 1")

        def came_back() -> bool:
            row = terminal.json("service", "show", "prices")
            return (row["state"], row["restarts"]) == ("Healthy", 1)

        wait_for(came_back, "a healthy service that was started again once", 60)
        terminal.ok("service", "delete", "prices")
        left = [each["metadata"]["name"] for each in cluster.get(KINDS, "-n", namespace)["items"]]
        assert not [each for each in left if each.startswith("prices")]
        assert len(requests) > 50, "all of it went by the proxy"
