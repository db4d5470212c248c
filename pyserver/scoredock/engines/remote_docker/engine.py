"""The Docker engine on another machine, which is attached to the workspace as a compute target.

Everything that a service is lies there: its image, and volumes with its models, its code and its state. The folder of
the service says in which Docker; the ports of the container are held here by the forwarding process.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from scoredock import l10n
from scoredock.containers.connection import Docker, connect
from scoredock.containers.settings import DockerSettings
from scoredock.data_folder import make_private
from scoredock.docker_place import DockerPlace, docker_place_from_text, docker_place_text
from scoredock.engines.base import Launch, Readiness
from scoredock.engines.docker.engine import DockerEngine
from scoredock.engines.docker.identity import owner_of
from scoredock.engines.docker.reach import drop_forwards
from scoredock.engines.handle import Handle
from scoredock.engines.workspace_proof import write_private
from scoredock.errors import DockerUnavailable, ScoredockError, ServiceStateInvalid
from scoredock.progress import CancelToken, Progress

_RECORD, _PLACES = "remote-docker.json", "remote-docker-places.json"


def new_engine(_: object = None) -> RemoteDockerEngine:
    """The engine of a workspace."""
    return RemoteDockerEngine()


class RemoteDockerEngine(DockerEngine):
    """See `engines.base.Engine`. One instance serves all services in all Dockers that are attached."""

    name = "remote-docker"

    def ready(self) -> Readiness:
        """Each machine answers for itself."""
        return Readiness(ready=True)

    def start(self, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        try:
            return super().start(launch, progress, cancel)
        except BaseException:
            with contextlib.suppress(OSError):
                drop_forwards(launch.folder, launch.port or 0)
            raise

    def _silence(self, handle: Handle) -> str:
        place = docker_place_from_text(handle.endpoint)
        return l10n.t("{place} does not answer", place=place.title if place is not None else handle.endpoint)

    def stop(self, handle: Handle, grace: float) -> None:
        super().stop(handle, grace)
        drop_forwards(handle.folder, handle.port)

    def clear(self, folder: Path, *, data: bool = False) -> None:
        if record_of(folder) is not None:
            super().clear(folder, data=data)
            (folder / _RECORD).unlink(missing_ok=True)
        drop_forwards(folder)

    def remove(self, handle: Handle) -> None:
        super().remove(handle)
        drop_forwards(handle.folder, handle.port)

    def settle(self, folder: Path, revision: int) -> None:
        if record_of(folder) is not None:
            super().settle(folder, revision)

    def find(self, owner: str) -> list[Handle]:
        return [
            handle
            for place in used_places(Path(owner))
            for handle in self._handles_of(DockerSettings(place=place), owner)
        ]

    def sweep(self, owner: str, exists: Callable[[str], bool], endpoint: str = "") -> bool:
        place = docker_place_from_text(endpoint)
        places = [place] if place is not None else [] if endpoint else used_places(Path(owner))
        swept = [self._swept(DockerSettings(place=each), owner, exists) for each in places]
        return all(swept)

    # ------------------------------------------------------------------------------------------ which Docker

    def _daemon(self, handle: Handle) -> Docker:
        place = docker_place_from_text(handle.endpoint) or record_of(handle.folder)
        if place is None:
            raise ServiceStateInvalid(l10n.t("Nothing tells where {name} runs.", name=handle.folder.name))
        return connect(DockerSettings(place=place))

    def _for_start(self, launch: Launch) -> Docker:
        if launch.docker is None:
            raise ScoredockError(
                "compute-missing", l10n.t("The engine {engine} needs a compute target.", engine=self.name)
            )
        docker = connect(DockerSettings(place=launch.docker))
        remember(launch.folder, launch.docker)
        return docker

    def _of_folder(self, folder: Path) -> Docker:
        place = record_of(folder)
        if place is None:
            raise DockerUnavailable(l10n.t("Nothing tells where {name} runs.", name=folder.name))
        return connect(DockerSettings(place=place))


def remember(folder: Path, place: DockerPlace) -> None:
    """Write it into the folder of the service, and into that of the workspace. Raises OSError."""
    owner = owner_of(folder)
    places = used_places(owner)
    if place not in places:
        write_private(owner / _PLACES, json.dumps([asdict(each) for each in (*places, place)]))
    make_private(folder)
    write_private(folder / _RECORD, docker_place_text(place))


def record_of(folder: Path) -> DockerPlace | None:
    """Place where the service of a folder was started last; None if there is none or the record is not valid."""
    try:
        return docker_place_from_text((folder / _RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def used_places(owner: Path) -> list[DockerPlace]:
    """All that services of this home of the workspace ever were in."""
    with contextlib.suppress(OSError, ValueError, TypeError, RecursionError):
        texts = map(json.dumps, json.loads((owner / _PLACES).read_text("utf-8")))
        return [place for place in map(docker_place_from_text, texts) if place is not None]
    return []
