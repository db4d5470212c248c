"""The router of an endpoint: its listening socket, its clients, and the table that says where requests go."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from functools import partial
from typing import Callable, Dict, List, Tuple

from scoredock_runtime.base import threads, traffic_counts
from scoredock_runtime.base.traffic_counts import TrafficCounts
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.contract import ALLOWED_HOSTS, PROOF_HEADER, Route, Routes, ServiceSpec, proof
from scoredock_runtime.router.client import Client
from scoredock_runtime.router.connections import Connections
from scoredock_runtime.router.heads import RequestHeads
from scoredock_runtime.router.loop import RouterLoop
from scoredock_runtime.router.mirror import Mirror
from scoredock_runtime.router.table import RouteTable
from scoredock_runtime.router.version import Version
from scoredock_runtime.router.withdrawal import Excess, Watch, Withdrawals, in_words

_AT_ONCE = 64
_SWEEP_SECONDS = 1.0
_LOOK_SECONDS = 0.02
"""Between two looks at what a version that was removed has still to answer, and at a drain."""
_PAUSE = 0.2
"""Seconds without accepting when there are no descriptors left."""
OWN = "-"
"""In the counts: requests that no version was asked for."""


class Router:
    """Everything here is called by the one thread of its loop, but for `loop.call_soon`."""

    def __init__(self, listeners: List[socket.socket], spec: ServiceSpec, routes: Routes, folder: str) -> None:
        self._nonce = spec.nonce
        self.loop = RouterLoop()
        self.connections = Connections()
        self.draining = False
        self.answered = False
        self.on_first_answer: Callable[[], object] = lambda: None
        self.on_closed: Callable[[], object] = lambda: None
        """Called once no new connections are taken any more."""
        self._listeners = listeners
        self._counts = TrafficCounts(folder)
        self._awaited: List[Tuple[float, List[Version], Callable[[], object]]] = []
        self.heads = RequestHeads()
        self.mirror = Mirror(folder)
        self._withdrawals = Withdrawals(folder)
        self._pulse = Pulse(partial(self.loop.call_soon, self._sweep), _SWEEP_SECONDS)
        self.table = self._table(routes, {})

    # Routes

    def use(self, routes: Routes, grace: float, on_end: Callable[[], object]) -> None:
        """Uses these routes from the next request on. `on_end` is called once versions that are not among the routes
        any more have answered all that they had, or after `grace` seconds."""
        before = self.table.versions
        self.table = self._table(routes, before)
        gone = [version for name, version in before.items() if name not in self.table.versions]
        for version in gone:
            version.remove()
        self._awaited.append((self.loop.now + grace, gone, on_end))
        self._look_at_awaited()

    def _table(self, routes: Routes, before: Dict[str, Version]) -> RouteTable:
        versions: Dict[str, Version] = {}
        for route in routes.versions:
            version = before.get(route.name)
            if version is None:
                version = Version(self.loop, route, self._counts.of(route.name), self.connections)
                version.on_presence = self._tell_presence
            else:
                version.move(route)
            versions[route.name] = version
            self._watch(version, route)
        self.connections.versions = versions.values()
        self.heads = RequestHeads(routes.sticky_header, os.environ.get(ALLOWED_HOSTS, "").split(","))
        self.mirror.turn(versions[routes.mirror] if routes.mirror else None, routes.mirror_share)
        return RouteTable(self._withdrawals.applied(routes), versions)

    def _watch(self, version: Version, route: Route) -> None:
        limits = route.limits
        if limits is None or self._withdrawals.holds(route.name, limits.armed):
            version.watch = None
        elif version.watch is None or version.watch.limits != limits:
            version.watch, version.on_excess = Watch(limits), self._withdraw

    def _withdraw(self, version: Version, excess: Excess) -> None:
        """It gets no more requests from the next one on, and the default version gets them; that one never goes."""
        route = version.route
        if route.limits is None or route.name == self._withdrawals.default or version.removed:
            return
        version.watch = None
        try:
            self._withdrawals.add(route.name, route.share, route.limits, excess)
        except OSError as error:
            logger.error("The withdrawal of %s could not be written down: %s", route.name, error)
        self.table.pass_over(version)
        logger.warning("The version %s is withdrawn: %s", route.name, in_words(route.limits, excess))

    def _tell_presence(self, version: Version) -> None:
        """In the log: who has its share from now on."""
        if not version.counts[traffic_counts.AWAY_SINCE]:
            logger.info("The version %s takes connections again.", version.name)
            return
        others = self.table.in_place_of(version)
        if others is None:
            text = "It has no share of the requests."
        elif others:
            text = f"Its share goes to {', '.join(others)}."
        else:
            text = "No other version responds in its place."
        logger.warning("The version %s takes no connections. %s", version.name, text)

    def _look_at_awaited(self) -> None:
        waiting = []
        for until, gone, done in self._awaited:
            if any(version.busy or version.waiting for version in gone) and self.loop.now < until:
                waiting.append((until, gone, done))
            else:
                done()
        self._awaited = waiting
        if waiting:
            self.loop.call_later(_LOOK_SECONDS, self._look_at_awaited)

    def count_own(self) -> None:
        """A request was answered by the router, as no version was asked."""
        self._counts.of(OWN)[traffic_counts.LOST] += 1.0

    def proof(self, challenge: str) -> bytes:
        """The header line that only who knows the nonce can make."""
        return f"{PROOF_HEADER}: {proof(self._nonce, challenge)}\r\n".encode()

    # Life

    def listen(self) -> None:
        """Takes connections from now on."""
        for listener in self._listeners:
            listener.setblocking(False)
            if not self.loop.watches(listener.fileno()):
                self.loop.add(listener, partial(self._accept, listener))

    def run(self) -> None:
        """Until it has drained."""
        self._pulse.start()
        self.loop.run()

    def _sweep(self) -> None:
        now = self.loop.now
        for client in list(self.connections.clients):
            if client.deadline <= now:
                client.expire()
            elif client.upstream is not None:
                client.upstream.look_at_machine()
        if not self.connections.clients:
            self._pulse.rest()

    def _accept(self, listener: socket.socket, _: int) -> None:
        self._pulse.go_on()
        for _number in range(_AT_ONCE):
            try:
                accepted, _address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                # No descriptors left: those who wait are served when others have gone.
                self.loop.remove(listener.fileno())
                self.loop.call_later(_PAUSE, self._listen_again)
                return
            accepted.setblocking(False)
            with contextlib.suppress(OSError):  # it has gone already; reading will tell
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.clients.add(Client(self, accepted))

    def _listen_again(self) -> None:
        if not self.draining:
            self.listen()

    def drain(self, grace: float, linger: float) -> None:
        """Takes no new connections, passes on what is under way, then lets `run` return. Idle connections stay for up
        to `linger` seconds, for a request that is on its way."""
        if self.draining:
            return
        self.draining = True
        for listener in self._listeners:
            with contextlib.suppress(OSError, ValueError):
                self.loop.remove(listener.fileno())
                listener.close()
        self.on_closed()
        now = self.loop.now
        self._look_at_drain(now + grace, now + min(grace, linger))

    def _look_at_drain(self, ends_at: float, lingers_until: float) -> None:
        now = self.loop.now
        if now >= lingers_until:
            for client in list(self.connections.clients):
                if client.idle:
                    client.end()
        if self.connections.clients and now < ends_at:
            self.loop.call_later(_LOOK_SECONDS, partial(self._look_at_drain, ends_at, lingers_until))
        else:
            self.loop.ended = True


class Pulse:
    """A call at regular times while there is something to look at, made by a thread of its own.

    The loop could wait for a second at most instead. But a wait with a limit sets a timer and takes it back, and a
    router waits twice for a request when it has little to do.
    """

    def __init__(self, call: Callable[[], object], seconds: float) -> None:
        self._call = call
        self._seconds = seconds
        self._wanted = threading.Event()

    def start(self) -> None:
        """Its thread ends with the process."""
        threads.start(self._run, name="pulse", at_fault=threads.again)

    def go_on(self) -> None:
        """There is something to look at. Cheap where it is known."""
        if not self._wanted.is_set():
            self._wanted.set()

    def rest(self) -> None:
        """Stops looking until `go_on`."""
        self._wanted.clear()

    def _run(self) -> None:
        while self._wanted.wait():
            time.sleep(self._seconds)
            self._call()
