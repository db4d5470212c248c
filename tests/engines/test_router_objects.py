"""The router of an endpoint in a cluster: its objects, its routes, and what its pods have counted. Without a cluster;
tests/cluster/test_endpoints_on_cluster.py has one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from scoredock.clusters.target import ClusterPlace, ClusterTarget
from scoredock.engines.base import Launch, RouterReport
from scoredock.engines.handle import ROUTERS_FOLDER, Handle
from scoredock.engines.kubernetes import router_pods
from scoredock.engines.kubernetes.engine import KubernetesEngine
from scoredock.engines.kubernetes.identity import ROUTER, is_ours, object_name, part_of, require_ours
from scoredock.engines.kubernetes.labels import PART, SPEC, TAKEN
from scoredock.engines.kubernetes.manifests import manifests
from scoredock.engines.kubernetes.router_objects import routes_in, routes_in_force, routes_map
from scoredock.engines.kubernetes.service_objects import copy_log
from scoredock.errors import ClusterUnreachable, ScoredockError
from scoredock.services.endpoints.cluster_router import RouterInCluster, Surroundings

from scoredock_runtime.contract import CHALLENGE_HEADER, Route, Routes

PLACE = ClusterPlace("prod", "models")
TARGET = ClusterTarget("aks", PLACE, "registry.example.com/team")
ROUTES = Routes([Route("blue", 80, 100, host="10.96.0.7")], "blue", turn=4)


def objects(folder: Path, name: str, routes: Routes | None) -> list[dict[str, Any]]:
    folder.mkdir(parents=True, exist_ok=True)
    launch = Launch(
        service=name,
        workspace="local",
        revision=1,
        folder=folder,
        app_root=folder,
        entry_script="" if routes is not None else "score.py",
        source_directory=None,
        model_dir="",
        python=Path("/opt/env/bin/python"),
        port=None,
        nonce="ab" * 32,
        image="registry.example.com/team@sha256:" + "c" * 64,
        routes=routes,
        cluster=TARGET,
        configuration={"numReplicas": 2},
    )
    return manifests(launch, TARGET)


RECOMMENDED = tuple(f"app.kubernetes.io/{name}" for name in ("instance", "component", "part-of"))


@pytest.fixture
def router(tmp_path: Path) -> list[dict[str, Any]]:
    folder = tmp_path / ROUTERS_FOLDER / "prices"
    return objects(folder, object_name(folder), ROUTES)


def test_each_object_and_pod_says_what_it_belongs_to(router: list[dict[str, Any]], tmp_path: Path) -> None:
    """For the tools that group what runs in a cluster; nothing is selected by it."""
    service = objects(tmp_path / "services" / "prices", "prices", None)
    name = next(each["metadata"]["name"] for each in router if each["kind"] == "Deployment")
    for made, of in ((service, ("prices", "scoring", "scoredock")), (router, (name, ROUTER, "scoredock"))):
        templates = [each["spec"]["template"] for each in made if each["kind"] == "Deployment"]
        assert templates
        for each in (*made, *templates):
            labels = each["metadata"]["labels"]
            assert tuple(labels.get(label) for label in RECOMMENDED) == of, each
        selectors = json.dumps([each.get("spec", {}).get("selector") for each in made])
        assert not any(label in selectors for label in RECOMMENDED)


def test_objects_of_a_router_are_never_those_of_a_service(router: list[dict[str, Any]], tmp_path: Path) -> None:
    assert {each["kind"] for each in router} == {
        "Secret",
        "ConfigMap",
        "Deployment",
        "Service",
        "PodDisruptionBudget",
    }
    service = objects(tmp_path / "services" / "prices-endpoint", "prices-endpoint", None)
    for ours, others, part in ((router, service, ROUTER), (service, router, "")):
        assert all(is_ours(each, tmp_path, PLACE, part) for each in ours)
        assert not any(is_ours(each, tmp_path, PLACE, part) for each in others)
        with pytest.raises(ScoredockError) as refused:
            require_ours(others[0], tmp_path, PLACE, part)
        assert refused.value.code == "cluster-name-taken"
    for each in router:  # and no other label makes them one
        del each["metadata"]["labels"][PART]
        assert not is_ours(each, tmp_path, PLACE)
        assert not is_ours(each, tmp_path, PLACE, ROUTER)


def test_the_first_version_may_have_the_name_of_the_endpoint(tmp_path: Path) -> None:
    assert object_name(tmp_path / "services" / "prices") == "prices"
    assert object_name(tmp_path / ROUTERS_FOLDER / "prices") == "prices-endpoint"
    assert part_of(tmp_path / ROUTERS_FOLDER / "prices") == ROUTER


def test_probes_reach_no_version_and_a_change_of_routes_replaces_no_pod(
    router: list[dict[str, Any]], tmp_path: Path
) -> None:
    folder = tmp_path / ROUTERS_FOLDER / "prices"
    template = _deployment(router)["spec"]["template"]
    (container,) = template["spec"]["containers"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert [each["name"] for each in container[probe]["httpGet"]["httpHeaders"]] == [CHALLENGE_HEADER]
    spec = json.loads(template["metadata"]["annotations"][SPEC])
    assert spec["routes"] is None
    assert spec["routes_folder"] in [each["mountPath"] for each in container["volumeMounts"]]
    changed = objects(folder, "prices-endpoint", replace(ROUTES, versions=[replace(ROUTES.versions[0], share=50)]))
    assert _deployment(changed)["spec"]["template"] == template
    assert len({json.dumps(each) for each in (*router, *changed)}) == len(router) + 1, "only the ConfigMap is another"


def _deployment(documents: list[dict[str, Any]]) -> dict[str, Any]:
    return next(each for each in documents if each["kind"] == "Deployment")


def test_routes_are_in_force_once_every_pod_has_taken_them() -> None:
    document = routes_map(ROUTES, "prices-endpoint", {"annotations": {}})
    assert routes_in(document) == ROUTES
    assert routes_in_force(document) is None
    for taken, expected in (("3", None), ("4", replace(ROUTES, turn=0)), ("four", None)):
        document["metadata"]["annotations"][TAKEN] = taken
        assert routes_in_force(document) == expected
    for damaged in (None, {}, {"data": {"routes.json": "{"}}, {"data": {"routes.json": "[]"}}):
        assert routes_in(damaged) is None
        assert routes_in_force(damaged) is None


def report(pod: str, blue: int, green: int = 0, **more: float) -> RouterReport:
    counts = dict.fromkeys(
        ("refused", "failed", "lost", "copied", "different", "uncopied", "copy_seconds", "answer_seconds"), 0.0
    )
    versions = {
        name: {**counts, "succeeded": float(number), "seconds": number / 100, **more}
        for name, number in (("blue", blue), ("green", green))
        if number
    }
    return RouterReport(pod, {"versions": versions, "withdrawals": [], "turn": 4})


def test_counts_of_all_pods_are_added_also_of_those_that_are_gone(tmp_path: Path) -> None:
    folder = tmp_path / ROUTERS_FOLDER / "prices"
    folder.mkdir(parents=True)
    engine = Mock(spec=KubernetesEngine())
    cluster_router = RouterInCluster(Surroundings(Mock(folder=tmp_path), Mock(), {"kubernetes": engine}))

    def blue_and_green(*reports: RouterReport) -> list[int]:
        engine.router_reports.return_value = list(reports)
        seen = cluster_router.answered(Handle("kubernetes", folder))
        return [seen[name].requests if name in seen else 0 for name in ("blue", "green")]

    assert blue_and_green(report("one", 5), report("two", 3, 1)) == [8, 1]
    assert blue_and_green(report("two", 4, 1)) == [9, 1], "one does not answer just now"
    assert blue_and_green(report("two", 4, 2), report("three", 1)) == [10, 2], "another one is in its place"
    assert blue_and_green(report("two", 2, 1)) == [10, 2], "an older look that was overtaken"
    engine.router_reports.side_effect = ClusterUnreachable("away")
    assert blue_and_green() == [10, 2]
    engine.router_reports.side_effect = None
    (folder / "counts.json").write_text("{")
    assert blue_and_green(report("two", 7, 2, away_since=12.0)) == [7, 2]
    assert cluster_router.answered(Handle("kubernetes", folder))["green"].away_since == 12.0
    engine.router_reports.return_value = [report("four", 1)]
    assert cluster_router.answered(Handle("kubernetes", folder))["green"].away_since == 0.0, "said by one that is gone"


def test_a_withdrawal_that_two_pods_made_is_one(tmp_path: Path) -> None:
    folder = tmp_path / ROUTERS_FOLDER / "prices"
    folder.mkdir(parents=True)
    engine = Mock(spec=KubernetesEngine())
    cluster_router = RouterInCluster(Surroundings(Mock(folder=tmp_path), Mock(), {"kubernetes": engine}))
    line = {
        "time": 1.0,
        "version": "green",
        "kind": "errors",
        "measured": 50.0,
        "requests": 20,
        "share": 10,
        "armed": 2,
    }
    both = [replace(report(pod, 1), traffic={"versions": {}, "withdrawals": [line]}) for pod in ("one", "two")]
    for reports in (both, both[:1], []):
        engine.router_reports.return_value = reports
        cluster_router.answered(Handle("kubernetes", folder))
        assert [name for name, _ in cluster_router.withdrawals("prices")] == ["green"]
    assert cluster_router.withdrawals("prices")[0][1].armed == 2


def running(name: str, ready: str) -> dict[str, Any]:
    """A pod whose containers were ready when its node said so last."""
    conditions = [{"type": "Ready", "status": ready}, {"type": "ContainersReady", "status": "True"}]
    return {
        "metadata": {"name": name, "uid": f"uid of {name}"},
        "status": {"phase": "Running", "conditions": conditions},
    }


def test_nobody_waits_for_a_pod_whose_node_the_cluster_has_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pods = [running("here", "True"), running("away", "False")]
    cluster = Mock()
    cluster.list.side_effect = lambda kind, *_: pods if kind == "Pod" else []
    cluster.log.return_value = ()
    copy_log(cluster, Handle("kubernetes", tmp_path, name="prices-endpoint"))
    assert [call.args for call in cluster.log.call_args_list] == [("here",)]

    reached = []

    def pod_answer(_cluster: object, pod: str, *_: object) -> str:
        reached.append(pod)
        return "{}"

    monkeypatch.setattr(router_pods, "pod_answer", pod_answer)
    reports = router_pods.RouterPods(cluster, "prices-endpoint", "").reports()
    assert reached == ["here"]
    assert [each.router for each in reports] == ["uid of here"]
