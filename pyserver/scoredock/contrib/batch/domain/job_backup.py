"""Batch jobs in a backup: what they were to do and what has become of it. Input copies, the staged script, results of
single mini-batches and logs stay behind, so that a job which had not ended cannot go on elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.contrib.batch.domain.work.jobs import (
    FOLDER,
    JOB_FILE,
    JOURNAL,
    QUARANTINE,
    STATE,
    JobFolder,
    JobProgress,
    JobRecord,
    all_folders,
    job_document,
    progress_of,
    require_name,
)
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.record_check import document_of, require_field_types
from scoredock.registry.upkeep.carried_part import CarriedNote

_FAULTS = (KeyError, TypeError, AttributeError, OverflowError, ScoredockError)
"""Of what a file may hold, besides ValueError and OSError."""


def members(workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:
    """Name in the backup and content of each file. What cannot be read stays behind, with a sentence for each."""
    for folder in reversed(all_folders(workspace)):
        try:
            job, progress = _read(folder, folder.progress())
        except ValueError:
            left_out.append(_unreadable(folder))
            continue
        place = f"{FOLDER}/{folder.name}"
        yield f"{place}/{JOB_FILE}", _content(job_document(_at_rest(job)))
        yield f"{place}/{STATE}", _content(vars(_ended(progress)))
        yield from ((f"{place}/{each}", folder.of(each)) for each in (JOURNAL, QUARANTINE) if folder.of(each).is_file())


def settle(workspace: Path) -> None:
    """Checks what was unpacked. Raises ValueError for what Scoredock does not write."""
    for path in sorted((workspace / FOLDER).iterdir()) if (workspace / FOLDER).is_dir() else ():
        folder = JobFolder(path)
        try:
            require_name(folder.name)
            job, progress = _read(folder, progress_of(document_of(folder.of(STATE))))
        except (ValueError, OSError, *_FAULTS):
            raise ValueError(l10n.t("a batch job “{name}” that is not valid", name=path.name)) from None
        folder.write_job(_at_rest(job))
        folder.write_progress(_ended(progress))


def problems(workspace: Path) -> Iterator[tuple[Path, str, str]]:
    """Path, sentence and next step of each job that cannot be read."""
    for folder in all_folders(workspace):
        try:
            _read(folder, folder.written_progress())
        except ValueError:
            command = f"scoredock batch delete {folder.name}"
            fix = l10n.t("Delete the job with `{command}`; its output stays.", command=command)
            yield folder.of(JOB_FILE), _unreadable(folder), fix


def _read(folder: JobFolder, progress: JobProgress) -> tuple[JobRecord, JobProgress]:
    """Raises ValueError for what Scoredock does not write."""
    try:
        job = folder.job()
        require_field_types(job)
        require_field_types(progress)
    except _FAULTS as error:
        raise ValueError(str(error)) from None
    if job.name != folder.name:
        raise ValueError(job.name)
    return job, progress


def _at_rest(job: JobRecord) -> JobRecord:
    """Without what only running it needs: variables may be secrets, and interpreters are those of one machine."""
    configuration = replace(job.configuration, environment_variables={})
    return replace(
        job, configuration=configuration, variables={}, python="", script_python="", environment_key="", image=""
    )


def _ended(progress: JobProgress) -> JobProgress:
    """One that was under way says that it had not ended."""
    if progress.is_written or progress.state in ("Failed", "Canceled"):
        return replace(progress, workers=())
    message = l10n.t("It had not ended when the backup was made from which its workspace was restored.")
    return replace(progress, state="Canceled", workers=(), message=message)


def _unreadable(folder: JobFolder) -> str:
    return l10n.t("The record of the batch job {name} cannot be read.", name=folder.name)


def _content(document: dict[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


class CarriedJobs:
    """A `CarriedPart`."""

    files = r"batch/[a-z][-a-z0-9]{0,31}/(job\.json|state\.json|journal|quarantine\.jsonl)"

    def members(self, workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:
        return members(workspace, left_out)

    def settle(self, workspace: Path) -> list[CarriedNote]:
        settle(workspace)
        return []

    def problems(self, workspace: Path, *, deep: bool, cancel: CancelToken) -> Iterator[tuple[Path, str, str]]:
        return problems(workspace)
