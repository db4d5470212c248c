"""Compute targets with a real cluster: what list, show and check say of it, by what the account may do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from certificates import issued
from cluster.running import Cluster, wait_for
from pace import patience

Ask = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ask(shared_cluster: Cluster, tmp_path: Path) -> Ask:
    """`scoredock compute …` with data of its own."""
    registries = tmp_path / "registries.conf"
    registries.write_text(f'[[registry]]\nlocation = "{shared_cluster.registry}"\ninsecure = true\n')
    own = {"SCOREDOCK_HOME": str(tmp_path / "home"), "CONTAINERS_REGISTRIES_CONF": str(registries)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "scoredock.cli", "compute", *words],
            cwd=tmp_path,
            env={**os.environ, "LC_ALL": "C.UTF-8", **own},
            capture_output=True,
            text=True,
            timeout=patience(60),
        )

    return run


def attach(ask: Ask, cluster: Cluster, namespace: str, kubeconfig: Path) -> str:
    """Gives what it warns of."""
    place = ("--context", _context(kubeconfig), "--namespace", namespace, "--kubeconfig", str(kubeconfig))
    done = ask("attach", "aks", *place, "--registry", f"{cluster.registry}/team")
    assert done.returncode == 0, done.stderr
    return done.stderr


def _context(kubeconfig: Path) -> str:
    return str(yaml.safe_load(kubeconfig.read_text())["contexts"][0]["name"])


def _json(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    """What was looked at, by state."""
    found: dict[str, list[str]] = {}
    for each in _json(done)["findings"]:
        found.setdefault(each["state"], []).append(each["what"])
    return found


def printed_role(ask: Ask) -> Any:
    documents = list(yaml.safe_load_all(ask("role", "aks", "--account", "ci").stdout))
    assert [each["kind"] for each in documents] == ["ServiceAccount", "Role", "RoleBinding"]
    return documents[1]


@pytest.mark.long("the printed Role is enough at the gate, and each right that is missing is named")
def test_an_administrator_misses_nothing(cluster: Cluster, namespace: str, ask: Ask) -> None:
    assert "warning" not in attach(ask, cluster, namespace, cluster.kubeconfig)
    checked = ask("check", "aks", "--json")
    assert checked.returncode == 0, checked.stdout
    assert findings(checked)["good"] == [
        "cluster",
        "rights",
        "namespace",
        "metrics API",
        "autoscaling",
        "registry",
    ]

    def nodes() -> list[str]:
        # None where they do not come in time, as beside other tests.
        return [each["name"] for each in _json(ask("show", "aks", "--json"))["nodes"] or []]

    wait_for(lambda: nodes() == cluster.node_names, "the nodes", 60)
    shown = _json(ask("show", "aks", "--json"))
    assert namespace in shown["namespaces"]
    (listed,) = _json(ask("list", "--json"))["targets"]
    assert (listed["state"], listed["version"].startswith("v1.20")) == ("ready", True)


def test_the_role_that_is_printed_is_enough_and_nothing_more(
    cluster: Cluster, namespace: str, ask: Ask, tmp_path: Path
) -> None:
    attach(ask, cluster, namespace, cluster.kubeconfig)
    account = cluster.role_config(namespace, yaml.safe_dump(printed_role(ask)), tmp_path)
    assert ask("detach", "aks").returncode == 0
    assert "warning" not in attach(ask, cluster, namespace, account)
    checked = ask("check", "aks", "--json")
    assert checked.returncode == 0, checked.stdout
    assert "missing" not in findings(checked)
    shown = _json(ask("show", "aks", "--json"))
    assert (shown["nodes"], shown["namespaces"]) == (None, None), "nothing needs them"
    assert shown["compute"]["state"] == "ready"


def test_each_right_that_is_missing_is_named(cluster: Cluster, namespace: str, ask: Ask, tmp_path: Path) -> None:
    attach(ask, cluster, namespace, cluster.kubeconfig)
    role = printed_role(ask)
    for rule in role["rules"]:
        if "deployments" in rule["resources"]:
            rule["verbs"].remove("patch")
        rule["resources"] = [each for each in rule["resources"] if each != "pods/portforward"] or ["nothing"]
    ask("detach", "aks")
    account = cluster.role_config(namespace, yaml.safe_dump(role), tmp_path)
    warned = attach(ask, cluster, namespace, account)
    assert "`scoredock compute role aks` prints what is needed" in warned
    (listed,) = _json(ask("list", "--json"))["targets"]
    assert listed["state"] == "incomplete"
    assert sorted(listed["missing"]) == ["create pods/portforward", "get pods/portforward", "patch deployments"]
    checked = ask("check", "aks")
    assert checked.returncode == 1
    assert f"✗ rights: patch deployments in {namespace} is not allowed" in checked.stdout
    assert f"✗ rights: get, create pods/portforward in {namespace} is not allowed" in checked.stdout
    assert checked.stdout.count("have an administrator apply it") == 1


@pytest.mark.long("tests/clusters/test_calls.py asks for a namespace that is not there at the gate")
def test_a_namespace_and_a_secret_that_are_not_there(cluster: Cluster, namespace: str, ask: Ask) -> None:
    place = ("--context", cluster.context, "--kubeconfig", str(cluster.kubeconfig))
    ask("attach", "none", *place, "--namespace", "not-there")
    assert "✗ cluster: The cluster has no namespace “not-there”." in ask("check", "none").stdout
    ask("attach", "secret", *place, "--namespace", namespace, "--pull-secret", "login")
    assert f"✗ pull secret: there is no Secret login in {namespace}" in ask("check", "secret").stdout
    cluster.kubectl("-n", namespace, "create", "secret", "generic", "login")
    assert "✓ pull secret: login" in ask("check", "secret").stdout


def test_a_login_by_a_certificate_that_is_over(cluster: Cluster, namespace: str, ask: Ask, tmp_path: Path) -> None:
    papers = cluster.place.folder / "credentials"
    own = issued(tmp_path, (papers / "authority.pem", papers / "authority-key.pem"), days=-1)
    document = yaml.safe_load(cluster.kubeconfig.read_text())
    document["users"][0]["user"] = {"client-certificate": str(own[0]), "client-key": str(own[1])}
    (tmp_path / "config").write_text(yaml.safe_dump(document))
    sentence = r"does not accept the login, whose certificate ended on \d{4}-\d\d-\d\d \d\d:\d\d UTC\."
    assert re.search(sentence, attach(ask, cluster, namespace, tmp_path / "config"))
    checked = ask("check", "aks")
    assert (checked.returncode, "Traceback" in checked.stderr) == (1, False), checked.stderr
    assert re.search(f"✗ cluster: .*{sentence}\n  Log in to the cluster again", checked.stdout), checked.stdout
    (listed,) = _json(ask("list", "--json"))["targets"]
    assert re.search(sentence, listed["reason"]), listed


def test_an_api_server_that_hangs_is_a_silent_row(disturbed: Cluster, ask: Ask, tmp_path: Path) -> None:
    attach(ask, disturbed, "default", disturbed.kubeconfig)
    disturbed.pause_api()
    try:
        began = time.monotonic()
        done = ask("list", "--json")
        took = time.monotonic() - began
    finally:
        disturbed.resume_api()
    (listed,) = _json(done)["targets"]
    assert listed["state"] == "silent"
    assert listed["reason"].endswith("within 2 s.")
    assert took < 2 + patience(4), "and then the command ends, whatever the cluster does"


@pytest.mark.long("tests/clusters/test_kubeconfig.py chooses contexts at the gate")
def test_the_current_context_of_the_person_stays(cluster: Cluster, namespace: str, ask: Ask, tmp_path: Path) -> None:
    own = tmp_path / "config"
    document = yaml.safe_load(cluster.kubeconfig.read_text())
    document["contexts"].append({"name": "mine", "context": {"cluster": "none", "user": "none"}})
    document["current-context"] = "mine"
    own.write_text(yaml.safe_dump(document))
    before = own.read_bytes()
    attach(ask, cluster, namespace, own)
    for verb in ("check", "show", "role"):
        ask(verb, "aks")
    assert ask("list").returncode == 0
    assert own.read_bytes() == before
