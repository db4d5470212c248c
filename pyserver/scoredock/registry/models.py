"""The model registry of one workspace: register, find, change, delete, take out."""

from __future__ import annotations

import getpass
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry import extraction, grammar, rows, upkeep
from scoredock.registry.blobs import Blobs
from scoredock.registry.durable import make_folder
from scoredock.registry.faults import storage_error, storing
from scoredock.registry.manifests import Manifests
from scoredock.registry.records import ModelFile, ModelVersion
from scoredock.registry.snapshot import Snapshot
from scoredock.registry.source import Limits, Source, survey
from scoredock.registry.store import Store


class Registry:
    """Safe to use from several threads and processes. Every refusal is a ScoredockError."""

    folder: Path
    store: Store

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        """Opens the workspace folder, creating its store when there is none. Raises what `Store` raises."""
        self.folder = folder
        self.limits = limits or Limits()
        self.store = Store(folder / "store.sqlite3")
        self.blobs = Blobs(folder)
        self.manifests = Manifests(folder)
        self._snapshot = Snapshot(self.store)

    @property
    def read_only(self) -> str:
        """Why nothing can be changed here, as a sentence; empty when it can."""
        return self.store.read_only

    # ------------------------------------------------------------------------------------------ register

    def register(
        self,
        paths: Sequence[Path],
        name: str,
        *,
        description: str = "",
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        framework: str = "",
        framework_version: str = "",
        progress: Progress | None = None,
        cancel: CancelToken | None = None,
    ) -> ModelVersion:
        """Copy files in and add the next version of `name`; when it returns, both survive a power cut.

        One file is stored under its own name, one folder as its tree below its own name, several paths each under its
        own name. Raises model-name-invalid, model-framework-version-alone, model-tags-invalid, model-text-invalid,
        model-path-*, model-too-large, disk-full, workspace-read-only, store-busy, io-failed, cancelled.
        """
        progress, cancel = progress or Silent(), cancel or CancelToken()
        grammar.require_model_name(name)
        framework, framework_version = grammar.clean_framework(framework, framework_version)
        grammar.require_labels(tags or {}, "Tags")
        grammar.require_labels(properties or {}, "Properties")
        grammar.require_description(description)
        self.store.require_writable()
        progress.report("Looking at the files")
        source = survey(paths, self.limits, cancel, forbidden=self.folder)
        self._require_space(source)
        draft = ModelVersion(
            name=name,
            version=0,
            description=description,
            tags=dict(tags or {}),
            properties=dict(properties or {}),
            framework=framework,
            framework_version=framework_version,
            created=time.time(),
            created_by=_user(),
            files=self._copy_in(source, progress, cancel),
            is_folder=source.is_folder,
        )
        progress.report(f"Registering {name}", 100)
        cancel.raise_if_cancelled()
        model = self._record(draft)
        if model is None:
            with self.store.write() as connection:  # nobody collects garbage meanwhile
                files = self._copy_in(source, progress, cancel)
                model = self._insert(connection, replace(draft, files=files))
        self.store.keep_reserve()
        return model

    def _copy_in(self, source: Source, progress: Progress, cancel: CancelToken) -> tuple[ModelFile, ...]:
        meter = extraction.Meter("Copying", len(source.files), source.size, progress)
        files = []
        for file in source.files:
            meter.next(file.stored)
            files.append(self.blobs.add(file, meter.tick, cancel))
        return tuple(sorted(files, key=lambda file: file.path))

    def _record(self, draft: ModelVersion) -> ModelVersion | None:
        """Add the version under the store's write lock; None when one of its blobs was collected before that was held.

        Garbage is collected under the same lock, so what is there now is still there at the commit.
        """
        with self.store.write() as connection:
            if not all(self.blobs.holds(file) for file in draft.files):
                return None
            return self._insert(connection, draft)

    def _insert(self, connection: upkeep.Connection, draft: ModelVersion) -> ModelVersion:
        """Give it its number, write its manifest, then its rows."""
        model = replace(draft, version=rows.next_version(connection, draft.name))
        with storing(self.manifests.root):
            self.manifests.write(model)
        rows.insert(connection, model)
        return model

    def _require_space(self, source: Source) -> None:
        with storing(self.folder):
            free = shutil.disk_usage(self.folder).free
        if source.size > free:
            raise ScoredockError(
                "disk-full",
                f"The {source.size:,} bytes to register do not fit on the disk of {self.folder}, which has {free:,} left.",
                place=Place(str(self.folder)),
                details={"bytes": str(source.size), "free": str(free)},
            )

    # ------------------------------------------------------------------------------------------ find

    def models(
        self,
        *,
        name: str = "",
        tags: Sequence[str] = (),
        properties: Sequence[str] = (),
        latest: bool = False,
        include_deleted: bool = False,
    ) -> list[ModelVersion]:
        """Versions by name, newest first. Filters are `key` or `key=value` and must all hold.

        `latest` keeps the newest live version of each name, and the filters are asked of that one.
        """
        conditions = grammar.parse_filters(tags), grammar.parse_filters(properties)
        if not name and conditions == ((), ()):
            return self._snapshot.versions(latest=latest, include_deleted=include_deleted)
        with self.store.read() as connection:
            return rows.select(
                connection,
                name=name,
                tags=conditions[0],
                properties=conditions[1],
                latest=latest,
                include_deleted=include_deleted,
            )

    def model(self, reference: str) -> ModelVersion:
        """The version that `name:version` says, or the newest live one of `name`. Raises model-not-found."""
        name, version = grammar.parse_reference(reference)
        with self.store.read() as connection:
            found = rows.select(connection, name=name, version=version, latest=version is None, include_deleted=True)
        if not found:
            raise ScoredockError("model-not-found", f"The workspace has no model {reference}.")
        if found[0].deleted is not None:
            raise ScoredockError(
                "model-not-found",
                f"The model {found[0].id} is in the trash.",
                f"Restore {found[0].id}, then use it again.",
            )
        return found[0]

    def used_by(self) -> dict[str, list[str]]:
        """`name:version` → services with a kept revision that uses it."""
        with self.store.read() as connection:
            return rows.services_using(connection)

    # ------------------------------------------------------------------------------------------ change

    def update(
        self,
        id: str,
        *,
        description: str | None = None,
        set_tags: Mapping[str, str] | None = None,
        remove_tags: Sequence[str] = (),
        add_properties: Mapping[str, str] | None = None,
    ) -> ModelVersion:
        """Change what may change: description and tags freely, properties only by adding.

        Removing a tag that is not there is no error. Raises model-property-immutable, model-not-found.
        """
        grammar.require_labels(set_tags or {}, "Tags")
        grammar.require_labels(add_properties or {}, "Properties")
        if description is not None:
            grammar.require_description(description)
        model = self.model(id)
        with self.store.write() as connection:
            model = self._live(connection, model.id)
            fixed = sorted(key for key in add_properties or {} if key in model.properties)
            if fixed:
                raise ScoredockError(
                    "model-property-immutable",
                    f"These properties of {model.id} are set already: {', '.join(fixed)}.",
                    details={"keys": fixed},
                )
            after = {
                **{key: value for key, value in model.tags.items() if key not in set(remove_tags)},
                **(set_tags or {}),
            }
            grammar.require_labels(after, "Tags")
            grammar.require_labels({**model.properties, **(add_properties or {})}, "Properties")
            if description is not None:
                connection.execute(
                    "UPDATE model_versions SET description = ? WHERE name = ? AND version = ?",
                    (description, model.name, model.version),
                )
            connection.executemany(
                "DELETE FROM model_labels WHERE name = ? AND version = ? AND kind = 'tag' AND key = ?",
                [(model.name, model.version, key) for key in remove_tags],
            )
            rows.put_labels(connection, model, "tag", set_tags or {})
            rows.put_labels(connection, model, "property", add_properties or {})
            return self._live(connection, model.id)

    def delete(self, id: str) -> ModelVersion:
        """Move a version to the trash, from where `restore` brings it back. Raises model-in-use, model-not-found.

        Works on a full disk.
        """
        model = self.model(id)
        with self.store.write_when_full() as connection:
            model = self._live(connection, model.id)
            services = rows.services_using(connection).get(model.id, [])
            if services:
                raise ScoredockError(
                    "model-in-use",
                    f"The model {model.id} is used by {_listed('service', services)}.",
                    details={"services": services},
                )
            connection.execute(
                "UPDATE model_versions SET deleted = ? WHERE name = ? AND version = ?",
                (time.time(), model.name, model.version),
            )
            return rows.select(connection, name=model.name, version=model.version, include_deleted=True)[0]

    def restore(self, id: str) -> ModelVersion:
        """Take a version out of the trash. Raises model-not-deleted when it is live, model-not-found."""
        name, version = grammar.parse_reference(id)
        if version is None:
            raise ScoredockError(
                "model-not-found", f"{grammar.shown(id)} names no version.", "Write it as name:version."
            )
        with self.store.write() as connection:
            found = rows.select(connection, name=name, version=version, include_deleted=True)
            if not found:
                raise ScoredockError("model-not-found", f"The workspace has no model {id}, nor is it in the trash.")
            if found[0].deleted is None:
                raise ScoredockError("model-not-deleted", f"The model {id} is not in the trash.")
            connection.execute(
                "UPDATE model_versions SET deleted = NULL WHERE name = ? AND version = ?", (name, version)
            )
            return rows.select(connection, name=name, version=version)[0]

    def _live(self, connection: upkeep.Connection, id: str) -> ModelVersion:
        """The version as it is under the write lock."""
        name, version = grammar.parse_reference(id)
        found = rows.select(connection, name=name, version=version)
        if not found:
            raise ScoredockError("model-not-found", f"The model {id} was deleted meanwhile.")
        return found[0]

    # ------------------------------------------------------------------------------------------ bytes

    def blob(self, sha256: str) -> Path:
        """Where the bytes of a digest lie. Nobody may write there."""
        return self.blobs.path(sha256)

    def materialise(self, version: ModelVersion, target: Path, *, cancel: CancelToken | None = None) -> Path:
        """Copy the files of a version below `target`, which must not hold them yet, checking every byte.

        Gives the path that `get_model_path` gives: the file, the folder, or `target` itself for a version of several
        paths. Raises model-damaged, disk-full, io-failed, cancelled; the caller removes `target` then.
        """
        with storing(target):
            make_folder(target)
        for file in version.files:
            extraction.write_file(self.blobs, file, target, lambda _: None, cancel or CancelToken())
        firsts = {file.path.split("/", 1)[0] for file in version.files}
        return target / firsts.pop() if len(firsts) == 1 else target

    def download(
        self,
        id: str,
        target: Path,
        *,
        overwrite: bool = False,
        progress: Progress | None = None,
        cancel: CancelToken | None = None,
    ) -> Path:
        """Copy a version below `target` as `Model.download` does; files there are replaced only with `overwrite`.

        Gives the common path of the written files. Raises model-file-exists before anything is written.
        """
        return extraction.download(
            self.blobs, self.model(id), target, overwrite, progress or Silent(), cancel or CancelToken()
        )

    # ------------------------------------------------------------------------------------------ upkeep

    def verify(self, deep: bool) -> list[str]:
        """What is wrong with the workspace, one sentence each; `deep` reads every byte."""
        return upkeep.verify(self.store, self.blobs, self.manifests, deep)

    def collect_garbage(self, grace_seconds: float = 86_400, trash_seconds: float = 30 * 86_400) -> int:
        """Remove what no version needs and is older than the grace: scratch files, blobs; and versions that have lain in
        the trash for `trash_seconds`. Gives the number of files removed. Works on a full disk.
        """
        try:
            return upkeep.collect_garbage(self.store, self.blobs, self.manifests, grace_seconds, trash_seconds)
        except OSError as error:
            raise storage_error(error, self.folder) from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such account, as in some containers
        return ""


def _listed(noun: str, names: Sequence[str]) -> str:
    return f"the {noun} {names[0]}" if len(names) == 1 else f"the {noun}s {', '.join(names)}"
