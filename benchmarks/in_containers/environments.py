"""An environment on this machine: found again, made anew from uv's cache, and from nothing by uv and by pip."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip.locks import HASHED_FILE, RUNTIME
from scoredock.environments.pip.wheelhouse import VARIABLE, runtime_source
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.progress import CancelToken, Silent

from in_containers.peers import MODEL_NEEDS, empty_cache

SPEC = EnvironmentSpec(None, MODEL_NEEDS, "bench", "bench")
FOUND, CACHED, UV, PIP = "found", "cached", "uv", "pip"


def once(folder: Path) -> dict[str, float]:
    """Seconds of each way, the two from nothing right after one another."""
    figures: dict[str, float] = {}
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    # An installed Scoredock has the runtime's wheel and does not build it from a checkout.
    os.environ[VARIABLE] = str(runtime_source().wheel(wheels, Silent(), CancelToken()).parent)
    try:
        with empty_cache(folder / "uv-cache"):
            figures[UV], lock = _built(folder / "cold")
            figures[CACHED], _ = _built(folder / "warm")
        began = time.perf_counter()
        EnvironmentCache(folder / "warm", EnvironmentSettings()).prepare(SPEC, Silent(), CancelToken())
        figures[FOUND] = time.perf_counter() - began
    finally:
        del os.environ[VARIABLE]
    figures[PIP] = _pip(folder / "pip", lock)
    return figures


def _built(root: Path) -> tuple[float, str]:
    """Seconds of resolving, locking and installing, and the lock with hashes."""
    began = time.perf_counter()
    built = EnvironmentCache(root, EnvironmentSettings()).prepare(SPEC, Silent(), CancelToken())
    took = time.perf_counter() - began
    (lock,) = [*built.folder.rglob(HASHED_FILE)]
    return took, lock.read_text()


def _pip(folder: Path, lock: str) -> float:
    """Seconds of a virtual environment and an installation of the same lock, with a cache of its own that is empty."""
    folder.mkdir()
    file = folder / "lock.txt"
    # The runtime comes with Scoredock and is on no index.
    file.write_text("".join(part for part in _entries(lock) if not part.startswith(RUNTIME)))
    environment = {
        **os.environ,
        "PIP_CACHE_DIR": str(folder / "cache"),
        "PIP_NO_INPUT": "1",
    }
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "venv", str(folder / "v")],
        check=True,
        capture_output=True,
    )
    command = [
        str(folder / "v" / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "-r",
        str(file),
    ]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - began


def _entries(lock: str) -> list[str]:
    """Each requirement with its lines of hashes."""
    parts: list[str] = []
    for line in lock.splitlines(keepends=True):
        if line.startswith((" ", "\t")) and parts:
            parts[-1] += line
        elif line.strip() and not line.startswith("#"):
            parts.append(line)
    return parts
