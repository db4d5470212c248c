"""Ports of containers of another machine on 127.0.0.1, through its Docker: an `exec` in the container runs `relay.py`,
which passes on all connections to it. Nothing is published there, and nothing but the API has to be reachable.
"""

from __future__ import annotations

import asyncio
import json
import struct
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from scoredock import l10n, threads
from scoredock.containers import objects, relay
from scoredock.containers.connection import Docker, connect
from scoredock.containers.failures import docker_errors, reason
from scoredock.containers.places import tls_context
from scoredock.containers.relay import Multiplexer
from scoredock.containers.settings import DockerSettings
from scoredock.docker_place import DockerPlace
from scoredock.errors import DockerFailed, DockerUnavailable, ScoredockError

LOOPBACK = "127.0.0.1"
_DIAL_SECONDS = 15.0
_AHEAD_BYTES = 1 << 20
_FRAME = struct.Struct(">BxxxL")
_STDOUT = 1
_HEAD_BYTES = 1 << 16
_T = TypeVar("_T")
_CODE = Path(relay.__file__)


class _TunnelLoop:
    """The event loop of all tunnels of this process, in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.relays: dict[tuple[DockerPlace, str], asyncio.Future[Multiplexer]] = {}
        self.running: set[asyncio.Task[None]] = set()
        threads.start(self._run, name="tunnels", at_fault=threads.again)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def call(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Result of the work, waited for by another thread. Raises what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    async def relay_to(self, place: DockerPlace, container: str) -> Multiplexer:
        """The one of this process. Raises ScoredockError, OSError."""
        key = place, container
        dialled = self.relays.get(key)
        if dialled is not None and dialled.done() and (dialled.exception() is not None or dialled.result().over):
            dialled = None
        if dialled is None:
            dialled = self.relays[key] = asyncio.ensure_future(self._dialled(place, container))
        return await asyncio.shield(dialled)

    async def _dialled(self, place: DockerPlace, container: str) -> Multiplexer:
        docker, execution = await self.loop.run_in_executor(_dials, _prepared, place, container)
        made = await asyncio.wait_for(_attached(docker, execution), _DIAL_SECONDS)
        task = self.loop.create_task(made.run())
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return made


_dials = threads.pool(4, "tunnel dials")
_shared: list[_TunnelLoop] = []
_lock = threading.Lock()


def _loop() -> _TunnelLoop:
    with _lock:
        if not _shared:
            _shared.append(_TunnelLoop())
        return _shared[0]


class ContainerPort:
    """A port of this machine at which a port of a container answers. It dials with the first connection; one that does
    not reach the container is closed."""

    def __init__(self, place: DockerPlace, container: str, port: int, local_port: int = 0) -> None:
        """Listens on 127.0.0.1, at a free port where none is named. Raises ScoredockError `port-in-use`."""
        self._place = place
        self.container = container
        """Id or name; changed where another container takes its place."""
        self._inside = port
        self._open: set[asyncio.Task[None]] = set()
        self._loop = _loop()
        try:
            self._server = self._loop.call(self._listen(local_port))
        except OSError:
            raise ScoredockError(
                "port-in-use",
                l10n.t("Port {port} is used by another program.", port=local_port),
                details={"port": str(local_port)},
            ) from None
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def connections(self) -> int:
        """Number of connections under way."""
        return len(self._open)

    def require_way(self) -> None:
        """Dials where nobody has. Raises ScoredockError for what `ssh` or the daemon says where that does not lead to
        the container."""
        try:
            self._loop.call(self._loop.relay_to(self._place, self.container))
        except ScoredockError:
            raise
        except Exception as error:  # whatever ends the dial of a stream
            raise DockerUnavailable(
                l10n.t("Docker does not answer at {place}: {reason}.", place=self._place.title, reason=reason(error))
            ) from error

    def release(self) -> None:
        """Takes no connection any more; those that are under way go on until they end."""
        self._loop.loop.call_soon_threadsafe(self._server.close)

    async def _listen(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._accept, LOOPBACK, port, limit=relay.PART, backlog=256)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._open.add(task)
        writer.transport.set_write_buffer_limits(_AHEAD_BYTES)
        try:
            way = await self._loop.relay_to(self._place, self.container)
            await way.carry(self._inside, reader, writer)
        except (asyncio.CancelledError, OSError, TimeoutError, ScoredockError):
            pass
        except Exception as fault:  # one connection must not take the others with it
            threads.note("tunnels", fault)
        finally:
            self._open.discard(task)
            writer.close()


def _prepared(place: DockerPlace, container: str) -> tuple[Docker, str]:
    """The daemon, and the id of an `exec` that is made and does not run yet. Raises ScoredockError."""
    docker = connect(DockerSettings(place=place))
    inspected = objects.inspect(docker, container)
    if inspected is None or not inspected["State"].get("Running"):
        raise DockerFailed(l10n.t("The container {name} does not run.", name=container[:64]))
    python = str((inspected["Config"].get("Cmd") or ["python3"])[0])
    with docker_errors(l10n.t("lead to the container")):
        command = [python, "-I", "-S", "-c", _CODE.read_text("utf-8")]
        made = docker.api.exec_create(container, command, stdin=True)
    return docker, str(made["Id"])


async def _attached(docker: Docker, execution: str) -> Multiplexer:
    """Raises OSError, and DockerFailed for another answer than the streams."""
    reader, writer = await _connected(docker)
    body = json.dumps({"Detach": False, "Tty": False}).encode()
    head = (
        f"POST /v{docker.api.api_version}/exec/{execution}/start HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\n"
        f"Upgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    try:
        writer.write(head.encode() + body)
        await writer.drain()
        head_bytes = await reader.readuntil(b"\r\n\r\n")
        status = head_bytes.split(b" ", 2)[1:2]
        if status not in ([b"101"], [b"200"]):
            raise DockerFailed(
                l10n.t("Docker did not lead to the container: {said}.", said=head_bytes[:200].decode("latin1"))
            )
    except BaseException:
        writer.close()
        raise
    made = Multiplexer(_Unwrapped(reader).exactly, writer)
    made.stop = lambda: reader.feed_eof()  # type: ignore[method-assign]
    return made


async def _connected(docker: Docker) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    way = docker.way
    if way is None:
        raise ConnectionRefusedError
    if way.scheme == "unix":
        return await asyncio.open_unix_connection(way.address.removeprefix("unix://"), limit=_HEAD_BYTES)
    parts = urlsplit(way.address)
    return await asyncio.open_connection(parts.hostname, parts.port, ssl=tls_context(way), limit=_HEAD_BYTES)


class _Unwrapped:
    """Standard output of the program, out of the frames of Docker."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._kept = bytearray()

    async def exactly(self, size: int) -> bytes:
        while len(self._kept) < size:
            kind, length = _FRAME.unpack(await self._reader.readexactly(_FRAME.size))
            content = await self._reader.readexactly(length)
            if kind == _STDOUT:
                self._kept += content
        taken = bytes(self._kept[:size])
        del self._kept[:size]
        return taken
