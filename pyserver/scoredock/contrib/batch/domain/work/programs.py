"""Programs of the runtime that an interpreter of a script runs by their file, and that need nothing else of it."""

from __future__ import annotations

from pathlib import Path

import scoredock_runtime


def program(name: str) -> str:
    """Path of one: `divide.py`, `fetch.py`, `head.py`."""
    return str(Path(scoredock_runtime.__file__).parent / "batch" / name)
