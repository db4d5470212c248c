"""A batch worker that the template process has forked."""

import socket
from typing import List

from scoredock_runtime.batch.worker import Worker, end_with_driver


def work(channel: socket.socket, _: List[socket.socket]) -> int:
    """Its whole life; the exit code."""
    # The first message comes when the driver has adopted this process; the one between them has ended then, and its end
    # is no sign any more.
    channel.recv(1, socket.MSG_PEEK)
    end_with_driver()
    return Worker(channel.makefile("rb"), channel.makefile("wb", 0)).live()  # type: ignore[arg-type]
