"""Many services of one namespace that are looked at together: what is read of the cluster, as its API server counts."""

from __future__ import annotations

import email.utils
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scoredock.clusters import call_time
from scoredock.clusters.connection import connect
from scoredock.clusters.target import ClusterPlace, patient_looks
from scoredock.engines.kubernetes.engine import KubernetesEngine
from scoredock.engines.kubernetes.identity import ClusterRecord, handle_of, marks, remember
from scoredock.engines.kubernetes.namespace_looks import NamespaceLooks
from scoredock.engines.kubernetes.reading import events_of
from scoredock.errors import ClusterUnreachable

from cluster.credentials import write_config
from cluster.running import wait_for

from .conftest import MakePlace, confirmed_place
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


@contextmanager
def silent_server(drip: bytes = b"") -> Iterator[tuple[str, list[float]]]:
    """Its address, and for how long each connection was held until whoever waited for an answer went away. A byte of
    `drip` comes each tenth of a second."""
    waits: list[float] = []

    def hold(near: socket.socket) -> None:
        began = time.monotonic()
        with near, suppress(OSError):
            while near.recv(1 << 16):
                near.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n" if drip else b"")
                for byte in drip:
                    near.sendall(bytes([byte]))
                    time.sleep(0.1)
        waits.append(time.monotonic() - began)

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=hold, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", waits
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(("count", "drip"), [(1, b""), (5, b""), (5, b" " * 600)])
def test_a_silent_cluster_is_waited_for_once_for_all_who_look(tmp_path: Path, count: int, drip: bytes) -> None:
    """One that answers byte by byte is as good as silent."""
    owner, engine = tmp_path / "workspace", KubernetesEngine()
    with silent_server(drip) as (address, waits):
        config = write_config(tmp_path / "silent.conf", "silent", {"server": address}, {})
        record = ClusterRecord(confirmed_place(ClusterPlace("silent", "team", str(config))), "nonce", port=1)
        handles = [handle_of(owner / "services" / name, record) for name in NAMES[:count]]
        with ThreadPoolExecutor(count) as pool:
            seen = list(pool.map(engine.observe, handles))
    assert {(each.state, each.phase) for each in seen} == {("Unhealthy", "cluster does not answer")}
    wait_for(lambda: waits, "the end of its connection", 5)
    assert len(waits) == 1
    assert sum(waits) < 8, "the limit of a look, not that of a call"


def test_a_silent_server_is_waited_for_once_by_looks_at_two_of_its_namespaces(tmp_path: Path) -> None:
    """One after the other, as a command does it that first sees to what is stopped."""
    with silent_server() as (address, waits):
        config = write_config(tmp_path / "silent.conf", "silent", {"server": address}, {})
        places = [confirmed_place(ClusterPlace("silent", name, str(config))) for name in ("team", "other", "team")]
        for place in places:
            with pytest.raises(ClusterUnreachable, match="no answer in time"), connect(place).look():
                connect(place).version()
        wait_for(lambda: waits, "the end of its connection", 5)
        assert len(waits) == 1


def test_the_limit_of_a_look_is_of_the_network(
    api: ScriptedApi, to_api: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that is busy before it gets to a call is not a cluster that does not answer, nor is one that is
    slow."""
    ahead = [0.0]
    monkeypatch.setattr(call_time, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + ahead[0]))

    def answer(_: ApiRequest) -> Answer:
        ahead[0] += 1.5
        return Answer(200, {"gitVersion": "v1.30.0"})

    api.answer = answer
    cluster = connect(to_api())
    with cluster.look():
        ahead[0] += 60
        assert {cluster.version() for _ in range(4)} == {"v1.30.0"}


RECORDED = Path(__file__).parents[1] / "engines" / "cluster_objects" / "preempted.json"


@pytest.mark.parametrize("apart", [0, -86_400, 86_400])
def test_what_a_look_says_goes_by_the_clock_of_the_cluster(
    api: ScriptedApi, to_api: MakePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: float
) -> None:
    """A replica was ended for a more important one some seconds ago, whatever time this machine thinks that it is."""
    objects = json.loads(RECORDED.read_text())
    recent = max(each.at for each in events_of(objects["events"])) + 20
    api.date = email.utils.formatdate(recent, usegmt=True)
    monkeypatch.setattr(time, "time", lambda: recent + apart)
    lists = {"replicasets": objects["replica_sets"], "pods": objects["pods"], "events": objects["events"]}

    def answer(asked: ApiRequest) -> Answer:
        *_, above, last = asked.path.split("/")
        if above == "autoscaling":
            return Answer(200, {"resources": [{"kind": "HorizontalPodAutoscaler"}]})
        if above == "deployments":
            return Answer(200, objects["deployment"])
        return Answer(200, {"items": lists[last]}) if last in lists else Answer(404, {"kind": "Status"})

    api.answer = answer
    name = objects["deployment"]["metadata"]["name"]
    handle = handle_of(tmp_path / "workspace" / "services" / name, ClusterRecord(to_api(), "nonce", port=1))
    seen = KubernetesEngine().observe(handle)
    assert seen.failure is not None
    assert seen.failure.cause == "replica-preempted"
    # How old a replica is, is counted from the time of this machine.
    ages = [recent + apart - each.started for each in seen.replicas]
    assert ages
    assert all(0 <= each < 3600 for each in ages), ages


@pytest.mark.long("the others wait for two seconds")
def test_a_patient_look_waits_longer(tmp_path: Path) -> None:
    with silent_server() as (address, waits):
        config = write_config(tmp_path / "silent.conf", "silent", {"server": address}, {})
        cluster = connect(confirmed_place(ClusterPlace("silent", "team", str(config))))
        with patient_looks(), cluster.look(), pytest.raises(ClusterUnreachable, match="no answer in time"):
            cluster.version()
    assert waits[0] > 4
