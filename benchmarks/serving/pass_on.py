"""Passes bytes on between clients and one server, without reading them: the least that any router in Python costs.

    python -m serving.pass_on PORT

Prints the port that it listens on.
"""

from __future__ import annotations

import select
import socket
import sys
from collections.abc import Callable


def accept(listener: socket.socket, port: int) -> tuple[socket.socket, socket.socket]:
    """A client and a connection of its own to the server."""
    client, _ = listener.accept()
    server = socket.create_connection(("127.0.0.1", port))
    for each in (client, server):
        each.setblocking(False)
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client, server


def main() -> None:
    port = int(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.setblocking(False)
    print(listener.getsockname()[1], flush=True)
    poller = select.epoll()
    poller.register(listener.fileno(), select.EPOLLIN)
    pairs: dict[int, tuple[Callable[[int], bytes], Callable[[bytes], int], tuple[socket.socket, ...]]] = {}
    while True:
        for descriptor, _ in poller.poll():
            if descriptor == listener.fileno():
                pair = accept(listener, port)
                for one, other in (pair, pair[::-1]):
                    pairs[one.fileno()] = (one.recv, other.send, pair)
                    poller.register(one.fileno(), select.EPOLLIN)
                continue
            if descriptor not in pairs:
                continue  # closed by what came before it
            receive, send, pair = pairs[descriptor]
            try:
                data = receive(16384)
                if data:
                    send(data)
            except OSError:
                data = b""
            if not data:
                for each in pair:
                    pairs.pop(each.fileno(), None)
                    each.close()


if __name__ == "__main__":
    main()
