"""The loop goes on after faults that nobody foresaw, of its own or of what a script has done to its process."""

from __future__ import annotations

import contextlib
import os
from functools import partial
from queue import Empty, SimpleQueue
from socket import socket
from typing import TYPE_CHECKING, Callable, List, Optional, Set

from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.http.messages import Request, error_answer

if TYPE_CHECKING:
    from scoredock_runtime.http.server import Server


def log_fault(fault: BaseException) -> None:
    """Into the log, if that can be written to."""
    with contextlib.suppress(Exception):
        logger.error("A fault inside the server: %r", fault, exc_info=fault)


def attempt(call: Callable[[], object]) -> None:
    """What it raises is told and costs nobody else anything."""
    try:
        call()
    except Exception as fault:
        log_fault(fault)


def drop(server: Server, descriptor: int, fault: Exception) -> None:
    """After a fault while the descriptor was seen to: whatever hangs on it is closed; the loop goes on."""
    log_fault(fault)
    for connection in list(server.connections):
        if connection.transport.descriptor == descriptor or not server.loop.watches(connection.transport.descriptor):
            attempt(connection.close)
    attempt(lambda: close_strays(server))


def put_in_order(server: Server, jobs: SimpleQueue[Optional[Request]]) -> None:
    """From the loop's only holder, while run()'s thread stands still: requests that it lost get their answer."""
    queued: List[Request] = []
    with contextlib.suppress(Empty):
        while True:
            job = jobs.get_nowait()
            if job is not None:
                queued.append(job)
    lost = server.admission.lost(queued)
    known = [each for each in server.admission.all() if each not in lost]
    for each in queued:
        jobs.put(each)
    attempt(lambda: close_strays(server))
    for connection in list(server.connections):
        request = connection.request
        hit = connection.transport.descriptor == server.loop.handled and request is None
        if hit or not server.loop.watches(connection.transport.descriptor):
            attempt(connection.close)  # what was read of it may be lost, and its client would wait for nothing
        elif request is None:
            attempt(connection.go_on)
        elif connection.started_answer:
            attempt(connection.close)
        elif request not in known:
            answer = error_answer(500, "The request was lost by an exception that the script raised outside run().")
            attempt(partial(server.send, request, answer))
    for each in lost:
        server.admission.remove(each, server.loop.now)
    server.loop.handled = -1


def close_strays(server: Server) -> None:
    """Connections that were taken from the listener and reached nobody. Only where the system lists descriptors."""
    known = {connection.transport.descriptor for connection in server.connections}
    ports = server.acceptor.ports()
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc/self/fd"):
            if int(name) not in known and _is_taken(int(name), ports):
                os.close(int(name))


def _is_taken(descriptor: int, ports: Set[int]) -> bool:
    """Whether it is a client's connection to one of the ports."""
    try:
        looked = socket(fileno=descriptor)
    except OSError:
        return False  # no socket, or closed by now
    try:
        own = looked.getsockname()
        return isinstance(own, tuple) and own[1] in ports and bool(looked.getpeername())
    except OSError:
        return False  # a listener has no other end
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
            except BaseException as fault:
                faults.append(fault)
        except BaseException as fault:
            faults.append(fault)
