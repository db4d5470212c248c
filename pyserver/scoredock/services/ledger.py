"""The rows of services, revisions, leases and notices in the workspace store."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any

from scoredock import l10n
from scoredock.engines.handle import Handle
from scoredock.engines.process.table import Identity, own_identity
from scoredock.errors import ModelNotFound, ScoredockError, ServiceBusy, ServiceNotFound
from scoredock.late_dataclass import dataclass
from scoredock.registry.store.store import Store
from scoredock.service import Notice
from scoredock.services.ledger_rows import Intent, ServiceRecord, handle_text, same_row, service_of
from scoredock.services.planning.plan import Plan
from scoredock.services.request import DeployRequest
from scoredock.services.revision import Origin, Revision, revision_from_text, revision_to_text, with_origin
from scoredock.services.state_words import intent_text

_log = logging.getLogger(__name__)
_UNCHANGED: Any = object()

# Of one service, or of all when the name is empty.
_SERVICES = "SELECT * FROM services WHERE :name IN ('', name) ORDER BY name"
_REVISIONS = "SELECT * FROM revisions WHERE :name IN ('', service) ORDER BY service, revision"
_MODELS = "SELECT * FROM revision_models WHERE :name IN ('', service) ORDER BY service, revision, position"
_INTENTS = "SELECT * FROM intents WHERE :name IN ('', service)"


@dataclass(frozen=True, slots=True)
class ServiceRows:
    """All the ledger knows of one service."""

    service: ServiceRecord
    revisions: tuple[Revision, ...]
    """Ascending."""
    intent: Intent | None

    @property
    def current(self) -> Revision | None:
        """The revision that serves or served last; the newest when none ever did."""
        for revision in self.revisions:
            if revision.number == self.service.active_revision:
                return revision
        return self.revisions[-1] if self.revisions else None

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(each.number for each in self.revisions)

    @property
    def engine(self) -> str:
        """Engine that the current revision is staged for; not the one it is on if a move to another engine failed."""
        return self.current.request.engine if self.current else self.service.engine


class _OwnLeases:
    """The leases that this process works under. Those whose row could not be removed, on a full disk say, are not among
    them, so that they do not block their service for as long as the process lives."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def take(self, key: tuple[str, str], *, exclusive: bool = False) -> bool:
        """False, and nothing done, when `alone` and somebody holds it."""
        with self._lock:
            if exclusive and self._counts[key]:
                return False
            self._counts[key] += 1
            return True

    def give_back(self, key: tuple[str, str]) -> None:
        with self._lock:
            self._counts[key] -= 1
            if self._counts[key] <= 0:
                del self._counts[key]

    def holds(self, key: tuple[str, str]) -> bool:
        with self._lock:
            return key in self._counts


_held = _OwnLeases()


class Ledger:
    """Reads and writes rows; knows nothing of engines or files."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def all(self) -> list[ServiceRows]:
        """Every service, by name."""
        with self.store.read() as connection:
            return self._rows_of(connection, "")

    def one(self, name: str) -> ServiceRows | None:
        with self.store.read() as connection:
            return next(iter(self._rows_of(connection, name)), None)

    def require(self, name: str) -> ServiceRows:
        """Raises ServiceNotFound, which names the services of an endpoint that has the name."""
        if (rows := self.one(name)) is None:
            raise ServiceNotFound.of_name(name, self._services_of_endpoint(name) or [])
        return rows

    def _rows_of(self, connection: sqlite3.Connection, name: str) -> list[ServiceRows]:
        only = {"name": name}
        services = [service_of(row, self.store.path.parent) for row in connection.execute(_SERVICES, only)]
        models: dict[tuple[str, int], list[str]] = {}
        for row in connection.execute(_MODELS, only):
            models.setdefault((row["service"], row["revision"]), []).append(f"{row['name']}:{row['version']}")
        revisions: dict[str, list[Revision]] = {}
        for row in connection.execute(_REVISIONS, only):
            used = models.get((row["service"], row["revision"]), [])
            revisions.setdefault(row["service"], []).append(_revision(row, used))
        intents = {row["service"]: Intent(**dict(row)) for row in connection.execute(_INTENTS, only)}
        return [
            ServiceRows(service, tuple(revisions.get(service.name, ())), intents.get(service.name))
            for service in services
        ]

    def without_handle(self) -> list[tuple[str, str]]:
        """Name and engine of each service that nothing is known to run of; reads no revisions."""
        with self.store.read() as connection:
            rows = connection.execute("SELECT name, engine FROM services WHERE handle IS NULL ORDER BY name")
            return [(row["name"], row["engine"]) for row in rows]

    def intents(self) -> list[Intent]:
        with self.store.read() as connection:
            return [Intent(**dict(row)) for row in connection.execute("SELECT * FROM intents ORDER BY begun")]

    def claim(self, name: str, verb: str) -> Intent:
        """Take the lease of a service, before anything is done to it.

        A lease whose holder is gone is not taken here: what it began must be finished or rolled back first.
        Raises ScoredockError `service-busy`.
        """
        me = own_identity()
        intent = Intent(name, verb, 0, "", me.pid, me.started, time.time())
        # Ending a service must also work on a full disk: it is what frees it.
        write = self.store.write_when_full if verb in ("stop", "delete") else self.store.write
        _held.take(self._key(name))
        try:
            with write() as connection:
                row = connection.execute("SELECT * FROM intents WHERE service = ?", (name,)).fetchone()
                if row is not None:
                    change = intent_text(row["verb"])
                    message = l10n.t(
                        "Another change of the service {name} is under way ({verb}).", name=name, verb=change
                    )
                    raise ServiceBusy(message, details={"verb": row["verb"], "phase": row["phase"]})
                connection.execute(
                    "INSERT INTO intents (service, verb, revision, phase, writer_pid, writer_started, begun) VALUES (?,"
                    " ?, ?, ?, ?, ?, ?)",
                    (name, verb, 0, "", me.pid, me.started, intent.begun),
                )
        except BaseException:
            _held.give_back(self._key(name))
            raise
        return intent

    def in_use(self, intent: Intent) -> bool:
        """True if somebody still works under this lease: its process runs and, when it is this one, has not let go."""
        writer = writer_of(intent)
        return writer.alive() and (writer.pid != os.getpid() or _held.holds(self._key(intent.service)))

    def take_over(self, intent: Intent) -> bool:
        """Take the lease of a holder that is gone; False when somebody else was faster."""
        me = own_identity()
        if not _held.take(self._key(intent.service), exclusive=True):
            return False
        is_ours = False
        try:
            with self.store.write_when_full() as connection:
                changed = connection.execute(
                    "UPDATE intents SET writer_pid = ?, writer_started = ? WHERE service = ? AND writer_pid = ? AND"
                    " writer_started = ?",
                    (me.pid, me.started, intent.service, intent.writer_pid, intent.writer_started),
                )
                is_ours = changed.rowcount == 1
        finally:
            if not is_ours:
                _held.give_back(self._key(intent.service))
        return is_ours

    def release(self, intent: Intent) -> None:
        """Give a lease back that was claimed or taken over; harmless when a change gave it back with its state and
        somebody else has it by now. When the store refuses that, its row is known to be abandoned all the same."""
        try:
            with self.store.write_when_full() as connection:
                connection.execute(
                    "DELETE FROM intents WHERE service = ? AND begun = ?", (intent.service, intent.begun)
                )
        finally:
            _held.give_back(self._key(intent.service))

    def _key(self, name: str) -> tuple[str, str]:
        return str(self.store.path), name

    # ------------------------------------------------------------------------------------------ revisions and states

    def next_revision(self, name: str) -> int:
        """The number that the next revision of a service will have."""
        with self.store.read() as connection:
            row = connection.execute("SELECT last_revision FROM services WHERE name = ?", (name,)).fetchone()
        return (int(row["last_revision"]) if row else 0) + 1

    def begin(self, request: DeployRequest, plan: Plan, *, serving: bool, above: int = 0) -> int:
        """The row of a new revision (and of its service), before anything is staged. Gives the revision's number.

        `serving`: an older revision goes on serving meanwhile, so the state stays. `above`: the highest number that a
        cluster has of it, where another machine may have made revisions. Raises `model-not-found` or
        `asset-not-found` when a model or the environment was deleted since it was planned.
        """
        now = time.time()
        with self.store.write() as connection:
            for model in plan.models:
                if not connection.execute(
                    "SELECT 1 FROM model_versions WHERE name = ? AND version = ? AND deleted IS NULL",
                    (model.name, model.version),
                ).fetchone():
                    raise ModelNotFound(l10n.t("The model {id} was deleted meanwhile.", id=model.id))
            if plan.spec.registered_environment:
                environment, _, version = plan.spec.registered_environment.partition(":")
                if not connection.execute(
                    "SELECT 1 FROM assets WHERE kind = 'environment' AND name = ? AND version = ? AND deleted IS NULL",
                    (environment, int(version)),
                ).fetchone():
                    message = l10n.t(
                        "The environment {registered_environment} was deleted meanwhile.",
                        registered_environment=plan.spec.registered_environment,
                    )
                    raise ScoredockError("asset-not-found", message)
            row = connection.execute(
                "SELECT last_revision, state FROM services WHERE name = ?", (plan.service,)
            ).fetchone()
            revision = max(row["last_revision"] if row else 0, above) + 1
            if not serving:
                _notes().note_begin(connection, plan.service)
            tags = json.dumps(dict(request.tags))
            if row is None:
                connection.execute(
                    "INSERT INTO services (name, engine, state, phase, active_revision, last_revision, created,"
                    " updated, description, tags) VALUES (?, ?, 'Transitioning', 'staging', 0, ?, ?, ?, ?, ?)",
                    (plan.service, request.engine, revision, now, now, request.description, tags),
                )
            else:
                connection.execute(
                    "UPDATE services SET engine = ?, last_revision = ?, updated = ?, description = ?, tags = ?, phase ="
                    " 'staging' WHERE name = ?",
                    (request.engine, revision, now, request.description, tags, plan.service),
                )
                if not serving:
                    connection.execute(
                        "UPDATE services SET state = 'Transitioning', failure = NULL, handle = NULL WHERE name = ?",
                        (plan.service,),
                    )
            resolved = replace(
                request,
                models=tuple(model.id for model in plan.models),
                environment=request.environment and (plan.spec.registered_environment or request.environment),
            )
            connection.execute(
                "INSERT INTO revisions (service, revision, request, environment_key, python, created) VALUES (?, ?, ?,"
                " '', '', ?)",
                (plan.service, revision, revision_to_text(resolved, plan.spec, origin=plan.origin), now),
            )
            connection.executemany(
                "INSERT INTO revision_models (service, revision, position, name, version) VALUES (?, ?, ?, ?, ?)",
                [
                    (plan.service, revision, position, each.name, each.version)
                    for position, each in enumerate(plan.models)
                ],
            )
            connection.execute(
                "UPDATE intents SET revision = ?, phase = 'staging' WHERE service = ?", (revision, plan.service)
            )
        _log.info("service %s: revision %d begins", plan.service, revision)
        return revision

    def refuse(self, request: DeployRequest, failure: Mapping[str, Any]) -> None:
        """The row of a service of which nothing was made, as Failed."""
        now = time.time()
        tags = json.dumps(dict(request.tags))
        with self.store.write() as connection:
            connection.execute(
                "INSERT INTO services (name, engine, state, phase, active_revision, last_revision, created, updated,"
                " description, tags, failure) VALUES (?, ?, 'Failed', '', 0, 0, ?, ?, ?, ?, ?) ON CONFLICT(name) DO"
                " UPDATE SET updated = excluded.updated, failure = excluded.failure, state = 'Failed'",
                (request.name, request.engine, now, now, request.description, tags, json.dumps(failure)),
            )

    def describe(self, name: str, request: DeployRequest) -> None:
        """Description, tags and properties of a request become those of the service; nothing is started anew."""
        current = self.require(name).current
        with self.store.write() as connection:
            connection.execute(
                "UPDATE services SET description = ?, tags = ?, updated = ? WHERE name = ?",
                (request.description, json.dumps(dict(request.tags)), time.time(), name),
            )
            if current is not None:
                text = revision_to_text(request, current.spec, is_reload=current.is_reload, origin=current.origin)
                connection.execute(
                    "UPDATE revisions SET request = ? WHERE service = ? AND revision = ?", (text, name, current.number)
                )

    def begin_reload(self, current: Revision, origin: Origin) -> int:
        """The row of a revision that differs from the one that serves in its files only. Gives its number."""
        now, name = time.time(), current.service
        text = revision_to_text(current.request, current.spec, is_reload=True, origin=origin)
        with self.store.write() as connection:
            row = connection.execute("SELECT last_revision FROM services WHERE name = ?", (name,)).fetchone()
            revision = int(row["last_revision"]) + 1
            connection.execute(
                "UPDATE services SET last_revision = ?, updated = ?, phase = 'staging' WHERE name = ?",
                (revision, now, name),
            )
            connection.execute(
                "INSERT INTO revisions (service, revision, request, environment_key, python, created) VALUES (?, ?, ?,"
                " ?, ?, ?)",
                (name, revision, text, current.environment_key, current.python, now),
            )
            connection.execute(
                "INSERT INTO revision_models (service, revision, position, name, version)"
                " SELECT service, ?, position, name, version FROM revision_models WHERE service = ? AND revision = ?",
                (revision, name, current.number),
            )
            connection.execute("UPDATE intents SET revision = ?, phase = 'staging' WHERE service = ?", (revision, name))
        return revision

    def set_phase(self, name: str, phase: str) -> None:
        """The next step of a change under way, in its lease and for people."""
        with self.store.write() as connection:
            connection.execute("UPDATE intents SET phase = ? WHERE service = ?", (phase, name))
            connection.execute("UPDATE services SET phase = ?, updated = ? WHERE name = ?", (phase, time.time(), name))

    def set_environment(self, name: str, revision: int, key: str, python: str) -> None:
        with self.store.write() as connection:
            connection.execute(
                "UPDATE revisions SET environment_key = ?, python = ? WHERE service = ? AND revision = ?",
                (key, python, name, revision),
            )

    def set_origin(self, revision: Revision, origin: Origin) -> None:
        """Records the origin of a revision whose row was already written."""
        key = (revision.service, revision.number)
        with self.store.write_when_full() as connection:
            row = connection.execute("SELECT request FROM revisions WHERE service = ? AND revision = ?", key).fetchone()
            if row is not None:
                connection.execute(
                    "UPDATE revisions SET request = ? WHERE service = ? AND revision = ?",
                    (with_origin(row["request"], origin), *key),
                )

    def set_state(
        self,
        name: str,
        state: str,
        phase: str = "",
        *,
        port: int | None = None,
        handle: Handle | None = _UNCHANGED,
        failure: Mapping[str, Any] | None = _UNCHANGED,
        active_revision: int = _UNCHANGED,
        engine: str = "",
        looked_at: ServiceRecord | None = None,
        release: bool = False,
    ) -> bool:
        """The one place where a state is recorded; logs old → new.

        `looked_at`, for what was seen without the lease: the row that says where to look. Nothing happens (and False is
        returned) while a change of the service is under way, whose writer knows better, or when the row has been
        written since. `release` gives the lease back in the same transaction.
        """
        values: dict[str, Any] = {"state": state, "phase": phase, "updated": time.time(), "port": port or _UNCHANGED}
        values |= {"engine": engine or _UNCHANGED, "active_revision": active_revision}
        values["failure"] = json.dumps(failure) if isinstance(failure, Mapping) else failure
        values = {column: value for column, value in values.items() if value is not _UNCHANGED}
        # The end of a change frees what it held, and is worth the reserve.
        with self.store.write_when_full() if release else self.store.write() as connection:
            row = connection.execute("SELECT * FROM services WHERE name = ?", (name,)).fetchone()
            if row is None:
                return False
            before = service_of(row, self.store.path.parent)
            lease = connection.execute("SELECT 1 FROM intents WHERE service = ?", (name,)).fetchone()
            if looked_at is not None and (lease or not same_row(looked_at, before)):
                return False
            if handle is not _UNCHANGED or (port and port != before.port):
                values["handle"] = handle_text(before, before.handle if handle is _UNCHANGED else handle, port)
            revision = active_revision if active_revision is not _UNCHANGED else 0
            _notes().note_state(connection, row, state, revision, port, is_seen=looked_at is not None)
            columns = ", ".join(f"{column} = ?" for column in values)
            connection.execute(f"UPDATE services SET {columns} WHERE name = ?", (*values.values(), name))  # noqa: S608 (column names are ours)
            if release:
                connection.execute("DELETE FROM intents WHERE service = ?", (name,))
        if row["state"] != state:
            _log.info("service %s: %s -> %s", name, row["state"], state)
        return True

    def drop_revision(self, name: str, revision: int) -> None:
        with self.store.write() as connection:
            connection.execute("DELETE FROM revisions WHERE service = ? AND revision = ?", (name, revision))

    def forget(self, name: str) -> None:
        """Every row of a service and its lease, when its files are gone."""
        with self.store.write_when_full() as connection:
            _notes().note_deleted(connection, name)
            connection.execute("DELETE FROM services WHERE name = ?", (name,))
            connection.execute("DELETE FROM intents WHERE service = ?", (name,))
        _log.info("service %s: deleted", name)

    def require_no_endpoint(self, name: str) -> None:
        """Raises ScoredockError `endpoint-exists`, but for a service that is a version of the endpoint."""
        services = self._services_of_endpoint(name)
        if services is not None and name not in services:
            raise ScoredockError("endpoint-exists", l10n.t("The workspace has an endpoint {name} already.", name=name))

    def _services_of_endpoint(self, name: str) -> list[str] | None:
        with self.store.read() as connection:
            row = connection.execute("SELECT content FROM endpoints WHERE name = ?", (name,)).fetchone()
        return [each["service"] for each in json.loads(row["content"])["versions"]] if row is not None else None

    def add_notice(self, service: str, code: str, message: str) -> Notice:
        now = time.time()
        with self.store.write() as connection:
            connection.execute(
                "INSERT INTO notices (service, code, message, created) VALUES (?, ?, ?, ?)",
                (service, code, message, now),
            )
        return Notice(service, code, message, now)

    def take_notices(self) -> list[Notice]:
        """Notices that nobody was shown yet, oldest first; they count as shown from now on."""
        with self.store.read() as connection:
            if not connection.execute("SELECT 1 FROM notices WHERE told IS NULL").fetchone():
                return []
        with self.store.write() as connection:
            rows = connection.execute("SELECT * FROM notices WHERE told IS NULL ORDER BY id").fetchall()
            connection.execute("UPDATE notices SET told = ? WHERE told IS NULL", (time.time(),))
            connection.execute("DELETE FROM notices WHERE told < ?", (time.time() - 30 * 86_400,))
        return [Notice(row["service"], row["code"], row["message"], row["created"]) for row in rows]


def _notes() -> ModuleType:
    """For the audit log; who only looks needs none of it."""
    return import_module("scoredock.services.ledger_notes")


def writer_of(intent: Intent) -> Identity:
    return Identity(intent.writer_pid, intent.writer_started)


def _revision(row: sqlite3.Row, models: list[str]) -> Revision:
    return revision_from_text(
        row["request"],
        service=row["service"],
        number=row["revision"],
        models=tuple(models),
        environment_key=row["environment_key"],
        python=row["python"],
        created=row["created"],
    )
