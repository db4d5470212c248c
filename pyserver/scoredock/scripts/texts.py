"""Texts and encodings of small files, unsaved changes of the editor first, and listings of folders."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scoredock.file_text import FileEncoding

_NAMES_LIMIT = 2_000
"""Names of one folder that are looked at; a folder with more is not a project folder."""
_CONFIG_BYTES = 1_000_000
_LARGEST = 20_000_000


def read_text(path: Path, overlays: Mapping[str, str]) -> str | None:
    """The unsaved or the stored text of a small file; None when it cannot be read."""
    if str(path) in overlays:
        return overlays[str(path)]
    try:
        if path.stat().st_size > _CONFIG_BYTES or not path.is_file():
            return None
        content = path.read_bytes()
        if content.isascii() and b"\0" not in content[:4] and b"coding" not in content[:2_000]:
            return content.decode()  # nearly all files
        from scoredock.file_text import file_text

        read = file_text(content, str(path))
        return read.text if read.encoding.is_readable else None
    except (OSError, ValueError):
        return None


def encoding_of(path: Path) -> FileEncoding:
    """Encoding of the file on disk; the usual one where it cannot be read, or is too large to be checked."""
    from scoredock.file_text import USUAL, file_text

    try:
        if not path.is_file():
            return USUAL
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
        return file_text(content, str(path)).encoding if len(content) <= _LARGEST else USUAL
    except (OSError, ValueError):
        return USUAL


def listing(folder: str) -> Sequence[str]:
    """Names in a folder; none when it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(_NAMES_LIMIT), strict=False)]
    except (OSError, ValueError):
        return ()
