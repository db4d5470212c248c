"""Events that receivers have not got yet. Read without what delivers it, as every command looks."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from scoredock.contrib.events.domain.catalogue import WorkspaceEvent, event_of, is_wanted
from scoredock.contrib.events.domain.position import ReceiverPosition
from scoredock.contrib.events.domain.subscriptions import Receiver, Receivers
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.audit import announcing, following
from scoredock.registry.audit.log import AuditLog


def is_behind(workspace: Path) -> bool:
    """True if a receiver that takes events has not all of them."""
    return any(is_receiver_behind(workspace, each) for each in Receivers(workspace).all())


def is_receiver_behind(workspace: Path, receiver: Receiver) -> bool:
    """The same of one. False for one that is paused or deleted."""
    progress = ReceiverPosition(receiver.path).load()
    if not receiver.stamp() or receiver.pause(progress):
        return False
    last = AuditLog(workspace).last_seq()
    # Further than the log is: somebody has removed that.
    return progress.next <= last or progress.next > last + 1


def send_waiting(registry: Registry) -> None:
    """Delivers what waits, for a command that has ended: events with nobody to deliver them, of a program that was
    killed or of before the machine went down, are delivered from now on. Never raises.
    """
    folder = registry.folder
    if registry.read_only or announcing.has_announced(folder):
        return
    with contextlib.suppress(ScoredockError, OSError, sqlite3.Error):
        following.take(registry.store)
        if is_behind(folder):
            announcing.announce(folder)


def backlog(workspace: Path, receiver: Receiver) -> Iterator[WorkspaceEvent]:
    """Yields the events that a receiver has not got yet."""
    subscription, progress = receiver.subscription(), ReceiverPosition(receiver.path).load()
    for record in AuditLog(workspace).read(progress.next - 1):
        event = event_of(record)
        if event is not None and record.seq not in progress.beyond and is_wanted(event, subscription):
            yield event
