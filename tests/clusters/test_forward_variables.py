"""Forwards that were begun with a variable on which the way to the cluster depends, and are used without it; and the
reverse. The variables are those of who deploys and of who calls, each a program of its own."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import yaml
from scoredock.clusters.target import ClusterPlace
from scoredock.forwarding.forwards import read_state

from cluster import web
from cluster.running import Cluster as RealCluster

from .conftest import confirmed_place
from .pods import page, started

PROGRAM = """
import json, sys
from pathlib import Path
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ScoredockError
from scoredock.forwarding.forwards import ServiceForward, ensure_forward
folder, name, port, *place = sys.argv[1:]
try:
    forward = ServiceForward(name, ClusterPlace(*place), "app=pods", int(port))
    print(json.dumps([ensure_forward(Path(folder), forward, doubted=True), ""]))
except ScoredockError as error:
    print(json.dumps([0, f"{error.code}: {error.message}"]))
"""
CALLS = 10
ELSEWHERE = "https://api.elsewhere.invalid:6443"
LOGIN = "#!/bin/sh\nexec issue-token\n"
ISSUED = """#!/bin/sh
test "$AWS_PROFILE" = "{profile}" || {{ echo "no profile $AWS_PROFILE" >&2; exit 1; }}
cat {token}
"""


@contextmanager
def proxy(target: str) -> Iterator[str]:
    """Leads every CONNECT to one address."""
    host, port = urlsplit(target).hostname, urlsplit(target).port
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def carry(source: socket.socket, sink: socket.socket) -> None:
            with suppress(OSError):
                while part := source.recv(1 << 16):
                    sink.sendall(part)
            with suppress(OSError):
                sink.shutdown(socket.SHUT_WR)

        def serve(near: socket.socket) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                head += near.recv(1 << 16) or b"\r\n\r\n"
            far = socket.create_connection((host, port))
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=carry, args=(near, far), daemon=True).start()
            carry(far, near)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


class Way:
    """To the pods of the cluster, for programs with variables."""

    def __init__(self, home: Path, cluster: RealCluster, namespace: str) -> None:
        self.home = home
        self.forwards = home / "workspaces" / "local" / "forwards"
        self.place = ClusterPlace(cluster.context, namespace)
        self.variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("KUBE", "AWS_")) and not name.upper().endswith("_PROXY")
        }

    def ask(self, name: str, **variables: str) -> tuple[int, str]:
        """The port that a program with these gets for a forward, and what it is told if it gets none."""
        place = self.place
        words = [str(self.forwards), name, str(web.PORT), place.context, place.namespace, place.kubeconfig]
        environment = {**self.variables, **variables, "SCOREDOCK_HOME": str(self.home)}
        program = [sys.executable, "-c", PROGRAM, *words]
        output = subprocess.run(program, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
        port, refusal = json.loads(output)
        return port, refusal

    def processes(self) -> list[psutil.Process]:
        pids = [read_state(each)["pid"] for each in self.forwards.iterdir() if each.is_dir() and read_state(each)]
        return [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]


@pytest.fixture
def way(shared_cluster: RealCluster, namespace: str, image: str, home: Path) -> Iterator[Way]:
    started(shared_cluster, namespace, image, "one")
    made = Way(home, shared_cluster, namespace)
    yield made
    processes = made.processes() if made.forwards.is_dir() else []
    shutil.rmtree(made.forwards, ignore_errors=True)
    for each in processes:
        with suppress(psutil.Error):
            each.kill()


@pytest.fixture(params=["KUBECONFIG", "HTTPS_PROXY", "NO_PROXY", "AWS_PROFILE", "PATH"])
def variables(
    request: pytest.FixtureRequest,
    way: Way,
    shared_cluster: RealCluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Mapping[str, str], Mapping[str, str], str]]:
    """With the one, without it, and what is said then."""
    admin, config = shared_cluster.kubeconfig, tmp_path / "config"
    content = yaml.safe_load(admin.read_text())
    server = content["clusters"][0]["cluster"]["server"]
    name = request.param
    if name == "KUBECONFIG":
        nothing = tmp_path / "nothing"
        nothing.write_text("{}")
        yield {name: str(admin)}, {name: str(nothing)}, "has no context"
        return
    if name == "HTTPS_PROXY":
        cluster = {"server": ELSEWHERE, "insecure-skip-tls-verify": True}
        config.write_text(yaml.safe_dump({**content, "clusters": [{"name": way.place.context, "cluster": cluster}]}))
        way.place = confirmed_place(ClusterPlace(way.place.context, way.place.namespace, str(config)))
        with proxy(server) as address:
            yield {name: address}, {}, "does not answer"
        return
    if name == "NO_PROXY":
        way.place = ClusterPlace(way.place.context, way.place.namespace, str(admin))
        dead = {"HTTPS_PROXY": "http://127.0.0.1:9"}
        yield {**dead, name: str(urlsplit(server).hostname)}, dead, "does not answer"
        return
    yield signed_in_by(way, name, content, tmp_path, monkeypatch)


def signed_in_by(
    way: Way, name: str, content: Mapping[str, object], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Mapping[str, str], Mapping[str, str], str]:
    """By a program that needs a profile, or another program on the PATH."""
    user = content["users"][0]["user"]  # type: ignore[index]
    status = {"clientCertificateData": user["client-certificate-data"], "clientKeyData": user["client-key-data"]}
    status = {key: base64.b64decode(value).decode() for key, value in status.items()}
    answer = {"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": status}
    token, binaries = folder / "token.json", folder / "binaries"
    token.write_text(json.dumps(answer))
    binaries.mkdir()
    (folder / "login").write_text(LOGIN)
    (binaries / "issue-token").write_text(ISSUED.format(profile="team" if name == "AWS_PROFILE" else "", token=token))
    for each in (folder / "login", binaries / "issue-token"):
        each.chmod(0o755)
    login = {"exec": {"apiVersion": answer["apiVersion"], "command": str(folder / "login")}}
    config = folder / "config"
    config.write_text(yaml.safe_dump({**content, "users": [{"name": way.place.context, "user": login}]}))
    way.place = confirmed_place(ClusterPlace(way.place.context, way.place.namespace, str(config)))
    with_program = {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    if name == "PATH":
        return with_program, {}, "ended with code 127"
    return {**with_program, name: "team"}, with_program, "no profile"


def answered(port: int) -> int:
    """Of `CALLS` calls, each by a connection of its own."""
    return sum(page(port) == b"one\n" for _ in range(CALLS))


def test_forwards_begun_with_a_variable_and_without_it(
    cluster: RealCluster, way: Way, variables: tuple[Mapping[str, str], Mapping[str, str], str]
) -> None:
    complete, short, reason = variables
    port, refusal = way.ask("prices", **complete)
    assert answered(port) == CALLS, refusal
    assert way.ask("prices", **short) == (port, ""), "it works, whoever asks"
    assert answered(port) == CALLS
    assert len(way.processes()) == 1

    port, refusal = way.ask("costs", **short)
    assert (port, reason in refusal) == (0, True), refusal
    port, refusal = way.ask("costs", **complete)
    assert answered(port) == CALLS, refusal
    assert way.ask("costs", **short) == (port, ""), "one that works stays where it is"
    assert answered(port) == CALLS
