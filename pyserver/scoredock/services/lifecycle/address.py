"""A service keeps its address: it is started on the port that its callers know, on every engine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from scoredock import l10n
from scoredock.engines.base import Engine, Launch
from scoredock.engines.handle import Handle
from scoredock.engines.probe import LOOPBACK
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken, Progress
from scoredock.services.ledger import ServiceRows
from scoredock.services.planning.plan import Plan
from scoredock.services.request import DeployRequest


def start_where_it_was(
    engine: Engine, launch: Launch, former_port: int, progress: Progress, cancel: CancelToken
) -> Handle:
    """Starts a service on the port that callers know; if that is taken, also at the last moment, on another one, which
    is said. Raises what `Engine.start` raises."""
    try:
        return engine.start(replace(launch, port=former_port), progress, cancel)
    except ScoredockError as error:
        if error.code not in ("port-in-use", "port-invalid"):
            raise
        progress.report(error.message)
    handle = engine.start(launch, progress, cancel)
    if handle.port:
        former, address = base_uri(handle, former_port), base_uri(handle, handle.port)
        progress.report(l10n.t("The address changed from {former} to {address}", former=former, address=address))
    return handle


def base_uri(handle: Handle | None, port: int | None) -> str:
    """Base URI of the service of a handle on this machine; empty without a port."""
    scheme = "https" if handle is not None and handle.certificate else "http"
    return f"{scheme}://{LOOPBACK}:{port}" if port else ""


@contextlib.contextmanager
def port_placed(
    request: DeployRequest,
    plan: Plan,
    services: Callable[[], Iterable[ServiceRows]],
    runs: Callable[[ServiceRows], bool],
) -> Iterator[None]:
    """Says of a port in use where it was written down, and which service of ours has it."""
    try:
        yield
    except ScoredockError as error:
        if error.code == "port-in-use":
            if not request.port and request.deployment_config:
                error.place = Place(request.deployment_config)
            for rows in services():
                name = rows.service.name
                if name != plan.service and rows.service.port == plan.spec.port and runs(rows):
                    error.message = l10n.t(
                        "Port {port} is used by the service {service}.", port=plan.spec.port, service=name
                    )
                    error.fix = l10n.t("Stop that service, or choose another port; 0 takes a free one.")
                    error.details = {**error.details, "service": name}
        raise
