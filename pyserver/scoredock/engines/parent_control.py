"""Communication between the engine and the parent process of a service: two files in its folder and a control
endpoint."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from scoredock import l10n
from scoredock.containers.waiting import awaited, waiting_for
from scoredock.engines.base import Launch
from scoredock.engines.handle import Handle
from scoredock.engines.probe import LOOPBACK, end_in_all
from scoredock.errors import ScoredockError, ServiceStateInvalid
from scoredock_runtime import contract
from scoredock_runtime.contract import ServiceSpec, ServiceStatus

LOOK_SECONDS = 2.0
"""After so long without an answer to a request that may take long, the parent is asked whether it is there."""
ANSWER_SECONDS = 10.0
"""What a parent needs for its status, also on a machine that is busy with much else; it takes milliseconds."""
STARTING_AGAIN = "starting again"
"""Phase of a service that was up, and of which a worker has ended."""
_SHARED_SECONDS = 0.2
"""On Windows a file cannot be read at the moment in which it is replaced."""


def control(handle: Handle, method: str, route: str, body: Mapping[str, object], timeout: float) -> ServiceStatus:
    """One request to the parent's control endpoint, which takes `timeout` in all.

    Raises OSError, HTTPException, ValueError, ScoredockError.
    """
    return contract.status_from_json(ask_parent(_port_of(handle), handle.nonce, method, route, body, timeout))


def control_patiently(handle: Handle, route: str, body: Mapping[str, object], timeout: float) -> ServiceStatus:
    """A POST that may take long. Raises as `control` and `ask_patiently` do."""
    pid = handle.pid
    port = _port_of(handle)
    with waiting_for(handle.folder.name):
        text = ask_patiently(port, handle.nonce, route, body, timeout, lambda: halted(pid))
    return contract.status_from_json(text)


def _port_of(handle: Handle) -> int:
    status = read_status(handle.folder)
    port = status.control_port if status is not None else 0
    if not port:
        raise ScoredockError("service-unreachable", l10n.t("The service has no control endpoint yet."))
    return port


def ask_parent(
    port: int, nonce: str, method: str, route: str, body: Mapping[str, object], timeout: float, largest: int = 1_000_000
) -> str:
    """One request to the control endpoint on a port of this machine, which takes `timeout` in all; up to `largest`
    bytes of its answer.

    Raises OSError, HTTPException, ValueError, and ScoredockError when the parent refuses.
    """
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        end_in_all(connection, timeout)
        return _exchange(connection, nonce, method, route, body, largest)
    finally:
        connection.close()


def ask_patiently(
    port: int,
    nonce: str,
    route: str,
    body: Mapping[str, object],
    timeout: float,
    stands: Callable[[], bool] = lambda: False,
) -> str:
    """A POST that takes as long as what it is about: for `timeout` at most, and no longer than the parent answers
    anything at all. `stands` says that it cannot. One that is given up is cut off, by which the parent knows.

    Raises as `ask_parent`, TimeoutError when it was given up, and `cancelled`.
    """
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)

    def make() -> str:
        end_in_all(connection, timeout)
        return _exchange(connection, nonce, "POST", route, body, 1_000_000)

    def alive() -> bool:
        return not stands() and _answers(port, nonce)

    try:
        return awaited(make, timeout, alive, LOOK_SECONDS)
    except TimeoutError:
        raise TimeoutError(l10n.t("it has given no response in time")) from None
    finally:
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for its answer
        connection.close()


def halted(pid: int) -> bool:
    """True if a process was stopped by a signal or a debugger, and answers nobody until it is continued."""
    try:
        return pid > 0 and psutil.Process(pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
    except psutil.Error:
        return False


def _answers(port: int, nonce: str) -> bool:
    try:
        ask_parent(port, nonce, "GET", "/status", {}, ANSWER_SECONDS)
    except ScoredockError:
        return True  # with a refusal
    except (OSError, http.client.HTTPException, ValueError):
        return False
    return True


def _exchange(
    connection: http.client.HTTPConnection,
    nonce: str,
    method: str,
    route: str,
    body: Mapping[str, object],
    largest: int,
) -> str:
    headers = {"Authorization": f"Bearer {nonce}", "Content-Type": "application/json"}
    connection.request(method, route, json.dumps(body) if method == "POST" else None, headers)
    answer = connection.getresponse()
    text = answer.read(largest).decode("utf-8", "replace")
    if answer.status != 200:
        document = json.loads(text) if text.startswith("{") else {}
        raise ServiceStateInvalid(
            str(document.get("error") or l10n.t("The service refused with {status}.", status=answer.status))
        )
    return text


def spec_of(launch: Launch) -> ServiceSpec:
    """The spec of a revision for a parent on this machine."""
    return ServiceSpec(
        name=launch.service,
        revision=launch.revision,
        nonce=launch.nonce,
        python=str(launch.python),
        script_python="" if launch.script_python is None else launch.script_python.as_posix(),
        app_root=str(launch.app_root),
        entry_script=launch.entry_script,
        source_directory=launch.source_directory,
        working_directory=launch.working_directory,
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
        readiness=launch.front.readiness,
        collect_data=launch.front.collect_data,
        metrics=launch.metrics,
        request_log=launch.request_log,
        template=launch.routes is None,
        routes=launch.routes,
    )


def write_spec(path: Path, launch: Launch, *, restarts: bool = True) -> None:
    """Writes the spec file for the parent; without `restarts` a worker that crashes ends the service."""
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
    """The status that the parent wrote last; None where there is none or it cannot be read."""
    until = time.monotonic() + (_SHARED_SECONDS if sys.platform == "win32" else 0)
    while True:
        try:
            return contract.read_status(folder)
        except (OSError, ValueError, TypeError) as error:
            if not isinstance(error, PermissionError) or time.monotonic() >= until:
                return None
        time.sleep(0.005)


def phase_of(status: ServiceStatus) -> str:
    """Phase of the parent; `starting again` if it was up before."""
    return STARTING_AGAIN if status.phase == contract.STARTING and status.restarts else status.phase


def proof_of(folder: Path) -> tuple[str, str]:
    """Nonce and certificate file of the spec in a service folder; empty where it cannot be read."""
    try:
        spec = contract.spec_from_json((folder / contract.SPEC_FILE).read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        return "", ""
    return spec.nonce, spec.tls_certificate
