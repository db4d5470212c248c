"""The wheel of the scoring runtime, built once per machine for what it is made of instead of once for each data
folder."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scoredock.environments.pip.wheelhouse import VARIABLE, runtime_source
from scoredock.progress import CancelToken, Silent

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scoredock" / "test-wheels"
"""A folder for each content of the runtime; tests/environments has its building."""


def folder_of_wheel() -> Path:
    """The folder that holds the wheel of this checkout."""
    CACHE.mkdir(parents=True, exist_ok=True)
    return runtime_source().wheel(CACHE, Silent(), CancelToken()).parent


@contextmanager
def built_runtime() -> Iterator[None]:
    """What is started meanwhile finds the wheel."""
    with _wheel_in(folder_of_wheel()):
        yield


@contextmanager
def changed_runtime(folder: Path, changes: Mapping[str, tuple[str, str]]) -> Iterator[None]:
    """What is started meanwhile finds one with other texts, kept in `folder`: for tests that plant a fault in the
    runtime.

    `changes`: by module of the runtime, what is there exactly once, and what comes in its place.
    """
    (built,) = folder_of_wheel().glob("*.whl")
    folder.mkdir(parents=True)
    with zipfile.ZipFile(built) as original, zipfile.ZipFile(folder / built.name, "w") as made:
        for name in original.namelist():
            text = original.read(name)
            before, after = (each.encode() for each in changes.get(name.removeprefix("scoredock_runtime/"), ("", "")))
            assert not before or text.count(before) == 1, f"{name} does not hold this exactly once: {before!r}"
            made.writestr(name, text.replace(before, after) if before else text)
    with _wheel_in(folder):
        yield


@contextmanager
def _wheel_in(folder: Path) -> Iterator[None]:
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
