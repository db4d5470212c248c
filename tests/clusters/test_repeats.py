"""What a pod has not answered when it is lost goes once to another one, by the port of this machine; and nothing else
does."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from scoredock.clusters import forward as module
from scoredock.clusters.connection import connect
from scoredock.clusters.forward import Forward
from scoredock.clusters.objects import NEVER, REPEATS
from scoredock.clusters.target import ClusterPlace
from scoredock.forwarding.forwards import ServiceForward, ensure_forward, own_way, read_state

from cluster import web
from cluster.credentials import write_config
from pace import patience

from .conftest import confirmed_place
from .scripted_pods import ScriptedPod, ScriptedPods, Send, answer
from .test_forward import by_turns


@pytest.fixture
def pods() -> Iterator[ScriptedPods]:
    with ScriptedPods("one", "two").running() as running:
        yield running


@pytest.fixture
def place(pods: ScriptedPods, tmp_path: Path) -> ClusterPlace:
    write_config(tmp_path / "pods.conf", "pods", {"server": pods.address}, {})
    return confirmed_place(ClusterPlace("pods", "team", str(tmp_path / "pods.conf")))


@pytest.fixture
def forward(place: ClusterPlace) -> Iterator[Forward]:
    with Forward(connect(place), by_turns("one", "two"), web.PORT, repeats=True) as running:
        yield running


@contextlib.contextmanager
def caller(port: int, seconds: float = 20) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience(seconds))
    with contextlib.closing(connection):
        yield connection


def post(connection: http.client.HTTPConnection, body: bytes = b"[1, 2]") -> bytes:
    connection.request("POST", "/score", body)
    return connection.getresponse().read()


def bodies(pods: ScriptedPods) -> dict[str, list[bytes]]:
    return {name: each.bodies for name, each in pods.pods.items()}


def test_a_request_of_a_lost_node_is_answered_by_another_pod(pods: ScriptedPods, forward: Forward) -> None:
    pods.pods["one"].work = pods.pods["one"].go
    with caller(forward.port) as connection:
        assert post(connection) == b"two"
        assert post(connection, b"next") == b"two", "and the connection stays there"
    assert bodies(pods) == {"one": [b"[1, 2]"], "two": [b"[1, 2]", b"next"]}


def test_of_a_connection_that_is_kept_the_last_request_alone(pods: ScriptedPods, forward: Forward) -> None:
    with caller(forward.port) as connection:
        assert post(connection, b"first") == b"one"
        pods.pods["one"].work = pods.pods["one"].go
        assert post(connection, b"second") == b"two"
    assert bodies(pods) == {"one": [b"first", b"second"], "two": [b"second"]}


def test_a_slow_answer_is_waited_for(pods: ScriptedPods, forward: Forward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_DOUBT_SECONDS", (0.1,))
    monkeypatch.setattr(module, "_OPEN_SECONDS", 0.3)
    one = pods.pods["one"]

    def slowly(body: bytes, send: Send) -> bool:
        threading.Event().wait(2)
        return one.reply(body, send)

    one.work = slowly
    with caller(forward.port) as connection:
        assert post(connection) == b"one"
    assert bodies(pods)["two"] == []


def test_a_request_that_ends_its_pod_ends_no_other_one(pods: ScriptedPods, forward: Forward) -> None:
    """For lack of memory, for example: the node is there, and another pod would end as well."""
    pods.pods["one"].work = lambda body, send: False
    with caller(forward.port) as connection, pytest.raises(http.client.RemoteDisconnected):
        post(connection)
    assert bodies(pods) == {"one": [b"[1, 2]"], "two": []}


def test_a_pod_that_is_gone_with_its_connection(pods: ScriptedPods, forward: Forward) -> None:
    """Taken from the API, by a drain without grace for example."""

    def leave(body: bytes, send: Send) -> bool:
        del pods.pods["one"]
        return False

    pods.pods["one"].work = leave
    with caller(forward.port) as connection:
        assert post(connection) == b"two"


def test_after_the_first_byte_of_an_answer_nothing_is_sent_again(pods: ScriptedPods, forward: Forward) -> None:
    one = pods.pods["one"]

    def half(body: bytes, send: Send) -> bool:
        send(answer(b"half of it")[:-5])
        return not one.go(body, send)

    one.work = half
    with caller(forward.port) as connection, pytest.raises(http.client.IncompleteRead):
        post(connection)
    assert bodies(pods)["two"] == []


def test_once_for_each_request(place: ClusterPlace, pods: ScriptedPods, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second pod that is lost with it is the last one."""
    monkeypatch.setattr(module, "_DOUBT_SECONDS", (0.2,))
    monkeypatch.setattr(module, "_OPEN_SECONDS", 0.5)
    pods.pods["three"] = ScriptedPod("three")
    for name in ("one", "three"):
        pods.pods[name].work = pods.pods[name].go
    # By turns: the first pod, the one that is looked at to compare, and the one that gets the request.
    turns = by_turns("one", "two", "three")
    with (
        Forward(connect(place), turns, web.PORT, repeats=True) as forward,
        caller(forward.port, 8) as connection,
        pytest.raises((http.client.RemoteDisconnected, TimeoutError)),
    ):
        post(connection)
    assert bodies(pods) == {"one": [b"[1, 2]"], "two": [], "three": [b"[1, 2]"]}


def test_a_body_that_is_too_large_to_be_kept(
    pods: ScriptedPods, forward: Forward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does one that was given up leave anything behind."""
    monkeypatch.setattr(module, "_AGAIN_BYTES", 1000)
    with caller(forward.port) as connection:
        assert post(connection, b"x" * 2000) == b"one"
        pods.pods["one"].work = pods.pods["one"].go
        assert post(connection, b"y" * 500) == b"two", "the next one is small enough"
    assert forward._loop.again_bytes == 0


def test_all_that_is_kept_has_a_limit(pods: ScriptedPods, place: ClusterPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ALL_AGAIN_BYTES", 1500)
    go = threading.Event()
    one = pods.pods["one"]

    def wait(body: bytes, send: Send) -> bool:
        go.wait(20)
        return one.reply(body, send)

    one.work = wait
    with Forward(connect(place), lambda: "one", web.PORT, repeats=True) as forward:
        answers: list[bytes] = []

        def call() -> None:
            with caller(forward.port) as connection:
                answers.append(post(connection, b"x" * 900))

        callers = [threading.Thread(target=call) for _ in range(4)]
        for each in callers:
            each.start()
        while len(one.bodies) < 4:
            threading.Event().wait(0.02)
        assert 900 <= forward._loop.again_bytes <= 1500
        go.set()
        for each in callers:
            each.join()
    assert answers == [b"one"] * 4


@pytest.mark.parametrize("annotations", [{}, {REPEATS: NEVER}])
def test_the_pods_say_whether(annotations: dict[str, str], home: Path, place: ClusterPlace, pods: ScriptedPods) -> None:
    """At the port that a deployment gives."""
    for each in pods.pods.values():
        each.annotations = annotations
    pods.pods["one"].work = pods.pods["one"].go
    folder = home / "workspaces" / "local" / "forwards"
    try:
        port = ensure_forward(folder, ServiceForward("prices", place, "app=pods", web.PORT))
        with caller(port, 8) as connection:
            if annotations:
                with pytest.raises((http.client.RemoteDisconnected, TimeoutError)):
                    post(connection)
            else:
                assert post(connection) == b"two"
        assert bodies(pods)["two"] == ([] if annotations else [b"[1, 2]"])
    finally:
        state = read_state(folder / own_way())
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(psutil.Error, KeyError):
            psutil.Process(state["pid"]).kill()
