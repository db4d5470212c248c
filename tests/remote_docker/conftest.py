"""A project on this machine, and another machine with a Docker, which tests may take away and give back."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import docker_daemon
import hypothesis_profiles  # noqa: F401
from cli.conftest import Terminal
from packages.test_without_docker import project
from remote_host import RemoteHost, remote_host

DEPLOY = ("--entry-script", "score.py", "--environment-file", "conda.yml", "--model", "factor:1")


@pytest.fixture(scope="session")
def host() -> Iterator[RemoteHost]:
    with remote_host() as made:
        made.start_ssh()
        docker_daemon.carried_base(made.docker())
        yield made


@dataclass
class Remote:
    """A project whose workspace has the machine as the compute target `gpu`, once it is attached."""

    host: RemoteHost
    terminal: Terminal

    @property
    def tls(self) -> tuple[str, ...]:
        """Options of `compute attach`."""
        place = self.host.place
        files = ("--tls-ca", place.tls_ca, "--tls-cert", place.tls_cert, "--tls-key", place.tls_key)
        return ("--docker", place.address, *files)

    @property
    def ssh(self) -> tuple[str, ...]:
        return ("--docker", self.host.ssh_url)

    def attach(self, *options: str) -> None:
        self.terminal.ok("compute", "attach", "gpu", *(options or self.tls), "--yes")

    def deploy(self) -> dict[str, Any]:
        made = self.terminal.json("service", "deploy", "prices", *DEPLOY, "--compute", "gpu")
        assert (made["state"], made["engine"], made["compute"]) == ("Healthy", "remote-docker", "gpu")
        return dict(made)

    def left(self) -> list[str]:
        """Containers and volumes of the workspace there, but for models, which others may use."""
        docker = self.host.docker()
        label = {"label": f"com.scoredock.workspace={self.workspace}"}
        containers = [str(each["Names"]) for each in docker.api.containers(all=True, filters=label)]
        return containers + [str(each["Name"]) for each in docker.api.volumes(filters=label)["Volumes"] or []]

    @property
    def workspace(self) -> Path:
        return self.terminal.home / "workspaces" / "local"


def answer(port: int, numbers: str = '{"data": [1, 2]}') -> object:
    """Of the service at a port of this machine."""
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/score", numbers.encode(), head)
    with urllib.request.urlopen(request, timeout=30) as told:
        return json.loads(told.read())


@pytest.fixture
def remote_on(tmp_path: Path) -> Iterator[Callable[[RemoteHost], Remote]]:
    made: list[Remote] = []

    def on(host: RemoteHost) -> Remote:
        variables = {"SCOREDOCK_BASE_IMAGE": docker_daemon.BASE, "PATH": host.path, "DOCKER_HOST": "tcp://127.0.0.1:9"}
        made.append(Remote(host, project(tmp_path / f"made-{len(made)}", **variables)))
        return made[-1]

    yield on
    for each in made:
        each.terminal.run("service", "delete", "prices", "--force")
        assert each.left() == []


@pytest.fixture
def remote(host: RemoteHost, remote_on: Callable[[RemoteHost], Remote]) -> Remote:
    return remote_on(host)
