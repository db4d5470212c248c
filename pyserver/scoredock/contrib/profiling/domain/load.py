"""Many requests to a running service: over one connection or several, as fast as they are answered or at a rate, a
number of them or for a time.

At a rate the load is open: each request is due at a moment that does not depend on responses, its latency counts from
that moment, and what could not be sent is counted. How late this program itself was is measured beside it.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

from scoredock import l10n, threads
from scoredock.contrib.profiling.domain.distribution import Latencies
from scoredock.contrib.profiling.domain.generator_report import GeneratorReport, Heartbeat, report_of
from scoredock.engines.probe import Address, probe_on
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.services.access.calls import OutgoingCall
from scoredock.timed_response import response_to

MOST_CONNECTIONS = 64
MOST_SECONDS = 3600.0
MOST_PER_SECOND = 10_000.0
PATIENCE = 10.0
"""Seconds after which a request that waits for a free connection is not sent any more."""
_ANSWER_SECONDS = 60.0
_BUSY = frozenset({408, 429, 503, 504})
"""Statuses of a service that has more requests than it can answer."""

Outcome = Literal["answered", "failed", "busy", "skipped"]


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """Number of requests, and how they follow one another."""

    requests: int = 0
    """Ends after so many; 0 for as many as there is time for."""
    connections: int = 1
    rate: float = 0.0
    """Requests due in a second; 0 for as fast as they are answered."""
    seconds: float = 0.0
    """Ends after so long; 0 for as long as the requests take."""

    def fault(self) -> str:
        """Reason why it cannot be carried out, as one sentence; empty if it can."""
        if not 1 <= self.connections <= MOST_CONNECTIONS:
            return l10n.t("Use 1 to {limit} connections, not {count}.", limit=MOST_CONNECTIONS, count=self.connections)
        if not 0 <= self.rate <= MOST_PER_SECOND:
            return l10n.t(
                "Send at most {limit:,.0f} requests per second, not {rate:,g}.", limit=MOST_PER_SECOND, rate=self.rate
            )
        if not 0 <= self.seconds <= MOST_SECONDS or (not self.seconds and self.requests < 1):
            return l10n.t(
                "Send for 1 to {limit:,.0f} seconds, not {seconds:,g}.", limit=MOST_SECONDS, seconds=self.seconds
            )
        return ""


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """One request of a load."""

    number: int
    outcome: Outcome
    milliseconds: float
    """At a rate from when it was due, else from sending it, to the last byte; of one that could not be sent, how long
    it has waited."""
    fault: str = ""
    """What went wrong, as one sentence; empty when nothing did."""
    lag: float = 0.0
    """Milliseconds that this program sent it too late although a connection was free."""


Record = Callable[[LoadRequest], None]
"""Takes what became of a request; one call at a time."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A request that is to be sent."""

    number: int
    at: float
    """Monotonic seconds."""
    free: float
    """Since when a connection was free for it."""


class Load:
    """Run of a load, with a thread for each connection."""

    def __init__(self, lines: Sequence[RequestLine], bodies: Sequence[bytes], plan: LoadPlan, record: Record) -> None:
        self._lines, self._bodies, self._plan, self._record = lines, bodies, plan, record
        self._lock = threading.Lock()
        self._next = 0
        self._begun = 0.0
        self._over = CancelToken()
        self._fault: BaseException | None = None
        self._lags = Latencies()
        self._skipped = 0
        self.seconds = 0.0
        """From the first request to the last response."""
        self.generator = GeneratorReport()
        """How well this program kept up with the rate; complete when the run is over."""

    def run(self, cancel: CancelToken, watch: Callable[[int], None], pause: float = 0.2) -> None:
        """Blocks until it is over; calls `watch` with the requests that have begun, every `pause` seconds.

        Raises ScoredockError `service-unreachable` when the service stops answering half-way, `cancelled`.
        """
        cancel.on_cancel(self.stop)
        with Heartbeat() as heartbeat:
            self._begun = time.monotonic()
            sending = [threads.start(self._send, line, name="load", at_fault=self._fail) for line in self._lines]
            for thread in sending:
                while thread.is_alive():
                    thread.join(pause)
                    watch(self._next)
            self.seconds = time.monotonic() - self._begun
        for line in self._lines:
            line.close()
        cancel.raise_if_cancelled()
        if self._fault is not None:
            raise self._fault
        if self._plan.rate:
            self.generator = report_of(heartbeat, self._lags, self.seconds, self._skipped)

    def stop(self) -> None:
        """Stops the run from another thread; ends requests that are under way, too."""
        self._over.cancel()
        for line in self._lines:
            line.interrupt()

    @property
    def elapsed(self) -> float:
        """Seconds since the first request was due."""
        return time.monotonic() - self._begun

    def _send(self, line: RequestLine) -> None:
        try:
            while (due := self._due()) is not None:
                begun = time.monotonic()
                lag = max(0.0, begun - max(due.at, due.free)) * 1000 if self._plan.rate else 0.0
                answered = line.send(self._bodies[due.number % len(self._bodies)])
                if self._over.cancelled:
                    return
                since = due.at if self._plan.rate else begun
                self._tell(due, answered, (time.monotonic() - since) * 1000, lag)
        except ScoredockError as error:
            if not self._over.cancelled:  # else its connection was ended on purpose
                self._fail(error)

    def _tell(self, due: _Due, answered: tuple[Outcome, str], milliseconds: float, lag: float) -> None:
        outcome, fault = answered
        with self._lock:
            if self._plan.rate:
                self._lags.add(lag)
            self._record(LoadRequest(due.number, outcome, milliseconds, fault, lag))

    def _fail(self, fault: BaseException) -> None:
        self._fault = fault
        self.stop()

    def _due(self) -> _Due | None:
        """The next request, when its time has come; None when there is no further one."""
        free = time.monotonic()
        with self._lock:
            while True:
                number, now = self._next, time.monotonic()
                at = self._begun + number / self._plan.rate if self._plan.rate else now
                if self._plan.requests and number >= self._plan.requests:
                    return None
                if self._plan.seconds and at - self._begun >= self._plan.seconds:
                    return None
                self._next += 1
                if not self._is_too_late(at, now):
                    break
                self._skipped += 1
                self._record(LoadRequest(number, "skipped", (now - at) * 1000, l10n.t("could not be sent in time")))
        return None if self._over.wait(max(0.0, at - time.monotonic())) else _Due(number, at, free)

    def _is_too_late(self, at: float, now: float) -> bool:
        """True if a request that was due is not sent any more: it has waited too long, or the time is over."""
        if not self._plan.rate or self._over.cancelled:
            return False
        is_over = self._plan.seconds > 0 and now - self._begun > self._plan.seconds
        return now - at > PATIENCE or (is_over and now > at)


class RequestLine:
    """Connection to a service, kept open as a real client would; its other end has proven to be the service."""

    def __init__(self, service: str, address: Address, exchange: OutgoingCall) -> None:
        self._service, self._nonce, self._exchange = service, address.nonce, exchange
        self._connection = address.connection(exchange.timeout or _ANSWER_SECONDS)
        self._proven = False

    def send(self, body: bytes) -> tuple[Outcome, str]:
        """Outcome of one request, and the fault as text (empty if there is none). Raises ScoredockError
        `service-unreachable`.
        """
        if not self._proven:
            self._prove()
        exchange = self._exchange
        try:
            answer = response_to(self._connection, exchange.method, exchange.path, body or None, exchange.headers)
            answer.read()
        except TimeoutError:
            self._drop()
            return "busy", l10n.t("no response within {seconds:g} s", seconds=exchange.timeout or _ANSWER_SECONDS)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            return "failed", l10n.t("the connection was closed ({reason})", reason=error or type(error).__name__)
        if answer.will_close:
            self._drop()
        if 200 <= answer.status < 300:
            return "answered", ""
        return "busy" if answer.status in _BUSY else "failed", l10n.t("status {status}", status=answer.status)

    def interrupt(self) -> None:
        """Ends a request that is under way, from another thread."""
        connected = self._connection.sock
        if connected is not None:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._connection.close()

    def _drop(self) -> None:
        self._connection.close()
        self._proven = False

    def _prove(self) -> None:
        try:
            self._proven = probe_on(self._connection, self._nonce).proven
        except (OSError, http.client.HTTPException):
            self._proven = False
        if not self._proven:
            self._connection.close()
            raise ScoredockError(
                "service-unreachable", l10n.t("The service {service} no longer answers.", service=self._service)
            )


class LoadFigures:
    """Figures of a run so far. A request that could not be sent counts with the time that it has waited."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.latencies = Latencies()
        self.errors: Counter[str] = Counter()
        self.skipped = 0

    def record(self, sent: LoadRequest) -> None:
        with self._lock:
            if sent.outcome == "skipped":
                self.skipped += 1
            elif sent.fault:
                self.errors[sent.fault] += 1
            if sent.outcome in ("answered", "skipped"):
                self.latencies.add(sent.milliseconds)

    @property
    def answered(self) -> int:
        """Successful ones and errors, without those that could not be sent."""
        with self._lock:
            return self.latencies.count - self.skipped + sum(self.errors.values())

    def percentiles(self) -> tuple[float | None, float | None, float | None]:
        """50, 95 and 99 per cent."""
        with self._lock:
            return self.latencies.percentile(50), self.latencies.percentile(95), self.latencies.percentile(99)
