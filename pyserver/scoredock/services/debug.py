"""Debug sessions of services: where their files are, and a revision that connects to the editor's debugger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.errors import ServiceStateInvalid
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.service import Service
from scoredock.services.entry_script import EntryScript
from scoredock.services.lifecycle.debug_start import DebugStart
from scoredock.services.request import UpdateRequest

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class DebugMapping:
    """Local folder and its place in the service, by which a debugger finds source lines."""

    local_root: str
    remote_root: str
    """`.` is the working directory of the service, which debugpy understands."""


@dataclass(frozen=True, slots=True)
class DebugTarget:
    """Entry script and folder mappings that an editor needs before it listens."""

    entry_script: str
    mappings: tuple[DebugMapping, ...]


def debug_target(deployments: Deployments, name: str) -> DebugTarget:
    """Debug target of a deployed service. Raises ScoredockError `service-not-found` …"""
    current = deployments.ledger.require(name).current
    if current is None or current.spec is None:
        raise ServiceStateInvalid(
            l10n.t("The service {name} was never deployed completely.", name=name), l10n.t("Deploy it again.")
        )
    return target_of(current.spec.script)


def target_of(script: EntryScript) -> DebugTarget:
    """Debug target of a revision with this script.

    The folder above what was staged stands for the root of the application: the source directory is a folder of its own
    there, a script alone lies in it. Every revision has its own root, which is why the service's working directory is
    named instead.
    """
    return DebugTarget(str(script.path), (DebugMapping(str((script.source_directory or script.path).parent), "."),))


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
