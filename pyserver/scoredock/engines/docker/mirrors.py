"""Log and history of a container, brought out into the folder of its service."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scoredock.containers import objects
from scoredock.containers.connection import Docker
from scoredock.engines.docker import control as docker_control
from scoredock.engines.docker.control import NotReached
from scoredock.engines.docker.logs import ContainerLog, mirror, unread
from scoredock.engines.docker.options import STATE_FOLDER
from scoredock.engines.docker.state import current_handle, finished_at, stored_history, stored_status
from scoredock.engines.handle import Handle
from scoredock.engines.history_rows import mirror_rows, route_after, rows_told
from scoredock_runtime import contract
from scoredock_runtime.contract import LOG_FOLDER
from scoredock_runtime.contract_history import Row, read_history

_LOG_BYTES = 12_000_000


def copied_history(docker: Docker, handle: Handle) -> list[Row]:
    """The history of a container, as far as it says it now; it is kept in the folder of the service. Raises
    ScoredockError."""
    inspected = objects.inspect(docker, handle.container)
    if inspected is None or inspected["State"].get("Paused") or not handle.folder.is_dir():
        return read_history(str(handle.folder))
    if finished_at(inspected):
        return mirror_rows(handle.folder, lambda _: stored_history(docker, handle.container))
    current = current_handle(docker, handle, inspected)

    def newer(rows: list[Row]) -> list[Row]:
        if current is None:
            return []
        try:
            return rows_told(docker_control.history(current, route_after(rows)))
        except NotReached:
            return []

    return mirror_rows(handle.folder, newer)


def copy_log(docker: Docker, handle: Handle) -> None:
    """Brings what is new in the log of a container into the folder of the service. Raises ScoredockError."""
    folder = handle.folder
    inspected = objects.inspect(docker, handle.container)
    if inspected is None:
        return
    final = finished_at(inspected)
    if inspected["State"].get("Paused"):
        return  # nobody there can tell what is new
    if not final:
        current = current_handle(docker, handle, inspected)
        if current is not None:
            with contextlib.suppress(NotReached):
                mirror(folder, ContainerLog(handle.name, lambda since: docker_control.log_lines(current, since)))
        return
    if not unread(folder, handle.name, final):
        return
    lines = _stored_lines(docker, handle.container)
    mirror(
        folder,
        ContainerLog(handle.name, lambda since: lines if since >= 0 else [], final, _rest(docker, inspected)),
    )


def _stored_lines(docker: Docker, container: str) -> list[str]:
    """The stored log of a container that has ended, oldest record first."""
    files = list(objects.read(docker, container, f"{STATE_FOLDER}/{LOG_FOLDER}", _LOG_BYTES))
    numbered = {}
    for path, content in files:
        name = path.rsplit("/", 1)[-1]
        if name.startswith(contract.LOG_FILE):
            number = name.removeprefix(contract.LOG_FILE).lstrip(".")
            numbered[int(number) if number.isdigit() else 0] = content
    return [
        line.decode("utf-8", "replace")
        for index in sorted(numbered, reverse=True)
        for line in numbered[index].split(b"\n")
    ]


def _rest(docker: Docker, inspected: Mapping[str, Any]) -> Callable[[], Iterable[str]]:
    """Function for a container's output that is not a record: why its interpreter could not start or was ended."""

    def lines() -> Iterable[str]:
        status = stored_status(docker, str(inspected["Id"]))
        if status is not None and status.phase in (contract.STOPPED, contract.FAILED):
            return []
        output = objects.output(docker, str(inspected["Id"]), 200)
        return [each for each in output if contract.failure_from_line(each) is None]

    return lines
