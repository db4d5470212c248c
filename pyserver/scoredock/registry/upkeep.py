"""Looking after a workspace: is everything there and right, and what can go."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from scoredock.errors import ScoredockError
from scoredock.registry import rows
from scoredock.registry.blobs import DIGEST, Blobs
from scoredock.registry.durable import is_held
from scoredock.registry.hashing import digest_of
from scoredock.registry.manifests import Manifests
from scoredock.registry.records import ModelSummary, ModelVersion
from scoredock.registry.store import Store

Connection = sqlite3.Connection

_BATCH = 500
"""Blobs removed under one hold of the write lock, so that a registration never waits long."""
_CLOCK_SLACK = 3600.0


def verify(store: Store, blobs: Blobs, manifests: Manifests, deep: bool) -> list[str]:
    """One sentence for each thing that is wrong; an empty list means that every version can be served."""
    problems: list[str] = []
    try:
        with store.read() as connection:
            problems += [
                f"The store is damaged: {row[0]}."
                for row in connection.execute("PRAGMA integrity_check")
                if row[0] != "ok"
            ]
            problems += [
                f"The table {row[0]} of the store refers to a row of {row[2]} that is not there."
                for row in connection.execute("PRAGMA foreign_key_check")
            ]
            models = [rows.complete(connection, each) for each in rows.summaries(connection, "1")]
            last = dict(connection.execute("SELECT name, last_version FROM models").fetchall())
    except ScoredockError as error:
        return [*problems, error.message]
    checked: dict[str, str] = {}
    for model in models:
        if model.version > last.get(model.name, 0):
            problems.append(f"{model.id} has a number beyond the last one of its name.")
        if not model.files:
            problems.append(f"{model.id} has no files.")
        for file in model.files:
            if file.sha256 not in checked:
                checked[file.sha256] = _blob_problem(blobs, file.sha256, file.size, deep)
            if checked[file.sha256]:
                problems.append(f"The file {file.path} of {model.id} {checked[file.sha256]}.")
        problems += _manifest_problems(manifests, model)
    for path in blobs.all():
        if not DIGEST.fullmatch(path.name) or path.parent.name != path.name[:2]:
            problems.append(f"{path} is no blob.")
    return problems


def _blob_problem(blobs: Blobs, digest: str, size: int, deep: bool) -> str:
    try:
        path = blobs.path(digest)
        found = path.stat().st_size
        if found != size:
            return f"has {found:,} stored bytes instead of {size:,}"
        if deep and digest_of(path) != digest:
            return "has stored bytes that do not match their digest"
    except ValueError:
        return f"is recorded with {digest!r}, which is no digest"
    except FileNotFoundError:
        return "has no stored bytes"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return ""


def _manifest_problems(manifests: Manifests, model: ModelVersion) -> Iterable[str]:
    path = manifests.path(model.name, model.version)
    try:
        told = manifests.read(path)
    except FileNotFoundError:
        return [f"{model.id} has no manifest."]
    except (OSError, ValueError) as error:
        return [f"The manifest {path} of {model.id} cannot be read: {error}."]
    if (told.name, told.version, sorted(told.files, key=lambda file: file.path)) != (
        model.name,
        model.version,
        sorted(model.files, key=lambda file: file.path),
    ):
        return [f"The manifest {path} does not tell what {model.id} holds."]
    return []


def collect_garbage(store: Store, blobs: Blobs, manifests: Manifests, grace: float, trash: float) -> int:
    """Remove what no version needs; gives the number of files removed.

    Rows go first, files after: a kill between leaves a blob that nobody needs, never a version without one. Blobs are
    removed under the write lock and only after another look at the rows, and a registration looks under the same lock
    whether its blobs are there, so neither can miss the other.
    """
    now = time.time()
    purged = _purge_trash(store, now, trash)
    with store.write():  # manifests in the making are scratch files, too, and are made under this lock
        removed = _remove_scratch(blobs.scratch, now, grace)
    removed += sum(_unlink(manifests.path(model.name, model.version)) for model in purged)
    old = [path for path in blobs.all() if DIGEST.fullmatch(path.name) and _age(path, now) >= grace]
    for start in range(0, len(old), _BATCH):
        batch = old[start : start + _BATCH]
        with store.write() as connection:
            for path in batch:
                needed = connection.execute(
                    "SELECT 1 FROM model_files WHERE sha256 = ? LIMIT 1", (path.name,)
                ).fetchone()
                if needed is None and _age(path, now) >= grace:
                    removed += _unlink(path)
    store.keep_reserve()
    return removed


def _purge_trash(store: Store, now: float, trash: float) -> list[ModelSummary]:
    with store.write_when_full() as connection:
        newest = connection.execute(
            "SELECT max(max(created), max(coalesce(deleted, 0))) FROM model_versions"
        ).fetchone()[0]
        if newest is not None and newest > now + _CLOCK_SLACK:
            return []  # the clock was set back: ages mean nothing
        old = [
            model
            for model in rows.summaries(connection, "v.deleted IS NOT NULL")
            if model.deleted is not None and now - model.deleted >= trash
        ]
        used = rows.services_using(connection)
        old = [model for model in old if model.id not in used]
        for model in old:
            rows.purge(connection, model)
    return old


def _remove_scratch(scratch: Path, now: float, grace: float) -> int:
    if not scratch.is_dir():
        return 0
    removed = 0
    for path in scratch.iterdir():
        if _age(path, now) < grace:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
            removed += not path.exists()
        elif not is_held(path):
            removed += _unlink(path)
    return removed


def _age(path: Path, now: float) -> float:
    try:
        return now - path.lstat().st_mtime
    except OSError:
        return float("-inf")


def _unlink(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        if os.name == "nt":
            path.chmod(0o600)
        path.unlink()
        return 1
    return 0
