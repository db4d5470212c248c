"""Names that the pickles of a model version refer to. Files are recognised by content; nothing is ever loaded."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, Literal

from scoredock.pickles.budget import Budget
from scoredock.pickles.files import look_into
from scoredock.pickles.findings import VersionReport
from scoredock.pickles.report import PickleFindings
from scoredock.progress import CancelToken

State = Literal["none", "known", "unknown", "code", "bad"]
Opener = Callable[[], BinaryIO]
"""Opens one file for reading in binary, seekable; `scan` closes it."""


def scan(
    files: Iterable[tuple[Path | Opener, str]],
    *,
    cancel: CancelToken | None = None,
    budget: Budget | None = None,
) -> tuple[State, PickleFindings]:
    """Looks into every file of one version: (where it is, the path it is stored under).

    `none`: no pickle in it. `known`: every name is on the list of names that models usually hold. `unknown`: some are
    not, or something could not be read to its end, as the notes say. `code`: a description of MLflow or a model of
    Keras brings Python code along. `bad`: some names run commands or reach files or network. No state says that a file
    does no harm. What cannot be opened is a note, not an error. Raises `cancelled`.
    """
    collected = VersionReport()
    budget = budget or Budget(cancel=cancel)
    for place, stored in files:
        budget.check()
        try:
            with _opened(place) as stream:
                look_into(stream, stored, collected, budget)
        except OSError as error:
            collected.note(stored, f"it cannot be read ({error.strerror or type(error).__name__})")
    return collected.state, collected.findings()


def _opened(place: Path | Opener) -> BinaryIO:
    """Neither follows links nor waits for pipes. Raises OSError."""
    if not isinstance(place, Path):
        return place()
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
        flags |= getattr(os, name, 0)
    descriptor = os.open(place, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a regular file")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
