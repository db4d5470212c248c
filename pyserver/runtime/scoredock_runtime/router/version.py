"""A version as the router sees it: where it listens, the connections to it that are free, and what it has answered."""

from __future__ import annotations

import errno
import math
import socket
import time
from bisect import bisect_left
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Callable, Deque, List, Optional, Tuple

from scoredock_runtime.base import traffic_counts
from scoredock_runtime.contract import Route
from scoredock_runtime.router.connections import Connections, OutOfDescriptors
from scoredock_runtime.router.upstream import Upstream
from scoredock_runtime.router.withdrawal import Excess, Watch

if TYPE_CHECKING:
    from scoredock_runtime.router.client import Client
    from scoredock_runtime.router.loop import RouterLoop

_AWAY_SECONDS, _LONGEST_AWAY = 0.25, 4.0
"""How long a version that took no connection is passed over while others can answer. Elsewhere each time doubles it: a
machine refuses few connections a second, and leaves the others without an answer."""
_CONNECT_SECONDS = 1.0
"""In which a version on another machine takes a connection, or counts as away; within a cluster it takes
milliseconds."""
_TRIES = 5
"""Connections to another address within that time. It may stand for several replicas, one of them on a machine that is
gone, and each connection leads to one of them."""
_TRY_SECONDS = _CONNECT_SECONDS / _TRIES
WAIT_SECONDS = 0.005
"""For a connection that is in use, before one is opened in the place of another version's. Where there are few
processors, versions run by turns, and now one and now the other has most requests: opened for each turn, connections
would cost a sixth of what a router does. Versions that answer quickly have one free long before that; for slow ones it
is little of what a request takes."""
_COUNTED_AS = (*[traffic_counts.SUCCEEDED] * 4, traffic_counts.REFUSED, *[traffic_counts.FAILED] * 5)
"""By the first digit of the status."""
_USED_SECONDS = 10.0
"""For connections to another machine: by then requests reach replicas that are new."""
_UNANSWERED_MS, _SYNS = 10_000, 2
"""A machine that is gone answers nothing. After so long a connection to it is lost; what it has not acknowledged went
to another one before (`Upstream.look_at_machine`)."""
_SILENT_SECONDS, _BETWEEN_SECONDS = 5, 2
"""A connection on which nothing came for so long is looked at, each so often: a version may take long, its machine
still says that it is there."""
_WAITS = (
    ("TCP_SYNCNT", _SYNS),
    ("TCP_USER_TIMEOUT", _UNANSWERED_MS),
    ("TCP_KEEPIDLE", _SILENT_SECONDS),
    ("TCP_KEEPINTVL", _BETWEEN_SECONDS),
)
_UNDER_WAY = (0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0))


class Tries:
    """Tries to connect to a version: what those so far say of the next one."""

    def __init__(self) -> None:
        self.away_until = 0.0
        self.pause = _AWAY_SECONDS
        """How long the version is passed over when it is away again."""
        self.one_until = 0.0
        """Until then one request tries for all others."""
        self.failed = 0
        """In a row, to an address elsewhere."""
        self.failing_since = 0.0

    def is_away(self, now: float, *, silent: bool) -> bool:
        """True if so many have failed. Where nothing comes back it takes its time as well: with many connections at
        once a machine may not get round to some."""
        if not self.failed:
            self.failing_since = now - _TRY_SECONDS if silent else now
        self.failed += 1
        return self.failed >= _TRIES and (not silent or now >= self.failing_since + _CONNECT_SECONDS)


class Version:
    """Its route may change while it is there; what is under way ends where it began."""

    def __init__(self, loop: RouterLoop, route: Route, counts: memoryview[float], connections: Connections) -> None:
        self.route = route
        self.mark = b"azureml-model-deployment: %b\r\n" % route.name.encode("ascii", "replace")
        """The line of its answers' heads that names it."""
        self.marked_end = b"\r\n" + self.mark
        """In the place of the end of an answer's first line."""
        self.idle: List[Upstream] = []
        """Connections that are open and free, the one used last at the end; one that closes is removed."""
        self.waiting: Deque[Tuple[float, Client]] = deque()
        """Clients whose request waits for a connection, and when they have waited long enough."""
        self.busy = 0
        """Requests that it has not answered yet."""
        self.counts = counts
        self.tries = Tries()
        self.removed = False
        """No request goes here any more."""
        self.loop = loop
        self._connections = connections
        self.watch: Optional[Watch] = None
        """Where it is withdrawn by itself."""
        self.on_presence: Callable[[Version], object] = lambda _: None
        """It takes no connections any more, or does again."""
        self.on_excess: Optional[Callable[[Version, Excess], object]] = None

    @property
    def name(self) -> str:
        """The same for as long as it is there."""
        return self.route.name

    def takes_in_line(self, client: Client) -> bool:
        """True if the client gets the next connection that becomes free, through `on_connection`. So it does where one
        can only be opened in the place of another version's, and no more wait than are in use."""
        waiting = self.waiting
        if self.idle or len(waiting) >= self.busy or not self._connections.full:
            return False
        if not waiting:
            self.loop.call_later(WAIT_SECONDS, self._end_waiting)
        waiting.append((self.loop.now + WAIT_SECONDS, client))
        return True

    def leave_line(self, client: Client) -> None:
        """The client waits no more."""
        self.waiting = deque(each for each in self.waiting if each[1] is not client)

    def _end_waiting(self) -> None:
        """Who has waited long enough opens one."""
        now = self.loop.now
        while self.waiting and self.waiting[0][0] <= now:
            self.waiting.popleft()[1].on_connection(None)
        if self.waiting:
            self.loop.call_later(self.waiting[0][0] - now, self._end_waiting)

    def connection(self, *, fresh: bool = False) -> Optional[Upstream]:
        """Connection to it that is free; None when the version takes none. `fresh` opens one in any case, for a request
        that has tried another one. Raises OutOfDescriptors."""
        return self.idle.pop() if self.idle and not fresh else self._open(again=fresh)

    def _open(self, *, again: bool) -> Optional[Upstream]:
        route, tries, now = self.route, self.tries, self.loop.now
        is_elsewhere = not _is_here(route.host)
        if is_elsewhere and (tries.away_until > now or (tries.one_until > now and not again)):
            return None  # a try may take long there
        self._connections.fit(1)
        sock = self._socket(socket.AF_INET6 if ":" in route.host else socket.AF_INET)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if is_elsewhere:
                _limit_waits(sock)
            code = sock.connect_ex((route.host, route.port))
        except OSError:
            code = errno.ECONNREFUSED
        if code not in _UNDER_WAY:
            sock.close()
            self.is_away()
            return None
        tries.away_until = 0.0
        if is_elsewhere and self.counts[traffic_counts.AWAY_SINCE] and not again:
            tries.one_until = now + _CONNECT_SECONDS  # the others do not wait
        try:
            upstream = Upstream(self.loop, sock, self)
        except OSError:
            sock.close()
            raise OutOfDescriptors from None  # the poller watches no more
        if is_elsewhere:
            self.loop.call_later(_TRY_SECONDS, partial(self._look_at_try, upstream))
        return upstream

    def _look_at_try(self, connection: Upstream) -> None:
        """By now its machine has taken it, or does not."""
        if connection.closed:
            return
        if connection.is_connected:
            self.tries.failed = 0
            return
        self.not_connected(silent=True)
        connection.give_up()

    def not_connected(self, *, silent: bool = False) -> None:
        """A try has failed: it was refused, or nothing came back."""
        if _is_here(self.route.host) or self.tries.is_away(self.loop.now, silent=silent):
            self.is_away()

    def _socket(self, family: int) -> socket.socket:
        """Raises OutOfDescriptors."""
        while True:
            try:
                return socket.socket(family, socket.SOCK_STREAM)
            except OSError:
                # A free connection, to whatever version, gives its descriptor to this one.
                if not self._connections.close_one():
                    raise OutOfDescriptors from None

    def opened(self) -> None:
        """A connection to it is there."""
        self._connections.open += 1

    def closed(self, connection: Upstream) -> None:
        """A connection to it is there no more."""
        self._connections.open -= 1
        if connection in self.idle:
            self.idle.remove(connection)

    def is_away(self) -> None:
        """Notes that it took no connection."""
        tries = self.tries
        tries.away_until, tries.one_until, tries.failed = self.loop.now + tries.pause, 0.0, 0
        if not _is_here(self.route.host):
            tries.pause = min(_LONGEST_AWAY, 2 * tries.pause)
        if not self.removed and not self.counts[traffic_counts.AWAY_SINCE]:
            self.counts[traffic_counts.AWAY_SINCE] = time.time()
            self.on_presence(self)

    def _is_back(self) -> None:
        self.tries = Tries()
        self.counts[traffic_counts.AWAY_SINCE] = 0.0
        self.on_presence(self)

    @property
    def answers(self) -> bool:
        """True if it is worth a try."""
        return self.tries.away_until <= self.loop.now

    def release(self, connection: Upstream) -> None:
        """A connection has become free."""
        if self.waiting:
            self.waiting.popleft()[1].on_connection(connection)
        elif self.removed or connection.is_old:
            connection.end()
        else:
            self.idle.append(connection)

    @property
    def connections_until(self) -> float:
        """Time of the loop until which a connection that is opened now is used: elsewhere there may be replicas that
        came later, and one connection leads to one of them."""
        return math.inf if _is_here(self.route.host) else self.loop.now + _USED_SECONDS

    def move(self, route: Route) -> None:
        """The same version by another route."""
        moved = (route.host, route.port) != (self.route.host, self.route.port)
        changed = moved or route.revision != self.route.revision
        self.route = route
        # Who asks for new routes knows more than a refusal of before; the next one tells who has the share now.
        self.counts[traffic_counts.AWAY_SINCE] = 0.0
        if changed:
            self.tries.pause = _AWAY_SECONDS
        if moved:
            self.tries = Tries()
        if changed:  # a worker that leaves waits a moment for requests on connections that it has
            self.close_idle()

    def remove(self) -> None:
        """Lets it answer what it has, and gives it nothing more."""
        self.removed = True
        self.close_idle()

    def close_idle(self) -> None:
        """Free connections are of no use any more."""
        idle, self.idle = self.idle, []
        for each in idle:
            each.end()

    # What is counted

    def count(self, status: int, seconds: float) -> None:
        """Counts an answer."""
        counts = self.counts
        if counts[traffic_counts.AWAY_SINCE]:
            self._is_back()
        self.tries.failed = 0
        counts[_COUNTED_AS[status // 100]] += 1.0
        counts[traffic_counts.SECONDS] += seconds
        counts[traffic_counts.BUCKETS + bisect_left(traffic_counts.BOUNDS, seconds)] += 1.0
        if self.watch is not None:
            self._look(status >= 500, seconds)

    def _look(self, failed: bool, seconds: float) -> None:
        excess = self.watch.add(self.loop.now, failed, seconds) if self.watch is not None else None
        if excess is not None and self.on_excess is not None:
            self.on_excess(self, excess)

    def count_loss(self) -> None:
        """Counts a request that it did not answer."""
        self.counts[traffic_counts.LOST] += 1.0
        if self.watch is not None:
            self._look(True, 0.0)


def _is_here(host: str) -> bool:
    return host.startswith("127.") or host in ("::1", "localhost")


def _limit_waits(sock: socket.socket) -> None:
    """Limit the waits of a connection to another machine. Nothing where the system has no such limits."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _WAITS:
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
