"""A socket that speaks TLS: the same, with bytes deciphered on their way in and enciphered on their way out."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import Callable

from scoredock_runtime.http.event_loop import EventLoop
from scoredock_runtime.http.transport import Transport

_RECORD = 64 * 1024
_PLAIN = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
)
_PLAIN_BODY = b'{"message": "This port speaks HTTPS only."}'
_METHODS = (b"GET ", b"POST", b"HEAD", b"OPTI", b"PUT ")


class TlsTransport(Transport):
    """TLS through memory, so that the loop alone touches the socket."""

    scheme = "https"

    def __init__(
        self, loop: EventLoop, sock: socket.socket, on_lost: Callable[[], object], *, context: ssl.SSLContext
    ) -> None:
        super().__init__(loop, sock, on_lost)
        self._in = ssl.MemoryBIO()
        self._out = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        self._open = False

    def receive(self) -> bytes:
        """The plain text of what has come; empty at the end. Raises as `Transport.receive` does."""
        data = super().receive()
        if not data:
            return b""
        if not self._open and self._in.pending == 0 and data[:4] in _METHODS:
            super().send(_PLAIN % (len(_PLAIN_BODY), _PLAIN_BODY))
            return b""
        self._in.write(data)
        try:
            if not self._open:
                self._tls.do_handshake()
                self._open = True
            plain = self._read_all()
        except ssl.SSLWantReadError:
            plain = b""
        except ssl.SSLError:
            self._send_ciphered()  # the alert that says why
            return b""
        self._send_ciphered()
        if not plain:
            raise BlockingIOError
        return plain

    def _read_all(self) -> bytes:
        parts = []
        while True:
            try:
                part = self._tls.read(_RECORD)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                break
            if not part:
                break
            parts.append(part)
        return b"".join(parts)

    def send(self, data: bytes) -> None:
        """Enciphers it, and sends what the system takes."""
        if self.closed:
            return
        try:
            self._tls.write(data)
        except ssl.SSLError:
            self._on_lost()
            return
        self._send_ciphered()

    def _send_ciphered(self) -> None:
        data = self._out.read()
        if data:
            super().send(data)

    def say_farewell(self) -> None:
        """Tells the client that the end is meant, if that can be sent at once."""
        if self._open and not self.outgoing:
            with contextlib.suppress(ssl.SSLError, ValueError):  # the client's own farewell is not waited for
                self._tls.unwrap()
            with contextlib.suppress(OSError):
                self._send(self._out.read())
