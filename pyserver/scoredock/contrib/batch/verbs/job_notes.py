"""Notes on a batch job beside its figures: which mini-batches failed, and what went elsewhere."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.contrib.batch import messages
from scoredock.counts import counted

if TYPE_CHECKING:
    from scoredock.contrib.batch.domain.work.jobs import JobFolder, JobProgress

_MOST_FAILURES = 100


def notes_of(folder: JobFolder, progress: JobProgress) -> list[str]:
    """Sentences about what is not as the script seems to expect."""
    if not progress.stray:
        return []
    from scoredock.contrib.batch.domain.work.jobs import APP_ROOT

    return [
        l10n.t(
            "Not part of the output: {files} that the script wrote into {folder}. What belongs to it is written into"
            " EntryScript().output_dir, or into the folder that an argument names.",
            files=counted(progress.stray, "file"),
            folder=folder.of(APP_ROOT) / progress.stray_folder,
        )
    ]


def failures_of(folder: JobFolder) -> list[messages.FailedMiniBatch]:
    """Failed mini-batches from the quarantine file, which the driver writes at its end; before, from the journal."""
    from scoredock.contrib.batch.domain.work.jobs import JOURNAL, QUARANTINE
    from scoredock.contrib.batch.domain.work.journal import BatchFailure, records

    try:
        with folder.of(QUARANTINE).open(encoding="utf-8") as stream:
            return [_failure(json.loads(line)) for line in itertools.islice(stream, _MOST_FAILURES)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    if folder.written_progress().failed == 0:
        return []
    latest = {record.index: record for record in records(folder.of(JOURNAL))}
    failed = [record for _, record in sorted(latest.items()) if isinstance(record, BatchFailure)]
    return [_failure(asdict(each)) for each in failed[:_MOST_FAILURES]]


def _failure(record: Mapping[str, Any]) -> messages.FailedMiniBatch:
    """Raises KeyError and TypeError for what is none."""
    names = ("index", "name", "cause", "message", "place", "tries", "items")
    earlier = [messages.FailedTry(**each) for each in record["details"].get("tries", ())]
    return messages.FailedMiniBatch(
        **{name: record[name] for name in names}, inputs=list(record["inputs"]), earlier=earlier
    )
