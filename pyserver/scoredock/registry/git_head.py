"""The commit that a folder is at, from the plain files of git: no program is started, so no hook or filter of a hostile
work tree runs."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path

from scoredock.registry.records import SourceControl

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LARGEST = 1 << 20


def work_tree(path: Path) -> Path | None:
    """The nearest folder with a `.git`."""
    for folder in (path, *path.parents):
        with contextlib.suppress(OSError, ValueError):
            mode = (folder / ".git").lstat().st_mode
            if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
                return folder
    return None


def read_head(folder: Path) -> SourceControl | None:
    """Commit that HEAD names, from the plain files, without git."""
    home = _git_folder(folder)
    if home is None:
        return None
    head = _text(home / "HEAD").strip()
    if COMMIT.fullmatch(head):
        return SourceControl(head, "", None)
    reference = head.removeprefix("ref: ")
    if reference == head or ".." in reference or not re.fullmatch(r"refs/[\w./+@-]{1,200}", reference):
        return None
    common = home
    shared = _text(home / "commondir").strip()
    if shared:
        common = home / shared
    loose = (_text(place / reference).strip() for place in (home, common))
    commit = next(filter(COMMIT.fullmatch, loose), "")
    if not commit:
        packed = (line.split(" ") for line in _text(common / "packed-refs").splitlines())
        commit = next((words[0] for words in packed if len(words) == 2 and words[1] == reference), "")
    if not COMMIT.fullmatch(commit):
        return None
    return SourceControl(commit, plain_branch(reference.removeprefix("refs/heads/")), None)


def _git_folder(folder: Path) -> Path | None:
    """`.git` itself, or the folder that the file of this name points to, as in linked work trees."""
    place = folder / ".git"
    if place.is_dir():
        return place
    text = _text(place).strip()
    return folder / text.removeprefix("gitdir: ") if text.startswith("gitdir: ") and "\n" not in text else None


def _text(path: Path) -> str:
    """A small file; empty for what is none."""
    try:
        with os.fdopen(os.open(path, _flags()), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return ""
            return stream.read(_LARGEST).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def plain_branch(branch: str) -> str:
    return "".join(letter for letter in branch if letter.isprintable())[:250]


def _flags() -> int:
    """Flags to open files that are not ours: neither links are followed nor pipes waited for."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
        flags |= getattr(os, name, 0)
    return flags
