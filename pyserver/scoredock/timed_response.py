"""Answers that come too slowly, and too early: one that comes byte by byte keeps every time-out of a socket.

Clients by http.client, urllib3 and requests ask here. What speaks to Azure in the person's own Python reads this file
as well: Python 3.6, and nothing of the server.
"""

import contextlib
import http.client
import io
import socket
import ssl
import time
from typing import Any, Mapping, Optional

LEAST_BYTES = 64 << 10
"""Of a body in the seconds that a time-out allows: less is not progress, however often a byte comes."""


class DrippingAnswer(socket.timeout):
    """Something came, and too little of it: it would drip again."""


class TimedResponse(http.client.HTTPResponse):
    """An answer whose head keeps the time-out of its socket as a whole, and whose body makes progress.

    It takes the place of a connection's `response_class`; what is read raises TimeoutError, socket.timeout.
    """

    least_bytes = LEAST_BYTES
    """0 for a body that may take any time between its bytes, as of a model that answers bit by bit."""
    most_seconds: Optional[float] = None
    """For a socket that has no time-out, or a longer one."""

    def __init__(self, sock: Any, *arguments: Any, **settings: Any) -> None:
        super().__init__(sock, *arguments, **settings)
        given = [each for each in (sock.gettimeout(), self.most_seconds) if each]
        self._paced: Optional[_PacedReader] = None
        if given:
            raw: Any = self.fp.detach()
            self._paced = _PacedReader(raw, sock, min(given), self.least_bytes)
            self.fp = io.BufferedReader(self._paced)

    def begin(self) -> None:
        """See http.client: reads the head."""
        super().begin()
        if self._paced is not None:
            self._paced.begin_body()


def response_to(
    connection: http.client.HTTPConnection, method: str, path: str, body: Optional[bytes], headers: Mapping[str, str]
) -> http.client.HTTPResponse:
    """Response to a request, also if it came before all of the body was sent, as 413 does: whoever sends such a
    response closes the connection, and sending fails. Raises OSError, HTTPException."""
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


class _PacedReader(io.RawIOBase):
    """Reader of one response."""

    def __init__(self, raw: Any, sock: Any, seconds: float, least_bytes: int) -> None:
        self._raw = raw
        self._sock = sock
        self._seconds = seconds
        self._least_bytes = least_bytes
        self._until: Optional[float] = time.monotonic() + seconds
        self._waited, self._count = 0.0, 0

    def begin_body(self) -> None:
        self._until = None
        with contextlib.suppress(OSError):  # an answer without a body may be closed already
            self._sock.settimeout(self._seconds)

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def readinto(self, buffer: Any) -> Optional[int]:
        begin = time.monotonic()
        if self._until is not None:
            if begin >= self._until:
                raise DrippingAnswer("timed out")
            self._sock.settimeout(self._until - begin)
        count: Optional[int] = self._raw.readinto(buffer)
        if self._until is None and self._least_bytes:
            self._waited, self._count = self._waited + time.monotonic() - begin, self._count + (count or 0)
            if count and self._waited > self._seconds:
                if self._count < self._least_bytes:
                    raise DrippingAnswer("timed out")
                self._waited, self._count = 0.0, 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
