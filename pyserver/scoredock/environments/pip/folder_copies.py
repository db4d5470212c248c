"""Copies of the folders of packages: building one in its place leaves `build` and `*.egg-info` there."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from scoredock.environments.pip.local_packages import files_of, local_place

_LARGE, _MOST = 32 << 20, 512 << 20
"""Bytes above which a file, and what comes after so many of a folder, is linked and not copied: it is data, as a rule,
and no part of the package."""


class FolderCopies:
    """Copies of folders of packages, below a scratch folder and gone with it.

    What lies around a folder, up to its repository or the project above, is linked around the copy: a build may read
    `../README.md`, tags of git, or a package beside it.
    """

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._tops: dict[Path, Path] = {}
        self._made: dict[Path, Path] = {}

    def lines(self, lines: Iterable[str]) -> list[str]:
        """The requirements with copies in the place of folders. Raises OSError."""
        return [self._line(line) for line in lines]

    def as_written(self, text: str) -> str:
        """Text with the original folders in the place of their copies."""
        for folder, copy in self._made.items():
            text = text.replace(str(copy), str(folder))
        for top, copy in self._tops.items():
            text = text.replace(str(copy), str(top))
        return text

    def of(self, folder: Path) -> Path:
        """The copy of a folder, or itself where it is one. Raises OSError."""
        folder = folder.resolve()
        if self._scratch.resolve() in folder.parents:
            return folder
        if folder not in self._made:
            self._made[folder] = self._copied(folder)
        return self._made[folder]

    def _line(self, line: str) -> str:
        place = None if line.startswith("-") else local_place(line)
        if place is None or not place.is_dir():
            return line
        copy = self.of(place)
        for written, instead in ((place.as_uri(), copy.as_uri()), (str(place), str(copy))):
            if written in line:
                return line.replace(written, instead)
        return str(copy)

    def _copied(self, folder: Path) -> Path:
        top = _top(folder)
        above, place = top, self._tops.setdefault(top, self._scratch / str(len(self._tops)))
        for part in folder.relative_to(top).parts:
            if place.is_symlink() or not place.exists():
                place.unlink(missing_ok=True)
                _make_links(above, place)
            above, place = above / part, place / part
        place.unlink(missing_ok=True)
        place.mkdir()
        room = _MOST
        for file in files_of(folder):
            room -= _take(file, place / file.relative_to(folder), min(room, _LARGE))
        if (folder / ".git").exists():
            (place / ".git").symlink_to(folder / ".git")
        return place


def _top(folder: Path) -> Path:
    """The root of the repository, else the uppermost folder with a project; at least the one above."""
    top = folder.parent
    for above in folder.parents:
        if (above / ".git").exists():
            return above
        if (above / "pyproject.toml").exists():
            top = above
    return top


def _make_links(folder: Path, place: Path) -> None:
    place.mkdir(parents=True)
    with contextlib.suppress(PermissionError):  # the build cannot read there either
        for entry in folder.iterdir():
            (place / entry.name).symlink_to(entry)


def _take(file: Path, copy: Path, most: int) -> int:
    """The bytes that were copied."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError, PermissionError):  # it went meanwhile, or the build cannot read it
        size = file.stat().st_size
        if file.is_dir() or size > most:
            copy.symlink_to(file)
        elif file.is_file():
            shutil.copy2(file, copy)
            return size
    return 0
