"""One process at a time prepares the store of a workspace."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.registry.store.durable import FILE_MODE, make_folder
from scoredock.registry.store.faults import storing

_WAIT_SECONDS = 10.0
"""How long another process may be at it."""


@contextlib.contextmanager
def hold_lock(workspace: Path) -> Iterator[None]:
    """One process at a time creates, migrates or makes a store anew. The kernel frees the lock of a process that died.

    Raises store-busy.
    """
    with storing(workspace):
        make_folder(workspace)
        lock = FileLock(workspace / "store.lock", timeout=_WAIT_SECONDS, mode=FILE_MODE)
        try:
            lock.acquire()
        except Timeout as error:
            raise ScoredockError(
                "store-busy", l10n.t("Another process is preparing the workspace {workspace}.", workspace=workspace)
            ) from error
        try:
            yield
        finally:
            lock.release()
