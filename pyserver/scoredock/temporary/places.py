"""Folders in which temporary folders are made, besides the system's own."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from scoredock.data_folder import data_home

OLD_SOURCES = "old-sources"
"""Folder of wheels that were made of old archives, beside the settings of the installer."""
HALF_MADE = ".building-"
"""Begins the name of an environment that is being built; its key stands behind, whose lock the builder holds."""
CONTAINER_NOTES = "containers"
"""Folder in the data folder that says which daemons have containers for a while (`containers/layer.py`)."""
_IN_WORKSPACE = ("tmp", "images", "images/tmp", "images/unpacked", "environments", "environments/wheels/local")


def installer_scratch() -> Path:
    """Folder for what the installer is given and builds, beside the caches of this account."""
    return Path(platformdirs.user_cache_dir("scoredock", appauthor=False)) / "uv"


def installer_home() -> Path:
    """Folder in which the installer runs, and has settings of its own."""
    return data_home() / "uv"


PLACES_OF_PARTS = ("images/content/blobs/sha256", "images/layers", "images/solutions")
"""Folders of a workspace in which files are written beside their names (`fresh_files.py`)."""


def socket_scratch() -> Path:
    """Folder of sockets, whose paths have to be short, wherever the system's temporary folder is."""
    return Path("/tmp")  # noqa: S108


def places_of(workspace: Path) -> tuple[Path, ...]:
    """All of them for a workspace; they need not be there."""
    own = installer_home()
    return (
        socket_scratch(),
        installer_scratch(),
        own,
        own / OLD_SOURCES,
        *(workspace / name for name in _IN_WORKSPACE),
    )
