"""What leads callers from outside to services: valid for clusters of today and of before, whoever has the names."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.clusters.routes import (
    COPIES_HOST,
    VERSION_HEADER,
    Copies,
    Division,
    Share,
    address_of,
    earlier_form,
    host_of,
    http_route,
    is_taken_up,
    leads,
    route_of,
    says_all,
    unsupported,
)
from scoredock.clusters.target import ClusterPlace, ClusterTarget

from depth import rounds

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
    document = http_route(METADATA, ["prices.example.com"], "web", Division(tuple(shares)), 30)
    assert problems(document) == ""
    assert [(each["name"], each["weight"]) for each in document["spec"]["rules"][0]["backendRefs"]] == [
        ("blue", 90),
        ("green", 10),
        ("old", 0),
    ]
    assert document["spec"]["rules"][0]["timeouts"] == {"request": "40s"}
    assert "namespace" not in document["spec"]["parentRefs"][0]
    assert "hostnames" not in http_route(METADATA, [], "web", Division(tuple(shares)), 30)["spec"]


NAMES = ("blue", "green", "red", "old", "new", "odd")


@st.composite
def divisions(draw: st.DrawFn) -> Division:
    """Of an endpoint with one to six versions, whose shares add up to 100."""
    names = NAMES[: draw(st.integers(1, 6))]
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(names) - 1, max_size=len(names) - 1)))
    weights = [high - low for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]
    shares = tuple(Share(f"prices-{name}", each, 80, name) for name, each in zip(names, weights, strict=True))
    idle = [each.service for each in shares if not each.weight]
    copies = Copies(idle[0], draw(st.integers(1, 50))) if idle and draw(st.booleans()) else None
    return Division(shares, copies)


@settings(max_examples=rounds(gate=60, long=3000))
@given(divisions())
def test_a_route_divides_as_the_endpoint_does(division: Division) -> None:
    rules = divided(division)["spec"]["rules"]
    whole, *named = rules
    weights = {each["name"]: each["weight"] for each in whole["backendRefs"]}
    assert weights == {each.service: each.weight for each in division.shares}, "also of those that get none"
    assert "headers" not in whole["matches"][0]
    by_name = {each["matches"][0]["headers"][0]["value"]: each for each in named}
    assert {name: [one["name"] for one in each["backendRefs"]] for name, each in by_name.items()} == {
        each.version: [each.service] for each in division.shares
    }
    assert all(each["backendRefs"][0]["weight"] == 1 for each in named)
    assert {header["name"] for each in named for header in each["matches"][0]["headers"]} == {VERSION_HEADER}
    assert len(rules) <= 16, "as many as the Gateway API takes"
    for each in rules:
        assert hosts_of(each) == ["localhost"], "each version answers to this name"
        copied = copies_of(each)
        if division.copies is None or (each in named and each["backendRefs"][0]["name"] == division.copies.service):
            assert copied == []
        else:
            assert [(one["backendRef"]["name"], one["percent"]) for one in copied] == [
                (division.copies.service, division.copies.percent)
            ]


def divided(division: Division) -> dict[str, Any]:
    return http_route(METADATA, ["prices-endpoint.models.example.com"], "shared/web", division, 60)


def hosts_of(rule: dict[str, Any]) -> list[str]:
    """To which a rule rewrites the host of requests."""
    filters = [each["urlRewrite"] for each in rule.get("filters", []) if each["type"] == "URLRewrite"]
    return [each["hostname"] for each in filters]


def copies_of(rule: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["requestMirror"] for each in rule.get("filters", []) if each["type"] == "RequestMirror"]


def test_routes_that_divide_are_valid_in_both_versions() -> None:
    shares = (Share("prices-blue", 90, 80, "blue"), Share("prices-green", 10, 443, "green"), Share("old", 0, 80, "old"))
    for copies in (None, Copies("old", 25)):
        document = divided(Division(shares, copies))
        assert problems(document, earlier_form(document, "gateway.networking.k8s.io/v1beta1")) == ""
    assert [each["port"] for each in document["spec"]["rules"][0]["backendRefs"]] == [80, 443, 80]
    document["spec"]["rules"][1]["matches"][0]["headers"][0]["name"] = "no name of a header"
    assert "pattern" in problems(document), "the schema would say so"


def test_one_service_is_led_to_as_it_is_called() -> None:
    (rule,) = made(GATEWAY)["spec"]["rules"]
    assert "filters" not in rule, "it answers to the host of its route"
    assert COPIES_HOST.startswith("localhost"), "what Envoy makes of the host of a request for a version"


def test_what_the_cluster_fills_in_is_no_difference_and_what_somebody_changes_is_one() -> None:
    wanted = divided(Division((Share("prices-blue", 100, 80, "blue"),)))["spec"]
    standing = json.loads(json.dumps(wanted))
    standing["parentRefs"][0]["sectionName"] = "http"
    standing["rules"][0]["backendRefs"][0]["filters"] = []
    assert says_all(standing, wanted)
    for change in (
        lambda spec: spec["rules"][0]["backendRefs"][0].update(weight=99),
        lambda spec: spec["rules"].pop(),
        lambda spec: spec["rules"][0]["filters"].append({}),
        lambda spec: spec["rules"][0].pop("filters"),
        lambda spec: spec.update(rules=None),
    ):
        other = json.loads(json.dumps(standing))
        change(other)
        assert not says_all(other, wanted)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"type": "Accepted", "status": "True", "reason": "Accepted"}, ""),
        ({"type": "Accepted", "status": "False", "reason": "NotAllowedByListeners", "message": "no"}, ""),
        ({"type": "Accepted", "status": "False", "reason": "UnsupportedValue", "message": "no percent"}, "no percent"),
        ({"type": "PartiallyInvalid", "status": "True", "reason": "UnsupportedValue"}, "UnsupportedValue"),
        ({"type": "PartiallyInvalid", "status": "False", "reason": "UnsupportedValue"}, ""),
        (
            {
                "type": "Accepted",
                "status": "False",
                "reason": "UnsupportedValue",
                "message": "a",
                "observedGeneration": 1,
            },
            "",
        ),
    ],
)
def test_what_a_gateway_cannot_do_is_read_of_the_route_as_it_is_now(condition: dict[str, Any], said: str) -> None:
    route = {"metadata": {"generation": 2}, "status": {"parents": [{"conditions": [condition]}]}}
    assert unsupported(route) == said
    assert is_taken_up(route) is ("observedGeneration" not in condition)
    assert unsupported({}) == ""


@pytest.mark.parametrize("shares", [[], [Share("blue", 0)], [Share("blue", 1), Share("green", -1)]])
def test_weights_that_divide_nothing_are_refused(shares: list[Share]) -> None:
    with pytest.raises(ValueError, match="weights"):
        http_route(METADATA, [], "web", Division(tuple(shares)), 30)


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
