"""Batch jobs of a workspace: a folder each, `batch/NAME`, which holds all there is to know of one.

`job.json` says what the job is and is written once; `state.json` how far it is, written by its driver alone;
`journal` what has become of each mini-batch. Whoever asks reads these; nobody asks the driver.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration, from_json, to_json
from scoredock.contrib.batch.options import BatchWorkerOptions
from scoredock.data_folder import make_private
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass

JobState = Literal[
    "Queued",
    "Running",
    "Pausing",
    "Paused",
    "Completed",
    "CompletedWithErrors",
    "Failed",
    "Canceled",
    "Interrupted",
]
ENDED: tuple[JobState, ...] = ("Completed", "CompletedWithErrors", "Failed", "Canceled", "Paused")
"""That a driver writes when it ends; `Pausing` and `Interrupted` are seen, and never written."""

FOLDER = "batch"
"""Of a workspace."""
LISTING, PARTS, JOURNAL, QUARANTINE = "listing", "parts.jsonl", "journal", "quarantine.jsonl"
INPUTS = "inputs"
"""Copies of input that does not lie on this machine, or not in files."""
DIVIDED, KEY_VALUES = "divided", "key-values.jsonl"
"""Files that were made of the input by the columns of its partition keys, and the values of each."""
RECODED = "recoded"
"""Copies of tables of another encoding or separator, as a job reads them."""
RESULTS, LOGS, APP_ROOT = "results", "logs", "azureml-app"
JOB_FILE, STATE, _LOCK, _RESERVE = "job.json", "state.json", "driver.lock", "reserve"
_CANCEL, _PAUSE, _AGAIN = "cancel", "pause", "again.json"
_RESERVE_BYTES = 65_536
_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class JobRecord(BatchWorkerOptions):
    """Record of a job: what it is to do, and what was decided when it began."""

    name: str
    created: float
    """Seconds since the epoch."""
    script: str
    """The person's file."""
    entry_script: str
    """The copy, relative to `azureml-app` of the job's folder."""
    source: str
    """The folder of the source beside it there; empty for the script alone."""
    model_dir: str
    models: tuple[str, ...]
    inputs: tuple[str, ...]
    output: str
    """Folder, absolute."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Folders of the job that have copies of input, and what they are copies of."""
    configuration: BatchConfiguration
    python: str
    """Interpreter that has the scoring runtime."""
    script_python: str
    """Interpreter of the script where that is another one; else empty."""
    environment: str
    """For people."""
    environment_key: str
    variables: Mapping[str, str] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    """Of the input."""
    image: str = ""
    """That has environment, models and script, for a cluster; `python` is a path in it then."""
    requirements: tuple[str, ...] = ()
    """Lines for pip: the packages on a Ray cluster."""
    cluster_python: str = ""
    """Minor version of Python that the job is for, on a Ray cluster."""
    protocol: int = 1
    """Of its workers elsewhere; 1 before it was written down."""


def origin_of(path: str, origins: Mapping[str, str]) -> str:
    """A file of the input as the person knows it."""
    for folder, origin in origins.items():
        if path.startswith(folder + os.sep):
            return f"{origin}/{path[len(folder) + 1 :].replace(os.sep, '/')}"
    return path


@dataclass(frozen=True, kw_only=True)
class JobProgress:
    """Progress of a job; counts are of mini-batches where they say nothing else."""

    state: JobState = "Queued"
    planned: int = 0
    is_planned: bool = False
    completed: int = 0
    failed: int = 0
    retried: int = 0
    """Tries that failed and were followed by another one."""
    interrupted: int = 0
    """Under way when the job was killed or cancelled before, and run again."""
    items: int = 0
    """Given to run(), of mini-batches that are done."""
    results: int = 0
    failed_items: int = 0
    fewer: int = 0
    """With fewer results than items."""
    more: int = 0
    bytes: int = 0
    """Of the input, behind it."""
    seconds: float = 0.0
    """That drivers have worked."""
    workers: tuple[Mapping[str, Any], ...] = ()
    slowest: tuple[tuple[float, int, str], ...] = ()
    """Seconds, number and name."""
    unequal: tuple[tuple[int, str, int, int], ...] = ()
    """Number, name, items and results of the first with fewer or more results."""
    code: str = ""
    message: str = ""
    """Why it failed, or what failed in one that completed with errors."""
    place: str = ""
    """`score.py:12` where that happened in the script."""
    traceback: str = ""
    stray: int = 0
    """Files that the script has written beside itself, which are not part of the output."""
    stray_folder: str = ""
    """That has them all, below the folder that the script ran in."""
    waiting: str = ""
    """Why workers elsewhere have not begun."""
    updated: float = 0.0

    @property
    def is_worked_off(self) -> bool:
        """True if each of its mini-batches was tried."""
        return self.is_planned and self.completed + self.failed == self.planned

    @property
    def is_written(self) -> bool:
        """True if it came to its end, and its output is there."""
        return self.state in ("Completed", "CompletedWithErrors")

    @property
    def is_complete(self) -> bool:
        """True if nothing of it can be run any more."""
        return self.is_written and not self.failed


class JobFolder:
    """The folder of one job. Every verb may raise OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._cancel, self._pause = str(path / _CANCEL), str(path / _PAUSE)

    def of(self, name: str) -> Path:
        """A file or folder of it."""
        return self.path / name

    def job(self) -> JobRecord:
        """Raises ScoredockError `batch-job-damaged`."""
        try:
            document = json.loads(self.of(JOB_FILE).read_text("utf-8"))
            if document.pop("format") != _FORMAT:
                raise ValueError
            tuples = {name: tuple(document.get(name, ())) for name in ("models", "inputs", "requirements")}
            return JobRecord(**{**document, **tuples, "configuration": from_json(document["configuration"])})
        except (OSError, ValueError, KeyError, TypeError):
            raise ScoredockError(
                "batch-job-damaged",
                l10n.t("The record of the batch job {name} cannot be read.", name=self.name),
                place=Place(str(self.of(JOB_FILE))),
            ) from None

    def write_job(self, job: JobRecord) -> None:
        replace_json(self.of(JOB_FILE), job_document(job))

    def progress(self) -> JobProgress:
        """The last that its driver wrote; one that says that it runs while no driver does was interrupted, or has been
        paused where that was asked for."""
        progress = self.written_progress()
        if progress.state in ENDED:
            return progress
        if self.is_driven():
            return progress if not self.is_to_be_paused() else replace(progress, state="Pausing")
        # It may have ended between the two looks.
        progress = self.written_progress()
        if progress.state in ENDED:
            return progress
        return replace(progress, state="Paused" if self.is_to_be_paused() else "Interrupted")

    def written_progress(self) -> JobProgress:
        """Progress as it was last written; the initial one if it cannot be read."""
        try:
            document = json.loads(self.of(STATE).read_text("utf-8"))
            return progress_of(document)
        except (OSError, ValueError, KeyError, TypeError):
            return JobProgress()

    def written_at(self) -> int:
        """Time at which its progress was written, in nanoseconds; 0 before."""
        try:
            return self.of(STATE).stat().st_mtime_ns
        except OSError:
            return 0

    def write_progress(self, progress: JobProgress) -> None:
        replace_json(self.of(STATE), {**vars(progress), "updated": time.time()})

    def make_reserve(self) -> None:
        """Room for the last words of a driver whose disk has filled. Raises OSError."""
        self.of(_RESERVE).touch(mode=0o600)
        with self.of(_RESERVE).open("wb") as stream:
            stream.write(secrets.token_bytes(_RESERVE_BYTES))

    def use_reserve(self) -> None:
        """Gives that room back."""
        self.of(_RESERVE).unlink(missing_ok=True)

    def begin_again(self, again: Collection[int] = ()) -> None:
        """The counts of before stay; nothing says any more that the job has ended, or is to. Of what failed `again`
        alone is run, where there is any."""
        for request in (_CANCEL, _PAUSE):
            self.of(request).unlink(missing_ok=True)
        if again:
            replace_json(self.of(_AGAIN), {"mini_batches": sorted(again)})
        else:
            self.of(_AGAIN).unlink(missing_ok=True)
        self.of(QUARANTINE).unlink(missing_ok=True)
        before = self.written_progress()
        self.write_progress(
            JobProgress(**{**vars(before), "state": "Queued", "code": "", "message": "", "place": "", "traceback": ""})
        )

    def again(self) -> frozenset[int] | None:
        """Mini-batches that failed and alone are run again; None for all."""
        try:
            return frozenset(map(int, json.loads(self.of(_AGAIN).read_text("utf-8"))["mini_batches"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def driver_lock(self) -> FileLock:
        """Held by the driver as long as it lives."""
        return FileLock(str(self.of(_LOCK)), mode=0o600)

    def is_driven(self) -> bool:
        return _is_held(self.of(_LOCK))

    def ask_to_cancel(self) -> None:
        self.of(_CANCEL).touch(mode=0o600)

    def is_to_be_cancelled(self) -> bool:
        return os.path.exists(self._cancel)  # noqa: PTH110 (a driver looks many times)

    def ask_to_pause(self) -> None:
        self.of(_PAUSE).touch(mode=0o600)

    def is_to_be_paused(self) -> bool:
        return os.path.exists(self._pause)  # noqa: PTH110


def stray_files(folder: JobFolder) -> tuple[int, str]:
    """Files that have come since the job was written down beside the script, without those that MLflow begins itself,
    and the folder that has them all. Raises OSError."""
    root, start = str(folder.of(APP_ROOT)), folder.of(JOB_FILE).stat().st_mtime_ns
    folders: list[str] = []
    for place, names, files in os.walk(root):
        names[:] = [name for name in names if not name.startswith((".", "__pycache__", "mlruns"))]
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                if os.stat(os.path.join(place, name)).st_mtime_ns > start:  # noqa: PTH116, PTH118 (models have many)
                    folders.append(place)
    below = os.path.relpath(os.path.commonpath(folders), root) if folders else ""
    return len(folders), below.replace(os.sep, "/")


def job_document(job: JobRecord) -> dict[str, Any]:
    """Document for the job's file."""
    return {**asdict(job), "configuration": to_json(job.configuration), "format": _FORMAT}


def progress_of(document: Mapping[str, Any]) -> JobProgress:
    """Raises KeyError, TypeError."""
    several = {name: tuple(map(_hashable, document[name])) for name in ("workers", "slowest", "unequal")}
    progress = JobProgress(**{**document, **several})
    # Earlier releases called that completed as well.
    has_errors = progress.state == "Completed" and progress.failed_items
    return replace(progress, state="CompletedWithErrors") if has_errors else progress


def folder_of(workspace: Path, name: str) -> JobFolder:
    """Folder of a job that exists. Raises ScoredockError `batch-job-not-found`."""
    folder = JobFolder(workspace / FOLDER / name)
    if not _NAME.fullmatch(name) or not folder.of(JOB_FILE).is_file():
        raise ScoredockError("batch-job-not-found", l10n.t("There is no batch job “{name}”.", name=name[:64]))
    return folder


def require_name(name: str) -> None:
    """Raises ScoredockError `batch-name-invalid`."""
    if not 3 <= len(name) <= 32 or not _NAME.fullmatch(name):
        raise ScoredockError("batch-name-invalid", l10n.t("“{name}” is not a name of a batch job.", name=name[:64]))


def all_folders(workspace: Path) -> list[JobFolder]:
    """Folders of the jobs that have begun, newest first."""
    folders = []
    with contextlib.suppress(OSError):
        for path in (workspace / FOLDER).iterdir():
            if not _NAME.fullmatch(path.name):
                continue  # what is left of one that is being deleted
            with contextlib.suppress(OSError):
                folders.append(((path / JOB_FILE).stat().st_mtime, path))
    return [JobFolder(path) for _, path in sorted(folders, reverse=True)]


def environment_keys(workspace: Path) -> list[tuple[str, str]]:
    """Name and key of the built environment of every job that works or may go on; sorted. One that cannot be read goes
    on no more."""
    keys = []
    for folder in all_folders(workspace):
        with contextlib.suppress(ScoredockError):
            job, progress = folder.job(), folder.written_progress()
            if job.environment_key and not progress.is_complete:
                keys.append((job.name, job.environment_key))
    return sorted(keys)


def output_lock(home: Path, output: str) -> FileLock:
    """Lock of an output folder, over all workspaces of this account; nothing of it lies in the folder itself."""
    locks = home / "batch-outputs"
    make_private(locks)
    mark = hashlib.sha256(os.fsencode(os.path.realpath(output))).hexdigest()[:32]
    return FileLock(str(locks / f"{mark}.lock"), mode=0o600)


class JobWatch:
    """Tells if batch jobs of a workspace have come, gone or gone on; a record is read only if it was written anew."""

    def __init__(self) -> None:
        self._states: dict[Path, tuple[int, JobState]] = {}
        self._marks: frozenset[tuple[str, int, bool]] = frozenset()

    def has_changed(self, workspace: Path) -> bool:
        """True if they have changed since the last call."""
        folders = all_folders(workspace)
        self._states = {each.path: self._state(each) for each in folders}
        marks, self._marks = self._marks, frozenset(self._mark(each) for each in folders)
        return marks != self._marks

    def _state(self, folder: JobFolder) -> tuple[int, JobState]:
        written = folder.written_at()
        last = self._states.get(folder.path)
        return last if last is not None and last[0] == written else (written, folder.written_progress().state)

    def _mark(self, folder: JobFolder) -> tuple[str, int, bool]:
        """Its name, when its progress was written (nanoseconds), and whether its driver lives."""
        written, state = self._states[folder.path]
        # Only of one that has its lock: a look takes the lock for a moment, which a driver that begins must not meet.
        return folder.name, written, state == "Running" and folder.is_driven()


def require_free_output(lock: FileLock, output: str) -> None:
    """Takes the lock. Raises ScoredockError `batch-output-in-use`."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ScoredockError(
            "batch-output-in-use",
            l10n.t("Another batch job writes into {folder}.", folder=output),
            place=Place(output),
        ) from None


def replace_json(path: Path, content: Mapping[str, Any]) -> None:
    """Atomically: a reader never meets half of it."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(content, ensure_ascii=False), "utf-8", "surrogatepass")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    lock = FileLock(str(path), mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
