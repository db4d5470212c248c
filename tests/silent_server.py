"""A server that takes requests over HTTP and does not answer them, in each of the ways that there are."""

from __future__ import annotations

import contextlib
import socket
import threading

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
HANDSHAKE = b"\x16\x03\x03\x3f\xff"
_BEGINNINGS = {
    "head": OK % 1_000_000,
    "trickle": OK % 1_000_000,
    "slow head": b"HTTP/1.1 200 OK\r\nX-Long: ",
    "slow handshake": HANDSHAKE,
}


class SilentServer:
    """`mode` decides what becomes of a request that `answer` does not answer: `silent` says nothing, `head` a status
    and headers, `trickle` a byte of an answer now and then, for ever, `slow head` one of a header, and
    `slow handshake` one of what TLS begins with."""

    def __init__(self, listener: socket.socket, mode: str = "silent") -> None:
        self.mode = mode
        self.asked: list[str] = []
        """Paths of the requests that got no answer."""
        self.reached = threading.Event()
        """There was such a request."""
        self.left = threading.Event()
        """Somebody who asked one has gone."""
        self.over = threading.Event()
        self._listener = listener
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.over.set()
        self._listener.close()

    def answer(self, path: str) -> bytes | None:
        """The body of the answer; None for a request that gets none."""
        return None

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._speak, args=(near,), daemon=True).start()

    def _speak(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            if self.mode == "slow handshake":
                self._keep_waiting(near)
                return
            while head := self._head(near):
                path = head.split()[1].decode()
                body = self.answer(path)
                if body is None:
                    self.asked.append(path)
                    self.reached.set()
                    self._keep_waiting(near)
                    return
                near.sendall(OK % len(body) + body)

    def _head(self, near: socket.socket) -> bytes:
        held = b""
        while b"\r\n\r\n" not in held:
            piece = near.recv(65_536)
            if not piece:
                return b""
            held += piece
        return held

    def _keep_waiting(self, near: socket.socket) -> None:
        near.sendall(_BEGINNINGS.get(self.mode, b""))
        near.settimeout(0.02)
        while not self.over.is_set():
            with contextlib.suppress(TimeoutError):
                if not near.recv(65_536):
                    self.left.set()
                    return
            if self.mode.startswith("slow") or self.mode == "trickle":
                near.sendall(b" ")
