"""Origin of a change for the audit log: who makes it, by which door, and at which commit the project is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Literal

from scoredock.late_dataclass import dataclass

Door = Literal["command line", "editor", "SDK", "rule", ""]


@dataclass(frozen=True, slots=True)
class ChangeOrigin:
    """Origin of a change: who made it, and from where."""

    by: str
    """The account; empty where it has no name, and for what was only seen."""
    door: Door
    commit: str
    """HEAD of the work tree that the project is in; empty outside of git."""
    branch: str


_only_seen: ContextVar[bool] = ContextVar("only_seen", default=False)


class _Here:
    door: Door = ""
    folder: Path | None = None


def work_from(door: Door, folder: Path | None) -> None:
    """Said once by each entry point: what this process changes from now on comes through that door, and belongs to the
    project in `folder`."""
    _Here.door, _Here.folder = door, folder


@contextlib.contextmanager
def only_seen(is_so: bool) -> Iterator[None]:
    """Block whose changes have no author if `is_so`: they were only noticed, as what became of a service that was
    killed, or of a change whose process was."""
    before = _only_seen.set(is_so or _only_seen.get())
    try:
        yield
    finally:
        _only_seen.reset(before)


def origin() -> ChangeOrigin:
    """Origin of a change that is made now. Starts no program and never raises."""
    if _only_seen.get():
        return ChangeOrigin("", "", "", "")
    # Commands that change nothing need none of it.
    from scoredock.registry.git_head import read_head, work_tree

    folder = _Here.folder
    place = work_tree(folder) if folder is not None else None
    head = read_head(place) if place is not None else None
    return ChangeOrigin(_user(), _Here.door, head.commit if head else "", head.branch if head else "")


@lru_cache(maxsize=1)
def _user() -> str:
    from scoredock.registry.account import user

    return user()
