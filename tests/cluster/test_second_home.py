"""A workspace that was restored on a second machine: it sees, calls and changes the services that the first one has
deployed, with the same keys. A workspace of somebody else sees nothing of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments

from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, answer, attached
from cluster.running import Cluster
from packages.test_without_docker import SCRIPT, project

pytestmark = pytest.mark.docker

COMMAND = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--compute", TARGET)


def keys_of(terminal: Terminal) -> tuple[str, str]:
    keys = terminal.json("service", "keys", "prices")
    return keys["primaryKey"], keys["secondaryKey"]


def recovered(terminal: Terminal) -> None:
    """As a server does it when it starts: what nothing names is removed."""
    Deployments(Registry(terminal.home / "workspaces" / "local")).recover()


def objects(cluster: Cluster, namespace: str) -> dict[str, str]:
    """All of the namespace but Secrets, as JSON by kind and name."""
    kinds = "deployments,replicasets,pods,services,configmaps,events,horizontalpodautoscalers,poddisruptionbudgets"
    items: list[dict[str, Any]] = cluster.get(kinds, "-n", namespace)["items"]
    return {f"{each['kind']}/{each['metadata']['name']}": json.dumps(each) for each in items}


@pytest.mark.long("tests/clusters/test_looks.py finds what another home has deployed at the gate")
@pytest.mark.timeout(1200)
def test_two_homes_of_a_workspace_have_the_same_service(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    first = attached(cluster, namespace, tmp_path)
    first.json(*COMMAND)
    backup = str(tmp_path / "workspace.tar")
    first.ok("workspace", "backup", backup)
    second = replace(first, home=tmp_path / "second-machine")
    second.ok("workspace", "restore", backup)
    second.ok("compute", "confirm", TARGET, "--yes")

    keys = keys_of(first)
    assert keys_of(second) == keys
    shown = second.json("service", "show", "prices")
    assert (shown["state"], len(shown["replicas"])) == ("Healthy", 2)
    assert json.loads(second.ok("service", "call", "prices", "--data", '{"data": [1, 2]}')) == 30

    changed = second.json("service", "keys", "prices", "--regenerate", "primary")["primaryKey"]
    assert keys_of(first) == (changed, keys[1])
    here = f"127.0.0.1:{first.json('service', 'show', 'prices')['port']}"
    assert answer(here, changed) == 30
    texts = {**objects(cluster, namespace), "log": first.ok("service", "logs", "prices", "--tail", "1000")}
    assert any(name.startswith("Pod/prices") for name in texts)
    assert not [name for name, text in texts.items() for key in (*keys, changed) if key in text]

    # Neither home takes what the other one has deployed for a left-over.
    first.json(*(word.replace("prices", "costs") for word in COMMAND))
    (second.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 1"))
    second.ok("service", "update", "prices")
    assert keys_of(second) == (changed, keys[1]), "an update brings no other keys"
    recovered(first)
    recovered(second)
    assert json.loads(first.ok("service", "call", "costs", "--data", '{"data": [1, 2]}')) == 30
    assert json.loads(first.ok("service", "call", "prices", "--data", '{"data": [1, 2]}')) == 31
    assert second.run("service", "keys", "costs").returncode != 0, "it has never heard of it"

    # What runs on is the same for both; a copy beside the workspace that it is of has no hold on it.
    first.ok("workspace", "restore", backup, "--name", "copy")
    assert not (first.home / "workspaces" / "copy" / "compute" / "workspace.key").exists()
    assert first.json("service", "show", "prices", "--workspace", "copy")["state"] == "Stopped"
    assert first.refused("service", "keys", "prices", "--workspace", "copy")["code"] == "service-keys-elsewhere"

    stranger = project(tmp_path / "stranger", **first.env)
    place = json.loads((first.home / "workspaces" / "local" / "compute" / f"{TARGET}.json").read_text())["place"]
    words = ("--context", place["context"], "--namespace", namespace, "--kubeconfig", place["kubeconfig"])
    stranger.ok("compute", "attach", TARGET, *words, "--registry", f"{cluster.registry}/tests/services")
    assert stranger.json("service", "list")["services"] == []
    assert stranger.refused("service", "keys", "prices")["code"] == "service-not-found"
    assert stranger.refused("service", "deploy", "prices", *DEPLOY, "--compute", TARGET)["code"] == "cluster-name-taken"

    second.ok("service", "delete", "prices")
    left = cluster.get("deployments,secrets,services", "-n", namespace)["items"]
    assert not [each["metadata"]["name"] for each in left if each["metadata"]["name"].startswith("prices")]
