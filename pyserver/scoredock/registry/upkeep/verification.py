"""Is everything of a workspace there and right? Reads only, and tells each thing that is wrong as one sentence."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry.blobs.blobs import DIGEST, Blobs
from scoredock.registry.blobs.hashing import Hasher, version_digest
from scoredock.registry.blobs.meter import Meter
from scoredock.registry.manifests.forms import MODEL, NameManifest, NewerManifest, VersionManifest
from scoredock.registry.manifests.manifests import ManifestFile, Manifests, behind, name_of_rows, staged
from scoredock.registry.records import AssetRecord, ModelFile, ModelVersion
from scoredock.registry.runs.journal import RunJournals
from scoredock.registry.store import asset_rows, rows
from scoredock.registry.store.faults import storing
from scoredock.registry.store.schema import changed_table
from scoredock.registry.store.store import Store

Record = ModelVersion | AssetRecord
Key = tuple[str, str, int]
"""Kind, name, version."""

Labels = dict[tuple[str, int], tuple[dict[str, str], dict[str, str]]]
"""Name and version → tags and properties."""

_MOST_PATHS = 20
"""Files with the same small problem are told one by one up to this many."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    sort: str
    """What repairing does with it: store, rows, number, bytes, manifest, lost, name, service, mode, stray."""
    subject: str
    """`name:version`, or the file or store itself."""
    message: str
    fix: str
    repairable: bool
    kind: str = ""
    name: str = ""
    version: int = 0
    path: Path | None = None
    file: ModelFile | None = None


@dataclass(slots=True)
class Verified:
    """What was looked at, and what is wrong with it."""

    deep: bool
    problems: list[Problem] = field(default_factory=list)
    versions: int = 0
    files: int = 0
    bytes: int = 0


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
    found: Labels = {}
    for name, version, kind, key, value in connection.execute(
        "SELECT name, version, kind, key, value FROM model_labels"
    ):
        found.setdefault((name, version), ({}, {}))[kind == "property"][key] = value
    return found


def describe(problems: list[Problem]) -> list[str]:
    """The sentences alone."""
    return [problem.message for problem in problems]


def _verifying(label: str) -> str:
    return l10n.t("Verifying {name}", name=label)


class _Verification:
    def __init__(
        self, store: Store, blobs: Blobs, manifests: Manifests, deep: bool, progress: Progress, cancel: CancelToken
    ) -> None:
        self._store, self._blobs, self._manifests = store, blobs, manifests
        self._progress, self._cancel = progress, cancel
        self._found = Verified(deep)
        self._bytes: dict[str, str] = {}
        self._labels: Labels = {}

    def run(self) -> Verified:
        self._progress.report(l10n.t("Reading the store"))
        try:
            with self._store.read() as connection:
                self._integrity(connection)
                records, editions, names = self._rows(connection)
                self._labels = labels_of_rows(connection)
                services = {row[0] for row in connection.execute("SELECT name FROM services")}
                late = behind(connection)
                told = {(kind, name): name_of_rows(connection, name, kind) for kind, name in names}
        except ScoredockError as error:
            self._add(
                "store",
                str(self._store.path),
                error.message,
                l10n.t("Repair the workspace. The store is rebuilt."),
                True,
            )
            return self._found
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            message = l10n.t("The rows of {store} cannot be read: {reason}.", store=self._store.path, reason=error)
            self._add(
                "store", str(self._store.path), message, l10n.t("Repair the workspace. The store is rebuilt."), True
            )
            return self._found
        self._numbers(records, names)
        self._contents(records)
        keys = {(_kind(record), record.name, record.version) for record in records}
        for record in records:
            key = (_kind(record), record.name, record.version)
            self._manifest_of(record, editions[key], late=key in late)
        highest: dict[tuple[str, str], int] = {}
        for kind, name, version in keys:
            highest[kind, name] = max(version, highest.get((kind, name), 0))
        for (kind, name), (last, edition) in names.items():
            # A name that was only ever registered under needs no file: its versions tell all of it.
            found = told[kind, name]
            needed = edition > 0 or highest.get((kind, name), 0) < last
            needed = needed or (found is not None and bool(found.history or found.aliases or found.favourite))
            self._name_file(kind, name, last, edition, found, needed, late)
        self._lost(keys, set(names))
        self._services(services)
        self._runs()
        self._strays()
        self._modes()
        return self._found

    # ------------------------------------------------------------------------------------------ the store

    def _integrity(self, connection: sqlite3.Connection) -> None:
        fix = l10n.t(
            "Repair the workspace. The store is rebuilt from the manifests, and the damaged one is kept next to it."
        )
        for row in connection.execute("PRAGMA integrity_check"):
            if row[0] != "ok":
                self._add(
                    "store", str(self._store.path), l10n.t("The store is damaged: {reason}.", reason=row[0]), fix, True
                )
        if changed := changed_table(connection):
            message = l10n.t("The store is damaged: {names} differs from what Scoredock creates.", names=changed)
            self._add("store", str(self._store.path), message, fix, True)
        for row in connection.execute("PRAGMA foreign_key_check"):
            message = l10n.t(
                "The table {table} of the store refers to a row of {other} that does not exist.",
                table=row[0],
                other=row[2],
            )
            self._add("store", str(self._store.path), message, fix, True)

    def _rows(
        self, connection: sqlite3.Connection
    ) -> tuple[list[Record], dict[Key, int], dict[tuple[str, str], tuple[int, int]]]:
        records: list[Record] = [rows.complete(connection, each) for each in rows.summaries(connection, "1")]
        records += asset_rows.select(connection, "1")
        editions = {
            (row[0], row[1], row[2]): row[3]
            for row in connection.execute(
                "SELECT 'model', name, version, edition FROM model_versions"
                " UNION ALL SELECT kind, name, version, edition FROM assets"
            )
        }
        names = {
            (row[0], row[1]): (row[2], row[3])
            for row in connection.execute(
                "SELECT 'model', name, last_version, edition FROM models"
                " UNION ALL SELECT kind, name, last_version, edition FROM asset_names"
            )
        }
        return records, editions, names

    def _numbers(self, records: list[Record], names: dict[tuple[str, str], tuple[int, int]]) -> None:
        for record in records:
            if record.version > names.get((_kind(record), record.name), (0, 0))[0]:
                message = l10n.t("{record} has a number beyond the last one of its name.", record=record.id)
                self._add(
                    "number",
                    record.id,
                    message,
                    l10n.t("Repair the workspace. The last number is raised."),
                    True,
                    record,
                )

    # ------------------------------------------------------------------------------------------ bytes

    def _contents(self, records: list[Record]) -> None:
        wanted = {file.sha256: file.size for record in records for file in record.files}
        self._found.versions = len(records)
        meter = Meter(_verifying, len(records), sum(wanted.values()) if self._found.deep else 0, self._progress)
        for record in records:
            self._cancel.raise_if_cancelled()
            meter.next(record.id)
            if isinstance(record, ModelVersion):
                self._columns(record)
            for file in record.files:
                if file.sha256 not in self._bytes:
                    self._bytes[file.sha256] = self._bytes_problem(file, meter)
                    self._found.files += 1
                    self._found.bytes += file.size
                wrong = self._bytes[file.sha256]
                if wrong:
                    copies = any(True for _ in copies_of(self._store.path.parent, file))
                    fix = (
                        l10n.t("Repair the workspace. A service has a copy of the file.")
                        if copies
                        else l10n.t(
                            "Register the same file again, from its source or a backup. That also repairs {record}.",
                            record=record.id,
                        )
                    )
                    message = l10n.t(
                        "The file {file} of {record} {problem}.", file=file.path, record=record.id, problem=wrong
                    )
                    self._add("bytes", record.id, message, fix, copies, record, file=file)

    def _columns(self, model: ModelVersion) -> None:
        fix = l10n.t("Repair the workspace. The rows are written again from the manifest.")
        if not model.files:
            self._add("rows", model.id, l10n.t("{record} has no files.", record=model.id), fix, True, model)
        told = (model.size, model.file_count, model.digest)
        held = (sum(f.size for f in model.files), len(model.files), version_digest(model.files, model.folders))
        labels = self._labels.get((model.name, model.version), ({}, {}))
        if (model.files and told != held) or (dict(model.tags), dict(model.properties)) != labels:
            self._add(
                "rows",
                model.id,
                l10n.t("The rows of {record} contradict one another.", record=model.id),
                fix,
                True,
                model,
            )

    def _bytes_problem(self, file: ModelFile, meter: Meter) -> str:
        try:
            path = self._blobs.path(file.sha256)
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode):
                return l10n.t("has stored bytes that are not a regular file")
            if found.st_size != file.size:
                return l10n.t(
                    "has {found:,} stored bytes instead of {expected:,}", found=found.st_size, expected=file.size
                )
            if self._found.deep and read_digest(path, meter, self._cancel) != file.sha256:
                return l10n.t("has stored bytes that do not match their digest")
        except ValueError:
            return l10n.t("is recorded with {digest!r}, which is not a digest", digest=file.sha256)
        except FileNotFoundError:
            return l10n.t("has no stored bytes")
        except OSError as error:
            return l10n.t("cannot be read: {reason}", reason=error.strerror)
        return ""

    # ------------------------------------------------------------------------------------------ manifests

    def _manifest_of(self, record: Record, edition: int, *, late: bool) -> None:
        path = self._manifests.path(record.name, record.version, _kind(record))
        fix = l10n.t("Repair the workspace. It is written again.")
        try:
            told = self._read_either(path)
        except FileNotFoundError:
            if not late:
                self._add(
                    "manifest",
                    record.id,
                    l10n.t("{record} has no manifest.", record=record.id),
                    fix,
                    True,
                    record,
                    path,
                )
            return
        except NewerManifest as error:
            message = l10n.t(
                "The manifest {path} of {record} cannot be read: {reason}.", path=path, record=record.id, reason=error
            )
            self._add("manifest", record.id, message, l10n.t("Update Scoredock."), False, record, path)
            return
        except (OSError, ValueError) as error:
            message = l10n.t(
                "The manifest {path} of {record} cannot be read: {reason}.", path=path, record=record.id, reason=error
            )
            self._add("manifest", record.id, message, fix, True, record, path)
            return
        if not told.sound:
            message = l10n.t(
                "The manifest {path} of {record} is damaged: its checksum does not match its text.",
                path=path,
                record=record.id,
            )
            self._add("manifest", record.id, message, fix, True, record, path)
            return
        message = l10n.t("The manifest {path} does not match what {record} contains.", path=path, record=record.id)
        if not _same_content(told.record, record):
            self._add("manifest", record.id, message, fix, True, record, path)
        elif told.edition > edition + 1:
            message = l10n.t(
                "{record} was changed after the store was saved; the store is an older copy.", record=record.id
            )
            self._add(
                "lost", record.id, message, l10n.t("Repair the workspace. The manifest is used."), True, record, path
            )
        elif not late and (told.edition < edition or (told.edition == edition and told.record != _bare(record))):
            self._add("manifest", record.id, message, fix, True, record, path)

    def _read_either(self, path: Path) -> VersionManifest:
        try:
            return self._manifests.read(path)
        except FileNotFoundError:
            return self._manifests.read(staged(path))

    def _name_file(
        self,
        kind: str,
        name: str,
        last: int,
        edition: int,
        told: NameManifest | None,
        needed: bool,
        late: set[tuple[str, str, int | None]],
    ) -> None:
        path = self._manifests.name_path(name, kind)
        fix = l10n.t("Repair the workspace. It is written again.")
        try:
            found = self._manifests.read_name(path)
        except FileNotFoundError:
            if needed and (kind, name, None) not in late:
                self._add(
                    "name",
                    name,
                    l10n.t("The name {name} has no file among the manifests.", name=name),
                    fix,
                    True,
                    None,
                    path,
                    kind,
                )
            return
        except NewerManifest as error:
            self._add(
                "name",
                name,
                l10n.t("The file {path} of {name} cannot be read: {reason}.", path=path, name=name, reason=error),
                l10n.t("Update Scoredock."),
                False,
            )
            return
        except (OSError, ValueError) as error:
            self._add(
                "name",
                name,
                l10n.t("The file {path} of {name} cannot be read: {reason}.", path=path, name=name, reason=error),
                fix,
                True,
                None,
                path,
                kind,
            )
            return
        if not found.sound:
            message = l10n.t(
                "The file {path} of {name} is damaged: its checksum does not match its text.", path=path, name=name
            )
            self._add("name", name, message, fix, True, None, path, kind)
        elif (found.kind, found.name) != (kind, name):
            message = l10n.t("The file {path} does not match the name {name}.", path=path, name=name)
            self._add("name", name, message, fix, True, None, path, kind)
        elif found.edition > edition + 1 or found.last_version > last + 1:
            message = l10n.t(
                "The name {name} was changed after the store was saved; the store is an older copy.", name=name
            )
            self._add("lost", name, message, l10n.t("Repair the workspace. The file is used."), True, None, path, kind)
        elif (kind, name, None) not in late and (
            found.edition < edition or (found.edition == edition and _of_changes(found) != _of_changes(told))
        ):
            message = l10n.t("The file {path} does not contain the last change of {name}.", path=path, name=name)
            self._add("name", name, message, fix, True, None, path, kind)

    def _lost(self, keys: set[Key], names: set[tuple[str, str]]) -> None:
        """Manifests without rows. One in the trash was purged; one that is `.new` was never acknowledged."""
        beside = {self._manifests.path(name, version, kind) for kind, name, version in keys}
        beside |= {self._manifests.name_path(name, kind) for kind, name in names}
        for entry in self._manifests.all():
            self._cancel.raise_if_cancelled()
            if entry.staged or entry.path in beside:
                continue
            try:
                if entry.number is None:
                    told = self._manifests.read_name(entry.path)
                    name = told.name
                else:
                    version = self._manifests.read(entry.path).record
                    name = version.name
                    if version.deleted is not None:
                        continue
            except NewerManifest as error:
                self._add(
                    "stray",
                    str(entry.path),
                    l10n.t("{path} cannot be read: {reason}.", path=entry.path, reason=error),
                    l10n.t("Update Scoredock."),
                    False,
                )
                continue
            except (OSError, ValueError) as error:
                fix = l10n.t("Move it away if nothing else is wrong. It is not needed then.")
                self._add(
                    "stray",
                    str(entry.path),
                    l10n.t("{path} is not a manifest: {reason}.", path=entry.path, reason=error),
                    fix,
                    False,
                )
                continue
            if self._place(entry, name) != entry.path:
                message = l10n.t(
                    "{path} belongs to {name}, whose manifests are in another place.", path=entry.path, name=name
                )
                self._add("stray", str(entry.path), message, l10n.t("Move it away."), False)
            elif entry.number is None:
                message = l10n.t("The name {name} has a file among the manifests but is not in the store.", name=name)
                self._add(
                    "lost",
                    name,
                    message,
                    l10n.t("Repair the workspace. It is restored."),
                    True,
                    None,
                    entry.path,
                    entry.kind,
                )
            else:
                self._add(
                    "lost",
                    f"{name}:{entry.number}",
                    l10n.t("{name}:{version} has a manifest but is not in the store.", name=name, version=entry.number),
                    l10n.t("Repair the workspace. It is restored."),
                    True,
                    version,
                    entry.path,
                )

    def _place(self, entry: ManifestFile, name: str) -> Path:
        if entry.number is None:
            return self._manifests.name_path(name, entry.kind)
        return self._manifests.path(name, entry.number, entry.kind)

    # ------------------------------------------------------------------------------------------ around them

    def _services(self, known: set[str]) -> None:
        """As after an older copy of the store was put back."""
        for path in sorted(self._store.path.parent.glob("services/*/revisions/*/revision.json")):
            name = path.parts[-4]
            if name not in known:
                known.add(name)
                message = l10n.t("The service {service} has staged files but is not in the store.", service=name)
                self._add("service", name, message, l10n.t("Repair the workspace. It is restored."), True)

    def _runs(self) -> None:
        fix = l10n.t("Restore it from a backup, or remove the folder of the run.")
        for path, message in RunJournals(self._store.path.parent).problems(deep=self._found.deep, cancel=self._cancel):
            self._add("run", str(path), message, fix, False, path=path)

    def _strays(self) -> None:
        for path in self._blobs.all():
            if not DIGEST.fullmatch(path.name) or path.parent.name != path.name[:2] or not path.is_file():
                self._add(
                    "stray",
                    str(path),
                    l10n.t("{path} is not a blob.", path=path),
                    l10n.t("Move it away. It is not needed."),
                    False,
                )
        for path in self._manifests.strays():
            self._add(
                "stray",
                str(path),
                l10n.t("{path} is not a manifest.", path=path),
                l10n.t("Move it away. It is not needed."),
                False,
            )

    def _modes(self) -> None:
        open_to_others = list(wrong_modes(self._store.path.parent))
        fix = l10n.t("Repair the workspace. Then only you can read and write it.")
        for path in open_to_others[:_MOST_PATHS]:
            self._add(
                "mode",
                str(path),
                l10n.t("{path} can be read by other users of this machine.", path=path),
                fix,
                True,
                path=path,
            )
        if len(open_to_others) > _MOST_PATHS:
            rest = len(open_to_others) - _MOST_PATHS
            message = l10n.t("{count} more files can be read by other users of this machine.", count=rest)
            self._add("mode", str(self._store.path.parent), message, fix, True, path=self._store.path.parent)

    def _add(
        self,
        sort: str,
        subject: str,
        message: str,
        fix: str,
        repairable: bool,
        record: Record | None = None,
        path: Path | None = None,
        kind: str = "",
        file: ModelFile | None = None,
    ) -> None:
        message = message.replace("..", ".") if message.endswith("..") else message
        if record is not None:
            self._found.problems.append(
                Problem(sort, subject, message, fix, repairable, _kind(record), record.name, record.version, path, file)
            )
        else:
            self._found.problems.append(Problem(sort, subject, message, fix, repairable, kind, subject, 0, path, file))


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
    """What of the workspace other users may open: its folder, what lies in it, blobs and manifests.

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


def _kind(record: Record) -> str:
    return MODEL if isinstance(record, ModelVersion) else record.kind


def _same_content(told: Record, record: Record) -> bool:
    """Whether both tell of the same version: what never changes of it."""
    if type(told) is not type(record):
        return False
    return (told.name, told.version, told.files) == (record.name, record.version, record.files)


def _bare(record: Record) -> Record:
    """Without what belongs to the name, and with what JSON makes of it."""
    if isinstance(record, ModelVersion):
        return replace(record, aliases=())
    return replace(record, content=json.loads(json.dumps(dict(record.content))))


def _of_changes(told: NameManifest | None) -> NameManifest | None:
    """All of the file of a name but the last number, which registrations raise without writing it."""
    return None if told is None else replace(told, last_version=0)
