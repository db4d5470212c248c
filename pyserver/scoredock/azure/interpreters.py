"""Which Python has azure-ai-ml: the one that is named, ours, or another that the person uses."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scoredock.azure.process import PACKAGES, package_missing
from scoredock.progress import CancelToken
from scoredock.run import TimedOut, child_environment, run

_LOOK = "from importlib.metadata import version; print(all(map(version, ('azure-ai-ml', 'azure-identity'))))"
_SECONDS = 20.0


def azure_python(candidates: Sequence[str], cancel: CancelToken) -> str:
    """The first that has it. Raises PackageMissing for the first one where none has."""
    own = sys.executable
    for python in _each(candidates):
        if (python == own and _has_own()) or _has(python, cancel):
            return python
    raise package_missing(next(_each(candidates), own))


def _each(candidates: Sequence[str]) -> Iterator[str]:
    """Each once, of those that are there."""
    seen: set[str] = set()
    for python in candidates:
        if python and python not in seen and Path(python).is_file():
            seen.add(python)
            yield python


def _has_own() -> bool:
    try:
        return all(version(name) for name in PACKAGES.split())
    except PackageNotFoundError:
        return False


def _has(python: str, cancel: CancelToken) -> bool:
    try:
        done = run([python, "-E", "-c", _LOOK], env=child_environment(), timeout=_SECONDS, cancel=cancel)
    except (OSError, TimedOut):
        return False
    return done.returncode == 0 and done.stdout.strip() == "True"
