"""What a deployment would apply in a cluster is seen before, compared with what stands, and kept in git: by the command
line, as an account with the printed Role."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from scoredock.clusters.rights import role
from scoredock.clusters.target import ClusterPlace

from cli.conftest import Terminal
from cluster.deploying import CONFIGURATION, DEPLOY, TARGET, answer, attached
from cluster.running import Cluster, wait_for
from exports.export_tools import judged, tools  # noqa: F401 (a fixture)
from pace import patience

pytestmark = pytest.mark.docker
VERSIONS = ("1.26", kubernetes_validate.latest_version().rpartition(".")[0])
KINDS = ("deployments", "services", "secrets", "configmaps", "poddisruptionbudgets")


@pytest.fixture
def terminal(cluster: Cluster, namespace: str, tmp_path: Path) -> Terminal:
    return attached(cluster, namespace, tmp_path)


def words(verb: str, *more: str) -> tuple[str, ...]:
    deploy = (*DEPLOY, "--deploy-config-file", "aks.json", "--compute", TARGET) if verb == "deploy" else ()
    return ("service", verb, "prices", *deploy, *more)


def names(cluster: Cluster, namespace: str) -> dict[str, list[tuple[str, str, int]]]:
    """Of all that stands there, and how often what is wanted of it was changed."""
    return {
        kind: [
            (each["metadata"]["name"], each["metadata"]["uid"], each["metadata"].get("generation", 0))
            for each in cluster.get(kind, "-n", namespace)["items"]
            if "service-account" not in each.get("type", "") and each["metadata"]["name"] != "kube-root-ca.crt"
        ]
        for kind in KINDS
    }


def images(cluster: Cluster) -> str:
    """What the registry has of the services."""
    listed = subprocess.run(
        ["skopeo", "list-tags", "--tls-verify=false", f"docker://{cluster.registry}/tests/services"],
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout


def by_kind(text: str) -> dict[str, dict[str, Any]]:
    return {each["kind"]: each for each in yaml.safe_load_all(text)}


@pytest.mark.timeout(900)
def test_what_is_applied_is_seen_before(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    shutil.rmtree(terminal.home / "workspaces" / "local" / "images")  # as where nothing was deployed yet
    before = images(cluster)
    dry = terminal.run(*words("deploy", "--dry-run"))
    assert dry.returncode == 0, dry.stderr
    made = by_kind(dry.stdout)
    assert sorted(made) == ["Deployment", "PodDisruptionBudget", "Secret", "Service"]
    assert set(made["Secret"]["data"].values()) == {"(left out)"}
    image = made["Deployment"]["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == f"{cluster.registry}/tests/services:prices-not-made-yet"
    assert "a name stands for its digest" in dry.stderr
    assert names(cluster, namespace) == {kind: [] for kind in KINDS}, "nothing was made"
    assert terminal.json("service", "list")["services"] == []
    assert images(cluster) == before, "nothing was sent"

    deployed = terminal.json(*words("deploy"))
    key = str(terminal.json("service", "keys", "prices")["primaryKey"])
    standing = names(cluster, namespace)
    applied = cluster.get("deployment", "prices", "-n", namespace)["spec"]["template"]
    seen = terminal.json(*words("update", "--dry-run"))
    assert seen["imageIsCertain"], "all but the code was made before"
    same = by_kind(yaml.safe_dump_all(seen["documents"]))["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert same["image"] == applied["spec"]["containers"][0]["image"], "the digest of the same files"
    compared = terminal.run(*words("update", "--diff"))
    assert compared.returncode == 1
    changes = [line for line in compared.stdout.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert all("revision" in line or "prices-" in line for line in changes), compared.stdout
    for word in ("managedFields", "uid", "resourceVersion", "clusterIP", "dnsPolicy", "status:"):
        assert word not in compared.stdout, "what the cluster writes"

    folder = terminal.folder / "manifests"
    written = terminal.json("service", "export", "kubernetes", "prices", "--to", str(folder))
    assert written["files"] == ["deployment.yaml", "poddisruptionbudget.yaml", "service.yaml"]
    for file in written["files"]:
        for version in VERSIONS:
            kubernetes_validate.validate(yaml.safe_load((folder / file).read_text()), version, strict=True)

    (terminal.folder / "aks.json").write_text(json.dumps({**CONFIGURATION, "numReplicas": 1}))
    fewer = terminal.run(*words("update", "--diff", "--deploy-config-file", "aks.json"))
    assert "-  replicas: 2\n+  replicas: 1\n" in fewer.stdout
    assert "--- standing/PodDisruptionBudget prices\n+++ /dev/null\n" in fewer.stdout
    cluster.kubectl("scale", "deployment/prices", "-n", namespace, "--replicas=3")
    by_hand = terminal.run(*words("update", "--diff"))
    assert "-  replicas: 3\n+  replicas: 1\n" in by_hand.stdout, "what somebody changed by hand"
    cluster.kubectl("scale", "deployment/prices", "-n", namespace, "--replicas=2")
    now = names(cluster, namespace)
    assert {kind: now[kind] for kind in KINDS[1:]} == {kind: standing[kind] for kind in KINDS[1:]}
    assert answer(f"127.0.0.1:{deployed['port']}", key) == 30


def test_what_the_cluster_would_refuse_is_refused_before(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": f"refuses-{namespace}"},
        "webhooks": [
            {
                "name": "refuses.example.com",
                "clientConfig": {"url": "https://127.0.0.1:1/"},
                "rules": [
                    {
                        "apiGroups": ["apps"],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["deployments"],
                    }
                ],
                "namespaceSelector": {"matchLabels": {"refuses": namespace}},
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "failurePolicy": "Fail",
            }
        ],
    }
    cluster.kubectl("label", "namespace", namespace, f"refuses={namespace}")
    cluster.kubectl("apply", "-f", "-", text=json.dumps(hook))
    create = ("create", "deployment", "other", "-n", namespace, "--image=busybox", "--dry-run=server")
    try:
        wait_for(lambda: _is_refused(cluster, *create), "the webhook", 30)
        refused = terminal.run(*words("deploy", "--dry-run"))
    finally:
        cluster.kubectl("delete", "validatingwebhookconfiguration", f"refuses-{namespace}")
    assert refused.returncode == 1
    assert "refuses.example.com" in refused.stderr


@pytest.mark.long("what is applied is seen before at the gate")
@pytest.mark.timeout(900)
def test_an_exported_service_answers_in_another_namespace_with_its_keys(
    cluster: Cluster, namespace: str, terminal: Terminal, tmp_path: Path
) -> None:
    (terminal.folder / "aks.json").write_text(json.dumps({**CONFIGURATION, "numReplicas": 1}))
    terminal.ok(*words("deploy"))
    key = str(terminal.json("service", "keys", "prices")["primaryKey"])
    folder, secret = tmp_path / "manifests", tmp_path / "secret.yaml"
    made = terminal.json("service", "export", "kubernetes", "prices", "--to", str(folder), "--secret-file", str(secret))
    assert made["files"] == ["deployment.yaml", "service.yaml"]
    assert made["secret"] == "prices-secrets"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    written = "".join(each.read_text() for each in folder.iterdir())
    for word in ("namespace:", "scoredock.com/proof", "scoredock.com/owner", "scoredock.com/workspace", key):
        assert word not in written
    again = terminal.refused("service", "export", "kubernetes", "prices", "--to", str(folder))
    assert again["code"] == "package-target-not-empty"
    inside = terminal.refused(
        *("service", "export", "kubernetes", "prices", "--to", str(tmp_path / "new")),
        *("--secret-file", str(tmp_path / "new" / "secret.yaml")),
    )
    assert inside["code"] == "package-target-not-empty"

    with cluster.namespace() as other:
        rights = next(
            each
            for each in yaml.safe_load_all(role(ClusterPlace(cluster.context, other), "git"))
            if each["kind"] == "Role"
        )
        account = cluster.role_config(other, yaml.safe_dump(rights), tmp_path)
        for path in (secret, folder):
            cluster.kubectl("apply", "-n", other, "-f", str(path), kubeconfig=account)
        require_answers(cluster, other, key)
    assert terminal.json("service", "show", "prices")["state"] == "Healthy", "the other one knows nothing of it"


def require_answers(cluster: Cluster, namespace: str, key: str) -> None:
    """The service of a namespace is rolled out, and answers callers who have the key and no others."""
    wait = f"--timeout={patience(120):.0f}s"
    cluster.kubectl("rollout", "status", "deployment/prices", "-n", namespace, wait)
    cluster.kubectl("patch", "service", "prices", "-n", namespace, "-p", '{"spec": {"type": "NodePort"}}')
    port = cluster.get("service", "prices", "-n", namespace)["spec"]["ports"][0]["nodePort"]
    address = f"{cluster.address_of(cluster.node_names[0])}:{port}"

    def answers(sent: str) -> object:
        try:
            return answer(address, sent)
        except OSError as error:
            return getattr(error, "code", error)

    wait_for(lambda: answers(key) == 30, "an answer", 30)
    assert answers("another-key") in (401, 403)
    assert answers("") == 401


@pytest.mark.long("charts and kustomizations are rendered and compared with the objects that are applied, at the gate")
@pytest.mark.timeout(1200)
def test_a_kustomization_and_a_chart_answer_as_the_service_they_were_made_of(
    cluster: Cluster,
    namespace: str,
    terminal: Terminal,
    tools: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    (terminal.folder / "aks.json").write_text(json.dumps({**CONFIGURATION, "numReplicas": 1}))
    terminal.ok(*words("deploy"))
    key = str(terminal.json("service", "keys", "prices")["primaryKey"])
    digest = hashlib.sha256(key.encode()).hexdigest()
    for kind in ("kustomize", "helm"):
        folder = tmp_path / kind
        made = terminal.json("service", "export", kind, "prices", "--to", str(folder))
        text = Path(made["main"]).read_text()
        line = next(line for line in text.splitlines() if "kubectl create secret generic prices-keys" in line)
        command = line.partition("kubectl ")[2].replace("DIGESTS", digest).split()
        with cluster.namespace() as other:
            cluster.kubectl(*command, "-n", other)
            if kind == "kustomize":
                cluster.kubectl("apply", "-n", other, "-k", str(folder))
            else:
                rendered = judged(tools, "helm", str(folder), "{}")["rendered"].values()
                cluster.kubectl("apply", "-n", other, "-f", "-", text="\n---\n".join(rendered))
            require_answers(cluster, other, key)


def test_a_cluster_that_is_away_is_not_asked(terminal: Terminal, tmp_path: Path) -> None:
    config = yaml.safe_load(next(tmp_path.glob("account-*.conf")).read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    next(tmp_path.glob("account-*.conf")).write_text(yaml.safe_dump(config))
    assert terminal.run(*words("deploy", "--dry-run")).returncode == 1, "an address that nobody has confirmed"
    assert terminal.run("compute", "confirm", "aks-prod", "--yes").returncode == 0
    dry = terminal.run(*words("deploy", "--dry-run"))
    assert dry.returncode == 0, dry.stderr
    assert "The cluster does not answer" in dry.stderr
    assert sorted(by_kind(dry.stdout)) == ["Deployment", "PodDisruptionBudget", "Secret", "Service"]
    assert terminal.refused(*words("deploy", "--diff"))["code"] == "cluster-unreachable"


@pytest.mark.parametrize(("given", "annotation"), [({}, None), ({"SCOREDOCK_REPEAT_REQUESTS": "false"}, "never")])
def test_pods_say_whether_their_requests_are_repeated(
    terminal: Terminal, given: dict[str, str], annotation: str | None
) -> None:
    dry = replace(terminal, env={**terminal.env, **given}).ok(*words("deploy", "--dry-run"))
    template = by_kind(dry)["Deployment"]["spec"]["template"]
    assert template["metadata"]["annotations"].get("scoredock.com/repeats") == annotation


def test_a_service_of_this_machine_has_no_objects(terminal: Terminal) -> None:
    here = replace(terminal)
    refused = here.refused("service", "deploy", "prices", *DEPLOY, "--dry-run")
    assert refused["code"] == "engine-unable"


def _is_refused(cluster: Cluster, *command: str) -> bool:
    try:
        cluster.kubectl(*command)
    except AssertionError:
        return True
    return False
