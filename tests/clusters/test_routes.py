"""What leads callers from outside to services: valid for clusters of today and of before, whoever has the names."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from scoredock.clusters.routes import Share, address_of, earlier_form, host_of, http_route, leads, route_of
from scoredock.clusters.target import ClusterPlace, ClusterTarget

PLACE = ClusterPlace("prod", "models")
METADATA = {"name": "prices", "namespace": "models", "labels": {"app.kubernetes.io/name": "prices"}}
VERSIONS = ("1.26", kubernetes_validate.latest_version().rpartition(".")[0])
INGRESS = ClusterTarget("aks", PLACE, "", "", "ingress", "models.example.com")
GATEWAY = ClusterTarget("aks", PLACE, "", "", "gateway", "models.example.com", gateway="shared/web")


def problems(*documents: dict[str, Any]) -> str:
    """What the schemas of the Gateway API say."""
    script = Path(__file__).with_name("gateway_schema.mjs")
    done = subprocess.run(
        ["node", str(script)], input=json.dumps(documents), capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stderr


def made(target: ClusterTarget, seconds: float = 60) -> dict[str, Any]:
    route = route_of(target, METADATA, seconds)
    assert route is not None
    return route


def test_a_service_without_a_route_has_none() -> None:
    target = ClusterTarget("aks", PLACE, "", "", "node-port")
    assert route_of(target, METADATA, 60) is None
    assert (host_of(target, "prices"), address_of(target, "prices")) == ("", "")


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ({}, "http://prices.models.example.com"),
        ({"tls_secret": "certificate"}, "https://prices.models.example.com"),
        ({"host": "https://models.example.com"}, "https://prices.models.example.com"),
    ],
)
def test_an_ingress_leads_to_a_host_of_its_own(options: dict[str, str], address: str) -> None:
    target = ClusterTarget("aks", PLACE, "", "", "ingress", **{"host": "models.example.com", **options})  # type: ignore[arg-type]
    document = made(target)
    for version in VERSIONS:
        kubernetes_validate.validate(document, version, strict=True)
    assert document["spec"]["rules"][0]["host"] == "prices.models.example.com"
    assert address_of(target, "prices") == address
    assert ("tls" in document["spec"]) == ("tls_secret" in options), "else the controller has the certificate"
    assert "ingressClassName" not in document["spec"]


def test_controllers_let_long_requests_and_large_bodies_pass() -> None:
    annotations = made(INGRESS, 90.5)["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/proxy-body-size"] == "0"
    assert annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"] == "101"
    assert annotations["appgw.ingress.kubernetes.io/request-timeout"] == "101"


def test_an_old_cluster_gets_an_ingress_of_its_version() -> None:
    path = earlier_form(made(INGRESS), "networking.k8s.io/v1beta1")["spec"]["rules"][0]["http"]["paths"][0]
    assert path["backend"] == {"serviceName": "prices", "servicePort": 80}
    assert made(INGRESS)["spec"]["rules"][0]["http"]["paths"][0]["backend"] != path["backend"]


def test_an_http_route_is_valid_in_both_versions() -> None:
    document = made(GATEWAY)
    assert problems(document, earlier_form(document, "gateway.networking.k8s.io/v1beta1")) == ""
    assert document["spec"]["parentRefs"][0]["namespace"] == "shared"
    assert document["spec"]["hostnames"] == ["prices.models.example.com"]
    document["spec"]["rules"][0]["backendRefs"][0]["weight"] = -1
    assert "weight must be >= 0" in problems(document), "the schema would say so"


def test_requests_are_divided_among_services_by_weights() -> None:
    shares = [Share("blue", 90), Share("green", 10), Share("old", 0)]
    document = http_route(METADATA, ["prices.example.com"], "web", shares, 30)
    assert problems(document) == ""
    assert [(each["name"], each["weight"]) for each in document["spec"]["rules"][0]["backendRefs"]] == [
        ("blue", 90),
        ("green", 10),
        ("old", 0),
    ]
    assert document["spec"]["rules"][0]["timeouts"] == {"request": "40s"}
    assert "namespace" not in document["spec"]["parentRefs"][0]
    assert "hostnames" not in http_route(METADATA, [], "web", shares, 30)["spec"]


@pytest.mark.parametrize("shares", [[], [Share("blue", 0)], [Share("blue", 1), Share("green", -1)]])
def test_weights_that_divide_nothing_are_refused(shares: list[Share]) -> None:
    with pytest.raises(ValueError, match="weights"):
        http_route(METADATA, [], "web", shares, 30)


@pytest.mark.parametrize(
    ("status", "does"),
    [
        ({}, False),
        ({"loadBalancer": {}}, False),
        ({"loadBalancer": {"ingress": [{"ports": []}]}}, False),
        ({"loadBalancer": {"ingress": [{"hostname": "a.example.com"}]}}, True),
        ({"parents": [{"conditions": [{"type": "Accepted", "status": "False"}]}]}, False),
        ({"parents": [{"conditions": [{"type": "Accepted", "status": "True"}]}]}, True),
    ],
)
def test_a_route_leads_once_somebody_has_taken_it_up(status: dict[str, Any], does: bool) -> None:
    assert leads({"status": status}) is does
    assert not leads(None)
