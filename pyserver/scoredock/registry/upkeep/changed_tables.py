"""Tables of a store that are not as we make them, so that a turned bit in the text of one is noticed."""

from __future__ import annotations

import contextlib
import sqlite3
from functools import cache

from scoredock.registry.store.schema import MIGRATIONS
from scoredock.registry.store.store import StoreConnection

Table = tuple[str, str, str, str]
"""Kind (table, index, trigger), name, table that it belongs to, and SQL without white space."""


def tables(connection: sqlite3.Connection) -> frozenset[Table]:
    """Tables, indexes and the like of a store."""
    found = connection.execute(
        "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"
    )
    return frozenset((row[0], row[1], row[2], "".join(row[3].split())) for row in found)


@cache
def tables_of(version: int) -> frozenset[Table]:
    """Tables, indexes and the like that a store of a version has."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None, factory=StoreConnection)) as connection:
        connection.executescript("".join(MIGRATIONS[:version]))
        return tables(connection)


def changed_table(connection: sqlite3.Connection) -> str:
    """The name of a table, index or trigger that a store of today has otherwise than we make it; empty when all are
    right, and for a store of another version. SQLite does not notice a bit that was turned in the text of one, as long
    as it can be read."""
    if connection.execute("PRAGMA user_version").fetchone()[0] != len(MIGRATIONS):
        return ""
    there, right = tables(connection), tables_of(len(MIGRATIONS))
    return min((each[1] for each in there ^ right), default="")
