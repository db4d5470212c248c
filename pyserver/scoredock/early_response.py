"""The response to a request whose body the other side did not want to read to its end."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping


def response_to(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> http.client.HTTPResponse:
    """What came back, also where it came before all of the body was sent, as 413 does: whoever sends such a response
    closes the connection, and sending fails. Raises OSError, HTTPException."""
    try:
        connection.request(method, path, body, dict(headers))
    except (ConnectionError, ssl.SSLError) as fault:
        if connection.sock is None:
            raise  # it was never connected
        try:
            return connection.getresponse()
        except (OSError, http.client.HTTPException):
            raise fault from None
    return connection.getresponse()
