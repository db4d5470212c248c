"""Cache of uv for packages that were looked up on this machine."""

from __future__ import annotations

import os
from pathlib import Path


def is_known_to_uv(name: str) -> bool:
    """True if uv's cache has a distribution of this normalised name from an index; asks no network. Never raises."""
    try:
        files = [
            *cache_folder().glob(f"simple-v*/pypi/{name}.rkyv"),
            *cache_folder().glob(f"simple-v*/index/*/{name}.rkyv"),
        ]
    except (OSError, ValueError, NotImplementedError):
        return False
    return bool(files)


def cache_folder() -> Path:
    """Folder in which uv itself looks for its cache."""
    if chosen := os.environ.get("UV_CACHE_DIR"):
        return Path(chosen)
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "uv" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "uv"
