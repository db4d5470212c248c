"""The loop goes on after faults that nobody foresaw, of its own or of what a script has done to its process."""

from __future__ import annotations

import contextlib
import os
import threading
from functools import partial
from queue import Empty, SimpleQueue
from socket import SHUT_RDWR, socket
from typing import TYPE_CHECKING, Callable, List, Optional, Set

from scoredock_runtime.base import locks
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.http.messages import Request, error_answer

if TYPE_CHECKING:
    from scoredock_runtime.http.server import Server


def log_fault(fault: BaseException) -> None:
    """Into the log, if that can be written to."""
    with contextlib.suppress(Exception):
        logger.error("A fault inside the server: %r", fault, exc_info=fault)


def in_main_thread() -> bool:
    """True if a signal handler of the script may raise here at any moment, also while a fault is seen to.

    What goes wrong there goes up to `keep_at`: the HTTP thread, which no signal interrupts, puts things in order."""
    return threading.get_ident() == threading.main_thread().ident


def attempt(call: Callable[[], object]) -> None:
    """Make a call: what it raises in the HTTP thread is logged and costs nobody else anything."""
    try:
        call()
    except Exception as fault:
        if in_main_thread():
            raise
        log_fault(fault)


def drop_broken(server: Server, fault: Exception) -> None:
    """Closes the connections in whose work a fault in the HTTP thread came; the loop goes on."""
    log_fault(fault)
    close_broken(server)


def close_broken(server: Server) -> None:
    """Closes the connections that an exception has left half-way, of whose clients nobody would think any more."""
    for connection in list(server.connections):
        if connection.steps or not server.loop.watches(connection.transport.descriptor):
            attempt(connection.close)
    attempt(lambda: close_strays(server))


def put_in_order(server: Server, jobs: SimpleQueue[Optional[Request]]) -> None:
    """Gives requests that run()'s thread lost their answer; from the loop's only holder, while that thread stands
    still."""
    locks.renew()
    server.loop.now = server.loop.clock()
    attempt(server.acceptor.restore)
    close_broken(server)
    attempt(server.deliver)
    queued: List[Request] = []
    with contextlib.suppress(Empty):
        while True:
            job = jobs.get_nowait()
            if job is not None:
                queued.append(job)
    lost = server.admission.lost(queued)
    open_requests = [each for each in server.admission.all() if each not in lost]
    for each in queued:
        jobs.put(each)
    for connection in list(server.connections):
        request = connection.request
        if request is None:
            attempt(connection.go_on)
        elif connection.started_answer:
            attempt(connection.close)
        elif request not in open_requests:
            answer = error_answer(500, "The request was lost by an exception that the script raised outside run().")
            attempt(partial(server.send, request, answer))
    for each in lost:
        server.admission.remove(each, server.loop.now)


def close_strays(server: Server) -> None:
    """Ends connections that were taken from the listener and reached nobody. Only where the system lists descriptors.

    They are shut down, not closed: a socket object that a traceback still holds would close the number once more, when
    it is another client's."""
    known = {connection.transport.descriptor for connection in server.connections}
    ports = server.acceptor.ports()
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc/self/fd"):
            if int(name) not in known:
                _end_if_taken(int(name), ports)


def _end_if_taken(descriptor: int, ports: Set[int]) -> None:
    """Ends a client's connection to one of the ports; anything else stays as it is."""
    try:
        looked = socket(fileno=descriptor)
    except OSError:
        return  # no socket, or closed by now
    try:
        own = looked.getsockname()
        if isinstance(own, tuple) and own[1] in ports and looked.getpeername():
            looked.shutdown(SHUT_RDWR)
    except OSError:
        return  # a listener has no other end
    finally:
        looked.detach()


def keep_at(work: Callable[[], object], mend: Callable[[BaseException], object]) -> None:
    """Until `work` has returned once. After an exception `mend` is called with it, then `work` again.

    A signal handler that the script has set may raise anywhere in this thread, also while a fault is seen to.
    """
    faults: List[BaseException] = []
    while True:
        try:
            try:
                if faults:
                    mend(faults[-1])
                    faults.clear()
                work()
                return
            except BaseException as fault:  # a thread that ends would take its connections along
                faults.append(fault)
        except BaseException as fault:  # raised while a fault was seen to: that goes on
            faults.append(fault)
