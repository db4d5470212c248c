"""Ports of pods on 127.0.0.1, through the API server: one WebSocket for each connection, one thread for all of them.

The protocol (`v4.channel.k8s.io`) has two channels for a port, data and errors; the first frame of each holds the
number of the port. It cannot say that one side has nothing more to send, see `_Connection`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import enum
import logging
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from scoredock import l10n, threads
from scoredock.clusters.kinds import object_path
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ScoredockError

if TYPE_CHECKING:
    import httpx2
    from httpx2.websockets import AsyncWebSocketSession

    from scoredock.clusters.connection import Cluster
    from scoredock.clusters.http_turns import HttpTurns

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
_AGAIN_BYTES, _ALL_AGAIN_BYTES = 4 * 1024 * 1024, 64 * 1024 * 1024
"""What a client has sent is kept up to here until the pod says something, to be sent to another pod; and what all of
them have."""
_DOUBT_SECONDS = (1.0, 2.0, 3.0)
"""After so long without a word from its pod a request asks whether that is lost, and so long after each answer to
that."""
_REFUSED = re.compile(r"refused|failed to (?:dial|connect)|unable to (?:dial|connect)|no route to host", re.IGNORECASE)
"""What the node says when it did not reach the port: the pod has seen nothing."""
_QUIET_SECONDS, _ANSWER_SECONDS = 2.0, 600.0
"""A client that sends nothing more is waited for so long after an answer, and before one."""
_KEPT_SECONDS = 15.0
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class _End(enum.Enum):
    """End of the way of a connection to a pod."""

    OVER = enum.auto()
    UNREACHED = enum.auto()
    """The pod has seen nothing."""
    CUT = enum.auto()
    """It may have."""
    LOST = enum.auto()
    """It may have, and nobody will ever hear of it."""


class _Loop:
    """The event loop of all forwards of this process."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.again_bytes = 0
        """What all connections keep."""
        self._clients: dict[ClusterPlace, tuple[object, httpx2.AsyncClient]] = {}
        threads.start(self._run, name="forwards", at_fault=threads.again)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def call(self, work: Coroutine[Any, Any, _T], seconds: float | None = None) -> _T:
        """Result of the work, waited for by another thread. Raises what it raises, TimeoutError."""
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

    With `repeats`, what no pod has answered with a byte goes once to another pod when its own is lost: the way there
    does not open, twice, while the way to another one does.
    """

    def __init__(
        self, cluster: Cluster, choose: Callable[[], str], port: int, local_port: int = 0, *, repeats: bool = False
    ) -> None:
        """Listens on 127.0.0.1, at a free port where none is named. Raises ScoredockError `port-in-use`."""
        self.cluster = cluster
        self.repeats = self._can_repeat = repeats
        """May be set to false, and to true again: what counts is when a pod is lost."""
        self._choose = choose
        self._pod_port = port
        self._open: set[asyncio.Task[None]] = set()
        self._silent: dict[str, float] = {}
        """Pods that said nothing, and until when they are passed over."""
        self._reached: dict[str, float] = {}
        """When the way to a pod opened, within the last second."""
        self._looks: dict[str, asyncio.Task[bool]] = {}
        """Whether a pod is lost: one look for all who ask."""
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
        """Same as `close`, at once and without a wait; in the thread of the loop."""
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
        connection = _Connection(self._loop, reader, writer, repeats=self._can_repeat)
        try:
            await self._carry(connection)
        except (asyncio.CancelledError, OSError):
            pass
        except Exception as fault:  # one connection must not take the others with it
            threads.note("forwards", fault)
        finally:
            self._open.discard(task)
            connection.close()

    async def _carry(self, connection: _Connection) -> None:
        deadline, lost = time.monotonic() + _TRY_SECONDS, ""
        while time.monotonic() < deadline:
            pod = self._next(lost)
            end = await self._by(pod, connection) if pod else _End.UNREACHED
            if end is _End.LOST and connection.repeat():
                _log.warning("the pod %s is lost: a request without an answer goes to another one", pod)
                deadline, lost = time.monotonic() + _TRY_SECONDS, pod
            elif end is not _End.UNREACHED or connection.gone:
                return
            else:
                await asyncio.sleep(_PAUSE_SECONDS)

    def _next(self, besides: str = "") -> str:
        """Another one than `besides`, and a silent one only where all are."""
        now = time.monotonic()
        self._silent = {pod: until for pod, until in self._silent.items() if until > now}
        others = len(self._silent) + bool(besides)
        pods = (self._choose() for _ in range(others + 1))
        heard = next((pod for pod in pods if pod != besides and pod not in self._silent), "")
        return heard or next((pod for pod in (self._choose() for _ in range(1 + bool(besides))) if pod != besides), "")

    async def _by(self, pod: str, connection: _Connection) -> _End:
        # Where there is no other one, or the cluster is slow, it has as long as any call.
        seconds = self.cluster.access.call_seconds if pod in self._silent else _OPEN_SECONDS
        end = _End.UNREACHED
        try:
            async with _opened(self._loop, self.cluster, pod, self._pod_port, seconds) as session:
                if session is not None:
                    self._note(pod)
                    end = _End.CUT
                    end = await connection.run(session, lambda: self._is_lost(pod))
        except _SilentPod:
            self._silent[pod] = time.monotonic() + _PASSED_OVER_SECONDS
        except Exception as fault:  # of tasks of httpx2, in a group
            if not _of_network(fault):
                raise
        if end is not _End.CUT:
            return end
        if connection.is_unsent:
            return _End.UNREACHED
        self._reached.pop(pod, None)  # before the cut
        return _End.LOST if connection.waits and await self._is_lost(pod) else end

    def _note(self, pod: str) -> None:
        now = time.monotonic()
        self._reached = {each: at for each, at in self._reached.items() if now - at < _OPEN_SECONDS} | {pod: now}

    async def _is_lost(self, pod: str) -> bool:
        if not self.repeats or time.monotonic() - self._reached.get(pod, -_OPEN_SECONDS) < _OPEN_SECONDS:
            return False
        look = self._looks.get(pod)
        if look is None:
            look = self._looks[pod] = asyncio.ensure_future(self._look(pod))
            look.add_done_callback(lambda _: self._looks.pop(pod, None))
        return await asyncio.shield(look)

    async def _look(self, pod: str) -> bool:
        """A cluster that is slow, or away, leads to no other pod either."""
        if await self._leads_to(pod, _OPEN_SECONDS):
            return False
        other = self._next(pod)
        if not other or not await self._leads_to(other, _OPEN_SECONDS):
            return False
        if await self._leads_to(pod, 2 * _OPEN_SECONDS):
            return False
        self._silent[pod] = time.monotonic() + _PASSED_OVER_SECONDS
        return True

    async def _leads_to(self, pod: str, seconds: float) -> bool:
        try:
            async with _opened(self._loop, self.cluster, pod, self._pod_port, seconds) as session:
                if session is not None:
                    self._note(pod)
                return session is not None
        except _SilentPod:
            return False
        except Exception as fault:  # as above, when it is closed
            if not _of_network(fault):
                raise
            return True

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
    """Same as asyncio.timeout of Python 3.11: ends what the task waits for in the block. Raises TimeoutError."""
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

    def __init__(
        self, loop: _Loop, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, repeats: bool
    ) -> None:
        self.gone = False
        """Whether the client needs no answer any more."""
        self._loop = loop
        self._reader = reader
        self._writer = writer
        writer.transport.set_write_buffer_limits(_AHEAD_BYTES)
        self._turns: HttpTurns | None = None
        if repeats:
            from scoredock.clusters.http_turns import HttpTurns  # h11 costs the start of a command

            self._turns = HttpTurns()
        self._sent: list[bytes] | None = []
        """All that the client sent since the last answer; None when it cannot be sent again."""
        self._sent_bytes = 0
        self._can_repeat = repeats
        self._ended = False
        self._answered = False
        self._last = 0.0
        self._asked = 0.0
        """When the client sent something last."""

    @property
    def is_unsent(self) -> bool:
        """True if nobody has seen anything of it, and more may come."""
        return self._sent == [] and not self._ended

    @property
    def waits(self) -> bool:
        """True if another pod may get what this one has: all of it is there, and not a byte of an answer."""
        return bool(self._sent) and self._can_repeat

    def repeat(self) -> bool:
        """True if it may go to another pod; once for each request."""
        can_repeat, self._can_repeat = self.waits, False
        return can_repeat

    def close(self) -> None:
        self._forget(None)
        self._writer.close()

    async def run(self, session: AsyncWebSocketSession, is_lost: Callable[[], Awaitable[bool]]) -> _End:
        down = asyncio.ensure_future(self._to_client(session))
        up, doubt = asyncio.ensure_future(self._to_pod(session)), asyncio.ensure_future(self._doubt(is_lost))
        try:
            await asyncio.wait({down, doubt}, return_when=asyncio.FIRST_COMPLETED)
            return await down if down.done() else _End.LOST
        finally:
            for each in (down, up, doubt):
                each.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):  # whatever ended the way to the pod
                    await each

    async def _doubt(self, is_lost: Callable[[], Awaitable[bool]]) -> None:
        """Ends when the pod is lost that should have answered."""
        looks, clock = 0, asyncio.get_running_loop().time
        while True:
            rest = self._asked + _DOUBT_SECONDS[0] - clock()
            if not self.waits or rest > 0:
                looks = 0
                await asyncio.sleep(rest if self.waits else _DOUBT_SECONDS[0])
                continue
            if await is_lost():
                return
            await asyncio.sleep(_DOUBT_SECONDS[min(looks, len(_DOUBT_SECONDS) - 1)])
            looks += 1

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
        self._asked = asyncio.get_running_loop().time()
        if self._turns is not None and self._turns.from_client(part):
            self._forget([])
            self._can_repeat = True
        if self._sent is None:
            return
        if self._sent_bytes + len(part) > _AGAIN_BYTES or self._loop.again_bytes + len(part) > _ALL_AGAIN_BYTES:
            self._forget(None)
            return
        self._sent.append(part)
        self._sent_bytes += len(part)
        self._loop.again_bytes += len(part)

    def _forget(self, sent: list[bytes] | None) -> None:
        self._loop.again_bytes -= self._sent_bytes
        self._sent, self._sent_bytes = sent, 0

    async def _to_client(self, session: AsyncWebSocketSession) -> _End:
        from httpx2.websockets import HTTPXWSException

        numbered = {_DATA: False, _ERRORS: False}
        while True:
            try:
                message = await session.receive_bytes()
            except HTTPXWSException:
                return _End.CUT
            channel, content = message[0], message[1:]
            if not numbered.get(channel):
                numbered[channel] = True  # the number of the port
            elif channel == _DATA:
                self._answered = True
                self._forget(None)
                if self._turns is not None:
                    self._turns.from_pod(content)
                self._last = asyncio.get_running_loop().time()
                self._writer.write(content)
                try:
                    await self._writer.drain()
                except OSError:
                    self.gone = True
                    return _End.OVER
            elif channel == _ERRORS:
                is_refused = _REFUSED.search(content.decode("utf-8", "replace"))
                return _End.UNREACHED if self._sent is not None and is_refused else _End.CUT


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
