"""What killed commands left in a workspace, and where the system and the installer have temporary folders."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from scoredock.registry.upkeep.backup_parts import clear_killed
from scoredock.temporary import folders

_ENVIRONMENTS = "environments"
_DEPTH = 2
"""Of folders in which temporary ones are made, below these."""
_ABOVE = ("tmp", "images", _ENVIRONMENTS)


def clear_at_opening(workspace: Path) -> None:
    """What every command can afford to look for. Never raises."""
    clear_killed(workspace)
    folders.sweep(workspace / "tmp")
    environments = workspace / _ENVIRONMENTS
    if any(name.startswith(".unfinished-") for name in _names(environments)):
        from scoredock.environments.build import sweep_unfinished

        sweep_unfinished(environments)


def left_over(workspace: Path) -> list[Path]:
    """All of it; `verify` names it. Never raises."""
    from scoredock.batch import left_over as of_jobs
    from scoredock.environments.build import unfinished

    return [
        *folders.left_over(*_places(workspace)),
        *unfinished(workspace / _ENVIRONMENTS),
        *of_jobs.left_over(workspace),
    ]


def clear(workspace: Path) -> tuple[int, int]:
    """Removes it: how many files and bytes that were. Never raises."""
    from scoredock.batch import left_over as of_jobs
    from scoredock.environments.build import sweep_unfinished

    weights = {path: _weight(path) for path in left_over(workspace)}
    folders.sweep(*_places(workspace))
    sweep_unfinished(workspace / _ENVIRONMENTS)
    of_jobs.clear(workspace)
    removed = [weight for path, weight in weights.items() if not path.exists()]
    return sum(files for files, _ in removed), sum(size for _, size in removed)


def _weight(path: Path) -> tuple[int, int]:
    """Files and bytes."""
    from scoredock.environments.build import folder_size

    with contextlib.suppress(OSError):
        if not path.is_dir():
            return 1, path.lstat().st_size
        return sum(len(names) for _, _, names in os.walk(path)), folder_size(path)
    return 0, 0


def _places(workspace: Path) -> Iterator[Path]:
    from scoredock.environments.pip.uv import scratch_places

    yield from scratch_places()
    for name in _ABOVE:
        yield from _below(workspace / name, _DEPTH)


def _below(folder: Path, depth: int) -> Iterator[Path]:
    yield folder
    if depth:
        for name in _names(folder):
            if os.path.isdir(folder / name):  # noqa: PTH112 (raises nothing)
                yield from _below(folder / name, depth - 1)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 (names only)
    except OSError:
        return []
