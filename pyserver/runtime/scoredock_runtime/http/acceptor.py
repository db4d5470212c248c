"""The listening sockets of a worker and the connections that come from them. Called by the loop's holder."""

from __future__ import annotations

import contextlib
import os
from functools import partial
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from typing import TYPE_CHECKING, Any, List, Optional, Set, Tuple

from scoredock_runtime.http import poller
from scoredock_runtime.http.connection import Connection

if TYPE_CHECKING:
    import ssl

    from scoredock_runtime.http.server import Server

_AT_ONCE = 64
_LEFT_AT_ONCE = 4
_LEFT_AFTER = 0.01
"""Seconds that a connection waits for an idle worker before a busy one takes it."""
_PAUSE = 0.2
"""Seconds without accepting when there are no descriptors left."""


def _away_from_standard(sock: socket) -> socket:
    """A script that closed its standard output would print to the client that comes next."""
    if sock.fileno() > 2 or os.name == "nt":
        return sock
    moved = sock.dup()
    passed = [moved]
    while passed[-1].fileno() <= 2:
        passed.append(moved.dup())
    sock.close()
    for each in passed[:-1]:
        each.close()
    null = os.open(os.devnull, os.O_RDWR)  # takes the number that was free
    if null > 2:
        os.close(null)
    return passed[-1]


class Acceptor:
    """`shared` sockets belong to several workers: each takes one connection at a time, so that all get some, and one
    whose run() is busy leaves them to the others for a moment."""

    def __init__(self, server: Server, listeners: List[socket], *, shared: bool) -> None:
        self.tls: Optional[ssl.SSLContext] = None
        self._server = server
        self._listeners = listeners
        self._shared = shared
        self._open = False
        """Whether connections are taken at all."""
        self._begun = False
        """Whether they have ever been."""
        self._leaving = False
        """Whether they are left to other workers first."""
        self._armed = False

    def prepare(self) -> None:
        """Raises OSError when the sockets are gone. From any thread."""
        for listener in self._listeners:
            listener.setblocking(False)

    def ports(self) -> Set[int]:
        """Ports that it listens on."""
        return {int(listener.getsockname()[1]) for listener in self._listeners if listener.fileno() >= 0}

    def listen(self) -> None:
        """Takes connections from now on."""
        if not self._server.draining:
            self._begun = self._open = True
            self._leaving = False
            self._watch()

    def balance(self, busy: bool) -> None:
        """Called by the loop's holder while run() has a thread of its own."""
        if not self._shared or busy == self._leaving or not self._open:
            return
        self._leaving = busy
        if not busy:
            self._watch()
            return
        for listener in self._listeners:
            self._server.loop.remove(listener.fileno())
        self._look_later()

    def _look_later(self) -> None:
        if not self._armed:
            self._armed = True
            self._server.loop.call_later(_LEFT_AFTER, self._take_left)

    def _take_left(self) -> None:
        """Nobody else wanted them: all are busy, and health is to be answered nevertheless."""
        self._armed = False
        if self._leaving and self._open:
            for listener in self._listeners:
                self._accept(listener, 0, _LEFT_AT_ONCE)
            self._look_later()

    def restore(self) -> None:
        """Listens as it should again, after an exception that may have come between any two steps of this."""
        for listener in self._listeners:
            self._server.loop.remove(listener.fileno())
        self._armed = False
        if self._leaving and self._open:
            self._look_later()
        elif self._begun and not self._server.draining:
            self.listen()

    def _watch(self) -> None:
        extra = poller.exclusive() if self._shared else 0
        for listener in (each for each in self._listeners if each.fileno() >= 0):
            self._server.loop.add(listener, partial(self._accept, listener), poller.READ | extra)

    def pause(self) -> None:
        """Takes none until `listen`; the system keeps a few of them waiting."""
        self._open = False
        for listener in self._listeners:
            self._server.loop.remove(listener.fileno())

    def withhold(self) -> None:
        """Takes none until the next `listen`, whatever happens meanwhile."""
        self._begun = False
        self.pause()

    def close(self) -> None:
        """Takes none ever again."""
        self.pause()
        for listener in self._listeners:
            listener.close()

    def _accept(self, listener: socket, _: int, most: int = 0) -> None:
        for _ in range(most or (1 if self._shared else _AT_ONCE)):
            try:
                descriptor, address = listener._accept()  # type: ignore[attr-defined]
                # socket.accept() makes one of whatever class a script has put in the place of socket.socket.
                accepted = socket(listener.family, listener.type, listener.proto, fileno=descriptor)
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as fault:
                if fault.errno is None:
                    raise  # a signal handler's: one may have been accepted
                # No descriptors left: those who wait are served when others have gone.
                self.pause()
                self._server.loop.call_later(_PAUSE, self.listen)
                return
            try:
                self._take(_away_from_standard(accepted), address)
            except (OSError, MemoryError):
                accepted.close()  # it has gone already, or there is no room for it

    def _take(self, accepted: socket, address: Tuple[Any, ...]) -> None:
        accepted.setblocking(False)
        with contextlib.suppress(OSError):  # it has gone already; reading will tell
            accepted.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        client = (str(address[0]), int(address[1])) if len(address) > 1 else ("", 0)
        if self.tls is None:
            connection = Connection(self._server, accepted, client)
        else:
            # Loaded with the first connection: most services speak plain HTTP, and ssl would be 4 ms of their start.
            from scoredock_runtime.http.tls_transport import TlsTransport

            connection = Connection(self._server, accepted, client, partial(TlsTransport, context=self.tls))
        self._server.welcome(connection)
