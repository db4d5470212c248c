"""What must hold in a workspace after any fault, looked at without the registry's own reading code where that is
possible.

(a) every file of every version is there, byte for byte; (b) what was acknowledged is there: the tests compare `state`;
(c) no number is used twice; (d) what nobody needs goes with the garbage; (e) the database is sound; (f) the same work
done again succeeds: the tests repeat it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.audit import following
from scoredock.registry.audit.log import AuditLog
from scoredock.registry.upkeep.backup_parts import clear_killed

_DIGEST = re.compile(r"[0-9a-f]{64}")
_STANDING = re.compile(
    r"(workspace\.json|store\.damaged-[0-9T]+(-\d+)?\.sqlite3|store\.sqlite3|store\.lock|backup\.lock|reserve|store\.before-\d+\.sqlite3)"
)
"""Files at the top of a workspace that belong there."""


@dataclass(frozen=True)
class State:
    """Everything a person registered or set, without times."""

    versions: dict[str, tuple[object, ...]] = field(default_factory=dict)
    """`name:version` → text, labels, files with digests, and whether it is in the trash."""
    last: dict[str, int] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)
    moves: tuple[tuple[object, ...], ...] = ()
    favourites: tuple[str, ...] = ()
    schema: str = ""
    """Every table and index with the version of the store; empty where there is no store."""

    @property
    def digests(self) -> set[str]:
        return {digest for version in self.versions.values() for _, _, digest in version[0]}  # type: ignore[attr-defined]


@contextlib.contextmanager
def _database(workspace: Path) -> Iterator[sqlite3.Connection]:
    """Opened for writing, so that SQLite can roll back what a killed writer left."""
    place = f"{(workspace / 'store.sqlite3').absolute().as_uri()}?mode=rw"
    with contextlib.closing(sqlite3.connect(place, uri=True, timeout=30, isolation_level=None)) as connection:
        yield connection


def state(workspace: Path) -> State:
    """What the database of a workspace says. A workspace without one is empty, and so is one that cannot be read."""
    if not (workspace / "store.sqlite3").exists():
        return State()
    try:
        return _read(workspace)
    except sqlite3.DatabaseError as error:
        return State(schema=f"cannot be read: {error}")


def _read(workspace: Path) -> State:
    with _database(workspace) as connection:
        connection.execute("BEGIN")
        files: dict[str, list[tuple[str, int, str]]] = {}
        for name, version, *file in connection.execute(
            "SELECT name, version, path, size, sha256 FROM model_files ORDER BY path"
        ):
            files.setdefault(f"{name}:{version}", []).append(tuple(file))
        labels: dict[str, list[tuple[str, str, str]]] = {}
        for name, version, *label in connection.execute(
            "SELECT name, version, kind, key, value FROM model_labels ORDER BY kind, key"
        ):
            labels.setdefault(f"{name}:{version}", []).append(tuple(label))
        versions = {
            f"{name}:{version}": (
                tuple(files.get(f"{name}:{version}", ())),
                tuple(labels.get(f"{name}:{version}", ())),
                description,
                deleted is not None,
            )
            for name, version, description, deleted in connection.execute(
                "SELECT name, version, description, deleted FROM model_versions"
            )
        }
        # White space in it means nothing.
        schema = [
            (row[0], "".join((row[1] or "").split()))
            for row in connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name")
        ]
        later = any(row[0] == "model_aliases" for row in schema)
        return State(
            versions,
            dict(connection.execute("SELECT name, last_version FROM models")),
            (
                {
                    f"{name}@{alias}": version
                    for name, alias, version in connection.execute("SELECT name, alias, version FROM model_aliases")
                }
                if later
                else {}
            ),
            (
                tuple(connection.execute("SELECT name, alias, version, previous FROM alias_history ORDER BY id"))
                if later
                else ()
            ),
            tuple(row[0] for row in connection.execute("SELECT name FROM favourites ORDER BY name")) if later else (),
            f"{connection.execute('PRAGMA user_version').fetchone()[0]} {schema}",
        )


def damage(workspace: Path, deep: bool = True) -> list[str]:
    """(a), (c), (e): everything that is wrong; `deep` reads every byte."""
    if not (workspace / "store.sqlite3").exists():
        return []
    wrong: list[str] = []
    with _database(workspace) as connection:
        wrong += [f"the database: {row[0]}" for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        wrong += [f"a row without its parent: {row}" for row in connection.execute("PRAGMA foreign_key_check")]
    found = state(workspace)
    sizes = {
        digest: size
        for version in found.versions.values()
        for _, size, digest in version[0]  # type: ignore[attr-defined]
    }
    for digest, size in sizes.items():
        wrong += _blob(workspace, digest, size, deep)
    for id, version in found.versions.items():
        name, _, number = id.rpartition(":")
        if not version[0]:
            wrong.append(f"{id} has no files")
        if int(number) > found.last.get(name, 0):
            wrong.append(f"the number of {id} would be given again")
    for alias, number in found.aliases.items():
        if f"{alias.partition('@')[0]}:{number}" not in found.versions:
            wrong.append(f"{alias} points nowhere")
    wrong += _modes(workspace)
    try:
        registry = Registry(workspace)
        clear_killed(workspace)  # as every command does that opens a workspace
        wrong += [f"verify: {sentence}" for sentence in registry.verify(deep)]
        wrong += _audit_log(registry)
        registry.store.close()
    except ScoredockError as error:
        wrong.append(f"verify refused: {error}")
    return wrong


def _audit_log(registry: Registry) -> list[str]:
    """Its chain holds, and no registration is in it twice."""
    following.take(registry.store)
    wrong = [
        f"the audit log: {each.segment}:{each.line} {each.reason}" for each in following.verify(registry.store).breaks
    ]
    records = AuditLog(registry.folder).read()
    counts = Counter(each.subject for each in records if each.what == "model.registered")
    return wrong + [f"the audit log has {subject} {count} times" for subject, count in counts.items() if count > 1]


def _blob(workspace: Path, digest: str, size: int, deep: bool) -> list[str]:
    path = workspace / "blobs" / "sha256" / digest[:2] / digest
    try:
        if path.stat().st_size != size:
            return [f"{digest} holds {path.stat().st_size} bytes instead of {size}"]
        if deep and hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            return [f"{digest} holds other bytes"]
    except FileNotFoundError:
        return [f"{digest} is not there"]
    return []


def _modes(workspace: Path) -> list[str]:
    """Nobody else may read anything, whatever the umask is."""
    open_to_others = []
    for root, folders, files in os.walk(workspace):
        for name in [*folders, *files]:
            path = Path(root, name)
            with contextlib.suppress(FileNotFoundError):
                if path.lstat().st_mode & 0o077:
                    open_to_others.append(f"{path} has mode {path.lstat().st_mode & 0o7777:o}")
    return open_to_others


def leftovers(workspace: Path) -> list[str]:
    """(d): collects all garbage, then tells what is still there and needed by nobody."""
    registry = Registry(workspace)
    try:
        registry.collect_garbage(0)
    finally:
        registry.store.close()
    found = state(workspace)
    left = []
    for root, _, files in os.walk(workspace):
        for name in files:
            below = Path(root, name).relative_to(workspace)
            if below.parts[0] == "blobs":
                belongs = name in found.digests
            elif below.parts[0] == "audit":
                belongs = len(below.parts) == 2 and (name in ("lock", "head") or name.endswith(".jsonl"))
            elif below.parts[0] == "manifests":
                belongs = _DIGEST.fullmatch(name) is None and not name.endswith(".new")
            else:
                belongs = len(below.parts) == 1 and _STANDING.fullmatch(name) is not None
            if not belongs:
                left.append(f"{below} stays though nobody needs it")
    return left
