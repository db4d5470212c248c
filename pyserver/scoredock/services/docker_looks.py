"""Present state of the Docker of another machine, and what services would miss there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scoredock import l10n
from scoredock.clusters.target import DockerTarget, TargetCheck
from scoredock.containers.connection import Docker, connect
from scoredock.containers.failures import docker_errors
from scoredock.containers.settings import DockerSettings
from scoredock.errors import ScoredockError

_LEAST_BYTES = 1 << 30
"""Of memory: less than this is short for an environment and its service."""


def ask(target: DockerTarget) -> str:
    """`Docker 28.2.2`. Raises ScoredockError."""
    docker = connect(DockerSettings(place=target.place))
    return docker.described.partition(" (")[0]


def check(target: DockerTarget, failure: ScoredockError | None) -> list[TargetCheck]:
    """Everything that a service needs there. Never raises."""
    if failure is None:
        try:
            docker = connect(DockerSettings(place=target.place))
            with docker_errors(l10n.t("tell of itself")):
                info: Mapping[str, Any] = docker.api.info()
            return [_daemon(docker), *_machine(info)]
        except ScoredockError as error:
            failure = error
    return [TargetCheck("Docker", "missing", failure.message, failure.fix)]


def _daemon(docker: Docker) -> TargetCheck:
    text = l10n.t(
        "answers, {version} on {platform}", version=docker.described.partition(" (")[0], platform=docker.platform
    )
    if is_linux(docker):
        return TargetCheck("Docker", "good", text)
    fix = l10n.t("Attach a Docker that runs Linux containers.")
    return TargetCheck("Docker", "missing", l10n.t("{platform} containers only", platform=docker.platform), fix)


def is_linux(docker: Docker) -> bool:
    """True if it runs the containers of services."""
    return docker.platform.startswith("linux/")


def _machine(info: Mapping[str, Any]) -> Iterator[TargetCheck]:
    what, memory, cores = l10n.t("machine"), int(info.get("MemTotal") or 0), int(info.get("NCPU") or 0)
    if not memory:
        return
    text = l10n.t("{cores} processors, {memory:.1f} GB of memory", cores=cores, memory=memory / 1e9)
    yield TargetCheck(what, "note" if memory < _LEAST_BYTES else "good", text)
    if info.get("MemoryLimit") is False:
        text = l10n.t("Docker cannot limit memory there, so limits of services do not count")
        yield TargetCheck(what, "note", text)
