"""Who else may write what lies in a data folder."""

from __future__ import annotations

import stat
from pathlib import Path


def open_to_others(home: Path) -> list[Path]:
    """The data folder itself and whatever lies in it, folders too, that other accounts may write.

    Not links, whose permissions mean nothing, nor uv's own lock, which it opens to all and which holds nothing.
    """
    modes = {path: path.lstat().st_mode for path in (home, *home.rglob("*"))}
    return [
        path
        for path, mode in modes.items()
        if mode & 0o022 and not stat.S_ISLNK(mode) and not (stat.S_ISREG(mode) and path.name == ".lock")
    ]
