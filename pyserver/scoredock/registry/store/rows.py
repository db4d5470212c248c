"""Model versions in and out of the tables: the SQL of the registry, without rules."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scoredock.pickles.report import PickleFindings
from scoredock.registry.records import (
    ModelFile,
    ModelMetadata,
    ModelSummary,
    ModelVersion,
    Resources,
    RunSource,
    SourceControl,
    Tensor,
)
from scoredock.registry.store import aliases

_COLUMNS = (
    "v.name, v.version, v.description, v.framework, v.framework_version, v.created, v.created_by, v.is_folder,"
    " v.size, v.file_count, v.digest, v.run_id, v.experiment, v.pickle, v.deleted, v.labels,"
    " (SELECT group_concat(a.alias, char(10)) FROM model_aliases a WHERE a.name = v.name AND a.version = v.version)"
)
BY_NAME = "v.name COLLATE NOCASE, v.name, v.version DESC"


def summaries(
    connection: sqlite3.Connection,
    where: str = "v.deleted IS NULL",
    values: Sequence[object] = (),
    *,
    order: str = BY_NAME,
    limit: int = -1,
    offset: int = 0,
) -> list[ModelSummary]:
    """The versions for which a condition over `model_versions v` holds, without their files."""
    cursor = _plain(connection)
    if limit < 0 and offset == 0:
        query = f"SELECT {_COLUMNS} FROM model_versions v WHERE {where} ORDER BY {order}"  # noqa: S608 (fixed text)
        return _summaries(cursor.execute(query, values).fetchall())
    # First which, then what: sorting would drag the columns of all versions along.
    query = f"SELECT v.name, v.version FROM model_versions v WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608
    keys = cursor.execute(query, (*values, limit, offset)).fetchall()
    found = {(each.name, each.version): each for each in named(connection, keys)}
    return [found[key] for key in keys]


def named(connection: sqlite3.Connection, keys: Sequence[tuple[str, int]]) -> list[ModelSummary]:
    """The versions of these names and numbers that there are, in no order."""
    chosen = "SELECT json_extract(value, '$[0]') AS name, json_extract(value, '$[1]') AS version FROM json_each(?)"
    query = (
        f"SELECT {_COLUMNS} FROM ({chosen}) k CROSS JOIN model_versions v ON v.name = k.name AND v.version = k.version"  # noqa: S608 (fixed text)
    )
    return _summaries(_plain(connection).execute(query, (json.dumps(keys),)).fetchall())


def _plain(connection: sqlite3.Connection) -> sqlite3.Cursor:
    """Gives tuples: sqlite3.Row costs more than all the rest for ten thousand versions."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor


def _summaries(rows: Sequence[tuple[Any, ...]]) -> list[ModelSummary]:
    """Rows of `_COLUMNS` as records."""
    labels = json.loads(f"[{','.join([row[-2] for row in rows])}]")  # at once, a third of the time of one by one
    return [_summary(row, each) for row, each in zip(rows, labels, strict=True)]


def _summary(row: tuple[Any, ...], labels: tuple[dict[str, str], dict[str, str]]) -> ModelSummary:
    (
        name,
        version,
        description,
        framework,
        framework_version,
        created,
        created_by,
        is_folder,
        size,
        file_count,
        digest,
        run_id,
        experiment,
        pickle,
        deleted,
        _,
        aliases,
    ) = row
    record = _Unsealed(
        name,
        version,
        description,
        *labels,
        framework,
        framework_version,
        created,
        created_by,
        bool(is_folder),
        size,
        file_count,
        digest,
        tuple(sorted(aliases.split("\n"))) if aliases else (),
        run_id,
        experiment,
        pickle,
        deleted,
    )
    record.__class__ = ModelSummary
    return record  # type: ignore[no-any-return]


# A frozen record is filled field by field through object.__setattr__, which costs ten thousand versions a fifth of the
# time that they may take. Its twin is filled first and then called by its name; both have the same slots.
_Unsealed: Any = dataclasses.make_dataclass(
    "_Unsealed", [(field.name, Any) for field in dataclasses.fields(ModelSummary)], slots=True
)


def summary(connection: sqlite3.Connection, name: str, number: int) -> ModelSummary | None:
    """One version as lists show it, in the trash or not; None when there is none."""
    found = named(connection, [(name, number)])
    return found[0] if found else None


def version(connection: sqlite3.Connection, name: str, number: int) -> ModelVersion | None:
    """One version with everything, in the trash or not; None when there is none."""
    found = summary(connection, name, number)
    return complete(connection, found) if found is not None else None


def complete(connection: sqlite3.Connection, summary: ModelSummary) -> ModelVersion:
    """A listed version with its files and metadata."""
    key = (summary.name, summary.version)
    files = connection.execute(
        "SELECT path, size, sha256 FROM model_files WHERE name = ? AND version = ? ORDER BY path", key
    )
    folders = connection.execute("SELECT path FROM model_folders WHERE name = ? AND version = ? ORDER BY path", key)
    details, consent = connection.execute(
        "SELECT details, consent FROM model_versions WHERE name = ? AND version = ?", key
    ).fetchone()
    return ModelVersion(
        **{field.name: getattr(summary, field.name) for field in dataclasses.fields(ModelSummary)},
        files=tuple(ModelFile(*row) for row in files),
        folders=tuple(row[0] for row in folders),
        metadata=metadata_from_json(details),
        consent=consent,
    )


def trees(connection: sqlite3.Connection) -> list[tuple[str, int, tuple[str, ...]]]:
    """Name, version and file paths of every live version, by name and version."""
    cursor = connection.cursor()
    cursor.row_factory = None
    paths: dict[tuple[str, int], list[str]] = defaultdict(list)
    for name, version, path in cursor.execute(
        "SELECT f.name, f.version, f.path FROM model_files f JOIN model_versions v ON v.name = f.name AND v.version ="
        " f.version WHERE v.deleted IS NULL ORDER BY f.name, f.version, f.path"
    ):
        paths[name, version].append(path)
    return [(name, version, tuple(found)) for (name, version), found in paths.items()]


def next_version(connection: sqlite3.Connection, name: str) -> int:
    """The number that the next version of a name gets."""
    row = connection.execute("SELECT last_version FROM models WHERE name = ?", (name,)).fetchone()
    return 1 if row is None else int(row[0]) + 1


def insert(connection: sqlite3.Connection, model: ModelVersion) -> None:
    """Add a version and raise the last number of its name. Aliases are moved by `move_alias`."""
    key = (model.name, model.version)
    raise_last_version(connection, *key)
    connection.execute(
        "INSERT INTO model_versions(name, version, description, framework, framework_version, created, created_by,"
        " is_folder, size, file_count, digest, run_id, experiment, pickle, details, consent, deleted) VALUES(?, ?, ?,"
        " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *key,
            model.description,
            model.framework,
            model.framework_version,
            model.created,
            model.created_by,
            int(model.is_folder),
            model.size,
            model.file_count,
            model.digest,
            model.run_id,
            model.experiment,
            model.pickle,
            metadata_to_json(model.metadata),
            model.consent,
            model.deleted,
        ),
    )
    connection.executemany(
        "INSERT INTO model_files(name, version, path, size, sha256) VALUES(?, ?, ?, ?, ?)",
        [(*key, file.path, file.size, file.sha256) for file in model.files],
    )
    connection.executemany(
        "INSERT INTO model_folders(name, version, path) VALUES(?, ?, ?)", [(*key, path) for path in model.folders]
    )
    put_labels(connection, model, model.tags, model.properties)


def raise_last_version(connection: sqlite3.Connection, name: str, version: int) -> None:
    """The next version of `name` will be greater than `version`."""
    connection.execute(
        "INSERT INTO models(name, last_version) VALUES(?, ?)"
        " ON CONFLICT(name) DO UPDATE SET last_version = max(last_version, excluded.last_version)",
        (name, version),
    )


def put_labels(
    connection: sqlite3.Connection,
    model: ModelSummary,
    tags: Mapping[str, str],
    properties: Mapping[str, str],
    remove_tags: Sequence[str] = (),
) -> None:
    """Remove tags, then set labels, replacing those of the same key."""
    key = (model.name, model.version)
    connection.executemany(
        "DELETE FROM model_labels WHERE name = ? AND version = ? AND kind = 'tag' AND key = ?",
        [(*key, tag) for tag in remove_tags],
    )
    connection.executemany(
        "INSERT INTO model_labels(name, version, kind, key, value) VALUES(?, ?, ?, ?, ?)"
        " ON CONFLICT(name, version, kind, key) DO UPDATE SET value = excluded.value",
        [
            (*key, kind, *label)
            for kind, labels in (("tag", tags), ("property", properties))
            for label in labels.items()
        ],
    )
    # Not by triggers: JSON functions are not trusted in a schema before SQLite 3.41.
    connection.execute(
        "UPDATE model_versions SET labels = (SELECT json_array("
        "json_group_object(l.key, l.value) FILTER (WHERE l.kind = 'tag'),"
        " json_group_object(l.key, l.value) FILTER (WHERE l.kind = 'property'))"
        " FROM model_labels l WHERE l.name = ?1 AND l.version = ?2) WHERE name = ?1 AND version = ?2",
        key,
    )


def purge(connection: sqlite3.Connection, model: ModelSummary) -> None:
    """Remove a version for ever; the last number of its name stays, so that it is not reused. Aliases go, too."""
    aliases.drop(connection, model.name, model.version)
    for table in ("model_labels", "model_files", "model_folders", "model_versions"):
        connection.execute(f"DELETE FROM {table} WHERE name = ? AND version = ?", (model.name, model.version))  # noqa: S608


def newest_time(connection: sqlite3.Connection) -> float:
    """The newest time that the store tells of anything; 0 for an empty one."""
    found = connection.execute(
        "SELECT max(t) FROM (SELECT max(created) AS t FROM model_versions UNION ALL SELECT max(deleted) FROM"
        " model_versions UNION ALL SELECT max(created) FROM assets UNION ALL SELECT max(deleted) FROM assets)"
    ).fetchone()[0]
    return float(found or 0.0)


def has_trash(connection: sqlite3.Connection) -> bool:
    """True if anything waits there."""
    kinds = ("SELECT 1 FROM model_versions WHERE deleted IS NOT NULL", "SELECT 1 FROM assets WHERE deleted IS NOT NULL")
    return any(connection.execute(f"{each} LIMIT 1").fetchone() for each in kinds)


def deletion_time(connection: sqlite3.Connection) -> float:
    """Time of something that goes to the trash now. Never before what the store knows: with a clock that is behind, it
    would be taken for old, and purged, as soon as the clock is right again.
    """
    return max(time.time(), newest_time(connection))


def services_using(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """`name:version` → names of the services with a kept revision that uses it, sorted."""
    used: dict[str, list[str]] = {}
    for name, version, service in connection.execute(
        "SELECT DISTINCT name, version, service FROM revision_models ORDER BY service"
    ):
        used.setdefault(f"{name}:{version}", []).append(service)
    return used


def kept_revisions_using(connection: sqlite3.Connection, name: str, version: int) -> dict[str, list[int]]:
    """Names of the services that use a version only in revisions that they do not serve now → those revisions."""
    return only_kept(
        connection.execute(
            "SELECT m.service, m.revision, s.active_revision FROM revision_models m JOIN services s"
            " ON s.name = m.service WHERE m.name = ? AND m.version = ?"
            " GROUP BY m.service, m.revision ORDER BY m.service, m.revision",
            (name, version),
        )
    )


def only_kept(users: Iterable[tuple[str, int, int]]) -> dict[str, list[int]]:
    """Revisions that use something, by service, without services that serve one of them; `users` are (service,
    revision, active revision)."""
    used: dict[str, list[int]] = {}
    serving = set()
    for service, revision, active in users:
        used.setdefault(service, []).append(revision)
        if active in (revision, 0):  # 0: none ever served, so that the newest is the one that is started
            serving.add(service)
    return {service: revisions for service, revisions in used.items() if service not in serving}


def metadata_to_json(metadata: ModelMetadata) -> str:
    """JSON for the column `details` and the manifests: only what is not empty."""
    raw = dataclasses.asdict(metadata)
    return json.dumps({key: value for key, value in raw.items() if value and value != _EMPTY[key]}, ensure_ascii=False)


_EMPTY = dataclasses.asdict(ModelMetadata())


def metadata_from_json(text: str) -> ModelMetadata:
    """Metadata from the JSON of `metadata_to_json`. Raises ValueError, KeyError or TypeError for anything else."""
    raw = json.loads(text)
    run, source, pickle_findings = raw.get("run"), raw.get("source"), raw.get("pickle") or {}
    return ModelMetadata(
        resources=Resources(**(raw.get("resources") or {})),
        sample_input_dataset=raw.get("sample_input_dataset", ""),
        sample_output_dataset=raw.get("sample_output_dataset", ""),
        datasets=tuple((scenario, dataset) for scenario, dataset in raw.get("datasets", ())),
        run=RunSource(**run) if run else None,
        source=SourceControl(**source) if source else None,
        recognised=raw.get("recognised", ""),
        inputs=tuple(Tensor(**each) for each in raw.get("inputs", ())),
        outputs=tuple(Tensor(**each) for each in raw.get("outputs", ())),
        pickle=PickleFindings(**{key: tuple(value) for key, value in pickle_findings.items()}),
    )
