"""What the audit log is to say of endpoints, noted in the transaction that changes their rows."""

from __future__ import annotations

import sqlite3

from scoredock.registry.store import outbox
from scoredock.services.endpoints.record import EndpointRecord, endpoint_from_text


def note_endpoint(connection: sqlite3.Connection, endpoint: EndpointRecord, before: str | None) -> None:
    """An endpoint is new, or is otherwise than its row `before` said; where its router listens is no change."""
    facts = {"endpointName": endpoint.name, "traffic": _shares(endpoint), "versions": _services(endpoint)}
    if before is None:
        outbox.note(connection, "endpoint.created", f"endpoints/{endpoint.name}", facts)
        return
    try:
        old = endpoint_from_text(before)
    except ValueError:
        return
    if _shares(old) != _shares(endpoint):
        facts["previousTraffic"] = _shares(old)
        outbox.note(connection, "endpoint.trafficChanged", f"endpoints/{endpoint.name}", facts)
    elif _services(old) != _services(endpoint):
        outbox.note(connection, "endpoint.updated", f"endpoints/{endpoint.name}", facts)


def note_endpoint_deleted(connection: sqlite3.Connection, name: str) -> None:
    """Nothing is left of an endpoint; nothing is said of one that had no row."""
    if connection.execute("SELECT 1 FROM endpoints WHERE name = ?", (name,)).fetchone() is not None:
        outbox.note(connection, "endpoint.deleted", f"endpoints/{name}", {"endpointName": name})


def _shares(endpoint: EndpointRecord) -> dict[str, int]:
    return {each.name: each.share for each in endpoint.versions}


def _services(endpoint: EndpointRecord) -> dict[str, str]:
    return {each.name: each.service for each in endpoint.versions}
