"""Bringing the audit log in step with its workspace: notes of the store, and promises of writers that died."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.registry.audit import announcing
from scoredock.registry.audit.chain import Break
from scoredock.registry.audit.log import AuditLog, AuditTail, ChainReport, mark_text
from scoredock.registry.audit.promises import Proof, are_overdue, overdue, promised
from scoredock.registry.store import outbox
from scoredock.registry.store.store import Store

__all__ = ["Proof", "noted", "record", "recording", "settle", "take", "verify"]

_log = logging.getLogger(__name__)


def noted(workspace: Path, connection: sqlite3.Connection) -> None:
    """A transaction of the store has noted something and is committed. Never raises."""
    try:
        _take(workspace, connection)
    except (ScoredockError, OSError, sqlite3.Error) as error:
        # The change is made, and its note is kept with it: the next one that looks takes it.
        _log.warning("the audit log of %s is behind: %s", workspace, error)


def take(store: Store) -> None:
    """Takes the entries that killed or hindered writers left into the log. Raises what appending raises."""
    if store.is_away:
        return
    with store.read() as connection:
        log_mark = AuditLog(store.path.parent).tail().mark
        if not outbox.waiting(connection, log_mark) and not are_overdue(store.path.parent):
            return
        _take(store.path.parent, connection)


def settle(workspace: Path) -> None:
    """Takes the promised entries of writers that ended into the log, if their changes were made: before the file that
    shows it is removed. Never raises."""
    if not are_overdue(workspace):
        return
    log = AuditLog(workspace)
    overdue_files: list[Path] = []

    def source(_: AuditTail) -> Iterator[Mapping[str, Any]]:
        for path, entry in overdue(workspace, log):
            overdue_files.append(path)
            yield entry

    try:
        log.append(source)
        for path in overdue_files:
            path.unlink(missing_ok=True)
    except (ScoredockError, OSError) as error:
        _log.warning("the audit log of %s is behind: %s", workspace, error)
    if overdue_files:
        announcing.announce(workspace)


def record(store: Store, what: str, subject: str, data: Mapping[str, Any] | None = None) -> None:
    """A change that is made already and of which nothing else tells."""
    workspace = store.path.parent
    AuditLog(workspace).append(lambda _: [outbox.change(what, subject, data)])
    announcing.announce(workspace)


def recording(workspace: Path, entry: dict[str, Any], proof: Proof) -> _Recording:
    """Same as `promised`, and notifies those who wait for events."""
    return _Recording(workspace, entry, proof)


class _Recording:
    def __init__(self, workspace: Path, entry: dict[str, Any], proof: Proof) -> None:
        self._workspace = workspace
        self._block = promised(AuditLog(workspace), entry, proof)

    def __enter__(self) -> dict[str, Any]:
        return self._block.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._block.__exit__(*error)
        if error[0] is None:
            announcing.announce(self._workspace)


def verify(store: Store, earlier: str = "") -> ChainReport:
    """Reads and checks the whole log as it lies there, beside what the store says of its notes."""
    report = AuditLog(store.path.parent).verify(earlier)
    if store.is_away:
        return report
    tail = AuditLog(store.path.parent).tail()
    with store.read() as connection:
        newest = outbox.last(connection)
        waiting = len(outbox.waiting(connection, tail.mark))
    taken = tail.mark.number if tail.mark.epoch == newest.epoch else 0
    if newest.number > taken + waiting:
        reason = l10n.t(
            "The store has made {count} changes that the log does not have: its end was cut off.",
            count=newest.number - taken - waiting,
        )
        cut = Break("store", 0, report.last, reason)
        report = ChainReport(
            report.records, report.first, report.last, report.digest, (*report.breaks, cut), report.holds
        )
    return report


def _take(workspace: Path, connection: sqlite3.Connection) -> None:
    log = AuditLog(workspace)
    overdue_files: list[Path] = []
    tails: list[AuditTail] = []
    marks: list[outbox.Mark] = []

    def source(tail: AuditTail) -> Iterator[Mapping[str, Any]]:
        tails.append(tail)
        marks.append(tail.mark)
        for path, entry in overdue(workspace, log):
            overdue_files.append(path)
            yield entry
        for mark, entry in outbox.waiting(connection, tail.mark):
            marks.append(mark)
            yield {**entry, "mark": mark_text(mark)}

    seq = log.append(source)
    for path in overdue_files:
        path.unlink(missing_ok=True)
    if not connection.in_transaction:
        outbox.tidy(connection, marks[-1])
    if seq > tails[0].seq:
        announcing.announce(workspace)
