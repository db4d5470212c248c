"""Aliases: names that point to one version of a model, each move kept with who and when."""

from __future__ import annotations

import sqlite3
import time

from scoredock import l10n
from scoredock.errors import ModelNotFound, ScoredockError
from scoredock.registry.account import user
from scoredock.registry.grammar import printable
from scoredock.registry.records import AliasMove
from scoredock.registry.store import outbox

_MOVE = "name, alias, version, previous, changed, changed_by, kind"


def pointed_to(connection: sqlite3.Connection, name: str, alias: str) -> int | None:
    """Number of the version that an alias points to, in the trash or not; None when there is no such alias."""
    row = connection.execute("SELECT version FROM model_aliases WHERE name = ? AND alias = ?", (name, alias)).fetchone()
    return None if row is None else int(row[0])


def move(connection: sqlite3.Connection, name: str, alias: str, version: int | None) -> AliasMove | None:
    """Point an alias to a version, or take it away (None). None when it is so already, which is not a move."""
    previous = pointed_to(connection, name, alias)
    if previous == version:
        return None
    return _move(connection, name, alias, version, previous, "move")


def step_back(connection: sqlite3.Connection, name: str, alias: str) -> AliasMove:
    """Undo the newest move that was not undone yet; one more call undoes the move before that. It is a move, too.

    Versions that were purged meanwhile are passed over. Raises alias-not-found when there is nothing to undo,
    model-not-found when the version to return to lies in the trash.
    """
    earlier = _places_before(connection, name, alias)
    while earlier:
        version = earlier.pop()
        if version is None or _is_there(connection, name, alias, version):
            return _move(connection, name, alias, version, pointed_to(connection, name, alias), "return")
    raise ScoredockError(
        "alias-not-found",
        l10n.t("There is no move of the alias {alias} of {name} to undo.", alias=printable(alias), name=name),
        l10n.t("Set the alias to the version that is meant."),
    )


def _places_before(connection: sqlite3.Connection, name: str, alias: str) -> list[int | None]:
    """Versions that the alias pointed to before each move that was not undone, the newest move last."""
    places: list[int | None] = []
    for version, previous, kind in map(
        tuple,
        connection.execute(
            "SELECT version, previous, kind FROM alias_history WHERE name = ? AND alias = ? ORDER BY id", (name, alias)
        ),
    ):
        if kind == "move":
            places.append(previous)
        elif kind == "return":
            while places and places.pop() != version:  # it may have passed over some
                pass
    return places


def drop(connection: sqlite3.Connection, name: str, version: int) -> None:
    """Take away all aliases of a version that is purged, which cannot be undone."""
    for row in connection.execute(
        "SELECT alias FROM model_aliases WHERE name = ? AND version = ?", (name, version)
    ).fetchall():
        _move(connection, name, row[0], None, version, "purge")


def history(connection: sqlite3.Connection, name: str, limit: int = 200) -> list[AliasMove]:
    """The newest moves of all aliases of a name, newest first."""
    found = connection.execute(
        f"SELECT {_MOVE} FROM alias_history WHERE name = ? ORDER BY id DESC LIMIT ?",  # noqa: S608 (fixed text)
        (name, limit),
    )
    return [AliasMove(*row) for row in map(tuple, found)]


def _is_there(connection: sqlite3.Connection, name: str, alias: str, version: int) -> bool:
    """Raises model-not-found when it is in the trash."""
    row = connection.execute(
        "SELECT deleted FROM model_versions WHERE name = ? AND version = ?", (name, version)
    ).fetchone()
    if row is not None and row[0] is not None:
        raise ModelNotFound(
            l10n.t(
                "The alias {alias} pointed to {name}:{version} before, which is in the trash.",
                alias=printable(alias),
                name=name,
                version=version,
            ),
            l10n.t("Restore {name}:{version} first, or set the alias to another version.", name=name, version=version),
        )
    return row is not None


def _move(
    connection: sqlite3.Connection, name: str, alias: str, version: int | None, previous: int | None, kind: str
) -> AliasMove:
    if version is None:
        connection.execute("DELETE FROM model_aliases WHERE name = ? AND alias = ?", (name, alias))
    else:
        connection.execute(
            "INSERT INTO model_aliases(name, alias, version) VALUES(?, ?, ?)"
            " ON CONFLICT(name, alias) DO UPDATE SET version = excluded.version",
            (name, alias, version),
        )
    move = AliasMove(name, alias, version, previous, time.time(), user(), kind)
    outbox.note(
        connection,
        "model.aliased",
        f"models/{name}" if version is None else f"models/{name}:{version}",
        {"modelName": name, "alias": alias, "modelVersion": version, "previousVersion": previous, "move": kind},
    )
    connection.execute(
        "INSERT INTO alias_history(name, alias, version, previous, changed, changed_by, kind) VALUES(?, ?, ?, ?, ?,"
        " ?, ?)",
        (name, alias, version, previous, move.changed, move.changed_by, kind),
    )
    return move
