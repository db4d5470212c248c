"""An end for the whole of a call to a cluster, from its connection to the head of its answer: the time-outs of sockets
count from byte to byte. Imported late: it loads the client."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore2
import httpx2


class CallTime:
    """Of each thread the call that it makes just now."""

    def __init__(self) -> None:
        self._own = threading.local()

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """What this thread waits for on connections of a bound client ends after so many seconds in all."""
        self._own.until = time.monotonic() + seconds
        try:
            yield
        finally:
            self._own.until = None

    def bind(self, client: httpx2.Client) -> httpx2.Client:
        """Before its first call; with its proxies."""
        for transport in (client._transport, *client._mounts.values()):
            if isinstance(transport, httpx2.HTTPTransport):
                transport._pool._network_backend = _BoundedBackend(self)
        return client

    def left(self, seconds: float | None) -> float | None:
        """Of the time-out of one wait. Raises httpcore2.ReadTimeout."""
        until: float | None = getattr(self._own, "until", None)
        if until is None:
            return seconds
        left = until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("timed out")
        return left if seconds is None else min(seconds, left)


@contextlib.contextmanager
def ended_in(seconds: float) -> Iterator[None]:
    """As asyncio.timeout of Python 3.11: what the task waits for in the block. Raises TimeoutError."""
    task, is_late = asyncio.current_task(), False

    def ring() -> None:
        nonlocal is_late
        is_late = True
        if task is not None:
            task.cancel()

    timer = asyncio.get_running_loop().call_later(seconds, ring)
    try:
        yield
    except asyncio.CancelledError:
        if not is_late:
            raise
        getattr(task, "uncancel", int)()  # since Python 3.11
        raise TimeoutError from None
    finally:
        timer.cancel()


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
        stream = super().connect_tcp(host, port, self._time.left(timeout), local_address, socket_options)
        return _BoundedStream(stream, self._time)


class _BoundedStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, call_time: CallTime) -> None:
        self._stream = stream
        self._time = call_time

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._time.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._time.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._time.left(timeout))
        return _BoundedStream(secured, self._time)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
