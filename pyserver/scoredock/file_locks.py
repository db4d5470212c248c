"""One build of the same thing at a time, over all processes of this account."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.progress import CancelToken, Progress


@contextlib.contextmanager
def hold_lock(path: Path, what: str, progress: Progress, cancel: CancelToken) -> Iterator[None]:
    """Hold the lock of that file, made where it is missing; the kernel releases it when its holder dies.

    `what` is built under it ("image"), for the message to whoever waits. Raises ScoredockError `cancelled`.
    """
    make_private(path.parent)
    lock = FileLock(str(path), mode=0o600)
    waits = False
    while True:
        cancel.raise_if_cancelled()
        try:
            lock.acquire(timeout=0.2, poll_interval=0.05)
            break
        except Timeout:
            if not waits:
                progress.report(l10n.t("Waiting for another process that builds the same {what}", what=what))
                waits = True
    try:
        yield
    finally:
        lock.release()
