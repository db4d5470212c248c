"""Files that a backup under way has beside its target, and how they are removed if it is killed.

That is a folder of the person's, where nobody of ours looks; so the workspace keeps a note of the folders that its
backups write to.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from scoredock.registry.store.durable import replace_file, unheld
from scoredock.registry.upkeep.collection import not_backed_up

COPY = ".store.part"
"""How the copy of the store ends; that of SQLite's journal has `-journal` behind it."""
_PART = re.compile(r"\..+\.[0-9a-f]{12}(?:\.store)?\.part(?:-journal)?", re.DOTALL)
_NOTE = "backups-begun.json"


@contextlib.contextmanager
def noted(workspace: Path, folder: Path, *, writable: bool) -> Iterator[None]:
    """The workspace knows that there may be parts in a folder during the block, in which nobody else makes a backup of
    it. One that cannot be written to, as its disk is full, does without."""
    if not writable:
        yield
        return
    note = workspace / _NOTE
    with contextlib.suppress(OSError):
        _write(note, [*_folders(note), folder.resolve()])
    try:
        yield
    finally:
        _clear(workspace)


def clear_killed(workspace: Path) -> None:
    """Removes the parts that killed backups of a workspace left. Never raises: what cannot be removed now, or lies on
    a disk that is not there, stays noted."""
    if os.path.exists(workspace / _NOTE):  # noqa: PTH110 (raises nothing)
        with contextlib.suppress(OSError), not_backed_up(workspace) as free:
            if free:
                _clear(workspace)


def sweep(folder: Path) -> None:
    """Removes the parts in a folder that no backup works with, whatever they were to be called: names of backups have
    the day in them."""
    for path in _left_in(folder):  # each before the copy of the store beside it
        output = _output(path)
        with unheld(output) as free, contextlib.suppress(OSError):
            if free and (path == output or not output.exists()):
                path.unlink()


def left_over(workspace: Path) -> list[Path]:
    """The parts of killed backups that could not be removed."""
    return [path for folder in _folders(workspace / _NOTE) for path in _left_in(folder)]


def _clear(workspace: Path) -> None:
    note = workspace / _NOTE
    folders = _folders(note)
    for folder in folders:
        sweep(folder)
    with contextlib.suppress(OSError):
        if rest := [each for each in folders if not os.path.isdir(each) or _left_in(each)]:  # noqa: PTH112 (raises nothing)
            _write(note, rest)
        else:
            note.unlink(missing_ok=True)


def _left_in(folder: Path) -> list[Path]:
    parts = []
    with contextlib.suppress(OSError):
        for path in sorted(path for path in folder.glob(".*.part*") if _PART.fullmatch(path.name)):
            with unheld(_output(path)) as free:
                if free:
                    parts.append(path)
    return parts


def _output(part: Path) -> Path:
    """The part that its process holds: a copy of the store is in use as long as the file beside it is."""
    begun, copy, _ = part.name.rpartition(COPY)
    return part.with_name(f"{begun}.part") if copy else part


def _folders(note: Path) -> list[Path]:
    try:
        content = json.loads(note.read_bytes())
    except (OSError, ValueError):
        return []
    folders = content if isinstance(content, list) else []
    return [Path(each) for each in folders if isinstance(each, str) and "\0" not in each]


def _write(note: Path, folders: list[Path]) -> None:
    replace_file(note, json.dumps(list(dict.fromkeys(map(str, folders)))).encode())
