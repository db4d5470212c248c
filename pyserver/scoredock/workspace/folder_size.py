"""Size of a folder, within bounds: a bounded look, hard links counted once."""

from __future__ import annotations

import os
import time
from pathlib import Path

from scoredock import l10n
from scoredock.late_dataclass import dataclass

_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class FolderSize:
    """Bytes of the files below a folder."""

    bytes: int
    complete: bool
    """Whether all of it was counted within the time."""

    @property
    def text(self) -> str:
        """`1.2 GB`, or `more than 1.2 GB`."""
        return byte_text(self.bytes) if self.complete else l10n.t("more than {size}", size=byte_text(self.bytes))


def folder_size(folder: Path, seconds: float = _SECONDS) -> FolderSize:
    """Never raises: what cannot be read counts as nothing. Links are not followed."""
    until = time.monotonic() + seconds
    total = 0
    inodes: set[tuple[int, int]] = set()
    waiting = [str(folder)]
    while waiting:
        if time.monotonic() > until:
            return FolderSize(total, False)
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            total += _bytes(entry, waiting, inodes)
    return FolderSize(total, True)


def _bytes(entry: os.DirEntry[str], waiting: list[str], inodes: set[tuple[int, int]]) -> int:
    try:
        if entry.is_dir(follow_symlinks=False):
            waiting.append(entry.path)
            return 0
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    if status.st_nlink > 1:
        identity = (status.st_dev, status.st_ino)
        if identity in inodes:
            return 0
        inodes.add(identity)
    return status.st_size


def nearest_existing(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    for place in (folder, *folder.parents):
        try:
            if place.is_dir():
                return place
        except OSError:
            continue
    return folder


def byte_text(count: int) -> str:
    """Bytes for people: `1.2 GB`."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit in ("bytes", "kB", "MB") else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
