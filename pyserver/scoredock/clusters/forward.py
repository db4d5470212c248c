"""Ports of pods on 127.0.0.1, through the API server: one WebSocket for each connection, one thread for all of them.

The protocol (`v4.channel.k8s.io`) has two channels for a port, data and errors; the first frame of each holds the
number of the port. It cannot say that one side has nothing more to send, see `_Connection`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from scoredock import l10n, threads
from scoredock.clusters.kinds import object_path
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ScoredockError

if TYPE_CHECKING:
    import httpx2
    from httpx2.websockets import AsyncWebSocketSession

    from scoredock.clusters.connection import Cluster

LOOPBACK = "127.0.0.1"
_PROTOCOL = "v4.channel.k8s.io"
_DATA, _ERRORS = 0, 1
_PART_BYTES = 128 * 1024
_MESSAGE_BYTES = 1024 * 1024
_MESSAGES = 8
"""Of so many, at most, that came from a pod and were not taken yet."""
_AHEAD_BYTES = 16 * 1024 * 1024
"""So much of an answer is taken before its client takes it; from there on the pod waits. What is still under way
between node and API server when a pod closes its connection, nodes of containerd 1.6 may cut off a second later."""
_TRY_SECONDS, _PAUSE_SECONDS = 5.0, 0.1
_OPEN_SECONDS, _PASSED_OVER_SECONDS = 1.0, 10.0
"""The way to a pod opens within milliseconds. One that says nothing for a second, as on a node that is lost, is passed
over for so long where there are others: the cluster itself notices it after 40 seconds or more."""
_AGAIN_BYTES = 1024 * 1024
"""What a client has sent so far is kept up to here until the pod says something, to be sent to another pod."""
_REFUSED = re.compile(r"refused|failed to (?:dial|connect)|unable to (?:dial|connect)|no route to host", re.IGNORECASE)
"""What the node says when it did not reach the port: the pod has seen nothing."""
_QUIET_SECONDS, _ANSWER_SECONDS = 2.0, 600.0
"""A client that sends nothing more is waited for so long after an answer, and before one."""
_KEPT_SECONDS = 15.0
_T = TypeVar("_T")


class _Loop:
    """The event loop of all forwards of this process."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._clients: dict[ClusterPlace, tuple[object, httpx2.AsyncClient]] = {}
        threads.start(self._run, name="forwards", at_fault=threads.again)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def call(self, work: Coroutine[Any, Any, _T], seconds: float | None = None) -> _T:
        """What it gives, waited for by another thread. Raises what it raises, TimeoutError."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    async def session_parts(self, cluster: Cluster) -> tuple[httpx2.AsyncClient, dict[str, Any]]:
        """The client of a cluster, and what every request needs. A plugin that logs in may run for long: elsewhere."""
        # The client of other threads is another one as soon as the certificate is.
        parts, mark = await self.loop.run_in_executor(
            _logins, lambda: (cluster.access.parts({}), cluster.access.client())
        )
        kept = self._clients.get(cluster.place)
        if kept is None or kept[0] is not mark:
            kept = self._clients[cluster.place] = mark, cluster.access.async_client()
        return kept[1], parts


_logins = threads.pool(4, "forward logins")
_shared: list[_Loop] = []
_lock = threading.Lock()


def _loop() -> _Loop:
    with _lock:
        if not _shared:
            _shared.append(_Loop())
        return _shared[0]


class Forward:
    """A port of this machine at which a port of pods answers.

    Each connection goes to a pod that `choose` names at that moment, in turn and without waiting. Where it names none,
    or the pod is not reached, that is tried again for 5 seconds; then the connection is closed.
    """

    def __init__(self, cluster: Cluster, choose: Callable[[], str], port: int, local_port: int = 0) -> None:
        """Listens on 127.0.0.1, at a free port where none is named. Raises ScoredockError `port-in-use`."""
        self.cluster = cluster
        self._choose = choose
        self._pod_port = port
        self._open: set[asyncio.Task[None]] = set()
        self._silent: dict[str, float] = {}
        """Pods that said nothing, and until when they are passed over."""
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
        """How many are under way."""
        return len(self._open)

    def __enter__(self) -> Forward:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def release(self) -> None:
        """Takes no connection any more; those that are under way go on until they end."""
        self._loop.loop.call_soon_threadsafe(self._server.close)

    def close(self, grace: float = 0.0) -> None:
        """Takes no connection any more; those that are under way get `grace` seconds to end."""
        with contextlib.suppress(concurrent.futures.TimeoutError):
            self._loop.call(self._close(grace), grace + 5)

    def stop(self) -> None:
        """As `close`, at once and without a wait; in the thread of the loop."""
        self._server.close()
        for task in self._open:
            task.cancel()

    async def _listen(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._accept, LOOPBACK, port, limit=_PART_BYTES, backlog=256)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._open.add(task)
        try:
            await self._carry(_Connection(reader, writer))
        except (asyncio.CancelledError, OSError):
            pass
        except Exception as fault:  # one connection must not take the others with it
            threads.note("forwards", fault)
        finally:
            self._open.discard(task)
            writer.close()

    async def _carry(self, connection: _Connection) -> None:
        deadline = time.monotonic() + _TRY_SECONDS
        while time.monotonic() < deadline:
            pod = self._next()
            if pod and await self._by(pod, connection):
                return
            if connection.gone:
                return
            await asyncio.sleep(_PAUSE_SECONDS)

    def _next(self) -> str:
        """A silent one only where all are."""
        now = time.monotonic()
        self._silent = {pod: until for pod, until in self._silent.items() if until > now}
        pods = (self._choose() for _ in range(len(self._silent) + 1))
        return next((pod for pod in pods if pod not in self._silent), "") or self._choose()

    async def _by(self, pod: str, connection: _Connection) -> bool:
        """Whether the pod was reached, and all is over."""
        # Where there is no other one, or the cluster is slow, it has as long as any call.
        seconds = self.cluster.access.call_seconds if pod in self._silent else _OPEN_SECONDS
        try:
            async with _opened(self._loop, self.cluster, pod, self._pod_port, seconds) as session:
                return session is not None and await connection.run(session)
        except _SilentPod:
            self._silent[pod] = time.monotonic() + _PASSED_OVER_SECONDS
        except Exception as fault:  # of tasks of httpx2, in a group
            if not _of_network(fault):
                raise
        return connection.over

    async def _close(self, grace: float) -> None:
        self._server.close()
        if self._open and grace > 0:
            await asyncio.wait(self._open, timeout=grace)
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open, timeout=2)


@contextlib.asynccontextmanager
async def _opened(
    loop: _Loop, cluster: Cluster, pod: str, port: int, seconds: float
) -> AsyncIterator[AsyncWebSocketSession | None]:
    """None where the API server or the node does not lead to the pod. Raises _SilentPod."""
    import httpx2
    from httpx2.websockets import WebSocketUpgradeError

    async with contextlib.AsyncExitStack() as stack:
        session = None
        try:
            client, parts = await loop.session_parts(cluster)
            opening = client.websocket(
                object_path("v1", "Pod", cluster.place.namespace, pod) + "/portforward",
                params={"ports": str(port)},
                subprotocols=[_PROTOCOL],
                max_message_size_bytes=_MESSAGE_BYTES,
                queue_size=_MESSAGES,
                **parts,
            )
            with _ended_in(seconds):
                session = await stack.enter_async_context(opening)
        except WebSocketUpgradeError as error:
            if error.response.status_code == 401:
                await loop.loop.run_in_executor(_logins, cluster.access.renew)
        except TimeoutError:
            raise _SilentPod from None
        except (httpx2.HTTPError, ScoredockError, OSError):
            pass
        yield session


@contextlib.contextmanager
def _ended_in(seconds: float) -> Iterator[None]:
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


class _SilentPod(Exception):
    """Nothing was heard of the way to it in its time."""


def _of_network(fault: BaseException) -> bool:
    import httpx2
    from httpx2.websockets import HTTPXWSException

    within = getattr(fault, "exceptions", None)
    if within is not None:
        return all(map(_of_network, within))
    return isinstance(fault, (httpx2.HTTPError, HTTPXWSException, OSError))


class _Connection:
    """A client of ours, and its way to a pod.

    A client that has ended its half of the connection may still wait for the answer, or may have gone: the protocol
    cannot hand that on, and TCP does not tell one from the other. The pod is heard to its end, but not for ever.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.gone = False
        """Whether the client needs no answer any more."""
        self._reader = reader
        self._writer = writer
        writer.transport.set_write_buffer_limits(_AHEAD_BYTES)
        self._sent: list[bytes] | None = []
        """All that the client sent; None when it cannot be sent again."""
        self._ended = False
        self._answered = False
        self._last = 0.0

    @property
    def over(self) -> bool:
        """Whether a cut ends it: what was sent may have had its effect, and must not be sent again."""
        return self._sent != [] or self._ended

    async def run(self, session: AsyncWebSocketSession) -> bool:
        """False where the node did not reach the pod, and another one may be tried."""
        up = asyncio.ensure_future(self._to_pod(session))
        try:
            return await self._to_client(session)
        finally:
            up.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):  # whatever ended the way to the pod
                await up

    async def _to_pod(self, session: AsyncWebSocketSession) -> None:
        for part in self._sent or []:
            await session.send_bytes(b"\0" + part)
        while not self._ended:
            part = await self._reader.read(_PART_BYTES)
            if not part:
                self._ended = True
                break
            self._answered = False
            self._keep(part)
            await session.send_bytes(b"\0" + part)
        while True:  # until the answer is over, or nobody waits for it
            now = asyncio.get_running_loop().time()
            over = self._last + (_QUIET_SECONDS if self._answered else _ANSWER_SECONDS)
            if self._writer.transport.is_closing() or (self._last and now >= over):
                await session.close()
                return
            self._last = self._last or now
            await asyncio.sleep(min(1.0, max(0.05, over - now)))

    def _keep(self, part: bytes) -> None:
        if self._sent is None:
            return
        self._sent.append(part)
        if sum(map(len, self._sent)) > _AGAIN_BYTES:
            self._sent = None

    async def _to_client(self, session: AsyncWebSocketSession) -> bool:
        from httpx2.websockets import HTTPXWSException

        numbered = {_DATA: False, _ERRORS: False}
        while True:
            try:
                message = await session.receive_bytes()
            except HTTPXWSException:
                return self.over
            channel, content = message[0], message[1:]
            if not numbered.get(channel):
                numbered[channel] = True  # the number of the port
            elif channel == _DATA:
                self._answered, self._sent = True, None
                self._last = asyncio.get_running_loop().time()
                self._writer.write(content)
                try:
                    await self._writer.drain()
                except OSError:
                    self.gone = True
                    return True
            elif channel == _ERRORS:
                return self._sent is None or not _REFUSED.search(content.decode("utf-8", "replace"))


class _Shared:
    """The forward of `pod_request` to one port of one pod."""

    def __init__(self, cluster: Cluster, pod: str, port: int) -> None:
        self.forward = Forward(cluster, lambda: pod, port)
        self.users = 0
        self.ended_use = 0.0


_requests: dict[tuple[ClusterPlace, str, int], _Shared] = {}


@contextlib.contextmanager
def pod_request(cluster: Cluster, pod: str, port: int) -> Iterator[int]:
    """A local port at which a port of a pod answers, for a short question. It is kept for some seconds."""
    key = cluster.place, pod, port
    loop = _loop()
    with _lock:
        shared = _requests.get(key)
        if shared is not None:
            shared.users += 1
    if shared is None:
        shared = _Shared(cluster, pod, port)
        shared.users = 1
        with _lock:
            other = _requests.setdefault(key, shared)
            if other is not shared:
                other.users += 1
        if other is not shared:
            shared.forward.close()
            shared = other
    try:
        yield shared.forward.port
    finally:
        with _lock:
            shared.users -= 1
            shared.ended_use = time.monotonic()
        loop.loop.call_soon_threadsafe(loop.loop.call_later, _KEPT_SECONDS + 0.1, _drop, key)


def _drop(key: tuple[ClusterPlace, str, int]) -> None:
    """In the thread of the loop, when its time is over; another use of it gives it more."""
    with _lock:
        shared = _requests.get(key)
        if shared is None or shared.users or time.monotonic() - shared.ended_use < _KEPT_SECONDS:
            return
        del _requests[key]
    shared.forward.stop()
