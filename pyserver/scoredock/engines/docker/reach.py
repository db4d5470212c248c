"""The ports of this machine that lead into a container: those that it publishes, or of another machine forwards."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock.containers import objects
from scoredock.containers.connection import Docker
from scoredock.engines.docker.identity import adoption_of, owner_of
from scoredock.engines.docker.options import CONTROL_PORTS, SERVICE_PORT, published
from scoredock.errors import ScoredockError
from scoredock.forwarding.forwards import (
    ServiceForward,
    await_dropped,
    drop_forward,
    ensure_forward,
    read_forwards,
)


def reached(docker: Docker, inspected: Mapping[str, Any], inside: int, port: int = 0, *, doubted: bool = False) -> int:
    """The port of this machine that leads to one of the container; 0 for none, as where
    the container has ended.

    Of another machine it is held by a forwarding process of the workspace, which is started where it does not run.
    `port` is the port that a new service is to have; 0 for that which it had, else a free one. With `doubted` nothing
    came through it just now. Raises as `ensure_forward`.
    """
    if docker.place is None:
        return published(inspected, inside)
    adoption = adoption_of(inspected["Config"].get("Labels") or {})
    if adoption is None or not inspected["State"].get("Running"):
        return 0
    folder, container = Path(adoption.folder), str(inspected["Name"]).lstrip("/")
    try:
        return _forwarded(folder, ServiceForward(_name(folder, inside), docker.place, container, inside, port), doubted)
    except ScoredockError:
        now = objects.inspect(docker, str(inspected["Id"]))
        if now is not None and now["State"].get("Running"):
            raise
        return 0  # it ended meanwhile, and what it left says why


def _forwarded(folder: Path, forward: ServiceForward, doubted: bool) -> int:
    forwards = forwards_of(folder)
    if not forward.local_port:
        before = read_forwards(forwards).get(forward.name)
        forward = replace(forward, local_port=before.local_port if before is not None else 0)
    return ensure_forward(forwards, forward, doubted=doubted)


def drop_forwards(folder: Path, port: int = 0) -> None:
    """Drops the forwards of a service that has ended: its ports are free then. Raises OSError."""
    forwards = forwards_of(folder)
    held_by = drop_forward(forwards, *(_name(folder, each) for each in (SERVICE_PORT, *CONTROL_PORTS)))
    with contextlib.suppress(OSError):
        await_dropped(forwards, port, held_by)


def forwards_of(folder: Path) -> Path:
    """The folder of the workspace's forwards."""
    return owner_of(folder) / "forwards"


def _name(folder: Path, inside: int) -> str:
    return f"{folder.name}:{inside}"
