"""Connects a process to a debugger that listens in an editor, before anything of the person's is imported."""

import os
import sys
import threading
from typing import Any, Callable, List, Mapping

from scoredock_runtime.base import threads
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.script_process.entry_script import Unusable

HOST = "127.0.0.1"
PATIENCE = 120.0
"""Seconds that an editor has from the connection until its breakpoints are set; it takes one or two."""

# In the words of the contract, which an old interpreter cannot read.
DEBUG_PORT_VARIABLE = "AZUREML_DEBUG_PORT"
DEBUGGER_FAILED = "debugger-failed"


def wait_for_editor(environment: Mapping[str, str], on_waiting: Callable[[], object]) -> None:
    """Wait for the debugger where AZUREML_DEBUG_PORT is set: connects to it there and waits until it is ready.

    `on_waiting` is called once connected: from then on the time is the person's. Raises Unusable.
    """
    written = environment.get(DEBUG_PORT_VARIABLE, "")
    if not written:
        return
    port = int(written) if written.isdecimal() and len(written) <= 5 else 0
    if not 1 <= port <= 65535:
        raise _failed(f"{DEBUG_PORT_VARIABLE} is `{written[:32]}`, not a port.")
    # Only modules of the standard library are frozen, and nobody sets breakpoints there.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        import debugpy  # type: ignore[import-not-found,unused-ignore]
    except ImportError as fault:
        raise _failed(f"The environment of the service lacks debugpy ({fault}).") from None
    logger.info("Connecting to the debugger on port %d", port)
    _keep_out_of_it(threading.enumerate())
    try:
        debugpy.connect((HOST, port))
    except Exception as fault:
        raise _failed(f"No debugger listens on {HOST}:{port} ({fault}).") from None
    _tell_stops_as_today()
    on_waiting()
    # debugpy waits for ever, also for an editor that is gone.
    call_off = threads.call_later(
        PATIENCE, lambda: debugpy.wait_for_client.cancel(), name="debugger", at_fault=threads.end_process
    )
    debugpy.wait_for_client()
    call_off()
    if not debugpy.is_client_connected():
        raise _failed(f"The debugger did not let the script begin within {PATIENCE:g} seconds.")
    logger.info("The debugger is attached")


def _tell_stops_as_today() -> None:
    """The editors' debugger of today takes it for granted that one message tells of a stop of all threads; debugpy
    1.5.1, the last one for Python 3.6, does so only when it is asked to, and else no stop is ever seen."""
    pydevd: Any = sys.modules.get("pydevd")
    debugger = None if pydevd is None else pydevd.get_global_debugger()
    if debugger is not None:
        debugger.multi_threads_single_notification = True


def _keep_out_of_it(own_threads: List[threading.Thread]) -> None:
    """Our own threads are neither shown nor stopped, also where the person debugs library code: health must answer."""
    for thread in own_threads:
        if thread is not threading.current_thread():
            # The names that pydevd looks for, in every version of debugpy.
            setattr(thread, "pydev_do_not_trace", True)  # noqa: B010
            setattr(thread, "is_pydev_daemon_thread", True)  # noqa: B010


def _failed(sentence: str) -> Unusable:
    return Unusable(DEBUGGER_FAILED, sentence)
