"""What is asked of a server, and what of its answer counts: status, headers, the exact body, lines of the log."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import re
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote

from conformance.servers import Ended, Running

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOT_COMPARED = {
    # Of the connection and the machine, not of the answer.
    "date",
    "server",
    "connection",
    "keep-alive",
}
_MILLISECONDS = re.compile(r"\d+\.\d{3}")
_VERSION = re.compile(r"(azmlinfsrv|scoredock)/[\w.]+")
_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([DIWEC]) \[\d+\] (azmlinfsrv[\w.]*) - (.*)$", re.MULTILINE)

Probe = Callable[[Running], Any]
Pairs = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """An answer with what differs from run to run taken out."""

    status: int
    headers: dict[str, list[str]]
    body: str

    def __str__(self) -> str:
        head = "".join(f"\n{name}: {value}" for name, values in sorted(self.headers.items()) for value in values)
        return f"{self.status}{head}\n\n{self.body}"


def request(
    method: str, path: str, body: bytes | str | None = None, headers: Pairs = (), *, second_port: bool = False
) -> Probe:
    """One request on a connection of its own."""
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    data = body.encode() if isinstance(body, str) else body

    def ask(server: Running) -> Answer:
        port = server.second if second_port else server.port
        lines = [f"{method} {path} HTTP/1.1"]
        if not any(name.lower() == "host" for name, _ in pairs):
            lines.append(f"Host: 127.0.0.1:{port}")
        if data is not None and not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in pairs):
            lines.append(f"Content-Length: {len(data)}")
        lines += [f"{name}: {value}" for name, value in pairs]
        head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
        return exchange(port, head + (data or b""), method)

    return ask


def get(path: str, headers: Pairs = ()) -> Probe:
    """GET."""
    return request("GET", path, headers=headers)


def post(body: bytes | str, content_type: str | None = "application/json", headers: Pairs = ()) -> Probe:
    """POST /score."""
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    kind = [("Content-Type", content_type)] if content_type is not None else []
    return request("POST", "/score", body, [*kind, *pairs])


def exchange(port: int, data: bytes, method: str = "GET") -> Answer:
    """Sends the bytes as they are and reads one answer; status 0 when the connection ended without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)  # a server that refuses need not read all
        response = http.client.HTTPResponse(connection, method=method)
        try:
            response.begin()
            body = response.read()
        except (http.client.HTTPException, OSError):
            return Answer(0, {}, "")
        return _normal(response, body, port)


def pieces(method: str, path: str, headers: Mapping[str, str]) -> Probe:
    """The body of a streamed answer in the pieces in which it came."""

    def ask(server: Running) -> list[bytes]:
        with _streamed(server, method, path, headers) as chunks:
            return list(chunks)

    return ask


def awaited(method: str, path: str) -> Probe:
    """The same of a script that waits, once the client has its first piece, for a file; `path` ends where its name
    begins. A server that keeps pieces back until the end answers nothing."""

    def ask(server: Running) -> list[bytes]:
        file = server.folder / f"go-{server.port}"
        try:
            with _streamed(server, method, path + quote(str(file)), {}) as chunks:
                first = next(chunks)
                file.touch()
                return [first, *chunks]
        finally:
            file.touch()  # so that the script does not wait for ever

    return ask


@contextlib.contextmanager
def _streamed(server: Running, method: str, path: str, headers: Mapping[str, str]) -> Iterator[Iterator[bytes]]:
    """The chunks of an answer."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        stream = connection.makefile("rb")
        while stream.readline().strip():
            pass
        yield _chunks(stream)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while size := int(stream.readline() or b"0", 16):
        yield stream.read(size)
        stream.readline()


def _normal(response: http.client.HTTPResponse, body: bytes, port: int) -> Answer:
    headers: dict[str, list[str]] = {}
    for name, value in response.getheaders():
        key = name.lower()
        if key in _NOT_COMPARED:
            continue
        if key == "allow":
            value = ", ".join(sorted(each.strip() for each in value.split(",")))
        elif key == "x-ms-run-fn-exec-ms":
            value = _MILLISECONDS.sub("<ms>", value)
        elif key == "x-ms-server-version":
            value = _VERSION.sub("<version>", value)
        elif _UUID.fullmatch(value):
            value = "<new id>"
        headers.setdefault(key, []).append(value)
    text = body.decode("latin-1").replace(f":{port}", ":<port>")
    if len(text) != len(body) and "content-length" in headers:
        headers["content-length"] = ["<of a body with a port>"]
    return Answer(response.status, headers, text)


def same(one: Any, other: Any) -> bool:
    """Whether two observations are equal. Of a body that came in chunks the length is not known before its end."""
    if isinstance(one, Answer) and isinstance(other, Answer):
        chunked = any("transfer-encoding" in each.headers for each in (one, other))
        left_out = {"transfer-encoding", "content-length"} if chunked else set()
        first, second = (
            {name: values for name, values in each.headers.items() if name not in left_out} for each in (one, other)
        )
        return (one.status, first, one.body) == (other.status, second, other.body)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def each(*probes: Probe) -> Probe:
    """One after the other."""
    return lambda server: [probe(server) for probe in probes]


_numbers = itertools.count()


def settled(server: Running) -> int:
    """The length of the log once all that was asked before has left its lines."""
    mark = f"settled={next(_numbers)} "
    get(f"/score?{mark.strip()}")(server)
    server.wait_for(lambda: mark in server.log(), "the line of a request")
    return len(server.log())


def lines(probe: Probe) -> Probe:
    """The lines in the server's log format that a probe adds."""

    def observe(server: Running) -> list[str]:
        before = settled(server)
        probe(server)
        settled(server)
        return [line for line in log_lines(server.log()[before:]) if "?settled=" not in line]

    return observe


def log_lines(text: str) -> list[str]:
    """Level, logger and message of each line; times and process ids are checked for their form only."""
    found = []
    for level, name, message in _LINE.findall(text):
        message = re.sub(r"\d+\.\d{3}ms", "<ms>", message)
        message = re.sub(r"\bpid \d+", "pid <pid>", message)
        found.append(f"{level} {name} {message}")
    return found


def says(*patterns: str, never: tuple[str, ...] = ()) -> Probe:
    """For each regular expression what the log holds that matches it: the first match, or None. Those of `patterns`
    are waited for, as lines take a moment."""

    def observe(server: Running | Ended) -> list[str | None]:
        def text() -> str:
            return server.log if isinstance(server, Ended) else server.log()

        if isinstance(server, Running):
            with contextlib.suppress(AssertionError):
                wanted = [re.compile(pattern, re.MULTILINE) for pattern in patterns]
                server.wait_for(lambda: all(each.search(text()) for each in wanted), "lines of the log", 3.0)
        found = [re.search(pattern, text(), re.MULTILINE) for pattern in (*patterns, *never)]
        return [_VERSION.sub("<version>", each.group()) if each else None for each in found]

    return observe
