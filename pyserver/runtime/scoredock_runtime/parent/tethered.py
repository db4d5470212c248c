"""The parent of a service that must not outlive its caller: it stops as soon as its standard input ends."""

from __future__ import annotations

import os
import sys


def serve_tethered(folder: str) -> int:
    """Blocks until the service was stopped or failed, or the caller is gone. 0 after a stop, 1 after a failure."""
    from scoredock_runtime.parent.main import run

    return run(os.path.abspath(folder), lambda _: None, tether=sys.stdin.buffer)
