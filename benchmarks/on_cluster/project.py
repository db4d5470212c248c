"""A project, a server that runs and a namespace of a cluster: what each part of cluster_services.py measures with."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from cluster.deploying import surroundings
from cluster.running import Cluster
from lsp.client import COMMAND, Client

SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return {number}\n"
CONDA = "name: bench\ndependencies:\n  - python=3.11\n  - pip:\n    - azureml-defaults\n"
BODY = b'{"data": [1, 2]}'
TARGET = "bench"
SERVICE = "bench"
REPLICAS = 2
MODEL_BYTES = 5_000_000


class Project:
    """A script whose answer is a number, deployed to a namespace by the messages that an editor sends."""

    def __init__(self, cluster: Cluster, namespace: str, folder: Path) -> None:
        self.cluster, self.namespace, self.folder = cluster, namespace, folder
        folder.mkdir()
        variables, config = surroundings(cluster, namespace, folder)
        (folder / "conda.yml").write_text(CONDA)
        self.configure(REPLICAS)
        self.write(0)
        self._variables = variables
        self.client = self._server()
        weights = folder / "weights.bin"
        weights.write_bytes(os.urandom(MODEL_BYTES))
        self.client.ask("scoredock/model/register", {"paths": [str(weights)], "name": "weights"})
        self.client.ask(
            "scoredock/compute/attach",
            {
                "name": TARGET,
                "context": cluster.context,
                "namespace": namespace,
                "kubeconfig": str(config),
                "repository": f"{cluster.registry}/bench",
                "expose": "node-port",
            },
        )

    def _server(self) -> Client:
        client = Client(self.folder / "home", command=COMMAND, env=self._variables)
        client.initialize()
        return client

    @contextmanager
    def another_server(self) -> Iterator[Client]:
        """One that has just begun, as that of a second window."""
        client = self._server()
        with client:
            yield client

    def configure(self, replicas: int) -> None:
        values = {
            "computeType": "aks",
            "numReplicas": replicas,
            "authEnabled": False,
            "containerResourceRequirements": {"cpu": 0.05, "memoryInGB": 0.1},
        }
        (self.folder / "aks.json").write_text(json.dumps(values))

    def write(self, number: int) -> None:
        (self.folder / "score.py").write_text(SCRIPT.format(number=number))

    def deploy(self, name: str = SERVICE, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.client.ask("scoredock/service/deploy", self._params(name, **more), 600)
        return made

    def deploy_all(self, names: Sequence[str]) -> None:
        """At the same time."""
        requests = [self.client.begin("scoredock/service/deploy", self._params(name)) for name in names]
        for request in requests:
            answer = self.client.answer(request, 600)
            assert "error" not in answer, answer

    def _params(self, name: str, **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "entryScript": str(self.folder / "score.py"),
            "environmentFile": str(self.folder / "conda.yml"),
            "deploymentConfig": str(self.folder / "aks.json"),
            "compute": TARGET,
            "models": ["weights:1"],
            **more,
        }

    def ask(self, verb: str, name: str = SERVICE, **more: Any) -> dict[str, Any]:
        params = {"name": name, "workDoneToken": f"{verb} {time.monotonic()}", **more}
        answer: dict[str, Any] = self.client.ask(f"scoredock/service/{verb}", params, 600)
        return answer

    def sent_kilobytes(self) -> float:
        """Of images, as the progress of the newest request says that sent one."""
        lines = [
            str(each["params"]["value"].get("message", ""))
            for each in self.client.notifications
            if each["method"] == "$/progress"
        ]
        return float(re.findall(r"Sent ([0-9.,]+) kB", "\n".join(lines))[-1].replace(",", ""))


def cpu(client: Client) -> float:
    """Seconds of a processor that its server has used."""
    times = psutil.Process(client.process.pid).cpu_times()
    return float(times.user + times.system)


def answer(address: str) -> int:
    """What a service says to one request by a new connection. Raises OSError."""
    request = urllib.request.Request(f"http://{address}/score", BODY, {"Content-Type": "application/json"})
    return int(urllib.request.urlopen(request, timeout=10).read())


def address_of(service: dict[str, Any]) -> str:
    """`host:port`"""
    return str(service["scoringUri"]).removeprefix("http://").removesuffix("/score")


def seconds_until_only(expected: int, address: str, act: Callable[[], object]) -> float:
    """From the request to the moment at which the change is carried out and no old replica answers any more. Each
    request is a connection of its own, so that all replicas are met; 20 in a row count."""
    begin = time.perf_counter()
    act()
    same, since = 0, time.perf_counter()
    while same < 20:
        if same == 0:
            since = time.perf_counter()
        with contextlib.suppress(OSError):
            same = same + 1 if answer(address) == expected else 0
    return since - begin


@contextmanager
def project(cluster: Cluster, folder: Path) -> Iterator[Project]:
    """In a namespace that ends with it."""
    with cluster.namespace() as namespace:
        made = Project(cluster, namespace, folder)
        with made.client:
            yield made
