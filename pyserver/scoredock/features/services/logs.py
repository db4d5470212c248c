"""Live logs: each subscription is a reader of one service's log that sends a batch, waits for the answer, sends the
next."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from itertools import count

from scoredock import threads
from scoredock.context import Context, Operation
from scoredock.errors import ScoredockError, ServiceNotFound
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.services.log_view.events import StoredLine
from scoredock.services.log_view.paced_lines import PacedLines
from scoredock.verb import verb

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
ANSWER_SECONDS = 30.0
"""A batch that was not acknowledged by then counts as lost with its reader, and the next one is sent."""

_LEVELS: dict[str, str] = {"D": "debug", "I": "info", "W": "warning", "E": "error"}


@dataclass
class Subscription:
    """One reader. Guarded by the lock of its Subscriptions, but for the lines, which only its thread reads."""

    id: str
    service: str
    fetch: Callable[[], None]
    """Gets what a container has written since."""
    lines: PacedLines
    in_flight: int = 0
    """Sequence number of the last line sent and not acknowledged; 0 when none is under way."""
    sent_ticks: int = 0


class Subscriptions:
    """All subscriptions of one client, read by one thread that exists only while there are any."""

    def __init__(self, send: Callable[[messages.LogLines], None]) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._entries: dict[str, Subscription] = {}
        self._numbers = count(1)
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()

    @verb("log/subscribe", errors=("service-not-found",))
    def subscribe(
        self, params: messages.LogSubscribeParams, context: Context, operation: Operation
    ) -> messages.LogSubscription:
        """Begins to send."""
        deployments = context.deployments(params.workspace_id)
        deployments.service(params.service)
        source = deployments.logs.source(params.service)
        entry = Subscription(
            id=f"log-{next(self._numbers)}",
            service=params.service,
            fetch=source.fetch,
            lines=PacedLines(source, params.since, params.tail),
        )
        with self._lock:
            self._entries[entry.id] = entry
            if self._thread is None:
                self._thread = threads.start(self._run, name="scoredock-logs", at_fault=threads.again)
        return messages.LogSubscription(entry.id, str(deployments.logs.file(params.service)))

    @verb("log/unsubscribe")
    def unsubscribe(self, params: messages.LogRef, context: Context, operation: Operation) -> messages.Empty:
        """Ends it; an id that is not known is harmless."""
        with self._lock:
            self._entries.pop(params.id, None)
        return messages.Empty()

    def acknowledge(self, params: messages.LogAcknowledgeParams) -> None:
        """The batch up to this line was shown."""
        with self._lock:
            entry = self._entries.get(params.id)
            if entry is not None and params.sequence >= entry.in_flight:
                entry.in_flight = 0
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            with self._lock:
                entries = list(self._entries.values())
                if not entries:
                    self._thread = None
                    return
            for entry in entries:
                try:
                    self._advance(entry)
                except Exception as fault:  # one that cannot be gone on with must not hold up the others
                    threads.note("scoredock-logs", fault)
                    with self._lock:
                        self._entries.pop(entry.id, None)

    def _advance(self, entry: Subscription) -> None:
        if self._is_waited_for(entry):
            return
        try:
            entry.fetch()
            records, left_out = entry.lines.read(time.monotonic())
        except ScoredockError as error:
            if isinstance(error, ServiceNotFound):
                with self._lock:
                    self._entries.pop(entry.id, None)
            return
        except OSError as error:
            logger.warning("the log of %s could not be read: %s", entry.service, error)
            return
        if not records:
            return
        with self._lock:
            entry.in_flight, entry.sent_ticks = records[-1].n, 0
        self._send(messages.LogLines(entry.id, entry.service, [line(record) for record in records], left_out))

    def _is_waited_for(self, entry: Subscription) -> bool:
        """True if a batch is under way that may still be shown."""
        with self._lock:
            if not entry.in_flight:
                return False
            entry.sent_ticks += 1
            return entry.sent_ticks * POLL_SECONDS < ANSWER_SECONDS


@verb("log/last", errors=("service-not-found",))
def last(params: messages.LogLastParams, context: Context, operation: Operation) -> messages.LogLast:
    """The newest lines of a service, also of those that its containers and pods have just written."""
    deployments = context.deployments(params.workspace_id)
    deployments.service(params.name)
    source = deployments.logs.source(params.name)
    source.fetch()
    since = max(0, source.last() - max(0, params.count))
    lines = [line(record) for record in deployments.logs.records(params.name, since)]
    return messages.LogLast(lines[-params.count :] if params.count > 0 else [])


def line(record: StoredLine) -> messages.LogLine:
    """A stored line as a message."""
    stream = record.s if record.s in ("stdout", "stderr") else "server"
    return messages.LogLine(record.n, record.t, stream, _LEVELS.get(record.l, "info"), record.m)  # type: ignore[arg-type]
