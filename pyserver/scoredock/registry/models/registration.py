"""Registering: copy the bytes in, then give them a number and a row."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.errors import DiskFull, Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.pickles.report import PickleFindings
from scoredock.progress import CancelToken, Progress
from scoredock.registry import grammar
from scoredock.registry.account import user
from scoredock.registry.assets import names as asset_names
from scoredock.registry.blobs.blobs import Blobs
from scoredock.registry.blobs.hashing import version_digest
from scoredock.registry.blobs.meter import Meter
from scoredock.registry.blobs.source import Limits, Source
from scoredock.registry.manifests.manifests import Manifests
from scoredock.registry.models.survey import survey
from scoredock.registry.records import ModelFile, ModelMetadata, ModelVersion, Resources, RunSource, SourceControl
from scoredock.registry.store import rows
from scoredock.registry.store.change_notes import note_model
from scoredock.registry.store.faults import storing
from scoredock.registry.store.store import Store

if TYPE_CHECKING:
    from scoredock.registry.formats.recognise import Contents


@dataclass(frozen=True, slots=True)
class NewModel:
    """Description of a version that is to be registered."""

    name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    framework: str = ""
    framework_version: str = ""
    resources: Resources = field(default_factory=Resources)
    sample_input_dataset: str = ""
    """`name:version`; `name` alone means the newest."""
    sample_output_dataset: str = ""
    datasets: Sequence[tuple[str, str]] = ()
    """(scenario, dataset)."""
    run: RunSource | None = None
    source: SourceControl | None = None

    def checked(self) -> NewModel:
        """Same version in the spelling that is stored.

        Raises model-name-invalid, model-framework-version-alone, model-text-invalid, model-tags-invalid,
        model-resources-invalid.
        """
        grammar.require_model_name(self.name)
        framework, framework_version = grammar.clean_framework(self.framework, self.framework_version)
        grammar.require_labels(self.tags, l10n.t("Tags"))
        grammar.require_labels(self.properties, l10n.t("Properties"))
        grammar.require_description(self.description)
        require_resources(self.resources)
        return replace(self, framework=framework, framework_version=framework_version)


class Registration:
    """Adds versions to one workspace."""

    def __init__(self, store: Store, blobs: Blobs, manifests: Manifests) -> None:
        self._store = store
        self._blobs = blobs
        self._manifests = manifests
        self._folder = store.path.parent

    def register_paths(
        self,
        paths: Sequence[Path],
        new: NewModel,
        limits: Limits,
        child_paths: Sequence[str],
        unpack: bool,
        progress: Progress,
        cancel: CancelToken,
    ) -> ModelVersion:
        """See `Registry.register`."""
        new = new.checked()
        self._store.require_writable()
        progress.report(l10n.t("Looking at the files"))
        if not unpack:
            from scoredock.registry.models import source_control

            source = survey(paths, limits, cancel, forbidden=self._folder, children=child_paths)
            if source.left_out:
                names = ", ".join(source.left_out)
                progress.report(l10n.t("Left out, as packages leave it out, too: {names}", names=names))
            return self.register(source, replace(new, source=source_control.look(paths, cancel)), progress, cancel)
        if len(paths) != 1 or child_paths:
            raise ScoredockError(
                "model-path-unsupported",
                l10n.t("One archive is unpacked at a time, and whole."),
                l10n.t("Give one archive and no child paths."),
            )
        from scoredock.registry.archives.opening import archive_source
        from scoredock.registry.models.export import exported

        ours = exported(paths[0], limits, cancel)
        if ours is None:
            return self.register(archive_source(paths[0], limits, cancel), new, progress, cancel)
        return self.register(ours.source, self._as_exported(new, ours.model), progress, cancel, ours.model.digest)

    def register(
        self, source: Source, new: NewModel, progress: Progress, cancel: CancelToken, digest: str = ""
    ) -> ModelVersion:
        """Copy the files of `source` in and add the next version; see `Registry.register`. `new` must be checked.

        `digest` is what the whole is said to have. Raises model-archive-invalid when it has not.
        """
        from scoredock.pickles.scan import scan
        from scoredock.registry.formats.recognise import examine, require_fetched

        self._store.require_writable()
        require_fetched(source.files)
        new = self._with_datasets(new)
        self._require_space(source)
        files = self._copy_in(source, progress, cancel)
        contents = examine((file.path, self._blobs.path(file.sha256)) for file in files)
        # What lies in the workspace is looked at: the source may have changed since.
        pickle = scan(((self._blobs.path(file.sha256), file.path) for file in files), cancel=cancel)
        progress.report(l10n.t("Registering {name}", name=new.name), 100)
        cancel.raise_if_cancelled()
        draft = _draft(new, source, files, contents, pickle)
        if digest and draft.digest != digest:
            raise ScoredockError(
                "model-archive-invalid",
                l10n.t("The files in the archive are not those that it was exported with: their digest differs."),
                l10n.t("Export the model again."),
            )
        model = self._record(draft)
        if model is None:
            with self._store.write() as connection:  # nobody collects garbage meanwhile
                files = self._copy_in(source, progress, cancel)
                model = insert(connection, self._manifests, _draft(new, source, files, contents, pickle))
        self._manifests.settle(model.name, model.version)
        self._store.keep_reserve()
        return model

    def _copy_in(self, source: Source, progress: Progress, cancel: CancelToken) -> tuple[ModelFile, ...]:
        meter = Meter(_copying, len(source.files), source.size, progress)
        files = []
        with self._blobs.intake(cancel, self._like) as intake:
            for file in source.files:
                meter.next(file.stored)
                files.append(intake.add(file, meter.tick))
        return tuple(sorted(files, key=lambda file: file.path))

    def _like(self, size: int) -> Sequence[str]:
        """Blobs of a size, those of the newest versions first; a few at most."""
        with self._store.read() as connection:
            found = connection.execute(
                "SELECT sha256 FROM model_files WHERE size = ? ORDER BY rowid DESC LIMIT 64", (size,)
            ).fetchall()
        return list(dict.fromkeys(row[0] for row in found))[:16]

    def _record(self, draft: ModelVersion) -> ModelVersion | None:
        """Add the version under the store's write lock; None when one of its blobs was collected before that was held.

        Garbage is collected under the same lock, so what is there now is still there at the commit.
        """
        with self._store.write() as connection:
            if not all(self._blobs.holds(file) for file in draft.files):
                return None
            return insert(connection, self._manifests, draft)

    def _as_exported(self, new: NewModel, model: ModelVersion) -> NewModel:
        """Model with what was not said taken from the export; datasets that this workspace has not are left out."""
        metadata = model.metadata
        with self._store.read() as connection:
            named = (
                metadata.sample_input_dataset,
                metadata.sample_output_dataset,
                *(each for _, each in metadata.datasets),
            )
            is_registered = {each: bool(each) and _dataset(connection, each) is not None for each in named}
        return replace(
            new,
            description=new.description or model.description,
            tags=new.tags or model.tags,
            properties=new.properties or model.properties,
            framework=new.framework or model.framework,
            framework_version=new.framework_version or ("" if new.framework else model.framework_version),
            resources=new.resources if new.resources != Resources() else metadata.resources,
            sample_input_dataset=new.sample_input_dataset
            or (metadata.sample_input_dataset if is_registered[metadata.sample_input_dataset] else ""),
            sample_output_dataset=new.sample_output_dataset
            or (metadata.sample_output_dataset if is_registered[metadata.sample_output_dataset] else ""),
            datasets=new.datasets or [each for each in metadata.datasets if is_registered[each[1]]],
            run=new.run or metadata.run,
            source=new.source or metadata.source,
        ).checked()

    def _with_datasets(self, new: NewModel) -> NewModel:
        """Datasets by `name:version`. Raises dataset-not-found."""
        named = [new.sample_input_dataset, new.sample_output_dataset, *(dataset for _, dataset in new.datasets)]
        if not any(named):
            return new
        with self._store.read() as connection:
            found = {reference: dataset_id(connection, reference) for reference in named if reference}
        return replace(
            new,
            sample_input_dataset=found.get(new.sample_input_dataset, ""),
            sample_output_dataset=found.get(new.sample_output_dataset, ""),
            datasets=tuple((scenario, found[dataset]) for scenario, dataset in new.datasets if dataset),
        )

    def _require_space(self, source: Source) -> None:
        with storing(self._folder):
            free = shutil.disk_usage(self._folder).free
        if source.size > free:
            raise DiskFull(
                l10n.t(
                    "The {size:,} bytes to register do not fit on the disk of {folder}, which has {free:,} left.",
                    size=source.size,
                    folder=self._folder,
                    free=free,
                ),
                place=Place(str(self._folder)),
                details={"bytes": str(source.size), "free": str(free)},
            )


def _draft(
    new: NewModel, source: Source, files: tuple[ModelFile, ...], contents: Contents, pickle: tuple[str, PickleFindings]
) -> ModelVersion:
    recognised = contents.framework == new.framework and bool(contents.framework)
    return ModelVersion(
        name=new.name,
        version=0,
        description=new.description,
        tags=dict(new.tags),
        properties=dict(new.properties),
        framework=new.framework,
        framework_version=new.framework_version,
        created=time.time(),
        created_by=user(),
        is_folder=source.is_folder,
        size=sum(file.size for file in files),
        file_count=len(files),
        digest=version_digest(files, source.folders),
        run_id=new.run.run_id if new.run is not None else "",
        experiment=new.run.experiment if new.run is not None else "",
        pickle=pickle[0],
        files=files,
        folders=source.folders,
        metadata=ModelMetadata(
            resources=new.resources,
            sample_input_dataset=new.sample_input_dataset,
            sample_output_dataset=new.sample_output_dataset,
            datasets=tuple(new.datasets),
            run=new.run,
            source=new.source,
            recognised=contents.reason if recognised else "",
            inputs=contents.inputs,
            outputs=contents.outputs,
            pickle=pickle[1],
        ),
    )


def insert(connection: sqlite3.Connection, manifests: Manifests, draft: ModelVersion) -> ModelVersion:
    """Give it its number, write its manifest, then its rows."""
    model = replace(draft, version=rows.next_version(connection, draft.name))
    with storing(manifests.root):
        manifests.write(model)
    rows.insert(connection, model)
    note_model(connection, "model.registered", model)
    return model


def require_resources(resources: Resources) -> None:
    """Each greater than zero, as v1 has it. Raises model-resources-invalid."""
    for label, value in (("cpu", resources.cpu), ("memory", resources.memory_in_gb), ("gpu", resources.gpu)):
        if value is not None and not 0 < value < float("inf"):
            raise ScoredockError(
                "model-resources-invalid", l10n.t("The {label} of a model must be greater than zero.", label=label)
            )


def dataset_id(connection: sqlite3.Connection, reference: str) -> str:
    """The `name:version` that is meant. Raises asset-not-found."""
    dataset = _dataset(connection, reference)
    if dataset is None:
        raise ScoredockError(
            "asset-not-found",
            l10n.t("The workspace has no dataset {reference}.", reference=reference),
            asset_names.list_step("dataset"),
        )
    return dataset


def _dataset(connection: sqlite3.Connection, reference: str) -> str | None:
    name, version = asset_names.parse_reference("dataset", reference)
    row = connection.execute(
        "SELECT max(version) FROM assets WHERE kind = 'dataset' AND name = ? AND version = coalesce(?, version)"
        " AND deleted IS NULL",
        (name, version),
    ).fetchone()
    return None if row[0] is None else f"{name}:{row[0]}"


def _copying(label: str) -> str:
    return l10n.t("Copying {name}", name=label)
