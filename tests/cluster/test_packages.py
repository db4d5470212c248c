"""What `package export kubernetes` writes, applied to a real cluster: it answers, asks for keys, and is updated without
a request that fails."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from cli.conftest import Terminal
from cluster.deploying import Load, answer
from cluster.running import Cluster, wait_for
from docker_daemon import base_image, docker
from pace import patience
from packages.test_without_docker import SCRIPT, project

KEY = "a-key-of-the-tests"
DEPLOY = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")
AKS = {
    "computeType": "aks",
    "numReplicas": 2,
    "authEnabled": True,
    "containerResourceRequirements": {"cpu": 0.05, "memoryInGB": 0.1},
}

pytestmark = pytest.mark.docker


@pytest.fixture
def terminal(shared_cluster: Cluster, tmp_path: Path) -> Terminal:
    """A project, on a machine that takes the cluster's registry without TLS."""
    registries = tmp_path / "registries.conf"
    registries.write_text(f'[[registry]]\nlocation = "{shared_cluster.registry}"\ninsecure = true\n')
    made = project(tmp_path / "made", CONTAINERS_REGISTRIES_CONF=str(registries))
    (made.folder / "aks.json").write_text(json.dumps(AKS))
    base = tmp_path / "base.tar"
    with base.open("wb") as stream:
        for piece in docker().patient.get_image(base_image()):
            stream.write(piece)
    return replace(made, env={**made.env, "BASE": str(base)})


def applied(terminal: Terminal, cluster: Cluster, namespace: str, tag: int) -> None:
    """Package, push, export, apply."""
    reference = f"{cluster.registry}/team/prices:{tag}"
    where = ("--base", f"archive:{terminal.env['BASE']}", "--push", reference, "--deploy-config-file", "aks.json")
    terminal.ok("package", "create", *DEPLOY, *where)
    file = terminal.folder / f"kubernetes-{tag}.yaml"
    made = terminal.json("package", "export", "kubernetes", reference, "-o", str(file), "--namespace", namespace)
    assert made["fillIn"] == ["prices-keys"]
    documents = [each for each in yaml.safe_load_all(file.read_text()) if each]
    for each in documents:
        # Kubernetes 1.20 knows disruption budgets by their earlier version only, with the same fields, and kubectl of
        # 1.20 refuses what it does not know.
        if each["kind"] == "PodDisruptionBudget":
            each["apiVersion"] = "policy/v1beta1"
        if each["kind"] == "Deployment":
            for spread in each["spec"]["template"]["spec"]["topologySpreadConstraints"]:
                del spread["matchLabelKeys"]
    cluster.apply(yaml.safe_dump_all(documents), namespace)
    cluster.kubectl("rollout", "status", "deployment/prices", "-n", namespace, f"--timeout={patience(80):.0f}s")


@pytest.mark.long("the contract suite updates a service under load at the gate; tests/packages has the objects")
@pytest.mark.timeout(600)
def test_a_package_is_applied_called_and_updated(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    cluster.kubectl("create", "secret", "generic", "prices-keys", f"--from-literal=digests={digest}", "-n", namespace)
    applied(terminal, cluster, namespace, 1)
    cluster.kubectl("patch", "service", "prices", "-n", namespace, "-p", '{"spec": {"type": "NodePort"}}')
    port = cluster.get("service", "prices", "-n", namespace)["spec"]["ports"][0]["nodePort"]
    address = f"{cluster.address_of(cluster.node_names[0])}:{port}"

    def answers() -> bool:
        try:
            return answer(address, KEY) == 30
        except OSError:
            return False

    wait_for(answers, "an answer", 30)
    with pytest.raises(urllib.error.HTTPError) as refused:
        answer(address, "another-key")
    assert refused.value.code in (401, 403)
    nodes = [each["spec"]["nodeName"] for each in cluster.get("pods", "-n", namespace)["items"]]
    assert sorted(nodes) == cluster.node_names, "one on each node"

    (terminal.folder / "score.py").write_text(SCRIPT.replace("* factor", "* factor + 1"))
    with Load(address, KEY) as load:
        applied(terminal, cluster, namespace, 2)
    assert set(load.answers) == {30, 31}, load.answers
    assert load.answers.total() > 100
    # The old ones answer some seconds longer, for those who do not know of the new ones yet.
    wait_for(lambda: len(cluster.get("pods", "-n", namespace)["items"]) == 2, "the end of the old pods", 60)
    assert {answer(address, KEY) for _ in range(20)} == {31}
