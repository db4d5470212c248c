"""The rows of services from what lies beside them, for a store that is made anew.

Each staged revision has a file that tells what its rows do. A service is taken in as Stopped; when it runs, the next
look of a server finds it and its state follows.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path

from scoredock import l10n
from scoredock.engine_table import DEFAULT_ENGINE
from scoredock.error_codes import CODES
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.store.durable import replace_file
from scoredock.service import ServiceFailure
from scoredock.services.folders import revision_folder
from scoredock.services.ledger import ServiceRows
from scoredock.services.lifecycle.failures import failure_to_json
from scoredock.services.request import require_service_name
from scoredock.services.revision import names_a_spec, revision_to_json
from scoredock.state_table import is_changing

REVISION_FILE = "revision.json"
LARGEST = 16 << 20
_FORMAT = 1
_MODEL = re.compile(r"([a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}):([1-9][0-9]{0,9})")
_ROWS = ("services", "revisions", "revision_models")


def write_revision(workspace: Path, rows: ServiceRows, revision: int) -> None:
    """Writes the rows of a staged revision into a file beside its files. Raises OSError."""
    record = next(each for each in rows.revisions if each.number == revision)
    fields = {
        "format": _FORMAT,
        "service": rows.service.name,
        "revision": revision,
        "engine": rows.service.engine,
        "description": rows.service.description,
        "tags": dict(rows.service.tags),
        "serviceCreated": rows.service.created,
        "created": record.created,
        "models": list(record.models),
        "request": revision_to_json(record.request, record.spec, is_reload=record.is_reload, origin=record.origin),
        "environmentKey": record.environment_key,
        "python": record.python,
    }
    folder = revision_folder(workspace, rows.service.name, revision)
    replace_file(folder / REVISION_FILE, json.dumps(fields, ensure_ascii=False, indent=1).encode())


def adopt(
    connection: sqlite3.Connection, workspace: Path, old: sqlite3.Connection | None, *, fresh: bool = True
) -> list[str]:
    """Add the services that have no rows; a sentence for each. See `registry.rebuild.Adopt`.

    `fresh`: the store was made anew, so a folder of which nothing tells is a service, too; else it is a left-over.
    """
    sentences: list[str] = []
    if old is not None:
        _copy(old, connection)
    have = {row[0] for row in connection.execute("SELECT name FROM services")}
    services = workspace / "services"
    for folder in sorted(services.iterdir()) if services.is_dir() else ():
        name = folder.name
        if name in have or not _is_name(name) or not folder.is_dir() or folder.is_symlink():
            continue
        found = _revisions(folder, name)
        if not found and not fresh:
            continue
        _insert(connection, name, found)
        if found:
            sentences.append(
                l10n.t("The service {service} was restored from its staged files, as stopped.", service=name)
            )
        else:
            sentences.append(
                l10n.t(
                    "The service {service} has files, but what was deployed is not known. Deploy it again.",
                    service=name,
                )
            )
    return sentences


def _copy(old: sqlite3.Connection, connection: sqlite3.Connection) -> None:
    """All services that can be read as a whole, and the last choices; changes under way are not carried."""
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
        for row in old.execute("SELECT * FROM last_deployments").fetchall():
            _put(connection, "last_deployments", dict(row))
    names: list[str] = []
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
        names = [str(row[0]) for row in old.execute("SELECT name FROM services").fetchall()]
    for name in names:
        connection.execute("SAVEPOINT one")
        try:
            for table in _ROWS:
                column = "name" if table == "services" else "service"
                for row in old.execute(f"SELECT * FROM {table} WHERE {column} = ?", (name,)).fetchall():  # noqa: S608 (fixed text)
                    values = dict(row)
                    for key in ("request", "tags", "handle", "failure"):
                        if values.get(key) is not None:
                            json.loads(values[key])
                    if is_changing(str(values.get("state"))):
                        values |= {"state": "Stopped", "phase": ""}
                    _put(connection, table, values)
            connection.execute("RELEASE one")
        except (sqlite3.Error, ValueError):
            connection.execute("ROLLBACK TO one")
            connection.execute("RELEASE one")


def _put(connection: sqlite3.Connection, table: str, values: Mapping[str, object]) -> None:
    columns = ", ".join(values)
    marks = ", ".join("?" for _ in values)
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))  # noqa: S608 (own names)


@dataclass(frozen=True, slots=True)
class _Staged:
    """Values of rows, from the file beside a staged revision."""

    number: int
    models: tuple[tuple[str, int], ...]
    revision: tuple[str, str, str, float]
    """Request, environment key, Python and time, as the columns of `revisions`."""
    service: tuple[str, float, str, str]
    """Engine, time, description and tags, as the columns of `services`."""


def _revisions(folder: Path, name: str) -> list[_Staged]:
    """Staged revisions by their files, the oldest first; files that are not valid are passed over."""
    staged: list[_Staged] = []
    revisions = folder / "revisions"
    for each in revisions.iterdir() if revisions.is_dir() else ():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raw = json.loads(_read(each / REVISION_FILE))
            models = [match.groups() for match in map(_MODEL.fullmatch, raw["models"]) if match]
            if (
                raw["format"] == _FORMAT
                and raw["service"] == name
                and str(int(raw["revision"])) == each.name
                and names_a_spec(raw["request"])
                and len(models) == len(raw["models"])
            ):
                tags = json.dumps(dict(raw["tags"]))
                staged.append(
                    _Staged(
                        number=int(raw["revision"]),
                        models=tuple((model, int(version)) for model, version in models),
                        revision=(
                            json.dumps(raw["request"]),
                            str(raw["environmentKey"]),
                            str(raw["python"]),
                            float(raw["created"]),
                        ),
                        service=(str(raw["engine"]), float(raw["serviceCreated"]), str(raw["description"]), tags),
                    )
                )
    return sorted(staged, key=lambda each: each.number)


def _insert(connection: sqlite3.Connection, name: str, staged: list[_Staged]) -> None:
    newest = staged[-1].number if staged else 0
    engine, created, description, tags = staged[-1].service if staged else (DEFAULT_ENGINE, time.time(), "", "{}")
    failure = None
    if not staged:
        message = l10n.t("What was deployed as {service} was lost with the store of the workspace.", service=name)
        lost = ServiceFailure("deploy-interrupted", message, CODES["deploy-interrupted"].next_step, revision=0)
        failure = json.dumps(failure_to_json(lost))
    connection.execute(
        "INSERT INTO services(name, engine, state, phase, active_revision, last_revision, created, updated,"
        " description, tags, failure) VALUES(?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?)",
        (
            name,
            engine,
            "Stopped" if staged else "Failed",
            newest,
            newest,
            created,
            time.time(),
            description,
            tags,
            failure,
        ),
    )
    for each in staged:
        connection.execute("INSERT INTO revisions VALUES(?, ?, ?, ?, ?, ?)", (name, each.number, *each.revision))
        connection.executemany(
            "INSERT INTO revision_models(service, revision, position, name, version) VALUES(?, ?, ?, ?, ?)",
            [(name, each.number, position, *pair) for position, pair in enumerate(each.models)],
        )


def _is_name(name: str) -> bool:
    try:
        require_service_name(name)
    except ScoredockError:
        return False
    return True


def _read(path: Path) -> str:
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    with open(os.open(path, flags), "rb") as stream:  # noqa: PTH123 (a descriptor)
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError("larger than any such file")
    return content.decode()
