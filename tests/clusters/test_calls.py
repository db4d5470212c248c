"""Calls to a real cluster, with the rights of our own Role and no others."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from scoredock.clusters import connection
from scoredock.clusters.connection import Cluster, connect
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ClusterNotAllowed, ClusterRefused, ScoredockError

from cluster import web
from cluster.running import Cluster as RealCluster
from cluster.running import wait_for
from pace import within


def config_map(name: str, labels: dict[str, str] | None = None, **data: str) -> dict[str, Any]:
    metadata = {"name": name, "labels": labels or {"app": "tests"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def test_an_object_from_its_making_to_its_end(connected: Cluster) -> None:
    assert connected.get("ConfigMap", "a") is None
    assert connected.patch("ConfigMap", "a", {"data": {"x": "1"}}) is None
    assert connected.delete("ConfigMap", "a") is False

    made = connected.create(config_map("a", x="1"))
    assert made is not None
    assert connected.create(config_map("a", x="2")) is None, "it exists"
    assert connected.apply(config_map("a", x="3"), dry_run=True)["data"] == {"x": "3"}
    assert connected.get("ConfigMap", "a")["data"] == {"x": "1"}  # type: ignore[index]
    assert connected.apply(config_map("a", x="3"))["data"] == {"x": "3"}
    assert connected.patch("ConfigMap", "a", {"data": {"y": "4", "x": None}})["data"] == {"y": "4"}  # type: ignore[index]

    assert connected.delete("ConfigMap", "a", uid="00000000-0000-0000-0000-000000000000") is False
    assert connected.get("ConfigMap", "a") is not None, "another one has that name"
    assert connected.delete("ConfigMap", "a", uid=made["metadata"]["uid"]) is True
    assert connected.get("ConfigMap", "a") is None
    assert connected.apply(config_map("a", z="5"))["data"] == {"z": "5"}


def test_fields_of_another_manager_are_left_to_it_without_force(connected: Cluster, as_admin: Cluster) -> None:
    connected.apply(config_map("a", x="1"))
    path = f"/api/v1/namespaces/{as_admin.place.namespace}/configmaps/a"
    params = {"fieldManager": "somebody", "force": "true"}
    as_admin.raw("PATCH", path, params=params, body=config_map("a", x="2"), content="application/apply-patch+yaml")
    with pytest.raises(ClusterRefused, match="somebody"):
        connected.apply(config_map("a", x="3"), force=False)
    assert connected.apply(config_map("a", x="3"))["data"] == {"x": "3"}


def test_lists_come_whole_however_many_pages_they_have(connected: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        connected.create(config_map(f"map-{number}", {"app": "many", "even": str(number % 2 == 0).lower()}))
    monkeypatch.setattr(connection, "_PAGE", 3)
    every = connected.list("ConfigMap", "app=many")
    assert [each["metadata"]["name"] for each in every] == [f"map-{number}" for number in range(7)]
    assert {(each["kind"], each["apiVersion"]) for each in every} == {("ConfigMap", "v1")}
    assert len(connected.list("ConfigMap", "app=many,even=true")) == 4
    assert len(connected.list("ConfigMap", fields="metadata.name=map-3")) == 1
    assert [each["even"] for each in connected.labels("ConfigMap", "app=many")] == [*["true", "false"] * 3, "true"]


def test_what_the_cluster_serves_decides_the_version(connected: Cluster) -> None:
    assert connected.served("Deployment") == "apps/v1"
    assert connected.served("HorizontalPodAutoscaler") == "autoscaling/v2beta2"
    assert connected.served("PodDisruptionBudget") == "policy/v1beta1"
    assert connected.served("Ingress") == "networking.k8s.io/v1"
    with pytest.raises(ClusterRefused, match="has no HTTPRoute"):
        connected.served("HTTPRoute")
    assert connected.has_group("metrics.k8s.io")
    assert not connected.has_group("gateway.networking.k8s.io")
    assert connected.version().startswith("v1.20")


def test_a_pod_its_log_its_events_and_its_figures(
    connected: Cluster, cluster: RealCluster, namespace: str, image: str
) -> None:
    cluster.apply(web.single(image), namespace)

    def log(**options: Any) -> list[str]:
        with connected.log("web", container="web", **options) as lines:
            return list(lines)

    wait_for(lambda: any(each["reason"] == "Started" for each in connected.events_of("Pod", "web")), "its start", 60)
    assert connected.events_of("Pod", "web", "another") == []
    assert log() == []
    assert log(previous=True) == []
    assert list(connected.log("nobody")) == []
    assert list(connected.log("web", container="nobody")) == []
    wait_for(lambda: connected.metrics("app=web"), "figures", 60)
    assert connected.metrics("app=nothing") == []
    assert connected.delete("Pod", "web", grace=0) is True
    wait_for(lambda: connected.get("Pod", "web") is None, "its end", 30)


def test_a_log_that_is_followed_ends_when_somebody_says_so(
    connected: Cluster, cluster: RealCluster, namespace: str, image: str
) -> None:
    manifest = web.single(image).replace("exec $b httpd", "echo one; echo two; exec $b httpd")
    cluster.apply(manifest, namespace)
    wait_for(lambda: list(connected.log("web", container="web")) == ["one", "two"], "its log", 60)
    stamped = list(connected.log("web", container="web", timestamps=True, tail=1))
    assert stamped[0].endswith("Z two")
    assert list(connected.log("web", container="web", since_time="2020-01-01T00:00:00Z")) == ["one", "two"]
    assert list(connected.log("web", container="web", since_time="2120-01-01T00:00:00Z")) == []
    assert list(connected.log("web", container="web", limit_bytes=2)) == ["on"]

    lines = connected.log("web", container="web", follow=True)
    seen: list[str] = []
    reader = threading.Thread(target=lambda: seen.extend(lines))
    reader.start()
    wait_for(lambda: seen == ["one", "two"], "both lines", 20)
    lines.close()
    reader.join(10)
    assert not reader.is_alive()
    assert list(lines) == []


def test_a_right_that_is_missing_is_named(connected: Cluster) -> None:
    with pytest.raises(ClusterNotAllowed) as refused:
        connected.list("ResourceQuota")
    place = connected.place
    assert refused.value.message == f"This login may not list resourcequotas in the namespace “{place.namespace}”."
    assert refused.value.details == {"verb": "list", "resource": "resourcequotas", "namespace": place.namespace}
    assert "scoredock compute check" in refused.value.fix


def test_what_the_cluster_refuses_it_says_itself(connected: Cluster, as_admin: Cluster) -> None:
    with pytest.raises(ClusterRefused, match=r"metadata\.name: Invalid value"):
        connected.create(config_map("NOT_A_NAME"))
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}}
    as_admin.create({**quota, "spec": {"hard": {"count/configmaps": "2"}}})
    wait_for(lambda: as_admin.get("ResourceQuota", "small").get("status", {}).get("used"), "the quota", 30)  # type: ignore[union-attr]
    connected.create(config_map("map"))
    with pytest.raises(ClusterRefused, match="exceeded quota: small"):
        connected.create(config_map("map-2"))


def test_a_namespace_that_ends_and_one_that_is_not_there(as_admin: Cluster) -> None:
    held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["tests/held"]}}
    as_admin.create(held)
    as_admin.delete("Namespace", as_admin.place.namespace)
    try:

        def code() -> str:
            try:
                as_admin.apply(config_map("late"))
            except ScoredockError as refused:
                return refused.code
            return ""

        wait_for(lambda: code() == "cluster-namespace-ends", "its end to begin", 20)
    finally:
        as_admin.patch("ConfigMap", "held", {"metadata": {"finalizers": None}})
    nowhere = connect(ClusterPlace(as_admin.place.context, "tests-nowhere", as_admin.place.kubeconfig))
    with pytest.raises(ScoredockError, match="no namespace “tests-nowhere”") as refused:
        nowhere.apply(config_map("a"))
    assert refused.value.code == "cluster-namespace-missing"


def test_one_connection_for_a_place_is_shared_by_all(connected: Cluster) -> None:
    assert connect(connected.place) is connected
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                name = f"map-{number}-{turn}"
                connected.apply(config_map(name, x="1"))
                assert connected.get("ConfigMap", name)
                assert connected.delete("ConfigMap", name)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert faults == []


def test_calls_end_while_the_api_server_says_nothing(disturbed: RealCluster, as_admin: Cluster) -> None:
    assert as_admin.version()
    disturbed.pause_api()
    try:
        start = time.monotonic()
        with pytest.raises(ScoredockError, match="no answer in time") as refused:
            as_admin.list("ConfigMap")
        assert refused.value.code == "cluster-unreachable"
        assert within(time.monotonic() - start, 11)
    finally:
        disturbed.resume_api()
    assert as_admin.version()
