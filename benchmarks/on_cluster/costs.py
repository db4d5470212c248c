"""What a request costs in a pod and in a container of Docker: CPU time that the kernel charged their control groups."""

from __future__ import annotations

import http.client
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docker_daemon import base_image, docker, docker_host
from lsp.client import COMMAND, Client
from measurement import Measurement
from on_cluster.project import BODY, Project, address_of

HEADERS = {"Content-Type": "application/json", "Host": "localhost"}
ROUNDS = 9
REQUESTS = 4_000
NAME = "bench-costs"
_GROUPS = Path("/sys/fs/cgroup/cpuacct")


class Counted(NamedTuple):
    """A service that is asked over one connection, and where the kernel counts its CPU time."""

    address: str
    group: Path

    def microseconds(self) -> float:
        """For one request, of many."""
        host, _, port = self.address.partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        before = self._used()
        for _ in range(REQUESTS):
            connection.request("POST", "/score", BODY, HEADERS)
            response = connection.getresponse()
            response.read()
            assert response.status == 200, (self, response.status)
        connection.close()
        return (self._used() - before) / REQUESTS / 1000

    def _used(self) -> int:
        """Nanoseconds."""
        return int((self.group / "cpuacct.usage").read_text())


def of_a_request(project: Project) -> Iterator[Measurement]:
    """By turns, one replica each; both are asked without a proxy between: the pod at a port of its node, the
    container at its own address."""
    project.configure(1)
    address = address_of(project.deploy("pod"))
    environment = {"SCOREDOCK_BASE_IMAGE": base_image(), "DOCKER_HOST": docker_host()}
    files = {"entryScript": str(project.folder / "score.py"), "environmentFile": str(project.folder / "conda.yml")}
    with Client(project.folder / "home-of-docker", command=COMMAND, env=environment) as client:
        client.initialize()
        client.ask("scoredock/service/deploy", {"name": NAME, "engine": "docker", **files}, 600)
        pod, container = _pod(project, address), _container()
        for each in (pod, container):
            each.microseconds()
        found = [(pod.microseconds(), container.microseconds()) for _ in range(ROUNDS)]
        client.ask("scoredock/service/delete", {"name": NAME})
    ratio = statistics.median(a / b for a, b in found)
    in_pod, in_docker = (statistics.median(each) for each in zip(*found, strict=True))
    text = f"{ratio:.2f} times ({in_pod:.0f} µs beside {in_docker:.0f} µs)"
    yield Measurement("CPU time of a request in a pod, beside Docker", "0.95 to 1.05", text, 0.95 <= ratio <= 1.05)


def _pod(project: Project, address: str) -> Counted:
    (pod,) = project.cluster.get("pods", "-n", project.namespace, "-l", "app.kubernetes.io/name=pod")["items"]
    (group,) = _GROUPS.rglob(f"pod{pod['metadata']['uid']}")
    return Counted(address, group)


def _container() -> Counted:
    (found,) = docker().api.containers(filters={"name": NAME})
    (network,) = found["NetworkSettings"]["Networks"].values()
    return Counted(f"{network['IPAddress']}:5001", _GROUPS / "docker" / found["Id"])
