"""The way from a debugger in a container to the editor on this machine, as long as this process lives.

The container cannot reach the loopback of this machine, where the editor listens, and nothing is opened for it: we call
the control port of its parent, which hands us each connection of a debugger (`POST /debugger`), and pass the bytes on
to the editor's port and back. When either end goes, the other one sees the end of its connection, as between processes.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scoredock import l10n, threads
from scoredock.engines.base import Launch
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.handle import Handle
from scoredock.engines.probe import LOOPBACK
from scoredock_runtime.contract import DEBUGGER_FAILED, Failure

_log = logging.getLogger(__name__)
_DIAL_SECONDS = 10.0
_FIRST_SECONDS = 120.0
"""For a container to open its control endpoint after its start; in it the worker waits for the editor as long."""
_AGAIN_SECONDS = 0.05
_HEAD_BYTES = 4096
_AT_ONCE = 65_536

Begin = Callable[[Handle], None]
"""To be called with the handle of the container as soon as there is one."""


class ContainerTunnels:
    """Tunnels of this process, one for each service."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Path, ContainerTunnel] = {}

    @contextlib.contextmanager
    def opened(self, launch: Launch) -> Iterator[Begin]:
        """Block for the start of a revision: with a debugger its tunnel, without one none; that of the revision before
        ends.

        Raises LaunchFailed `debugger-failed` when nothing listens.
        """
        if not launch.debug_port:
            yield lambda _: None
            self.close(launch.folder)
            return
        tunnel = ContainerTunnel(launch.debug_port, launch.debug_token)
        try:
            yield tunnel.begin
        except BaseException:
            tunnel.close()
            raise
        with self._lock:
            former = self._open.get(launch.folder)
            self._open[launch.folder] = tunnel
        if former is not None:
            former.close()

    def of(self, folder: Path) -> ContainerTunnel | None:
        with self._lock:
            return self._open.get(folder)

    def close(self, folder: Path) -> None:
        """Closes the tunnel of a service that ends or continues without a debugger. Harmless when there is none."""
        with self._lock:
            tunnel = self._open.pop(folder, None)
        if tunnel is not None:
            tunnel.close()


class ContainerTunnel:
    """Made once the editor has taken its first connection. Raises LaunchFailed `debugger-failed` when it does not."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._carried = 0
        self._closed = False
        self.over = threading.Event()
        """Set once nothing is carried any more."""
        # Kept for the first connection from the container: so an editor that is not there is known before anything
        # starts.
        try:
            self._first: socket.socket | None = self._kept(self._dialled())
        except OSError as fault:
            raise LaunchFailed(
                Failure(
                    DEBUGGER_FAILED,
                    l10n.t("No debugger listens on {host}:{port} ({reason}).", host=LOOPBACK, port=port, reason=fault),
                )
            ) from fault

    def begin(self, handle: Handle) -> None:
        """Carry on what the container has; returns at once."""
        threads.start(self._serve, handle, name="debugger", at_fault=lambda _: self._end())

    def close(self) -> None:
        """Every connection ends. Harmless when it is closed."""
        with self._lock:
            self._closed = True
            for each in self._sockets:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
        self.over.set()

    # ------------------------------------------------------------------------------------------ connections

    def _serve(self, handle: Handle) -> None:
        """One request waits in the container; when it is answered, the next one does."""
        deadline = time.monotonic() + _FIRST_SECONDS
        has_connected = False
        while not self._closed:
            try:
                stream = self._handed_over(handle)
            except _Refused as refusal:
                _log.warning("the debugger of %s is not carried on: %s", handle.name, refusal)
                break
            except OSError:
                # The proxy of a port takes connections before anything listens in the container, and cuts them off.
                if has_connected or time.monotonic() > deadline:
                    break
                time.sleep(_AGAIN_SECONDS)
                continue
            has_connected = True
            with self._lock:
                self._carried += 1
            threads.start(self._carry, stream, name="debugger", at_fault=threads.logged)
        if not has_connected:
            self._end()

    def _handed_over(self, handle: Handle) -> socket.socket:
        """A connection to the debugger in the container, once there is one. Raises OSError, _Refused."""
        stream = self._kept(socket.create_connection((LOOPBACK, handle.control_port), _DIAL_SECONDS))
        try:
            body = json.dumps({"token": self._token})
            stream.sendall(
                f"POST /debugger HTTP/1.1\r\nHost: {LOOPBACK}\r\nAuthorization: Bearer {handle.nonce}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            stream.settimeout(None)
            head = _head(stream)
            if head.split(b" ")[1:2] != [b"101"]:
                raise _Refused(head.partition(b"\r\n")[0].decode("latin-1"))
        except BaseException:
            self._drop(stream)
            raise
        return stream

    def _carry(self, stream: socket.socket) -> None:
        with self._lock:
            editor, self._first = self._first, None
        try:
            if editor is None:
                editor = self._kept(self._dialled())
            back = threads.start(
                _copy, editor, stream, socket.SHUT_RDWR, name="debugger", at_fault=lambda _: self._drop(stream)
            )
            # What the service said last still reaches the editor; for an editor that is gone there is nothing to say.
            _copy(stream, editor, socket.SHUT_WR)
            back.join()
        except OSError as fault:
            _log.info("the editor takes no further connection of a debugger on port %d: %s", self._port, fault)
        finally:
            self._drop(stream)
            if editor is not None:
                self._drop(editor)
            with self._lock:
                self._carried -= 1
                last = not self._carried
            if last:
                self._end()

    def _end(self) -> None:
        """The session is over: nothing in the container is carried to the editor's port from now on."""
        with self._lock:
            first, self._first = self._first, None
        if first is not None:
            self._drop(first)
        self.close()

    def _dialled(self) -> socket.socket:
        found = socket.create_connection((LOOPBACK, self._port), _DIAL_SECONDS)
        found.settimeout(None)
        return found

    def _kept(self, connection: socket.socket) -> socket.socket:
        """So that `close` ends it, however it waits. Raises OSError when that was called already."""
        with self._lock:
            if self._closed:
                connection.close()
                raise OSError("the debug session is over")
            self._sockets.add(connection)
        return connection

    def _drop(self, used: socket.socket) -> None:
        with self._lock:
            self._sockets.discard(used)
        used.close()


class _Refused(Exception):
    """The parent answered something else."""


def _head(stream: socket.socket) -> bytes:
    """Head of a response, and not a byte more: what follows is the debugger's. Raises OSError when there is none."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.recv(1)
        if not byte or len(head) > _HEAD_BYTES:
            raise ConnectionAbortedError("no answer came")
        head += byte
    return head


def _copy(source: socket.socket, target: socket.socket, end: int) -> None:
    """Until the source ends, or either breaks; the halves of the target that `end` names are closed then."""
    try:
        while data := source.recv(_AT_ONCE):
            target.sendall(data)
    except OSError:
        end = socket.SHUT_RDWR
        with contextlib.suppress(OSError):
            source.shutdown(end)
    with contextlib.suppress(OSError):
        target.shutdown(end)
