"""Removes the files of revisions that no row names any more, once no worker of theirs can be at work."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection
from pathlib import Path

from scoredock.data_folder import age
from scoredock.services.folders import revision_folder, service_folder

_MARGIN_SECONDS = 5.0
LEFT = "left"
"""A file in the folder of a revision, made when the last request to it was under way."""


def leave(workspace: Path, service: str, revision: int) -> None:
    """The revision serves no more, but requests that it took may still be answered from its files."""
    with contextlib.suppress(OSError):
        (revision_folder(workspace, service, revision) / LEFT).touch()


def sweep_revisions(workspace: Path, service: str, numbers: Collection[int], grace: float) -> None:
    """Remove folders that were left for longer than `grace`, the seconds that a worker has for what it has taken.

    The caller has the lease of the service or has just given it back; a folder without the mark is somebody's work.
    """
    folder = service_folder(workspace, service) / "revisions"
    names = {str(number) for number in numbers}
    with contextlib.suppress(OSError):
        for each in os.scandir(folder):
            if each.name in names:
                continue
            try:
                left = age(Path(each.path) / LEFT)
            except OSError:
                continue
            if left > grace + _MARGIN_SECONDS:
                shutil.rmtree(each.path, ignore_errors=True)
