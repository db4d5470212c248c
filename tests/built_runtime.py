"""The wheel of the scoring runtime, built once per machine for what it is made of instead of once for each data
folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoredock.environments.wheelhouse import VARIABLE, runtime_source
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
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(folder_of_wheel())
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
