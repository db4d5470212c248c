"""Runs of a workspace on the disk: `runs/ID/journal.jsonl`, a line for each event, and `runs/ID/files`.

A line is written at once and under a lock, so that several processes may log to one run. What a killed process wrote
is there; a line that was cut off is passed over and cut away by the next writer. The beginning and the end of a run and
its files are flushed to the disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.contrib.runs.domain.recorded_run import (
    ENDS,
    RUN_ID,
    RecordedRun,
    fold,
    require_experiment,
    require_file_path,
    require_metric,
)
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.processes import began, began_at
from scoredock.progress import CancelToken
from scoredock.registry.audit.following import Proof, recording
from scoredock.registry.grammar import printable
from scoredock.registry.store.durable import FILE_MODE, create_file, flush, flush_folder, make_folder, write_all
from scoredock.registry.store.faults import storing
from scoredock.registry.store.outbox import change
from scoredock.registry.upkeep.carried_part import CarriedNote

FOLDER, JOURNAL, FILES = "runs", "journal.jsonl", "files"
_LOCK = "lock"
_LOCK_SECONDS = 10.0
_LONGEST_LINE = 1 << 20
_LARGEST = 64 << 20
_CHUNK = 1 << 20
_MAKING = ".making-"


@dataclass(frozen=True, slots=True)
class NewRun:
    """Facts that a run begins with."""

    experiment: str
    id: str = ""
    """Empty: one that nobody has."""
    name: str = ""
    parent: str = ""
    kind: str = ""
    process: int = 0
    """Process id of the script; 0 where none is to be watched."""
    tags: Mapping[str, str] | None = None
    properties: Mapping[str, str] | None = None


class RunJournals:
    """Journals of all runs of a workspace. Holds nothing open."""

    def __init__(self, workspace: Path) -> None:
        self.folder = workspace / FOLDER

    # ------------------------------------------------------------------------------------------ reading

    def change_counter(self) -> int:
        """A number that differs after any event of any run, by anyone; 0 while there is none. Means nothing in
        itself."""
        try:
            return self.folder.stat().st_mtime_ns
        except OSError:
            return 0  # reading the runs raises the reason

    def ids(self) -> list[str]:
        """Ids of all runs that have begun, sorted."""
        with storing(self.folder):
            try:
                with os.scandir(self.folder) as entries:
                    names = sorted(e.name for e in entries if RUN_ID.fullmatch(e.name) and e.is_dir())
            except FileNotFoundError:
                return []
        return [name for name in names if os.path.lexists(self.folder / name / JOURNAL)]

    def all(self) -> list[RecordedRun]:
        """Runs that can be read; `problems` tells of the others."""
        found = []
        for id in self.ids():
            with contextlib.suppress(ScoredockError):
                found.append(self.run(id))
        return found

    def run(self, id: str) -> RecordedRun:
        """Run by its id. Raises run-not-found, run-store-unreadable."""
        path = self.folder / id / JOURNAL
        try:
            if not RUN_ID.fullmatch(id):
                raise FileNotFoundError(id)
            with path.open("rb") as stream:
                run = fold(stream)
            if run is None or run.id != id:
                raise ValueError(l10n.t("it does not tell of this run"))
        except FileNotFoundError:
            raise ScoredockError("run-not-found", l10n.t("The workspace has no run {id}.", id=printable(id))) from None
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ScoredockError(
                "run-store-unreadable",
                l10n.t("{path} cannot be read: {error}.", path=path, error=error),
                place=Place(str(path)),
            ) from error
        if run.status == "Running" and run.process is not None and not _lives(*run.process):
            run.status = "NotResponding"
        return run

    def file(self, id: str, path: str) -> Path:
        """Path of an uploaded file."""
        return self.folder.joinpath(id, FILES, *require_file_path(path))

    def backup_files(self) -> Iterator[tuple[str, Path]]:
        """Name in a backup and place of each file; what is written meanwhile may be in it or not."""
        for run in self.all():
            yield f"{FOLDER}/{run.id}/{JOURNAL}", self.folder / run.id / JOURNAL
            for name in run.files:
                yield f"{FOLDER}/{run.id}/{FILES}/{name}", self.file(run.id, name)

    def problems(self, *, deep: bool, cancel: CancelToken) -> Iterator[tuple[Path, str]]:
        """Yields the problems of the runs as path and sentence. `deep` reads every file."""
        for id in self.ids():
            cancel.raise_if_cancelled()
            try:
                run = self.run(id)
            except ScoredockError as error:
                yield self.folder / id / JOURNAL, error.message
                continue
            for name, known in run.files.items():
                path = self.file(id, name)
                if not path.is_file() or path.stat().st_size != known.size:
                    yield path, l10n.t("The file {name} of the run {id} is missing or incomplete.", name=name, id=id)
                elif deep and _digest(path, cancel) != known.sha256:
                    yield path, l10n.t("The file {name} of the run {id} is damaged.", name=name, id=id)

    # ------------------------------------------------------------------------------------------ writing

    def begin(self, new: NewRun) -> RecordedRun:
        """A run that has begun. Raises run-value-invalid, run-exists, run-not-found for its parent."""
        require_experiment(new.experiment)
        id = new.id or _new_id()
        if not RUN_ID.fullmatch(id):
            raise ScoredockError("run-value-invalid", l10n.t("{id} cannot be the id of a run.", id=printable(id)))
        if new.parent:
            self.run(new.parent)
        event = {
            "event": "begin",
            "id": id,
            "experiment": new.experiment,
            "name": new.name,
            "parent": new.parent,
            "kind": new.kind,
            "process": _process(new.process),
            "tags": dict(new.tags or {}),
            "properties": dict(new.properties or {}),
        }
        making = self.folder / f"{_MAKING}{secrets.token_hex(6)}"
        with storing(self.folder):
            make_folder(making)
            try:
                descriptor = create_file(making / JOURNAL)
                try:
                    write_all(descriptor, _line(event))
                    flush(descriptor)
                finally:
                    os.close(descriptor)
                run = RecordedRun(id, new.experiment, kind=new.kind)
                run.tags.update(new.tags or {})
                run.properties.update(new.properties or {})
                with self._recording("run.started", run, "Running"):
                    self._settle(making, id)
            finally:
                shutil.rmtree(making, ignore_errors=True)
        return self.run(id)

    def _settle(self, making: Path, id: str) -> None:
        try:
            making.rename(self.folder / id)  # a folder with something in it is never replaced
        except OSError:
            if not os.path.lexists(self.folder / id):
                raise
            raise ScoredockError("run-exists", l10n.t("The run {id} already exists.", id=id)) from None
        flush_folder(self.folder)

    def log(self, id: str, name: str, kind: str, value: str, step: int | None, at: float | None = None) -> None:
        """Logs one metric, its value as JSON, of now or of `at` in seconds since the epoch. Raises run-value-invalid,
        run-not-found.
        """
        event = {"event": "metric", "name": name, "kind": kind, "value": require_metric(name, kind, value)}
        time_of_value = {} if at is None else {"time": at}
        with self._changing(id):
            self._append(id, {**event, "step": step, **time_of_value}, sync=False)

    def change(
        self,
        id: str,
        tags: Mapping[str, str],
        removed: list[str],
        properties: Mapping[str, str],
        name: str,
    ) -> RecordedRun:
        """Tags and name may be changed; a property that a run has stays as it is. Raises run-value-invalid."""
        with self._changing(id):
            known = self.run(id).properties
            fixed = sorted(key for key, value in properties.items() if known.get(key, value) != value)
            if fixed:
                raise ScoredockError(
                    "run-value-invalid",
                    l10n.t("The run has the property {key} already, and properties do not change.", key=fixed[0]),
                    l10n.t("Use a tag for what changes."),
                )
            event = {"tags": dict(tags), "removed": removed, "properties": dict(properties), "name": name}
            self._append(id, {"event": "labels", **event}, sync=False)
        return self.run(id)

    def upload(self, id: str, name: str, source: Path, cancel: CancelToken) -> None:
        """Copies a file in. Raises run-file-exists, run-value-invalid, file-not-found, run-not-found."""
        parts = require_file_path(name)
        target = self.folder.joinpath(id, FILES, *parts)
        if not source.is_file():
            raise ScoredockError(
                "file-not-found", l10n.t("{path} is not a file.", path=source), place=Place(str(source))
            )
        with self._changing(id), storing(target):
            run = self.run(id)
            path = "/".join(parts)
            if path in run.files or any(known.startswith(f"{path}/") for known in run.files):
                raise ScoredockError(
                    "run-file-exists",
                    l10n.t("The run {id} already has the file {path}.", id=id, path=path),
                )
            make_folder(target.parent)
            partial = self.folder / id / f".{secrets.token_hex(6)}.part"
            try:
                size, digest = _copied(source, partial, cancel)
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)
            flush_folder(target.parent)
            self._append(id, {"event": "file", "path": path, "size": size, "sha256": digest}, sync=True)

    def end(self, id: str, status: str, error: str) -> RecordedRun:
        """The run has ended; one that has keeps its end. Raises run-value-invalid, run-not-found."""
        if status not in ENDS:
            raise ScoredockError(
                "run-value-invalid", l10n.t("{status} is not a way in which a run ends.", status=printable(status))
            )
        with self._changing(id):
            run = self.run(id)
            if run.ended is None:
                with self._recording("run.finished", run, status, rf'"status": "{status}"'):
                    self._append(id, {"event": "end", "status": status, "error": error[:10_000]}, sync=True)
        return self.run(id)

    def _recording(
        self, what: str, run: RecordedRun, status: str, pattern: str = ""
    ) -> contextlib.AbstractContextManager[object]:
        """For the audit log: the journal proves it."""
        facts = {
            "experimentId": run.experiment,
            "experimentName": run.experiment,
            "runId": run.id,
            "runType": run.kind,
            "runTags": dict(run.tags),
            "runProperties": dict(run.properties),
            "runStatus": status,
        }
        entry = change(what, f"experiments/{run.experiment}/runs/{run.id}", facts)
        return recording(self.folder.parent, entry, Proof(str(self.folder / run.id / JOURNAL), pattern))

    @contextlib.contextmanager
    def _changing(self, id: str) -> Iterator[None]:
        """One writer at a time over all processes."""
        if not RUN_ID.fullmatch(id) or not os.path.lexists(self.folder / id / JOURNAL):
            raise ScoredockError("run-not-found", l10n.t("The workspace has no run {id}.", id=printable(id)))
        lock = FileLock(self.folder / id / _LOCK, timeout=_LOCK_SECONDS, mode=FILE_MODE)
        with storing(self.folder / id):
            try:
                lock.acquire()
            except Timeout as error:
                raise ScoredockError(
                    "store-busy", l10n.t("Another process is writing to the run {id}.", id=id)
                ) from error
        try:
            yield
        finally:
            lock.release()

    def _append(self, id: str, event: Mapping[str, Any], *, sync: bool) -> None:
        path = self.folder / id / JOURNAL
        line = _line(event)
        with storing(path, len(line)):
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
            try:
                end = _whole_end(descriptor)
                if len(line) > _LONGEST_LINE or end + len(line) > _LARGEST:
                    raise ScoredockError(
                        "run-value-invalid",
                        l10n.t("The run {id} cannot hold more: a metric has at most 1 MB, all of a run 64 MB.", id=id),
                        l10n.t("Upload large tables as files."),
                    )
                os.ftruncate(descriptor, end)
                os.lseek(descriptor, end, os.SEEK_SET)
                write_all(descriptor, line)
                if sync:
                    flush(descriptor)
            finally:
                os.close(descriptor)
        now = time.time_ns()
        with contextlib.suppress(OSError):
            os.utime(self.folder, ns=(now, now))  # for `change_counter`: finer than what the system notes


class RunFiles:
    """Tells if runs of a workspace have begun or gone on."""

    def __init__(self) -> None:
        self._counter: int | None = None

    def has_changed(self, workspace: Path) -> bool:
        """True if they have changed since the last call."""
        before, self._counter = self._counter, RunJournals(workspace).change_counter()
        return before != self._counter


class CarriedRuns:
    """Runs in the backup of a workspace, as `registry.upkeep.carried_part.CarriedPart`."""

    files = r"runs/[A-Za-z0-9][A-Za-z0-9_\-]{0,254}/(journal\.jsonl|files/.+)"

    def members(self, workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:
        for name, path in RunJournals(workspace).backup_files():
            if path.exists():
                yield name, path
            else:
                left_out.append(l10n.t("{path} is missing.", path=path))

    def settle(self, workspace: Path) -> list[CarriedNote]:
        """Notes on files of runs that were lost before, so that the backup could not hold them."""
        problems = RunJournals(workspace).problems(deep=False, cancel=CancelToken())
        return [CarriedNote(message) for _, message in problems]

    def problems(self, workspace: Path, *, deep: bool, cancel: CancelToken) -> Iterator[tuple[Path, str, str]]:
        fix = l10n.t("Restore it from a backup, or remove the folder of the run.")
        for path, message in RunJournals(workspace).problems(deep=deep, cancel=cancel):
            yield path, message, fix


def _line(event: Mapping[str, Any]) -> bytes:
    return json.dumps({"time": time.time(), **event}, ensure_ascii=True).encode() + b"\n"


def _whole_end(descriptor: int) -> int:
    """Behind the last whole line: what a crash left behind it is not an event."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    end = size
    while end > 0:
        begin = max(0, end - 4096)
        os.lseek(descriptor, begin, os.SEEK_SET)
        piece = os.read(descriptor, end - begin)
        newline = piece.rfind(b"\n")
        if newline >= 0:
            return begin + newline + 1
        end = begin
    return 0


def _copied(source: Path, partial: Path, cancel: CancelToken) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as stream:
        descriptor = create_file(partial)
        try:
            while piece := stream.read(_CHUNK):
                cancel.raise_if_cancelled()
                write_all(descriptor, piece)
                digest.update(piece)
                size += len(piece)
            flush(descriptor)
        finally:
            os.close(descriptor)
    return size, digest.hexdigest()


def _digest(path: Path, cancel: CancelToken) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            cancel.raise_if_cancelled()
            digest.update(piece)
    return digest.hexdigest()


def _new_id() -> str:
    import uuid

    return str(uuid.uuid4())


def _process(id: int) -> tuple[int, float] | None:
    try:
        return (id, began(psutil.Process(id))) if id > 0 else None
    except psutil.Error:
        return None


def _lives(id: int, beginning: float) -> bool:
    try:
        return began_at(psutil.Process(id), beginning)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
