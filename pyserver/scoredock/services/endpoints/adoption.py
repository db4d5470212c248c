"""Endpoints beside their rows: what a file in the router's folder says of one, for a store that is made anew."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from pathlib import Path

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.engines.handle import ROUTERS_FOLDER
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.store.durable import replace_file
from scoredock.services.endpoints.record import EndpointRecord, endpoint_from_text, endpoint_to_text
from scoredock.services.lifecycle import adoption
from scoredock.services.request import require_service_name

ENDPOINT_FILE = "endpoint.json"
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class _EndpointFile:
    """Values of the row of an endpoint."""

    endpoint: EndpointRecord
    running: bool
    created: float


def keep_endpoint(folder: Path, endpoint: EndpointRecord, running: bool, created: float) -> None:
    """Writes the endpoint's row into its router's folder, unless it is there already. Raises OSError."""
    fields = {"endpoint": json.loads(endpoint_to_text(endpoint)), "running": running, "created": created}
    text = json.dumps(fields, ensure_ascii=False, indent=1).encode()
    path = folder / ENDPOINT_FILE
    with contextlib.suppress(OSError):
        if path.read_bytes() == text:
            return
    make_private(folder)
    replace_file(path, text)


def adopt(
    connection: sqlite3.Connection, workspace: Path, old: sqlite3.Connection | None, *, fresh: bool = True
) -> list[str]:
    """Services, and then the endpoints that have no rows; a sentence for each. See `registry.rebuild.Adopt`."""
    sentences = adoption.adopt(connection, workspace, old, fresh=fresh)
    have = {row[0] for row in connection.execute("SELECT name FROM endpoints")}
    folder = workspace / ROUTERS_FOLDER
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        kept = None if each.name in have or each.is_symlink() else _kept(each)
        if kept is None:
            continue
        connection.execute(
            "INSERT INTO endpoints (name, content, handle, running, created, updated) VALUES (?, ?, NULL, ?, ?, ?)",
            (each.name, endpoint_to_text(kept.endpoint), int(kept.running), kept.created, time.time()),
        )
        sentences.append(
            l10n.t("The endpoint {name} was restored with its versions and their traffic.", name=each.name)
        )
    return sentences


def _kept(folder: Path) -> _EndpointFile | None:
    """None for a file that makes no sense, or is none."""
    path = folder / ENDPOINT_FILE
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError, ScoredockError):
        if path.is_symlink() or path.stat().st_size > _LARGEST:
            return None
        raw = json.loads(path.read_text("utf-8"))
        endpoint = endpoint_from_text(json.dumps(raw["endpoint"]))
        require_service_name(endpoint.name)
        if endpoint.name == folder.name and endpoint.version(endpoint.default):
            return _EndpointFile(endpoint, bool(raw["running"]), float(raw["created"]))
    return None
