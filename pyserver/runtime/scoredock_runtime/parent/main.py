"""The parent of a service: takes its folder, opens its socket and its log, and runs its loop. No user code runs
here."""

from __future__ import annotations

import dataclasses
import os
import socket
import sys
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, BinaryIO, Callable, Dict, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base import processes, threads
from scoredock_runtime.service_folder.spec_file import read_spec
from scoredock_runtime.service_folder.status_file import StatusFile, previous_restarts
from scoredock_runtime.template.template_keeper import TemplateKeeper
from scoredock_runtime.template.template_process import Event

if TYPE_CHECKING:
    from scoredock_runtime.log.console_log import ConsoleLog
    from scoredock_runtime.parent.guard import Cause

_LOCK_FILE = "parent.lock"
_PATIENCE = 2.0
"""Seconds for a parent that is on its way out: a process that was killed lets go of its lock a moment after it has
vanished from the lists of processes."""


def serve(folder: str, spec_file: str = "") -> int:
    """The parent in the foreground, where its log is printed; the spec is that of the folder, or `spec_file`. 0 after a
    stop, 1 after a failure, which is reported on standard error: a line for people, and at last one that
    contract.failure_from_line reads.

    What the spec leaves open is filled in first (see packaged_spec.py). In a container with limits this process stays
    above the parent (see guard.py).
    """
    names = _limit_names(spec_file or os.path.join(folder, contract.SPEC_FILE))
    if not names:
        return _serve(folder, spec_file)
    from scoredock_runtime.parent.guard import guarded

    return guarded(lambda cause: _serve(folder, spec_file, cause), names, lambda: previous_restarts(folder))


def _limit_names(path: str) -> Dict[str, str]:
    """Empty where the spec cannot be read, of which the parent tells."""
    try:
        return read_spec(path).limit_names if sys.platform != "win32" else {}
    except (OSError, ValueError):
        return {}


def _serve(folder: str, spec_file: str, cause: Cause = ("", "")) -> int:
    last: List[contract.ServiceStatus] = []
    status_file = StatusFile(os.path.abspath(folder), lambda _: None, processes.start_time(os.getpid()))
    try:
        code = _run(_Start(os.path.abspath(folder), status_file, True, None, spec_file, cause))
    finally:
        last.append(status_file.status)
    failure = last[-1].failure if last else None
    if code and failure is not None:
        print(failure.message, contract.failure_line(failure), sep="\n", file=sys.stderr, flush=True)
    return code


def serve_while_input_lasts(folder: str) -> int:
    """The parent of a service that must not outlive its caller: it stops as soon as its standard input ends. 0 after a
    stop, 1 after a failure, which the status tells."""
    return run(os.path.abspath(folder), lambda _: None, tether=sys.stdin.buffer)


@dataclasses.dataclass(frozen=True)
class _Start:
    """How a parent was started."""

    folder: str
    status_file: StatusFile
    foreground: bool
    tether: Optional[BinaryIO]
    spec_file: str
    cause: Cause = ("", "")
    """Why a parent before this one was ended by the kernel; empty for a first start."""

    def fail(self, revision: int, code: str, sentence: str) -> int:
        """The exit code of a parent that cannot serve, whose status then says why."""
        self.status_file.fail(revision, contract.Failure(code, sentence))
        return 1


def run(
    folder: str,
    first_status: Callable[[str], None],
    *,
    foreground: bool = False,
    tether: Optional[BinaryIO] = None,
) -> int:
    """The parent's whole life. `first_status` is called once, with the JSON of the first status; with the end of
    `tether` everything ends."""
    status_file = StatusFile(folder, first_status, processes.start_time(os.getpid()))
    return _run(_Start(folder, status_file, foreground, tether, ""))


def _run(start: _Start) -> int:
    folder = start.folder
    events: SimpleQueue[Event] = SimpleQueue()
    templates = TemplateKeeper(folder, events)
    try:
        lock = _acquire(folder)
        if lock is None:
            start.status_file.refuse("Another parent process runs this service already.")
            return 1
        if not _recover(start):
            return 1
        spec = read_spec(start.spec_file or os.path.join(folder, contract.SPEC_FILE))
        if start.foreground:
            from scoredock_runtime.service_folder.packaged_spec import complete_spec

            spec = complete_spec(spec, folder)
    except (OSError, ValueError) as fault:
        return start.fail(0, contract.SERVICE_CRASHED, f"{contract.SPEC_FILE} cannot be read: {fault}.")
    if spec.code_folder:
        from scoredock_runtime.service_folder.code_bundle import with_newest_code

        try:
            spec = with_newest_code(spec, folder)
        except (OSError, ValueError) as fault:
            why = f"The files of the service could not be put in place: {fault}."
            return start.fail(spec.revision, contract.SERVICE_CRASHED, why)
    try:
        contract.make_private_inside(os.path.join(folder, contract.LOG_FOLDER))
        processes.become_subreaper()
        if start.status_file.retired != spec.revision:
            # First of all, while this process has one thread; it gets ready while the rest is loaded and done here.
            templates.fork_now(spec)
        return _host(start, spec, events, templates)
    except OSError as fault:
        return start.fail(spec.revision, contract.SERVICE_CRASHED, f"The log cannot be written: {fault}.")
    finally:
        templates.close()
        os.close(lock)


def _host(start: _Start, spec: contract.ServiceSpec, events: SimpleQueue[Event], templates: TemplateKeeper) -> int:
    """Raises OSError when the log cannot be written."""
    from scoredock_runtime.log.log_writer import LogWriter
    from scoredock_runtime.parent.listeners import PortInUse
    from scoredock_runtime.parent.parent_loop import ParentLoop
    from scoredock_runtime.parent.service import Service

    folder = start.folder
    if os.path.isdir(os.path.join(spec.app_root, contract.HIDDEN_FOLDER)):
        from scoredock_runtime.service_folder.file_switch import clear

        clear(spec.app_root)
    # Of a former parent that was killed: its workers end by themselves, what their scripts had started may not have.
    processes.end_marked(f"{folder}#", f"{folder}#{os.getpid()}.")
    listeners: List[socket.socket] = []
    retired = start.status_file.retired == spec.revision
    try:
        if not retired:
            _listen(spec, start.status_file.previous_port, listeners)
        console = _console_log() if start.foreground else None
        log = LogWriter(os.path.join(folder, contract.LOG_FOLDER), spec.log_file_bytes, spec.log_file_count, console)
    except (PortInUse, OSError) as fault:
        for listener in listeners:
            listener.close()
        if not isinstance(fault, PortInUse):
            raise
        return start.fail(spec.revision, contract.PORT_IN_USE, str(fault))
    try:
        threads.report_to(log.tell_fault)
        templates.listen(log)
        service = Service(folder, spec, log, start.status_file, events)
        parent = ParentLoop(service, listeners, templates)
        if start.cause[0]:
            service.begins_again(*start.cause)
        if start.tether is not None:
            parent.hold(start.tether)
        if retired:
            return parent.stay_retired(control=start.status_file.had_control)
        return parent.run()
    finally:
        templates.close()
        log.close()


def _listen(spec: contract.ServiceSpec, previous_port: int, into: List[socket.socket]) -> None:
    """The socket of the service, and that of its health where it has one of its own. Raises PortInUse and OSError."""
    from scoredock_runtime.parent.listeners import listen

    shared = {"reuse_port": spec.reuse_port, "late": spec.bind_late}
    into.append(listen(spec.host, spec.port, previous_port, **shared))
    if spec.health_port:
        into.append(listen(spec.host, spec.health_port, **shared))


def _recover(start: _Start) -> bool:
    """True if a change of files that a killed parent had begun is finished or undone, if there was one."""
    if not os.path.exists(os.path.join(start.folder, contract.SWITCH_FILE)):
        return True
    from scoredock_runtime.service_folder.file_switch import recover

    try:
        recover(start.folder)
    except (OSError, ValueError, TypeError) as fault:
        why = f"A change of files that was interrupted can neither be finished nor undone: {fault}."
        start.fail(0, contract.SERVICE_CRASHED, why)
        return False
    return True


def _console_log() -> Optional[ConsoleLog]:
    """None where there is no standard output."""
    from scoredock_runtime.log.console_log import ConsoleLog

    try:
        records = os.environ.get(contract.CONSOLE_VARIABLE) == contract.CONSOLE_RECORDS
        return ConsoleLog(sys.stdout.fileno(), records=records) if sys.stdout is not None else None
    except (OSError, ValueError):
        return None


def _acquire(folder: str) -> Optional[int]:
    """A descriptor to keep open for the life of the parent; None where another parent holds the lock, which the
    operating system lets go when its holder ends, however. Raises OSError when the folder cannot be written."""
    descriptor = os.open(os.path.join(folder, _LOCK_FILE), os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + _PATIENCE
    while not _locked(descriptor):
        if time.monotonic() > deadline:
            os.close(descriptor)
            return None
        time.sleep(0.01)
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
