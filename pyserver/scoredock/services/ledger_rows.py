"""Rows of the ledger, as plain immutable data."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import field, fields, replace
from pathlib import Path

from scoredock.engines.handle import Handle, handle_from_text, handle_to_text
from scoredock.late_dataclass import dataclass
from scoredock.services.folders import service_folder
from scoredock.state_table import is_callable


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """One service as the ledger knows it. Whether it is alive is asked of its engine."""

    name: str
    engine: str
    state: str
    """One of `engines.base.State`, as last observed."""
    phase: str
    port: int | None
    handle: Handle | None
    """None where nothing runs."""
    active_revision: int
    created: float
    updated: float
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    failure: Mapping[str, object] | None = None
    """`runtime contract.Failure` as JSON, or {cause, message} of a failure before the start."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A change of a service that was begun; a row that outlives its writer is finished or rolled back at the next
    start."""

    service: str
    verb: str
    """deploy, update, stop, start, restart, delete."""
    revision: int
    phase: str
    writer_pid: int
    writer_started: float
    """Process start time of the writer, so that a reused process id is not mistaken for it."""
    begun: float


def same_row(one: ServiceRecord, other: ServiceRecord) -> bool:
    """True if nobody has written the row of a service between the two readings."""
    return (one.created, one.updated, one.handle) == (other.created, other.updated, other.handle)


def handle_text(before: ServiceRecord, handle: Handle | None, port: int | None) -> str | None:
    """The column of a handle that a row gets. It says which port callers knew where that has changed, until the service
    is started once more; an update or a look in between is not a start."""
    if handle is None:
        return None
    former = 0
    if port and before.port and before.port != port:
        former = before.port
    elif before.handle is not None and is_callable(before.state):
        former = before.handle.former_port
    return handle_to_text(replace(handle, former_port=former))


def service_of(row: sqlite3.Row, workspace: Path) -> ServiceRecord:
    """A row of the table of services, in the folder of a workspace."""
    columns = {each.name: row[each.name] for each in fields(ServiceRecord)}
    here = service_folder(workspace, row["name"])
    columns["handle"] = handle_from_text(row["handle"], here) if row["handle"] else None
    columns["tags"] = json.loads(row["tags"])
    columns["failure"] = json.loads(row["failure"]) if row["failure"] else None
    return ServiceRecord(**columns)
