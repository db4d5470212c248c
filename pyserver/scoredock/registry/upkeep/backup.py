"""A backup: a whole workspace into one file.

The copy of the store is the moment that the backup tells of: its rows decide which bytes go in, and the manifests are
written from them. Bytes never change, and garbage is not collected meanwhile, so nobody has to wait for a backup.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import BinaryIO, Protocol

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry.assets.compute_files import ComputeFiles
from scoredock.registry.blobs.blobs import Blobs
from scoredock.registry.blobs.meter import Meter
from scoredock.registry.manifests.forms import MODEL, name_to_json, version_to_json
from scoredock.registry.manifests.manifests import BEHIND, Manifests, name_of_rows
from scoredock.registry.records import AssetRecord, ModelFile, ModelVersion
from scoredock.registry.store import asset_rows, outbox, rows
from scoredock.registry.store.durable import FILE_MODE, create_file, create_held, flush, flush_folder
from scoredock.registry.store.faults import storage_error, store_error, storing
from scoredock.registry.store.schema import MIGRATIONS
from scoredock.registry.store.store import Store, StoreConnection
from scoredock.registry.upkeep.backup_file import (
    HEADER,
    STORE,
    BackupMember,
    Writer,
    format_of,
    storable_name,
)
from scoredock.registry.upkeep.backup_parts import COPY, noted, sweep
from scoredock.registry.upkeep.carried_part import CarriedPart

_LOCK_SECONDS = 10.0
_CHUNK = 1 << 20


class Services(Protocol):
    """Interface of the part of the program that adds services to a backup."""

    @property
    def others(self) -> Sequence[CarriedPart]:
        """Folders beside those of services."""

    def strip(self, connection: sqlite3.Connection) -> int:
        """Remove from a copied store what must not be carried: handles and their secrets, changes under way. All
        services are stopped then. Gives how many there are. Raises ValueError for rows that no service has.
        """

    def files(self, connection: sqlite3.Connection, workspace: Path) -> Iterator[tuple[str, Path]]:
        """Name in the backup and place of each file and folder of the services."""

    def complete(self, connection: sqlite3.Connection, workspace: Path, cancel: CancelToken) -> list[str]:
        """Put in what `files` left out, as it lies elsewhere in the workspace; a sentence for each service that lacks
        something.
        """


@dataclass(slots=True)
class Backup:
    """Result of a backup."""

    path: Path
    size: int
    versions: int
    services: int
    left_out: list[str] = field(default_factory=list)
    """A sentence for each thing that could not be part of it."""


def backup(
    workspace: Path,
    identity: Mapping[str, object],
    target: Path,
    services: Services,
    *,
    overwrite: bool,
    progress: Progress,
    cancel: CancelToken,
) -> Backup:
    """Write a workspace to `target`, which is complete when this returns, and as it was when this raises.

    Raises backup-exists, backup-target-invalid, workspace-newer, store-busy, disk-full, io-failed, cancelled.
    """
    store = Store(workspace / "store.sqlite3")
    if store.is_newer:
        raise ScoredockError("workspace-newer", store.read_only, place=Place(str(store.path)))
    _require_target(workspace, target, overwrite)
    writable = not store.read_only
    with (
        storing(target),
        _no_collecting(workspace, writable=writable),
        noted(workspace, target.parent, writable=writable),
    ):
        sweep(target.parent)
        nonce = secrets.token_hex(6)
        copy = target.with_name(f".{target.name}.{nonce}{COPY}")
        fresh = target.with_name(f".{target.name}.{nonce}.part")
        try:
            output = create_held(fresh)
            with open(output, "wb", buffering=_CHUNK) as stream:  # noqa: PTH123 (a descriptor)
                progress.report(l10n.t("Copying the store"))
                _copy_store(store, copy)
                report = _write(workspace, identity, copy, stream, services, target, progress, cancel)
                stream.flush()
                flush(output)
                report.size = os.fstat(output).st_size
                cancel.raise_if_cancelled()
                _require_target(workspace, target, overwrite)
                if os.name != "nt":
                    fresh.replace(target)  # while it is held, so that nobody takes it for a left-over
            if os.name == "nt":
                fresh.replace(target)  # an open file cannot be renamed there
            flush_folder(target.parent)
        finally:
            for path in (fresh, copy, copy.with_name(f"{copy.name}-journal")):
                with contextlib.suppress(OSError):
                    path.unlink()
    return report


def _require_target(workspace: Path, target: Path, overwrite: bool) -> None:
    place = Place(str(target))
    real = Path(os.path.realpath(target))
    if real.is_relative_to(os.path.realpath(workspace)):
        raise ScoredockError(
            "backup-target-invalid",
            l10n.t("{target} is inside the workspace that is to be backed up.", target=target),
            place=place,
        )
    if not target.name or not storable_name(target.name):
        raise ScoredockError(
            "backup-target-invalid", l10n.t("{target!r} is not a valid file name.", target=str(target)), place=place
        )
    if not target.parent.is_dir():
        raise ScoredockError(
            "backup-target-invalid", l10n.t("The folder {parent} does not exist.", parent=target.parent), place=place
        )
    if os.path.lexists(target):
        if target.is_symlink() or not target.is_file():
            raise ScoredockError(
                "backup-target-invalid",
                l10n.t("{target} exists and is not a regular file.", target=target),
                place=place,
            )
        if not overwrite:
            raise ScoredockError("backup-exists", l10n.t("{target} already exists.", target=target), place=place)


@contextlib.contextmanager
def _no_collecting(workspace: Path, *, writable: bool) -> Iterator[None]:
    """Nobody removes bytes while they are read; see `upkeep.not_backed_up`. Raises store-busy."""
    if not writable:
        yield  # then nobody can remove anything
        return
    lock = FileLock(workspace / "backup.lock", timeout=_LOCK_SECONDS, mode=FILE_MODE)
    try:
        lock.acquire()
    except Timeout as error:
        raise ScoredockError(
            "store-busy", l10n.t("Another backup of {workspace} is being made.", workspace=workspace)
        ) from error
    try:
        yield
    finally:
        lock.release()


def _copy_store(store: Store, copy: Path) -> None:
    os.close(create_file(copy))
    with store.read() as source:
        source.execute("SELECT 1 FROM meta").fetchone()  # the moment that the backup tells of
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as into:
            source.backup(into)


def opened_copy(path: Path) -> sqlite3.Connection:
    """A connection to a store that nobody else works with and that may come from anywhere."""
    connection = sqlite3.connect(path, isolation_level=None, factory=StoreConnection)
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA secure_delete=ON")
    return connection


def _write(
    workspace: Path,
    identity: Mapping[str, object],
    copy: Path,
    stream: BinaryIO,
    services: Services,
    target: Path,
    progress: Progress,
    cancel: CancelToken,
) -> Backup:
    blobs = Blobs(workspace)
    writer = Writer(stream)
    report = Backup(target, 0, 0, 0)
    try:
        with contextlib.closing(opened_copy(copy)) as connection:
            connection.execute("DELETE FROM meta WHERE key >= ? AND key < ?", (BEHIND, BEHIND[:-1] + "0"))
            outbox.clear(connection)
            report.services = services.strip(connection)
            connection.execute("VACUUM")
            records = _records(connection)
            files = {file.sha256: file for _, record, _ in records for file in record.files}
            workspace_files = [
                *services.files(connection, workspace),
                *ComputeFiles(workspace).backup_files(),
            ]
            members = [each for part in services.others for each in part.members(workspace, report.left_out)]
            total = sum(file.size for file in files.values()) + copy.stat().st_size
            report.versions = sum(kind == MODEL for kind, _, _ in records)
            if total > shutil.disk_usage(target.parent).free:
                raise storage_error(OSError(28, os.strerror(28)), target, total)
            head = {
                "format": format_of(name for name, _ in members),
                "storeVersion": len(MIGRATIONS),
                "created": time.time(),
                "workspace": dict(identity),
                "counts": {
                    "versions": report.versions,
                    "files": len(files),
                    "services": report.services,
                    "bytes": total,
                },
            }
            writer.add_bytes(HEADER, json.dumps(head, ensure_ascii=False, indent=1).encode())
            meter = Meter(_backing_up, len(files), total, progress)
            _add_file(writer, BackupMember(STORE, copy.stat().st_size), copy, meter, cancel)
            _write_manifests(writer, connection, records, cancel)
    except sqlite3.Error as error:
        raise store_error(error, copy) from error
    for digest, file in sorted(files.items()):
        meter.next(file.path)
        _add_blob(writer, blobs, digest, file, meter, cancel, report)
    for name, path in workspace_files:
        _add_carried(writer, name, path, meter, cancel, report)
    for name, content in members:
        cancel.raise_if_cancelled()
        if isinstance(content, bytes):
            writer.add_bytes(name, content)
        elif content.exists():  # not removed meanwhile
            _add_carried(writer, name, content, meter, cancel, report)
    writer.finish()
    return report


def _records(connection: sqlite3.Connection) -> list[tuple[str, ModelVersion | AssetRecord, int]]:
    """Kind, record and edition of everything that there is, in the trash or not."""
    editions = {
        (row[0], row[1], row[2]): row[3]
        for row in connection.execute(
            "SELECT 'model', name, version, edition FROM model_versions UNION ALL SELECT kind, name, version, edition"
            " FROM assets"
        )
    }
    models = [rows.complete(connection, each) for each in rows.summaries(connection, "1")]
    found: list[tuple[str, ModelVersion | AssetRecord, int]] = [
        (MODEL, model, editions[MODEL, model.name, model.version]) for model in models
    ]
    for record in asset_rows.select(connection, "1"):
        found.append((record.kind, record, editions[record.kind, record.name, record.version]))
    return found


def _write_manifests(
    writer: Writer,
    connection: sqlite3.Connection,
    records: list[tuple[str, ModelVersion | AssetRecord, int]],
    cancel: CancelToken,
) -> None:
    places = Manifests(Path())
    for kind, record, edition in records:
        cancel.raise_if_cancelled()
        name = places.path(record.name, record.version, kind).as_posix()
        writer.add_bytes(name, version_to_json(record, edition).encode())
    for kind, name in connection.execute(
        "SELECT 'model', name FROM models UNION ALL SELECT kind, name FROM asset_names"
    ).fetchall():
        name_manifest = name_of_rows(connection, name, kind)
        if name_manifest is not None:
            writer.add_bytes(places.name_path(name, kind).as_posix(), name_to_json(name_manifest).encode())


def _add_file(writer: Writer, member: BackupMember, path: Path, meter: Meter, cancel: CancelToken) -> str:
    """Raises OSError when it cannot be opened."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    with open(os.open(path, flags), "rb", buffering=0) as stream:  # noqa: PTH123 (a descriptor)

        def chunks() -> Iterator[bytes]:
            while True:
                cancel.raise_if_cancelled()
                chunk = stream.read(_CHUNK)
                if not chunk:
                    return
                meter.tick(len(chunk))
                yield chunk

        return writer.add(member, chunks())


def _add_blob(
    writer: Writer, blobs: Blobs, digest: str, file: ModelFile, meter: Meter, cancel: CancelToken, report: Backup
) -> None:
    """Damaged bytes go in as they are: their digest in the list tells a restore that they were so before."""
    path = blobs.path(digest)
    try:
        size = path.lstat().st_size
        stored_digest = _add_file(
            writer, BackupMember(f"blobs/sha256/{digest[:2]}/{digest}", size), path, meter, cancel
        )
    except OSError as error:
        if error.filename is None or Path(error.filename) != path:
            raise
        report.left_out.append(
            l10n.t(
                "The stored bytes {digest} ({file}) cannot be read: {reason}.",
                digest=digest,
                file=file.path,
                reason=error.strerror,
            )
        )
        return
    if stored_digest != digest:
        report.left_out.append(l10n.t("The stored bytes {digest} ({file}) are damaged.", digest=digest, file=file.path))


def _add_carried(writer: Writer, name: str, path: Path, meter: Meter, cancel: CancelToken, report: Backup) -> None:
    if not storable_name(name):
        report.left_out.append(l10n.t("The name of {path} cannot be stored in a backup.", path=str(path)))
        return
    try:
        if path.is_dir():
            writer.add_folder(name)
            return
        status = path.lstat()
        _add_file(
            writer, BackupMember(name, status.st_size, executable=bool(status.st_mode & 0o100)), path, meter, cancel
        )
    except OSError as error:
        if error.filename is None or Path(error.filename) != path:
            raise
        report.left_out.append(l10n.t("{path} cannot be read: {reason}.", path=path, reason=error.strerror))


def _backing_up(label: str) -> str:
    return l10n.t("Backing up {name}", name=label)
