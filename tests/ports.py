"""Ports that stay free until whoever asked for one listens there.

One that the system hands out (`bind` to 0) is of the range from which it also takes the own end of every connection
that any program opens. Tests open thousands a minute, and one of them, or its echo of a minute after its end, may have
that port a moment later.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000
"""Below it are ports of well-known servers."""


def free_port() -> int:
    """Of 127.0.0.1, below those that the system hands out by itself."""
    end = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    for port in random.sample(range(_LOWEST, end), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError(f"no port between {_LOWEST} and {end} is free")
