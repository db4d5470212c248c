"""Check that a workspace holds nothing, so that a restored one may take its place."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from scoredock.errors import ScoredockError
from scoredock.registry.store.store import Store

_STORE = "store.sqlite3"
_OF_OURS = ("meta", "changes")
"""Tables with rows that nobody registered anything for."""
SCRATCH = "tmp"


@contextlib.contextmanager
def held_if_empty(folder: Path) -> Iterator[bool]:
    """True within the block if a workspace has neither rows nor files; nobody adds rows meanwhile. One that is not
    there holds nothing, and one that cannot be looked into counts as if it held something."""
    with contextlib.ExitStack() as stack:
        try:
            empty = not _has_files(folder)
            if empty and (folder / _STORE).exists():
                connection = stack.enter_context(Store(folder / _STORE).write())
                tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                wanted = [each for each in tables if each not in _OF_OURS and not each.startswith("sqlite_")]
                # Names of tables are those of the store itself.
                empty = not any(connection.execute(f'SELECT 1 FROM "{each}" LIMIT 1').fetchone() for each in wanted)  # noqa: S608
        except (OSError, ScoredockError):
            empty = False
        yield empty


def _has_files(folder: Path) -> bool:
    """True if there are bytes of models, manifests, services, environments: any file of a folder of it."""
    for root, folders, names in os.walk(folder):
        if Path(root) == folder:
            folders[:] = [each for each in folders if each != SCRATCH]
        elif names or any((Path(root) / each).is_symlink() for each in folders):
            return True
    return False
