"""The process that holds forwards: it outlives who started it, follows the pods, and ends by itself."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ScoredockError
from scoredock.forwarding import forwards as forwarding
from scoredock.forwarding.forwards import (
    FORWARDS,
    STATE,
    ServiceForward,
    drop_forward,
    ensure_forward,
    is_running,
    own_way,
    read_forwards,
    read_state,
    set_forward,
)

from cluster import web
from cluster.running import Cluster as RealCluster
from cluster.running import wait_for
from kubeconfigs import NOBODY, write_kubeconfig

from .conftest import confirmed_place
from .pods import ECHO_PORT, heard, page, started, talk
from .test_forward import page_or_nothing


@pytest.fixture
def folder(home: Path) -> Iterator[Path]:
    """Of a workspace. What runs for it ends with the test."""
    made = home / "workspaces" / "local" / "forwards"
    yield made
    process = of(made)
    shutil.rmtree(made, ignore_errors=True)
    if process is not None:
        with contextlib.suppress(psutil.Error):
            process.kill()


@pytest.fixture
def pods(shared_cluster: RealCluster, namespace: str, image: str) -> ServiceForward:
    """Two of a service."""
    started(shared_cluster, namespace, image, "one", "two", grace=8)
    place = ClusterPlace(shared_cluster.context, namespace, str(shared_cluster.kubeconfig))
    return ServiceForward("prices", place, "app=pods", web.PORT)


def of(folder: Path) -> psutil.Process | None:
    """The process that has the variables of this one."""
    with contextlib.suppress(psutil.Error, KeyError):
        return psutil.Process(read_state(folder / own_way())["pid"])
    return None


def runs(folder: Path) -> bool:
    return is_running(folder / own_way())


def pods_of(folder: Path, name: str) -> list[str]:
    return list(read_state(folder / own_way())["forwards"][name]["pods"])


def running(folder: Path) -> psutil.Process:
    process = of(folder)
    assert process is not None
    return process


def test_what_was_confirmed_is_that_of_its_data_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data folder that the process was started with, not the one of its environment."""
    monkeypatch.setenv("SCOREDOCK_HOME", str(tmp_path / "another"))
    mark, login = tmp_path / "ran", tmp_path / "login"
    login.write_text(f"#!/bin/sh\ntouch {mark}\nexit 1\n")
    login.chmod(0o755)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(login)}}
    place = ClusterPlace("prod", "team", str(write_kubeconfig(tmp_path / "config", {"prod": NOBODY}, user)))
    forward = ServiceForward("prices", place, "app=pods", web.PORT)
    with pytest.raises(ScoredockError, match="has to be confirmed first"):
        ensure_forward(folder, forward)
    assert not mark.exists()
    confirmed_place(place)
    drop_forward(folder, "prices")
    wait_for(lambda: not runs(folder), "its end", 20)
    with pytest.raises(ScoredockError) as refused:
        ensure_forward(folder, forward)
    assert refused.value.code == "cluster-login-failed"
    assert mark.exists()


def test_it_outlives_who_started_it_and_belongs_to_nobody(
    cluster: RealCluster, folder: Path, pods: ServiceForward
) -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from scoredock.forwarding.forwards import ServiceForward, ensure_forward\n"
        "from scoredock.clusters.target import ClusterPlace\n"
        "place = ClusterPlace(*sys.argv[2:5])\n"
        "print(ensure_forward(Path(sys.argv[1]), ServiceForward('prices', place, 'app=pods', 8080)))\n"
    )
    place = pods.place
    words = [sys.executable, "-c", program, str(folder), place.context, place.namespace, place.kubeconfig]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    port = int(done.stdout)
    wait_for(lambda: {page(port) for _ in range(4)} == {b"one\n", b"two\n"}, "each in its turn", 30)
    process = running(folder)
    assert process.ppid() == 1
    assert os.getpgid(process.pid) != os.getpgid(0)
    assert ensure_forward(folder, pods) == port, "and who comes later finds it"
    assert running(folder) == process
    assert process.memory_info().rss < 80_000_000

    drop_forward(folder, "prices")
    process.wait(60)
    assert not runs(folder)
    assert page_or_nothing(port) == b""
    assert ensure_forward(folder, pods) == port, "it keeps its port"


@pytest.mark.long("tests/clusters/test_forward.py has connections that go elsewhere")
def test_the_set_of_pods_is_followed_and_those_that_end_get_no_new_connection(
    cluster: RealCluster, folder: Path, pods: ServiceForward
) -> None:
    port = ensure_forward(folder, pods)
    echo = ensure_forward(folder, ServiceForward("echo", pods.place, "app=pods,name!=x", ECHO_PORT))
    with talk(echo) as first, talk(echo) as second:
        for connection in (first, second):
            connection.sendall(b"hello")
            assert heard(connection, 5) == b"hello"
        waits = ("--wait=false", "--grace-period=8")
        cluster.kubectl("delete", "pod", "one", "-n", pods.place.namespace, *waits)
        wait_for(lambda: pods_of(folder, "prices") == ["two"], "the mark", 20)
        assert {page(port) for _ in range(6)} == {b"two\n"}
        # One of them goes to the pod that ends: it goes on until that has ended.
        for connection in (first, second):
            connection.sendall(b"again")
            assert heard(connection, 5) == b"again"
        wait_for(
            lambda: cluster.kubectl("get", "pods", "-n", pods.place.namespace, "-o", "name") == "pod/two\n", "", 60
        )
        ended = []
        for connection in (first, second):
            connection.settimeout(2)
            with contextlib.suppress(TimeoutError):
                ended.append(heard(connection, 1))
        assert ended == [b""], "its connection has ended with it, and no other"


def test_calls_wait_for_the_first_pod(
    cluster: RealCluster, folder: Path, namespace: str, shared_cluster: RealCluster, image: str
) -> None:
    place = ClusterPlace(shared_cluster.context, namespace, str(shared_cluster.kubeconfig))
    port = ensure_forward(folder, ServiceForward("prices", place, "app=pods", web.PORT))
    assert page_or_nothing(port) == b""
    started(shared_cluster, namespace, image, "one")
    assert page(port) == b"one\n"


def test_one_process_for_all_who_ask_at_once(cluster: RealCluster, folder: Path, pods: ServiceForward) -> None:
    ports: dict[str, int] = {}

    def ask(name: str) -> None:
        ports[name] = ensure_forward(folder, ServiceForward(name, pods.place, pods.selector, pods.port))

    threads = [threading.Thread(target=ask, args=(f"service-{number}",)) for number in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(set(ports.values())) == 5
    assert {page(port) for port in ports.values()} <= {b"one\n", b"two\n"}
    words = ["-m", "scoredock.forwarding.forwards", str(folder), own_way()]

    def every() -> list[int]:
        processes = psutil.process_iter(["cmdline"])
        return [each.pid for each in processes if (each.info["cmdline"] or [])[-4:] == words]

    wait_for(lambda: every() == [running(folder).pid], "the end of the others", 20)


def test_one_that_was_killed_is_begun_again_at_the_same_port(
    cluster: RealCluster, folder: Path, pods: ServiceForward
) -> None:
    port = ensure_forward(folder, pods)
    process = running(folder)
    process.kill()
    process.wait(60)
    assert not runs(folder)
    assert ensure_forward(folder, pods) == port
    assert running(folder) != process
    assert page(port) in (b"one\n", b"two\n")


def test_it_ends_with_its_folder(cluster: RealCluster, folder: Path, pods: ServiceForward) -> None:
    ensure_forward(folder, pods)
    process = running(folder)
    shutil.rmtree(folder)
    process.wait(60)


def test_a_newer_release_takes_over_and_an_older_one_does_not(
    cluster: RealCluster, folder: Path, pods: ServiceForward, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = ensure_forward(folder, pods)
    process = running(folder)
    monkeypatch.setattr(forwarding, "__version__", "0.0.9")
    ensure_forward(folder, pods)
    assert running(folder) == process
    # As if an older release had begun it: this process says then that it is of an older one.
    monkeypatch.undo()
    with talk(ensure_forward(folder, ServiceForward("echo", pods.place, pods.selector, ECHO_PORT))) as connection:
        connection.sendall(b"hello")
        assert heard(connection, 5) == b"hello"
        content = json.loads((folder / FORWARDS).read_text())
        (folder / FORWARDS).write_text(json.dumps({**content, "release": [99]}))
        wait_for(lambda: not runs(folder), "its end", 20)
        connection.sendall(b"again")
        assert heard(connection, 5) == b"again", "what is under way goes on"
        assert ensure_forward(folder, pods) == port
        assert running(folder) != process
        assert page(port) in (b"one\n", b"two\n")


def test_a_port_that_somebody_else_has_and_one_that_becomes_free(
    cluster: RealCluster, folder: Path, pods: ServiceForward
) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        wanted = ServiceForward("prices", pods.place, pods.selector, pods.port, port)
        with pytest.raises(ScoredockError, match=f"Port {port} is used") as refused:
            ensure_forward(folder, wanted)
        assert refused.value.code == "port-in-use"
    wait_for(lambda: page_or_nothing(port) in (b"one\n", b"two\n"), "the port", 30)
    assert ensure_forward(folder, wanted) == port


def test_naming_the_port_that_it_has_refuses_no_connection(folder: Path, pods: ServiceForward) -> None:
    """As the first update of a service does that took a free one: the listener stays, between two there is none."""
    port = ensure_forward(folder, pods)
    socket = listener(port)
    for wanted in (port, 0, port):
        assert ensure_forward(folder, replace(pods, local_port=wanted)) == port
        assert listener(port) == socket


def listener(port: int) -> str:
    """The inode of the socket that listens there."""
    (found,) = (
        fields[9]
        for fields in map(str.split, Path("/proc/net/tcp").read_text().splitlines()[1:])
        if fields[1].endswith(f":{port:04X}") and fields[3] == "0A"
    )
    return found


def test_what_a_cluster_says_reaches_who_asks(cluster: RealCluster, folder: Path, tmp_path: Path) -> None:
    file = cluster.role_config("default", "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, rules: []}", tmp_path)
    place = ClusterPlace(cluster.context, "default", str(file))
    with pytest.raises(ScoredockError, match="may not list pods") as refused:
        ensure_forward(folder, ServiceForward("prices", place, "app=pods", 1))
    assert refused.value.code == "cluster-not-allowed"
    away = tmp_path / "away.conf"
    away.write_text(file.read_text().replace(cluster.place.server, "https://127.0.0.1:9"))
    place = ClusterPlace(cluster.context, "default", str(away))
    with pytest.raises(ScoredockError, match="does not answer") as refused:
        ensure_forward(folder, ServiceForward("away", place, "app=pods", 1))
    assert refused.value.code == "cluster-unreachable"
    with pytest.raises(ScoredockError) as refused:
        ensure_forward(folder, ServiceForward("none", ClusterPlace("none", "x", str(file)), "app=pods", 1))
    assert refused.value.code == "cluster-config-invalid"


def test_a_damaged_file_counts_for_nothing(tmp_path: Path) -> None:
    (tmp_path / FORWARDS).write_text("{")
    assert read_forwards(tmp_path) == {}
    (tmp_path / STATE).write_text("[1]")
    assert read_state(tmp_path) == {}
    forward = ServiceForward("a", ClusterPlace("c", "n"), "app=a", 1)
    set_forward(tmp_path, forward)
    assert read_forwards(tmp_path) == {"a": forward}
    assert (tmp_path / FORWARDS).stat().st_mode & 0o077 == 0
    drop_forward(tmp_path, "a")
    assert read_forwards(tmp_path) == {}
    drop_forward(tmp_path / "nowhere", "a")


@pytest.mark.long("tests/clusters/test_forward.py has connections that outlive the API server")
def test_forwards_come_back_with_the_api_server(disturbed: RealCluster, folder: Path, pods: ServiceForward) -> None:
    port = ensure_forward(folder, pods)
    assert page(port)
    disturbed.restart_api()
    wait_for(lambda: page_or_nothing(port) != b"", "a page", 60)
    disturbed.kubectl("delete", "pod", "one", "-n", pods.place.namespace, "--grace-period=1")
    wait_for(lambda: pods_of(folder, "prices") == ["two"], "its end", 90)
    assert {page(port) for _ in range(4)} == {b"two\n"}
