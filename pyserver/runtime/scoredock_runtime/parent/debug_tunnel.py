"""The way from a debugger in a worker to an editor beyond the control endpoint, for a parent in a container.

From there the editor's port on the loopback of its machine cannot be reached. So the worker connects to a port in here,
and whoever started it for a debugger waits at the control endpoint (`POST /debugger`) to carry the connections on.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from typing import Dict, Optional

from scoredock_runtime.base import threads

HOST = "127.0.0.1"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: scoredock-debugger\r\n\r\n"
_AT_ONCE = 65_536


class DebugTunnels:
    """Tunnels to debuggers, one for each start. Used by the parent's loop and by threads of the control endpoint."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: Dict[str, DebugTunnel] = {}

    def of(self, token: str) -> DebugTunnel:
        """Made when first asked for; one that is over stays over. Raises OSError."""
        with self._lock:
            if token not in self._known:
                self._known[token] = DebugTunnel()
            return self._known[token]


class DebugTunnel:
    """Takes connections of one debug session in. Raises OSError."""

    def __init__(self) -> None:
        self._listener = socket.create_server((HOST, 0))
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self.over = False
        """Nobody carries connections on any more: they are refused."""
        self._carriers = 0
        self._lock = threading.Lock()

    def carry(self, outside: socket.socket) -> None:
        """Joins a control connection with the next one of a debugger, and blocks until that has ended.

        Its own end while it waits is the end of the tunnel, and so is that of the last one.
        """
        with self._lock:
            if self.over:
                return
            self._carriers += 1
        try:
            inside = self._next(outside)
            if inside is None:
                self.over = True
                return
            with inside:
                outside.settimeout(None)
                outside.sendall(SWITCHED)
                _join(inside, outside)
        finally:
            with self._lock:
                self._carriers -= 1
                self.over = self.over or not self._carriers
                if self.over:
                    with contextlib.suppress(OSError):
                        self._listener.shutdown(socket.SHUT_RDWR)  # wakes others that wait, and refuses
                if self.over and not self._carriers:
                    self._listener.close()

    def _next(self, outside: socket.socket) -> Optional[socket.socket]:
        """None when there will be no more."""
        with selectors.DefaultSelector() as either:
            either.register(self._listener, selectors.EVENT_READ)
            either.register(outside, selectors.EVENT_READ)
            while not self.over:
                ready = [key.fileobj for key, _ in either.select()]
                if outside in ready:
                    return None  # it has nothing to say yet, so this is its end
                try:
                    inside, _ = self._listener.accept()
                except BlockingIOError:
                    continue  # another one took it
                except OSError:
                    return None
                inside.setblocking(True)
                return inside
        return None


def _join(inside: socket.socket, outside: socket.socket) -> None:
    """Copies both ways until both have ended."""

    def cut(_: BaseException) -> None:
        for each in (outside, inside):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    back = threads.start(_copy, outside, inside, socket.SHUT_RDWR, name="debugger", at_fault=cut)
    # What the worker said last still reaches the editor; to an editor that is gone nothing needs to be said.
    _copy(inside, outside, socket.SHUT_WR)
    back.join()


def _copy(source: socket.socket, target: socket.socket, end: int) -> None:
    try:
        while True:
            data = source.recv(_AT_ONCE)
            if not data:
                break
            target.sendall(data)
    except OSError:
        end = socket.SHUT_RDWR
        with contextlib.suppress(OSError):
            source.shutdown(end)
    with contextlib.suppress(OSError):
        target.shutdown(end)
