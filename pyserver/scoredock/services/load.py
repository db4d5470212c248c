"""Many requests to a running service: over one connection or several, as fast as they are answered or at a rate, a
number of them or for a time."""

from __future__ import annotations

import contextlib
import http.client
import math
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from scoredock import l10n, threads
from scoredock.engines.probe import Address, probe_on
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.services.access.calls import OutgoingCall

MOST_CONNECTIONS = 64
MOST_SECONDS = 3600.0
MOST_PER_SECOND = 10_000.0
_ANSWER_SECONDS = 60.0
_STEP = 1.02
"""Between two buckets of latencies: a percentile is right within 2 per cent."""
_SMALLEST_MS = 0.01


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How many requests, and how they follow one another."""

    requests: int = 0
    """Ends after so many; 0 for as many as there is time for."""
    connections: int = 1
    rate: float = 0.0
    """Requests begun in a second; 0 for as fast as they are answered."""
    seconds: float = 0.0
    """Ends after so long; 0 for as long as the requests take."""

    def fault(self) -> str:
        """Why it cannot be carried out, as one sentence; empty when it can."""
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


Record = Callable[[str, float], None]
"""Takes what went wrong with a request (empty when nothing did), and its milliseconds; one call at a time."""


class Load:
    """One run, with a thread for each connection."""

    def __init__(self, lines: Sequence[RequestLine], bodies: Sequence[bytes], plan: LoadPlan, record: Record) -> None:
        self._lines, self._bodies, self._plan, self._record = lines, bodies, plan, record
        self._lock = threading.Lock()
        self._next = 0
        self._begun = 0.0
        self._over = CancelToken()
        self._fault: BaseException | None = None
        self.seconds = 0.0
        """From the first request to the last response."""

    def run(self, cancel: CancelToken, watch: Callable[[int], None], pause: float = 0.2) -> None:
        """Blocks until it is over; calls `watch` with the requests that have begun, every `pause` seconds.

        Raises ScoredockError `service-unreachable` when the service stops answering half-way, `cancelled`.
        """
        cancel.on_cancel(self.stop)
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

    def stop(self) -> None:
        """From another thread: ends requests that are under way, too."""
        self._over.cancel()
        for line in self._lines:
            line.interrupt()

    def _send(self, line: RequestLine) -> None:
        try:
            while (number := self._due()) is not None:
                fault, milliseconds = line.send(self._bodies[number % len(self._bodies)])
                if self._over.cancelled:
                    return
                with self._lock:
                    self._record(fault, milliseconds)
        except ScoredockError as error:
            self._fail(error)

    def _fail(self, fault: BaseException) -> None:
        self._fault = fault
        self.stop()

    def _due(self) -> int | None:
        """The number of the next request, when its time has come; None when there is no further one."""
        with self._lock:
            number = self._next
            if self._plan.requests and number >= self._plan.requests:
                return None
            begin = (
                max(time.monotonic(), self._begun + number / self._plan.rate) if self._plan.rate else time.monotonic()
            )
            if self._plan.seconds and begin - self._begun >= self._plan.seconds:
                return None
            self._next += 1
        return None if self._over.wait(max(0.0, begin - time.monotonic())) else number


class RequestLine:
    """One connection to a service, kept open as a real client would; its other end has proven to be the service."""

    def __init__(self, service: str, address: Address, exchange: OutgoingCall) -> None:
        self._service, self._nonce, self._exchange = service, address.nonce, exchange
        self._connection = address.connection(_ANSWER_SECONDS)
        self._proven = False

    def send(self, body: bytes) -> tuple[str, float]:
        """What went wrong (empty when nothing did), and the milliseconds from sending to the last byte. Raises
        ScoredockError `service-unreachable`."""
        if not self._proven:
            self._prove()
        start = time.perf_counter()
        exchange = self._exchange
        try:
            self._connection.request(exchange.method, exchange.path, body or None, dict(exchange.headers))
            answer = self._connection.getresponse()
            answer.read()
        except TimeoutError:
            self._drop()
            return l10n.t("no response within {seconds:g} s", seconds=_ANSWER_SECONDS), 0.0
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            return l10n.t("the connection was closed ({reason})", reason=error or type(error).__name__), 0.0
        took = (time.perf_counter() - start) * 1000
        if answer.will_close:
            self._drop()
        return ("" if 200 <= answer.status < 300 else l10n.t("status {status}", status=answer.status)), took

    def interrupt(self) -> None:
        """From another thread: ends a request that is under way."""
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


class Latencies:
    """Milliseconds of any number of requests in bounded space; percentiles are right within 2 per cent."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.count = 0
        self.longest = 0.0

    def add(self, milliseconds: float) -> None:
        self._counts[math.ceil(math.log(max(milliseconds, _SMALLEST_MS) / _SMALLEST_MS, _STEP))] += 1
        self.count += 1
        self.longest = max(self.longest, milliseconds)

    def percentile(self, share: float) -> float | None:
        """At most so many milliseconds took `share` per cent; None of nothing."""
        rank = math.ceil(self.count * share / 100)
        for bucket, count in sorted(self._counts.items()):
            rank -= count
            if rank <= 0:
                return round(min(_SMALLEST_MS * _STEP**bucket, self.longest), 3)
        return None


class LoadFigures:
    """What a run has measured so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.latencies = Latencies()
        self.errors: Counter[str] = Counter()

    def record(self, fault: str, milliseconds: float) -> None:
        with self._lock:
            if fault:
                self.errors[fault] += 1
            else:
                self.latencies.add(milliseconds)

    @property
    def answered(self) -> int:
        return self.latencies.count + sum(self.errors.values())

    def percentiles(self) -> tuple[float | None, float | None, float | None]:
        """50, 95 and 99 per cent."""
        with self._lock:
            return self.latencies.percentile(50), self.latencies.percentile(95), self.latencies.percentile(99)
