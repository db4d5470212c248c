"""What it means to start a service for a debugger. The worker connects to the editor and waits there before the script
runs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from scoredock.engines.front_end import FrontEnd
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError, ServiceStateInvalid
from scoredock.progress import CancelToken, Progress
from scoredock.service import Service
from scoredock.services.request import UpdateRequest
from scoredock.services.revision import Script
from scoredock_runtime.contract import DEBUG_PORT_VARIABLE

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

DEBUGGER = "debugpy"
_LOOK_SECONDS = 0.2
PATIENCE = 86_400.0
"""Seconds for a start under a debugger: a person may stand at a line of init() for long."""


@dataclass(frozen=True, slots=True)
class PathMapping:
    """Where a folder of the person's lies in the service; what a debugger needs to find the lines."""

    local_root: str
    remote_root: str
    """`.` is the working directory of the service, which debugpy understands."""


@dataclass(frozen=True, slots=True)
class DebugTarget:
    """What an editor must know before it listens."""

    entry_script: str
    mappings: tuple[PathMapping, ...]


@dataclass(frozen=True, slots=True)
class DebugStart:
    """How a start for a debugger differs from any other. It is never recorded: the next start is a plain one."""

    port: int
    """Where the debugger listens on 127.0.0.1."""
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    """Tells it from every other start."""

    def environment(self, spec: EnvironmentSpec) -> EnvironmentSpec:
        """With the debugger's package, unless the person names it already."""
        if any(_is_debugger(line) for line in spec.requirements):
            return spec
        fallback = None if spec.fallback is None else (*spec.fallback, DEBUGGER)
        return replace(
            spec,
            requirements=(*spec.requirements, DEBUGGER),
            fallback=fallback,
            display_name=f"{spec.display_name} with {DEBUGGER}",
        )

    def front_end(self, front: FrontEnd) -> FrontEnd:
        """One worker, so that every request meets the breakpoints; its time-outs do not run (see the runtime)."""
        return replace(front, worker_count=1)

    def variables(self, variables: Mapping[str, str]) -> dict[str, str]:
        return {**variables, DEBUG_PORT_VARIABLE: str(self.port)}


def start_seconds(variables: Mapping[str, str], usual: float) -> float:
    """The start time-out of a service with these environment variables."""
    return PATIENCE if variables.get(DEBUG_PORT_VARIABLE) else usual


def debug_target(deployments: Deployments, name: str) -> DebugTarget:
    """Where the person's files are and where the service has them. Raises ScoredockError `service-not-found` …"""
    current = deployments.ledger.require(name).current
    if current is None or current.spec is None:
        raise ServiceStateInvalid(f"The service {name} was never deployed completely.", "Deploy it again.")
    return target_of(current.spec.script)


def target_of(script: Script) -> DebugTarget:
    """Of a revision with this script.

    The folder above what was staged stands for the root of the application: the source directory is a folder of its own
    there, a script alone lies in it. Every revision has its own root, which is why the service's working directory is
    named instead.
    """
    return DebugTarget(str(script.path), (PathMapping(str((script.source_directory or script.path).parent), "."),))


def debug(
    deployments: Deployments,
    name: str,
    port: int,
    progress: Progress,
    cancel: CancelToken,
    *,
    skip_checks: bool = False,
) -> Service:
    """A new revision from the person's files as they are now, connected to the debugger that listens on `port`.

    Where the service runs, the old revision answers until init() has returned. Blocks until then. Raises what an update
    raises, and ScoredockError `port-invalid` and `debugger-failed`.
    """
    if not 1 <= port <= 65_535:
        raise ScoredockError(
            "port-invalid",
            f"{port} is not a port.",
            "Give the port where the debugger listens.",
            details={"port": str(port)},
        )
    return deployments.update(name, UpdateRequest(skip_checks=skip_checks), progress, cancel, debugger=DebugStart(port))


def await_session_end(deployments: Deployments, name: str, cancel: CancelToken) -> None:
    """Blocks while a debug session goes through this process, as it does for a service in a container, or until
    cancelled.

    Raises ScoredockError `service-not-found`.
    """
    service = deployments.ledger.require(name).service
    engine = deployments.engines.get(service.engine)
    while engine is not None and service.handle is not None and engine.carries_debugger(service.handle):
        if cancel.wait(_LOOK_SECONDS):
            return


def _is_debugger(line: str) -> bool:
    found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)
    return found is not None and canonicalize_name(found.group()) == DEBUGGER
