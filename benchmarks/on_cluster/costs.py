"""What a request costs in a pod and in a container of Docker: CPU time that the kernel charged their control groups."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

from docker_daemon import base_image, docker, docker_host
from lsp.client import COMMAND, Client
from measurement import Measurement
from on_cluster.project import BODY, Project

ROUNDS = 9
REQUESTS = 4_000
NAME = "bench-costs"
_GROUPS = Path("/sys/fs/cgroup/cpuacct")
_CLIENT = Path(__file__).with_name("requests_in_a_row.py")


class Counted(NamedTuple):
    """A service that is asked over one connection, and where the kernel counts its CPU time."""

    address: str
    group: Path
    network: int
    """A process in the network from which it is asked: that to which the container is connected by its own interface.
    The kernel charges a container for each further network that its answers go through."""

    def microseconds(self) -> float:
        """For one request, of many."""
        before = self._used()
        client = (sys.executable, str(_CLIENT), self.address, BODY.decode(), str(REQUESTS))
        subprocess.run(("nsenter", f"--net=/proc/{self.network}/ns/net", *client), check=True)
        return (self._used() - before) / REQUESTS / 1000

    def _used(self) -> int:
        """Nanoseconds."""
        return int((self.group / "cpuacct.usage").read_text())


def of_a_request(project: Project) -> Iterator[Measurement]:
    """By turns, one replica each; both are asked at their own address, from the network of the node and of the
    machine."""
    project.configure(1)
    project.deploy("pod")
    environment = {"SCOREDOCK_BASE_IMAGE": base_image(), "DOCKER_HOST": docker_host()}
    files = {"entryScript": str(project.folder / "score.py"), "environmentFile": str(project.folder / "conda.yml")}
    with Client(project.folder / "home-of-docker", command=COMMAND, env=environment) as client:
        client.initialize()
        client.ask("scoredock/service/deploy", {"name": NAME, "engine": "docker", **files}, 600)
        try:
            pod, container = _pod(project), _container()
            for each in (pod, container):
                each.microseconds()
            found = [(pod.microseconds(), container.microseconds()) for _ in range(ROUNDS)]
        finally:
            client.ask("scoredock/service/delete", {"name": NAME})
    ratio = statistics.median(a / b for a, b in found)
    in_pod, in_docker = (statistics.median(each) for each in zip(*found, strict=True))
    text = f"{ratio:.2f} times ({in_pod:.0f} µs beside {in_docker:.0f} µs)"
    yield Measurement("CPU time of a request in a pod, beside Docker", "0.95 to 1.05", text, 0.95 <= ratio <= 1.05)


def _pod(project: Project) -> Counted:
    (pod,) = project.cluster.get("pods", "-n", project.namespace, "-l", "app.kubernetes.io/name=pod")["items"]
    (group,) = _GROUPS.rglob(f"pod{pod['metadata']['uid']}")
    node = project.cluster.place.folder / pod["spec"]["nodeName"]
    processes = psutil.process_iter(["cmdline"])
    (kubelet,) = (each.pid for each in processes if f"--config={node}/kubelet.yaml" in (each.info["cmdline"] or ()))
    return Counted(f"{pod['status']['podIP']}:5001", group, kubelet)


def _container() -> Counted:
    (found,) = docker().api.containers(filters={"name": NAME})
    (network,) = found["NetworkSettings"]["Networks"].values()
    return Counted(f"{network['IPAddress']}:5001", _GROUPS / "docker" / found["Id"], os.getpid())
