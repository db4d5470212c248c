"""Comparison of the manifests beside the bytes with the rows of the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.registry.manifests.forms import NameManifest, NewerManifest, VersionManifest
from scoredock.registry.manifests.manifests import ManifestFile, Manifests, staged
from scoredock.registry.records import ModelVersion
from scoredock.registry.upkeep.problems import Record, Verified, kind_of

VersionKey = tuple[str, str, int]
"""Kind, name, version."""
NameKey = tuple[str, str]
"""Kind and name."""


@dataclass(frozen=True, slots=True)
class StoredName:
    """Facts about a name from the rows."""

    last: int
    edition: int
    manifest: NameManifest | None
    """As the file of the name would say it."""

    def needs_file(self, highest: int) -> bool:
        """A name that was only ever registered under needs none: its versions, up to `highest`, say all of it."""
        manifest = self.manifest
        is_changed = manifest is not None and bool(manifest.history or manifest.aliases or manifest.favourite)
        return self.edition > 0 or highest < self.last or is_changed


class ManifestComparison:
    """Adds what is wrong to `verified`. `late`: whose manifests are behind, because of a change that is under way."""

    def __init__(
        self, manifests: Manifests, late: set[tuple[str, str, int | None]], verified: Verified, cancel: CancelToken
    ) -> None:
        self._manifests = manifests
        self._late = late
        self._verified = verified
        self._cancel = cancel

    def compare(self, editions: Mapping[VersionKey, tuple[Record, int]], names: Mapping[NameKey, StoredName]) -> None:
        """All versions with their editions, all names, and manifests of neither. Raises cancelled."""
        highest: dict[NameKey, int] = {}
        for (kind, name, version), (record, edition) in editions.items():
            highest[kind, name] = max(version, highest.get((kind, name), 0))
            self._version(record, edition)
        for (kind, name), stored in names.items():
            self._name(kind, name, stored, needs_file=stored.needs_file(highest.get((kind, name), 0)))
        beside = {self._manifests.path(name, version, kind) for kind, name, version in editions}
        beside |= {self._manifests.name_path(name, kind) for kind, name in names}
        for entry in self._manifests.all():
            self._cancel.raise_if_cancelled()
            if not entry.staged and entry.path not in beside:
                self._without_rows(entry)

    def _version(self, record: Record, edition: int) -> None:
        kind = kind_of(record)
        late = (kind, record.name, record.version) in self._late
        path = self._manifests.path(record.name, record.version, kind)
        fix = l10n.t("Repair the workspace. It is written again.")
        try:
            manifest = self._read_either(path)
        except FileNotFoundError:
            if not late:
                message = l10n.t("{record} has no manifest.", record=record.id)
                self._verified.add_version("manifest", record, message, fix, place=path)
            return
        except (OSError, ValueError) as error:
            message = l10n.t(
                "The manifest {path} of {record} cannot be read: {reason}.", path=path, record=record.id, reason=error
            )
            is_newer = isinstance(error, NewerManifest)
            fix = l10n.t("Update Scoredock.") if is_newer else fix
            self._verified.add_version("manifest", record, message, fix, repairable=not is_newer, place=path)
            return
        sort, is_older = "manifest", manifest.edition < edition
        is_other = manifest.edition == edition and manifest.record != _bare(record)
        if not manifest.sound:
            message = l10n.t(
                "The manifest {path} of {record} is damaged: its checksum does not match its text.",
                path=path,
                record=record.id,
            )
        elif not _same_content(manifest.record, record) or (not late and (is_older or is_other)):
            message = l10n.t("The manifest {path} does not match what {record} contains.", path=path, record=record.id)
        elif manifest.edition > edition + 1:
            message = l10n.t(
                "{record} was changed after the store was saved; the store is an older copy.", record=record.id
            )
            sort, fix = "lost", l10n.t("Repair the workspace. The manifest is used.")
        else:
            return
        self._verified.add_version(sort, record, message, fix, place=path)

    def _read_either(self, path: Path) -> VersionManifest:
        try:
            return self._manifests.read(path)
        except FileNotFoundError:
            return self._manifests.read(staged(path))

    def _name(self, kind: str, name: str, stored: StoredName, *, needs_file: bool) -> None:
        is_late = (kind, name, None) in self._late
        path = self._manifests.name_path(name, kind)
        fix = l10n.t("Repair the workspace. It is written again.")
        try:
            manifest = self._manifests.read_name(path)
        except FileNotFoundError:
            if needs_file and not is_late:
                message = l10n.t("The name {name} has no file among the manifests.", name=name)
                self._verified.add_name("name", (kind, name), message, fix, path=path)
            return
        except (OSError, ValueError) as error:
            message = l10n.t("The file {path} of {name} cannot be read: {reason}.", path=path, name=name, reason=error)
            is_newer = isinstance(error, NewerManifest)
            fix = l10n.t("Update Scoredock.") if is_newer else fix
            self._verified.add_name("name", (kind, name), message, fix, path=path, repairable=not is_newer)
            return
        sort = "name"
        if not manifest.sound:
            message = l10n.t(
                "The file {path} of {name} is damaged: its checksum does not match its text.", path=path, name=name
            )
        elif (manifest.kind, manifest.name) != (kind, name):
            message = l10n.t("The file {path} does not match the name {name}.", path=path, name=name)
        elif manifest.edition > stored.edition + 1 or manifest.last_version > stored.last + 1:
            message = l10n.t(
                "The name {name} was changed after the store was saved; the store is an older copy.", name=name
            )
            sort, fix = "lost", l10n.t("Repair the workspace. The file is used.")
        elif not is_late and (
            manifest.edition < stored.edition
            or (manifest.edition == stored.edition and _of_changes(manifest) != _of_changes(stored.manifest))
        ):
            message = l10n.t("The file {path} does not contain the last change of {name}.", path=path, name=name)
        else:
            return
        self._verified.add_name(sort, (kind, name), message, fix, path=path)

    def _without_rows(self, entry: ManifestFile) -> None:
        """One in the trash was purged; one that is `.new` was never acknowledged."""
        version: Record | None = None
        try:
            if entry.number is None:
                name = self._manifests.read_name(entry.path).name
                path = self._manifests.name_path(name, entry.kind)
            else:
                version = self._manifests.read(entry.path).record
                name = version.name
                path = self._manifests.path(name, entry.number, entry.kind)
        except NewerManifest as error:
            message = l10n.t("{path} cannot be read: {reason}.", path=entry.path, reason=error)
            self._verified.add("stray", entry.path, message, l10n.t("Update Scoredock."), repairable=False)
            return
        except (OSError, ValueError) as error:
            message = l10n.t("{path} is not a manifest: {reason}.", path=entry.path, reason=error)
            fix = l10n.t("Move it away if nothing else is wrong. It is not needed then.")
            self._verified.add("stray", entry.path, message, fix, repairable=False)
            return
        if version is not None and version.deleted is not None:
            return
        fix = l10n.t("Repair the workspace. It is restored.")
        if path != entry.path:
            message = l10n.t(
                "{path} belongs to {name}, whose manifests are in another place.", path=entry.path, name=name
            )
            self._verified.add("stray", entry.path, message, l10n.t("Move it away."), repairable=False)
        elif version is None:
            message = l10n.t("The name {name} has a file among the manifests but is not in the store.", name=name)
            self._verified.add_name("lost", (entry.kind, name), message, fix, path=entry.path)
        else:
            message = l10n.t(
                "{name}:{version} has a manifest but is not in the store.", name=name, version=entry.number
            )
            self._verified.add_version("lost", version, message, fix, place=entry.path)


def _same_content(one: Record, record: Record) -> bool:
    """True if both tell of the same version: what never changes of it."""
    if type(one) is not type(record):
        return False
    return (one.name, one.version, one.files) == (record.name, record.version, record.files)


def _bare(record: Record) -> Record:
    """Without what belongs to the name, and with what JSON makes of it."""
    if isinstance(record, ModelVersion):
        return replace(record, aliases=())
    return replace(record, content=json.loads(json.dumps(dict(record.content))))


def _of_changes(manifest: NameManifest | None) -> NameManifest | None:
    """All of the file of a name but the last number, which registrations raise without writing it."""
    return None if manifest is None else replace(manifest, last_version=0)
