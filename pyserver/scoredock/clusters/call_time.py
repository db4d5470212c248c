"""An end for the whole of a call to a cluster, from its connection to the head of its answer: the time-outs of sockets
count from byte to byte. Imported late: it loads the client."""

from __future__ import annotations

import contextlib
import math
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore2
import httpx2

from scoredock.late_dataclass import dataclass


@dataclass(slots=True)
class _Limit:
    """Limit of one block."""

    seconds: float
    seconds_left: float
    is_of_silence: bool
    """Holds while nothing comes."""


class CallTime:
    """Limits of the time that a thread may wait for the network. What it does itself in between counts for nothing,
    however slow a busy machine makes it."""

    def __init__(self) -> None:
        self._own = threading.local()

    @contextlib.contextmanager
    def within(self, seconds: float, *, silent: bool = False) -> Iterator[None]:
        """Block in which this thread waits for connections of a bound client at most so many seconds in all, or
        (`silent`) only as long as nothing comes. Of several such blocks each counts."""
        limits = self._limits()
        limits.append(_Limit(seconds, seconds, silent))
        try:
            yield
        finally:
            limits.pop()

    def answered(self) -> None:
        """Ends the limits of silence, as the response that this thread waits for comes."""
        for each in self._limits():
            each.seconds_left = math.inf if each.is_of_silence else each.seconds_left

    def next_part(self) -> None:
        """Starts the limits of silence again, as a part has come and more is to come."""
        for each in self._limits():
            each.seconds_left = each.seconds if each.is_of_silence else each.seconds_left

    @contextlib.contextmanager
    def waiting(self, seconds: float | None) -> Iterator[float | None]:
        """Block for one wait, with its time-out. Raises httpcore2.ReadTimeout."""
        limits = self._limits()
        least = min((each.seconds_left for each in limits), default=math.inf)
        if least <= 0:
            raise httpcore2.ReadTimeout("timed out")
        began = time.monotonic()
        try:
            yield seconds if least == math.inf else min(least, math.inf if seconds is None else seconds)
        finally:
            taken = time.monotonic() - began
            for each in limits:
                each.seconds_left -= taken

    def _limits(self) -> list[_Limit]:
        if not hasattr(self._own, "limits"):
            self._own.limits = []
        return self._own.limits  # type: ignore[no-any-return]

    def bind(self, client: httpx2.Client) -> httpx2.Client:
        """Binds a client with its proxies, before its first call."""
        for transport in (client._transport, *client._mounts.values()):
            if isinstance(transport, httpx2.HTTPTransport):
                transport._pool._network_backend = _BoundedBackend(self)
        return client


class _BoundedBackend(httpcore2.SyncBackend):
    def __init__(self, call_time: CallTime) -> None:
        self._time = call_time

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        with self._time.waiting(timeout) as seconds:
            stream = super().connect_tcp(host, port, seconds, local_address, socket_options)
        return _BoundedStream(stream, self._time)


class _BoundedStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, call_time: CallTime) -> None:
        self._stream = stream
        self._time = call_time

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._time.waiting(timeout) as seconds:
            return self._stream.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._time.waiting(timeout) as seconds:
            self._stream.write(buffer, seconds)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 (of a connection)
    ) -> httpcore2.NetworkStream:
        # The server is there by then: only how long the whole may take counts, not the limit of a connection.
        with self._time.waiting(None) as seconds:
            secured = self._stream.start_tls(ssl_context, server_hostname, seconds)
        return _BoundedStream(secured, self._time)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
