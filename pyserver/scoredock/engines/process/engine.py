"""The process engine: each service is a parent process of the runtime on this machine, no descendant of ours.

A parent is known by process id and start time, and proves itself by the nonce of its service on the health route.
Nothing else is ever signalled or sent a request.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from scoredock import l10n, threads
from scoredock.containers.settings import DockerSettings
from scoredock.data_folder import remove_folder
from scoredock.engines.base import MOVED, Launch, MachineCapacity, Observation, Readiness, ResourceUsage
from scoredock.engines.failure import INTERRUPTED, LaunchFailed
from scoredock.engines.handle import ROUTERS_FOLDER, Handle
from scoredock.engines.history_rows import LARGEST_ANSWER, with_newer
from scoredock.engines.log_files import read_log
from scoredock.engines.parent_control import (
    ask_parent,
    control,
    control_patiently,
    halted,
    phase_of,
    proof_of,
    read_status,
    write_spec,
)
from scoredock.engines.ports import port_in_use, require_free_port
from scoredock.engines.probe import Probe, address_of, probe
from scoredock.engines.process.table import Identity, before_this_boot, belonging_to, is_moved, parents_below
from scoredock.errors import Cancelled, ScoredockError, ServiceStateInvalid
from scoredock.progress import CancelToken, Progress
from scoredock.run import TimedOut, end_process, run, service_environment, wait_ended
from scoredock.service import State
from scoredock_runtime import contract
from scoredock_runtime.contract import Failure, LogRecord, ServiceStatus
from scoredock_runtime.contract_history import Row, read_history

NOT_ANSWERING = "not answering"
HALTED = "its process is halted"
"""Phase of a service whose parent was stopped by a signal: workers answer on, but nothing is changed or begun anew."""
_START_SECONDS = 60.0
"""For the parent to tell its first status; it imports nothing of the user's."""
_PROBE_SECONDS = 1.0
_SETTLE_SECONDS = 5.0
"""For a parent that another process started to tell its status."""
_REPLACE_MARGIN = 30.0
_READING_SECONDS = 0.5
_CONTROL_SECONDS = 10.0
_HISTORY_SECONDS = 2.0
_CANCEL_SECONDS = 5.0
_FAREWELL_SECONDS = 0.5
"""For the message to a silent parent that what it was asked for is not wanted; it reads it when it goes on."""


def new_engine(docker: DockerSettings) -> ProcessEngine:  # noqa: ARG001 (one shape for all engines)
    """The engine of a workspace; `docker` is what the person set about Docker."""
    return ProcessEngine()


class ProcessEngine:
    """See `engines.base.Engine`. One instance serves all services; it keeps no state but the last CPU readings."""

    name = "process"

    def __init__(self) -> None:
        self._readings: dict[int, tuple[float, float, float | None]] = {}

    def ready(self) -> Readiness:
        return Readiness(True)

    # ------------------------------------------------------------------------------------------ start and replace

    def start(self, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:  # noqa: ARG002 (a start has no steps worth telling)
        cancel.raise_if_cancelled()
        if not launch.python.is_file():
            raise ScoredockError(
                "runtime-missing",
                l10n.t("The environment's interpreter {python} no longer exists.", python=launch.python),
                l10n.t("Deploy again; the environment is built again."),
            )
        if launch.port:
            require_free_port(launch.port)
        write_spec(launch.folder / contract.SPEC_FILE, launch)
        command = [str(launch.python), "-I", "-m", "scoredock_runtime", "start", str(launch.folder)]
        if launch.is_sized:
            from scoredock.engines.process import control_groups

            files = control_groups.make_group(launch.folder, launch.options)
            command = [sys.executable, "-I", "-m", control_groups.__name__, *map(str, files), "--", *command]
        try:
            completed = run(
                command,
                env=service_environment(launch.inherited),
                cwd=launch.folder,
                timeout=_START_SECONDS,
                cancel=cancel,
            )
            status = contract.status_from_json(completed.stdout.strip().splitlines()[-1])
        except (ScoredockError, TimedOut, OSError, ValueError, IndexError) as error:
            # It may have gone to the background already.
            self._end_all_of(launch.folder)
            if isinstance(error, (ScoredockError, OSError)):
                raise
            last = (
                str(error)
                if isinstance(error, TimedOut)
                else (completed.stderr.strip().splitlines() or [l10n.t("no message")])[-1]
            )
            if not isinstance(error, TimedOut) and "No module named" not in completed.stderr:
                # The runtime is there, but its parent was killed before its first word, by the script for instance.
                raise LaunchFailed(Failure(contract.SERVICE_CRASHED, last)) from error
            raise ScoredockError(
                "environment-build-failed", l10n.t("The scoring runtime could not be started: {last}.", last=last)
            ) from error
        except BaseException:
            self._end_all_of(launch.folder)
            raise
        if status.phase == contract.FAILED and status.failure is not None:
            if status.failure.cause == contract.PORT_IN_USE and launch.port:
                raise port_in_use(launch.port)
            raise LaunchFailed(status.failure)
        return _handle(launch, status)

    def replace(self, handle: Handle, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:  # noqa: ARG002
        cancel.raise_if_cancelled()
        identity = _identity(handle)
        if read_status(launch.folder) is None or not identity.alive():
            raise ServiceStateInvalid(l10n.t("The service {service} does not run.", service=launch.service))
        if is_moved(identity.pid, launch.folder):
            raise ServiceStateInvalid(
                l10n.t("The data folder was moved while the service {service} runs.", service=launch.service),
                l10n.t("Restart the service, then update it."),
            )
        spec = launch.folder / f"spec-{launch.revision}.json"
        write_spec(spec, dataclasses.replace(launch, port=None))
        try:
            status = self._ask_to_replace(handle, spec, launch, cancel)
        finally:
            spec.unlink(missing_ok=True)
        if status.revision == launch.revision and status.failed_revision != launch.revision:
            return _handle(launch, status)
        cancel.raise_if_cancelled()
        raise LaunchFailed(
            status.failure or Failure(contract.SERVICE_CRASHED, l10n.t("The new revision did not start."))
        )

    def _ask_to_replace(self, handle: Handle, spec: Path, launch: Launch, cancel: CancelToken) -> ServiceStatus:
        """The status once the parent has decided; a cancel lets it refuse what it has not decided yet."""
        answers: list[ServiceStatus | Exception] = []

        def ask() -> None:
            try:
                answers.append(
                    control_patiently(handle, "/replace", {"spec": str(spec)}, launch.start_timeout + _REPLACE_MARGIN)
                )
            except Exception as error:  # handed to the waiting thread, which raises it
                answers.append(error)

        asking = threads.start(ask, name="replace", at_fault=lambda fault: answers.append(OSError(repr(fault))))
        while asking.is_alive():
            asking.join(0.05)
            if cancel.cancelled and asking.is_alive():
                with contextlib.suppress(OSError, http.client.HTTPException, ValueError, ScoredockError):
                    control(handle, "POST", "/cancel", {}, _CANCEL_SECONDS)
        answer = answers[0]
        if not isinstance(answer, Exception):
            return answer
        if isinstance(answer, ScoredockError):
            raise answer
        return self._given_up(handle, launch, answer)

    def _given_up(self, handle: Handle, launch: Launch, error: Exception) -> ServiceStatus:
        """The status of a parent that had decided for the revision before it fell silent. One that had not finds that
        nobody asks any more as soon as it goes on. Raises ScoredockError."""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, ScoredockError):
            control(handle, "POST", "/cancel", {"revision": launch.revision}, _FAREWELL_SECONDS)
        status = read_status(launch.folder)
        if status is not None and status.revision == launch.revision and status.failed_revision != launch.revision:
            return status
        raise _unreachable(
            handle,
            l10n.t("The service {service} did not answer the update: {answer}.", service=launch.service, answer=error),
        ) from error

    def settle(self, folder: Path, revision: int) -> None:
        # The parent decides alone and at one moment; what it has not decided it gives up.
        handle = _running(folder)
        if handle is not None:
            try:
                control(handle, "POST", "/cancel", {"revision": revision}, _CONTROL_SECONDS)
            except (OSError, http.client.HTTPException, ValueError) as error:
                if _identity(handle).alive():
                    raise _unreachable(
                        handle,
                        l10n.t(
                            "The service {name} does not say which revision serves: {error}.",
                            name=folder.name,
                            error=error or type(error).__name__,
                        ),
                    ) from error
        (folder / f"spec-{revision}.json").unlink(missing_ok=True)

    # ------------------------------------------------------------------------------------------ observe

    def observe(self, handle: Handle) -> Observation:
        folder = handle.folder
        status, is_away = _newest_status(handle)
        identity = _identity(handle)
        if status is None:
            if identity.alive():  # it writes another one at its next change
                return Observation("Unhealthy", "its status cannot be read", handle.port or None)
            return Observation(
                "Failed",
                failure=Failure(contract.SERVICE_CRASHED, l10n.t("Its status file no longer exists or is damaged.")),
            )
        if Identity(status.parent_pid, status.parent_started) != identity:
            identity = Identity(status.parent_pid, status.parent_started)  # started again since, by another process
        if not identity.alive():
            # Its last words may have come between the two looks.
            return _ended(read_status(folder) or status)
        cpu, memory, seconds = self._usage(identity.pid, [*status.worker_pids, *status.script_pids])
        state: State = "Transitioning"
        phase = phase_of(status)
        if status.phase == contract.FAILED:
            return Observation(
                "Failed", "", status.port or None, status.revision, status.failure, restarts=status.restarts
            )
        if status.phase == contract.STOPPED:
            return Observation("Stopped", "", status.port or None, status.revision)
        if status.phase == contract.READY:
            met = probe(address_of(handle, status.port), _PROBE_SECONDS)
            state = "Healthy" if met.healthy else "Unhealthy"
            phase = _phase(met, is_away=is_away)
        if halted(identity.pid):
            phase = HALTED
        return Observation(
            state,
            phase,
            status.port or None,
            status.revision,
            status.failure,
            cpu,
            memory,
            seconds,
            status.restarts,
            status.exhaustion,
            status.requests,
        )

    def logs(self, handle: Handle, since: int = 0) -> Iterator[LogRecord]:
        return read_log(handle.folder, since)

    def history(self, handle: Handle) -> list[Row]:
        status = read_status(handle.folder)
        if status is not None and status.control_port:
            port = status.control_port
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError, ScoredockError):
                return with_newer(
                    handle.folder,
                    lambda route: ask_parent(port, handle.nonce, "GET", route, {}, _HISTORY_SECONDS, LARGEST_ANSWER),
                )
        return read_history(str(handle.folder))

    def _usage(self, parent: int, workers: list[int]) -> tuple[float | None, int | None, float | None]:
        """CPU since the last reading in per cent of one core (None the first time), resident bytes, CPU seconds in
        all."""
        seconds, memory, is_alive = 0.0, 0, False
        for pid in (parent, *workers):
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                with process.oneshot():
                    times = process.cpu_times()
                    seconds += times.user + times.system
                    memory += process.memory_info().rss
                    is_alive = True
        if not is_alive:
            return None, None, None
        now = time.monotonic()
        previous = self._readings.get(parent)
        if previous is not None and now - previous[0] < _READING_SECONDS:
            return previous[2], memory, seconds  # over a shorter time the clock's ticks say more than the service
        share = None if previous is None else round(max(0.0, (seconds - previous[1]) / (now - previous[0]) * 100), 1)
        self._readings[parent] = (now, seconds, share)
        return share, memory, seconds

    # ------------------------------------------------------------------------------------------ stop, remove, find

    def authenticate(self, handle: Handle, authentication: contract.Authentication) -> None:
        fields = dataclasses.asdict(authentication)
        try:
            control(handle, "POST", "/authentication", fields, _CONTROL_SECONDS)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _unreachable(
                handle,
                l10n.t("The running service did not take the new keys: {error}.", error=error or type(error).__name__),
                l10n.t("Restart it to use them."),
            ) from error

    def carries_debugger(self, handle: Handle) -> bool:  # noqa: ARG002 (a worker calls the editor itself)
        return False

    def stop(self, handle: Handle, grace: float) -> None:
        folder = handle.folder
        identity = _current(handle, folder)
        if process := identity.process():
            silent = False
            try:
                control_patiently(handle, "/stop", {"grace": grace}, grace + 10)
            except Cancelled:
                raise
            except TimeoutError:
                silent = True
            except (OSError, http.client.HTTPException, ValueError, ScoredockError):
                pass  # it ends, or is ended
            if silent or not wait_ended(process, 5):
                end_process(process, 2)
        self._end_all_of(folder)

    def remove(self, handle: Handle) -> None:
        folder = handle.folder
        self.stop(handle, 0)
        remove_folder(folder)  # a log or a history may still be written

    def clear(self, folder: Path, *, data: bool = False) -> None:  # noqa: ARG002 (it lies in the folder)
        self._end_all_of(folder)

    def sweep(self, owner: str, exists: Callable[[str], bool], endpoint: str = "") -> bool:  # noqa: ARG002
        """Does nothing, as nothing of a process lies outside the folder of its service."""
        return True

    def find(self, owner: str) -> list[Handle]:
        # The process table first and status files afterwards: `start` ends once its parent has written a status, so a
        # service that comes up meanwhile is met by one of the two looks.
        folders = [each for each in parents_below(Path(owner)) if each.parent != Path(owner) / ROUTERS_FOLDER]
        folders += [path.parent for path in sorted(Path(owner).glob(f"services/*/{contract.STATUS_FILE}"))]
        found = (self._settled(folder) for folder in dict.fromkeys(folders))
        return [handle for handle in found if handle is not None]

    def _settled(self, folder: Path) -> Handle | None:
        """The handle of a parent that runs, once it has written a status; None when it ended before that.

        One that writes none in time gets a handle without a process, which can be stopped all the same.
        """
        deadline = time.monotonic() + _SETTLE_SECONDS
        while (handle := _running(folder)) is None:
            if not belonging_to(folder):
                return _running(folder)  # it may have written its status between the two looks
            if time.monotonic() > deadline:
                return Handle("process", folder)
            time.sleep(0.02)
        return handle

    def _end_all_of(self, folder: Path) -> None:
        """Kill whatever carries this service folder in its command line or its marker: parents and left-over
        workers."""
        for process in belonging_to(folder):
            end_process(process, 0)
        from scoredock.engines.process.control_groups import remove_group

        remove_group(folder)

    # ------------------------------------------------------------------------------------------ sizes

    def machine_size(self, launch: Launch | None = None) -> MachineCapacity:  # noqa: ARG002 (this one)
        from scoredock.engines.process.control_groups import machine_size

        return machine_size()

    def resize(self, handle: Handle, cpus: float) -> None:
        from scoredock.engines.process.control_groups import set_cpus

        set_cpus(handle.folder, cpus)

    def use(self, handle: Handle) -> ResourceUsage | None:
        from scoredock.engines.process.control_groups import use_of

        return use_of(handle.folder)


def _handle(launch: Launch, status: ServiceStatus) -> Handle:
    return _handle_of(launch.folder, launch.nonce, launch.front.certificate, status)


def _handle_of(folder: Path, nonce: str, certificate: str, status: ServiceStatus) -> Handle:
    return Handle(
        engine="process",
        folder=folder,
        nonce=nonce,
        port=status.port or 0,
        certificate=certificate,
        pid=status.parent_pid,
        started=status.parent_started,
    )


def _running(folder: Path) -> Handle | None:
    """The handle of the parent that the status file of a folder names, when it runs."""
    status = read_status(folder)
    if status is None or not Identity(status.parent_pid, status.parent_started).alive():
        return None
    return _handle_of(folder, *proof_of(folder), status)


def _newest_status(handle: Handle) -> tuple[ServiceStatus | None, bool]:
    """The status of the parent, and whether the folder was moved since it runs: what it writes does not come here then,
    and it tells it itself."""
    status = read_status(handle.folder)
    if status is None or not is_moved(status.parent_pid, handle.folder):
        return status, False
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError, ScoredockError):
        status = control(handle, "GET", "/status", {}, _PROBE_SECONDS)
    return status, True


def _phase(met: Probe, *, is_away: bool) -> str:
    if met.healthy:
        return MOVED if is_away else ""
    if not met.reached:
        return NOT_ANSWERING
    return "refusing" if met.proven else "a stranger answers on its port"


def _unreachable(handle: Handle, message: str, fix: str = "") -> ScoredockError:
    """Error for a request that the parent does not answer."""
    if halted(handle.pid):
        fix = l10n.t(
            "Its process {pid} is halted: let it go on (`kill -CONT {pid}`), or restart the service.", pid=handle.pid
        )
    return ScoredockError("service-unreachable", message, fix)


def _identity(handle: Handle) -> Identity:
    return Identity(handle.pid, handle.started)


def _current(handle: Handle, folder: Path) -> Identity:
    """The process of a handle; the one the status names when the service was started again since."""
    identity = _identity(handle)
    status = read_status(folder)
    if status is not None and not identity.alive():
        return Identity(status.parent_pid, status.parent_started)
    return identity


def _ended(status: ServiceStatus) -> Observation:
    """Observation of a service whose parent is gone, by its last status."""
    port = status.port or None
    failure = status.failure
    if status.phase != contract.FAILED:
        # A machine that is shut down in order asks all processes to stop. Who stops a service through us does not
        # see this: what was stopped on purpose is not looked at.
        if before_this_boot(status.parent_started):
            failure = Failure(INTERRUPTED, l10n.t("The machine was restarted since the service ran."))
        elif status.phase == contract.STOPPED:
            return Observation("Stopped", "", port, status.revision)
        else:
            failure = Failure(contract.SERVICE_CRASHED, l10n.t("The process of the service no longer exists."))
    return Observation("Failed", "", port, status.revision, failure, restarts=status.restarts)
