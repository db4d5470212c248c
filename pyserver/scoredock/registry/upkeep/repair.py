"""Putting a workspace right: what is lost is taken from where it still lies; what is nowhere is named, and nothing
removed.

Repairing twice does nothing the second time. It may be killed at any moment and be run again.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry.blobs.blobs import Blobs
from scoredock.registry.blobs.hashing import CHUNK, Hasher, version_digest
from scoredock.registry.blobs.intake import BLOB_MODE
from scoredock.registry.manifests.forms import MODEL
from scoredock.registry.manifests.manifests import Manifests, name_of_rows
from scoredock.registry.records import AssetRecord, ModelFile, ModelVersion
from scoredock.registry.store import asset_rows, rows
from scoredock.registry.store.durable import (
    FILE_MODE,
    FOLDER_MODE,
    create_held,
    flush,
    flush_folder,
    make_folder,
    write_all,
)
from scoredock.registry.store.faults import storing
from scoredock.registry.store.store import Store
from scoredock.registry.upkeep.problems import Problem
from scoredock.registry.upkeep.rebuild import Adopt, forget_aside, is_lost, put_name, raise_last, rebuild
from scoredock.registry.upkeep.verification import copies_of, labels_of_rows, verify, wrong_modes


@dataclass(slots=True)
class RepairReport:
    """Result of a repair."""

    repairs: list[str] = field(default_factory=list)
    """A sentence for each thing that was put right."""
    problems: list[Problem] = field(default_factory=list)
    """What could not be."""


def repair(
    workspace: Path, *, adopt: Adopt, progress: Progress | None = None, cancel: CancelToken | None = None
) -> RepairReport:
    """Verify every byte and put right what can be. `adopt` tells the new store, where one is needed, of the services.

    Raises workspace-newer, workspace-read-only, store-busy, disk-full, io-failed, cancelled; what was done by then
    stays.
    """
    progress, cancel = progress or Silent(), cancel or CancelToken()
    report = RepairReport()
    progress.report(l10n.t("Reading the store"))
    for path in wrong_modes(workspace) if workspace.is_dir() else ():
        _close_to_others(workspace, path, report)
    if is_lost(workspace):
        cancel.raise_if_cancelled()
        progress.report(l10n.t("Rebuilding the store"))
        report.repairs += rebuild(workspace, adopt)
    else:
        with storing(workspace):
            forget_aside(workspace)
    store = Store(workspace / "store.sqlite3")
    store.require_writable()
    blobs, manifests = Blobs(workspace), Manifests(workspace)
    try:
        with store.write() as connection:
            report.repairs += adopt(connection, workspace, None, fresh=False)
        seen = verify(store, blobs, manifests, True, progress, cancel)
        _Repair(workspace, store, blobs, manifests, report, progress, cancel).mend(seen.problems)
        # A second look: the bytes were read already, and those that are still wrong are still wrong.
        problems = verify(store, blobs, manifests, False, progress, cancel).problems
        keys = {(problem.subject, problem.message) for problem in problems}
        problems += [p for p in report.problems if (p.subject, p.message) not in keys and not _is_listed(p, problems)]
        report.problems = problems
    finally:
        store.close()
    return report


def _is_listed(problem: Problem, problems: Sequence[Problem]) -> bool:
    return any((p.sort, p.subject, p.file) == (problem.sort, problem.subject, problem.file) for p in problems)


def _close_to_others(workspace: Path, path: Path, report: RepairReport) -> None:
    mode = FOLDER_MODE if path.is_dir() else FILE_MODE
    if path.is_file() and path.is_relative_to(workspace / "blobs"):
        mode = BLOB_MODE
    try:
        path.chmod(mode)
        closed = not path.lstat().st_mode & 0o077
    except OSError:
        closed = False  # somebody else's, or a file system that knows no owners: verified again at the end
    if not closed:
        return
    report.repairs.append(l10n.t("{path} was closed to other users.", path=path))


class _Repair:
    def __init__(
        self,
        workspace: Path,
        store: Store,
        blobs: Blobs,
        manifests: Manifests,
        report: RepairReport,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        self._workspace, self._store, self._blobs, self._manifests = workspace, store, blobs, manifests
        self._report, self._progress, self._cancel = report, progress, cancel
        self._healed: dict[str, Path | None] = {}

    def mend(self, problems: Sequence[Problem]) -> None:
        """Rows before manifests, which are written from them; versions before names, whose aliases point to them."""
        order = ("number", "rows", "lost", "bytes", "manifest", "name")
        verbs = {
            "number": self._number,
            "rows": self._rows,
            "lost": self._lost,
            "bytes": self._bytes,
            "manifest": self._manifest,
            "name": self._name,
        }
        for problem in sorted(
            (p for p in problems if p.sort in verbs), key=lambda p: (order.index(p.sort), not p.version)
        ):
            self._cancel.raise_if_cancelled()
            self._progress.report(l10n.t("Repairing {subject}", subject=problem.subject))
            if problem.repairable:
                verbs[problem.sort](problem)
            elif problem.sort == "bytes":
                self._report.problems.append(problem)

    def _number(self, problem: Problem) -> None:
        with self._store.write() as connection:
            raise_last(connection, problem.kind, problem.name, problem.version)
        self._say(
            l10n.t("The last number of {name} was raised to {number}.", name=problem.name, number=problem.version)
        )

    def _rows(self, problem: Problem) -> None:
        """The manifest knows the files; without it the columns follow the rows of files, if there are any."""
        with self._store.write() as connection:
            model = rows.version(connection, problem.name, problem.version)
            if model is None:
                return
            tags, properties = labels_of_rows(connection).get((model.name, model.version), ({}, {}))
            record = self._record_of(problem)
            if isinstance(record, ModelVersion) and record.digest in (
                model.digest,
                version_digest(model.files, model.folders),
            ):
                _replace_files(connection, record)
                model, tags, properties = record, dict(record.tags), dict(record.properties)
            connection.execute("DELETE FROM model_labels WHERE name = ? AND version = ?", (model.name, model.version))
            rows.put_labels(connection, model, tags, properties)
            if not model.files:
                return
            connection.execute(
                "UPDATE model_versions SET size = ?, file_count = ?, digest = ? WHERE name = ? AND version = ?",
                (
                    sum(file.size for file in model.files),
                    len(model.files),
                    version_digest(model.files, model.folders),
                    model.name,
                    model.version,
                ),
            )
        self._say(l10n.t("The rows of {subject} were written again.", subject=problem.subject))

    def _lost(self, problem: Problem) -> None:
        if not problem.version:
            self._lost_name(problem)
            return
        try:
            manifest = self._manifests.read(problem.path) if problem.path is not None else None
        except (OSError, ValueError):
            return
        if manifest is None:
            return
        record = manifest.record
        with self._store.write() as connection:
            if isinstance(record, ModelVersion):
                if rows.version(connection, record.name, record.version) is not None:
                    _remove_rows(connection, record)
                rows.insert(connection, record)
                connection.execute(
                    "UPDATE model_versions SET edition = ? WHERE name = ? AND version = ?",
                    (manifest.edition, record.name, record.version),
                )
            else:
                if asset_rows.one(connection, record.kind, record.name, record.version) is not None:
                    asset_rows.purge(connection, record)
                asset_rows.insert(connection, record)
                connection.execute(
                    "UPDATE assets SET edition = ? WHERE kind = ? AND name = ? AND version = ?",
                    (manifest.edition, record.kind, record.name, record.version),
                )
            if manifest.format == 1:
                self._manifests.record(connection, record.name, record.version)
        self._say(l10n.t("{record} was restored from its manifest.", record=record.id))

    def _lost_name(self, problem: Problem) -> None:
        try:
            manifest = self._manifests.read_name(problem.path) if problem.path is not None else None
        except (OSError, ValueError):
            return
        if manifest is None:
            return
        with self._store.write() as connection:
            raise_last(connection, manifest.kind, manifest.name, manifest.last_version)
            query = "SELECT version FROM model_versions WHERE name = ?"
            versions = (
                {row[0] for row in connection.execute(query, (manifest.name,))} if manifest.kind == MODEL else set()
            )
            put_name(connection, manifest, versions)
        self._say(l10n.t("The name {name} was restored from its file.", name=manifest.name))

    def _manifest(self, problem: Problem) -> None:
        with self._store.write() as connection:
            self._manifests.record(connection, problem.name, problem.version, problem.kind)
        self._say(l10n.t("The manifest of {subject} was written again.", subject=problem.subject))

    def _name(self, problem: Problem) -> None:
        with self._store.write() as connection:
            if name_of_rows(connection, problem.name, problem.kind) is not None:
                self._manifests.record_name(connection, problem.name, problem.kind)
        self._say(l10n.t("The file of the name {name} was written again.", name=problem.name))

    def _record_of(self, problem: Problem) -> ModelVersion | AssetRecord | None:
        with contextlib.suppress(OSError, ValueError):
            return self._manifests.read(self._manifests.path(problem.name, problem.version, problem.kind)).record
        return None

    # ------------------------------------------------------------------------------------------ bytes

    def _bytes(self, problem: Problem) -> None:
        file = problem.file
        if file is None:
            return
        if file.sha256 not in self._healed:
            self._healed[file.sha256] = next(
                (copy for copy in copies_of(self._workspace, file) if self._take_in(copy, file)), None
            )
        source = self._healed[file.sha256]
        if source is None:
            self._report.problems.append(problem)
        else:
            self._say(
                l10n.t(
                    "The file {file} of {subject} was restored from {source}.",
                    file=file.path,
                    subject=problem.subject,
                    source=source,
                )
            )

    def _take_in(self, copy: Path, file: ModelFile) -> bool:
        """Copy bytes that a service holds to the blob of this digest, if they are the right ones."""
        with storing(self._blobs.scratch, file.size):
            make_folder(self._blobs.scratch)
            fresh = self._blobs.scratch / f"heal-{os.getpid()}-{secrets.token_hex(6)}"
            output = create_held(fresh)
            try:
                if not _copied(copy, output, file, self._cancel):
                    return False
                if os.name != "nt":
                    os.fchmod(output, BLOB_MODE)
                flush(output)
                target = self._blobs.path(file.sha256)
                make_folder(target.parent)
                fresh.replace(target)
                flush_folder(target.parent)
            finally:
                os.close(output)
                with contextlib.suppress(FileNotFoundError):
                    fresh.unlink()
        return True

    def _say(self, sentence: str) -> None:
        self._report.repairs.append(sentence)


def _copied(copy: Path, output: int, file: ModelFile, cancel: CancelToken) -> bool:
    """True if the bytes of a regular file have the digest; they are written on the way. Links are not followed."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(copy, flags)
    except OSError:
        return False
    with open(descriptor, "rb", buffering=0) as stream, Hasher() as hasher:  # noqa: PTH123 (a descriptor)
        remaining_bytes = file.size
        while remaining_bytes >= 0:
            cancel.raise_if_cancelled()
            buffer = hasher.buffer()
            try:
                count = stream.readinto(memoryview(buffer)[: min(CHUNK, remaining_bytes + 1)])
            except OSError:
                return False
            if not count:
                break
            remaining_bytes -= count
            write_all(output, hasher.feed(buffer, count))
        return remaining_bytes == 0 and hasher.digest() == file.sha256


def _replace_files(connection: sqlite3.Connection, model: ModelVersion) -> None:
    key = (model.name, model.version)
    for table in ("model_files", "model_folders"):
        connection.execute(f"DELETE FROM {table} WHERE name = ? AND version = ?", key)  # noqa: S608 (fixed text)
    connection.executemany(
        "INSERT INTO model_files(name, version, path, size, sha256) VALUES(?, ?, ?, ?, ?)",
        [(*key, file.path, file.size, file.sha256) for file in model.files],
    )
    connection.executemany(
        "INSERT INTO model_folders(name, version, path) VALUES(?, ?, ?)", [(*key, path) for path in model.folders]
    )


def _remove_rows(connection: sqlite3.Connection, model: ModelVersion) -> None:
    """Removes the rows of a version that is inserted again. Its aliases stay, and are looked at when that is done."""
    connection.execute("PRAGMA defer_foreign_keys=ON")
    for table in ("model_labels", "model_files", "model_folders", "model_versions"):
        connection.execute(f"DELETE FROM {table} WHERE name = ? AND version = ?", (model.name, model.version))  # noqa: S608
