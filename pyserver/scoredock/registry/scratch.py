"""Folders for a while, beside the files of models: both may be large, and another file system may be small."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil

from scoredock.data_folder import make_private
from scoredock.registry.store.faults import storing


@contextlib.contextmanager
def scratch_folder(workspace: Path, purpose: str) -> Iterator[Path]:
    """A new folder of a workspace for the block, named by its purpose, a word. What killed processes left of theirs is
    removed on the way.

    Raises ScoredockError for what a disk refuses when it is made.
    """
    above = workspace / "tmp"
    for other in above.glob(f"{purpose}-*") if above.is_dir() else ():
        name = re.fullmatch(rf"{re.escape(purpose)}-(\d+)-[0-9a-f]{{8}}", other.name)
        if name and not psutil.pid_exists(int(name.group(1))):
            shutil.rmtree(other, ignore_errors=True)
    folder = above / f"{purpose}-{os.getpid()}-{secrets.token_hex(4)}"
    with storing(folder):
        make_private(folder.parent)
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
