"""The SQLite file of a workspace: opened, created, migrated, read and written, with errors a person can act on.

A rollback journal and not a WAL: writes are rare, and SQLite before 3.51.3 can lose pages when two processes checkpoint
at the same moment, which two windows would do. `synchronous=EXTRA` also flushes the folder after a commit, so that an
answered registration survives a power cut. Connections are short-lived, one per block.

The file is never opened by anything but SQLite: closing any other descriptor of it would drop this process's POSIX
locks.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.data_folder import refusal_at, refusal_in
from scoredock.errors import Place, ScoredockError, WorkspaceDamaged
from scoredock.registry.grammar import folded
from scoredock.registry.store.durable import FILE_MODE, flush, flush_folder
from scoredock.registry.store.faults import store_error, storing
from scoredock.registry.store.schema import MIGRATIONS

BUSY_SECONDS = 5.0
"""How long the store may be locked without anybody writing to it."""
_NAMES = 2
"""Files that a transaction needs beside the store: its journal, and a manifest."""
_ROUNDS = 23
"""How often a writer waits that long while others write: two minutes in all."""
APPLICATION_ID = 0x53634472
"""In the header of the file (`ScDr`): tells our store from any other SQLite file."""
_GENERATIONS = itertools.count()
"""Of watchers in this process, so that no two of them give the same number."""


class StoreConnection(sqlite3.Connection):
    """A connection of a store, with what its migrations and its searches call beside SQLite's own functions; a
    transaction may note what the audit log is to say of it (see `outbox`)."""

    noted = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.row_factory = sqlite3.Row
        self.create_function(
            "sha256_of", 1, lambda text: hashlib.sha256((text or "").encode()).hexdigest(), deterministic=True
        )
        self.create_function("folded", 1, folded, deterministic=True)


RESERVE_BYTES = 256 * 1024
"""Held back on disk so that deleting and collecting garbage still work when nothing else fits any more."""


class Store:
    """One workspace store. Cheap to keep, safe to use from several threads and processes."""

    path: Path
    read_only: str
    """Why it can only be read, as a sentence; empty when it can be written."""

    def __init__(self, path: Path, before_change: Callable[[], None] | None = None) -> None:
        """Opens the store, creating or migrating it when needed.

        With `before_change` it is read as an empty one while there is none; the first change calls that once and
        creates it. Raises ScoredockError workspace-damaged, workspace-read-only, disk-full, io-failed or store-busy.
        """
        self.path = path
        self._before_change = before_change
        self.read_only = ""
        self._read_only_code = ""
        self._read_only_fix = ""
        self._writing = threading.RLock()
        self._watching = threading.Lock()
        self._watcher: tuple[sqlite3.Connection, tuple[int, int]] | None = None
        self._generation = next(_GENERATIONS)
        self._is_prepared = False
        self.on_noted: Callable[[sqlite3.Connection], None] = lambda _: None
        """Called after the commit of a transaction that noted something for the audit log; must not raise."""
        if before_change is None or path.exists():
            self._prepare()

    @property
    def is_away(self) -> bool:
        """True if there is no store yet, which the first change creates."""
        return not self._is_prepared and not self.path.exists()

    @property
    def awaits_change(self) -> bool:
        """True if its first change does more: it creates the workspace, or shows one again that is hidden. What nobody
        asked for must not be that change."""
        return self._before_change is not None

    def await_change(self, before_change: Callable[[], None]) -> None:
        """The file is gone, and no change has been made: from now on as if it had never been there."""
        with self._writing:
            self.close()
            self._is_prepared = False
            self._before_change = before_change

    @property
    def reserve(self) -> Path:
        return self.path.with_name("reserve")

    # ------------------------------------------------------------------------------------------ reading and writing

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one consistent state for the whole block."""
        with self._translated(), contextlib.closing(self._connect()) as connection:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("BEGIN")
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection that holds the write lock: all of the block is committed at its end, or nothing of it.

        Raises workspace-read-only, workspace-newer, store-busy, disk-full.
        """
        self.require_writable()
        with self._writing, self._translated(), contextlib.closing(self._locked()) as connection:
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # Only what SQLite has not rolled back by itself already.
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            if connection.noted:
                self.on_noted(connection)

    @contextlib.contextmanager
    def write_when_full(self) -> Iterator[sqlite3.Connection]:
        """Same as `write`, for work that frees space: gives up the reserve when the disk is nearly full."""
        self._create_late()
        self._release_reserve_when_needed()
        with self.write() as connection:
            yield connection

    def require_writable(self) -> None:
        """Raises workspace-read-only or workspace-newer when this store can only be read. Whoever asks is about to
        change it: one that was not there yet is created."""
        self._create_late()
        if self.read_only:
            raise ScoredockError(self._read_only_code, self.read_only, self._read_only_fix, place=Place(str(self.path)))
        # Asked anew, as a disk may have become read-only meanwhile; SQLite itself notices only at the first change.
        if self.path.exists() and not os.access(self.path, os.W_OK):
            raise refusal_at(self.path) or ScoredockError(
                "workspace-read-only", l10n.t("{path} cannot be written.", path=self.path), place=Place(str(self.path))
            )

    @property
    def is_newer(self) -> bool:
        """True if a newer program wrote it, so that it may hold what this one does not know."""
        return self._read_only_code == "workspace-newer"

    def change_counter(self) -> int:
        """A number that differs after any commit by anyone. Means nothing in itself and nothing in another process."""
        with self._watching, self._translated():
            if self.is_away:
                return self._generation << 40
            status = self.path.stat()
            identity = (status.st_dev, status.st_ino)
            if self._watcher is None or self._watcher[1] != identity:
                if self._watcher is not None:
                    self._watcher[0].close()
                    self._generation = next(_GENERATIONS)
                self._watcher = (self._connect(check_same_thread=False), identity)
            version: int = self._watcher[0].execute("PRAGMA data_version").fetchone()[0]
            return (self._generation << 40) + version

    def changes(self) -> dict[str, int]:
        """Topic (`models`, `assets`) → a number that grows with every change of it. Empty for a store of an old version
        that cannot be migrated.
        """
        with self.read() as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'changes'").fetchone():
                return {}
            return dict(connection.execute("SELECT topic, count FROM changes").fetchall())

    def close(self) -> None:
        """Let go of what is held open; the store can still be used afterwards."""
        with self._watching:
            if self._watcher is not None:
                self._watcher[0].close()
                self._watcher = None
                self._generation = next(_GENERATIONS)

    def _locked(self) -> StoreConnection:
        """A connection with the write lock, of the file that lies here now: repairing may have put another one in place
        while this one waited.
        """
        while True:
            before = self.path.stat()
            connection = self._connect()
            try:
                self._begin(connection)
                now = self.path.stat()
            except BaseException:
                connection.close()
                raise
            if (now.st_dev, now.st_ino) == (before.st_dev, before.st_ino):
                return connection
            connection.close()

    def _begin(self, connection: sqlite3.Connection) -> None:
        """Wait for the write lock. SQLite asks for it now and then and keeps no queue, so that one of several writers
        can be passed over again and again: that is not a reason to give up while the others get something done.
        """
        for _ in range(_ROUNDS):
            before = self.path.stat().st_mtime_ns
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or self.path.stat().st_mtime_ns == before:
                    raise
        connection.execute("BEGIN IMMEDIATE")

    # ------------------------------------------------------------------------------------------ opening

    def _create_late(self) -> None:
        with self._writing:
            if self._before_change is None:
                return
            self._before_change()
            if not self._is_prepared:
                self._prepare()
            self._before_change = None

    def _connect(self, check_same_thread: bool = True) -> StoreConnection:
        if not self._is_prepared and not self.path.exists():
            return _empty_store(check_same_thread)
        if not self._is_prepared:  # another process has created it meanwhile
            self._prepare()
        return self._open(check_same_thread)

    def _open(self, check_same_thread: bool = True) -> StoreConnection:
        # Never `mode=ro`: a reader must be able to roll back what a killed writer left. SQLite itself falls back to
        # reading where the file cannot be written.
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=check_same_thread,
            factory=StoreConnection,
        )
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA synchronous=EXTRA")
        return connection

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if self._read_only_code == "workspace-newer" and "no such" in str(error):
                raise ScoredockError("workspace-newer", self.read_only, place=Place(str(self.path))) from error
            if not self.path.exists():
                raise self._gone() from error
            raise store_error(error, self.path) from error
        except UnicodeDecodeError as error:
            # SQLite's own message quotes what it read.
            raise WorkspaceDamaged(
                l10n.t(
                    "The workspace store {path} cannot be read: it contains text that is not valid.", path=self.path
                ),
                place=Place(str(self.path)),
            ) from error
        except UnicodeEncodeError as error:
            raise ScoredockError(
                "text-invalid",
                l10n.t("A name or text contains characters that cannot be stored, because it is not UTF-8."),
            ) from error
        except FileNotFoundError as error:
            if error.filename is not None and Path(error.filename) == self.path:
                raise self._gone() from error
            raise

    def _gone(self) -> ScoredockError:
        return WorkspaceDamaged(
            l10n.t("The workspace store {path} no longer exists.", path=self.path), place=Place(str(self.path))
        )

    def _prepare(self) -> None:
        if not self.path.exists():
            with self._alone():
                if not self.path.exists():
                    self._create()
        version = self._version()
        stranger = refusal_in(self.path.parent)
        if version < len(MIGRATIONS):
            if stranger is not None:
                raise stranger
            if not os.access(self.path, os.W_OK) or not os.access(self.path.parent, os.W_OK):
                raise ScoredockError(
                    "workspace-read-only",
                    l10n.t(
                        "The workspace store {path} is older than this program and cannot be updated, "
                        "because it cannot be written.",
                        path=self.path,
                    ),
                    place=Place(str(self.path)),
                )
            with self._alone():
                self._migrate(self._version())
        elif version > len(MIGRATIONS):
            self._read_only_code = "workspace-newer"
            self.read_only = l10n.t(
                "The workspace {folder} was written by a newer Scoredock (store version {version}; "
                "this program knows {known}). It can be read but not changed.",
                folder=self.path.parent,
                version=version,
                known=len(MIGRATIONS),
            )
        elif stranger is not None:
            self._read_only_code, self.read_only, self._read_only_fix = stranger.code, stranger.message, stranger.fix
        elif not os.access(self.path, os.W_OK) or not os.access(self.path.parent, os.W_OK):
            self._read_only_code = "workspace-read-only"
            self.read_only = l10n.t("The workspace folder {folder} cannot be written.", folder=self.path.parent)
        self._is_prepared = True

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        from scoredock.registry.store.lock import hold_lock  # most stores are prepared already

        with hold_lock(self.path.parent):
            yield

    def _create(self) -> None:
        """Everything in a file beside, then one rename: there is never a store without its tables."""
        for what in ("manifests", "blobs/sha256"):
            held = self.path.parent / what
            if held.is_dir() and any(held.iterdir()):
                raise WorkspaceDamaged(
                    l10n.t(
                        "The workspace folder {folder} contains models, but its store.sqlite3 no longer exists.",
                        folder=self.path.parent,
                    ),
                    place=Place(str(self.path)),
                )
        fresh = self.path.with_name("store.new")
        make_tables(fresh)
        fresh.replace(self.path)
        flush_folder(self.path.parent)
        self.keep_reserve()

    def _version(self) -> int:
        with self._translated(), contextlib.closing(self._open()) as connection:
            application: int = connection.execute("PRAGMA application_id").fetchone()[0]
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION_ID:
            raise WorkspaceDamaged(
                l10n.t("{path} is not a store of Scoredock.", path=self.path), place=Place(str(self.path))
            )
        return version

    def _migrate(self, version: int) -> None:
        """A copy beside, then all missing steps in one transaction; a kill at any point leaves the old or the new
        state."""
        if version >= len(MIGRATIONS):
            return
        backup = self.path.with_name(f"store.before-{version + 1}.sqlite3")
        half = self.path.with_name("store.backup.new")
        half.unlink(missing_ok=True)
        with self._translated(), contextlib.closing(self._open()) as connection:
            os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
            with contextlib.closing(sqlite3.connect(half)) as copy:
                connection.backup(copy)
            descriptor = os.open(half, os.O_RDWR)
            try:
                flush(descriptor)
            finally:
                os.close(descriptor)
            half.replace(backup)
            flush_folder(backup.parent)
            steps = "".join(MIGRATIONS[version:])
            try:
                connection.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version={len(MIGRATIONS)}; COMMIT;")
            except sqlite3.Error:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    # ------------------------------------------------------------------------------------------ the reserve

    def keep_reserve(self) -> None:
        """Put the reserve aside again where there is room for it; a full disk is not an error here."""
        if self.read_only or self.reserve.exists() or self._free() < 8 * RESERVE_BYTES:
            return
        fresh = self.reserve.with_name("reserve.new")
        try:
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
            try:
                # Random, as a compressing file system would keep nothing of zeros.
                os.write(descriptor, os.urandom(RESERVE_BYTES))
            finally:
                os.close(descriptor)
            fresh.replace(self.reserve)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink()

    def _release_reserve_when_needed(self) -> None:
        if not self.read_only and (self._free() < RESERVE_BYTES or self._free_names() < _NAMES):
            with storing(self.reserve):
                self.reserve.unlink(missing_ok=True)

    def _free_names(self) -> float:
        """Files that may still be made on the disk; infinite where the file system does not count them."""
        if os.name == "nt":
            return float("inf")
        with storing(self.path.parent):
            status = os.statvfs(self.path.parent)
        return status.f_favail if status.f_files else float("inf")

    def _free(self) -> int:
        """Bytes that this user may still write."""
        with storing(self.path.parent):
            return shutil.disk_usage(self.path.parent).free


def _empty_store(check_same_thread: bool) -> StoreConnection:
    """Store of a workspace that nobody has changed yet."""
    connection = sqlite3.connect(
        ":memory:", isolation_level=None, check_same_thread=check_same_thread, factory=StoreConnection
    )
    connection.executescript("".join(MIGRATIONS))
    return connection


def make_tables(fresh: Path) -> None:
    """A store without rows in a new file, which replaces one that a killed process left there."""
    for leftover in (fresh, fresh.with_name(f"{fresh.name}-journal")):
        leftover.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
    fresh.chmod(FILE_MODE)
    try:
        with contextlib.closing(sqlite3.connect(fresh, isolation_level=None, factory=StoreConnection)) as connection:
            connection.execute("PRAGMA synchronous=EXTRA")
            connection.executescript(
                f"PRAGMA application_id={APPLICATION_ID}; BEGIN IMMEDIATE; {''.join(MIGRATIONS)} "
                f"PRAGMA user_version={len(MIGRATIONS)}; COMMIT;"
            )
    except sqlite3.Error as error:
        raise store_error(error, fresh) from error
