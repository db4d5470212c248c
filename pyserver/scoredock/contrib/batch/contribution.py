"""Declares the contribution for batch jobs to the core."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from scoredock.errors import ScoredockError
from scoredock.features.contribution import Contribution, FolderWatch, LineageFact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set

    from scoredock.context import Context, Operation
    from scoredock.contrib.batch.domain.work.jobs import JobFolder, JobRecord
    from scoredock.protocol.messages.documents import DocumentTried, DocumentTryParams
    from scoredock.registry.upkeep.carried_part import CarriedPart

_MOST_INPUTS = 200
"""Of a job, in lineage."""


class _Batch(Contribution):
    noun = "batch"
    help = "Batch jobs: files and rows of tables scored by a script, each once."
    references: ClassVar = {"name": "batch", "compute": "compute", "models": "model", "environment": "environment"}
    nameless = ("batch/run", "batch/list")

    def names(self, workspace: Path) -> Sequence[str]:
        return [each.name for each in _folders(workspace)]

    def names_of_folder(self, workspace: Path, folder: Path, services: Set[str]) -> Set[str]:
        """Jobs of a script of the folder."""
        return {job.name for _, job in _readable(workspace) if Path(job.script).is_relative_to(folder)}

    def backup(self) -> Sequence[CarriedPart]:
        from scoredock.contrib.batch.domain.job_backup import CarriedJobs

        return (CarriedJobs(),)

    def state_topics(self) -> Mapping[str, FolderWatch]:
        from scoredock.contrib.batch.domain.work.jobs import JobWatch

        return {"jobs": JobWatch()}

    def environment_keys(self, workspace: Path) -> Sequence[tuple[str, str]]:
        from scoredock.contrib.batch.domain.work.jobs import environment_keys

        return environment_keys(workspace)

    def left_over(self, workspace: Path) -> Sequence[Path]:
        from scoredock.contrib.batch.domain.work.left_over import left_over

        return left_over(workspace)

    def clear_left_over(self, workspace: Path) -> None:
        from scoredock.contrib.batch.domain.work.left_over import clear

        clear(workspace)

    def try_script(self, params: DocumentTryParams, context: Context, operation: Operation) -> DocumentTried | None:
        """Mini-batches of the inputs."""
        from scoredock.contrib.batch.verbs.trial import try_batch

        return try_batch(params, context, operation)

    def lineage(self, workspace: Path) -> Iterator[LineageFact]:
        for folder, job in _readable(workspace):
            try:
                state = folder.written_progress().state
            except ScoredockError:
                continue
            yield LineageFact(
                job.name,
                job.created,
                state,
                {"entryScript": job.script, "output": job.output, "environment": job.environment},
                (
                    *(f"model:{each}" for each in job.models),
                    *(f"data:{each}" for each in (job.script, *job.inputs[:_MOST_INPUTS])),
                ),
                outputs=(f"data:{job.output}",),
            )


def _folders(workspace: Path) -> Sequence[JobFolder]:
    from scoredock.contrib.batch.domain.work.jobs import all_folders

    return all_folders(workspace)


def _readable(workspace: Path) -> Iterator[tuple[JobFolder, JobRecord]]:
    """Each job but those whose record is damaged."""
    for folder in _folders(workspace):
        try:
            yield folder, folder.job()
        except ScoredockError:
            continue


CONTRIBUTION = _Batch()
