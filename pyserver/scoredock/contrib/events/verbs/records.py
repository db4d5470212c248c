"""Subscriptions as messages: how far each receiver is, and in which words."""

from __future__ import annotations

import contextlib
import json
from itertools import islice
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.events import messages
from scoredock.contrib.events.domain.backlog import backlog
from scoredock.contrib.events.domain.position import (
    ReceiverPosition,
    ReceiverProgress,
    undelivered_file,
    undelivered_lines,
)
from scoredock.contrib.events.domain.subscriptions import Receiver, ReceiverSettings
from scoredock.contrib.events.messages import EventLook
from scoredock.contrib.events.options import EventChoice
from scoredock.errors import ScoredockError
from scoredock.options import values_of

_SHOWN = 20


def waiting_count(workspace: Path, receiver: Receiver) -> int:
    """Events that it has not got yet; 0 where its settings cannot be read."""
    try:
        return sum(1 for _ in backlog(workspace, receiver))
    except ScoredockError:
        return 0


def subscription_record(workspace: Path, receiver: Receiver) -> messages.EventSubscription:
    """Message of a subscription; one that cannot be read says why."""
    # Before the rest is read, so that who waits for nothing more sees what came of all.
    waiting = waiting_count(workspace, receiver)
    progress = ReceiverPosition(receiver.path).load()
    try:
        subscription, error = receiver.subscription(), ""
    except ScoredockError as problem:
        subscription, error = ReceiverSettings(name=receiver.name, created=0.0), problem.message
    paused = receiver.pause(progress)
    look, status = _look(progress, waiting, paused, error)
    return messages.EventSubscription(
        name=receiver.name,
        kind="command" if subscription.command else "webhook",
        target=subscription.target,
        **values_of(EventChoice, subscription),
        signed=bool(receiver.secret()),
        created=subscription.created,
        folder=subscription.folder if subscription.command else "",
        waiting=waiting,
        delivered=progress.delivered,
        repeated=progress.repeated,
        undelivered=progress.undelivered,
        dropped=progress.dropped,
        last_delivered=progress.last_delivered or None,
        last_failed=progress.last_failed or None,
        last_error=progress.last_error,
        paused=paused,
        look=look,
        status=status,
        error=error,
        needs_url=subscription.needs_url,
    )


def subscription_details(workspace: Path, receiver: Receiver) -> messages.EventDetails:
    """Message of a subscription, with events on their way and what went wrong."""
    progress = ReceiverPosition(receiver.path).load()
    waiting: list[messages.EventWaiting] = []
    with contextlib.suppress(ScoredockError):  # the subscription says why it cannot be read
        waiting = [
            messages.EventWaiting(each.seq, each.type, each.subject, each.time, progress.attempts.get(each.seq, 0))
            for each in islice(backlog(workspace, receiver), _SHOWN)
        ]
    problems = [_problem(each, each.get("time")) for each in reversed(progress.problems)]
    lines = undelivered_lines(receiver.path)
    undelivered = [_undelivered(each) for each in reversed(lines[-_SHOWN:])]
    file = str(undelivered_file(receiver.path)) if lines else ""
    return messages.EventDetails(
        subscription_record(workspace, receiver),
        waiting,
        problems,
        [each for each in undelivered if each is not None],
        file,
    )


def _look(progress: ReceiverProgress, waiting: int, paused: str, error: str) -> tuple[EventLook, str]:
    if error:
        return "trouble", l10n.t("cannot be read")
    if paused:
        return "paused", l10n.t("paused")
    if waiting and progress.failures:
        return "trouble", l10n.t("waiting: {count}, not taken at the moment", count=waiting)
    if waiting:
        return "waiting", l10n.t("waiting: {count}", count=waiting)
    return "good", l10n.t("delivered: {count}", count=progress.delivered)


def _problem(document: dict[str, Any], time: object) -> messages.EventProblem:
    seq = document.get("seq")
    return messages.EventProblem(
        seq if isinstance(seq, int) else 0,
        str(document.get("type", "")),
        str(document.get("subject", "")),
        float(time) if isinstance(time, (int, float)) else 0.0,
        str(document.get("reason", "")),
    )


def _undelivered(line: str) -> messages.EventProblem | None:
    """None for a line that somebody has changed."""
    try:
        document = json.loads(line)
        return _problem(document, document.get("putAside"))
    except (ValueError, AttributeError, RecursionError):
        return None
