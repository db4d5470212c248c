"""Delivering: for each receiver a queue that is the audit log from where it is, in order for each subject."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from pathlib import Path

from filelock import FileLock, Timeout

from scoredock import threads
from scoredock.contrib.events.domain import signing
from scoredock.contrib.events.domain.backlog import is_receiver_behind
from scoredock.contrib.events.domain.catalogue import WorkspaceEvent, event_of, is_wanted
from scoredock.contrib.events.domain.log_reader import AuditReader
from scoredock.contrib.events.domain.outcome import DeliveryOutcome
from scoredock.contrib.events.domain.position import ReceiverPosition
from scoredock.contrib.events.domain.receivers import program, webhook
from scoredock.contrib.events.domain.receivers.schema import Envelope, Sent
from scoredock.contrib.events.domain.receivers.table import SCHEMAS
from scoredock.contrib.events.domain.subscriptions import Receiver, Receivers, ReceiverSettings
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.audit.announcing import DELIVERING, FOLDER
from scoredock.registry.audit.log import AuditLog
from scoredock.registry.store.durable import make_folder
from scoredock.registry.store.outbox import change
from scoredock.registry.topic import workspace_topic

_WINDOW = 256
"""Events that are in memory, and count as sent after a power cut."""
_BATCH_EVENTS, _BATCH_BYTES = 100, 512 << 10
_FIRST_PAUSE = 1.0
_LOOK_SECONDS = 0.2
_START_SECONDS = 1.0
_LONGEST_SECONDS = 24 * 3_600.0
"""Without one delivery; then the process ends, and the next change starts it again."""
_rest: dict[Path, float] = {}
"""Until when a receiver that is away is left alone by whoever does not wait; by the monotonic clock."""
_log = logging.getLogger(__name__)


def deliver(workspace: Path, *, wait: bool = False) -> bool:
    """Delivers what can be delivered now; with `wait` until all is, whatever time a receiver is away. False where
    another process does so already. Never raises for what a receiver does."""
    make_folder(workspace / FOLDER)
    lock = FileLock(str(workspace / FOLDER / DELIVERING), mode=0o600)
    while True:
        try:
            # Who looks whether it is held has it for a moment.
            lock.acquire(timeout=_START_SECONDS, poll_interval=0.02)
        except Timeout:
            return False
        try:
            later = _deliver_all(workspace, wait=wait)
        finally:
            lock.release()
        # What was noted while the lock was still held has started nobody.
        behind = [each for each in Receivers(workspace).all() if is_receiver_behind(workspace, each)]
        if all(each.name in later for each in behind) or not wait:
            return True


def _deliver_all(workspace: Path, *, wait: bool) -> set[str]:
    """A thread for each receiver, so that a slow one keeps none of the others waiting. Gives the names of those that
    are left for later."""
    running: dict[str, tuple[threading.Thread, _Delivery]] = {}
    later: set[str] = set()
    while True:
        for receiver in Receivers(workspace).all():
            thread, delivery = running.get(receiver.name, (None, None))
            if thread is not None and thread.is_alive():
                continue
            if delivery is not None and not delivery.has_all:
                later.add(receiver.name)
            if receiver.name in later or not is_receiver_behind(workspace, receiver):
                continue
            if not wait and _rest.get(receiver.path, 0.0) > time.monotonic():
                later.add(receiver.name)
                continue
            delivery = _Delivery(workspace, receiver, wait=wait)
            thread = threads.start(delivery.run, name="delivery of events", at_fault=threads.logged)
            running[receiver.name] = thread, delivery
        alive = [thread for thread, _ in running.values() if thread.is_alive()]
        if not alive:
            return later
        alive[0].join(_LOOK_SECONDS)


@dataclass(slots=True)
class _Waiting:
    """An event that is not delivered yet."""

    event: WorkspaceEvent
    due: float = 0.0
    """By the monotonic clock."""
    tries: int = 0
    """In this process."""


class _Delivery:
    """To one receiver, until it has all."""

    def __init__(self, workspace: Path, receiver: Receiver, *, wait: bool) -> None:
        self._workspace = workspace
        self._log = AuditLog(workspace)
        self._receiver = receiver
        self._wait = wait
        self._position = ReceiverPosition(receiver.path)
        self._waiting: dict[int, _Waiting] = {}
        """By number, in order."""
        self._reader = AuditReader(self._log, 0)
        self._away = 0
        """Deliveries in a row that reached nobody."""
        self._next_request = 0.0
        self._last_good = time.monotonic()
        self._identity = _identity(receiver.path)
        self.has_all = False
        """Whether it ended because nothing was left, and not for a while."""
        self._topic = workspace_topic(workspace)

    def run(self) -> None:
        """Raises OSError where the disk takes nothing: the next process goes on from what is written."""
        try:
            self._position.take_up()
            if self._position.progress.next > self._log.last_seq() + 1:
                self._position.begin(self._log.last_seq() + 1)
            self._reader = AuditReader(self._log, self._position.progress.next - 1)
            while self._is_subscribed():
                if not self._step():
                    return
        finally:
            if _identity(self._receiver.path) == self._identity:
                with contextlib.suppress(OSError):
                    self._position.save()

    def _is_subscribed(self) -> bool:
        """Nothing is sent for one that was deleted, or made anew under the name. One that cannot be read is left until
        somebody subscribes again."""
        self.has_all = True
        try:
            self._subscription = self._receiver.subscription()
        except ScoredockError as error:
            self.has_all = error.code != "event-subscription-damaged"
            _log.warning("%s", error)
            return False
        if _identity(self._receiver.path) != self._identity:
            return False
        self._secret = self._receiver.secret()
        self.has_all = bool(self._receiver.pause(self._position.progress))
        return not self.has_all

    def _step(self) -> bool:
        """Sends what is due; False when all is settled, or nothing can be done now and nobody waits."""
        self._let_go()
        self._fill()
        if not self._waiting:
            self._position.pass_over(self._reader.seq + 1)
            self.has_all = True
            return False
        group = self._due(time.monotonic())
        if not group:
            return self._pause()
        self._position.open_window(self._reader.seq + 1)
        self._pace()
        self._send(group)
        return True

    # What is to be sent

    def _let_go(self) -> None:
        """The oldest of too many, and what the log itself has let go; a record says how many."""
        progress = self._position.progress
        begin = max(self._log.first_seq(), self._log.last_seq() - self._subscription.keep + 1)
        if progress.next >= begin:
            return
        early = [each.event.seq for each in self._waiting.values() if each.event.seq < begin]
        first = max(progress.next, self._reader.seq + 1)
        unread = 0
        for record in self._log.read(first - 1):
            if record.seq >= begin:
                break
            event = event_of(record)
            unread += event is not None and is_wanted(event, self._subscription) and record.seq not in progress.beyond
        missing = max(0, self._log.first_seq() - first)
        for seq in early:
            del self._waiting[seq]
        count = len(early) + unread + missing
        self._reader.seq = max(self._reader.seq, begin - 1)
        self._position.pass_over(begin)
        if count:
            progress.dropped += count
            self._position.save()
            self._note("event.dropped", {"count": count, "before": begin})

    def _fill(self) -> None:
        """Many at once, as each filling is followed by a flush before anything of it is sent."""
        if len(self._waiting) > _WINDOW // 2:
            return
        progress = self._position.progress
        while len(self._waiting) < _WINDOW:
            records = self._reader.more(_WINDOW)
            for record in records:
                event = event_of(record)
                if event is None or not is_wanted(event, self._subscription):
                    self._position.settle(record.seq, "f")
                elif record.seq not in progress.beyond and record.seq >= progress.next:
                    self._waiting[record.seq] = _Waiting(event)
            if len(records) < _WINDOW:
                return

    def _due(self, now: float) -> list[_Waiting]:
        """The first that may be sent, and what may go with it: of a subject only the oldest, unless all of it goes
        together in its order."""
        blocked: set[str] = set()
        group: list[_Waiting] = []
        size = 0
        for each in self._waiting.values():
            if each.event.thing in blocked:
                continue
            if each.due > now:
                blocked.add(each.event.thing)
                continue
            size += 500 + len(str(each.event.data))
            if group and (not self._is_batch(each) or size > _BATCH_BYTES):
                break
            group.append(each)
            if not self._is_batch(each) or len(group) >= _BATCH_EVENTS:
                break
        return group

    def _is_batch(self, each: _Waiting) -> bool:
        """One that was refused in a batch goes alone, so that it keeps no other one from being taken."""
        subscription = self._subscription
        joins = subscription.batch or SCHEMAS[subscription.schema].always_joins
        return joins and bool(subscription.url) and each.tries == 0

    def _pause(self) -> bool:
        """Until the next one is due; not longer than it takes to notice that the subscription has changed."""
        due = min(each.due for each in self._waiting.values())
        if not self._wait:
            _rest[self._receiver.path] = due
            return False
        if time.monotonic() - self._last_good > _LONGEST_SECONDS:
            return False
        time.sleep(max(0.01, min(_LOOK_SECONDS, due - time.monotonic())))
        return True

    def _pace(self) -> None:
        """Not more requests a minute than the receiver has allowed."""
        if self._subscription.rate > 0:
            now = time.monotonic()
            if now < self._next_request:
                time.sleep(min(60.0, self._next_request - now))
            self._next_request = max(now, self._next_request) + 60.0 / self._subscription.rate

    # Sending

    def _send(self, group: list[_Waiting]) -> None:
        attempts = self._position.progress.attempts
        several = [Sent(each.event, attempts.get(each.event.seq, 0) + 1) for each in group]
        numbers = [each.event.seq for each in group]
        self._position.begin_sending(numbers)
        outcome = send(self._subscription, self._secret, several, self._topic)
        if outcome.kind == "delivered":
            self._away, self._last_good = 0, time.monotonic()
            for each, sent in zip(group, several, strict=True):
                self._position.settle(each.event.seq, "r" if sent.attempt > 1 else "d")
                del self._waiting[each.event.seq]
            self._position.progress.last_delivered = time.time()
            return
        if outcome.may_have_arrived:
            self._position.end_unanswered(numbers)
        else:
            self._position.end_unsent(numbers)
        self._failed(group, outcome)

    def _failed(self, group: list[_Waiting], outcome: DeliveryOutcome) -> None:
        progress = self._position.progress
        first = group[0].event
        problem = {"seq": first.seq, "type": first.type, "subject": first.subject, "reason": outcome.reason}
        self._position.failed(problem, time.time())
        _log.info("%s: %s", self._receiver.name, outcome.reason)
        if outcome.kind == "gone":
            progress.paused, progress.paused_at = outcome.reason, self._receiver.stamp()
            self._position.save()
            self._note("event.paused", {"reason": outcome.reason})
            return
        if outcome.kind == "away":
            self._away += 1
            until = time.monotonic() + max(outcome.pause, self._backoff(self._away))
            for each in self._waiting.values():
                each.due = max(each.due, until)
        is_alone = len(group) == 1
        notes = []
        for each in group:
            # Alone from now on: one of a batch may keep the others from being taken.
            each.tries += outcome.kind != "away" or progress.attempts.get(each.event.seq, 0) > 2
            if outcome.kind == "failed":
                each.due = time.monotonic() + (self._backoff(each.tries) if is_alone else 0.0)
            if outcome.counts and is_alone and (outcome.kind == "refused" or self._is_exhausted(each)):
                notes.append(self._put_aside(each, outcome.reason))
        self._position.save()
        for facts in notes:
            self._note("event.undelivered", facts)

    def _is_exhausted(self, each: _Waiting) -> bool:
        made = max(each.tries, self._position.progress.attempts.get(each.event.seq, 0))
        return made >= self._subscription.attempts

    def _backoff(self, count: int) -> float:
        """Twice as long each time, with jitter, so that many senders do not come at once."""
        longest = self._subscription.longest_pause
        return min(longest, _FIRST_PAUSE * 2.0 ** min(count - 1, 30)) * random.uniform(0.5, 1.0)  # noqa: S311 (no secret)

    def _put_aside(self, each: _Waiting, reason: str) -> dict[str, object]:
        """Puts an event aside; returns what is to be noted of it, once it is saved."""
        event = each.event
        attempts = self._position.progress.attempts.get(event.seq, 0)
        self._position.put_aside(
            {
                "seq": event.seq,
                "id": event.id,
                "type": event.type,
                "subject": event.subject,
                "time": event.time,
                "attempts": attempts,
                "reason": reason,
                "putAside": time.time(),
                "data": dict(event.data),
            }
        )
        self._position.settle(event.seq, "u")
        del self._waiting[event.seq]
        return {"eventType": event.type, "eventSubject": event.subject, "attempts": attempts, "reason": reason}

    def _note(self, what: str, facts: dict[str, object]) -> None:
        entry = change(what, f"events/{self._receiver.name}", {"subscription": self._receiver.name, **facts})
        with contextlib.suppress(ScoredockError):  # the progress says it as well
            self._log.append(lambda _: [entry])


def _identity(path: Path) -> int:
    """Identity of a folder; another one when it was made anew."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def send(subscription: ReceiverSettings, secret: str, several: list[Sent], topic: str) -> DeliveryOutcome:
    """Outcome of one request, or one run of a program. Never raises for what a receiver does."""
    batch = subscription.batch and bool(subscription.url)
    schema = SCHEMAS[subscription.schema]
    content = schema.envelope(several, topic=topic, subscription=subscription.name, batch=batch)
    if subscription.url:
        headers = {**content.headers, **_signature(secret, several, content)}
        return webhook.deliver(subscription.url, content.body, headers, subscription.timeout)
    event, attempt = several[0].event, several[0].attempt
    variables = {
        "SCOREDOCK_EVENT_TYPE": event.type,
        "SCOREDOCK_EVENT_SUBJECT": event.subject,
        "SCOREDOCK_EVENT_ID": event.id,
        "SCOREDOCK_EVENT_TIME": event.time,
        "SCOREDOCK_EVENT_SEQUENCE": str(event.seq),
        "SCOREDOCK_EVENT_ATTEMPT": str(attempt),
        "SCOREDOCK_EVENT_SUBSCRIPTION": subscription.name,
    }
    return program.deliver(subscription.command, subscription.folder, content.body, variables, subscription.timeout)


def _signature(secret: str, several: list[Sent], content: Envelope) -> dict[str, str]:
    if not secret:
        return {}
    return signing.headers(secret, several[0].event.id, int(time.time()), content.body)


__all__ = ["deliver", "send"]
