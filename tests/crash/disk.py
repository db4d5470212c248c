"""Small file systems of one's own, and the moment the power goes: a copy of all that a disk holds at one instant.

The disk that is written to is an image inside another file system, which is frozen while the image is copied. So a copy
is one state that the disk was really in, also in the middle of a flush, and what the kernel had not written yet is
lost.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

_FIFREEZE, _FITHAW = 0xC0045877, 0xC0045878
# Without the mercy of ext4, which flushes files that replace others, and writes its journal every few seconds.
MERCILESS = "noauto_da_alloc,commit=300"


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise OSError(f"{' '.join(argv)}: {done.stderr.strip()}")


def available(folder: Path) -> bool:
    """Whether file systems can be made and mounted here (root and loop devices)."""
    if not all(shutil.which(name) for name in ("mkfs.ext4", "mount", "umount", "losetup")):
        return False
    with (
        contextlib.suppress(OSError),
        mounted(make_image(folder / "try.img", 4), folder / "try"),
    ):
        return True
    return False


def make_image(image: Path, megabytes: int, *options: str) -> Path:
    """An ext4 file system in a sparse file."""
    with image.open("wb") as stream:
        stream.truncate(megabytes << 20)
    _run(
        "mkfs.ext4",
        "-q",
        "-F",
        "-m",
        "0",
        "-E",
        "lazy_itable_init=0,lazy_journal_init=0",
        *options,
        str(image),
    )
    return image


@contextlib.contextmanager
def mounted(image: Path, point: Path, options: str = "") -> Iterator[Path]:
    """An image mounted at a new folder for the block."""
    point.mkdir()
    _run("mount", "-o", f"loop,{options}" if options else "loop", str(image), str(point))
    try:
        yield point
    finally:
        _run("umount", str(point))
        point.rmdir()


@contextlib.contextmanager
def _frozen(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, _FIFREEZE, 0)
        try:
            yield
        finally:
            fcntl.ioctl(descriptor, _FITHAW, 0)
    finally:
        os.close(descriptor)


class Disk:
    """A disk that can lose its power: `folder` lies on it, `cut` copies it as it is at that instant."""

    def __init__(self, folder: Path, image: Path, around: Path) -> None:
        self.folder = folder
        self._image = image
        self._around = around

    def cut(self, target: Path) -> Path:
        """The image of a disk on which the power just went."""
        with _frozen(self._around):
            _run("cp", "--sparse=always", str(self._image), str(target))
        return target


@contextlib.contextmanager
def disk(folder: Path, megabytes: int = 64) -> Iterator[Disk]:
    """A disk for the block, mounted below `folder`."""
    around = make_image(folder / "around.img", 4 * megabytes)
    with mounted(around, folder / "around") as outer:
        image = make_image(outer / "disk.img", megabytes)
        with mounted(image, folder / "disk", MERCILESS) as inner:
            yield Disk(inner, image, outer)
