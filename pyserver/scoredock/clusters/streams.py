"""Answers of a cluster without an end: logs and watches. They go on over cuts, and end when somebody says so."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.clusters.failures import refusal
from scoredock.clusters.kinds import KINDS, object_path
from scoredock.errors import ClusterUnreachable
from scoredock.progress import CancelToken

if TYPE_CHECKING:
    import httpx2

    from scoredock.clusters.connection import Cluster

CALL_SECONDS = 10.0
_LINE_BYTES = 256 * 1024
"""A longer line comes in pieces."""
_WATCH_SECONDS = 60
"""After so long the cluster ends a watch that we go on with: so long a connection may be dead until it is noticed."""
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts while the cluster is away."""
_SOCKET_OPTIONS = (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))


class StreamedLines:
    """Lines of an answer, as they come. `close` may be called by any thread: a line that is waited for ends it."""

    def __init__(self, cluster: Cluster, response: httpx2.Response | None) -> None:
        self._cluster = cluster
        self._response = response
        self._over = threading.Event()
        self._lines: Generator[str, None, None] = self._read()
        if response is not None:
            _keep_alive(response)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._lines)

    def __enter__(self) -> StreamedLines:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._over.set()
        if self._response is None:
            return
        _cut(self._response)
        with contextlib.suppress(ValueError):  # another thread waits for a line, which the cut ends
            self._lines.close()
            _close(self._response)

    def _read(self) -> Generator[str, None, None]:
        import httpx2

        if self._response is None:
            return
        rest = b""
        try:
            for part in self._response.iter_bytes():
                *whole, rest = (rest + part).split(b"\n")
                for line in whole:
                    yield line.decode("utf-8", "replace")
                if len(rest) > _LINE_BYTES:
                    yield rest.decode("utf-8", "replace")
                    rest = b""
            if rest:
                yield rest.decode("utf-8", "replace")
        except (httpx2.HTTPError, OSError) as error:
            if not self._over.is_set():
                raise self._cluster.fault(error) from error
        finally:
            _close(self._response)


def log_lines(cluster: Cluster, pod: str, options: Mapping[str, Any]) -> StreamedLines:
    """See `Cluster.log`."""
    names = {"since_time": "sinceTime", "tail": "tailLines", "limit_bytes": "limitBytes"}
    params: dict[str, Any] = {"container": options.get("container") or "service"}
    params |= {names[key]: value for key, value in options.items() if key in names and value not in (None, "")}
    params |= {key: "true" for key in ("previous", "follow", "timestamps") if options.get(key)}
    path = object_path("v1", "Pod", cluster.place.namespace, pod) + "/log"
    response = cluster.send("GET", path, params, silence=None if options.get("follow") else CALL_SECONDS)
    if response.status_code == 200:
        return StreamedLines(cluster, response)
    body = cluster.body(response)
    # 400 is what a container gets that has not begun, or has no earlier run.
    if response.status_code in (400, 404):
        return StreamedLines(cluster, None)
    raise refusal(response.status_code, body, cluster.place, l10n.t("show the log of {pod}", pod=pod))


def watch(cluster: Cluster, kind: str, selector: str, cancel: CancelToken) -> Iterator[tuple[str, dict[str, Any]]]:
    """See `Cluster.watch`."""
    return _KindWatch(cluster, kind, selector, cancel).events()


class _KindWatch:
    def __init__(self, cluster: Cluster, kind: str, selector: str, cancel: CancelToken) -> None:
        self._cluster = cluster
        self._kind = kind
        self._selector = selector
        self._cancel = cancel
        self._seen: dict[str, dict[str, Any]] = {}
        """By uid, what is needed to say of one that it has gone."""
        self._version = ""
        self._lines: StreamedLines | None = None
        cancel.on_cancel(self._end)

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        failures = 0
        while not self._cancel.cancelled:
            try:
                if not self._version:
                    yield from self._listed()
                for event in self._changes():
                    failures = 0
                    yield event
            except ClusterUnreachable:
                if not self._version and not self._seen:
                    raise
                self._cancel.wait(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1
            finally:
                self._end()

    def _listed(self) -> Iterator[tuple[str, dict[str, Any]]]:
        items, version = self._cluster.listing(self._kind, self._selector)
        now = {str(each["metadata"]["uid"]) for each in items}
        for uid in [uid for uid in self._seen if uid not in now]:
            yield "DELETED", self._seen.pop(uid)
        for item in items:
            self._note("ADDED", item)
            yield "ADDED", item
        self._version = version

    def _changes(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Until the connection ends."""
        path = object_path(self._cluster.served(self._kind), self._kind, self._cluster.place.namespace)
        params: dict[str, Any] = {
            "watch": "true",
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": _WATCH_SECONDS,
        }
        if self._selector:
            params["labelSelector"] = self._selector
        response = self._cluster.send("GET", path, params, silence=_WATCH_SECONDS + 5)
        if response.status_code == 410:
            response.close()
            self._version = ""
            return
        if response.status_code != 200:
            what = l10n.t("watch {resource}", resource=KINDS[self._kind].plural)
            fault = refusal(response.status_code, self._cluster.body(response), self._cluster.place, what)
            # A watch that was begun outlives every error of the server's own.
            raise ClusterUnreachable(fault.message) if response.status_code >= 500 else fault
        self._lines = StreamedLines(self._cluster, response)
        if self._cancel.cancelled:
            return
        for line in self._lines:
            event = _event(line)
            if event is None:
                return  # cut in the middle of a word
            change, item = event
            if change == "ERROR":
                if item.get("code") == 410:
                    self._version = ""
                return
            self._version = str(item["metadata"]["resourceVersion"])
            if change != "BOOKMARK":
                self._note(change, item)
                yield change, item

    def _note(self, change: str, item: dict[str, Any]) -> None:
        metadata = item["metadata"]
        uid = str(metadata["uid"])
        if change == "DELETED":
            self._seen.pop(uid, None)
            return
        short = {key: metadata[key] for key in ("name", "namespace", "uid", "labels") if key in metadata}
        self._seen[uid] = {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": short}

    def _end(self) -> None:
        if self._lines is not None:
            self._lines.close()


def _event(line: str) -> tuple[str, dict[str, Any]] | None:
    try:
        event = json.loads(line)
        return str(event["type"]), dict(event["object"])
    except (ValueError, TypeError, KeyError):
        return None


def _socket_of(response: httpx2.Response) -> socket.socket | None:
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("socket") if stream is not None else None
    return connection if isinstance(connection, socket.socket) else None


def _keep_alive(response: httpx2.Response) -> None:
    """So that a connection that is dead is noticed although nobody says anything on it."""
    connection = _socket_of(response)
    if connection is None:
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _SOCKET_OPTIONS:
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _cut(response: httpx2.Response) -> None:
    """Ends the wait of whoever reads; the connection itself belongs to that thread."""
    connection = _socket_of(response)
    if connection is not None:
        with contextlib.suppress(OSError):
            # Not the method of an SSLSocket, which takes the TLS away below its reader.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _close(response: httpx2.Response) -> None:
    with contextlib.suppress(Exception):  # whatever is left of the connection
        response.close()
