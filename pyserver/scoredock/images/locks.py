"""One build of the same image at a time, over all processes of this account."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from scoredock.data_folder import make_private
from scoredock.progress import CancelToken, Progress


@contextlib.contextmanager
def hold_lock(folder: Path, key: str, progress: Progress, cancel: CancelToken) -> Iterator[None]:
    """Hold the lock of a key; the kernel releases it when its holder dies. Raises ScoredockError `cancelled`."""
    make_private(folder)
    lock = FileLock(str(folder / f"{key}.lock"))
    told = False
    while True:
        cancel.raise_if_cancelled()
        try:
            lock.acquire(timeout=0.2, poll_interval=0.05)
            break
        except Timeout:
            if not told:
                progress.report("Waiting for another process that builds the same image")
                told = True
    try:
        yield
    finally:
        lock.release()
