"""What the engine and the parent process of a service tell each other: two files in its folder and a control
endpoint."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from scoredock import l10n
from scoredock.engines.base import Launch
from scoredock.engines.handle import Handle
from scoredock.engines.probe import LOOPBACK
from scoredock.errors import ScoredockError, ServiceStateInvalid
from scoredock_runtime import contract
from scoredock_runtime.contract import ServiceSpec, ServiceStatus

_SHARED_SECONDS = 0.2
"""On Windows a file cannot be read at the moment in which it is replaced."""


def control(handle: Handle, method: str, route: str, body: Mapping[str, object], timeout: float) -> ServiceStatus:
    """One request to the parent's control endpoint. Raises OSError, HTTPException, ValueError, ScoredockError."""
    status = read_status(handle.folder)
    port = status.control_port if status is not None else 0
    if not port:
        raise ScoredockError("service-unreachable", l10n.t("The service has no control endpoint yet."))
    return contract.status_from_json(ask_parent(port, handle.nonce, method, route, body, timeout))


def ask_parent(
    port: int, nonce: str, method: str, route: str, body: Mapping[str, object], timeout: float, largest: int = 1_000_000
) -> str:
    """One request to the control endpoint on a port of this machine; up to `largest` bytes of its answer.

    Raises OSError, HTTPException, ValueError, and ScoredockError when the parent refuses.
    """
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        headers = {"Authorization": f"Bearer {nonce}", "Content-Type": "application/json"}
        connection.request(method, route, json.dumps(body) if method == "POST" else None, headers)
        answer = connection.getresponse()
        text = answer.read(largest).decode("utf-8", "replace")
    finally:
        connection.close()
    if answer.status != 200:
        told = json.loads(text) if text.startswith("{") else {}
        raise ServiceStateInvalid(
            str(told.get("error") or l10n.t("The service refused with {status}.", status=answer.status))
        )
    return text


def spec_of(launch: Launch) -> ServiceSpec:
    """What a parent on this machine is told of a revision."""
    return ServiceSpec(
        name=launch.service,
        revision=launch.revision,
        nonce=launch.nonce,
        python=str(launch.python),
        app_root=str(launch.app_root),
        entry_script=launch.entry_script,
        source_directory=launch.source_directory,
        model_dir=launch.model_dir,
        port=launch.port or 0,
        environment=dict(launch.environment),
        start_timeout=launch.start_timeout,
        worker_count=launch.front.worker_count,
        strict=launch.strict,
        authentication=launch.authentication,
        max_concurrent_requests=launch.front.max_concurrent_requests,
        max_queue_wait=launch.front.max_queue_wait,
        scoring_timeout=launch.front.scoring_timeout,
        tls_certificate=launch.front.certificate,
        tls_key=launch.front.certificate_key,
        liveness=launch.front.liveness,
        collect_data=launch.front.collect_data,
        metrics=launch.metrics,
        request_log=launch.request_log,
        template=launch.routes is None,
        routes=launch.routes,
    )


def write_spec(path: Path, launch: Launch, *, restarts: bool = True) -> None:
    """What the parent reads; without `restarts` a worker that crashes ends the service."""
    spec = spec_of(launch)
    if not restarts:
        spec = dataclasses.replace(spec, restart_limit=0)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(contract.to_json(spec) + "\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_status(folder: Path) -> ServiceStatus | None:
    """What the parent told last; None where it told nothing or that cannot be read."""
    until = time.monotonic() + (_SHARED_SECONDS if sys.platform == "win32" else 0)
    while True:
        try:
            return contract.read_status(folder)
        except (OSError, ValueError, TypeError) as error:
            if not isinstance(error, PermissionError) or time.monotonic() >= until:
                return None
        time.sleep(0.005)


def proof_of(folder: Path) -> tuple[str, str]:
    """Nonce and certificate file of the spec in a service folder; empty where it cannot be read."""
    try:
        spec = contract.spec_from_json((folder / contract.SPEC_FILE).read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        return "", ""
    return spec.nonce, spec.tls_certificate
