"""State of a service in a container, and why it ended: asked of its parent, of its files, of the daemon."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import psutil

from scoredock import l10n, threads
from scoredock.containers import objects
from scoredock.containers.connection import Docker
from scoredock.containers.events import nanoseconds, out_of_memory
from scoredock.containers.networks import daemon_started
from scoredock.containers.stats import Usage, is_out_of_processes, kernel_usage, usage
from scoredock.data_folder import seconds_since
from scoredock.engines.base import PAUSED, Observation
from scoredock.engines.docker import control as docker_control
from scoredock.engines.docker.identity import Instances, adoption_of
from scoredock.engines.docker.options import CONTROL_PORTS, SERVICE_PORT, STATE_FOLDER, WRITABLE
from scoredock.engines.docker.reach import reached
from scoredock.engines.failure import INTERRUPTED
from scoredock.engines.handle import Handle
from scoredock.engines.parent_control import phase_of
from scoredock.engines.probe import address_of, probe
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.visible import one_line
from scoredock_runtime import contract
from scoredock_runtime.contract import Failure, ServiceStatus
from scoredock_runtime.contract_history import FOLDER, RINGS, ROW_BYTES, Row, merged, rows_of

_log = logging.getLogger(__name__)
_PROBE_SECONDS = 1.0
_FIRST_SECONDS = 30.0
"""For the parent to open its control endpoint after its container was started."""
_OPENED_SECONDS = 3.0
"""When it usually has; only then its files are asked besides, which takes as long as a look at the container itself."""
_READING_SECONDS = 0.5
_STATUS_BYTES = 1 << 20
_LINES = 50
_DAEMON_SECONDS = 30.0
"""Within which a daemon that was started says of what it no longer finds that it has ended."""
_KILLED = 137
_MEGABYTE = 1 << 20
_NOT_STARTED = (2, 126, 127)
GONE, OUT_OF_MEMORY, PLATFORM = "container-gone", "container-out-of-memory", "image-platform"


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """A look at what a container uses."""

    at: float
    seconds: float
    share: float | None
    memory: int


class Looks:
    """Observations; keeps only what an earlier look is needed for."""

    def __init__(self) -> None:
        self._readings: dict[str, ResourceUse] = {}
        self._asking: set[str] = set()
        self._ended: dict[str, tuple[str, Observation]] = {}
        self._up: set[str] = set()
        """Containers whose service was ready once."""

    def observe(self, docker: Docker, handle: Handle) -> Observation:
        """Raises ScoredockError when the daemon does not answer."""
        container = handle.container
        inspected = objects.inspect(docker, container)
        if inspected is None:
            return _gone(handle)
        state = inspected["State"]
        if state.get("Running"):
            return self._running(docker, handle, inspected)
        if state.get("Status") == "created":
            return _failed(handle, contract.SERVICE_CRASHED, l10n.t("The container was created but never started."))
        return self._over(docker, handle, inspected)

    def _running(self, docker: Docker, handle: Handle, inspected: Mapping[str, Any]) -> Observation:
        current = current_handle(docker, handle, inspected)
        if current is None:
            return _failed(handle, GONE, l10n.t("The container that holds the network of the service has ended."))
        port = current.port or None
        if inspected["State"].get("Paused"):
            return Observation("Unhealthy", PAUSED, port)
        status = docker_control.status(current)
        if status is None and docker.place is not None:  # what leads there may have lost its login
            current = current_handle(docker, handle, inspected, doubted=True) or current
            status = docker_control.status(current)
        if status is None:
            status, was_up = self._silent(docker, handle.container, _age(inspected))
            if status is None and not was_up and _age(inspected) < _FIRST_SECONDS:
                return Observation("Transitioning", contract.STARTING, port)
            if status is None:
                return Observation("Unhealthy", "not answering", port, failure=_out_of_processes(docker, inspected))
        elif status.phase == contract.READY:
            self._up.add(handle.container)
        if status.phase == contract.FAILED:
            failure = explained(docker, inspected, status.failure)
            return Observation("Failed", "", port, status.revision, failure, restarts=status.restarts)
        if status.phase in (contract.STOPPED, contract.RETIRED):
            return Observation("Stopped", "", port, status.revision)
        return self._serving(docker, current, inspected, port, status)

    def _silent(self, docker: Docker, container: str, age: float) -> tuple[ServiceStatus | None, bool]:
        """Status of a failed service whose parent does not respond, which it no longer reports in its last moments, and
        whether it was ready before."""
        stored = stored_status(docker, container) if age > _OPENED_SECONDS or container in self._up else None
        if stored is not None and stored.phase == contract.READY:
            self._up.add(container)
        return stored if stored is not None and stored.phase == contract.FAILED else None, container in self._up

    def _serving(
        self, docker: Docker, handle: Handle, inspected: Mapping[str, Any], port: int | None, status: ServiceStatus
    ) -> Observation:
        reading = self._usage(docker, inspected)
        observation = Observation(
            "Transitioning",
            phase_of(status),
            port,
            status.revision,
            status.failure,
            restarts=status.restarts,
            exhaustion=status.exhaustion,
            requests=status.requests,
        )
        if reading is not None:
            observation = replace(
                observation,
                cpu_percent=reading.share,
                memory_bytes=reading.memory,
                cpu_seconds=round(reading.seconds, 3),
            )
        if status.phase != contract.READY or port is None:
            return observation
        met = probe(address_of(handle, port), _PROBE_SECONDS)
        if met.healthy:
            return replace(observation, state="Healthy", phase="")
        phase = "not answering" if not met.reached else "refusing" if met.proven else "a stranger answers on its port"
        return replace(observation, state="Unhealthy", phase=phase)

    def _usage(self, docker: Docker, inspected: Mapping[str, Any]) -> ResourceUse | None:
        now = time.monotonic()
        container = str(inspected["Id"])
        before = self._readings.get(container)
        if before is not None and now - before.at < _READING_SECONDS:
            return before
        read = kernel_usage(container, int(inspected["State"].get("Pid") or 0)) if docker.place is None else None
        if read is not None:
            return self._read(container, now, Usage(*read))
        if container not in self._asking:
            # The daemon takes up to a second to answer; nobody who looks waits for that.
            self._asking.add(container)
            threads.start(self._ask, docker, container, name="usage", at_fault=threads.logged)
        return before

    def _ask(self, docker: Docker, container: str) -> None:
        try:
            used = usage(docker, container)
            if used is not None:
                self._read(container, time.monotonic(), used)
        except ScoredockError as error:
            _log.debug("what the container %s uses is not known: %s", container[:12], error)
        finally:
            self._asking.discard(container)

    def _read(self, container: str, now: float, used: Usage) -> ResourceUse:
        before = self._readings.get(container)
        share = None
        if before is not None and now > before.at:
            share = round(max(0.0, (used.cpu_seconds - before.seconds) / (now - before.at) * 100), 1)
        reading = ResourceUse(now, used.cpu_seconds, share, used.memory_bytes)
        self._readings[container] = reading
        return reading

    def _over(self, docker: Docker, handle: Handle, inspected: Mapping[str, Any]) -> Observation:
        container, finished = handle.container, finished_at(inspected)
        self._readings.pop(container, None)
        self._up.discard(container)
        kept = self._ended.get(container)
        instance = Instances.read(handle.folder).get(handle.name)
        asked = instance is not None and instance.ended
        key = f"{finished}{asked}"
        if kept is not None and kept[0] == key:
            return kept[1]
        seen = _ended(docker, handle, inspected, was_asked=asked)
        self._ended[container] = (key, seen)
        return seen


def current_handle(
    docker: Docker, handle: Handle, inspected: Mapping[str, Any], *, doubted: bool = False
) -> Handle | None:
    """The handle with the ports of now, which change when somebody starts the container by hand; None when the one that
    holds its network has ended. `doubted` as of `reached`. Raises ScoredockError."""
    adoption = adoption_of(inspected["Config"].get("Labels") or {})
    control = adoption.control if adoption is not None else CONTROL_PORTS[0]
    publisher = inspected
    if adoption is not None and adoption.holder:
        held = objects.inspect(docker, adoption.holder)
        if held is None or not held["State"].get("Running"):
            return None
        publisher = held
    return replace(
        handle,
        port=reached(docker, publisher, SERVICE_PORT, doubted=doubted),
        control_port=reached(docker, publisher, control, doubted=doubted),
    )


def stored_status(docker: Docker, container: str) -> ServiceStatus | None:
    """The last status that the parent wrote, also when it runs no more. Raises ScoredockError."""
    for _, content in objects.read(docker, container, f"{STATE_FOLDER}/{contract.STATUS_FILE}", _STATUS_BYTES):
        try:
            return contract.status_from_json(content.decode("utf-8"))
        except (ValueError, TypeError):
            return None
    return None


def stored_history(docker: Docker, container: str) -> list[Row]:
    """Rows of the history that the parent has written, also if it no longer runs. Raises ScoredockError."""
    rows: list[Row] = []
    for ring in RINGS:
        path = f"{STATE_FOLDER}/{FOLDER}/{ring.name}"
        for _, content in objects.read(docker, container, path, ring.rows * ROW_BYTES):
            rows += [stored.row for stored in rows_of(content)]
    return merged(rows)


def finished_at(inspected: Mapping[str, Any]) -> str:
    """Time when it ended, as the daemon tells it; empty while it runs."""
    state = inspected["State"]
    return "" if state.get("Running") else str(state.get("FinishedAt", "")) or "ended"


def _gone(handle: Handle) -> Observation:
    instance = Instances.read(handle.folder).get(handle.name)
    if instance is not None and instance.ended:
        return Observation("Stopped", "", handle.port or None)
    return _failed(handle, GONE, l10n.t("The container of the service was removed from outside."))


def _failed(handle: Handle, cause: str, message: str) -> Observation:
    return Observation("Failed", "", handle.port or None, failure=Failure(cause, message))


def _ended(docker: Docker, handle: Handle, inspected: Mapping[str, Any], *, was_asked: bool) -> Observation:
    port = handle.port or None
    status = stored_status(docker, handle.container)
    revision = (
        status.revision if status is not None else int(inspected["Config"]["Labels"].get("com.scoredock.revision") or 0)
    )
    restarts = status.restarts if status is not None else 0
    if was_asked:
        return Observation("Stopped", "", port, revision)
    if (status is None or status.phase != contract.FAILED) and (reason := _restarted(docker, inspected)):
        lines = _output(docker, inspected)
        told_of = Failure(INTERRUPTED, reason, [], lines)
        return Observation("Failed", "", port, revision, told_of, restarts=restarts)
    if status is not None and status.phase == contract.STOPPED:
        return Observation("Stopped", "", port, revision)
    failure = status.failure if status is not None and status.phase == contract.FAILED else None
    last_words = _ended_twice(docker, inspected) if failure is None else None
    failure = last_words or explained(docker, inspected, failure)
    return Observation("Failed", "", port, revision, failure, restarts=restarts)


def _ended_twice(docker: Docker, inspected: Mapping[str, Any]) -> Failure | None:
    """Failure that the guard of a container reported, if that ended again after a restart; None for any other end."""
    failure = _last_words(_output(docker, inspected))
    return failure if failure is not None and failure.message.startswith(contract.ENDED_TWICE) else None


def _restarted(docker: Docker, inspected: Mapping[str, Any]) -> str:
    """A sentence, when the machine or Docker was started again since the container ran and is what ended it, as far as
    that can be told: a container that somebody stops by hand just before ends the same way."""
    state = inspected["State"]
    started = _seconds(str(state.get("StartedAt", "")))
    if state.get("OOMKilled") or not started:
        return ""
    if docker.place is None and psutil.boot_time() > started + 1:
        return l10n.t("The machine was restarted since the service ran.")
    begun = daemon_started(docker)
    if started < begun and _seconds(str(state.get("FinishedAt", ""))) <= begun + _DAEMON_SECONDS:
        return l10n.t("Docker was restarted since the service ran.")
    return ""


def explained(docker: Docker, inspected: Mapping[str, Any], failure: Failure | None) -> Failure:
    """A failure under the cause that only the daemon knows, or one made of all that is known."""
    state = inspected["State"]
    limit = int(inspected["HostConfig"].get("Memory") or 0)
    lines = failure.log_lines if failure is not None else []
    if state.get("OOMKilled") or (limit and _ran_out(docker, inspected)):
        sentence = (
            l10n.t(
                "The container used more memory than its limit of {gigabytes:.2g} GB, and the kernel ended its"
                " process.",
                gigabytes=limit / (1 << 30),
            )
            if limit
            else l10n.t("The container used more memory than its limit, and the kernel ended its process.")
        )
        return Failure(
            OUT_OF_MEMORY,
            f"{sentence} {_files_in_memory(inspected, limit)}".strip(),
            failure.frames if failure is not None else [],
            lines or _output(docker, inspected),
        )
    if failure is not None:
        return failure
    lines = _output(docker, inspected)
    return _last_words(lines) or _guessed(docker, inspected, lines)


def _last_words(lines: list[str]) -> Failure | None:
    """Failure that a parent, or the guard above it, reported at its end."""
    failures = (contract.failure_from_line(line) for line in reversed(lines))
    return next((failure for failure in failures if failure is not None), None)


def _files_in_memory(inspected: Mapping[str, Any], limit: int) -> str:
    """A sentence where files may take all of the memory of a container; else nothing."""
    options = str((inspected["HostConfig"].get("Tmpfs") or {}).get(WRITABLE)).split(",")
    size = next((int(each[5:]) for each in options if each.startswith("size=") and each[5:].isdigit()), 0)
    if not limit or size < limit:
        return ""
    return l10n.t(
        "Files in /tmp count as memory, and may take {megabytes:.0f} MB (tmpSize).", megabytes=size / _MEGABYTE
    )


def _guessed(docker: Docker, inspected: Mapping[str, Any], lines: list[str]) -> Failure:
    state = inspected["State"]
    code = int(state.get("ExitCode") or 0)
    said = " ".join([str(state.get("Error") or ""), *lines[-5:]]).lower()
    # The init of a container hands what it cannot execute to a shell, which stumbles over the head of the program.
    if "exec format error" in said or "\\x7felf" in said or (code in _NOT_STARTED and _foreign(docker, inspected)):
        return Failure(
            PLATFORM, l10n.t("The image was made for a different platform than that of this Docker."), [], lines
        )
    if code in _NOT_STARTED and lines:
        return Failure(
            contract.SERVICE_CRASHED, l10n.t("The container could not be started: {line}", line=lines[-1]), [], lines
        )
    if code == _KILLED:
        reason = l10n.t("The container was killed from outside, or Docker was (exit code 137).")
    elif lines:
        reason = l10n.t("The container ended with exit code {code}: {line}", code=code, line=lines[-1])
    else:
        reason = l10n.t("The container ended with exit code {code} and without any output.", code=code)
    return Failure(contract.SERVICE_CRASHED, reason, [], lines)


def _foreign(docker: Docker, inspected: Mapping[str, Any]) -> bool:
    try:
        image = objects.inspect_image(docker, str(inspected["Image"]))
    except ScoredockError:
        return False
    return f"{image.get('Os')}/{image.get('Architecture')}" != docker.platform


def _ran_out(docker: Docker, inspected: Mapping[str, Any]) -> bool:
    try:
        return out_of_memory(docker, str(inspected["Id"]), str(inspected["State"]["StartedAt"]))
    except (ScoredockError, KeyError):
        return False


def _output(docker: Docker, inspected: Mapping[str, Any]) -> list[str]:
    try:
        return [one_line(line) for line in objects.output(docker, str(inspected["Id"]), _LINES)]
    except ScoredockError:
        return []


def _out_of_processes(docker: Docker, inspected: Mapping[str, Any]) -> Failure | None:
    """Why a container that runs does not answer, where it has used up its processes; None for any other reason."""
    most = int(inspected["HostConfig"].get("PidsLimit") or 0)
    container, pid = str(inspected["Id"]), int(inspected["State"].get("Pid") or 0)
    if docker.place is not None or not is_out_of_processes(container, pid):
        return None
    return Failure(
        contract.OUT_OF_PROCESSES,
        l10n.t(
            "The container has reached its limit of {count} processes and threads (pidsLimit), so the service can start"
            " none to answer.",
            count=most,
        ),
    )


def _age(inspected: Mapping[str, Any]) -> float:
    started = _seconds(str(inspected["State"].get("StartedAt", "")))
    return seconds_since(started) if started else 0.0


def _seconds(stamp: str) -> float:
    return nanoseconds(stamp) / 1e9 if stamp[:4] > "1970" else 0.0
