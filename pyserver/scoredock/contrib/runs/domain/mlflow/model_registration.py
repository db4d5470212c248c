"""A model of a run into the registry: its files are streamed from the store into the workspace, and nowhere else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from scoredock import l10n
from scoredock.contrib.runs.domain.mlflow.artifacts import Artifact, ArtifactTree
from scoredock.contrib.runs.domain.mlflow.choice import WHOLE, ModelChoice, choose_model
from scoredock.contrib.runs.domain.mlflow.records import ArtifactStream, TrackingStore, artifact_parts
from scoredock.errors import ArtifactMissing, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry
from scoredock.registry.blobs.source import Limits, Opener, Source, SourceBuilder, SourceFile
from scoredock.registry.formats.recognise import examine_sources
from scoredock.registry.models.registration import NewModel
from scoredock.registry.records import ModelVersion, RunSource

_DEEPEST = 64
_LOOK_BYTES = 32 << 20
"""Of a single file that is fetched only to tell its framework."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Model of a run that is meant, as far as it was said."""

    run_id: str
    path: str = ""
    metric: str = ""
    iteration: int | None = None


def propose(store: TrackingStore, wish: Wish, cancel: CancelToken) -> ModelChoice:
    """Choice that `register` would make, with framework and reason if they are known without fetching much."""
    choice = choose_model(store, wish.run_id, wish.path, wish.metric, wish.iteration)
    if choice.framework or choice.is_folder:
        return choice
    size = choice.tree.find(choice.path).size
    if size is None or size > _LOOK_BYTES:
        return choice
    findings = examine_sources(_survey(choice, Limits(), cancel).files)
    cancel.raise_if_cancelled()
    reason = f"{choice.reason} {findings.reason}".strip()
    return replace(choice, framework=findings.framework, framework_version=findings.version, reason=reason)


def register(
    store: TrackingStore, wish: Wish, new_model: NewModel, registry: Registry, progress: Progress, cancel: CancelToken
) -> ModelVersion:
    """The new version. Raises what choosing, reading and registering raise; nothing stays behind then."""
    registry.store.require_writable()
    progress.report(l10n.t("Reading the run"))
    choice = choose_model(store, wish.run_id, wish.path, wish.metric, wish.iteration)
    source = _survey(choice, registry.limits, cancel)
    framework, version = new_model.framework, new_model.framework_version
    if not framework and not version:
        framework, version = choice.framework, choice.framework_version
        if not framework:
            findings = examine_sources(source.files)
            framework, version = findings.framework, findings.version
    new = replace(
        new_model,
        name=new_model.name or choice.name,
        framework=framework,
        framework_version=version,
        run=RunSource(store.uri, choice.experiment.name, choice.run.id, choice.run.name),
    )
    return registry.register_files(source, new, progress=progress, cancel=cancel)


def _survey(choice: ModelChoice, limits: Limits, cancel: CancelToken) -> Source:
    """Every file and every empty folder of the artifact, those of a whole run under their own names. Raises
    model-too-large, model-path-*, run-artifact-*."""
    name = artifact_parts(choice.path)[-1] if choice.path else ""
    builder = SourceBuilder(limits, choice.path or WHOLE)
    if not choice.is_folder:
        artifact_file = choice.tree.find(choice.path)
        builder.add(_source_file(choice.tree, choice.path, name, artifact_file.size))
        return builder.source(is_folder=False)
    waiting = [(choice.path, name)]
    while waiting:
        path, stored = waiting.pop()
        cancel.raise_if_cancelled()
        below = _below(choice.tree, path, top=path == choice.path)
        if not below:
            builder.add_folder(stored, path)
        for artifact in below:
            inner = f"{stored}/{artifact_parts(artifact.path)[-1]}".lstrip("/")
            if not artifact.is_folder:
                builder.add(_source_file(choice.tree, artifact.path, inner, artifact.size))
            elif inner.count("/") >= _DEEPEST:
                raise ScoredockError(
                    "model-too-large",
                    l10n.t("The artifact {path} has more than {limit} levels.", path=choice.path, limit=_DEEPEST),
                )
            elif len(waiting) >= limits.files:
                raise ScoredockError(
                    "model-too-large",
                    l10n.t(
                        "The artifact {path} has more than {limit:,} folders.", path=choice.path, limit=limits.files
                    ),
                )
            else:
                waiting.append((artifact.path, inner))
    builder.files.sort(key=lambda file: file.stored)
    return builder.source(is_folder=True)


def _below(tree: ArtifactTree, path: str, *, top: bool) -> tuple[Artifact, ...]:
    try:
        return tree.list(path, models=False)
    except ScoredockError as error:
        if top or not isinstance(error, ArtifactMissing):
            raise
        return ()  # a server says the same of an empty folder as of none


def _source_file(tree: ArtifactTree, path: str, stored: str, size: int | None) -> SourceFile:
    if size is None:
        with tree.open(path) as stream:
            size = stream.size
        if size is None:
            raise ScoredockError(
                "run-server-refused",
                l10n.t("The tracking server does not say how large the artifact {path} is.", path=path),
                l10n.t("Download it with MLflow's own client, then register the downloaded file or folder."),
            )
    return SourceFile(
        Path(PurePosixPath(path)),
        stored,
        size,
        opener=_opener(tree, path),
        origin=l10n.t("{path} of the run {run}", path=path, run=tree.run.id),
    )


def _opener(tree: ArtifactTree, path: str) -> Opener:
    @contextlib.contextmanager
    def opened() -> Iterator[_Bytes]:
        with tree.open(path) as stream:
            yield _Bytes(stream)

    return opened


class _Bytes:
    """A stream as the registry reads it."""

    def __init__(self, stream: ArtifactStream) -> None:
        self._stream = stream

    def readinto(self, buffer: memoryview, /) -> int:
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
