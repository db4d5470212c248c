"""Folders for a while, beside the files of models: both may be large, and another file system may be small."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from scoredock.data_folder import make_private
from scoredock.registry.store.faults import storing
from scoredock.temporary.folders import TemporaryFolder


@contextlib.contextmanager
def scratch_folder(workspace: Path, purpose: str) -> Iterator[Path]:
    """A new folder of a workspace for the block, named by its purpose, a word. What killed processes left of theirs is
    removed on the way.

    Raises ScoredockError for what a disk refuses when it is made.
    """
    above = workspace / "tmp"
    with storing(above):
        make_private(above)
        folder = TemporaryFolder(purpose, above)
    with folder as path:
        yield path
