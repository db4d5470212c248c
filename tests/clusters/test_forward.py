"""Ports of pods through the API server: whole in both directions, tried again where that is safe, and ended."""

from __future__ import annotations

import http.client
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from scoredock.clusters import forward as module
from scoredock.clusters.connection import Cluster, connect
from scoredock.clusters.forward import Forward, pod_request
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ScoredockError

from cluster import web
from cluster.running import Cluster as RealCluster
from cluster.running import wait_for

from .pods import BIG_BYTES, ECHO_PORT, heard, page, started, talk


@pytest.fixture(scope="module")
def reached(
    shared_cluster: RealCluster, image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Cluster, list[str]]]:
    """Two pods, and the cluster."""
    with shared_cluster.namespace() as namespace:
        started(shared_cluster, namespace, image, "one", "two")
        place = ClusterPlace(shared_cluster.context, namespace, str(shared_cluster.kubeconfig))
        yield connect(place), ["one", "two"]


def by_turns(*names: str) -> Callable[[], str]:
    turn = iter(range(10**9))
    return lambda: names[next(turn) % len(names)]


def test_each_connection_goes_where_it_is_sent(cluster: RealCluster, reached: tuple[Cluster, list[str]]) -> None:
    connected, names = reached
    with Forward(connected, by_turns(*names), web.PORT) as forward:
        assert [page(forward.port) for _ in range(4)] == [b"one\n", b"two\n"] * 2
        wait_for(lambda: forward.connections == 0, "the end of all connections", 20)


def test_big_bodies_come_whole_in_both_directions(cluster: RealCluster, reached: tuple[Cluster, list[str]]) -> None:
    connected, _ = reached
    content = random.Random(7).randbytes(BIG_BYTES)
    with Forward(connected, lambda: "one", ECHO_PORT) as forward, talk(forward.port) as connection:
        sender = threading.Thread(target=connection.sendall, args=(content,))
        sender.start()
        assert heard(connection, BIG_BYTES) == content
        sender.join()


@pytest.mark.long("what is sent arrives whole at the gate")
def test_a_reader_that_takes_nothing_fills_no_memory_and_loses_nothing(
    cluster: RealCluster, reached: tuple[Cluster, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected, _ = reached
    monkeypatch.setattr(module, "_AHEAD_BYTES", 1024 * 1024)
    content = random.Random(8).randbytes(6 * BIG_BYTES)
    with Forward(connected, lambda: "one", ECHO_PORT) as forward, talk(forward.port) as connection:
        before = psutil.Process().memory_full_info().uss
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sender = threading.Thread(target=connection.sendall, args=(content,))
        sender.start()
        # Until all is on its way, most of it in sockets, or these take no more.
        sender.join(20)
        time.sleep(2)
        assert psutil.Process().memory_full_info().uss - before < BIG_BYTES
        assert heard(connection, len(content)) == content
        sender.join()


@pytest.mark.timed
def test_a_slow_reader_gets_all_of_an_answer_whose_pod_has_closed(
    cluster: RealCluster, reached: tuple[Cluster, list[str]]
) -> None:
    connected, _ = reached
    with Forward(connected, lambda: "one", web.PORT) as forward, talk(forward.port) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.sendall(b"GET /big HTTP/1.0\r\n\r\n")
        time.sleep(4)
        assert len(heard(connection, 2 * BIG_BYTES)) > BIG_BYTES


def test_a_client_that_ends_its_half_gets_the_answer(cluster: RealCluster, reached: tuple[Cluster, list[str]]) -> None:
    connected, _ = reached
    content = random.Random(9).randbytes(2_000_000)
    with Forward(connected, lambda: "one", ECHO_PORT) as forward, talk(forward.port) as connection:
        sender = threading.Thread(target=lambda: (connection.sendall(content), connection.shutdown(socket.SHUT_WR)))
        sender.start()
        assert heard(connection, 2 * len(content)) == content, "and then the connection ends"
        sender.join()


def test_a_client_that_has_gone_leaves_no_connection(
    cluster: RealCluster, reached: tuple[Cluster, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected, _ = reached
    monkeypatch.setattr(module, "_QUIET_SECONDS", 0.3)
    with Forward(connected, lambda: "one", ECHO_PORT) as forward:
        with talk(forward.port) as connection:
            connection.sendall(b"hello")
            assert heard(connection, 5) == b"hello"
        wait_for(lambda: forward.connections == 0, "its end", 20)


def test_a_pod_that_cannot_be_reached_is_passed_over_and_nothing_is_lost(
    cluster: RealCluster, reached: tuple[Cluster, list[str]]
) -> None:
    connected, _ = reached
    names = iter(["", "nobody", "", "one"])
    with Forward(connected, lambda: next(names, "one"), web.PORT) as forward:
        assert page(forward.port) == b"one\n"


def test_a_port_that_refuses_gets_the_request_again_elsewhere(
    cluster: RealCluster, reached: tuple[Cluster, list[str]], namespace: str, image: str
) -> None:
    """A pod that is there and does not listen yet: nobody has seen the request."""
    connected, _ = reached
    manifest = web.single(image).replace("exec $b httpd", "$b sleep 5; exec $b httpd")
    cluster.apply(manifest, namespace)
    wait_for(lambda: cluster.get("pod", "web", "-n", namespace)["status"]["phase"] == "Running", "the pod", 60)
    place = ClusterPlace(connected.place.context, namespace, connected.place.kubeconfig)
    with Forward(connect(place), lambda: "web", web.PORT) as forward:
        wait_for(lambda: page(forward.port).startswith(b"web"), "its page", 20)


@pytest.mark.parametrize("name", ["", "nobody"])
def test_without_a_pod_the_connection_is_closed_after_some_seconds(
    cluster: RealCluster, reached: tuple[Cluster, list[str]], name: str
) -> None:
    connected, _ = reached
    with Forward(connected, lambda: name, web.PORT) as forward, talk(forward.port) as connection:
        start = time.monotonic()
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert heard(connection, 1) == b""
        assert time.monotonic() - start > 4


def test_a_request_that_a_pod_may_have_seen_is_never_sent_again(
    cluster: RealCluster, reached: tuple[Cluster, list[str]], namespace: str, image: str
) -> None:
    """The pod ends in the middle: another one must not do it a second time."""
    connected, _ = reached
    started(cluster, namespace, image, "ends")
    place = ClusterPlace(connected.place.context, namespace, connected.place.kubeconfig)
    asked: list[str] = []

    def choose() -> str:
        asked.append("ends")
        return "ends"

    with Forward(connect(place), choose, ECHO_PORT) as forward, talk(forward.port) as connection:
        connection.sendall(b"x")
        assert heard(connection, 1) == b"x"
        connection.sendall(b"y")
        cluster.kubectl("delete", "pod", "ends", "-n", namespace, "--grace-period=0", "--force")
        heard(connection, 10)
    assert asked == ["ends"]


def test_closing_gives_those_under_way_their_time(cluster: RealCluster, reached: tuple[Cluster, list[str]]) -> None:
    connected, _ = reached
    forward = Forward(connected, lambda: "one", ECHO_PORT)
    with talk(forward.port) as connection:
        connection.sendall(b"a")
        assert heard(connection, 1) == b"a"
        forward.release()
        time.sleep(0.3)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", forward.port), 5).close()
        connection.sendall(b"b")
        assert heard(connection, 1) == b"b"
        forward.close()
        assert heard(connection, 1) == b""


def test_a_port_that_is_taken(cluster: RealCluster, reached: tuple[Cluster, list[str]]) -> None:
    connected, _ = reached
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ScoredockError, match=f"Port {port} is used") as refused:
            Forward(connected, lambda: "one", web.PORT, port)
        assert refused.value.code == "port-in-use"
    with Forward(connected, lambda: "one", web.PORT, port) as forward:
        assert forward.port == port


def test_a_short_question_keeps_its_way_for_some_seconds(
    cluster: RealCluster, reached: tuple[Cluster, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected, _ = reached
    monkeypatch.setattr(module, "_KEPT_SECONDS", 0.5)
    with pod_request(connected, "two", web.PORT) as first:
        assert page(first) == b"two\n"
        with pod_request(connected, "two", web.PORT) as second:
            assert second == first
        time.sleep(1)
        assert page(first) == b"two\n", "somebody still uses it"

    def closed() -> bool:
        try:
            socket.create_connection(("127.0.0.1", first), 1).close()
        except OSError:
            return True
        return False

    wait_for(closed, "its end", 20)
    with pod_request(connected, "two", web.PORT) as again:
        assert page(again) == b"two\n"


def test_a_pod_on_a_lost_node_is_passed_over(
    disturbed: RealCluster, reached: tuple[Cluster, list[str]], namespace: str, image: str
) -> None:
    """The cluster goes on to call it ready until it notices."""
    connected, _ = reached
    stays, goes = disturbed.node_names
    started(disturbed, namespace, image, "goes", nodeName=goes)
    started(disturbed, namespace, image, "stays", nodeName=stays)
    place = ClusterPlace(connected.place.context, namespace, connected.place.kubeconfig)
    with Forward(connect(place), by_turns("goes", "stays"), web.PORT) as forward:
        assert page(forward.port).startswith(b"goes")
        disturbed.node_down(goes)
        try:
            assert all(page(forward.port).startswith(b"stays") for _ in range(6))
        finally:
            disturbed.node_up(goes)
        wait_for(lambda: disturbed.is_ready(goes), "the node", 60)


def test_connections_outlive_an_api_server_that_is_away_for_a_while(
    disturbed: RealCluster, reached: tuple[Cluster, list[str]]
) -> None:
    connected, _ = reached
    with Forward(connected, lambda: "one", web.PORT) as forward:
        assert page(forward.port) == b"one\n"
        disturbed.restart_api()
        wait_for(lambda: page_or_nothing(forward.port) == b"one\n", "a page", 60)
        disturbed.pause_api()
        try:
            assert page_or_nothing(forward.port) == b""
        finally:
            disturbed.resume_api()
        wait_for(lambda: page_or_nothing(forward.port) == b"one\n", "a page", 60)


def page_or_nothing(port: int) -> bytes:
    try:
        return page(port)
    except (OSError, http.client.HTTPException):
        return b""
