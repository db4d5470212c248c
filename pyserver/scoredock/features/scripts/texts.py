"""Small files around the documents, unsaved changes first."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

_NAMES_LIMIT = 2_000
"""Names of one folder that are looked at; a folder with more is no project folder."""
_CONFIG_BYTES = 1_000_000


def read_text(path: Path, overlays: Mapping[str, str]) -> str | None:
    """The unsaved or the stored text of a small file; None when it cannot be read."""
    if str(path) in overlays:
        return overlays[str(path)]
    try:
        if path.stat().st_size > _CONFIG_BYTES or not path.is_file():
            return None
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None


def listing(folder: str) -> Sequence[str]:
    """Names in a folder; none when it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(_NAMES_LIMIT), strict=False)]
    except (OSError, ValueError):
        return ()
