"""The HTTPRoute of an endpoint on a compute target with a Gateway: who divides the requests, and what is said of it.
Without a cluster; tests/cluster/test_gateway.py has one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.clusters.connection import Cluster
from scoredock.clusters.routes import Copies, Division, Share, http_route
from scoredock.clusters.target import ClusterPlace
from scoredock.engines.base import Observation
from scoredock.engines.handle import ROUTERS_FOLDER, Handle
from scoredock.engines.kubernetes import namespace_looks
from scoredock.engines.kubernetes.cluster_state import ServiceObjects
from scoredock.engines.kubernetes.endpoint_route import EndpointRoute, leads_past
from scoredock.engines.kubernetes.identity import ROUTER, marks
from scoredock.engines.kubernetes.labels import ADDRESS, REFUSED, ROUTE
from scoredock.engines.kubernetes.service_objects import led_to
from scoredock.errors import ClusterNotAllowed, ClusterRefused, ScoredockError
from scoredock.services.endpoints.division import division_of, notes_of, why_router
from scoredock.services.endpoints.record import (
    EndpointRecord,
    EndpointVersion,
    VersionLimits,
    endpoint_from_text,
    endpoint_to_text,
    stamp_of,
)

from depth import rounds

PLACE = ClusterPlace("prod", "models")
NAME = "prices-endpoint"
ENDPOINT = EndpointRecord(
    "prices",
    (
        EndpointVersion("blue", "prices-blue", 90, 80, host="10.96.0.7"),
        EndpointVersion("green", "prices-green", 10, 80, host="10.96.0.8"),
        EndpointVersion("old", "prices-old", 0, 443, host="10.96.0.9"),
    ),
    "blue",
    compute="aks",
)


def changed(version: str, **values: Any) -> EndpointRecord:
    versions = tuple(replace(each, **values) if each.name == version else each for each in ENDPOINT.versions)
    return replace(ENDPOINT, versions=versions)


# ------------------------------------------------------------------------------------------ what a route can do


def test_shares_and_copies_are_what_a_route_can_do() -> None:
    shares = (
        Share("prices-blue", 90, 80, "blue"),
        Share("prices-green", 10, 80, "green"),
        Share("prices-old", 0, 443, "old"),
    )
    assert division_of(ENDPOINT) == Division(shares)
    copied = replace(ENDPOINT, mirror="old", mirror_share=25)
    assert division_of(copied) == Division(shares, Copies("prices-old", 25, 443))


def test_what_nobody_has_goes_to_the_default_version_and_is_never_imitated() -> None:
    division = division_of(changed("blue", share=0))
    assert division is not None
    assert [each.weight for each in division.shares] == [90, 10, 0]


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        (replace(ENDPOINT, sticky_header="X-User"), "stick to versions by the header X-User"),
        (changed("green", limits=VersionLimits(errors=5)), "which withdraws green by itself"),
        (replace(ENDPOINT, mirror="green", mirror_share=5), "as green gets copies and has a share as well"),
        (changed("green", away=True), "as green takes none and others respond in its place"),
        (changed("blue", away=True), "as blue takes none and others respond in its place"),
        (replace(ENDPOINT, through_router=True), "as the endpoint was created with --through-router"),
    ],
)
def test_what_a_route_cannot_do_is_for_the_router_and_is_said(endpoint: EndpointRecord, why: str) -> None:
    assert division_of(endpoint) is None
    assert why in why_router(endpoint)
    assert notes_of(endpoint, Observation("Healthy", led_to="router")) == [why_router(endpoint)]


@pytest.mark.parametrize(
    "endpoint",
    [
        changed("old", away=True),
        changed("old", limits=VersionLimits(errors=5)),
        replace(ENDPOINT, takeover=False),
        replace(ENDPOINT, control="green"),
    ],
)
def test_what_concerns_no_share_needs_no_router(endpoint: EndpointRecord) -> None:
    assert why_router(endpoint) == ""


def test_what_is_said_of_a_gateway() -> None:
    (note,) = notes_of(ENDPOINT, Observation("Healthy", led_to="versions"))
    assert "Their services count these requests" in note
    mirrored = replace(ENDPOINT, mirror="old", mirror_share=25)
    assert "compares no responses" in notes_of(mirrored, Observation("Healthy", led_to="versions"))[1]
    assert notes_of(ENDPOINT, Observation("Healthy")) == []
    late = Observation("Healthy", led_to="versions", address_note="Not yet.")
    assert notes_of(ENDPOINT, late) == ["Not yet."]
    changed = replace(late, address="http://prices.example.com")
    assert [notes_of(ENDPOINT, changed)[0], len(notes_of(ENDPOINT, changed))] == ["Not yet.", 2]
    refused = Observation("Healthy", led_to="router", undivided="no percent")
    assert notes_of(ENDPOINT, refused) == ["The Gateway leads all requests to the router: no percent"]
    (note,) = notes_of(ENDPOINT, replace(refused, undivided=""))
    assert "`scoredock endpoint start prices` lets it divide them" in note


def test_the_row_keeps_it_and_a_look_is_no_change() -> None:
    endpoint = replace(changed("green", away=True), through_router=True)
    assert endpoint_from_text(endpoint_to_text(endpoint)) == endpoint
    assert stamp_of(changed("green", away=True)) == stamp_of(ENDPOINT)
    before = json.loads(endpoint_to_text(ENDPOINT))
    del before["through_router"]
    for each in before["versions"]:
        del each["away"]
    assert endpoint_from_text(json.dumps(before)) == ENDPOINT, "what an earlier release wrote"


@settings(max_examples=rounds(gate=60, long=3000))
@given(st.lists(st.integers(0, 100), min_size=1, max_size=6), st.data())
def test_weights_are_the_shares_of_any_endpoint(shares: list[int], data: st.DataObject) -> None:
    total = sum(shares)
    shares = shares if total <= 100 else [each * 100 // total for each in shares]
    versions = tuple(EndpointVersion(f"v{index}", f"s{index}", each, 80) for index, each in enumerate(shares))
    default = data.draw(st.sampled_from(versions)).name
    endpoint = EndpointRecord("prices", versions, default, compute="aks")
    division = division_of(endpoint)
    assert division is not None
    assert sum(each.weight for each in division.shares) == 100
    for version, share in zip(versions, division.shares, strict=True):
        assert share == Share(version.service, endpoint.effective(version.name), 80, version.name)


# ------------------------------------------------------------------------------------------ in a cluster


class Api:
    """The objects of a namespace, as an API server keeps them."""

    place = PLACE

    def __init__(self, owner: Path) -> None:
        labels, annotations = marks(owner, PLACE, NAME, ROUTER)
        metadata = {"name": NAME, "namespace": "models", "labels": labels, "annotations": annotations}
        to_it = {ROUTE: "HTTPRoute", ADDRESS: f"http://{NAME}.models.example.com"}
        self.service: dict[str, Any] = {"metadata": {**metadata, "annotations": {**annotations, **to_it}}}
        router = http_route(metadata, [f"{NAME}.models.example.com"], "shared/web", Division((Share(NAME),)), 60)
        self.route: dict[str, Any] | None = json.loads(json.dumps(router))
        self.version = "gateway.networking.k8s.io/v1"
        self.takes: Callable[[dict[str, Any]], dict[str, Any]] = lambda document: document
        """What becomes of a document that is applied."""
        self.applied = 0

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        assert name == NAME
        return self.service if kind == "Service" else self.route

    def served(self, kind: str) -> str:
        assert kind == "HTTPRoute"
        return self.version

    def apply(self, document: dict[str, Any]) -> dict[str, Any]:
        assert document["apiVersion"] == self.version
        self.applied += 1
        taken = self.takes(json.loads(json.dumps(document)))
        generation = (self.route or {}).get("metadata", {}).get("generation", 0) + 1
        taken["metadata"]["generation"] = generation
        self.route = {**taken, "status": (self.route or {}).get("status", {})}
        return self.route

    def names(self) -> list[str]:
        """To which all requests are led that name no version."""
        assert self.route is not None
        return [each["name"] for each in self.route["spec"]["rules"][0]["backendRefs"]]

    def mark(self) -> str:
        assert self.route is not None
        return str(self.route["metadata"]["annotations"].get(REFUSED, ""))

    def say(self, reason: str, message: str) -> None:
        """As the controller of the Gateway."""
        assert self.route is not None
        condition = {"type": "Accepted", "status": "False", "reason": reason, "message": message}
        condition["observedGeneration"] = self.route["metadata"]["generation"]
        self.route["status"] = {"parents": [{"conditions": [condition]}]}


@pytest.fixture
def api(tmp_path: Path) -> Api:
    return Api(tmp_path)


@pytest.fixture
def route(api: Api, tmp_path: Path) -> EndpointRoute:
    handle = Handle("kubernetes", tmp_path / ROUTERS_FOLDER / "prices", name=NAME)
    return EndpointRoute(cast("Cluster", api), handle, 60)


DIVISION = cast("Division", division_of(ENDPOINT))
COPIED = DIVISION._replace(copies=Copies("prices-old", 25, 443))


def test_a_change_is_made_once_and_nothing_is_written_without_one(api: Api, route: EndpointRoute) -> None:
    assert not route.misleads(None)
    assert led_to({"kind": "HTTPRoute", **(api.route or {})}, NAME) == ("router", "")
    for division in (DIVISION, COPIED, DIVISION):
        assert route.misleads(division)
        route.lead(division)
        assert not route.misleads(division)
        assert api.names() == ["prices-blue", "prices-green", "prices-old"]
        assert led_to({"kind": "HTTPRoute", **(api.route or {})}, NAME) == ("versions", "")
    assert api.route is not None
    assert api.route["spec"]["hostnames"] == [f"{NAME}.models.example.com"]
    assert api.route["spec"]["parentRefs"][0]["namespace"] == "shared"
    assert api.applied == 3
    route.lead(None)
    assert api.names() == [NAME]
    assert not route.misleads(None)


def test_a_router_that_starts_again_takes_no_callers_from_the_versions(api: Api, route: EndpointRoute) -> None:
    router = json.loads(json.dumps(api.route))
    assert not leads_past(None, router)
    assert not leads_past(api.route, router)
    route.lead(DIVISION)
    assert leads_past(api.route, router)
    router["spec"]["parentRefs"][0]["name"] = "another"
    assert not leads_past(api.route, router), "the compute target was attached with another Gateway"


def test_a_look_after_a_change_reads_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []

    def read_together(_: Cluster, names: Sequence[str]) -> dict[str, ServiceObjects]:
        reads.append(" ".join(names))
        return {name: ServiceObjects(None) for name in names}

    monkeypatch.setattr(namespace_looks, "_read_together", read_together)
    monkeypatch.setattr(namespace_looks, "read_objects", lambda *_: ServiceObjects(None))
    monkeypatch.setattr(namespace_looks, "_GOOD_SECONDS", 60.0)
    looks, cluster = namespace_looks.NamespaceLooks(), cast("Cluster", Mock(place=PLACE))
    for name in ("blue", "green", "prices", "prices"):
        looks.objects(cluster, name)
    assert reads == ["blue green prices"], "those that are looked at together are read together"
    looks.note_change(PLACE)
    looks.objects(cluster, "prices")
    assert len(reads) == 2


def test_what_somebody_changes_by_hand_is_seen(api: Api, route: EndpointRoute) -> None:
    route.lead(DIVISION)
    assert api.route is not None
    api.route["spec"]["rules"][0]["backendRefs"][1]["weight"] = 50
    assert route.misleads(DIVISION)
    route.lead(DIVISION)
    assert not route.misleads(DIVISION)


def without_percent(document: dict[str, Any]) -> dict[str, Any]:
    """As the HTTPRoutes of before Gateway API 1.3 have it, where unknown fields are dropped."""
    for rule in document["spec"]["rules"]:
        for each in rule.get("filters", []):
            each.get("requestMirror", {}).pop("percent", None)
    return document


def refuses_percent(document: dict[str, Any]) -> dict[str, Any]:
    if "percent" in json.dumps(document["spec"]):
        raise ClusterRefused("percent: field not declared in schema")
    return document


@pytest.mark.parametrize("takes", [without_percent, refuses_percent])
def test_copies_that_the_cluster_cannot_count_are_for_the_router_and_shares_stay_with_the_gateway(
    api: Api, route: EndpointRoute, takes: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    api.takes = takes
    route.lead(DIVISION)
    assert api.mark() == ""
    route.lead(COPIED)
    assert api.names() == [NAME], "never more copies than were wanted"
    assert not route.misleads(COPIED), "it is not tried again by each look"
    where, reason = led_to({"kind": "HTTPRoute", **(api.route or {})}, NAME)
    assert where == "router"
    assert reason
    route.lead(DIVISION)
    assert api.names() == ["prices-blue", "prices-green", "prices-old"]
    applied = api.applied
    route.lead(COPIED)
    assert api.applied == applied + 1, "nor by the next change"
    assert api.names() == [NAME]


def test_what_the_gateway_does_not_support_is_for_the_router(api: Api, route: EndpointRoute) -> None:
    route.lead(DIVISION)
    api.say("NotAllowedByListeners", "another namespace")
    assert not route.misleads(DIVISION), "the router would not be reached either"
    api.say("UnsupportedValue", "URLRewrite is not supported")
    assert route.misleads(DIVISION)
    route.lead(DIVISION)
    assert api.names() == [NAME]
    assert led_to({"kind": "HTTPRoute", **(api.route or {})}, NAME) == ("router", "URLRewrite is not supported")
    for division in (DIVISION, COPIED, None):
        assert not route.misleads(division)


def refuses(error: ScoredockError) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def takes(_: dict[str, Any]) -> dict[str, Any]:
        raise error

    return takes


def test_a_missing_right_is_an_error_and_so_is_a_refusal_of_the_router(api: Api, route: EndpointRoute) -> None:
    route.lead(DIVISION)
    for error, division in ((ClusterNotAllowed("no right"), COPIED), (ClusterRefused("no"), None)):
        api.takes = refuses(error)
        with pytest.raises(type(error)):
            route.lead(division)
        assert not route.misleads(DIVISION)
        assert route.misleads(division), "which the next look does"
        assert api.mark() == ""


def test_an_old_cluster_gets_a_route_of_its_version(api: Api, route: EndpointRoute) -> None:
    api.version = "gateway.networking.k8s.io/v1beta1"
    route.lead(DIVISION)
    assert api.names() == ["prices-blue", "prices-green", "prices-old"]
    assert api.route is not None
    assert all("timeouts" not in each for each in api.route["spec"]["rules"])
    assert not route.misleads(DIVISION)


@pytest.mark.parametrize("without", ["annotation", "route", "proof"])
def test_where_no_route_of_ours_leads_to_the_endpoint_nothing_is_done(
    api: Api, route: EndpointRoute, without: str
) -> None:
    assert api.route is not None
    if without == "annotation":
        api.service["metadata"]["annotations"] = {}
    elif without == "proof":
        api.route["metadata"]["annotations"] = {}
    else:
        api.route = None
    for division in (DIVISION, None):
        assert not route.misleads(division)
        route.lead(division)
    assert api.applied == 0
