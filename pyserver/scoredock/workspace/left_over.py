"""Files that killed commands left in a workspace, and in temporary folders of the system and the installer."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from scoredock.data_folder import home_in_use
from scoredock.registry.upkeep.backup_parts import clear_killed
from scoredock.temporary import folders, fresh_files
from scoredock.temporary.places import CONTAINER_NOTES, HALF_MADE, PLACES_OF_PARTS, places_of

_ENVIRONMENTS = "environments"


def clear_at_opening(workspace: Path) -> None:
    """Removes the leftovers that are quick to find, as every command does. Never raises."""
    clear_killed(workspace)
    folders.sweep(*places_of(workspace))
    for place in PLACES_OF_PARTS:
        fresh_files.sweep_quietly(workspace / place)
    if _names(home_in_use() / CONTAINER_NOTES):
        from scoredock.containers import layer

        layer.clear_killed()
    environments = workspace / _ENVIRONMENTS
    if any(name.startswith(HALF_MADE) for name in _names(environments)):
        from scoredock.environments.build import sweep_unfinished

        sweep_unfinished(environments)


def left_over(workspace: Path) -> list[Path]:
    """All of it that is the core's. Never raises."""
    from scoredock.environments.build import unfinished

    return [
        *folders.left_over(*places_of(workspace)),
        *_parts(workspace),
        *unfinished(workspace / _ENVIRONMENTS),
    ]


def clear(workspace: Path) -> None:
    """Removes it. Never raises."""
    from scoredock.environments.build import sweep_unfinished

    clear_at_opening(workspace)
    sweep_unfinished(workspace / _ENVIRONMENTS)


def _parts(workspace: Path) -> Iterator[Path]:
    for place in PLACES_OF_PARTS:
        with contextlib.suppress(OSError):
            yield from fresh_files.left_over(workspace / place)


def weight(path: Path) -> tuple[int, int]:
    """Number of files and bytes of a path. Never raises."""
    from scoredock.environments.build import folder_size

    with contextlib.suppress(OSError):
        if not path.is_dir():
            return 1, path.lstat().st_size
        return sum(len(names) for _, _, names in os.walk(path)), folder_size(path)
    return 0, 0


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 (names only)
    except OSError:
        return []
