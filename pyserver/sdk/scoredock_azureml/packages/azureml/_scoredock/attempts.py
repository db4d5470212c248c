"""Requests to a service that go out again where they are lost, as those of azureml-core do, which are POST as well."""

from __future__ import annotations

import http.client
import socket
import time
from typing import Any, Callable, Dict

from azureml._scoredock.failures import ServerFailure

_PAUSES = (0.0, 1.0, 2.0)
"""Seconds before each further attempt."""
_LOST = (502, 503)
"""Statuses by which a router says that a version ended, or that none takes requests."""
_CONNECTS, _CONNECT_SECONDS = 4, 2.0
"""A Kubernetes node leads a connection to a replica on a lost node, too, until the cluster notices; the next one it may
lead elsewhere. Nothing was sent by then."""


def answer_of(send: Callable[[], Dict[str, Any]]) -> Dict[str, Any]:
    """The answer of `send`, with its `status`: of the last attempt where all are lost. Raises what that raises, and at
    once what another attempt would not change."""
    for pause in _PAUSES:
        try:
            answer = send()
            if answer["status"] not in _LOST:
                return answer
        except (ServerFailure, OSError) as fault:
            if not _is_loss(fault):
                raise
        time.sleep(pause)
    return send()


def connect(connection: http.client.HTTPConnection) -> None:
    """Opens the connection, with retries after a time-out; then sets the connection's own time-out again. Raises
    OSError.
    """
    seconds, connection.timeout = connection.timeout, _CONNECT_SECONDS
    for left in reversed(range(_CONNECTS)):
        try:
            connection.connect()
            break
        except socket.timeout:
            if not left:
                raise ConnectionAbortedError("nobody takes the connection") from None
    connection.timeout = seconds
    connection.sock.settimeout(seconds)


def _is_loss(fault: Exception) -> bool:
    """True if a connection ended before an answer began, or the service is about to answer again."""
    if isinstance(fault, ServerFailure):
        return fault.details.get("passes") == "true"
    return isinstance(fault, ConnectionError)
