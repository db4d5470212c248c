"""How callers from outside are led to a service: by an Ingress, a load balancer, or an HTTPRoute. No controller runs in
the cluster: a test writes what one would write into the status of objects."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from cluster.deploying import DEPLOY, TARGET, answer, attached
from cluster.running import Cluster
from pace import patience

pytestmark = pytest.mark.docker
HOST = "models.example.com"
CONFIGURATION = {
    "computeType": "aks",
    "numReplicas": 1,
    "containerResourceRequirements": {"cpu": 0.05, "memoryInGB": 0.1},
    "scoringTimeoutMs": 90000,
    "authEnabled": False,
}


def deployed(terminal: Terminal) -> dict[str, Any]:
    (terminal.folder / "aks.json").write_text(json.dumps(CONFIGURATION))
    words = ("service", "deploy", "prices", *DEPLOY, "--deploy-config-file", "aks.json", "--compute", TARGET)
    return dict(terminal.json(*words))


def set_status(cluster: Cluster, namespace: str, path: str, status: dict[str, Any]) -> None:
    """As a controller does it."""
    version, kind, name = path.rsplit("/", 2)
    place = f"/{version}/namespaces/{namespace}/{kind}/{name}"
    document = json.loads(cluster.kubectl("get", "--raw", place))
    text = json.dumps({**document, "status": status})
    cluster.kubectl("replace", "--raw", f"{place}/status", "-f", "-", text=text)


def answer_as(host: str, port: int) -> int:
    """Of the service at a port of this machine, to a request that was sent to a host. Raises OSError."""
    headers = {"Content-Type": "application/json", "Host": host}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/score", b'{"data": [1, 2]}', headers)
    return int(urllib.request.urlopen(request, timeout=patience(10)).read())


@pytest.mark.timeout(600)
def test_a_service_is_reached_by_an_ingress(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    options = ("--host", HOST, "--ingress-class", "nginx", "--tls-secret", "certificate")
    terminal = attached(cluster, namespace, tmp_path, "ingress", options)
    check = terminal.run("compute", "check", TARGET).stdout
    assert "networking.k8s.io/v1, as NAME.models.example.com" in check
    assert "there is no Secret certificate" in check
    made = deployed(terminal)
    assert made["scoringUri"] == f"http://127.0.0.1:{made['port']}/score", "no controller has taken it up"
    assert made["addressNote"] == (
        "The Ingress for prices.models.example.com has no address yet: no controller has taken it up."
    )
    assert made["addressNote"] in terminal.ok("service", "show", "prices")
    document = cluster.get("ingress.v1.networking.k8s.io", "prices", "-n", namespace)
    assert document["spec"]["ingressClassName"] == "nginx"
    assert document["spec"]["tls"] == [{"hosts": [f"prices.{HOST}"], "secretName": "certificate"}]
    assert document["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-read-timeout"] == "100"

    path = "apis/networking.k8s.io/v1/ingresses/prices"
    set_status(cluster, namespace, path, {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}})
    shown = terminal.json("service", "show", "prices")
    assert (shown["scoringUri"], shown["addressNote"]) == (f"https://prices.{HOST}/score", "")
    assert answer_as(f"prices.{HOST}", made["port"]) == 30, "the name that the controller passes on is its own"
    with pytest.raises(urllib.error.HTTPError) as refused:
        answer_as(f"another.{HOST}", made["port"])
    assert refused.value.code == 403

    terminal.ok("service", "update", "prices")
    assert terminal.json("service", "show", "prices")["scoringUri"] == f"https://prices.{HOST}/score"
    terminal.ok("compute", "detach", TARGET, "--force")
    kubeconfig = shown_kubeconfig(tmp_path)
    place = ("--context", cluster.context, "--namespace", namespace, "--kubeconfig", kubeconfig)
    terminal.ok("compute", "attach", TARGET, *place, "--registry", f"{cluster.registry}/tests/services")
    moved = terminal.json("service", "update", "prices")
    assert (moved["scoringUri"], moved["addressNote"]) == (f"http://127.0.0.1:{made['port']}/score", "")
    assert cluster.get("ingress", "-n", namespace)["items"] == []
    assert answer(f"127.0.0.1:{made['port']}") == 30
    terminal.ok("service", "delete", "prices")


def shown_kubeconfig(folder: Path) -> str:
    """Of the account that the compute target was attached with."""
    return str(next(folder.glob("account-*.conf")))


@pytest.mark.long("an Ingress leads to a service at the gate; test_services.py leaves what is of somebody else alone")
@pytest.mark.timeout(600)
def test_an_ingress_goes_with_its_service_and_one_of_somebody_else_is_left_alone(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    terminal = attached(cluster, namespace, tmp_path, "ingress", ("--host", HOST))
    rule = f"prices.{HOST}/*=other:80"
    cluster.kubectl("create", "ingress", "prices", "-n", namespace, f"--rule={rule}")
    words = ("service", "deploy", "prices", *DEPLOY, "--compute", TARGET)
    refused = terminal.run(*words)
    assert "cluster-name-taken" in refused.stderr
    assert len(cluster.get("ingress", "-n", namespace)["items"]) == 1
    cluster.kubectl("delete", "ingress", "prices", "-n", namespace)
    terminal.ok("service", "delete", "prices")
    deployed(terminal)
    terminal.ok("endpoint", "create", "prices", "--service", "prices", "--version", "blue")
    assert _names(cluster, namespace) == {"prices", "prices-endpoint"}
    terminal.ok("endpoint", "delete", "prices")
    assert _names(cluster, namespace) == {"prices"}
    terminal.ok("service", "delete", "prices")
    assert _names(cluster, namespace) == set()


def _names(cluster: Cluster, namespace: str) -> set[str]:
    return {str(each["metadata"]["name"]) for each in cluster.get("ingress", "-n", namespace)["items"]}


@pytest.mark.long("a service is reached by an Ingress at the gate")
@pytest.mark.timeout(600)
def test_a_service_is_reached_by_a_load_balancer(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    terminal = attached(cluster, namespace, tmp_path, "load-balancer")
    made = deployed(terminal)
    assert made["addressNote"] == "The cluster has not given the load balancer an address yet."
    status = {"loadBalancer": {"ingress": [{"hostname": "balancer.example.com"}]}}
    set_status(cluster, namespace, "api/v1/services/prices", status)
    shown = terminal.json("service", "show", "prices")
    assert (shown["scoringUri"], shown["addressNote"]) == ("http://balancer.example.com:80/score", "")
    assert answer_as("balancer.example.com", made["port"]) == 30
    terminal.ok("service", "delete", "prices")


def test_a_cluster_without_gateways_says_so(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    options = ("--host", HOST, "--gateway", "shared/web")
    terminal = attached(cluster, namespace, tmp_path, "gateway", options)
    checked = terminal.run("compute", "check", TARGET)
    assert checked.returncode != 0
    assert "has no HTTPRoute" in checked.stdout
