"""A proxy before the API server of a cluster, by which its clock seems to be another: the header Date, and
each time in an answer, are that much later; times in requests are taken back again. What is upgraded passes."""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cluster.layout import Place

_MOMENT = re.compile(rb"20\d\d-\d\d-\d\dT\d\d(?::|%3A)\d\d(?::|%3A)\d\d")
_DATE = re.compile(rb"(?im)^date: [^\r\n]+")
_BEGUN = re.compile(rb"2(0(\d(\d[-\dT:]{0,15})?)?)?$")
"""Of a time that the next part may go on with."""
_PART = 1 << 16


@contextmanager
def skewed(place: Place, seconds: float) -> Iterator[tuple[str, list[int]]]:
    """The address of such a proxy, with the certificate that the API server has, and a number for each request."""
    papers = place.folder / "credentials"
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(papers / "api.crt", papers / "api.key")
    requests: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = _Proxy(
            urlsplit(place.server).hostname or "", urlsplit(place.server).port or 0, papers, seconds, requests
        )
        threading.Thread(target=_accept, args=(listener, server, proxy), daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", requests


def _accept(listener: socket.socket, server: ssl.SSLContext, proxy: _Proxy) -> None:
    with contextlib.suppress(OSError):
        while True:
            near = listener.accept()[0]
            threading.Thread(target=proxy.serve, args=(near, server), daemon=True).start()


class _Proxy:
    def __init__(self, host: str, port: int, papers: Path, seconds: float, requests: list[int]) -> None:
        self._far = host, port
        self._client = ssl.create_default_context(cafile=str(papers / "authority.pem"))
        self._apart = datetime.timedelta(seconds=seconds)
        self._requests = requests

    def serve(self, plain: socket.socket, server: ssl.SSLContext) -> None:
        """One request: the connection ends with its answer."""
        with contextlib.suppress(OSError, ValueError), server.wrap_socket(plain, server_side=True) as near:
            head, body = _head_of(near)
            self._requests.append(len(self._requests))
            length = re.search(rb"(?im)^content-length: *(\d+)", head)
            while length and len(body) < int(length[1]):
                body += near.recv(_PART)
            is_upgrade = re.search(rb"(?im)^upgrade:", head) is not None
            head = re.sub(rb"(?im)^accept-encoding:[^\r\n]*\r\n", b"", head + b"\r\n")
            if not is_upgrade:
                head = re.sub(rb"(?im)^connection:[^\r\n]*\r\n", b"", head) + b"Connection: close\r\n"
                head, body = self._moved(head, -1), self._moved(body, -1)
            connection = socket.create_connection(self._far)
            with self._client.wrap_socket(connection, server_hostname=self._far[0]) as far:
                far.sendall(head + b"\r\n" + body)
                self._answer(near, far, is_upgrade=is_upgrade)

    def _answer(self, near: ssl.SSLSocket, far: ssl.SSLSocket, *, is_upgrade: bool) -> None:
        head, rest = _head_of(far)
        date = email.utils.formatdate(time.time() + self._apart.total_seconds(), usegmt=True)
        near.sendall(_DATE.sub(b"Date: " + date.encode(), head) + b"\r\n\r\n")
        if is_upgrade:
            near.sendall(rest)
            threading.Thread(target=_copy, args=(near, far), daemon=True).start()
            _copy(far, near)
            return
        while True:
            begun = _BEGUN.search(rest)
            end = begun.start() if begun else len(rest)
            near.sendall(self._moved(rest[:end], 1))
            rest = rest[end:]
            if not (part := far.recv(_PART)):
                break
            rest += part
        near.sendall(self._moved(rest, 1))

    def _moved(self, data: bytes, sign: int) -> bytes:
        def move(match: re.Match[bytes]) -> bytes:
            text = match[0].decode()
            there = datetime.datetime.fromisoformat(text.replace("%3A", ":")) + sign * self._apart
            return (there.isoformat().replace(":", "%3A") if "%" in text else there.isoformat()).encode()

        return _MOMENT.sub(move, data)


def _head_of(connection: ssl.SSLSocket) -> tuple[bytes, bytes]:
    """And what came of the body. Raises OSError."""
    content = b""
    while b"\r\n\r\n" not in content:
        if not (part := connection.recv(_PART)):
            raise ConnectionResetError
        content += part
    head, _, body = content.partition(b"\r\n\r\n")
    return head, body


def _copy(source: ssl.SSLSocket, target: ssl.SSLSocket) -> None:
    with contextlib.suppress(OSError, ValueError):
        while part := source.recv(_PART):
            target.sendall(part)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
