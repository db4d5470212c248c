"""Scripts that were made for services that are gone, or run something else by now."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from scoredock.data_folder import age
from scoredock.no_code.generating import FOLDER
from scoredock.registry import Registry

_LEAST_SECONDS = 600.0
"""From the making of a script, or its being found again, to the row of the revision that names it."""


def unused(registry: Registry, grace: float) -> Iterator[Path]:
    """Folders of scripts that no revision names and that were not asked for within `grace` seconds. Raises
    ScoredockError when the store cannot be read."""
    root = registry.folder / FOLDER
    if not root.is_dir():
        return
    named = _named(registry)
    for folder in root.iterdir():
        with contextlib.suppress(OSError):
            is_old = age(folder) > max(grace, _LEAST_SECONDS) and folder.name not in named
            if is_old and folder.is_dir() and not folder.is_symlink():
                yield folder


def collect(registry: Registry, grace: float) -> tuple[int, int]:
    """Remove those; files and bytes. Models that they lead to stay, as they are only linked. Raises ScoredockError when
    the store cannot be read."""
    files = size = 0
    for folder in unused(registry, grace):
        with contextlib.suppress(OSError):
            inside = [each for each in folder.rglob("*") if each.is_file() and not each.is_symlink()]
            taken = sum(each.stat().st_size for each in inside)
            for each in inside:
                each.chmod(0o600)  # Windows removes nothing that is read-only
            shutil.rmtree(folder)
            files, size = files + len(inside), size + taken
    return files, size


def _named(registry: Registry) -> set[str]:
    """Names of folders that the entry scripts of revisions lie in."""
    with registry.store.read() as connection:
        rows = connection.execute("SELECT json_extract(request, '$.resolved.entry_script') FROM revisions").fetchall()
    return {part for (script,) in rows if script for part in Path(str(script)).parts}
