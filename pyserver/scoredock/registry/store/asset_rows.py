"""Datasets, environments and images in and out of the tables: SQL without rules."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from scoredock.registry.records import AssetRecord, ModelFile
from scoredock.registry.store.rows import metadata_from_json, only_kept

_COLUMNS = "a.kind, a.name, a.version, a.description, a.tags, a.created, a.created_by, a.content, a.deleted"


def select(connection: sqlite3.Connection, where: str, values: Sequence[object] = ()) -> list[AssetRecord]:
    """The records for which a condition over `assets a` holds, by kind, name and newest version."""
    files: dict[tuple[str, str, int], list[ModelFile]] = defaultdict(list)
    for row in connection.execute(
        "SELECT f.kind, f.name, f.version, f.path, f.size, f.sha256 FROM asset_files f JOIN assets a"  # noqa: S608 (fixed text)
        f" ON a.kind = f.kind AND a.name = f.name AND a.version = f.version WHERE {where} ORDER BY f.path",
        values,
    ):
        files[row[0], row[1], row[2]].append(ModelFile(row[3], row[4], row[5]))
    cursor = connection.execute(
        f"SELECT {_COLUMNS} FROM assets a WHERE {where}"  # noqa: S608 (fixed text)
        " ORDER BY a.kind, a.name COLLATE NOCASE, a.name, a.version DESC",
        values,
    )
    return [
        AssetRecord(
            kind=row["kind"],
            name=row["name"],
            version=row["version"],
            description=row["description"],
            tags=json.loads(row["tags"]),
            created=row["created"],
            created_by=row["created_by"],
            content=json.loads(row["content"]),
            files=tuple(files.get((row["kind"], row["name"], row["version"]), ())),
            deleted=row["deleted"],
        )
        for row in cursor
    ]


def one(connection: sqlite3.Connection, kind: str, name: str, version: int | None) -> AssetRecord | None:
    """A version, in the trash or not; the newest live one when no number is given."""
    if version is not None:
        records = select(connection, "a.kind = ? AND a.name = ? AND a.version = ?", (kind, name, version))
    else:
        records = select(
            connection,
            "a.kind = ? AND a.name = ? AND a.version = (SELECT max(b.version) FROM assets b"
            " WHERE b.kind = a.kind AND b.name = a.name AND b.deleted IS NULL)",
            (kind, name),
        )
    return records[0] if records else None


def next_version(connection: sqlite3.Connection, kind: str, name: str) -> int:
    """The number that the next version of a name gets; numbers of purged versions are not given again."""
    row = connection.execute(
        "SELECT last_version FROM asset_names WHERE kind = ? AND name = ?", (kind, name)
    ).fetchone()
    return 1 if row is None else int(row[0]) + 1


def insert(connection: sqlite3.Connection, record: AssetRecord) -> None:
    """Add a version and raise the last number of its name."""
    key = (record.kind, record.name, record.version)
    connection.execute(
        "INSERT INTO asset_names(kind, name, last_version) VALUES(?, ?, ?)"
        " ON CONFLICT(kind, name) DO UPDATE SET last_version = max(last_version, excluded.last_version)",
        key,
    )
    connection.execute(
        "INSERT INTO assets(kind, name, version, description, tags, created, created_by, content, deleted)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *key,
            record.description,
            json.dumps(dict(record.tags), ensure_ascii=False),
            record.created,
            record.created_by,
            json.dumps(dict(record.content), ensure_ascii=False),
            record.deleted,
        ),
    )
    connection.executemany(
        "INSERT INTO asset_files(kind, name, version, path, size, sha256) VALUES(?, ?, ?, ?, ?, ?)",
        [(*key, file.path, file.size, file.sha256) for file in record.files],
    )


def change(connection: sqlite3.Connection, record: AssetRecord) -> None:
    """Write what may change of a version: description, tags, content, whether it lies in the trash."""
    connection.execute(
        "UPDATE assets SET description = ?, tags = ?, content = ?, deleted = ?"
        " WHERE kind = ? AND name = ? AND version = ?",
        (
            record.description,
            json.dumps(dict(record.tags), ensure_ascii=False),
            json.dumps(dict(record.content), ensure_ascii=False),
            record.deleted,
            record.kind,
            record.name,
            record.version,
        ),
    )


def purge(connection: sqlite3.Connection, record: AssetRecord) -> None:
    """Remove a version for ever; the last number of its name stays, so that it is not reused."""
    key = (record.kind, record.name, record.version)
    for table in ("asset_files", "assets"):
        connection.execute(f"DELETE FROM {table} WHERE kind = ? AND name = ? AND version = ?", key)  # noqa: S608


def images_with(connection: sqlite3.Connection, model: str) -> list[str]:
    """Live images that name a model (`name:version`), sorted."""
    return sorted(
        f"{name}:{version}"
        for name, version, content in connection.execute(
            "SELECT name, version, content FROM assets WHERE kind = 'image' AND deleted IS NULL"
        )
        if model in (json.loads(content).get("models") or ())
    )


def users(connection: sqlite3.Connection, *, trash: bool = False) -> dict[tuple[str, str], list[str]]:
    """(kind, `name:version`) → names of who uses it, sorted; see `users_by_noun`."""
    found = users_by_noun(connection, trash=trash)
    return {key: sorted(name for names in nouns.values() for name in names) for key, nouns in found.items()}


def kept_revisions_using(connection: sqlite3.Connection, kind: str, id: str) -> dict[str, list[int]]:
    """Names of the services that use an environment or image only in revisions that they do not serve now → those
    revisions."""
    revisions = connection.execute(
        "SELECT r.service, r.revision, s.active_revision, r.request FROM revisions r JOIN services s"
        " ON s.name = r.service ORDER BY r.service, r.revision"
    )
    return only_kept(
        (service, revision, active)
        for service, revision, active, request in revisions
        if _named(json.loads(request), kind) == id
    )


def _named(request: Mapping[str, Any], kind: str) -> str:
    """The environment or image that the request of a revision names; empty for none."""
    if kind == "environment":
        return (request.get("resolved") or {}).get("registered_environment") or ""
    return request.get("image") or ""


def users_by_noun(connection: sqlite3.Connection, *, trash: bool = False) -> dict[tuple[str, str], dict[str, set[str]]]:
    """(kind, `name:version`) → `model`, `service` or `image` → names: models that name a dataset, services with a kept
    revision and images that name an environment. With `trash` the models and images that lie there count as well.
    """
    used: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    live = "" if trash else " AND deleted IS NULL"
    for name, version, details in connection.execute(
        f"SELECT name, version, details FROM model_versions WHERE details LIKE '%dataset%'{live}"  # noqa: S608 (fixed text)
    ):
        known = metadata_from_json(details)
        for dataset in (known.sample_input_dataset, known.sample_output_dataset, *(each for _, each in known.datasets)):
            if dataset:
                used["dataset", dataset]["model"].add(f"{name}:{version}")
    for service, request in connection.execute("SELECT service, request FROM revisions"):
        document = json.loads(request)
        for kind in ("environment", "image"):
            if named := _named(document, kind):
                used[kind, named]["service"].add(service)
    for name, version, content in connection.execute(
        f"SELECT name, version, content FROM assets WHERE kind = 'image'{live}"  # noqa: S608 (fixed text)
    ):
        environment = json.loads(content).get("environment")
        if environment:
            used["environment", environment]["image"].add(f"{name}:{version}")
    return used
