"""Calls of the daemon that take as long as they take, tell how far they are, and end at once when cancelled."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scoredock import l10n, threads
from scoredock.containers.connection import LOOK_SECONDS, Docker
from scoredock.containers.failures import docker_errors
from scoredock.containers.waiting import Teller
from scoredock.progress import CancelToken

Event = Mapping[str, Any]


def events(
    docker: Docker,
    what: str,
    path: str,
    cancel: CancelToken,
    *,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Iterator[bytes] | None = None,
) -> Iterator[Event]:
    """POST to `path` and give each JSON message of the answer as it comes.

    `what` completes "Docker could not …". Cancelling closes the connection, upon which the daemon gives the work up.
    Raises what `failures.docker_errors` raises, what the body raises, and `cancelled`.
    """
    exchange = _Exchange(docker, path, dict(params or {}), dict(headers or {}), body)
    cancel.raise_if_cancelled()
    cancel.on_cancel(exchange.abandon)
    with docker_errors(what):
        try:
            yield from exchange.messages()
        except Exception:
            cancel.raise_if_cancelled()  # what failed is the connection that we closed
            raise
        finally:
            exchange.abandon()
    cancel.raise_if_cancelled()


def put_archive(docker: Docker, container: str, body: Iterator[bytes]) -> None:
    """Unpack a tar at the root of a container that need not run.

    Raises what the body and `failures.docker_errors` raise.
    """
    api: Any = docker.patient
    with docker_errors(l10n.t("write into a container")):
        answer = api._put(api._url("/containers/{0}/archive", container), params={"path": "/"}, data=body)
        api._raise_for_status(answer)


def wait_ended(docker: Docker, container: str, cancel: CancelToken) -> int:
    """Wait for a running container; its exit code. Cancelling kills it. Raises `cancelled`."""
    ended = threading.Event()

    def kill() -> None:
        if not ended.is_set():
            with contextlib.suppress(Exception):  # it ended by itself
                docker.api.kill(container)

    cancel.on_cancel(kill)
    with docker_errors(l10n.t("wait for a container")):
        try:
            answer = docker.patient.wait(container)
        finally:
            ended.set()
    cancel.raise_if_cancelled()
    return int(answer["StatusCode"])


class _Exchange:
    """One request and its streamed answer, made by a thread of its own: nothing wakes a socket that waits for its
    answer."""

    def __init__(
        self, docker: Docker, path: str, params: dict[str, Any], headers: dict[str, str], body: Iterator[bytes] | None
    ) -> None:
        self._docker = docker
        self._api: Any = docker.patient
        self._request = (path, params, headers, body)
        self._queue: queue.SimpleQueue[Event | Exception | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._abandoned = False
        self._close: Callable[[], None] | None = None

    def messages(self) -> Iterator[Event]:
        threads.start(self._talk, name="docker", at_fault=threads.logged)
        while (message := self._next()) is not None:
            if isinstance(message, Exception):
                raise message
            yield message

    def _next(self) -> Event | Exception | None:
        """A build may be silent for minutes, and a daemon that is there says so. Raises TimeoutError."""
        teller, look = Teller(), time.monotonic() + LOOK_SECONDS
        while True:
            try:
                return self._queue.get(timeout=min(1.0, LOOK_SECONDS))
            except queue.Empty:
                teller.look()
                if time.monotonic() > look:
                    if not self._docker.silence.answers():
                        raise TimeoutError from None
                    look = time.monotonic() + LOOK_SECONDS

    def abandon(self) -> None:
        """Close the connection, as soon as there is one; harmless when all is over."""
        with self._lock:
            self._abandoned = True
            close, self._close = self._close, None
        if close is not None:
            with contextlib.suppress(Exception):  # it ended meanwhile, or is one of those that cannot be cut
                close()
        self._queue.put(None)

    def _talk(self) -> None:
        try:
            self._converse()
        except Exception as error:  # raised again where it is waited for
            self._queue.put(error)
        finally:
            self._queue.put(None)

    def _converse(self) -> None:
        from docker.types.daemon import CancellableStream

        path, params, headers, body = self._request
        # Kept for another call, the connection might be that one's already at the moment in which we are abandoned.
        headers["Connection"] = "close"
        response = self._api._post(self._api._url(path), params=params, headers=headers, data=body, stream=True)
        with contextlib.closing(response):
            self._api._raise_for_status(response)
            stream = CancellableStream(self._api._stream_helper(response), response)
            with self._lock:
                if self._abandoned:
                    return
                self._close = stream.close
            for message in _messages(stream):
                self._queue.put(message)
            with self._lock:
                self._close = None


def _messages(pieces: Iterator[bytes]) -> Iterator[Event]:
    """JSON messages, of which the daemon may put two into one piece, or half of one."""
    decoder = json.JSONDecoder()
    buffer = ""
    for piece in pieces:
        buffer += piece.decode("utf-8", "replace") if isinstance(piece, bytes) else piece
        while buffer := buffer.lstrip():
            try:
                message, end = decoder.raw_decode(buffer)
            except ValueError:
                break
            buffer = buffer[end:]
            if isinstance(message, dict):
                yield message


def failure_in(message: Event) -> str:
    """Failure that a message reports; empty if there is none."""
    detail = message.get("errorDetail")
    said = detail.get("message") if isinstance(detail, dict) else None
    return str(said or message.get("error") or "")
