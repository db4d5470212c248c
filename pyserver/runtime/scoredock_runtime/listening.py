"""The listening socket of a service: bound once by the parent, held for the life of the service."""

from __future__ import annotations

import errno
import socket
import sys


class PortInUse(Exception):
    """The address cannot be bound; the text is one sentence for the person."""


def listen(host: str, port: int, preferred: int = 0) -> socket.socket:
    """Binds and listens. With port 0 takes `preferred` when that is free, else any free one. Raises PortInUse."""
    if port == 0 and preferred:
        try:
            return _bind(host, preferred)
        except PortInUse:
            return _bind(host, 0)
    return _bind(host, port)


def _bind(host: str, port: int) -> socket.socket:
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
        listener.bind(address)
        listener.listen(2048)
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
