"""Services in backups: what of them is carried to another place, so that they stand there as stopped and Start rebuilds
them.

Carried are the rows and the staged files of the revision that serves or served last. Left behind are what belongs to
this machine (handles with their secrets, keys, certificates, logs, built environments) and the staged copies of models,
which the registry has.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.errors import ModelNotFound, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import Registry
from scoredock.registry.store import rows
from scoredock.registry.upkeep.carried_part import CarriedPart
from scoredock.services.access.certificate import certificate_folder
from scoredock.services.entry_script import MODELS_FOLDER
from scoredock.services.folders import app_root, revision_folder
from scoredock.services.request import require_service_name
from scoredock.services.revision import require_trustworthy

_MODEL = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}")


class CarriedServices:
    """See `registry.upkeep.backup.Services`."""

    def __init__(self, others: Sequence[CarriedPart] = ()) -> None:
        self.others = others

    def strip(self, connection: sqlite3.Connection) -> int:
        """See there."""
        names = [row[0] for row in connection.execute("SELECT name FROM services")]
        for name in names:
            try:
                require_service_name(name)
            except ScoredockError:
                raise ValueError(f"a service called {name[:40]!r}") from None
        connection.execute("DELETE FROM intents")
        connection.execute("DELETE FROM notices")
        connection.execute(
            "UPDATE services SET handle = NULL, port = NULL, phase = '',"
            " state = CASE WHEN state = 'Failed' THEN 'Failed' ELSE 'Stopped' END"
        )
        connection.execute("UPDATE endpoints SET handle = NULL, running = 0")
        connection.execute(
            "DELETE FROM revision_models WHERE (service, revision) NOT IN (SELECT service, revision FROM revisions)"
        )
        for name in names:
            numbers = [
                row[0] for row in connection.execute("SELECT revision FROM revisions WHERE service = ?", (name,))
            ]
            active = connection.execute("SELECT active_revision FROM services WHERE name = ?", (name,)).fetchone()[0]
            kept = active if active in numbers else max(numbers, default=0)
            for table in ("revision_models", "revisions"):
                connection.execute(f"DELETE FROM {table} WHERE service = ? AND revision != ?", (name, kept))  # noqa: S608
        _require_sound(connection)
        return len(names)

    def files(self, connection: sqlite3.Connection, workspace: Path) -> Iterator[tuple[str, Path]]:
        """See there."""
        for service, revision in connection.execute("SELECT service, revision FROM revisions ORDER BY 1, 2").fetchall():
            models = app_root(workspace, service, revision) / MODELS_FOLDER
            left = {models / name / str(version) for name, version in _models(connection, service, revision)}
            left.add(certificate_folder(workspace, service, revision))
            yield from _tree(revision_folder(workspace, service, revision), workspace, left)

    def complete(self, connection: sqlite3.Connection, workspace: Path, cancel: CancelToken) -> list[str]:
        """See there."""
        registry = Registry(workspace)
        notes = []
        for service, revision in connection.execute("SELECT service, revision FROM revisions ORDER BY 1, 2").fetchall():
            folder = app_root(workspace, service, revision)
            if not folder.is_dir():
                continue  # it was never staged
            for name, version in _models(connection, service, revision):
                target = folder / MODELS_FOLDER / name / str(version)
                model = rows.version(connection, name, version)
                try:
                    if model is None:
                        raise ModelNotFound(
                            l10n.t("The workspace has no model {name}:{version}.", name=name, version=version)
                        )
                    registry.materialise(model, target, cancel=cancel)
                except ScoredockError as error:
                    shutil.rmtree(target, ignore_errors=True)
                    if not isinstance(error, ModelNotFound) and error.code != "model-damaged":
                        raise
                    notes.append(
                        l10n.t(
                            "The service {service} is missing its model {model}:{version}: {reason}",
                            service=service,
                            model=name,
                            version=version,
                            reason=error.message,
                        )
                    )
        registry.store.close()
        return notes


def _require_sound(connection: sqlite3.Connection) -> None:
    """Raises ValueError for rows that no service has: a backup may come from anywhere."""
    for service, number, text in connection.execute("SELECT service, revision, request FROM revisions"):
        if not isinstance(number, int) or number < 1:
            raise ValueError(f"a revision of {service} without a number")
        require_trustworthy(text)
    for service, name, version in connection.execute("SELECT service, name, version FROM revision_models"):
        if not _MODEL.fullmatch(name) or version < 1:
            raise ValueError(f"a model of {service} that cannot be understood")


def _models(connection: sqlite3.Connection, service: str, revision: int) -> list[tuple[str, int]]:
    found = connection.execute(
        "SELECT name, version FROM revision_models WHERE service = ? AND revision = ? ORDER BY position",
        (service, revision),
    )
    return [(row[0], row[1]) for row in found]


def _tree(folder: Path, workspace: Path, excluded_folders: set[Path]) -> Iterator[tuple[str, Path]]:
    """Regular files, and folders that hold none; links and the like, which a script may have made, stay behind."""
    for root, folders, names in os.walk(folder):
        here = Path(root)
        if not folders and not names:
            yield here.relative_to(workspace).as_posix(), here
        folders[:] = sorted(
            name for name in folders if here / name not in excluded_folders and not (here / name).is_symlink()
        )
        for name in sorted(names):
            path = here / name
            if stat.S_ISREG(path.lstat().st_mode):
                yield path.relative_to(workspace).as_posix(), path
