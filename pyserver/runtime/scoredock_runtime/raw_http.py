"""The request object of raw-HTTP scripts: Flask's where Flask is installed, as in v1, otherwise one of our own."""

from __future__ import annotations

from typing import Any

from scoredock_runtime.scoring import Request


def raw_request(request: Request) -> Any:
    """What a @rawhttp run() receives."""
    raise NotImplementedError(request)
