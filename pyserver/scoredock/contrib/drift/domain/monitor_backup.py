"""Comparisons of drift in a backup: with their records, and with schedules that are paused.

What is here has the form of `registry.upkeep.carried_part.CarriedPart`, but for its notes: nothing here knows the
registry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.drift.domain.monitors import (
    CHOICES_FILE,
    FOLDER,
    RECORDS,
    SCHEDULE_FILE,
    STATE_FILE,
    MonitorFolder,
    Schedule,
    choices_of,
    monitor_names,
    require_name,
    schedule_document,
    state_of,
)
from scoredock.contrib.drift.domain.record import notices, verdict_text
from scoredock.errors import ScoredockError
from scoredock.formats.moments import seconds_of
from scoredock.formats.secrets import command_text, without_secret_words
from scoredock.record_check import document_of, require_field_types

_FAULTS = (OSError, KeyError, TypeError, AttributeError, OverflowError, ScoredockError)
"""Of what a file may hold, besides ValueError."""


def members(workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:
    """Name in the backup and content of each file. What cannot be read stays behind, with a sentence for each."""
    for name in monitor_names(workspace):
        folder = MonitorFolder(workspace / FOLDER / name)
        for path in _files(folder):
            place = f"{FOLDER}/{name}/{path.relative_to(folder.path).as_posix()}"
            try:
                yield place, _file_in_backup(path)
            except FileNotFoundError:
                continue  # removed meanwhile, as old records are
            except (ValueError, *_FAULTS):
                left_out.append(_unreadable(path))


def settle(workspace: Path) -> tuple[list[str], list[str]]:
    """Checks what was unpacked, and pauses schedules whatever the backup says. Gives the names of those with what they
    run, and the folders of them that this machine does not have. Raises ValueError for what Scoredock does not write.
    """
    paused, absent = [], []
    for path in sorted((workspace / FOLDER).iterdir()) if (workspace / FOLDER).is_dir() else ():
        folder = MonitorFolder(path)
        try:
            require_name(folder.name)
            for each in _files(folder):
                _file_in_backup(each)
            schedule = folder.schedule()
            if schedule is not None:
                schedule = _paused(schedule)
                folder.write_schedule(schedule)
                if schedule.retrain and not Path(schedule.folder).is_dir():
                    absent.append(schedule.folder)
                paused.append(f"{folder.name} ({command_text(schedule.retrain)})" if schedule.retrain else folder.name)
        except (ValueError, *_FAULTS):
            raise ValueError(l10n.t("a comparison “{name}” that is not valid", name=path.name)) from None
    return paused, absent


def problems(workspace: Path) -> Iterator[tuple[Path, str, str]]:
    """Path, sentence and next step of each file that cannot be read."""
    for name in monitor_names(workspace):
        for path in _files(MonitorFolder(workspace / FOLDER / name)):
            try:
                _file_in_backup(path)
            except FileNotFoundError:
                continue
            except (ValueError, *_FAULTS):
                command = f"scoredock drift delete {name}"
                yield (
                    path,
                    _unreadable(path),
                    l10n.t("Remove the file, or delete the comparison with `{command}`.", command=command),
                )


def _files(folder: MonitorFolder) -> list[Path]:
    names = [folder.path / each for each in (SCHEDULE_FILE, CHOICES_FILE, STATE_FILE)]
    return [*(each for each in names if each.exists()), *sorted((folder.path / RECORDS).glob("*.json"))]


def _file_in_backup(path: Path) -> bytes | Path:
    """Content of a file for a backup. Raises ValueError, and `_FAULTS`."""
    document = document_of(path)
    if path.name == SCHEDULE_FILE:
        schedule = MonitorFolder(path.parent).schedule()
        if schedule is None:
            raise FileNotFoundError(path)
        require_field_types(schedule)
        seconds_of(schedule.every)
        return _content(schedule_document(_paused(schedule)))
    if path.name == CHOICES_FILE:
        require_field_types(choices_of(document))
    elif path.name == STATE_FILE:
        require_field_types(state_of(document))
    else:
        _require_record(document)
    return path


def _paused(schedule: Schedule) -> Schedule:
    """Without what looks like a secret in its command."""
    return replace(schedule, retrain=without_secret_words(schedule.retrain), paused=True)


def _require_record(record: dict[str, Any]) -> None:
    """Checks a record as far as lists and pages read it."""
    if record["kind"] != "drift" or not isinstance(record["created"], int | float):
        raise ValueError(record["kind"])
    texts = (record["target"]["source"], record["baseline"]["source"], record["verdict"], *record["drifted"])
    if not all(isinstance(each, str) for each in texts):
        raise ValueError(record["verdict"])
    verdict_text(record)
    notices(record)


def _unreadable(path: Path) -> str:
    return l10n.t("{path} cannot be read.", path=path)


def _content(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")
