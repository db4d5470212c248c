"""Start that waits for a debugger: the worker connects to the editor before the script runs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import field, replace

from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.engines.front_end import FrontEnd
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock_runtime.contract import DEBUG_PORT_VARIABLE

DEBUGGER = "debugpy"
PATIENCE = 86_400.0
"""Seconds for a start under a debugger: a person may stand at a line of init() for long."""


@dataclass(frozen=True, slots=True)
class DebugStart:
    """Differences of a start for a debugger from any other. It is never recorded: the next start is a plain one."""

    port: int
    """Where the debugger listens on 127.0.0.1."""
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    """Tells it from every other start."""

    def __post_init__(self) -> None:
        """Raises ScoredockError `port-invalid`."""
        if not 1 <= self.port <= 65_535:
            raise ScoredockError(
                "port-invalid",
                l10n.t("{port} is not a port.", port=self.port),
                l10n.t("Give the port where the debugger listens."),
                details={"port": str(self.port)},
            )

    def environment(self, spec: EnvironmentSpec) -> EnvironmentSpec:
        """Environment with the debugger's package added, unless its requirements name it."""
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


def _is_debugger(line: str) -> bool:
    found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)
    return found is not None and canonicalize_name(found.group()) == DEBUGGER
