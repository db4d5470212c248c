"""What a server adds to an environment that holds the script's own packages."""

from __future__ import annotations

from pathlib import Path


def installed(python: Path) -> tuple[int, set[str]]:
    """Bytes of the environment's packages without byte code, and the names of the distributions."""
    packages = next(python.parent.parent.glob("**/site-packages"))
    size = sum(
        path.lstat().st_size
        for path in packages.rglob("*")
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts
    )
    return size, {path.name.partition("-")[0] for path in packages.glob("*.dist-info")}


def beyond(python: Path, base: Path) -> tuple[int, int]:
    """Bytes and number of packages that the base does not hold."""
    size, names = installed(python)
    base_size, base_names = installed(base)
    return size - base_size, len(names - base_names)
