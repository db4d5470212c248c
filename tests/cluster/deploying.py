"""A project on a machine that has a compute target: what tests of services in a cluster share."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import yaml
from filelock import FileLock
from scoredock.clusters.rights import role
from scoredock.clusters.target import ClusterPlace
from scoredock.service import Expose

from cli.conftest import Terminal
from cluster.running import Cluster
from docker_daemon import base_image, docker
from pace import patience
from packages.test_without_docker import project

TARGET = "aks-prod"
CONFIGURATION = {
    "computeType": "aks",
    "numReplicas": 2,
    "containerResourceRequirements": {"cpu": 0.05, "memoryInGB": 0.1},
}
DEPLOY = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")


def surroundings(
    cluster: Cluster, namespace: str, folder: Path, expose: Expose = "none"
) -> tuple[dict[str, str], Path]:
    """Variables by which a base image is found and pushed to the registry of the cluster, and the kubeconfig file of an
    account that has the Role that `compute role` prints and nothing more."""
    registries = folder / "registries.conf"
    hosts = (cluster.registry, cluster.place.guarded_registry)
    registries.write_text("".join(f'[[registry]]\nlocation = "{each}"\ninsecure = true\n' for each in hosts))
    base = cluster.push_once("tests/base:1", _write_base)
    documents = yaml.safe_load_all(role(ClusterPlace(cluster.context, namespace), "tests", expose))
    rights = next(each for each in documents if each["kind"] == "Role")
    config = cluster.role_config(namespace, yaml.safe_dump(rights), folder)
    return {"CONTAINERS_REGISTRIES_CONF": str(registries), "SCOREDOCK_BASE_IMAGE": base}, config


def _write_base(stream: BinaryIO) -> None:
    for piece in docker().patient.get_image(base_image()):
        stream.write(piece)


def bring_layers(cluster: Cluster, variables: Mapping[str, str], home: Path) -> None:
    """Into a data folder with its workspace: the layers of the base image and of the environment that the project has.
    The first test of a run makes them, which takes twice as long as a deployment that has them."""
    images = Path("workspaces", "local", "images")
    kept = cluster.place.folder / "layers"
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            with tempfile.TemporaryDirectory(prefix="sd-layers-", dir=cluster.place.folder) as folder:
                made = project(Path(folder) / "made", **variables)
                base = ("--base", variables["SCOREDOCK_BASE_IMAGE"])
                made.ok("package", "create", *DEPLOY, *base, "--to", f"oci:{folder}/layout")
                (made.home / images).rename(kept)
    shutil.copytree(kept, home / images, dirs_exist_ok=True)


def attached(
    cluster: Cluster,
    namespace: str,
    folder: Path,
    expose: Expose = "node-port",
    options: tuple[str, ...] = (),
    registry: str = "",
) -> Terminal:
    """A project with a compute target in these surroundings, and perhaps another registry."""
    variables, config = surroundings(cluster, namespace, folder, expose)
    terminal = project(folder / "made", **variables)
    bring_layers(cluster, variables, terminal.home)
    (terminal.folder / "aks.json").write_text(json.dumps(CONFIGURATION))
    place = ("--context", cluster.context, "--namespace", namespace, "--kubeconfig", str(config))
    images = ("--registry", registry or f"{cluster.registry}/tests/services")
    terminal.ok("compute", "attach", TARGET, *place, *images, "--expose", expose, *options)
    return terminal


def answer(address: str, key: str = "", body: bytes = b'{"data": [1, 2]}') -> int:
    """What a service says to one request, by a new connection. Raises OSError."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    request = urllib.request.Request(f"http://{address}/score", body, headers)
    return int(urllib.request.urlopen(request, timeout=patience(10)).read())


def ready_nodes(cluster: Cluster, namespace: str, name: str = "") -> list[str]:
    """The nodes of the pods that are ready and stay: of one Deployment, or of all."""
    words = ("-l", f"app.kubernetes.io/name={name}") if name else ()
    pods = cluster.get("pods", "-n", namespace, *words)["items"]
    return [
        each["spec"]["nodeName"]
        for each in pods
        if not each["metadata"].get("deletionTimestamp")
        and any(one["type"] == "Ready" and one["status"] == "True" for one in each["status"].get("conditions", []))
    ]


def address_at(cluster: Cluster, node: str, made: dict[str, Any]) -> str:
    """Of a service or an endpoint at one node, whichever the program shows."""
    port = str(made["scoringUri"]).removesuffix("/score").rpartition(":")[2]
    return f"{cluster.address_of(node)}:{port}"


def drain(cluster: Cluster, node: str) -> None:
    """Takes all pods from it, and closes it to others until it is uncordoned."""
    cluster.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=120s", "--force")


class Load:
    """Clients that call one after the other; each answer is counted, and each failure by what it was."""

    def __init__(
        self,
        address: str,
        key: str = "",
        clients: int = 4,
        *,
        pause: float = 0.0,
        call: Callable[[], int] | None = None,
    ) -> None:
        """`call` takes the place of a request by a connection of its own."""
        self.answers: Counter[Any] = Counter()
        self.last: dict[Any, float] = {}
        """When the last request began that was answered so, by the clock of `time.perf_counter`."""
        self._call = call or (lambda: answer(address, key))
        self._pause = pause
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._keep_calling) for _ in range(clients)]

    def _keep_calling(self) -> None:
        while not self._over.is_set():
            begin = time.perf_counter()
            try:
                value = self._call()
                self.answers[value] += 1
                self.last[value] = max(begin, self.last.get(value, begin))
            except (OSError, ValueError) as error:
                self.answers[repr(error)] += 1
            self._over.wait(self._pause)

    def __enter__(self) -> Load:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Each client ends with its request under way."""
        self._over.set()
        for each in self._threads:
            each.join()


def with_configuration(terminal: Terminal, **changes: Any) -> Terminal:
    """The same with other values in the deployment configuration."""
    (terminal.folder / "aks.json").write_text(json.dumps({**CONFIGURATION, **changes}))
    return replace(terminal)
