"""Containers that are ours, and which of those of a service takes its requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock.containers import objects
from scoredock.containers.connection import Docker
from scoredock.engines.docker.identity import (
    ROLE,
    ROLE_SERVICE,
    SERVICE,
    WORKSPACE,
    Adoption,
    Instance,
    Instances,
    adoption_of,
    data_volume,
    folder_in,
    handle_of,
    holds_data,
    owner_of,
    proven,
)
from scoredock.engines.docker.state import current_handle, stored_status
from scoredock.engines.handle import Handle
from scoredock_runtime import contract

ALIVE = ("running", "paused", "restarting", "created")


def of_workspace(docker: Docker, owner: Path) -> list[Mapping[str, Any]]:
    """Containers of services of a workspace that prove to be ours, the newest first; others are not looked at."""
    listed = objects.listed(docker, [WORKSPACE, f"{ROLE}={ROLE_SERVICE}"])
    return [each for each in listed if proven(each["Labels"] or {}, name_of(each), owner)]


def of_folder(docker: Docker, folder: Path) -> list[Mapping[str, Any]]:
    """Containers of one service, the newest first."""
    owner = owner_of(folder)
    listed = [(each, adoption_of(each["Labels"])) for each in of_workspace(docker, owner)]
    return [each for each, adoption in listed if adoption is not None and folder_in(owner, adoption) == folder]


def volumes_of(docker: Docker, owner: Path) -> dict[str, Mapping[str, str]]:
    """Labels of the volumes of a workspace's services that prove to be ours, by name, also from before it was moved."""
    volumes = objects.volumes(docker, WORKSPACE).items()
    return {name: each for name, each in volumes if each.get(ROLE) == ROLE_SERVICE and proven(each, name, owner)}


def data_volume_of(docker: Docker, folder: Path) -> str:
    """The volume for what a service collects: the one that is there, also when the workspace was moved since."""
    fresh, volumes = data_volume(folder), volumes_of(docker, owner_of(folder)).items()
    present = [name for name, each in volumes if each.get(SERVICE) == folder.name and holds_data(each, name)]
    return fresh if fresh in present else next(iter(present), fresh)


def handle_in(docker: Docker, folder: Path, container: Mapping[str, Any]) -> Handle:
    """Handle of a container of the service, with its ports as they are now."""
    name = name_of(container)
    instance = Instances.read(folder).get(name) or Instance(name, "")
    handle = handle_of(docker, str(container["Id"]), name, folder, instance, {})
    adoption = adoption_of(container["Labels"]) or Adoption(str(folder), "")
    handle = dataclasses.replace(handle, holder=adoption.holder)
    inspected = objects.inspect(docker, str(container["Id"]))
    current = current_handle(docker, handle, inspected) if inspected is not None else None
    return current if current is not None else handle


def serving_one(docker: Docker, folder: Path, group: list[Mapping[str, Any]]) -> Handle | None:
    """Handle of the container that serves, the newest if there are several, among the live containers of one service.

    Those that only hold the network do not, nor do those that have no order to open the port.
    """
    serving, _ = decided(docker, group)
    return handle_in(docker, folder, serving[0]) if serving else None


def decided(docker: Docker, group: list[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The live containers of a service that take its requests, and those of updates that nobody decided; newest
    first.

    Two take requests only while an update ends: of those the newer one gets all new ones.
    """
    # One that was made and never started serves nobody, however old it is.
    started = [each for each in group if each["State"] != "created"] or group
    if len(started) == 1 and holder_of(started[0]):
        return started, []
    serving: list[Mapping[str, Any]] = []
    waiting: list[Mapping[str, Any]] = []
    for each in started:
        # By their files: the control port of one that has retired may be another one's by now.
        status = stored_status(docker, str(each["Id"]))
        if status is not None and status.phase == contract.RETIRED:
            continue
        closed = status is None or status.phase in (contract.STARTING, contract.PREPARED)
        (waiting if closed and holder_of(each) else serving).append(each)
    if not serving:  # whoever held their network has ended, and none of them can be called
        return waiting[-1:], waiting[:-1]
    return serving, waiting


def name_of(container: Mapping[str, Any]) -> str:
    """Name of a container, without the slash before it."""
    return str((container.get("Names") or [""])[0]).lstrip("/")


def holder_of(container: Mapping[str, Any]) -> str:
    """The container in whose network it is; empty where that is its own."""
    adoption = adoption_of(container["Labels"])
    return adoption.holder if adoption is not None else ""
