"""The rows of endpoints in the workspace store."""

from __future__ import annotations

import sqlite3
import time

from scoredock import l10n
from scoredock.engines.handle import ROUTERS_FOLDER, Handle, handle_from_text, handle_to_text
from scoredock.errors import ScoredockError, WorkspaceDamaged
from scoredock.late_dataclass import dataclass
from scoredock.registry.store import outbox
from scoredock.registry.store.store import Store
from scoredock.services.endpoints.record import EndpointRecord, endpoint_from_text, endpoint_to_text


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint, and the router that was started for it."""

    endpoint: EndpointRecord
    handle: Handle | None
    running: bool
    """Whether its router is meant to run."""
    created: float
    updated: float


class EndpointRows:
    """Reads and writes rows; knows nothing of routers."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def all(self) -> list[EndpointRow]:
        """Every endpoint, by name."""
        with self.store.read() as connection:
            return [self._row(each) for each in connection.execute("SELECT * FROM endpoints ORDER BY name")]

    def one(self, name: str) -> EndpointRow | None:
        with self.store.read() as connection:
            found = connection.execute("SELECT * FROM endpoints WHERE name = ?", (name,)).fetchone()
            return self._row(found) if found is not None else None

    def require(self, name: str) -> EndpointRow:
        """Raises ScoredockError `endpoint-not-found`."""
        found = self.one(name)
        if found is None:
            raise ScoredockError("endpoint-not-found", l10n.t("The workspace has no endpoint {name}.", name=name[:64]))
        return found

    def add(self, endpoint: EndpointRecord) -> None:
        """A new endpoint, whose router is to run. Raises ScoredockError `service-exists`."""
        now = time.time()
        with self.store.write() as connection:
            # A service may have the name as a version of it, as the first one of an AksEndpoint has.
            own = any(each.service == endpoint.name for each in endpoint.versions)
            service = connection.execute("SELECT 1 FROM services WHERE name = ?", (endpoint.name,)).fetchone()
            if connection.execute("SELECT 1 FROM endpoints WHERE name = ?", (endpoint.name,)).fetchone():
                raise ScoredockError(
                    "service-exists", l10n.t("The workspace has an endpoint {name} already.", name=endpoint.name)
                )
            if service and not own:
                raise ScoredockError(
                    "service-exists", l10n.t("The workspace has a service {name} already.", name=endpoint.name)
                )
            connection.execute(
                "INSERT INTO endpoints (name, content, handle, running, created, updated) VALUES (?, ?, NULL, 1, ?, ?)",
                (endpoint.name, endpoint_to_text(endpoint), now, now),
            )
            _note_endpoint(connection, endpoint, None)

    def save(self, endpoint: EndpointRecord) -> None:
        """Saves its versions, shares and the rest."""
        with self.store.write() as connection:
            row = connection.execute("SELECT content FROM endpoints WHERE name = ?", (endpoint.name,)).fetchone()
            if row is not None:
                _note_endpoint(connection, endpoint, row["content"])
            connection.execute(
                "UPDATE endpoints SET content = ?, updated = ? WHERE name = ?",
                (endpoint_to_text(endpoint), time.time(), endpoint.name),
            )

    def set_running(self, name: str, running: bool) -> None:
        """Records whether the endpoint's router should run."""
        with self.store.write_when_full() as connection:
            connection.execute("UPDATE endpoints SET running = ? WHERE name = ?", (int(running), name))

    def set_handle(self, name: str, handle: Handle | None) -> None:
        """Records the handle of the endpoint's router."""
        text = handle_to_text(handle) if handle is not None else None
        with self.store.write_when_full() as connection:
            connection.execute("UPDATE endpoints SET handle = ? WHERE name = ?", (text, name))

    def remove(self, name: str) -> None:
        """Removes the row of an endpoint."""
        with self.store.write_when_full() as connection:
            _note_deleted(connection, name)
            connection.execute("DELETE FROM endpoints WHERE name = ?", (name,))

    def _row(self, row: sqlite3.Row) -> EndpointRow:
        try:
            endpoint = endpoint_from_text(row["content"])
        except ValueError as error:
            raise WorkspaceDamaged(
                l10n.t("The row of the endpoint {name} cannot be read: {error}.", name=row["name"], error=error),
            ) from error
        here = self.store.path.parent / ROUTERS_FOLDER / row["name"]
        handle = handle_from_text(row["handle"], here) if row["handle"] else None
        return EndpointRow(endpoint, handle, bool(row["running"]), row["created"], row["updated"])


def _note_endpoint(connection: sqlite3.Connection, endpoint: EndpointRecord, before: str | None) -> None:
    """An endpoint is new, or is otherwise than its row `before` said; where its router listens is not a change."""
    facts = {"endpointName": endpoint.name, "traffic": _shares(endpoint), "versions": _services(endpoint)}
    if before is None:
        outbox.note(connection, "endpoint.created", f"endpoints/{endpoint.name}", facts)
        return
    try:
        old = endpoint_from_text(before)
    except ValueError:
        return
    if _nonzero_shares(old) != _nonzero_shares(endpoint):
        facts["previousTraffic"] = _shares(old)
        outbox.note(connection, "endpoint.trafficChanged", f"endpoints/{endpoint.name}", facts)
    elif _services(old) != _services(endpoint):
        outbox.note(connection, "endpoint.updated", f"endpoints/{endpoint.name}", facts)


def _note_deleted(connection: sqlite3.Connection, name: str) -> None:
    """Nothing is left of an endpoint; nothing is said of one that had no row."""
    if connection.execute("SELECT 1 FROM endpoints WHERE name = ?", (name,)).fetchone() is not None:
        outbox.note(connection, "endpoint.deleted", f"endpoints/{name}", {"endpointName": name})


def _shares(endpoint: EndpointRecord) -> dict[str, int]:
    """Share of each version, with the rest for the default one."""
    return {each.name: endpoint.effective(each.name) for each in endpoint.versions}


def _nonzero_shares(endpoint: EndpointRecord) -> dict[str, int]:
    """The shares that are some: a version that gets nothing comes and goes without a change of the traffic."""
    return {name: share for name, share in _shares(endpoint).items() if share}


def _services(endpoint: EndpointRecord) -> dict[str, str]:
    return {each.name: each.service for each in endpoint.versions}
