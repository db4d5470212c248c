"""A new workspace folder out of a backup: all of it or nothing, and every byte compared with its digest."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.errors import Place, ScoredockError, WorkspaceDamaged
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry.blobs.blobs import Blobs
from scoredock.registry.blobs.intake import BLOB_MODE
from scoredock.registry.blobs.meter import Meter
from scoredock.registry.manifests.manifests import Manifests
from scoredock.registry.store.durable import FILE_MODE, FOLDER_MODE, create_file, flush, make_folder, write_all
from scoredock.registry.store.faults import storage_error, store_error, storing
from scoredock.registry.store.schema import MIGRATIONS
from scoredock.registry.store.store import APPLICATION_ID, Store
from scoredock.registry.upkeep.backup import Services, opened_copy
from scoredock.registry.upkeep.backup_file import STORE, BackupReader
from scoredock.registry.upkeep.carried_part import CarriedNote
from scoredock.registry.upkeep.changed_tables import tables, tables_of
from scoredock.registry.upkeep.verification import verify

_LARGE = 1 << 20
"""Files from this size are flushed one by one."""


@dataclass(slots=True)
class Restored:
    """Contents of a backup that was read."""

    header: Mapping[str, Any]
    notes: list[str] = field(default_factory=list)
    """A sentence for each thing that was not whole when the backup was made."""
    parts: list[CarriedNote] = field(default_factory=list)
    """What to know of what came besides models and services."""


def restore(path: Path, folder: Path, services: Services, *, progress: Progress, cancel: CancelToken) -> Restored:
    """Make a workspace folder from a backup, in `folder`, which must not exist; the caller removes it when this raises.

    Every byte is compared with its digest. Raises backup-invalid, backup-newer, file-not-found, file-unreadable,
    disk-full, io-failed, cancelled.
    """
    progress.report(l10n.t("Reading the backup"))
    with BackupReader(path, cancel, (part.files for part in services.others)) as reader:
        report = Restored(reader.header)
        with storing(folder):
            make_folder(folder)
            size = path.stat().st_size
            if size > shutil.disk_usage(folder).free:
                raise storage_error(OSError(28, os.strerror(28)), folder, size)
        meter = Meter(_restoring, 1, size, progress)
        meter.next(path.name)
        _unpack(reader, folder, meter)
    _require_store(path, folder)
    _adapt(path, folder, services, report, cancel)
    with storing(folder):
        for part in services.others:
            try:
                report.parts += part.settle(folder)
            except ValueError as error:
                raise _invalid(path, l10n.t("it contains {what}", what=error)) from error
    if sys.platform == "linux":
        os.sync()  # of the many small files at once; the large ones are flushed already
    return report


def _unpack(reader: BackupReader, folder: Path, meter: Meter) -> None:
    """Bytes that were damaged when the backup was made are left out: their names are not their digests."""
    for member in reader.members():
        target = folder.joinpath(*member.name.split("/"))
        with storing(target, member.size):
            _make_private(target if member.is_folder else target.parent)
            if member.is_folder:
                continue
            blob = member.name.startswith("blobs/")
            output = create_file(target, BLOB_MODE if blob else 0o700 if member.executable else FILE_MODE)
            try:

                def write(piece: memoryview, output: int = output) -> None:
                    write_all(output, piece)
                    meter.tick(len(piece))

                digest = reader.read_into(member, write)
                if member.size >= _LARGE or sys.platform != "linux":
                    flush(output)
            finally:
                os.close(output)
            if blob and digest != target.name:
                target.unlink()


def _make_private(folder: Path) -> None:
    """Same as `make_folder`, without a flush for each."""
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=FOLDER_MODE)
        folder.chmod(FOLDER_MODE)


def _require_store(path: Path, folder: Path) -> None:
    """The store is one of ours, of a version we know, with exactly our tables: a file from elsewhere may bring
    triggers."""
    store = folder / STORE
    if not store.is_file():
        raise _invalid(path, l10n.t("it contains no store"))
    try:
        with contextlib.closing(opened_copy(store)) as connection:
            if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise _invalid(path, l10n.t("its store was not written by Scoredock"))
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise ScoredockError(
                    "backup-newer",
                    l10n.t(
                        "The backup {path} was written by a newer Scoredock (store version {version}, this "
                        "program knows {count}).",
                        path=path,
                        version=version,
                        count=len(MIGRATIONS),
                    ),
                    place=Place(str(path)),
                )
            if version < 1 or tables(connection) != tables_of(version):
                raise _invalid(path, l10n.t("its store has other tables than Scoredock writes"))
    except UnicodeDecodeError as error:
        raise _invalid(path, l10n.t("its store contains text that is not valid")) from error
    except sqlite3.Error as error:
        found = store_error(error, store)
        if not isinstance(found, WorkspaceDamaged):
            raise found from error  # the disk's fault and not the backup's
        raise _invalid(path, l10n.t("its store cannot be read: {reason}", reason=error)) from error


def _adapt(path: Path, folder: Path, services: Services, report: Restored, cancel: CancelToken) -> None:
    store = Store(folder / STORE)  # migrates an older one
    try:
        with store.write() as connection:
            services.strip(connection)
        found = verify(store, Blobs(folder), Manifests(folder), deep=False)
        for problem in found.problems:
            if problem.sort in ("bytes", "compute"):  # lost or damaged before: the backup could not hold them
                report.notes.append(problem.message)
            elif problem.sort != "mode":
                raise _invalid(path, problem.message.rstrip("."))
        with store.read() as connection:
            report.notes += services.complete(connection, folder, cancel)
    except ValueError as error:
        raise _invalid(path, l10n.t("its store contains {reason}", reason=error)) from error
    finally:
        store.close()
    store.keep_reserve()


def _invalid(path: Path, what: str) -> ScoredockError:
    return ScoredockError(
        "backup-invalid", l10n.t("The backup {path} is damaged: {what}.", path=path, what=what), place=Place(str(path))
    )


def _restoring(label: str) -> str:
    return l10n.t("Restoring {name}", name=label)
