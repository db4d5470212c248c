"""Changes a service in a container; at one of its steps a process is killed: this one, or the daemon.

    docker_child.py WORKSPACE HOST BASE VERB POINT VICTIM SCRIPT REQUIREMENTS

A point is just before or just after a call to the daemon or a transaction of the ledger; POINT 0 kills nobody, and the
number of points is printed at the end. VICTIM is 0 for this process, else the pid of the daemon: then a line is written
at the point, and the change goes on once somebody has killed that.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import requests
from scoredock.containers.connection import DockerSettings, connect
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.store.store import Store
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest, DeploySettings, UpdateRequest

NAME = "svc-one"


class Points:
    """Counts, and kills at one."""

    def __init__(self, at: int, victim: int) -> None:
        self.passed = 0
        self.at, self.victim = at, victim

    def __call__(self) -> None:
        self.passed += 1
        if self.passed != self.at:
            return
        if not self.victim:
            os.kill(os.getpid(), signal.SIGKILL)
        print("at the point", flush=True)
        while _runs(self.victim):
            time.sleep(0.005)


def _runs(pid: int) -> bool:
    """A process that ended but was not waited for by its parent runs no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def around(function: Callable[..., Any], point: Points) -> Callable[..., Any]:
    def marked(*arguments: Any, **options: Any) -> Any:
        point()
        result = function(*arguments, **options)
        point()
        return result

    return marked


def mark_everything(point: Points) -> None:
    requests.Session.send = around(requests.Session.send, point)  # type: ignore[method-assign]
    write = Store.write

    @contextlib.contextmanager
    def marked(self: Store, *arguments: Any, **options: Any) -> Iterator[Any]:
        point()
        with write(self, *arguments, **options) as connection:
            yield connection
        point()

    Store.write = marked  # type: ignore[method-assign]


def change(
    workspace: Path,
    host: str,
    base: str,
    verb: str,
    point: Points,
    script: str,
    requirements: str,
) -> None:
    settings = DeploySettings(start_timeout=60.0, stop_grace=1.0, docker=DockerSettings(host), base_image=base)
    deployments = Deployments(Registry(workspace), settings=settings)
    connect(settings.docker)  # finding the daemon is not part of what is tested
    mark_everything(point)
    if verb == "deploy":
        request = DeployRequest(
            NAME,
            models=("m:1",),
            entry_script=script,
            environment_file=requirements,
            engine="docker",
        )
        deployments.deploy(request)
    elif verb == "update":
        deployments.update(NAME, UpdateRequest(environment_variables={"UPDATED": "yes"}))
    elif verb == "move":
        deployments.update(
            NAME,
            UpdateRequest(models=("m:2",), environment_variables={"UPDATED": "yes"}),
        )
    elif verb == "reload":
        deployments.reload(NAME, force=True)
    else:
        deployments.delete(NAME)
    print(point.passed)


def main(words: Sequence[str]) -> int:
    folder, address, image, wanted, number, killed, entry, packages = words
    try:
        change(
            Path(folder),
            address,
            image,
            wanted,
            Points(int(number), int(killed)),
            entry,
            packages,
        )
    except ScoredockError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
