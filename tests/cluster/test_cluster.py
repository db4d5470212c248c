"""The ground that services on Kubernetes are tested on: two nodes that run, answer, refuse and get lost."""

from __future__ import annotations

import re
import subprocess
from functools import partial
from pathlib import Path

import pytest
import requests

from cluster import programs, web
from cluster.running import Cluster, wait_for
from pace import patience

READER = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
rules:
  - {apiGroups: [""], resources: [pods], verbs: [get, list]}
"""
SCALER = """
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  minReplicas: 1
  maxReplicas: 3
  targetCPUUtilizationPercentage: 100
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
"""


def pods_of(cluster: Cluster, namespace: str) -> dict[str, str]:
    """Name → node of those that are ready and stay."""
    found = {}
    for each in cluster.get("pods", "-n", namespace)["items"]:
        conditions = {row["type"]: row["status"] for row in each.get("status", {}).get("conditions", [])}
        if conditions.get("Ready") == "True" and "deletionTimestamp" not in each["metadata"]:
            found[each["metadata"]["name"]] = each["spec"]["nodeName"]
    return found


def answer(address: str) -> list[str]:
    return requests.get(f"http://{address}/", timeout=patience(10)).text.split("\n")


def test_replicas_on_two_nodes_answer_at_a_port_of_each(cluster: Cluster, namespace: str, image: str) -> None:
    cluster.apply(web.deployed(image, affinity=web.APART), namespace)
    wait_for(lambda: len(pods_of(cluster, namespace)) == 2, "both replicas", 60)
    pods = pods_of(cluster, namespace)
    assert sorted(pods.values()) == cluster.node_names
    port = cluster.get("service", "web", "-n", namespace)["spec"]["ports"][0]["nodePort"]
    for node in cluster.node_names:
        address = f"{cluster.address_of(node)}:{port}"
        # kube-proxy learns of them one after the other.
        wait_for(partial(is_answered_by, address, set(pods)), f"answers of both pods at {node}", 30)


def is_answered_by(address: str, pods: set[str]) -> bool:
    """Whether all of them answer there, and nobody else."""
    return reaches(address) and {answer(address)[0] for _ in range(30)} == pods


def reaches(address: str) -> bool:
    try:
        return bool(answer(address))
    except requests.RequestException:
        return False


def test_a_pod_with_the_strictest_rights_is_reached_through_the_api(
    cluster: Cluster, namespace: str, image: str
) -> None:
    cluster.apply(web.single(image), namespace)
    wait_for(lambda: pods_of(cluster, namespace), "the pod", 60)
    command = [str(programs.place() / "kubectl"), f"--kubeconfig={cluster.kubeconfig}", "-n", namespace]
    forward = subprocess.Popen([*command, "port-forward", "pod/web", f":{web.PORT}"], stdout=subprocess.PIPE, text=True)
    try:
        assert forward.stdout is not None
        match = re.search(r"127\.0\.0\.1:(\d+)", forward.stdout.readline())
        assert match is not None
        name, user, *rights = answer(f"127.0.0.1:{match[1]}")
    finally:
        forward.terminate()
        forward.wait(10)
    assert (name, user) == ("web", "1000")
    read = dict(line.split(":\t") for line in rights if line)
    assert read == {"CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}
    assert cluster.kubectl("exec", "-n", namespace, "web", "--", "/bin/busybox", "id", "-u") == "1000\n"


def test_an_account_with_a_small_role_sees_its_namespace_only(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    config = cluster.role_config(namespace, READER, tmp_path)
    assert config.stat().st_mode & 0o077 == 0
    cluster.kubectl("get", "pods", kubeconfig=config)
    for words in (("get", "pods", "-n", "default"), ("get", "secrets"), ("delete", "pod", "web")):
        refused = cluster.kubectl(*words, kubeconfig=config, check=False)
        assert "forbidden" in refused, refused


@pytest.mark.long("asks the cluster of the tests, not the product; test_side_loading.py gives images at the gate")
def test_an_image_that_was_given_to_one_node_runs_there_only(cluster: Cluster, namespace: str, archive: Path) -> None:
    here, elsewhere = cluster.node_names
    cluster.side_load(here, archive)
    for node in cluster.node_names:
        manifest = web.single("scoredock.local/tests/web:1", f"on-{node}", nodeName=node)
        cluster.apply(manifest.replace("IfNotPresent", "Never"), namespace)
    wait_for(lambda: f"on-{here}" in pods_of(cluster, namespace), "the pod", 60)

    def reason() -> str:
        status = cluster.get("pod", f"on-{elsewhere}", "-n", namespace)["status"]
        return "".join(each["state"].get("waiting", {}).get("reason", "") for each in status["containerStatuses"])

    wait_for(lambda: reason() == "ErrImageNeverPull", "the refusal", 30)


@pytest.mark.long("whoever pauses it in the long run sees it")
def test_a_paused_api_server_answers_nothing_and_goes_on(disturbed: Cluster, namespace: str) -> None:
    disturbed.pause_api()
    try:
        with pytest.raises(requests.Timeout):
            disturbed.ask_whether_ready(2)
    finally:
        disturbed.resume_api()
    disturbed.kubectl("create", "configmap", "kept", "-n", namespace)
    disturbed.restart_api()
    disturbed.get("configmap", "kept", "-n", namespace)
    assert all(disturbed.is_ready(node) for node in disturbed.node_names)


@pytest.mark.long("waits until a lost node is noticed")
def test_a_lost_node_is_noticed_and_comes_back(disturbed: Cluster) -> None:
    lost, other = disturbed.node_names
    disturbed.node_down(lost)
    try:
        wait_for(lambda: not disturbed.is_ready(lost), "the loss", 60)
        assert disturbed.is_ready(other)
    finally:
        disturbed.node_up(lost)
    wait_for(lambda: disturbed.is_ready(lost), "the return", 60)


@pytest.mark.long("waits until a lost node is emptied")
def test_replicas_of_a_lost_node_move(disturbed: Cluster, namespace: str, image: str) -> None:
    quick = {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 2}
    losses = [{**quick, "key": f"node.kubernetes.io/{each}"} for each in ("not-ready", "unreachable")]
    disturbed.apply(web.deployed(image, tolerations=losses), namespace)
    wait_for(lambda: len(pods_of(disturbed, namespace)) == 2, "both replicas", 60)
    lost, other = disturbed.node_names
    disturbed.node_down(lost)
    try:
        wait_for(lambda: list(pods_of(disturbed, namespace).values()) == [other, other], "the move", 90)
    finally:
        disturbed.node_up(lost)
    wait_for(lambda: disturbed.is_ready(lost), "the return", 60)
    # Reached as before, also from the other node.
    port = disturbed.get("service", "web", "-n", namespace)["spec"]["ports"][0]["nodePort"]
    wait_for(lambda: reaches(f"{disturbed.address_of(lost)}:{port}"), "an answer", 30)


def test_what_pods_use_is_measured(cluster: Cluster, namespace: str, image: str) -> None:
    cluster.apply(web.single(image), namespace)
    wait_for(lambda: pods_of(cluster, namespace), "the pod", 60)
    path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"
    wait_for(lambda: '"web"' in cluster.kubectl("get", "--raw", path), "figures", 30)
    assert re.search(r'"cpu": "\d+m", "memory": "[1-9]\d+"', cluster.kubectl("get", "--raw", path))


@pytest.mark.long("waits for two decisions of the autoscaler")
def test_an_autoscaler_follows_the_load(cluster: Cluster, namespace: str, image: str) -> None:
    cluster.apply(web.deployed(image, replicas=1), namespace)
    cluster.apply(SCALER, namespace)
    wait_for(lambda: pods_of(cluster, namespace), "the pod", 60)
    (name,) = pods_of(cluster, namespace)
    turn = "timeout 20 /bin/busybox sh -c 'while :; do :; done'"
    command = [str(programs.place() / "kubectl"), f"--kubeconfig={cluster.kubeconfig}", "-n", namespace]
    with subprocess.Popen([*command, "exec", name, "--", "/bin/busybox", "sh", "-c", f"/bin/busybox {turn}"]):
        wait_for(lambda: len(pods_of(cluster, namespace)) == 3, "three replicas", 60)
    wait_for(lambda: len(pods_of(cluster, namespace)) == 1, "one replica", 90)


def test_the_machine_itself_is_as_it_was(cluster: Cluster) -> None:
    """The kubelet and kube-proxy change what they see of the kernel and of the firewall."""
    rules = subprocess.run(["iptables-save"], check=True, capture_output=True, text=True).stdout
    assert "KUBE-" not in rules
    assert cluster.place.network not in rules
    links = subprocess.run(["ip", "-o", "link"], check=True, capture_output=True, text=True).stdout
    own = [line for line in links.split("\n") if "node" in line or cluster.place.interface in line]
    assert len(own) == 1, own
    tunables = Path("/proc/sys/vm/overcommit_memory").read_text(), Path("/proc/sys/kernel/panic").read_text()
    assert tunables != ("1\n", "10\n")
    assert str(cluster.place.folder) not in Path("/proc/mounts").read_text()
