"""A store made anew from the manifests beside the blobs, when the old one is lost, damaged, empty or foreign.

The manifests tell all versions and names. What can still be read of the old store adds what they lack: services, the
last choices of deployments, and what changed in versions whose manifests are of format 1. The old file is moved aside
with the time in its name and never removed. A kill at any moment leaves the old store, none, or the new one as a whole;
with none the workspace is refused until it is repaired again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Protocol

from scoredock import l10n
from scoredock.errors import Place, ScoredockError, WorkspaceDamaged
from scoredock.late_dataclass import dataclass
from scoredock.registry.blobs.blobs import Blobs
from scoredock.registry.blobs.hashing import version_digest
from scoredock.registry.manifests.forms import MODEL, NameManifest, NewerManifest, VersionManifest
from scoredock.registry.manifests.manifests import BEHIND, Manifests, name_of_rows
from scoredock.registry.records import AssetRecord, ModelVersion
from scoredock.registry.store import asset_rows, rows
from scoredock.registry.store.durable import create_file, flush_folder, make_folder, replace_file
from scoredock.registry.store.faults import store_error, storing
from scoredock.registry.store.lock import hold_lock
from scoredock.registry.store.schema import MIGRATIONS
from scoredock.registry.store.store import APPLICATION_ID, Store, StoreConnection, make_tables
from scoredock.registry.upkeep.changed_tables import changed_table

Record = ModelVersion | AssetRecord
Key = tuple[str, str, int]


class Adopt(Protocol):
    """Interface of the part of the program that adds the rows of services."""

    def __call__(
        self, connection: sqlite3.Connection, workspace: Path, old: sqlite3.Connection | None, *, fresh: bool = True
    ) -> list[str]:
        """Add the rows of services that have none, from what lies in the workspace folder and what can be read of the
        old store (None when nothing can); gives a sentence for each. Not `fresh`: the store was not made anew.
        """


_ASIDE = "store.repairing"
"""Names the old store while it is being replaced, so that a repair that was killed goes on with it."""


@dataclass(slots=True)
class StoreContents:
    """All that is to be in the new store."""

    versions: dict[Key, tuple[Record, int, bool]] = field(default_factory=dict)
    """Record, edition, and whether its manifest is of its last edition."""
    names: dict[tuple[str, str], NameManifest] = field(default_factory=dict)
    last: dict[tuple[str, str], int] = field(default_factory=dict)

    def raise_last(self, kind: str, name: str, version: int) -> None:
        """Numbers up to this one are not given again."""
        self.last[kind, name] = max(version, self.last.get((kind, name), 0))


def is_lost(workspace: Path) -> str:
    """Sentence on why the store cannot be worked with; empty when it can. Raises what is not damage: store-busy, a
    store that is newer or cannot be written, errors of the disk.
    """
    try:
        store = Store(workspace / "store.sqlite3")
        store.require_writable()
        with store.read() as connection:
            return _contradictions(connection)
    except ScoredockError as error:
        if not isinstance(error, WorkspaceDamaged):
            raise
        return error.message
    except (ValueError, KeyError, TypeError) as error:
        return l10n.t("The rows of the store cannot be read: {reason}.", reason=error)


def rebuild(workspace: Path, adopt: Adopt) -> list[str]:
    """Put a new store in place; a sentence for each thing that was done. Nothing when another process did it meanwhile.

    Raises store-busy, disk-full, workspace-read-only, io-failed.
    """
    path = workspace / "store.sqlite3"
    with hold_lock(workspace), storing(workspace), _old_locked(path):
        if not _is_whole(path):
            return _replace(workspace, path, adopt)
        forget_aside(workspace)
        return []


def forget_aside(workspace: Path) -> None:
    """Forgets a rebuilding that was killed at its very end, as the store is whole: it must not be taken up again."""
    (workspace / _ASIDE).unlink(missing_ok=True)


def _is_whole(path: Path) -> bool:
    """True if somebody else has put a right store in place meanwhile. `Store` itself cannot be asked under the lock."""
    if not path.exists():
        return False
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            return bool(ours) and version == len(MIGRATIONS) and not _contradictions(connection)
    except (sqlite3.Error, ValueError, KeyError, TypeError):
        return False


def _contradictions(connection: sqlite3.Connection) -> str:
    """Sentence on what SQLite finds wrong; empty if nothing. Raises sqlite3.Error, ValueError, KeyError or TypeError
    for rows that cannot be understood.
    """
    for row in connection.execute("PRAGMA integrity_check(1)"):
        if row[0] != "ok":
            return l10n.t("The store is damaged: {reason}.", reason=row[0])
    if changed := changed_table(connection):
        return l10n.t("The store is damaged: {names} differs from what Scoredock creates.", names=changed)
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        return l10n.t("Rows of the store refer to others that do not exist.")
    for summary in rows.summaries(connection, "1"):
        rows.complete(connection, summary)
    asset_rows.select(connection, "1")
    return ""


def _replace(workspace: Path, path: Path, adopt: Adopt) -> list[str]:
    sentences = []
    aside = _move_aside(workspace, path)
    fresh = workspace / "store.rebuilt"
    make_tables(fresh)
    with _salvaged(workspace, aside) as old:
        contents = _gather(workspace, old)
        try:
            with contextlib.closing(
                sqlite3.connect(fresh, isolation_level=None, factory=StoreConnection)
            ) as connection:
                connection.execute("PRAGMA synchronous=EXTRA")
                connection.execute("PRAGMA foreign_keys=ON")
                connection.execute("BEGIN IMMEDIATE")
                _fill(connection, contents)
                services = adopt(connection, workspace, old)
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise store_error(error, fresh) from error
    orphans = _blobs_aside(workspace, contents)
    fresh.replace(path)
    flush_folder(workspace)
    forget_aside(workspace)
    names = len({key[:2] for key in contents.versions})
    sentences.append(
        l10n.t(
            "The store was rebuilt (versions: {versions}, names: {names}).",
            versions=len(contents.versions),
            names=names,
        )
    )
    if aside is not None and aside.exists():
        sentences.append(l10n.t("The old store was kept as {file}.", file=aside.name))
    return [*sentences, *orphans, *services]


def _move_aside(workspace: Path, path: Path) -> Path | None:
    """The old store under another name, with its journal, which must not be applied to the new one."""
    marker = workspace / _ASIDE
    aside: Path | None = None
    with contextlib.suppress(OSError, ValueError):
        name = marker.read_text(encoding="ascii").strip()
        if name.startswith("store.damaged-") and "/" not in name and "\\" not in name:
            aside = workspace / name
    if path.exists() or aside is None:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        aside = next(
            free
            for free in (
                workspace / f"store.damaged-{stamp}{more}.sqlite3" for more in ("", *(f"-{n}" for n in range(2, 1000)))
            )
            if not free.exists()
        )
        make_folder(workspace / "tmp")
        replace_file(marker, aside.name.encode(), workspace / "tmp")
    if path.exists():
        path.rename(aside)
    for suffix in ("-journal", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    flush_folder(workspace)
    return aside


@contextlib.contextmanager
def _old_locked(path: Path) -> Iterator[None]:
    """Nobody writes to the old store while it is replaced, if it is one that can be locked at all. Raises
    store-busy."""
    if not path.exists():
        yield
        return
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=5, isolation_level=None)
    except sqlite3.Error:
        yield
        return
    with contextlib.closing(connection):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except UnicodeDecodeError:
            pass  # SQLite's own message quotes what is damaged
        except sqlite3.Error as error:
            if "locked" in str(error) or "busy" in str(error):
                raise ScoredockError(
                    "store-busy",
                    l10n.t("Another process has been writing to {path} for more than five seconds.", path=path),
                    place=Place(str(path)),
                ) from error
        yield


@contextlib.contextmanager
def _salvaged(workspace: Path, aside: Path | None) -> Iterator[sqlite3.Connection | None]:
    """A copy of the old store, brought to the newest tables, as far as SQLite can read it; None when it cannot."""
    if aside is None or not aside.exists():
        yield None
        return
    folder = workspace / "tmp" / f"salvage-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    try:
        copy = folder / "store.sqlite3"
        for suffix in ("", "-journal", "-wal"):
            source = aside.with_name(aside.name + suffix)
            if source.exists():
                os.close(create_file(copy.with_name(copy.name + suffix)))
                shutil.copyfile(source, copy.with_name(copy.name + suffix))
        yield from _opened(copy)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _opened(copy: Path) -> Iterator[sqlite3.Connection | None]:
    connection = sqlite3.connect(copy, isolation_level=None, factory=StoreConnection)
    with contextlib.closing(connection):
        try:
            ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if ours and 0 < version < len(MIGRATIONS):
                connection.executescript(f"BEGIN; {''.join(MIGRATIONS[version:])} COMMIT;")
        except (sqlite3.Error, UnicodeDecodeError):
            ours = False
        yield connection if ours else None


def _gather(workspace: Path, old: sqlite3.Connection | None) -> StoreContents:
    blobs, manifests = Blobs(workspace), Manifests(workspace)
    contents = StoreContents()
    for entry in manifests.all():
        try:
            if entry.number is None:
                name_manifest = manifests.read_name(entry.path)
                if manifests.name_path(name_manifest.name, name_manifest.kind) == entry.path:
                    contents.names[name_manifest.kind, name_manifest.name] = (
                        name_manifest if name_manifest.sound else replace(name_manifest, edition=0)
                    )
                    contents.raise_last(name_manifest.kind, name_manifest.name, name_manifest.last_version)
                continue
            version_manifest = manifests.read(entry.path)
        except NewerManifest as error:
            raise ScoredockError(
                "workspace-newer",
                l10n.t(
                    "The workspace {workspace} contains manifests of a newer Scoredock: {path} ({error}).",
                    workspace=workspace,
                    path=entry.path,
                    error=error,
                ),
                place=Place(str(entry.path)),
            ) from error
        except (FileNotFoundError, ValueError):
            continue  # the verification that follows reports it
        except OSError as error:
            # What it tells may be nowhere else; a store without it would look whole.
            raise ScoredockError(
                "io-failed",
                l10n.t(
                    "The manifest {path} cannot be read: {strerror}.", path=entry.path, strerror=error.strerror or error
                ),
                l10n.t("Repair again. If that does not help, move this file away and repair without it."),
                place=Place(str(entry.path)),
            ) from error
        _take(contents, blobs, manifests, version_manifest, entry.path, staged=entry.staged)
    if old is not None:
        _add_salvage(contents, old)
    return contents


def _take(
    contents: StoreContents, blobs: Blobs, manifests: Manifests, manifest: VersionManifest, path: Path, *, staged: bool
) -> None:
    record = manifest.record
    kind = record.kind if isinstance(record, AssetRecord) else MODEL
    key = (kind, record.name, record.version)
    right = manifests.path(record.name, record.version, kind)
    if path.name.removesuffix(".new") != right.name or path.parent != right.parent:
        return
    whole = all(blobs.holds(file) for file in record.files)
    if staged and (not whole or key in contents.versions):
        return  # a registration that was confirmed to nobody, or one that has its manifest already
    contents.raise_last(*key)
    if record.deleted is not None and not whole:
        return  # it was purged, and only its manifest was left
    # One that was damaged is believed where nothing else tells of the version.
    contents.versions[key] = (
        record,
        manifest.edition if manifest.sound else 0,
        manifest.format != 1 and manifest.sound,
    )


def _add_salvage(contents: StoreContents, old: sqlite3.Connection) -> None:
    """Rows that are newer than their manifest, or whose manifest is of format 1 or gone. Rows that cannot be read, or
    whose files do not give their digest, are left out.
    """
    editions: dict[Key, int] = {}
    records: list[Record] = []
    with contextlib.suppress(sqlite3.Error, ValueError, KeyError, TypeError):
        for row in old.execute("SELECT name, version, edition FROM model_versions"):
            editions[MODEL, row[0], row[1]] = row[2]
    for _, name, version in list(editions):
        with contextlib.suppress(sqlite3.Error, ValueError, KeyError, TypeError):
            model = rows.version(old, name, version)
            if model is not None:
                records.append(model)
    with contextlib.suppress(sqlite3.Error, ValueError, KeyError, TypeError):
        for row in old.execute("SELECT kind, name, version, edition FROM assets"):
            editions[row[0], row[1], row[2]] = row[3]
        records += asset_rows.select(old, "1")
    for record in records:
        kind = record.kind if isinstance(record, AssetRecord) else MODEL
        key = (kind, record.name, record.version)
        entry = contents.versions.get(key)
        if not _is_sound(record) or (entry is not None and entry[0].files != record.files):
            continue
        if entry is None or editions[key] > entry[1] or (not entry[2] and editions[key] >= entry[1]):
            contents.versions[key] = (
                record,
                editions[key],
                entry is not None and editions[key] <= entry[1] and entry[2],
            )
            contents.raise_last(*key)
    _add_names(contents, old)


def _is_sound(record: Record) -> bool:
    if isinstance(record, ModelVersion):
        return bool(record.files) and record.digest == version_digest(record.files, record.folders)
    return True


def _add_names(contents: StoreContents, old: sqlite3.Connection) -> None:
    with contextlib.suppress(sqlite3.Error, ValueError, KeyError, TypeError):
        pairs = old.execute("SELECT 'model', name FROM models UNION ALL SELECT kind, name FROM asset_names").fetchall()
        for kind, name in pairs:
            with contextlib.suppress(sqlite3.Error, ValueError, KeyError, TypeError):
                manifest = name_of_rows(old, name, kind)
                if manifest is None or not 0 < manifest.last_version < 1 << 40:
                    continue
                contents.raise_last(kind, name, manifest.last_version)
                before = contents.names.get((kind, name))
                if before is None or manifest.edition > before.edition or not before.sound:
                    contents.names[kind, name] = manifest


def _fill(connection: sqlite3.Connection, contents: StoreContents) -> None:
    for (kind, name, version), (record, edition, current) in sorted(
        contents.versions.items(), key=lambda item: item[0]
    ):
        if isinstance(record, ModelVersion):
            rows.insert(connection, record)
            table = "model_versions"
        else:
            asset_rows.insert(connection, record)
            table = "assets"
        where, key = ("name = ? AND version = ?", [name, version])
        if kind != MODEL:
            where, key = (f"{where} AND kind = ?", [*key, kind])
        connection.execute(f"UPDATE {table} SET edition = ? WHERE {where}", (edition, *key))  # noqa: S608 (fixed text)
        if not current:
            connection.execute("INSERT OR IGNORE INTO meta VALUES(?, '')", (f"{BEHIND}{kind}/{name}/{version}",))
    for (kind, name), last in contents.last.items():
        raise_last(connection, kind, name, last)
    # Views compare these numbers with those of the old store.
    connection.execute("UPDATE changes SET count = count + ?", (int(time.time() * 1000),))
    for manifest in contents.names.values():
        put_name(
            connection, manifest, {key[2] for key in contents.versions if key[:2] == (manifest.kind, manifest.name)}
        )


def put_name(connection: sqlite3.Connection, manifest: NameManifest, versions: set[int]) -> None:
    """Aliases, their history and the favourite of a name as its file tells them, in place of those in the rows."""
    if manifest.kind != MODEL:
        connection.execute(
            "UPDATE asset_names SET edition = ? WHERE kind = ? AND name = ?",
            (manifest.edition, manifest.kind, manifest.name),
        )
        return
    connection.execute("UPDATE models SET edition = ? WHERE name = ?", (manifest.edition, manifest.name))
    for table in ("model_aliases", "alias_history", "favourites"):
        connection.execute(f"DELETE FROM {table} WHERE name = ?", (manifest.name,))  # noqa: S608 (fixed text)
    connection.executemany(
        "INSERT INTO model_aliases(name, alias, version) VALUES(?, ?, ?)",
        [(manifest.name, alias, version) for alias, version in manifest.aliases.items() if version in versions],
    )
    connection.executemany(
        "INSERT INTO alias_history(name, alias, version, previous, changed, changed_by, kind) VALUES(?, ?, ?, ?, ?,"
        " ?, ?)",
        [
            (move.name, move.alias, move.version, move.previous, move.changed, move.changed_by, move.kind)
            for move in manifest.history
        ],
    )
    if manifest.favourite:
        connection.execute("INSERT INTO favourites(name) VALUES(?)", (manifest.name,))


def raise_last(connection: sqlite3.Connection, kind: str, name: str, version: int) -> None:
    """No number up to this one is given again."""
    if kind == MODEL:
        rows.raise_last_version(connection, name, version)
        return
    connection.execute(
        "INSERT INTO asset_names(kind, name, last_version) VALUES(?, ?, ?)"
        " ON CONFLICT(kind, name) DO UPDATE SET last_version = max(last_version, excluded.last_version)",
        (kind, name, version),
    )


def _blobs_aside(workspace: Path, contents: StoreContents) -> list[str]:
    """Bytes that nothing names any more must not be taken for garbage when all that named them may be lost."""
    blobs = Blobs(workspace)
    manifests = Manifests(workspace)
    if contents.versions or next(manifests.all(), None) is not None or next(blobs.all(), None) is None:
        return []
    aside = workspace / f"blobs.unknown-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}"
    blobs.root.parent.rename(aside)
    flush_folder(workspace)
    return [
        l10n.t(
            "No manifest says which models the stored files belong to. They were kept in {folder}.", folder=aside.name
        )
    ]
