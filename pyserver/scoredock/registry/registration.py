"""Registering: copy the bytes in, then give them a number and a row."""

from __future__ import annotations

import getpass
import hashlib
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken, Progress
from scoredock.registry import extraction, grammar, rows
from scoredock.registry.blobs import Blobs
from scoredock.registry.faults import storing
from scoredock.registry.manifests import Manifests
from scoredock.registry.records import ModelFile, ModelMetadata, ModelVersion, RunSource
from scoredock.registry.source import Limits, Source, survey
from scoredock.registry.store import Store
from scoredock.registry.upkeep import Connection


def register(
    store: Store,
    blobs: Blobs,
    manifests: Manifests,
    limits: Limits,
    paths: Sequence[Path],
    name: str,
    *,
    description: str,
    tags: Mapping[str, str],
    properties: Mapping[str, str],
    framework: str,
    framework_version: str,
    run: RunSource | None,
    progress: Progress,
    cancel: CancelToken,
) -> ModelVersion:
    """See `Registry.register`."""
    grammar.require_model_name(name)
    framework, framework_version = grammar.clean_framework(framework, framework_version)
    grammar.require_labels(tags, "Tags")
    grammar.require_labels(properties, "Properties")
    grammar.require_description(description)
    store.require_writable()
    progress.report("Looking at the files")
    folder = store.path.parent
    source = survey(paths, limits, cancel, forbidden=folder)
    _require_space(folder, source)
    files = _copy_in(blobs, source, progress, cancel)
    draft = ModelVersion(
        name=name,
        version=0,
        description=description,
        tags=dict(tags),
        properties=dict(properties),
        framework=framework,
        framework_version=framework_version,
        created=time.time(),
        created_by=user(),
        is_folder=source.is_folder,
        size=sum(file.size for file in files),
        file_count=len(files),
        digest=digest(files, ()),
        run_id=run.run_id if run is not None else "",
        experiment=run.experiment if run is not None else "",
        files=files,
        metadata=ModelMetadata(run=run),
    )
    progress.report(f"Registering {name}", 100)
    cancel.raise_if_cancelled()
    model = _record(store, blobs, manifests, draft)
    if model is None:
        with store.write() as connection:  # nobody collects garbage meanwhile
            files = _copy_in(blobs, source, progress, cancel)
            model = insert(connection, manifests, replace(draft, files=files, digest=digest(files, ())))
    store.keep_reserve()
    return model


def _copy_in(blobs: Blobs, source: Source, progress: Progress, cancel: CancelToken) -> tuple[ModelFile, ...]:
    meter = extraction.Meter("Copying", len(source.files), source.size, progress)
    files = []
    for file in source.files:
        meter.next(file.stored)
        files.append(blobs.add(file, meter.tick, cancel))
    return tuple(sorted(files, key=lambda file: file.path))


def _record(store: Store, blobs: Blobs, manifests: Manifests, draft: ModelVersion) -> ModelVersion | None:
    """Add the version under the store's write lock; None when one of its blobs was collected before that was held.

    Garbage is collected under the same lock, so what is there now is still there at the commit.
    """
    with store.write() as connection:
        if not all(blobs.holds(file) for file in draft.files):
            return None
        return insert(connection, manifests, draft)


def insert(connection: Connection, manifests: Manifests, draft: ModelVersion) -> ModelVersion:
    """Give it its number, write its manifest, then its rows."""
    model = replace(draft, version=rows.next_version(connection, draft.name))
    with storing(manifests.root):
        manifests.write(model)
    rows.insert(connection, model)
    return model


def digest(files: Iterable[ModelFile], folders: Iterable[str]) -> str:
    """One digest of a whole version: SHA-256 over the lines that `sha256sum` prints for its files, by path."""
    lines = [(file.path, f"{file.sha256}  {file.path}\n") for file in files]
    lines += [(f"{path}/", f"-  {path}/\n") for path in folders]
    return hashlib.sha256("".join(line for _, line in sorted(lines)).encode()).hexdigest()


def _require_space(folder: Path, source: Source) -> None:
    with storing(folder):
        free = shutil.disk_usage(folder).free
    if source.size > free:
        raise ScoredockError(
            "disk-full",
            f"The {source.size:,} bytes to register do not fit on the disk of {folder}, which has {free:,} left.",
            place=Place(str(folder)),
            details={"bytes": str(source.size), "free": str(free)},
        )


def user() -> str:
    """Name of the account, for `created_by` and the history of aliases."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such account, as in some containers
        return ""
