"""One small JSON file per version and per name beside the store, from which all can be restored when it is lost.

manifests/<16 digits>/<version>.json              a version of a model
manifests/<16 digits>/name.json                   last number, aliases and their history, favourite
manifests/assets/<kind>/<16 digits>/…             the same for datasets, environments and images
manifests/…/<version>.json.new                    a registration that was begun; it counts once its row is there

The digits are of the SHA-256 of the name: names differ by case alone, which some file systems do not see.

A change writes its manifests under the store's write lock, before its commit. A kill between leaves a manifest that is
one edition ahead of its row, or a `.new` without a row: a change that was never reported as done. The row counts then,
and the next change or `collect` brings the file back in step. So a manifest without a row, or behind its row, always
means damage. Work that frees space goes on when the disk has no room for its manifest; the row then waits in the list
of those behind.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.registry.blobs.source import open_flags
from scoredock.registry.manifests.forms import (
    ASSET_KINDS,
    MODEL,
    NameManifest,
    VersionManifest,
    name_from_json,
    name_to_json,
    version_from_json,
    version_to_json,
)
from scoredock.registry.records import AliasMove, AssetRecord, ModelVersion
from scoredock.registry.store import asset_rows, rows
from scoredock.registry.store.durable import make_folder, replace_file
from scoredock.registry.store.faults import FULL, storing

LARGEST = 64 << 20
BEHIND = "manifest-behind/"
"""Prefix of the keys in `meta` that name what has no manifest of its last edition: `<kind>/<name>/<version or
nothing>`."""
NAME_FILE = "name.json"
STAGED = ".new"


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file among the manifests."""

    path: Path
    kind: str
    number: int | None
    """The version by the name of the file; None for the file of a name."""
    staged: bool


class Manifests:
    """The folder `manifests/` of a workspace."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "manifests"
        self._scratch = folder / "tmp"

    # ------------------------------------------------------------------------------------------ where they lie

    def folder(self, name: str, kind: str = MODEL) -> Path:
        """Folder of all versions of a name."""
        above = self.root if kind == MODEL else self.root / "assets" / kind
        return above / hashlib.sha256(name.encode()).hexdigest()[:16]

    def path(self, name: str, version: int, kind: str = MODEL) -> Path:
        """Path of the manifest of one version."""
        return self.folder(name, kind) / f"{version}.json"

    def name_path(self, name: str, kind: str = MODEL) -> Path:
        """Path of the file of a name."""
        return self.folder(name, kind) / NAME_FILE

    def all(self) -> Iterator[ManifestFile]:
        """Every manifest; files that are none of ours are left out, see `strays`."""
        for kind, folder in self._folders():
            for path in sorted(folder.iterdir()):
                entry = _entry(path, kind)
                if entry is not None:
                    yield entry

    def strays(self) -> Iterator[Path]:
        """Paths that do not belong here."""
        for kind, folder in self._folders():
            yield from (path for path in sorted(folder.iterdir()) if _entry(path, kind) is None)

    def _folders(self) -> Iterator[tuple[str, Path]]:
        for kind in (MODEL, *ASSET_KINDS):
            above = self.root if kind == MODEL else self.root / "assets" / kind
            if above.is_dir():
                for folder in sorted(above.iterdir()):
                    if len(folder.name) == 16 and folder.is_dir() and not folder.is_symlink():
                        yield kind, folder

    # ------------------------------------------------------------------------------------------ reading

    def read(self, path: Path) -> VersionManifest:
        """Raises ValueError when the file is not a manifest of a version, OSError when it cannot be read."""
        return version_from_json(_text(path))

    def read_name(self, path: Path) -> NameManifest:
        """Raises ValueError when the file is not that of a name, OSError when it cannot be read."""
        return name_from_json(_text(path))

    # ------------------------------------------------------------------------------------------ writing

    def write(self, record: ModelVersion | AssetRecord) -> None:
        """The manifest of a version that is being registered, on the disk when this returns; to be called before the
        commit, and `settle` after it. Raises OSError.
        """
        kind = MODEL if isinstance(record, ModelVersion) else record.kind
        self._put(staged(self.path(record.name, record.version, kind)), version_to_json(record, 0))

    def settle(self, name: str, version: int, kind: str = MODEL) -> None:
        """The row is committed: the manifest gets its final name. Where that fails or is forgotten, `collect` does
        it."""
        path = self.path(name, version, kind)
        with contextlib.suppress(OSError):
            # Never over a file that is there: somebody may have changed the version since, and written a newer one.
            if os.name == "nt":
                staged(path).rename(path)
                return
            with contextlib.suppress(FileExistsError):
                try:
                    os.link(staged(path), path)
                except OSError as error:
                    if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP) or path.exists():
                        raise
                    staged(path).rename(path)  # a file system without links
                    return
            staged(path).unlink()

    def record(
        self, connection: sqlite3.Connection, name: str, version: int, kind: str = MODEL, *, may_lag: bool = False
    ) -> bool:
        """Bring the manifest of a version in step with its rows: the last step of every change, before its commit.

        `may_lag`: the change frees space and goes on when there is none for the manifest. False when there is no such
        version. Raises ScoredockError disk-full and the other errors of storing.
        """
        table = "model_versions" if kind == MODEL else "assets"
        key = (name, version) if kind == MODEL else (name, version, kind)
        where = "name = ? AND version = ?" + ("" if kind == MODEL else " AND kind = ?")
        connection.execute(f"UPDATE {table} SET edition = edition + 1 WHERE {where}", key)  # noqa: S608 (fixed text)
        row = connection.execute(f"SELECT edition FROM {table} WHERE {where}", key).fetchone()  # noqa: S608
        version_record = (
            rows.version(connection, name, version)
            if kind == MODEL
            else asset_rows.one(connection, kind, name, version)
        )
        if row is None or version_record is None:
            return False
        path = self.path(name, version, kind)
        if self._follow(connection, f"{kind}/{name}/{version}", path, version_to_json(version_record, row[0]), may_lag):
            with contextlib.suppress(OSError):
                # Of a registration that was never settled: it would outlive the version when that is purged.
                staged(path).unlink()
        return True

    def record_name(
        self, connection: sqlite3.Connection, name: str, kind: str = MODEL, *, may_lag: bool = False
    ) -> bool:
        """The same for the file of a name: after moves of aliases, favourites, and purges. False when it lags
        behind."""
        found = name_of_rows(connection, name, kind, raise_edition=True)
        if found is None:
            return False
        return self._follow(connection, f"{kind}/{name}/", self.name_path(name, kind), name_to_json(found), may_lag)

    def catch_up(self, connection: sqlite3.Connection, most: int) -> int:
        """Write up to `most` manifests that are behind. Gives how many were. Raises the errors of storing."""
        behind = connection.execute(
            "SELECT key FROM meta WHERE key >= ? AND key < ? ORDER BY key LIMIT ?", (BEHIND, BEHIND[:-1] + "0", most)
        ).fetchall()
        for (key,) in behind:
            kind, name, version = key.removeprefix(BEHIND).split("/")
            if not version:  # comes before those of its versions
                self.record_name(connection, name, kind)
            elif not self.record(connection, name, int(version), kind):
                # Purged meanwhile: the manifest does not tell so and would be taken for that of a version whose row is
                # lost.
                self.remove(name, int(version), kind)
            connection.execute("DELETE FROM meta WHERE key = ?", (key,))  # also when its row is gone meanwhile
        return len(behind)

    def remove(self, name: str, version: int, kind: str = MODEL) -> None:
        """The manifest of a version that was purged goes; it stays for `collect` while the file of its name does not
        tell of its number yet, which must not be given again when the store is lost. Raises OSError.
        """
        with contextlib.suppress(FileNotFoundError, ValueError):
            if self.read_name(self.name_path(name, kind)).last_version >= version:
                staged(self.path(name, version, kind)).unlink(missing_ok=True)
                self.path(name, version, kind).unlink()

    def _follow(self, connection: sqlite3.Connection, key: str, path: Path, text: str, may_lag: bool) -> bool:
        with storing(path):
            try:
                self._put(path, text)
            except OSError as error:
                if not may_lag or error.errno not in FULL:
                    raise
                connection.execute("INSERT OR IGNORE INTO meta(key, value) VALUES(?, '')", (BEHIND + key,))
                return False
        connection.execute("DELETE FROM meta WHERE key = ?", (BEHIND + key,))
        return True

    def _put(self, path: Path, text: str) -> None:
        make_folder(path.parent)
        make_folder(self._scratch)
        replace_file(path, text.encode(), self._scratch)


def behind(connection: sqlite3.Connection) -> set[tuple[str, str, int | None]]:
    """(kind, name, version or None for the name) of what has no manifest of its last edition, and is known to."""
    found = connection.execute(
        "SELECT key FROM meta WHERE key >= ? AND key < ?", (BEHIND, BEHIND[:-1] + "0")
    ).fetchall()
    parts = [key.removeprefix(BEHIND).split("/") for (key,) in found]
    return {(kind, name, int(version) if version else None) for kind, name, version in parts}


def name_of_rows(
    connection: sqlite3.Connection, name: str, kind: str = MODEL, *, raise_edition: bool = False
) -> NameManifest | None:
    """Manifest of a name from its rows; None if there are none."""
    table = "models" if kind == MODEL else "asset_names"
    where, key = ("name = ?", (name,)) if kind == MODEL else ("name = ? AND kind = ?", (name, kind))
    if raise_edition:
        connection.execute(f"UPDATE {table} SET edition = edition + 1 WHERE {where}", key)  # noqa: S608 (fixed text)
    row = connection.execute(f"SELECT last_version, edition FROM {table} WHERE {where}", key).fetchone()  # noqa: S608
    if row is None:
        return None
    if kind != MODEL:
        return NameManifest(kind, name, row[1], row[0], {}, (), False)
    aliases = connection.execute("SELECT alias, version FROM model_aliases WHERE name = ? ORDER BY alias", (name,))
    moves = connection.execute(
        "SELECT name, alias, version, previous, changed, changed_by, kind FROM alias_history"
        " WHERE name = ? ORDER BY id",
        (name,),
    )
    favourite = connection.execute("SELECT 1 FROM favourites WHERE name = ?", (name,)).fetchone() is not None
    return NameManifest(
        kind=kind,
        name=name,
        edition=row[1],
        last_version=row[0],
        aliases={row[0]: row[1] for row in aliases},
        history=tuple(AliasMove(*move) for move in moves),
        favourite=favourite,
    )


def staged(path: Path) -> Path:
    """Path of the manifest of a registration until its row is committed."""
    return path.with_name(path.name + STAGED)


def _entry(path: Path, kind: str) -> ManifestFile | None:
    name = path.name
    if name == NAME_FILE:
        return ManifestFile(path, kind, None, False)
    is_staged = name.endswith(".json" + STAGED)
    number = name.removesuffix(STAGED).removesuffix(".json")
    if (
        not name.removesuffix(STAGED).endswith(".json")
        or not number.isascii()
        or not number.isdigit()
        or number[0] == "0"
    ):
        return None
    return ManifestFile(path, kind, int(number), is_staged)


def _text(path: Path) -> str:
    """Links are not followed and pipes not waited for."""
    with open(os.open(path, open_flags()), "rb") as stream:  # noqa: PTH123 (a descriptor)
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(l10n.t("it is too large for a manifest"))
    return content.decode()
