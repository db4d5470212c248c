"""Many services of one namespace that are looked at together: what is read of the cluster, as its API server counts."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from scoredock.clusters.connection import connect
from scoredock.engines.kubernetes.engine import KubernetesEngine
from scoredock.engines.kubernetes.identity import ClusterRecord, marks, remember
from scoredock.engines.kubernetes.namespace_looks import NamespaceLooks

from .conftest import MakePlace
from .scripted import Answer, ApiRequest, ScriptedApi

NAMES = [f"prices-{number}" for number in range(8)]
STOPPED = [f"old-{number}" for number in range(92)]
KINDS = ("deployments", "replicasets", "pods", "services")


def _object(name: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": name}
    return {"metadata": {"name": name, "labels": labels, "annotations": {}}, "spec": {"replicas": 0}, "status": {}}


def _answer(asked: ApiRequest) -> Answer:
    """A namespace of a hundred services; selectors of names count."""
    *_, above, last = asked.path.split("/")
    if last not in KINDS:
        is_there = above in KINDS and last in (*NAMES, *STOPPED)
        return Answer(200, _object(last)) if is_there else Answer(404, {"kind": "Status"})
    selector = asked.query.get("labelSelector", "")
    wanted = selector.partition(" in (")[2].rstrip(")").split(",") if " in (" in selector else [*NAMES, *STOPPED]
    named = [name for name in wanted if name in (*NAMES, *STOPPED)] if last in ("deployments", "services") else []
    return Answer(200, {"items": [_object(name) for name in named]})


@pytest.fixture
def looks(api: ScriptedApi, to_api: MakePlace) -> Any:
    api.answer = _answer
    cluster, kept = connect(to_api()), NamespaceLooks()

    def look(name: str) -> Any:
        return kept.objects(cluster, name)

    look.forget = lambda: kept.note_change(cluster.place)
    return look


def test_those_that_run_are_read_together_and_the_others_not_at_all(api: ScriptedApi, looks: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(looks, NAMES))  # whoever comes first is read alone
        api.asked.clear()
        looks.forget()
        seen = list(pool.map(looks, NAMES))
    assert [each.deployment["metadata"]["name"] for each in seen] == NAMES
    asked = Counter(each.path.rpartition("/")[2] for each in api.asked)
    assert all(0 < asked[kind] < len(NAMES) for kind in KINDS), asked
    for each in api.asked:
        assert "old-" not in each.query.get("labelSelector", "old-"), each


def test_one_that_nobody_has_looked_at_before_is_read_as_well(api: ScriptedApi, looks: Any) -> None:
    for name in NAMES:
        looks(name)
    assert looks("old-7").deployment["metadata"]["name"] == "old-7"
    assert looks("nothing").deployment is None
    assert all(each.deployment is not None for each in map(looks, NAMES))


def test_more_names_than_a_selector_holds(api: ScriptedApi, looks: Any) -> None:
    long = [f"{'x' * 200}-{number}" for number in range(12)]
    for name in [*long, "prices-1"]:
        last = looks(name)
    assert last.deployment["metadata"]["name"] == "prices-1"
    assert max(len(each.query.get("labelSelector", "")) for each in api.asked) < 2200


def test_of_many_stopped_services_those_with_a_pod_alone_are_read(
    api: ScriptedApi, to_api: MakePlace, tmp_path: Path
) -> None:
    place, owner = to_api(), tmp_path / "workspace"
    owner.mkdir()
    for name in (*NAMES, *STOPPED):
        remember(owner / "services" / name, ClusterRecord(place, "nonce"))

    def running(name: str) -> dict[str, Any]:
        labels, annotations = marks(owner, place, name)
        return {"metadata": {"name": name, "labels": labels, "annotations": annotations}, "spec": {"replicas": 1}}

    def answer(asked: ApiRequest) -> Answer:
        *_, above, last = asked.path.split("/")
        if last == "pods":
            pods = [running("old-7"), running("of-nobody")]
            return Answer(200, {"items": [{"metadata": each["metadata"]} for each in pods]})
        return Answer(200, running(last)) if above == "deployments" else Answer(404, {"kind": "Status"})

    api.answer = answer
    engine = KubernetesEngine()
    assert [each.folder.name for each in engine.find_named(str(owner), STOPPED)] == ["old-7"]
    listed, *read = [each for each in api.asked if each.path.rpartition("/")[2] not in ("v1", "apis")]
    assert "as=PartialObjectMetadataList" in listed.headers["accept"]
    assert [each.path.rpartition("/")[2] for each in read if "/deployments/" in each.path] == ["old-7"]

    # One that is about to change is read as it is, whether it has a pod yet or not.
    assert [each.folder.name for each in engine.find_named(str(owner), ["old-8"])] == ["old-8"]
