"""The model registry of one workspace: register, find, change, delete, take out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry import extraction, grammar, rows, search, upkeep
from scoredock.registry.assets import Assets
from scoredock.registry.blobs import Blobs
from scoredock.registry.durable import make_folder
from scoredock.registry.faults import storage_error, storing
from scoredock.registry.manifests import Manifests
from scoredock.registry.records import ModelSummary, ModelVersion, Resources, RunSource
from scoredock.registry.registration import NewModel, Registration
from scoredock.registry.source import Limits, Source
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
        self.assets = Assets(self.store, self.blobs, self.manifests)
        self._registration = Registration(self.store, self.blobs, self.manifests, self.limits)

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
        child_paths: Sequence[str] = (),
        unpack: bool = False,
        description: str = "",
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        framework: str = "",
        framework_version: str = "",
        resources: Resources | None = None,
        sample_input_dataset: str = "",
        sample_output_dataset: str = "",
        datasets: Sequence[tuple[str, str]] = (),
        run: RunSource | None = None,
        progress: Progress | None = None,
        cancel: CancelToken | None = None,
    ) -> ModelVersion:
        """Copy files in and add the next version of `name`; when it returns, both survive a power cut.

        One file is stored under its own name, one folder as its tree below its own name, several paths each under its
        own name. `child_paths` chooses files and folders inside the one folder; `unpack` takes what is inside the one
        archive, and where Scoredock exported that, what is not given here from there. Datasets are `name:version`.

        Raises model-name-invalid, model-framework-version-alone, model-tags-invalid, model-text-invalid,
        model-resources-invalid, asset-not-found, model-path-*, model-archive-invalid, model-too-large, disk-full,
        workspace-read-only, store-busy, io-failed, cancelled.
        """
        new = NewModel(
            name,
            description,
            tags or {},
            properties or {},
            framework,
            framework_version,
            resources or Resources(),
            sample_input_dataset,
            sample_output_dataset,
            datasets,
            run,
        )
        return self._registration.register_paths(
            paths, new, child_paths, unpack, progress or Silent(), cancel or CancelToken()
        )

    def register_files(
        self, source: Source, new: NewModel, *, progress: Progress | None = None, cancel: CancelToken | None = None
    ) -> ModelVersion:
        """The same for files that lie somewhere else than on the disk: see `SourceFile.opener`.

        `source.files` are read one after the other, in their order; what they raise passes through.
        """
        return self._registration.register(source, new.checked(), progress or Silent(), cancel or CancelToken())

    # ------------------------------------------------------------------------------------------ find

    def models(
        self,
        *,
        name: str = "",
        tags: Sequence[str] = (),
        properties: Sequence[str] = (),
        latest: bool = False,
        include_deleted: bool = False,
    ) -> list[ModelSummary]:
        """Versions by name, newest first. Filters are `key` or `key=value` and must all hold.

        `latest` keeps the newest live version of each name, and the filters are asked of that one.
        """
        where, values = search.condition(
            name=name,
            tags=grammar.parse_filters(tags),
            properties=grammar.parse_filters(properties),
            latest=latest,
            include_deleted=include_deleted,
        )
        with self.store.read() as connection:
            return rows.summaries(connection, where, values)

    def model(self, reference: str) -> ModelVersion:
        """The version that `name:version` says, or the newest live one of `name`. Raises model-not-found."""
        name, number = grammar.parse_reference(reference)
        with self.store.read() as connection:
            if number is None:
                newest = connection.execute(
                    "SELECT max(version) FROM model_versions WHERE name = ? AND deleted IS NULL", (name,)
                ).fetchone()[0]
                number = newest or 0
            found = rows.version(connection, name, number)
        if found is None:
            raise ScoredockError("model-not-found", f"The workspace has no model {reference}.")
        if found.deleted is not None:
            raise ScoredockError(
                "model-not-found",
                f"The model {found.id} is in the trash.",
                f"Restore {found.id}, then use it again.",
            )
        return found

    def trees(self) -> list[tuple[str, int, tuple[str, ...]]]:
        """Name, version and file paths of every live version, by name and version: what checks compare paths with."""
        with self.store.read() as connection:
            return rows.trees(connection)

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
            return self._any(connection, model.name, model.version)

    def restore(self, id: str) -> ModelVersion:
        """Take a version out of the trash. Raises model-not-deleted when it is live, model-not-found."""
        name, version = grammar.parse_reference(id)
        if version is None:
            raise ScoredockError(
                "model-not-found", f"{grammar.shown(id)} names no version.", "Write it as name:version."
            )
        with self.store.write() as connection:
            found = rows.version(connection, name, version)
            if found is None:
                raise ScoredockError("model-not-found", f"The workspace has no model {id}, nor is it in the trash.")
            if found.deleted is None:
                raise ScoredockError("model-not-deleted", f"The model {id} is not in the trash.")
            connection.execute(
                "UPDATE model_versions SET deleted = NULL WHERE name = ? AND version = ?", (name, version)
            )
            return self._any(connection, name, version)

    def _live(self, connection: upkeep.Connection, id: str) -> ModelVersion:
        """The version as it is under the write lock."""
        name, version = grammar.parse_reference(id)
        found = rows.version(connection, name, version or 0)
        if found is None or found.deleted is not None:
            raise ScoredockError("model-not-found", f"The model {id} was deleted meanwhile.")
        return found

    def _any(self, connection: upkeep.Connection, name: str, version: int) -> ModelVersion:
        """A version that is there under the write lock, in the trash or not."""
        found = rows.version(connection, name, version)
        if found is None:
            raise ScoredockError("model-not-found", f"The model {name}:{version} was purged meanwhile.")
        return found

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


def _listed(noun: str, names: Sequence[str]) -> str:
    return f"the {noun} {names[0]}" if len(names) == 1 else f"the {noun}s {', '.join(names)}"
