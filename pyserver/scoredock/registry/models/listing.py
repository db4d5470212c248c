"""Pages of versions, of groups of versions and of files: as much as a view shows, found by the store itself."""

from __future__ import annotations

import sqlite3
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.registry.models.conditions import Query, Sql, condition
from scoredock.registry.records import ModelFile, ModelSummary
from scoredock.registry.store import rows

Grouping = Literal["name", "tag", "framework"]
Order = Literal["name", "newest", "largest"]

_VERSIONS = {
    "name": rows.BY_NAME,
    "newest": f"v.created DESC, {rows.BY_NAME}",
    "largest": f"v.size DESC, {rows.BY_NAME}",
}
_TRASH = f"v.deleted DESC, {rows.BY_NAME}"
_KEYS = {
    "name": "v.name",
    "framework": "v.framework",
    "tag": (
        "coalesce((SELECT l.value FROM model_labels l"
        " WHERE l.name = v.name AND l.version = v.version AND l.kind = 'tag' AND l.key = ?), '')"
    ),
}
# The newest of a name is the one with the greatest number, of other groups the last one registered. SQLite takes the
# other columns of a group from the row that holds the maximum.
_NEWEST = {"name": "max(version)", "framework": "max(created)", "tag": "max(created)"}
_RANKS = {"newest": "max(created)", "largest": "max(size)"}


@dataclass(frozen=True, slots=True)
class Page:
    """Versions on a page, and how many there are on all of them."""

    models: tuple[ModelSummary, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Group:
    """Versions of one name, framework or value of a tag."""

    key: str
    versions: int
    newest: ModelSummary
    favourite: bool


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups on a page, and how many there are on all of them."""

    groups: tuple[Group, ...]
    total: int
    versions: int


def versions(connection: sqlite3.Connection, query: Query, order: Order, offset: int, limit: int) -> Page:
    """Versions in order, those of the trash with the last deleted first; a negative limit means all."""
    return _page(connection, condition(query), _TRASH if query.among == "trash" else _VERSIONS[order], offset, limit)


def group(
    connection: sqlite3.Connection,
    query: Query,
    by: Grouping,
    tag: str,
    key: str,
    order: Order,
    offset: int,
    limit: int,
) -> Page:
    """The versions of one group, those of a name newest first."""
    where, values = condition(query)
    found: Sql = (f"{where} AND {_KEYS[by]} = ?", [*values, *([tag] if by == "tag" else []), key])
    return _page(connection, found, _VERSIONS[order], offset, limit)


def _page(connection: sqlite3.Connection, clause: Sql, order: str, offset: int, limit: int) -> Page:
    models = rows.summaries(connection, *clause, order=order, limit=limit, offset=offset)
    if (limit < 0 and offset == 0) or (models and len(models) < limit):
        return Page(tuple(models), offset + len(models))
    total = connection.execute(f"SELECT count(*) FROM model_versions v WHERE {clause[0]}", clause[1]).fetchone()[0]  # noqa: S608
    return Page(tuple(models), total)


def groups(
    connection: sqlite3.Connection, query: Query, by: Grouping, tag: str, order: Order, offset: int, limit: int
) -> Groups:
    """Groups of the versions that are meant, favourite names first, those without the tag or framework last."""
    where, values = condition(query)
    favourite = "EXISTS (SELECT 1 FROM favourites f WHERE f.name = key)" if by == "name" else "0"
    values = [*([tag] if by == "tag" else []), *values]
    matching = (
        f"WITH matching AS MATERIALIZED (SELECT {_KEYS[by]} AS key, v.name, v.version, v.created, v.size"  # noqa: S608
        f" FROM model_versions v WHERE {where}),"
        f" g AS (SELECT key, count(*) AS versions, {_NEWEST[by]}, name, version FROM matching GROUP BY key)"
    )
    rank = _RANKS.get(order)
    ranked = f" JOIN (SELECT key, {rank} AS rank FROM matching GROUP BY key) r USING (key)" if rank else ""  # noqa: S608
    # The versions without the tag or framework are what one looks for last.
    first = "key = '', favourite DESC, rank DESC" if ranked else "key = '', favourite DESC"
    cursor = connection.cursor()
    cursor.row_factory = None
    group_rows = cursor.execute(
        f"{matching} SELECT key, versions, g.name, g.version, {favourite} AS favourite,"  # noqa: S608
        " count(*) OVER (), sum(versions) OVER ()"
        f" FROM g{ranked} ORDER BY {first}, key COLLATE NOCASE, key LIMIT ? OFFSET ?",
        (*values, limit, offset),
    ).fetchall()
    if group_rows:
        total, all_versions = group_rows[0][5:]
    else:
        counting = f"{matching} SELECT count(*), coalesce(sum(versions), 0) FROM g"  # noqa: S608
        total, all_versions = cursor.execute(counting, values).fetchone()
    newest = {
        (each.name, each.version): each for each in rows.named(connection, [(row[2], row[3]) for row in group_rows])
    }
    return Groups(
        tuple(
            Group(key, count, newest[name, version], bool(star)) for key, count, name, version, star, *_ in group_rows
        ),
        total,
        all_versions,
    )


def files(
    connection: sqlite3.Connection, model: ModelSummary, offset: int, limit: int
) -> tuple[tuple[ModelFile, ...], int]:
    """Files of a version by path, and how many there are. A folder that holds nothing ends with a slash and has no
    digest."""
    key = (model.name, model.version)
    file_rows = connection.execute(
        "SELECT path, size, sha256 FROM model_files WHERE name = ? AND version = ?"
        " UNION ALL SELECT path || '/', 0, '' FROM model_folders WHERE name = ? AND version = ?"
        " ORDER BY path LIMIT ? OFFSET ?",
        (*key, *key, limit, offset),
    ).fetchall()
    total = connection.execute(
        "SELECT (SELECT count(*) FROM model_files WHERE name = ? AND version = ?)"
        " + (SELECT count(*) FROM model_folders WHERE name = ? AND version = ?)",
        (*key, *key),
    ).fetchone()[0]
    return tuple(ModelFile(*row) for row in file_rows), total


def file(connection: sqlite3.Connection, model: ModelSummary, path: str) -> ModelFile | None:
    """One file of a version; None when it has none of this path."""
    row = connection.execute(
        "SELECT path, size, sha256 FROM model_files WHERE name = ? AND version = ? AND path = ?",
        (model.name, model.version, path),
    ).fetchone()
    return None if row is None else ModelFile(*row)
