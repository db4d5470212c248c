"""The rights that are required are enough and are the least; what is missing of them is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from scoredock.clusters import rights
from scoredock.clusters.connection import Cluster, connect
from scoredock.clusters.forward import pod_request
from scoredock.clusters.rights import NodeSize, Right, missing, namespaces, node_sizes, quantity, required, role
from scoredock.clusters.target import ClusterPlace
from scoredock.progress import CancelToken

from cluster import web
from cluster.running import Cluster as RealCluster
from cluster.running import wait_for

from .conftest import MakePlace
from .pods import page
from .scripted import Answer, ApiRequest, ScriptedApi
from .test_calls import config_map

AUTOSCALER = {
    "minReplicas": 1,
    "maxReplicas": 2,
    "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
}


def test_the_role_is_all_that_is_needed(connected: Cluster, cluster: RealCluster, namespace: str, image: str) -> None:
    """Everything that the engine does with a cluster, by an account that has this Role only."""
    assert missing(connected) == []
    deployment, service = yaml.safe_load_all(web.deployed(image, replicas=1))
    service["spec"]["ports"][0]["protocol"] = "TCP"
    disruption = {"minAvailable": 0, "selector": {"matchLabels": {"app": "web"}}}
    objects: list[dict[str, Any]] = [
        deployment,
        service,
        config_map("web"),
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"}, "stringData": {"a": "b"}},
    ]
    for kind, spec in (("HorizontalPodAutoscaler", AUTOSCALER), ("PodDisruptionBudget", disruption)):
        objects.append({"apiVersion": connected.served(kind), "kind": kind, "metadata": {"name": "web"}, "spec": spec})
    for each in objects:
        kind = each["kind"]
        connected.apply(each, dry_run=True)
        connected.apply(each)
        assert connected.get(kind, "web")
        assert connected.list(kind)
        assert connected.patch(kind, "web", {"metadata": {"labels": {"app": "web"}}})

    def ready() -> list[str]:
        pods = connected.list("Pod", "app=web")
        statuses = [each["status"].get("containerStatuses", [{}])[0] for each in pods]
        return [each["metadata"]["name"] for each, status in zip(pods, statuses, strict=True) if status.get("ready")]

    wait_for(ready, "the pod", 60)
    with pod_request(connected, ready()[0], web.PORT) as port:
        assert page(port).startswith(b"web")
    assert list(connected.log(ready()[0], container="web")) == []
    assert connected.events_of("Pod", ready()[0])
    assert connected.list("ReplicaSet")
    connected.metrics("app=web")
    for kind in ("Deployment", "Pod", "ReplicaSet", "Event"):
        next(iter(connected.watch(kind, "", CancelToken())))
    assert connected.delete("Pod", ready()[0])
    for each in objects:
        assert connected.delete(each["kind"], "web")


@pytest.mark.parametrize("resource", ["deployments", "pods/portforward", "secrets"])
def test_each_right_that_is_taken_away_is_named(
    cluster: RealCluster, namespace: str, tmp_path: Path, resource: str
) -> None:
    place = ClusterPlace(cluster.context, namespace)
    content = next(each for each in yaml.safe_load_all(role(place, "own")) if each["kind"] == "Role")
    for rule in content["rules"]:
        rule["resources"] = [each for each in rule["resources"] if each != resource]
    content["rules"] = [each for each in content["rules"] if each["resources"]]
    file = cluster.role_config(namespace, yaml.safe_dump(content), tmp_path)
    lacks = missing(connect(ClusterPlace(cluster.context, namespace, str(file))))
    assert lacks == [each for each in required() if each.resource == resource]


def test_nothing_of_another_namespace_or_of_the_whole_cluster_is_asked_for() -> None:
    place = ClusterPlace("any", "team")
    documents = list(yaml.safe_load_all(role(place, "scoredock")))
    assert [each["kind"] for each in documents] == ["ServiceAccount", "Role", "RoleBinding"]
    assert {each["metadata"]["namespace"] for each in documents} == {"team"}
    assert "*" not in role(place, "scoredock")
    granted = {
        (group, resource, verb)
        for rule in documents[1]["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert {(each.group, each.resource, each.verb) for each in required()} <= granted
    groups = {"", "apps", "autoscaling", "batch", "policy", "metrics.k8s.io"}
    assert {group for group, resource, verb in granted} == groups


def test_what_an_administrator_applies_is_taken_as_it_is(as_admin: Cluster) -> None:
    for document in yaml.safe_load_all(role(as_admin.place, "scoredock")):
        as_admin.apply(document)
    assert as_admin.get("RoleBinding", "scoredock")["subjects"][0]["name"] == "scoredock"  # type: ignore[index]


def test_who_may_looks_around_and_who_may_not_gets_nothing(as_admin: Cluster, connected: Cluster) -> None:
    assert as_admin.place.namespace in (namespaces(as_admin) or [])
    sizes = node_sizes(as_admin)
    assert sizes
    assert [each.name for each in sizes] == ["node1", "node2"]
    assert all(each.ready and each.cpu >= 1 and each.memory > 10**9 and each.gpus == 0 for each in sizes)
    assert namespaces(connected) is None
    assert node_sizes(connected) is None


def test_rights_that_something_else_than_roles_gives_are_asked_for_one_by_one(
    api: ScriptedApi, to_api: MakePlace
) -> None:
    """As on AKS with Azure's own: the list of rules is not complete there."""

    def answer(asked: ApiRequest) -> Answer:
        spec = json.loads(asked.body)["spec"]
        if asked.path.endswith("selfsubjectrulesreviews"):
            rule = {"verbs": ["*"], "apiGroups": [""], "resources": ["*"]}
            return Answer(201, {"status": {"resourceRules": [rule], "incomplete": True}})
        attributes = spec["resourceAttributes"]
        return Answer(201, {"status": {"allowed": attributes["verb"] != "patch"}})

    api.answer = answer
    lacks = missing(connect(to_api()))
    assert [each.resource for each in lacks] == ["deployments", "horizontalpodautoscalers", "poddisruptionbudgets"]
    assert {each.verb for each in lacks} == {"patch"}
    assert lacks[0].described("team") == "patch deployments.apps in the namespace “team”"
    assert Right("get", "pods/log").described("team") == "get pods/log in the namespace “team”"


@pytest.mark.parametrize(
    ("text", "value"),
    [("500m", 0.5), ("4", 4.0), ("16374132Ki", 16374132 * 1024), ("1.5Gi", 1.5 * 2**30), ("2e3", 2e3)],
)
def test_quantities(text: str, value: float) -> None:
    assert quantity(text) == value


def test_sizes_of_nodes(api: ScriptedApi, to_api: MakePlace) -> None:
    free = {"cpu": "3920m", "memory": "1Gi", "nvidia.com/gpu": "2", "ephemeral-storage": "12"}
    node = {"metadata": {"name": "a"}, "status": {"allocatable": free}}
    api.answer = lambda _: Answer(200, {"items": [node]})
    assert node_sizes(connect(to_api())) == [NodeSize("a", False, 3.92, 2**30, 2)]
    with pytest.raises(ValueError, match="4 cows"):
        rights.quantity("4 cows")
