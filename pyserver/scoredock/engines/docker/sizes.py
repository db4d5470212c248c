"""Cores and memory of a container: what its machine has, another number of cores while it runs, and what it uses."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from scoredock import l10n
from scoredock.containers import objects
from scoredock.containers.connection import Docker, connect
from scoredock.containers.failures import docker_errors
from scoredock.containers.settings import DockerSettings
from scoredock.containers.stats import kernel_usage, memory_kills, usage
from scoredock.engines.base import Launch, MachineCapacity, ResourceUsage
from scoredock.engines.handle import Handle
from scoredock.errors import DockerUnavailable, ScoredockError

_PERIOD = 100_000
"""Microseconds within which a container may use its share; the kernel's own default."""


def machine_of(docker: Docker) -> MachineCapacity:
    """Raises ScoredockError `limits-unavailable` where the daemon cannot limit containers, `docker-unavailable`."""
    with docker_errors(l10n.t("read what the machine of Docker has")):
        facts: Mapping[str, Any] = docker.api.info()
    if not facts.get("MemoryLimit") or not facts.get("CpuCfsQuota"):
        raise ScoredockError(
            "limits-unavailable", l10n.t("This Docker cannot limit the CPU and the memory of a container.")
        )
    return MachineCapacity(float(facts.get("NCPU") or 1), int(facts.get("MemTotal") or 0))


def set_cpus(docker: Docker, container: str, cpus: float) -> None:
    """Sets the limit of cores of a container that was made without one. Raises ScoredockError `limits-unavailable`
    where the daemon refuses it."""
    try:
        with docker_errors(l10n.t("limit the CPU of the container")):
            docker.api.update_container(container, cpu_period=_PERIOD, cpu_quota=round(cpus * _PERIOD))
    except DockerUnavailable:
        raise
    except ScoredockError as error:
        raise ScoredockError("limits-unavailable", error.message) from error


def use_of(docker: Docker, container: str) -> ResourceUsage | None:
    """Resources that a container uses; None for one that does not run. Raises ScoredockError where the daemon does not
    answer."""
    inspected = objects.inspect(docker, container)
    if inspected is None or not inspected["State"].get("Running"):
        return None
    pid = int(inspected["State"].get("Pid") or 0)
    read = kernel_usage(container, pid) if docker.place is None else None
    if read is not None:
        return ResourceUsage(*read, memory_kills(container, pid))
    figures = usage(docker, container)
    return None if figures is None else ResourceUsage(figures.cpu_seconds, figures.memory_bytes)


class ContainerSizes(ABC):
    """Implementation of `engines.base.HoldsToSize` for Docker engines."""

    _settings: DockerSettings

    @abstractmethod
    def _for_start(self, launch: Launch) -> Docker:
        """The daemon that a service is to start on."""

    @abstractmethod
    def _daemon(self, handle: Handle) -> Docker:
        """The daemon that a service was started on."""

    def machine_size(self, launch: Launch | None = None) -> MachineCapacity:
        return machine_of(connect(self._settings) if launch is None else self._for_start(launch))

    def resize(self, handle: Handle, cpus: float) -> None:
        set_cpus(self._daemon(handle), handle.container, cpus)

    def use(self, handle: Handle) -> ResourceUsage | None:
        with contextlib.suppress(ScoredockError):
            return use_of(self._daemon(handle), handle.container)
        return None
