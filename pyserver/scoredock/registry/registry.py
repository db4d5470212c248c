"""The model registry of one workspace: register, find, change, delete, take out."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry import grammar
from scoredock.registry.assets.assets import Assets
from scoredock.registry.blobs import extraction
from scoredock.registry.blobs.blobs import Blobs
from scoredock.registry.blobs.source import Limits, Source
from scoredock.registry.manifests.manifests import Manifests
from scoredock.registry.models import listing, lookup
from scoredock.registry.models.changing import Changes, ModelUpdate
from scoredock.registry.models.conditions import Query, query
from scoredock.registry.models.listing import Grouping, Groups, Order, Page
from scoredock.registry.models.registration import NewModel, Registration
from scoredock.registry.records import AliasMove, ModelFile, ModelSummary, ModelVersion, Resources, RunSource
from scoredock.registry.store import aliases, rows
from scoredock.registry.store.durable import make_folder
from scoredock.registry.store.faults import storage_error, storing
from scoredock.registry.store.store import Store
from scoredock.registry.upkeep import collection as upkeep

if TYPE_CHECKING:
    from scoredock.registry.upkeep.problems import Verified


class Registry:
    """Safe to use from several threads and processes. Every refusal is a ScoredockError."""

    folder: Path
    store: Store

    def __init__(
        self, folder: Path, limits: Limits | None = None, before_change: Callable[[], None] | None = None
    ) -> None:
        """Opens the workspace folder, creating its store when there is none, or with `before_change` only at the first
        change, before which that is called. Raises what `Store` raises."""
        self.folder = folder
        self.limits = limits or Limits()
        """Of what is registered from now on."""
        self.store = Store(folder / "store.sqlite3", before_change)
        self.store.on_noted = self._noted
        self.blobs = Blobs(folder)
        self.manifests = Manifests(folder)
        self.assets = Assets(self.store, self.blobs, self.manifests)
        self.changes = Changes(self.store, self.manifests)
        """Aliases, favourites, consent, purging, and what `update`, `delete` and `restore` do."""
        self._registration = Registration(self.store, self.blobs, self.manifests)

    def _noted(self, connection: sqlite3.Connection) -> None:
        # Commands that change nothing need none of it.
        from scoredock.registry.audit import following

        following.noted(self.folder, connection)

    @property
    def read_only(self) -> str:
        """Sentence on why nothing can be changed here; empty when it can."""
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
            paths, new, self.limits, child_paths, unpack, progress or Silent(), cancel or CancelToken()
        )

    def register_files(
        self, source: Source, new: NewModel, *, progress: Progress | None = None, cancel: CancelToken | None = None
    ) -> ModelVersion:
        """The same for files that lie somewhere else than on the disk: see `SourceFile.opener`.

        `source.files` are read one after the other, in their order; what they raise passes through.
        """
        return self._registration.register(source, new.checked(), progress or Silent(), cancel or CancelToken())

    def next_version(self, name: str) -> int:
        """The number that the next version of a name gets; those of purged versions are not given again."""
        with self.store.read() as connection:
            return rows.next_version(connection, name)

    def names(self, most: int) -> list[str]:
        """Names with a live version, in alphabetical order; at most so many."""
        with self.store.read() as connection:
            return [
                row[0]
                for row in connection.execute(
                    "SELECT DISTINCT name FROM model_versions WHERE deleted IS NULL ORDER BY name LIMIT ?", (most,)
                )
            ]

    # ------------------------------------------------------------------------------------------ find

    def models(
        self,
        *,
        name: str = "",
        search: str = "",
        tags: Sequence[str] = (),
        properties: Sequence[str] = (),
        framework: str = "",
        run_id: str = "",
        favourites: bool = False,
        latest: bool = False,
        include_deleted: bool = False,
    ) -> list[ModelSummary]:
        """All versions for which everything given holds, by name, newest first; see `query`."""
        model_query = query(
            name=name,
            search=search,
            tags=tags,
            properties=properties,
            framework=framework,
            run_id=run_id,
            favourites=favourites,
            latest=latest,
            among="all" if include_deleted else "live",
        )
        return list(self.page(model_query, limit=-1).models)

    def page(self, query: Query, *, order: Order = "name", offset: int = 0, limit: int = 100) -> Page:
        """Page of the versions that are asked for, and how many there are; a negative limit means all."""
        with self.store.read() as connection:
            return listing.versions(connection, query, order, offset, limit)

    def groups(
        self,
        query: Query,
        *,
        by: Grouping = "name",
        tag: str = "",
        order: Order = "name",
        offset: int = 0,
        limit: int = 100,
    ) -> Groups:
        """The versions that are asked for by name, by framework or by the value of a tag; favourite names first."""
        with self.store.read() as connection:
            return listing.groups(connection, query, by, tag, order, offset, limit)

    def group(
        self,
        query: Query,
        key: str,
        *,
        by: Grouping = "name",
        tag: str = "",
        order: Order = "name",
        offset: int = 0,
        limit: int = 100,
    ) -> Page:
        """Page of the versions of one group."""
        with self.store.read() as connection:
            return listing.group(connection, query, by, tag, key, order, offset, limit)

    def model(self, reference: str) -> ModelVersion:
        """The version that `name:version` or `name@alias` says, or the newest live one of `name`, with everything.

        Raises model-not-found, alias-not-found.
        """
        with self.store.read() as connection:
            return rows.complete(connection, lookup.live(connection, reference))

    def summary(self, reference: str) -> ModelSummary:
        """The same without files and metadata."""
        with self.store.read() as connection:
            return lookup.live(connection, reference)

    def files(self, model: ModelSummary, *, offset: int = 0, limit: int = 100) -> tuple[tuple[ModelFile, ...], int]:
        """Files of a version by path, from `offset`, and how many it has. A folder that holds nothing ends with a
        slash."""
        with self.store.read() as connection:
            return listing.files(connection, model, offset, limit)

    def file(self, model: ModelSummary, path: str) -> ModelFile:
        """One file of a version. Raises model-file-missing."""
        with self.store.read() as connection:
            model_file = listing.file(connection, model, path)
        if model_file is None:
            raise ScoredockError(
                "model-file-missing",
                l10n.t("The model {id} has no file {path}.", id=model.id, path=grammar.printable(path)),
            )
        return model_file

    def alias_history(self, name: str) -> list[AliasMove]:
        """The last moves of all aliases of a name, newest first."""
        with self.store.read() as connection:
            return aliases.history(connection, name)

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
        resources: Resources | None = None,
        sample_input_dataset: str | None = None,
        sample_output_dataset: str | None = None,
    ) -> ModelVersion:
        """Change what may change: description, tags, resources and samples freely, properties only by adding.

        Removing a tag that is not there is no error. Raises model-property-immutable, model-not-found, asset-not-found,
        and what `register` raises for the same texts.
        """
        change = ModelUpdate(
            description,
            set_tags or {},
            remove_tags,
            add_properties or {},
            resources,
            sample_input_dataset,
            sample_output_dataset,
        )
        return self.changes.update(id, change)

    def delete(self, id: str) -> ModelVersion:
        """Move a version to the trash, from where `restore` brings it back. Raises model-in-use, model-not-found.

        Works on a full disk.
        """
        return self.changes.delete(id)

    def restore(self, id: str) -> ModelVersion:
        """Take a version out of the trash. Raises model-not-deleted when it is live, model-not-found."""
        return self.changes.restore(id)

    # ------------------------------------------------------------------------------------------ bytes

    def blob(self, sha256: str) -> Path:
        """Path of the bytes with a digest. Nobody may write there."""
        return self.blobs.path(sha256)

    def materialise(self, version: ModelVersion, target: Path, *, cancel: CancelToken | None = None) -> Path:
        """Copy the files of a version below `target`, which must not hold them yet, checking every byte.

        Gives the path that `get_model_path` gives: the file, the folder, or `target` itself for a version of several
        paths. Raises model-damaged, disk-full, io-failed, cancelled; the caller removes `target` then.
        """
        for file in version.files:
            extraction.write_file(self.blobs, file, target, lambda _: None, cancel or CancelToken())
        for folder in version.folders:
            with storing(target):
                make_folder(extraction.place_of(folder, target))
        firsts = {path.split("/", 1)[0] for path in (*(file.path for file in version.files), *version.folders)}
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
        model = self.model(id)
        with self._taken_out("model.downloaded", model, target):
            return extraction.download(
                self.blobs, model, target, overwrite, progress or Silent(), cancel or CancelToken()
            )

    def export(
        self,
        id: str,
        target: Path,
        *,
        overwrite: bool = False,
        into: bool = False,
        progress: Progress | None = None,
        cancel: CancelToken | None = None,
    ) -> Path:
        """Write a version and all that is known of it to one .zip, which `register(unpack=True)` takes anywhere.

        A folder as `target`, or with `into` one that is still to be made, gets `name-version.zip`.
        Raises model-file-exists before anything is written.
        """
        from scoredock.registry.models import export as exporting

        model, progress, cancel = self.model(id), progress or Silent(), cancel or CancelToken()
        with self._taken_out("model.exported", model, target):
            return exporting.export(self.blobs, model, target, progress, cancel, overwrite=overwrite, into=into)

    @contextlib.contextmanager
    def _taken_out(self, what: str, model: ModelVersion, target: Path) -> Iterator[None]:
        """Noted before anything is written, so that one that is cut off is recorded, too. A workspace that cannot be
        written can still be read."""
        from scoredock.registry.audit import following
        from scoredock.registry.store.outbox import change

        facts = {"modelName": model.name, "modelVersion": model.version, "digest": model.digest, "target": str(target)}
        with contextlib.ExitStack() as held:
            if not self.read_only:
                with contextlib.suppress(ScoredockError, OSError):
                    entry = change(what, f"models/{model.id}", facts, model.files)
                    held.enter_context(following.recording(self.folder, entry, following.Proof()))
            yield

    # ------------------------------------------------------------------------------------------ pickles

    def scan_pickles(self, id: str, *, cancel: CancelToken | None = None) -> ModelVersion:
        """Look into the pickles of a version that was registered by an earlier release; others stay as they are.

        A version whose bytes are not there stays `unread`. Raises model-not-found, the errors of storing, cancelled.
        """
        from scoredock.registry.models import pickle_upkeep

        return pickle_upkeep.look_at(self.store, self.blobs, self.manifests, id, cancel)

    def scan_unread(self, seconds: float = 20.0, *, cancel: CancelToken | None = None) -> int:
        """The same for every version that waits for it, for so long. Gives how many were looked into."""
        from scoredock.registry.models import pickle_upkeep

        return pickle_upkeep.look_at_unread(self.store, self.blobs, self.manifests, seconds, cancel)

    # ------------------------------------------------------------------------------------------ upkeep

    def verify(self, deep: bool) -> list[str]:
        """Problems of the workspace, one sentence each; `deep` reads every byte."""
        return [problem.message for problem in self.inspect(deep).problems]

    def inspect(self, deep: bool, *, progress: Progress | None = None, cancel: CancelToken | None = None) -> Verified:
        """Everything that is wrong, with what repairing would do about it, and how much was looked at. Raises
        cancelled."""
        from scoredock.registry.upkeep import verification

        return verification.verify(self.store, self.blobs, self.manifests, deep, progress, cancel)

    def collect_garbage(self, grace_seconds: float = 86_400, trash_seconds: float = 30 * 86_400) -> int:
        """Remove what no version needs and is older than the grace: scratch files, blobs; and versions that have lain
        in the trash for `trash_seconds`. Gives the number of files removed. Works on a full disk.
        """
        return self.collect(grace_seconds, trash_seconds).files

    def collect(
        self,
        grace_seconds: float = 86_400,
        trash_seconds: float = upkeep.TRASH_SECONDS,
        *,
        watch: tuple[Progress, CancelToken] | None = None,
        is_trial: bool = False,
    ) -> upkeep.CollectedFiles:
        """Same as `collect_garbage`, with all that is known of what was removed, or would be."""
        try:
            return upkeep.collect(
                self.store, self.blobs, self.manifests, grace_seconds, trash_seconds, watch, is_trial=is_trial
            )
        except OSError as error:
            raise storage_error(error, self.folder) from error
