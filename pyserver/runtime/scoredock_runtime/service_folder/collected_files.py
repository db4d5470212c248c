"""What a service has collected, for whoever copies it: names, sizes and pieces of its files. Nothing is changed."""

from __future__ import annotations

import base64
import contextlib
import json
import os
from typing import List, Tuple

_PIECE = 512 * 1024
"""Bytes that one answer has at most."""


def files_of(root: str) -> List[Tuple[str, int]]:
    """Name below `root` with forward slashes, and size, of each file; those that are being replaced are left out."""
    listed: List[Tuple[str, int]] = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if name.startswith(".") or os.path.islink(path):
                continue
            with contextlib.suppress(OSError):  # the oldest ones go when there are too many
                listed.append((os.path.relpath(path, root).replace(os.sep, "/"), os.stat(path).st_size))
    return sorted(listed)


def piece_of(root: str, name: str, start: int) -> bytes:
    """What a file has from a byte on, as much as an answer takes; nothing at its end and for a file that is not there.
    Raises ValueError for a name that `files_of` does not give."""
    if name not in (each for each, _ in files_of(root)):
        raise ValueError(name)
    with contextlib.suppress(FileNotFoundError), open(os.path.join(root, *name.split("/")), "rb") as stream:
        stream.seek(max(0, start))
        return stream.read(_PIECE)
    return b""


def as_answer(root: str, name: str, start: int) -> str:
    """JSON of the files, or with a name of a piece of one. Raises ValueError."""
    if not name:
        return json.dumps({"files": files_of(root)})
    return json.dumps({"data": base64.b64encode(piece_of(root, name, start)).decode("ascii")})
