"""Entries of the audit log about a transaction, written by the transaction itself.

A note is a row of `meta`, so it is there exactly when the change is. After the commit it is taken into the log
(`registry.audit`), by this process or, if that is killed, by the next one that looks. Notes have numbers that grow;
the log says which it has, so none is taken twice. `epoch` tells a store that was made anew from the one before.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from scoredock.late_dataclass import dataclass
from scoredock.registry.origin import origin
from scoredock.registry.records import ModelFile
from scoredock.registry.store.store import StoreConnection

_LAST = "audit-last"
_PREFIX, _AFTER = "audit/", "audit0"
_MOST_FILES = 50
"""Named in a note; the digest of a version stands for all."""
_KEPT = 64
"""Notes that were taken and are still there; removing them is a transaction of its own, so it waits for some."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A note by its number; (\"\", 0) before the first one."""

    epoch: str
    number: int


def change(
    what: str, subject: str, data: Mapping[str, Any] | None = None, files: Sequence[ModelFile] = (), count: int = 0
) -> dict[str, Any]:
    """Entry of the audit log for a change made now. `count`: number of all files if only some are given."""
    entry: dict[str, Any] = {"time": time.time(), "what": what, "subject": subject, **asdict(origin())}
    entry["data"] = dict(data or {})
    if files:
        entry["files"] = [[each.path, each.sha256, each.size] for each in files[:_MOST_FILES]]
        entry["fileCount"] = max(count, len(files))
    return entry


def note(
    connection: sqlite3.Connection,
    what: str,
    subject: str,
    data: Mapping[str, Any] | None = None,
    files: Sequence[ModelFile] = (),
    by: str = "",
) -> None:
    """The transaction of `connection` makes this change. Nothing of it is kept when that is rolled back. `by`:
    whose change it is, where whoever notes it only sees that it came about."""
    mark = last(connection)
    epoch, number = mark.epoch or secrets.token_hex(6), mark.number + 1
    entry = change(what, subject, data, files)
    text = json.dumps({**entry, "by": entry["by"] or by}, ensure_ascii=True, default=str)
    connection.execute("INSERT INTO meta(key, value) VALUES(?, ?)", (f"{_PREFIX}{number:015d}", text))
    connection.execute(
        "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        (_LAST, f"{epoch} {number}"),
    )
    if isinstance(connection, StoreConnection):
        connection.noted = True


def last(connection: sqlite3.Connection) -> Mark:
    """The newest note."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_LAST,)).fetchone()
    epoch, _, number = (row[0] if row is not None else "").partition(" ")
    return Mark(epoch, int(number)) if number.isdecimal() else Mark("", 0)


def waiting(connection: sqlite3.Connection, mark: Mark) -> list[tuple[Mark, dict[str, Any]]]:
    """Notes behind the one that the log has taken last, in order."""
    newest = last(connection)
    after = mark.number if mark.epoch == newest.epoch else 0
    rows = connection.execute(
        "SELECT key, value FROM meta WHERE key > ? AND key < ? ORDER BY key", (f"{_PREFIX}{after:015d}", _AFTER)
    )
    return [(Mark(newest.epoch, int(row[0][len(_PREFIX) :])), json.loads(row[1])) for row in rows]


def tidy(connection: sqlite3.Connection, mark: Mark) -> None:
    """Remove what the log has, once there is some of it."""
    upto = f"{_PREFIX}{mark.number:015d}"
    count = connection.execute("SELECT count(*) FROM meta WHERE key >= ? AND key <= ?", (_PREFIX, upto)).fetchone()[0]
    if count > _KEPT and last(connection).epoch == mark.epoch:
        connection.execute("DELETE FROM meta WHERE key >= ? AND key <= ?", (_PREFIX, upto))


def clear(connection: sqlite3.Connection) -> None:
    """Removes the notes from a copy of a store, whose log stays behind."""
    connection.execute("DELETE FROM meta WHERE key = ? OR (key >= ? AND key < ?)", (_LAST, _PREFIX, _AFTER))
