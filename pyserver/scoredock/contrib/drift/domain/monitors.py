"""Folders of comparisons: one for each name below `drift` of a workspace.

`schedule.json` says what is compared and when, where there is a schedule; `choices.json` what the last comparison was
told; `state.json` what the last run of the schedule came to; `records/` has the last records, by their times;
`retrain.log` what the last command for retraining printed. Whoever writes them holds the lock of the name.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.contrib.drift.options import DriftChoices
from scoredock.data_folder import is_ahead, make_private
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.record_check import record_of

FOLDER = "drift"
"""Of a workspace."""
KEPT_RECORDS = 50
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,63}")
SCHEDULE_FILE, CHOICES_FILE, STATE_FILE, RECORDS = "schedule.json", "choices.json", "state.json", "records"
_LOG, _LOCK = "retrain.log", "lock"
_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A comparison that is run again and again."""

    choices: DriftChoices
    every: str
    """`1d`, as `schedule.seconds_of` reads it."""
    created: float
    retrain: tuple[str, ...] = ()
    """A command of the person's with its arguments; empty for none."""
    folder: str = ""
    """Where that command runs."""
    paused: bool = False
    """It is not due until somebody resumes it."""


@dataclass(frozen=True, kw_only=True)
class MonitorState:
    """State after the last run."""

    last_run: float = 0.0
    code: str = ""
    message: str = ""
    """Why it failed; empty when it did not."""
    retrained: float = 0.0
    exit_code: int | None = None
    """Of the last command for retraining."""


class MonitorFolder:
    """Folder of one name. Every verb may raise OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    @property
    def log(self) -> Path:
        """Path of the file to which the command for retraining prints."""
        return self.path / _LOG

    def schedule(self) -> Schedule | None:
        """None where there is no schedule. Raises ScoredockError `drift-record-damaged`."""
        document = self._read(SCHEDULE_FILE)
        if document is None:
            return None
        try:
            return record_of(Schedule, document)
        except (TypeError, ValueError):
            raise self._damaged(SCHEDULE_FILE) from None

    def choices(self) -> DriftChoices | None:
        """Choices of the last comparison; None if they cannot be read."""
        try:
            document = self._read(CHOICES_FILE)
            return choices_of(document) if document is not None else None
        except (TypeError, ValueError, ScoredockError):
            return None

    def state(self) -> MonitorState:
        """State of the schedule; that of one which has not run if it cannot be read."""
        try:
            document = self._read(STATE_FILE)
            return state_of(document) if document else MonitorState()
        except (TypeError, ScoredockError):
            return MonitorState()

    def write_schedule(self, schedule: Schedule | None) -> None:
        if schedule is None:
            (self.path / SCHEDULE_FILE).unlink(missing_ok=True)
        else:
            _write(self.path / SCHEDULE_FILE, schedule_document(schedule))

    def write_state(self, state: MonitorState) -> None:
        _write(self.path / STATE_FILE, asdict(state))

    def add(self, record: Mapping[str, Any], choices: DriftChoices) -> Path:
        """Keeps a record and what it was made of; the oldest records go."""
        _write(self.path / CHOICES_FILE, asdict(choices))
        records = self.path / RECORDS
        make_private(records)
        path = record_path(self, record)
        _write(path, record)
        for old in self.record_files()[KEPT_RECORDS:]:
            old.unlink(missing_ok=True)
        return path

    def record_files(self) -> list[Path]:
        """The newest first; last those of a time ahead, which a clock that was wrong has left."""
        return sorted(sorted((self.path / RECORDS).glob("*.json"), reverse=True), key=_is_ahead)

    def read_record(self, path: Path) -> dict[str, Any]:
        """Raises ScoredockError `drift-record-damaged`."""
        document = self._read(f"{RECORDS}/{path.name}")
        if document is None or document.get("kind") != "drift":
            raise self._damaged(f"{RECORDS}/{path.name}")
        return document

    def remove_if_empty(self) -> None:
        """Removes the folder after a comparison or schedule that did not come about, if there was none before."""
        if not (self.path / SCHEDULE_FILE).exists() and not self.record_files():
            shutil.rmtree(self.path, ignore_errors=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Raises ScoredockError `drift-running` while another process compares under this name."""
        lock = FileLock(str(self.path / _LOCK), mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise ScoredockError(
                "drift-running", l10n.t("Another process compares “{name}” at the moment.", name=self.name)
            ) from None
        try:
            yield
        finally:
            lock.release()

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            document = json.loads((self.path / name).read_text("utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            raise self._damaged(name) from None
        if not isinstance(document, dict):
            raise self._damaged(name)
        return document

    def _damaged(self, name: str) -> ScoredockError:
        path = self.path / name
        return ScoredockError(
            "drift-record-damaged", l10n.t("{path} cannot be read.", path=path), place=Place(str(path))
        )


def record_path(folder: MonitorFolder, record: Mapping[str, Any]) -> Path:
    """Path of a record."""
    return folder.path / RECORDS / f"{int(record['created'] * 1000):015d}.json"


def _is_ahead(record: Path) -> bool:
    return record.stem.isdecimal() and is_ahead(int(record.stem) / 1000)


def schedule_document(schedule: Schedule) -> dict[str, Any]:
    """Document for the schedule's file."""
    return {"format": _FORMAT, **asdict(schedule)}


def state_of(document: Mapping[str, Any]) -> MonitorState:
    """The state in a file. Raises TypeError."""
    return record_of(MonitorState, document, is_exact=True)


def choices_of(document: Mapping[str, Any]) -> DriftChoices:
    """The choices in a file. Raises TypeError, ValueError."""
    return record_of(DriftChoices, document, is_exact=True)


def monitor_names(workspace: Path) -> list[str]:
    """All that there are, sorted."""
    try:
        return sorted(path.name for path in (workspace / FOLDER).iterdir() if _NAME.fullmatch(path.name))
    except FileNotFoundError:
        return []


def monitor(workspace: Path, name: str) -> MonitorFolder:
    """Folder of a name that is there. Raises ScoredockError `drift-missing`."""
    folder = MonitorFolder(workspace / FOLDER / name)
    if not _NAME.fullmatch(name) or not folder.path.is_dir():
        raise ScoredockError("drift-missing", l10n.t("Nothing was compared as “{name}”.", name=name[:64]))
    return folder


def require_name(name: str) -> None:
    """Raises ScoredockError `drift-name-invalid`."""
    if not _NAME.fullmatch(name):
        raise ScoredockError("drift-name-invalid", l10n.t("“{name}” cannot be a name.", name=name[:64]))


def new_monitor(workspace: Path, name: str) -> MonitorFolder:
    """The folder of a name, made where it is missing. Raises ScoredockError `drift-name-invalid`."""
    require_name(name)
    folder = MonitorFolder(workspace / FOLDER / name)
    make_private(folder.path)
    return folder


def delete(folder: MonitorFolder) -> None:
    """Deletes the folder with its records. Raises ScoredockError `drift-running`, and OSError."""
    with folder.locked():
        (folder.path / SCHEDULE_FILE).unlink(missing_ok=True)
    shutil.rmtree(folder.path)


def _write(path: Path, document: Mapping[str, Any]) -> None:
    """In one step."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        temporary.touch(mode=0o600)
        with temporary.open("w", encoding="utf-8") as stream:
            json.dump(document, stream, indent=2, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
