"""A policy of the cluster that admits nothing of a service: what is said, and that what served goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, answer, attached, with_configuration
from cluster.refusing_webhook import refusing_webhook
from cluster.running import Cluster, wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
REASON = "services need the label team"
COMMAND = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--auth", "none")
KINDS = "deployments,replicasets,pods,services,secrets,poddisruptionbudgets"
CODES = {"deployments": "cluster-refused", "pods": "cluster-policy"}


@pytest.fixture
def terminal(cluster: Cluster, namespace: str, tmp_path: Path) -> Terminal:
    return with_configuration(attached(cluster, namespace, tmp_path), numReplicas=1)


def names(cluster: Cluster, namespace: str) -> list[str]:
    """Of all objects of the service; those of the namespace itself are left out."""
    every = [each["metadata"]["name"] for each in cluster.get(KINDS, "-n", namespace)["items"]]
    return [each for each in every if each.startswith("prices")]


@pytest.mark.parametrize("resource", CODES)
def test_a_policy_refuses_a_service(
    cluster: Cluster, namespace: str, terminal: Terminal, tmp_path: Path, resource: str
) -> None:
    with refusing_webhook(cluster, namespace, tmp_path / "first", REASON, resource) as name:
        refused = terminal.refused(*COMMAND, "--compute", TARGET)
    assert refused["code"] == CODES[resource], refused
    assert name in refused["message"]
    assert REASON in refused["message"]
    # What a Deployment made goes a moment after it.
    wait_for(lambda: not names(cluster, namespace), "the end of all that was made", 30)
    shown = terminal.json("service", "show", "prices")
    assert (shown["state"], shown["failure"]["code"]) == ("Failed", CODES[resource])

    made = terminal.json(*COMMAND, "--compute", TARGET)
    with refusing_webhook(cluster, namespace, tmp_path / "second", REASON, resource) as name:
        refused = terminal.refused("service", "update", "prices")
        assert answer(f"127.0.0.1:{made['port']}") == 30, "it serves on"
        shown = terminal.json("service", "show", "prices")
    assert refused["code"] == CODES[resource], refused
    assert name in refused["message"]
    assert REASON in refused["message"]
    assert (shown["state"], shown["revision"]) == ("Healthy", made["revision"]), shown
    terminal.ok("service", "update", "prices")
    assert answer(f"127.0.0.1:{made['port']}") == 30
