"""An API server that leads to pods of a test, each of which takes requests of HTTP and does with them what it is made
to do."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import h11
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Request

Send = Callable[[bytes], None]
Work = Callable[[bytes, Send], bool]
"""What is done with the body of a request: the first argument, and what sends bytes to the caller. Whether the
connection goes on."""
_PORT = b"\x90\x1f"


def answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


class ScriptedPod:
    """Answers with its name until it gets other work."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.annotations: dict[str, str] = {}
        self.bodies: list[bytes] = []
        """Of all requests, in the order in which they came."""
        self.is_lost = threading.Event()
        """Its node takes nothing any more, and says nothing."""
        self.work: Work = self.reply

    def reply(self, body: bytes, send: Send) -> bool:
        send(answer(self.name.encode()))
        return True

    def go(self, body: bytes, send: Send) -> bool:
        """Its node is lost with the request."""
        self.is_lost.set()
        return True


class ScriptedPods:
    """By their names; `address` is that of the API server."""

    def __init__(self, *names: str) -> None:
        self.pods = {name: ScriptedPod(name) for name in names}
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _begin(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                self._sockets.append(near)
                self._begin(self._serve, near)

    def _serve(self, near: socket.socket) -> None:
        with near, suppress(OSError):
            while not self._over.is_set():
                head = b""
                while b"\r\n\r\n" not in head:
                    part = near.recv(1 << 16)
                    if not part:
                        return
                    head += part
                target = head.split()[1].decode()
                if "/portforward" in target:
                    self._lead(near, head, target.split("/pods/")[1].split("/")[0])
                    return
                self._list(near, target)

    def _list(self, near: socket.socket, target: str) -> None:
        """A list of all pods, or a watch that says nothing."""
        ready = {"conditions": [{"type": "Ready", "status": "True"}]}
        items = [
            {"metadata": {"name": each.name, "uid": each.name, "annotations": each.annotations}, "status": ready}
            for each in self.pods.values()
        ]
        if "watch=" in target:
            near.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            self._over.wait()
            return
        near.sendall(answer(json.dumps({"metadata": {"resourceVersion": "1"}, "items": items}).encode()))

    def _lead(self, near: socket.socket, head: bytes, name: str) -> None:
        pod = self.pods.get(name)
        if pod is None:
            near.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        if pod.is_lost.is_set():
            self._over.wait()
            return
        way, http = WSConnection(ConnectionType.SERVER), h11.Connection(h11.SERVER)
        body = b""

        def send(content: bytes) -> None:
            near.sendall(way.send(BytesMessage(b"\0" + content)))

        part = head
        while part:
            way.receive_data(part)
            for event in way.events():
                if isinstance(event, Request):
                    near.sendall(way.send(AcceptConnection(subprotocol="v4.channel.k8s.io")))
                    near.sendall(way.send(BytesMessage(b"\0" + _PORT)) + way.send(BytesMessage(b"\1" + _PORT)))
                elif isinstance(event, CloseConnection):
                    return
                elif isinstance(event, BytesMessage):
                    http.receive_data(event.data[1:])
                    while (heard := http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                        if isinstance(heard, h11.Data):
                            body += heard.data
                        elif isinstance(heard, h11.EndOfMessage):
                            pod.bodies.append(body)
                            if not pod.work(body, send):
                                near.sendall(way.send(CloseConnection(1000)))
                                return
                            body, http = b"", h11.Connection(h11.SERVER)
                            if pod.is_lost.is_set():
                                self._over.wait()
                                return
            part = near.recv(1 << 16)

    @contextmanager
    def running(self) -> Iterator[ScriptedPods]:
        self._begin(self._accept)
        try:
            yield self
        finally:
            self._over.set()
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for each in self._sockets:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            for thread in list(self._threads):
                thread.join()
