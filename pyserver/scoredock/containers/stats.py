"""What a container uses right now, from one reading of the daemon, which may take up to a second to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors


@dataclass(frozen=True, slots=True)
class Usage:
    """One reading."""

    cpu_seconds: float
    """Since the container was started."""
    memory_bytes: int
    """Without the file cache that the kernel may drop at any time."""


def usage(docker: Docker, container: str) -> Usage | None:
    """None when the container does not run. Raises ScoredockError `docker-unavailable` or `docker-failed`."""
    with docker_errors(l10n.t("read the resource use of the container")):
        raw: Mapping[str, Any] = docker.api.stats(container, stream=False, one_shot=True)
    memory = raw.get("memory_stats") or {}
    used = memory.get("usage")
    seconds = ((raw.get("cpu_stats") or {}).get("cpu_usage") or {}).get("total_usage")
    if not isinstance(used, int) or not isinstance(seconds, int):
        return None
    details = memory.get("stats") or {}
    # The names of cgroup v1 and v2.
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return Usage(seconds / 1e9, max(0, used - (cache if isinstance(cache, int) else 0)))
