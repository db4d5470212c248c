"""Settings of Docker: where the person wants it to be looked for."""

from __future__ import annotations

from scoredock.docker_place import DockerPlace, docker_place_from_text
from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class DockerSettings:
    """Settings of the places where Docker is looked for."""

    host: str = ""
    """Setting `scoredock.docker.host`, or DOCKER_HOST; empty tries every place there is (see endpoints.py)."""
    place: DockerPlace | None = None
    """That of another machine, which is attached as a compute target; then nothing else is tried."""

    @classmethod
    def of(cls, endpoint: str) -> DockerSettings:
        """Settings that lead to the daemon of a `Docker.endpoint` again."""
        place = docker_place_from_text(endpoint)
        return cls(place=place) if place is not None else cls(endpoint)
