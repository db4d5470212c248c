"""The wheel of the scoring runtime, built once for all environments of a test run instead of once for each data folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoredock.environments.wheelhouse import VARIABLE, runtime_source
from scoredock.progress import CancelToken, Silent


@contextmanager
def built_runtime(folder: Path) -> Iterator[None]:
    """What is started meanwhile finds the wheel in `folder`."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(runtime_source().wheel(folder, Silent(), CancelToken()).parent)
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
