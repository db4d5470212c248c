"""Pythons with packages of the index and nothing of ours, made once for all tests and kept in the cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scoredock"


def python_with(packages: Sequence[str], name: str, require: Callable[[object, str], None]) -> Path:
    """The Python of an environment with these packages; `require` is told where the index does not give them."""
    key = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:8]
    place = CACHE / f"test-{name}-{key}-py{sys.version_info[0]}{sys.version_info[1]}"
    python = place / "bin" / "python"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock", timeout=500):
        if not (place / "complete").exists():
            uv = str(Path(sys.executable).with_name("uv"))
            base = getattr(sys, "_base_executable", sys.executable)
            subprocess.run([uv, "venv", "--quiet", "--clear", "--python", base, str(place)], check=True)
            command = [uv, "pip", "install", "--quiet", "--python", str(python), *packages]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            require(done.returncode == 0, f"{', '.join(packages)} from the package index: {done.stderr[-400:]}")
            (place / "complete").touch()
    return python
