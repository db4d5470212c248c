"""Entries of the audit log about services, written in the transaction that changes their rows."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from scoredock.registry.origin import only_seen
from scoredock.registry.store import outbox

_BY_VERB = {"update": "service.updated", "reload": "service.updated", "rollback": "service.rolledBack"}


def note_state(
    connection: sqlite3.Connection, before: sqlite3.Row, state: str, revision: int, port: int | None, *, is_seen: bool
) -> None:
    """A service has another state, serves another revision (0 where that stays) or has another port (None). `is_seen`:
    a look came upon it, and is nobody's doing here."""
    with only_seen(is_seen):
        _note_state(connection, before, state, revision)
        if port and before["port"] and port != before["port"]:
            facts = {"serviceName": before["name"], "port": port, "previousPort": before["port"]}
            outbox.note(connection, "service.addressChanged", _subject(before["name"]), facts)


def _note_state(connection: sqlite3.Connection, before: sqlite3.Row, state: str, revision: int) -> None:
    name = before["name"]
    if revision and revision != before["active_revision"] and state != "Failed":
        facts = _facts(connection, before, revision)
        what = _BY_VERB.get(facts["change"], "service.deployed")
        outbox.note(connection, what, _subject(name), facts, by=_author(connection, name, revision))
    if state != before["state"]:
        changed = {"serviceName": name, "state": state, "previousState": before["state"]}
        outbox.note(connection, "service.stateChanged", _subject(name), changed)


def note_begin(connection: sqlite3.Connection, name: str) -> None:
    """A change of a service begins that does not serve meanwhile."""
    row = connection.execute("SELECT state FROM services WHERE name = ?", (name,)).fetchone()
    before = row["state"] if row is not None else ""
    if before != "Transitioning":
        changed = {"serviceName": name, "state": "Transitioning", "previousState": before}
        outbox.note(connection, "service.stateChanged", _subject(name), changed)


def note_deleted(connection: sqlite3.Connection, name: str) -> None:
    """Notes that a service was deleted, unless it had no row."""
    row = connection.execute("SELECT * FROM services WHERE name = ?", (name,)).fetchone()
    if row is not None:
        facts = _facts(connection, row, row["active_revision"])
        outbox.note(connection, "service.deleted", _subject(name), facts)


def _subject(name: str) -> str:
    return f"services/{name}"


def _author(connection: sqlite3.Connection, name: str, revision: int) -> str:
    """Whose a revision is; empty where its row does not say."""
    query = "SELECT request FROM revisions WHERE service = ? AND revision = ?"
    row = connection.execute(query, (name, revision)).fetchone()
    return str((json.loads(row["request"]).get("origin") or {}).get("by") or "") if row is not None else ""


def _facts(connection: sqlite3.Connection, row: sqlite3.Row, revision: int) -> dict[str, Any]:
    name = row["name"]
    models = connection.execute(
        "SELECT name, version FROM revision_models WHERE service = ? AND revision = ? ORDER BY position",
        (name, revision),
    )
    facts: dict[str, Any] = {
        "serviceName": name,
        "serviceComputeType": row["engine"],
        "modelIds": [f"{each[0]}:{each[1]}" for each in models],
        "serviceTags": json.loads(row["tags"]),
        "serviceProperties": {},
        "revision": revision,
        "change": "",
    }
    revision_row = connection.execute(
        "SELECT request, environment_key, created FROM revisions WHERE service = ? AND revision = ?", (name, revision)
    ).fetchone()
    if revision_row is not None:
        document = json.loads(revision_row["request"])
        origin = document.get("origin") or {}
        facts["change"] = origin.get("verb") or ""
        facts["of"] = origin.get("of") or 0
        facts["serviceProperties"] = document.get("properties") or {}
        facts["environment"] = (document.get("resolved") or {}).get("registered_environment") or ""
        facts["begun"] = revision_row["created"]
        facts["environmentKey"] = revision_row["environment_key"]
        facts["image"] = document.get("image") or ""
        facts["entryScript"] = document.get("entry_script") or ""
    return facts
