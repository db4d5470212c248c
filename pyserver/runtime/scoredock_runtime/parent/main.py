"""The parent of a service: takes its folder, opens its socket and its log, and runs its loop. No user code runs here."""

from __future__ import annotations

import os
import socket
import sys
from queue import SimpleQueue
from typing import TYPE_CHECKING, BinaryIO, Callable, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base import processes
from scoredock_runtime.service_folder.lock import take
from scoredock_runtime.service_folder.spec_file import read_spec
from scoredock_runtime.service_folder.status_file import Teller
from scoredock_runtime.template.template_keeper import TemplateKeeper
from scoredock_runtime.template.template_process import Event

if TYPE_CHECKING:
    from scoredock_runtime.log.console_log import ShownLog


def serve(folder: str) -> int:
    """The parent in the foreground, where its log is printed. 0 after a stop, 1 after a failure, which is told on
    standard error: a line for people, and at last one that contract.failure_from_line reads.

    What the spec leaves open is filled in first (see packaged_spec.py).
    """
    told: List[contract.ServiceStatus] = []
    code = run(os.path.abspath(folder), lambda _: None, foreground=True, last_status=told.append)
    failure = told[-1].failure if told else None
    if code and failure is not None:
        print(failure.message, contract.failure_line(failure), sep="\n", file=sys.stderr, flush=True)
    return code


def run(
    folder: str,
    first_status: Callable[[str], None],
    *,
    foreground: bool = False,
    tether: Optional[BinaryIO] = None,
    last_status: Callable[[contract.ServiceStatus], object] = lambda _: None,
) -> int:
    """The parent's whole life. `first_status` is called once, with the JSON of the first status, `last_status` at the
    end; with the end of `tether` everything ends."""
    told = Teller(folder, first_status, processes.start_time(os.getpid()))
    try:
        return _run(folder, told, foreground=foreground, tether=tether)
    finally:
        last_status(told.status)


def _run(folder: str, told: Teller, *, foreground: bool, tether: Optional[BinaryIO]) -> int:
    events: SimpleQueue[Event] = SimpleQueue()
    templates = TemplateKeeper(folder, events)
    try:
        lock = take(folder)
        if lock is None:
            told.refuse("Another parent process runs this service already.")
            return 1
        if not _recovered(folder, told):
            return 1
        spec = read_spec(os.path.join(folder, contract.SPEC_FILE))
        if foreground:
            from scoredock_runtime.service_folder.packaged_spec import completed

            spec = completed(spec, folder)
    except (OSError, ValueError) as fault:
        told.fail(0, contract.Failure(contract.SERVICE_CRASHED, f"{contract.SPEC_FILE} cannot be read: {fault}."))
        return 1
    try:
        os.makedirs(os.path.join(folder, contract.LOG_FOLDER), mode=0o700, exist_ok=True)
        processes.become_subreaper()
        if told.retired != spec.revision:
            # First of all, while this process has one thread; it gets ready while the rest is loaded and done here.
            templates.fork_now(spec)
        return _host(folder, spec, told, events, templates, foreground=foreground, tether=tether)
    except OSError as fault:
        told.fail(spec.revision, contract.Failure(contract.SERVICE_CRASHED, f"The log cannot be written: {fault}."))
        return 1
    finally:
        templates.close()
        os.close(lock)


def _host(
    folder: str,
    spec: contract.ServiceSpec,
    told: Teller,
    events: SimpleQueue[Event],
    templates: TemplateKeeper,
    *,
    foreground: bool,
    tether: Optional[BinaryIO],
) -> int:
    """Raises OSError when the log cannot be written."""
    from scoredock_runtime.log.log_writer import LogWriter
    from scoredock_runtime.parent.listeners import PortInUse, listen
    from scoredock_runtime.parent.parent_loop import ParentLoop

    if os.path.isdir(os.path.join(spec.app_root, contract.HIDDEN_FOLDER)):
        from scoredock_runtime.service_folder.file_switch import clear

        clear(spec.app_root)
    # Of a former parent that was killed: its workers end by themselves, what their scripts had started may not have.
    processes.end_marked(f"{folder}#", f"{folder}#{os.getpid()}.")
    listeners: List[socket.socket] = []
    retired = told.retired == spec.revision
    try:
        shared = {"reuse_port": spec.reuse_port, "late": spec.bind_late}
        if not retired:
            listeners.append(listen(spec.host, spec.port, told.previous_port, **shared))
        if spec.health_port and not retired:
            listeners.append(listen(spec.host, spec.health_port, **shared))
        shown = _shown_log() if foreground else None
        log = LogWriter(os.path.join(folder, contract.LOG_FOLDER), spec.log_file_bytes, spec.log_file_count, shown)
    except (PortInUse, OSError) as fault:
        for listener in listeners:
            listener.close()
        if not isinstance(fault, PortInUse):
            raise
        told.fail(spec.revision, contract.Failure(contract.PORT_IN_USE, str(fault)))
        return 1
    try:
        templates.listen(log)
        parent = ParentLoop(folder, spec, listeners, log, told, events, templates)
        if tether is not None:
            parent.hold(tether)
        if retired:
            return parent.stay_retired(control=told.had_control)
        return parent.run()
    finally:
        templates.close()
        log.close()


def _recovered(folder: str, told: Teller) -> bool:
    """Whether a change of files that a killed parent had begun is finished or undone, if there was one."""
    if not os.path.exists(os.path.join(folder, contract.SWITCH_FILE)):
        return True
    from scoredock_runtime.service_folder.file_switch import recover

    try:
        recover(folder)
    except (OSError, ValueError, TypeError) as fault:
        why = f"A change of files that was interrupted can neither be finished nor undone: {fault}."
        told.fail(0, contract.Failure(contract.SERVICE_CRASHED, why))
        return False
    return True


def _shown_log() -> Optional[ShownLog]:
    """None where there is no standard output."""
    from scoredock_runtime.log.console_log import ShownLog

    try:
        return ShownLog(sys.stdout.fileno()) if sys.stdout is not None else None
    except (OSError, ValueError):
        return None
