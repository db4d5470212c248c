"""`workspace verify`: is everything there and right? Reads only, and says each thing that is wrong as one sentence."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.data_folder import account_name, giving_back, home_of, of_others
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry.assets.compute_files import ComputeFiles
from scoredock.registry.blobs.blobs import DIGEST, Blobs
from scoredock.registry.blobs.hashing import Hasher, version_digest
from scoredock.registry.blobs.meter import Meter
from scoredock.registry.manifests.manifests import Manifests, behind, name_of_rows
from scoredock.registry.records import ModelFile, ModelVersion
from scoredock.registry.store import asset_rows, rows
from scoredock.registry.store.faults import storing
from scoredock.registry.store.store import Store
from scoredock.registry.upkeep.backup_parts import left_over
from scoredock.registry.upkeep.changed_tables import changed_table
from scoredock.registry.upkeep.manifest_comparison import ManifestComparison, NameKey, StoredName, VersionKey
from scoredock.registry.upkeep.problems import Record, Verified, kind_of

Labels = dict[tuple[str, int], tuple[dict[str, str], dict[str, str]]]
"""Name and version → tags and properties."""

_SERVICES = """
SELECT s.name, s.active_revision, coalesce(json_extract(r.request, '$.image'), '') = '' AND r.request IS NOT NULL,
    s.handle IS NOT NULL AND s.state = 'Healthy'
FROM services s LEFT JOIN revisions r ON r.service = s.name AND r.revision = s.active_revision
"""
"""Name, revision that serves, whether that has staged files, whether it runs."""
_MOST_PATHS = 20
"""Files with the same small problem are listed one by one up to this many."""


def verify(
    store: Store,
    blobs: Blobs,
    manifests: Manifests,
    deep: bool,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Verified:
    """Look at everything; `deep` also reads every stored byte. Never writes. Raises io-failed, cancelled."""
    with storing(store.path.parent):  # what cannot be read is a problem found, but for the folders themselves
        return _Verification(store, blobs, manifests, deep, progress or Silent(), cancel or CancelToken()).run()


def labels_of_rows(connection: sqlite3.Connection) -> Labels:
    """Tags and properties of each version by the table that filters ask; lists show what the rows of versions hold."""
    labels: Labels = {}
    for name, version, kind, key, value in connection.execute(
        "SELECT name, version, kind, key, value FROM model_labels"
    ):
        labels.setdefault((name, version), ({}, {}))[kind == "property"][key] = value
    return labels


class _Verification:
    def __init__(
        self, store: Store, blobs: Blobs, manifests: Manifests, deep: bool, progress: Progress, cancel: CancelToken
    ) -> None:
        self._store, self._blobs, self._manifests = store, blobs, manifests
        self._progress, self._cancel = progress, cancel
        self._verified = Verified(deep)
        self._bytes: dict[str, str] = {}
        self._labels: Labels = {}

    def run(self) -> Verified:
        self._progress.report(l10n.t("Reading the store"))
        try:
            with self._store.read() as connection:
                self._integrity(connection)
                records, editions = self._versions(connection)
                names = self._names(connection)
                self._labels = labels_of_rows(connection)
                services = connection.execute(_SERVICES).fetchall()
                late = behind(connection)
        except (ScoredockError, sqlite3.Error, ValueError, KeyError, TypeError) as error:
            path, fix = self._store.path, l10n.t("Repair the workspace. The store is rebuilt.")
            message = l10n.t("The rows of {store} cannot be read: {reason}.", store=path, reason=error)
            self._verified.add("store", path, error.message if isinstance(error, ScoredockError) else message, fix)
            return self._verified
        for record in records:
            stored = names.get((kind_of(record), record.name))
            if stored is None or record.version > stored.last:
                message = l10n.t("{record} has a number beyond the last one of its name.", record=record.id)
                fix = l10n.t("Repair the workspace. The last number is raised.")
                self._verified.add_version("number", record, message, fix)
        self._contents(records)
        keys = ((kind_of(record), record.name, record.version) for record in records)
        versions = {key: (record, editions[key]) for key, record in zip(keys, records, strict=True)}
        ManifestComparison(self._manifests, late, self._verified, self._cancel).compare(versions, names)
        self._services(services)
        self._compute_targets()
        self._strays()
        self._parts_of_backups()
        self._modes()
        self._owners()
        return self._verified

    # ------------------------------------------------------------------------------------------ the store

    def _integrity(self, connection: sqlite3.Connection) -> None:
        fix = l10n.t(
            "Repair the workspace. The store is rebuilt from the manifests, and the damaged one is kept next to it."
        )
        reasons = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        messages = [l10n.t("The store is damaged: {reason}.", reason=reason) for reason in reasons]
        if changed := changed_table(connection):
            messages.append(l10n.t("The store is damaged: {names} differs from what Scoredock creates.", names=changed))
        messages += (
            l10n.t(
                "The table {table} of the store refers to a row of {other} that does not exist.",
                table=row[0],
                other=row[2],
            )
            for row in connection.execute("PRAGMA foreign_key_check")
        )
        for message in messages:
            self._verified.add("store", self._store.path, message, fix)

    def _versions(self, connection: sqlite3.Connection) -> tuple[list[Record], dict[VersionKey, int]]:
        records: list[Record] = [rows.complete(connection, each) for each in rows.summaries(connection, "1")]
        records += asset_rows.select(connection, "1")
        editions = connection.execute(
            "SELECT 'model', name, version, edition FROM model_versions"
            " UNION ALL SELECT kind, name, version, edition FROM assets"
        )
        return records, {(kind, name, version): edition for kind, name, version, edition in editions}

    def _names(self, connection: sqlite3.Connection) -> dict[NameKey, StoredName]:
        names = connection.execute(
            "SELECT 'model', name, last_version, edition FROM models"
            " UNION ALL SELECT kind, name, last_version, edition FROM asset_names"
        ).fetchall()
        return {
            (kind, name): StoredName(last, edition, name_of_rows(connection, name, kind))
            for kind, name, last, edition in names
        }

    # ------------------------------------------------------------------------------------------ bytes

    def _contents(self, records: list[Record]) -> None:
        sizes = {file.sha256: file.size for record in records for file in record.files}
        self._verified.versions = len(records)
        size = sum(sizes.values()) if self._verified.deep else 0
        meter = Meter(lambda label: l10n.t("Verifying {name}", name=label), len(records), size, self._progress)
        for record in records:
            self._cancel.raise_if_cancelled()
            meter.next(record.id)
            if isinstance(record, ModelVersion):
                self._columns(record)
            for file in record.files:
                if file.sha256 not in self._bytes:
                    self._bytes[file.sha256] = self._bytes_problem(file, meter)
                    self._verified.files += 1
                    self._verified.bytes += file.size
                if self._bytes[file.sha256]:
                    self._lost_bytes(record, file)

    def _lost_bytes(self, record: Record, file: ModelFile) -> None:
        has_copy = any(True for _ in copies_of(self._store.path.parent, file))
        fix = (
            l10n.t("Repair the workspace. A service has a copy of the file.")
            if has_copy
            else l10n.t(
                "Register the same file again, from its source or a backup. That also repairs {record}.",
                record=record.id,
            )
        )
        problem = self._bytes[file.sha256]
        message = l10n.t("The file {file} of {record} {problem}.", file=file.path, record=record.id, problem=problem)
        self._verified.add_version("bytes", record, message, fix, place=file, repairable=has_copy)

    def _columns(self, model: ModelVersion) -> None:
        fix = l10n.t("Repair the workspace. The rows are written again from the manifest.")
        if not model.files:
            message = l10n.t("{record} has no files.", record=model.id)
            self._verified.add_version("rows", model, message, fix)
        columns = (model.size, model.file_count, model.digest)
        files = (sum(f.size for f in model.files), len(model.files), version_digest(model.files, model.folders))
        labels = self._labels.get((model.name, model.version), ({}, {}))
        if (model.files and columns != files) or (dict(model.tags), dict(model.properties)) != labels:
            message = l10n.t("The rows of {record} contradict one another.", record=model.id)
            self._verified.add_version("rows", model, message, fix)

    def _bytes_problem(self, file: ModelFile, meter: Meter) -> str:
        try:
            path = self._blobs.path(file.sha256)
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode):
                return l10n.t("has stored bytes that are not a regular file")
            if status.st_size != file.size:
                return l10n.t(
                    "has {found:,} stored bytes instead of {expected:,}", found=status.st_size, expected=file.size
                )
            if self._verified.deep and read_digest(path, meter, self._cancel) != file.sha256:
                return l10n.t("has stored bytes that do not match their digest")
        except ValueError:
            return l10n.t("is recorded with {digest!r}, which is not a digest", digest=file.sha256)
        except FileNotFoundError:
            return l10n.t("has no stored bytes")
        except OSError as error:
            return l10n.t("cannot be read: {reason}", reason=error.strerror)
        return ""

    # ------------------------------------------------------------------------------------------ around them

    def _services(self, rows: list[sqlite3.Row]) -> None:
        """Files without a row, as after an older copy of the store was put back, and a service that runs without its
        files: it serves what it has loaded, and cannot be started again."""
        folder = self._store.path.parent / "services"
        for name, revision, has_files, runs in rows:
            if not runs:
                continue
            needed = folder / name / "revisions" / str(revision) if has_files else folder / name
            if not needed.is_dir():
                message = l10n.t(
                    "The service {service} runs, but its folder {path} is missing.", service=name, path=needed
                )
                fix = l10n.t("Deploy the service again, or delete it.")
                self._verified.add("service", name, message, fix, repairable=False)
        revisions = folder.glob("*/revisions/*/revision.json")
        for name in sorted({path.parts[-4] for path in revisions} - {row[0] for row in rows}):
            message = l10n.t("The service {service} has staged files but is not in the store.", service=name)
            self._verified.add("service", name, message, l10n.t("Repair the workspace. It is restored."))

    def _compute_targets(self) -> None:
        fix = l10n.t("Detach the compute target, and attach it again.")
        for path, message in ComputeFiles(self._store.path.parent).problems():
            self._verified.add("compute", path, message, fix, repairable=False)

    def _strays(self) -> None:
        fix = l10n.t("Move it away. It is not needed.")
        for path in self._blobs.all():
            if not DIGEST.fullmatch(path.name) or path.parent.name != path.name[:2] or not path.is_file():
                self._verified.add("stray", path, l10n.t("{path} is not a blob.", path=path), fix, repairable=False)
        for path in self._manifests.strays():
            self._verified.add("stray", path, l10n.t("{path} is not a manifest.", path=path), fix, repairable=False)

    def _parts_of_backups(self) -> None:
        fix = l10n.t("Move it away. It is not needed.")
        for path in left_over(self._store.path.parent):
            message = l10n.t("A backup that was ended before it was complete has left {path}.", path=path)
            self._verified.add("stray", path, message, fix, repairable=False)

    def _modes(self) -> None:
        workspace = self._store.path.parent
        open_to_others = list(wrong_modes(workspace))
        fix = l10n.t("Repair the workspace. Then only you can read and write it.")
        for path in open_to_others[:_MOST_PATHS]:
            message = l10n.t("{path} can be read by other users of this machine.", path=path)
            self._verified.add("mode", path, message, fix)
        if (more := len(open_to_others) - _MOST_PATHS) > 0:
            message = l10n.t("{count} more files can be read by other users of this machine.", count=more)
            self._verified.add("mode", workspace, message, fix)

    def _owners(self) -> None:
        """Adds files of other accounts, as root makes by `sudo` in the folder of a person, who cannot open them."""
        workspace = self._store.path.parent
        foreign = list(of_others(workspace))
        fix = l10n.t("Give the data folder back to its owner: `{command}`.", command=giving_back(home_of(workspace)))
        for path, owner in foreign[:_MOST_PATHS]:
            message = l10n.t("{path} belongs to {owner}.", path=path, owner=account_name(owner))
            self._verified.add("owner", path, message, fix, repairable=False)
        if (more := len(foreign) - _MOST_PATHS) > 0:
            message = l10n.t("{count} more files belong to other accounts.", count=more)
            self._verified.add("owner", workspace, message, fix, repairable=False)


def read_digest(path: Path, meter: Meter, cancel: CancelToken) -> str:
    """SHA-256 of a file's bytes, with progress. Raises OSError, cancelled."""
    with path.open("rb", buffering=0) as stream, Hasher() as hasher:
        while True:
            cancel.raise_if_cancelled()
            buffer = hasher.buffer()
            count = stream.readinto(buffer)
            if not count:
                return hasher.digest()
            hasher.feed(buffer, count)
            meter.tick(count)


def copies_of(workspace: Path, file: ModelFile) -> Iterator[Path]:
    """Files of a service that may hold the bytes of a model file: those of its name and size."""
    services = workspace / "services"
    if not services.is_dir():
        return
    last = file.path.rsplit("/", 1)[-1]
    for root, folders, names in os.walk(services):
        folders.sort()
        if last in names:
            path = Path(root, last)
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_size == file.size:
                yield path


def wrong_modes(workspace: Path) -> Iterator[Path]:
    """Paths of the workspace that other users may open: its folder, what lies in it, blobs and manifests.

    What services and environments hold is behind the workspace folder, which nobody else may enter.
    """
    if os.name == "nt":
        return
    yield from (path for path in (workspace,) if _is_open(path))
    for above in (workspace, workspace / "blobs", workspace / "manifests", workspace / "tmp"):
        for root, folders, names in os.walk(above):
            yield from (path for path in (Path(root, name) for name in sorted((*folders, *names))) if _is_open(path))
            if above == workspace:
                folders.clear()


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & 0o077)
