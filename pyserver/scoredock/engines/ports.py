"""Ports of this machine: whether one is free, and who uses it if not."""

from __future__ import annotations

import errno
import os
import socket

from scoredock import l10n
from scoredock.engines.probe import LOOPBACK
from scoredock.engines.process.table import holder_of_port
from scoredock.errors import ScoredockError


def free_port() -> int:
    """One that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        candidate.bind((LOOPBACK, 0))
        return int(candidate.getsockname()[1])


def require_free_port(port: int) -> None:
    """Raises ScoredockError `port-in-use`, naming the holder where the system tells it, or `port-invalid`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        if os.name == "posix":
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                raise ScoredockError(
                    "port-invalid",
                    l10n.t("This account is not allowed to listen on port {port}.", port=port),
                    l10n.t("Choose a port above 1023, or leave it out."),
                ) from None
            raise port_in_use(port) from None


def port_in_use(port: int) -> ScoredockError:
    """The error that says who has it."""
    holder = holder_of_port(port)
    return ScoredockError(
        "port-in-use",
        l10n.t("Port {port} is used by {holder}.", port=port, holder=holder or l10n.t("another program")),
        details={"port": str(port), "holder": holder},
    )
