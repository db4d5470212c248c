"""A Kubernetes cluster of several nodes on this machine, for the tests that need a real one.

Every node is a containerd, a kubelet and a kube-proxy in namespaces of their own; control.py starts them, beside etcd,
the control plane, a registry of images and a metrics API. The machine's own network gets one interface, and nothing
else of the machine changes.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import requests
import yaml
from filelock import FileLock

from cluster import leftovers, programs
from cluster.credentials import Credentials, write_config
from cluster.layout import METRICS_PORT, PLACES, Place
from pace import patience

_METRICS = """
apiVersion: v1
kind: Service
metadata: {{name: metrics, namespace: kube-system}}
spec: {{ports: [{{port: 443, targetPort: {port}}}]}}
---
apiVersion: v1
kind: Endpoints
metadata: {{name: metrics, namespace: kube-system}}
subsets: [{{addresses: [{{ip: {address}}}], ports: [{{port: {port}}}]}}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {{name: v1beta1.metrics.k8s.io}}
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {{name: metrics, namespace: kube-system}}
"""
_COMMAND_SECONDS = 60
_END_SECONDS = 300
"""Catches only what hangs: beside much other work a minute is too few."""


class Cluster:
    """One that this process uses, with others perhaps; `close` leaves it, and it ends with its last user."""

    def __init__(self, place: Place, users: int, nodes: int) -> None:
        self.place = place
        self.node_names = [place.node(number).name for number in range(1, nodes + 1)]
        self._users = users
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, nodes: int = 2, key: str = "") -> Cluster:
        """A new one, for this process alone, or for all that `join` with the same key. Raises TimeoutError with the
        end of what its parts wrote."""
        place, users = _free_place()
        cluster = cls(place, users, nodes)
        try:
            leftovers.remove(place)
            place.log.mkdir()
            _issue(place, nodes)
            cluster._process = _control_process(place, nodes)
            cluster._wait_until_ready()
            (place.folder / "key.json").write_text(json.dumps({"key": key, "nodes": nodes}))
        except BaseException:  # which leaves nothing running, also after a Ctrl-C
            cluster.close()
            raise
        return cluster

    @classmethod
    def join(cls, key: str) -> Cluster:
        """The one that another process has started with this key, else a new one."""
        with FileLock(str(Path(tempfile.gettempdir()) / "scoredock-clusters.lock"), timeout=patience(120)):
            joined = (cls._joined(place, key) for place in map(Place, PLACES))
            return next(filter(None, joined), None) or cls.start(key=key)

    @classmethod
    def _joined(cls, place: Place, key: str) -> Cluster | None:
        try:
            kept = json.loads((place.folder / "key.json").read_text())
            users = os.open(place.users, os.O_RDWR)
        except (OSError, ValueError):
            return None  # no cluster, or one that ends just now
        cluster = cls(place, users, kept["nodes"])
        with contextlib.suppress(OSError, ValueError):
            if kept["key"] == key and _has_lock(users, fcntl.LOCK_SH):
                cluster._ask("look")
                return cluster
        cluster.close()
        return None

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leaves it. Whoever started it waits for its end, unless somebody else uses it."""
        fcntl.flock(self._users, fcntl.LOCK_UN)
        is_last = _has_lock(self._users, fcntl.LOCK_EX)
        os.close(self._users)
        if is_last and self._process is not None:
            self._process.wait(patience(_END_SECONDS))

    @property
    def kubeconfig(self) -> Path:
        """Of the administrator."""
        return self.place.admin

    @property
    def context(self) -> str:
        return self.place.name

    @property
    def registry(self) -> str:
        """`host:port` of a registry without accounts, in plain HTTP, the same for this machine and the nodes."""
        return self.place.registry

    def address_of(self, node: str) -> str:
        """Where this machine and the nodes reach a node, at every NodePort for example."""
        return self.place.node(int(node.removeprefix("node"))).address

    def kubectl(self, *words: str, kubeconfig: Path | None = None, text: str | None = None, check: bool = True) -> str:
        """What kubectl prints; its errors instead where they are expected. Raises AssertionError with what it said."""
        command = [str(programs.place() / "kubectl"), f"--kubeconfig={kubeconfig or self.kubeconfig}", *words]
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=patience(90), check=False, env=_environment()
        )
        if check:
            assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stderr}"
            return done.stdout
        assert done.returncode != 0, f"kubectl {' '.join(words)} went well: {done.stdout}"
        return done.stderr

    def get(self, *words: str) -> dict[str, Any]:
        return dict(json.loads(self.kubectl("get", *words, "-o", "json")))

    def apply(self, manifests: str, namespace: str) -> None:
        self.kubectl("apply", "-n", namespace, "-f", "-", text=manifests)

    @contextmanager
    def namespace(self) -> Iterator[str]:
        """The name of a new namespace, deleted afterwards with all that it holds."""
        name = f"tests-{secrets.token_hex(4)}"
        self.kubectl("create", "namespace", name)
        try:
            yield name
        finally:
            leftovers.end_forwards(name)
            self.kubectl("delete", "namespace", name, "--wait=false")

    def role_config(self, namespace: str, role: str, folder: Path) -> Path:
        """A kubeconfig, in a folder, of a new service account of a namespace that has nothing but the Role of this
        manifest."""
        name = f"account-{secrets.token_hex(4)}"
        content = yaml.safe_load(role)
        content["metadata"] = {**content.get("metadata", {}), "name": name, "namespace": namespace}
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
        }
        self.apply(yaml.safe_dump_all([content, account, binding]), namespace)
        wait_for(lambda: self.get("serviceaccount", name, "-n", namespace).get("secrets"), "a token", 30)
        secret = self.get("serviceaccount", name, "-n", namespace)["secrets"][0]["name"]
        data = self.get("secret", secret, "-n", namespace)["data"]
        cluster = {"server": self.place.server, "certificate-authority-data": data["ca.crt"]}
        user = {"token": base64.b64decode(data["token"]).decode()}
        return write_config(folder / f"{name}.conf", self.context, cluster, user, namespace)

    def is_ready(self, node: str) -> bool:
        conditions = self.get("node", node)["status"]["conditions"]
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

    def node_down(self, node: str) -> None:
        """As if its cable was pulled: it goes on by itself, unreachable."""
        self._ask("node-down", node)

    def node_up(self, node: str) -> None:
        self._ask("node-up", node)

    def pause_api(self) -> None:
        """Connections stay, and are made; nothing is answered."""
        self._ask("pause-api")

    def resume_api(self) -> None:
        self._ask("resume-api")

    def restart_api(self) -> None:
        """As after a crash; answers again when this returns."""
        self._ask("restart-api")
        self._wait_for_api()

    def push(self, archive: Path, name: str) -> str:
        """Copies an archive of `docker save`'s kind into the registry; the whole name of the image there."""
        whole = f"{self.registry}/{name}"
        _run("skopeo", "copy", "--dest-tls-verify=false", f"docker-archive:{archive}", f"docker://{whole}")
        return whole

    def push_once(self, name: str, write: Callable[[BinaryIO], None]) -> str:
        """The same for an archive that all tests of a run have in common: the first one writes and pushes it."""
        pushed = self.place.folder / "pushed" / name.replace(":", "-")
        pushed.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{pushed}.lock"):
            if not pushed.exists():
                archive = Path(f"{pushed}.tar")
                with archive.open("wb") as stream:
                    write(stream)
                pushed.write_text(self.push(archive, name))
                archive.unlink()
        return pushed.read_text()

    def side_load(self, node: str, archive: Path) -> None:
        """Gives a node the images of an archive, under the names that it has for them, as a cluster without a registry
        does it. Pods need `imagePullPolicy: Never` or `IfNotPresent`."""
        address = self.place.node(int(node.removeprefix("node"))).containerd
        _run("ctr", "--address", str(address), "--namespace", "k8s.io", "images", "import", str(archive))

    @contextmanager
    def shared(self) -> Iterator[None]:
        """All parts are at work within the block."""
        with self._locked(fcntl.LOCK_SH):
            yield

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Nobody else counts on any part within the block, which may take some away and gives them back."""
        with self._locked(fcntl.LOCK_EX):
            yield

    @contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        with self.place.lock.open("a") as file:
            fcntl.flock(file, kind)
            yield

    def _ask(self, command: str, node: str = "") -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(patience(_COMMAND_SECONDS))
            connection.connect(str(self.place.commands))
            with connection.makefile("rw") as stream:
                stream.write(json.dumps({"command": command, "node": node}) + "\n")
                stream.flush()
                answer = json.loads(stream.readline())
        assert "fault" not in answer, answer["fault"]

    def _wait_for_api(self) -> None:
        wait_for(self._api_is_ready, "the API server", 90, self._logs)

    def _api_is_ready(self) -> bool:
        self._require_process()
        try:
            return self.ask_whether_ready(5)
        except requests.RequestException:
            return False

    def ask_whether_ready(self, seconds: float) -> bool:
        """The API server itself. Raises requests.RequestException, for one that does not answer in time, too."""
        trust = str(self.place.folder / "credentials" / "authority.pem")
        return requests.get(f"{self.place.server}/readyz", verify=trust, timeout=seconds).text == "ok"

    def _wait_until_ready(self) -> None:
        self._wait_for_api()
        (self.place.folder / "api-is-ready").touch()
        self.kubectl("apply", "-f", "-", text=_METRICS.format(address=self.place.control, port=METRICS_PORT))
        template = "{range .items[*]}{.status.conditions[?(@.type=='Ready')].status} {end}"

        def all_ready() -> bool:
            return self._try("get", "nodes", "-o", f"jsonpath={template}").split() == ["True"] * len(self.node_names)

        wait_for(all_ready, "the nodes", 60, self._logs)
        wait_for(lambda: self._try("get", "serviceaccount", "default", "-o", "name"), "accounts", 30, self._logs)

    def _try(self, *words: str) -> str:
        self._require_process()
        try:
            return self.kubectl(*words, "--request-timeout=5s")
        except AssertionError:
            return ""

    def _require_process(self) -> None:
        assert self._process is None or self._process.poll() is None, f"the cluster has ended: {self._logs()}"

    def _logs(self) -> str:
        """The ends of what all parts wrote."""
        ends = (f"--- {file.name}\n{file.read_text(errors='replace')[-1500:]}" for file in self.place.log.iterdir())
        return "\n".join(ends)


def wait_for(
    condition: Callable[[], object], what: str, seconds: float, explained: Callable[[], str] = lambda: ""
) -> None:
    """Until it holds; raises TimeoutError after so many seconds of an idle machine."""
    deadline = time.monotonic() + patience(seconds)
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {patience(seconds):.0f} s\n{explained()}")
        time.sleep(0.2)


def _free_place() -> tuple[Place, int]:
    """A place that no cluster uses, and the descriptor whose lock keeps it."""
    routes = subprocess.run(["ip", "-4", "route"], check=True, capture_output=True, text=True).stdout
    for place in map(Place, PLACES):
        place.folder.mkdir(mode=0o755, exist_ok=True)
        if place.folder.is_symlink() or place.folder.stat().st_uid != os.geteuid():
            continue
        users = os.open(place.users, os.O_RDWR | os.O_CREAT, 0o600)
        # Taken alone first, as nobody uses what is about to be cleaned up.
        is_free = place.interface in routes or f"{place.network}." not in routes
        if is_free and _has_lock(users, fcntl.LOCK_EX) and _has_lock(users, fcntl.LOCK_SH):
            return place, users
        os.close(users)
    raise TimeoutError("all places for clusters on this machine are in use")


def _has_lock(users: int, kind: int) -> bool:
    try:
        fcntl.flock(users, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _control_process(place: Place, nodes: int) -> subprocess.Popen[bytes]:
    """Out of reach of a Ctrl-C that is meant for the tests: it ends by the lock."""
    apart = ("--pid", "--mount", "--propagation", "slave", "--mount-proc", "--fork", "--kill-child")
    control = (sys.executable, str(Path(__file__).with_name("control.py")), str(place.number), str(nodes))
    with (place.log / "control").open("ab") as log:
        return subprocess.Popen(
            ["unshare", *apart, *control],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**_environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        )


def _issue(place: Place, nodes: int) -> None:
    """Certificates of all parts."""
    papers = Credentials(place.folder / "credentials", place.server, place.name)
    services = "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:10.96.0.1"
    papers.issue("api", "/CN=api", f"{services},IP:127.0.0.1,IP:{place.control}")
    papers.issue("front", "/CN=front")
    papers.issue("metrics", "/CN=metrics", f"IP:{place.control}")
    papers.client("admin", "/O=system:masters/CN=admin")
    for node in map(place.node, range(1, nodes + 1)):
        papers.client(node.name, f"/O=system:nodes/CN=system:node:{node.name}", f"DNS:{node.name},IP:{node.address}")


def _environment() -> dict[str, str]:
    """Without what leads to the network by a detour, and without settings of a kubectl of the user's own."""
    away = ("http_proxy", "https_proxy", "all_proxy", "kubeconfig")
    return {name: value for name, value in os.environ.items() if name.lower() not in away}


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=patience(200), check=False, env=_environment())
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
