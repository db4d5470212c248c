"""The listening socket of a service: bound once by the parent, held for the life of the service."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import sys
import time
from typing import List

BACKLOG = 2048

_ATTACH_REUSEPORT_CBPF = 51
"""SO_ATTACH_REUSEPORT_CBPF of Linux, which the socket module does not know."""
_RETURN_CONSTANT = 0x06
"""BPF_RET | BPF_K."""
_NEWER = 1
"""Of two sockets that share a port, the one that began to listen later, as the kernel counts them."""
_UNACKED_OFFSET = 24
"""Of tcpi_unacked in struct tcp_info: for a listening socket the connections that wait to be accepted."""


_LOOKS, _BETWEEN_LOOKS = 25, 0.02
"""At a port that a killed parent or one of its workers may still hold: callers know the service by it."""


class PortInUse(Exception):
    """The address cannot be bound; the text is one sentence for the person."""


def listen(host: str, port: int, preferred: int = 0, *, reuse_port: bool = False, late: bool = False) -> socket.socket:
    """Binds and, unless `late`, listens. With port 0 takes `preferred` when that is free, else any free one. With
    `reuse_port` others that ask for the same may bind it, too. Raises PortInUse."""
    if port or not preferred:
        return _bind(host, port, reuse_port=reuse_port, late=late)
    for _ in range(_LOOKS):
        try:
            return _bind(host, preferred, reuse_port=reuse_port, late=late)
        except PortInUse:
            time.sleep(_BETWEEN_LOOKS)  # a process that was killed keeps its sockets until the system has cleared it
    return _bind(host, 0, reuse_port=reuse_port, late=late)


def steer_to_newer(listeners: List[socket.socket]) -> None:
    """Steer new connections of two sockets that share a port to the one that began to listen later, where the system
    (Linux) can do that; those that have begun stay where they are. Harmless for a socket that has its port alone."""
    import ctypes

    program = ctypes.create_string_buffer(struct.pack("HBBI", _RETURN_CONSTANT, 0, 0, _NEWER))
    described = struct.pack("HP", 1, ctypes.addressof(program))
    for listener in listeners:
        with contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, _ATTACH_REUSEPORT_CBPF, described)


def backlog_size(listeners: List[socket.socket]) -> int:
    """Number of connections that wait in the backlog; 0 where the system does not tell."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None or sys.platform != "linux":
        return 0
    count = 0
    for listener in listeners:
        with contextlib.suppress(OSError, struct.error):
            tcp_info = listener.getsockopt(socket.IPPROTO_TCP, option, _UNACKED_OFFSET + 4)
            count += int(struct.unpack_from("I", tcp_info, _UNACKED_OFFSET)[0])
    return count


def _bind(host: str, port: int, *, reuse_port: bool, late: bool) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as fault:
        raise PortInUse(f"The address {host}:{port} is not usable: {fault}.") from None
    listener = socket.socket(family, kind, protocol)
    try:
        if sys.platform == "win32":
            # There SO_REUSEADDR would let two services share a port; this forbids it.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Not held up by connections of a former service in TIME_WAIT; a listening one still refuses.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if reuse_port:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
        if not late:
            listener.listen(BACKLOG)
        listener.setblocking(False)
    except OverflowError:
        listener.close()
        raise PortInUse(f"{port} is not a port: it must be between 0 and 65535.") from None
    except OSError as fault:
        listener.close()
        if fault.errno == errno.EADDRINUSE:
            raise PortInUse(f"Port {port} on {host} is in use by another program.") from None
        if fault.errno == errno.EACCES:
            raise PortInUse(f"Port {port} on {host} may not be opened by this user.") from None
        raise PortInUse(f"Port {port} on {host} cannot be opened: {fault.strerror or fault}.") from None
    return listener
