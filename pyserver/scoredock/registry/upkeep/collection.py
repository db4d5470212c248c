"""Collecting garbage: what no version needs goes, what somebody works with stays."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence, Set
from dataclasses import field
from pathlib import Path

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.data_folder import age, is_ahead
from scoredock.errors import DiskFull, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry.blobs.blobs import DIGEST, Blobs
from scoredock.registry.manifests.forms import MODEL
from scoredock.registry.manifests.manifests import Manifests, behind
from scoredock.registry.records import AssetRecord, ModelSummary
from scoredock.registry.store import asset_rows, rows
from scoredock.registry.store.change_notes import note_asset, note_model
from scoredock.registry.store.durable import FILE_MODE, unheld
from scoredock.registry.store.store import Store

_BATCH = 500
"""Blobs removed under one hold of the write lock, so that a registration never waits long."""
_FEW = 50
"""Manifests written under one hold: each is two flushes."""
TRASH_SECONDS = 30 * 86_400.0
_DUE_SECONDS = 86_400.0
"""From the first look that finds something in the trash for long enough to the one that takes it: a clock that was
ahead for a moment has taken nothing."""
_DUE_SINCE = "trash-due-since"
"""The key of that first look, in the store."""
_MOST_NAMES = 5


@dataclass(slots=True)
class CollectedFiles:
    """Result of a collection: what was removed."""

    files: int = 0
    bytes: int = 0
    purged: list[str] = field(default_factory=list)
    """`name:version` of the versions and records that left the trash."""
    reason: str = ""
    """Why unneeded bytes were left, as a sentence; empty when they were not."""
    is_trial: bool = False
    """Nothing goes; `paths` and the rest say what would."""
    paths: list[str] = field(default_factory=list)
    """Of a trial."""


def collect(
    store: Store,
    blobs: Blobs,
    manifests: Manifests,
    grace: float,
    trash: float,
    watch: tuple[Progress, CancelToken] | None = None,
    *,
    is_trial: bool = False,
) -> CollectedFiles:
    """Remove what no version needs and is older than `grace` seconds, and what has lain in the trash for `trash`
    seconds, as a look a day before has found as well. A trial only tells.

    Rows go first, files after: a kill between leaves a blob that nobody needs, never a version without one. Blobs are
    removed under the write lock and only after another look at the rows, and a registration looks under the same lock
    whether its blobs are there, so neither can miss the other. A backup under way keeps all blobs. Works on a full
    disk.
    """
    progress, cancel = watch or (Silent(), CancelToken())
    report = CollectedFiles(is_trial=is_trial)
    opening = store.read if is_trial else store.write
    now = time.time()
    progress.report(l10n.t("Emptying the trash"))
    records = _purge_trash(store, manifests, now, trash, report)
    report.purged = [each.id for each in records]
    going = {_key(each) for each in records}
    with opening():  # manifests in the making are scratch files, too, and are made under this lock
        _remove_scratch(blobs.scratch, now, grace, report)
    progress.report(l10n.t("Looking for files that are no longer needed"))
    unrowed, unread = _without_rows(store, manifests)
    if unread:
        # Bytes that only an unreadable manifest names must not be taken for garbage.
        report.reason = l10n.t(
            "No stored bytes were removed, because {path} cannot be read. Verify the workspace.", path=unread
        )
    old = (
        []
        if unread
        else [
            path
            for path in blobs.all()
            if path.name not in unrowed and DIGEST.fullmatch(path.name) and _age(path, now) >= grace
        ]
    )
    for start in range(0, len(old), _BATCH):
        cancel.raise_if_cancelled()
        progress.report(l10n.t("Removing files that are no longer needed"), start * 100 // len(old))
        with opening() as connection, not_backed_up(store.path.parent) as free:
            for path in old[start : start + _BATCH] if free else ():
                if not _needed(connection, path.name, going) and _age(path, now) >= grace:
                    _remove(path, report)
    if not is_trial:
        _catch_up(store, manifests, cancel)
    _settle(store, manifests, (now, grace), report, going)
    if not is_trial:
        store.keep_reserve()
    return report


def _purge_trash(
    store: Store, manifests: Manifests, now: float, trash: float, report: CollectedFiles
) -> list[ModelSummary | AssetRecord]:
    """Models and assets that were removed."""
    with store.read() if report.is_trial else store.write_when_full() as connection:
        newest = rows.newest_time(connection)
        if is_ahead(newest, now):
            # The clock was set: ages mean nothing, and what is purged too early is lost for good.
            if rows.has_trash(connection):
                report.reason = l10n.t(
                    "The trash was not emptied, because a model or asset is dated {date}, which the clock of this"
                    " computer has not reached. To empty it now, run `scoredock model purge --all`.",
                    date=time.strftime("%Y-%m-%d", time.localtime(newest)),
                )
            return []
        due = _due(connection, now, trash)
        since = _due_since(connection, now)
        waits = min(_DUE_SECONDS, trash)
        going = _due(connection, since, trash) if now - since >= waits else []
        if len(going) < len(due):
            ids = {each.id: None for each in due}.keys() - {each.id for each in going}
            report.reason = _waiting(sorted(ids), (since if not going else now) + waits)
        if report.is_trial:
            return going
        _purge(connection, going)
        _note_due(connection, None if len(going) == len(due) else now if going else since)
        for kind, name in dict.fromkeys((_kind(each), each.name) for each in going):
            # The number must stay known when the store is lost and the manifest is gone.
            manifests.record_name(connection, name, kind, may_lag=True)
    return going


def _due(connection: sqlite3.Connection, now: float, trash: float) -> list[ModelSummary | AssetRecord]:
    """Models and assets that have been in the trash for so long, and that nobody uses."""
    used = rows.services_using(connection)
    named = asset_rows.users(connection, trash=True)
    models = rows.summaries(connection, "v.deleted IS NOT NULL AND ? - v.deleted >= ?", (now, trash))
    assets = asset_rows.select(connection, "a.deleted IS NOT NULL AND ? - a.deleted >= ?", (now, trash))
    return [
        *(model for model in models if model.id not in used),
        *(asset for asset in assets if (asset.kind, asset.id) not in named),
    ]


def _due_since(connection: sqlite3.Connection, now: float) -> float:
    """When something was first found due; now where that was not, or by a clock that was ahead."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_DUE_SINCE,)).fetchone()
    since = float(row[0]) if row is not None else now
    return now if is_ahead(since, now) else since


def _note_due(connection: sqlite3.Connection, since: float | None) -> None:
    if since is None:
        connection.execute("DELETE FROM meta WHERE key = ?", (_DUE_SINCE,))
    else:
        connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", (_DUE_SINCE, repr(since)))


def _waiting(ids: Sequence[str], moment: float) -> str:
    shown = l10n.t(", ").join(ids[:_MOST_NAMES]) + ("…" if len(ids) > _MOST_NAMES else "")
    return l10n.t(
        "What has been in the trash for 30 days stays until {date}, as the clock of this computer may be wrong: {ids}."
        " To remove it now, run `scoredock model purge --all`.",
        date=time.strftime("%Y-%m-%d %H:%M", time.localtime(moment)),
        ids=shown,
    )


def _purge(connection: sqlite3.Connection, records: Sequence[ModelSummary | AssetRecord]) -> None:
    for record in records:
        if isinstance(record, AssetRecord):
            asset_rows.purge(connection, record)
            note_asset(connection, "purged", record)
        else:
            rows.purge(connection, record)
            note_model(connection, "model.purged", record)


def _without_rows(store: Store, manifests: Manifests) -> tuple[set[str], Path | None]:
    """Digests that live manifests without a row name, as when the store is an older copy; and one that cannot be
    read."""
    with store.read() as connection:
        places = _places(connection, manifests)
    named: set[str] = set()
    for entry in manifests.all():
        if entry.number is None or entry.staged or entry.path in places:
            continue
        try:
            record = manifests.read(entry.path).record
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            return named, entry.path
        if record.deleted is None:
            named |= {file.sha256 for file in record.files}
    return named, None


def _catch_up(store: Store, manifests: Manifests, cancel: CancelToken) -> None:
    """Write the manifests that killed or full-disk changes left behind."""
    with _when_there_is_room():
        more = True
        while more:
            cancel.raise_if_cancelled()
            with store.write_when_full() as connection:
                more = bool(manifests.catch_up(connection, _FEW))


def _settle(
    store: Store,
    manifests: Manifests,
    old: tuple[float, float],
    report: CollectedFiles,
    going: Set[tuple[str, str, int]],
) -> None:
    """Bring the manifests in step with the rows: what changes left half-made, and what was purged. `old` is now, and
    how old what nobody is at work on has to be."""
    now, grace = old
    with store.read() as connection:
        places = _places(connection, manifests, going)
    loose = [e for e in manifests.all() if e.number is not None and (e.staged or e.path not in places)]
    if not loose:
        return
    with store.read() if report.is_trial else store.write() as connection:
        late = behind(connection)
        places = _places(connection, manifests, going)
        for entry in loose:
            key = places.get(entry.path.with_suffix("") if entry.staged else entry.path)
            if key is not None:
                if entry.staged and not report.is_trial:
                    manifests.settle(key[1], key[2], key[0])
                continue
            if entry.staged:
                if _age(entry.path, now) >= grace:
                    _remove(entry.path, report)
                continue
            with contextlib.suppress(OSError, ValueError):
                record = manifests.read(entry.path).record
                # Purged: its number is in the file of its name, which must be there before this one goes.
                purged = record.deleted is not None and _last(connection, entry.kind, record.name) >= record.version
                if purged and (entry.kind, record.name, None) not in late:
                    _remove(entry.path, report)


@contextlib.contextmanager
def _when_there_is_room() -> Iterator[None]:
    """A disk that is still full leaves the rest for the next time: what could be freed is freed."""
    try:
        yield
    except ScoredockError as error:
        if not isinstance(error, DiskFull):
            raise


def _places(
    connection: sqlite3.Connection, manifests: Manifests, going: Set[tuple[str, str, int]] = frozenset()
) -> dict[Path, tuple[str, str, int]]:
    """Path of the manifest of each version that stays → kind, name, version."""
    found = connection.execute(
        "SELECT 'model', name, version FROM model_versions UNION ALL SELECT kind, name, version FROM assets"
    )
    return {manifests.path(each[1], each[2], each[0]): each for each in map(tuple, found) if each not in going}


def _last(connection: sqlite3.Connection, kind: str, name: str) -> int:
    row = connection.execute(
        "SELECT last_version FROM models WHERE 'model' = :kind AND name = :name"
        " UNION ALL SELECT last_version FROM asset_names WHERE kind = :kind AND name = :name",
        {"kind": kind, "name": name},
    ).fetchone()
    return 0 if row is None else int(row[0])


def _needed(connection: sqlite3.Connection, sha256: str, going: Set[tuple[str, str, int]]) -> bool:
    query = (
        "SELECT 'model', name, version FROM model_files WHERE sha256 = :sha"
        " UNION ALL SELECT kind, name, version FROM asset_files WHERE sha256 = :sha"
    )
    return any(tuple(each) not in going for each in connection.execute(query, {"sha": sha256}))


def _remove_scratch(scratch: Path, now: float, grace: float, report: CollectedFiles) -> None:
    if not scratch.is_dir():
        return
    for path in scratch.iterdir():
        if _age(path, now) < grace:
            continue
        if path.is_dir() and not path.is_symlink():
            if report.is_trial:
                report.paths.append(str(path))
            else:
                shutil.rmtree(path, ignore_errors=True)
            report.files += report.is_trial or not path.exists()
        else:
            with unheld(path) as free:
                if free:
                    _remove(path, report)


@contextlib.contextmanager
def not_backed_up(workspace: Path) -> Iterator[bool]:
    """Holds off backups for the block; False, and nothing held, while one is being made."""
    lock = FileLock(workspace / "backup.lock", timeout=0, mode=FILE_MODE)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _age(path: Path, now: float) -> float:
    try:
        return age(path, now)
    except OSError:
        return float("-inf")


def _remove(path: Path, report: CollectedFiles) -> None:
    with contextlib.suppress(FileNotFoundError):
        size = path.lstat().st_size
        if report.is_trial:
            report.paths.append(str(path))
        else:
            if os.name == "nt":
                path.chmod(0o600)
            path.unlink()
        report.files += 1
        report.bytes += size


def _key(record: ModelSummary | AssetRecord) -> tuple[str, str, int]:
    return _kind(record), record.name, record.version


def _kind(record: ModelSummary | AssetRecord) -> str:
    return record.kind if isinstance(record, AssetRecord) else MODEL


__all__ = ["TRASH_SECONDS", "CollectedFiles", "collect", "not_backed_up"]
