"""What the person set about Docker."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class DockerSettings:
    """Where the person wants Docker to be looked for."""

    host: str = ""
    """Setting `scoredock.docker.host`, or DOCKER_HOST; empty tries every place there is (see endpoints.py)."""
