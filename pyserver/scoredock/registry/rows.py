"""Model versions in and out of the tables: the SQL of the registry, without rules."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from scoredock.registry.grammar import LabelFilter
from scoredock.registry.records import ModelFile, ModelVersion

_COLUMNS = "v.name, v.version, v.description, v.framework, v.framework_version, v.created, v.created_by, v.is_folder, v.deleted"


def select(
    connection: sqlite3.Connection,
    *,
    name: str = "",
    version: int | None = None,
    tags: Sequence[LabelFilter] = (),
    properties: Sequence[LabelFilter] = (),
    latest: bool = False,
    include_deleted: bool = False,
) -> list[ModelVersion]:
    """The versions that meet all conditions: by name without regard to case, newest first."""
    conditions: list[str] = []
    values: list[str | int] = []
    if name:
        conditions.append("v.name = ?")
        values.append(name)
    if version is not None:
        conditions.append("v.version = ?")
        values.append(version)
    if not include_deleted:
        conditions.append("v.deleted IS NULL")
    if latest:
        conditions.append(
            "v.version = (SELECT max(w.version) FROM model_versions w WHERE w.name = v.name AND w.deleted IS NULL)"
        )
    for kind, filters in (("tag", tags), ("property", properties)):
        for wanted in filters:
            value = "" if wanted.value is None else " AND l.value = ?"
            # The inner query runs once and walks the index of labels; a correlated one would run once per version.
            labelled = f"SELECT l.name, l.version FROM model_labels l WHERE l.kind = ? AND l.key = ?{value}"  # noqa: S608
            conditions.append(f"(v.name, v.version) IN ({labelled})")
            values += [kind, wanted.key] if wanted.value is None else [kind, wanted.key, wanted.value]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    chosen = f"SELECT {_COLUMNS} FROM model_versions v{where}"  # noqa: S608 (fixed text)
    # Plain tuples: sqlite3.Row costs more than all the rest for ten thousand versions.
    cursor = connection.cursor()
    cursor.row_factory = None
    rows = cursor.execute(chosen, values).fetchall()
    narrow = len(rows) <= 100
    files: dict[tuple[str, int], list[ModelFile]] = defaultdict(list)
    labels: dict[tuple[str, int], tuple[dict[str, str], dict[str, str]]] = {}
    keys = [(row[0], row[1]) for row in rows]
    for found, number, path, size, digest in _of_versions(cursor, "model_files", "path, size, sha256", keys, narrow):
        files[found, number].append(ModelFile(path, size, digest))
    for found, number, kind, key, value in _of_versions(cursor, "model_labels", "kind, key, value", keys, narrow):
        labels.setdefault((found, number), ({}, {}))[kind == "property"][key] = value
    versions = []
    for found, number, description, framework, framework_version, created, created_by, is_folder, deleted in rows:
        tagged, having = labels.get((found, number)) or ({}, {})
        versions.append(
            ModelVersion(
                found,
                number,
                description,
                tagged,
                having,
                framework,
                framework_version,
                created,
                created_by,
                tuple(files[found, number]),
                bool(is_folder),
                deleted,
            )
        )
    versions.sort(key=lambda model: (model.name.casefold(), model.name, -model.version))
    return versions


def _of_versions(
    cursor: sqlite3.Cursor, table: str, columns: str, keys: Sequence[tuple[str, int]], narrow: bool
) -> list[tuple[Any, ...]]:
    """Rows of the versions in `keys`, or of all versions when there are too many keys to name them."""
    query = f"SELECT name, version, {columns} FROM {table}"  # noqa: S608 (fixed text)
    if not narrow:
        return cursor.execute(f"{query} ORDER BY name, version").fetchall()
    found: list[tuple[Any, ...]] = []
    for key in keys:
        found += cursor.execute(f"{query} WHERE name = ? AND version = ? ORDER BY 3, 4", key).fetchall()
    return found


def next_version(connection: sqlite3.Connection, name: str) -> int:
    """The number that the next version of a name gets."""
    row = connection.execute("SELECT last_version FROM models WHERE name = ?", (name,)).fetchone()
    return 1 if row is None else int(row[0]) + 1


def insert(connection: sqlite3.Connection, model: ModelVersion) -> None:
    """Add a version and raise the last number of its name."""
    key = (model.name, model.version)
    connection.execute(
        "INSERT INTO models(name, last_version) VALUES(?, ?)"
        " ON CONFLICT(name) DO UPDATE SET last_version = max(last_version, excluded.last_version)",
        key,
    )
    connection.execute(
        "INSERT INTO model_versions(name, version, description, framework, framework_version, created, created_by, is_folder, deleted)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *key,
            model.description,
            model.framework,
            model.framework_version,
            model.created,
            model.created_by,
            int(model.is_folder),
            model.deleted,
        ),
    )
    connection.executemany(
        "INSERT INTO model_files(name, version, path, size, sha256) VALUES(?, ?, ?, ?, ?)",
        [(*key, file.path, file.size, file.sha256) for file in model.files],
    )
    put_labels(connection, model, "tag", model.tags)
    put_labels(connection, model, "property", model.properties)


def put_labels(connection: sqlite3.Connection, model: ModelVersion, kind: str, labels: Mapping[str, str]) -> None:
    """Set labels, replacing those of the same key."""
    connection.executemany(
        "INSERT INTO model_labels(name, version, kind, key, value) VALUES(?, ?, ?, ?, ?)"
        " ON CONFLICT(name, version, kind, key) DO UPDATE SET value = excluded.value",
        [(model.name, model.version, kind, key, value) for key, value in labels.items()],
    )


def purge(connection: sqlite3.Connection, model: ModelVersion) -> None:
    """Remove a version for ever; the last number of its name stays, so that it is not reused."""
    for table in ("model_labels", "model_files", "model_versions"):
        connection.execute(f"DELETE FROM {table} WHERE name = ? AND version = ?", (model.name, model.version))  # noqa: S608


def services_using(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """`name:version` → names of the services with a kept revision that uses it, sorted."""
    used: dict[str, list[str]] = {}
    for name, version, service in connection.execute(
        "SELECT DISTINCT name, version, service FROM revision_models ORDER BY service"
    ):
        used.setdefault(f"{name}:{version}", []).append(service)
    return used
