"""A streamed answer: its parts are handed over as the script makes them, no faster than the client takes them."""

from __future__ import annotations

import time
from typing import Any, Callable

from scoredock_runtime.http.messages import Request

_LOOK = 0.005
_sleep = time.sleep  # as it was before the script came


def hand_parts(
    request: Request, parts: Any, put: Callable[[bytes], object], failed: Callable[[BaseException], object]
) -> bool:
    """Whether the answer is whole; False also when the script's own code raised. Runs in run()'s thread."""
    connection = request.connection
    whole = True
    try:
        for part in parts:
            while connection is not None and not connection.has_room:
                _sleep(_LOOK)
            if request.abandoned or connection is None or connection.closed:
                break
            if part:
                put(part)
    except BaseException as fault:
        whole = False
        failed(fault)
    try:
        close = getattr(parts, "close", None)
        if close is not None:
            close()  # runs code of the script, too
    except BaseException as fault:
        failed(fault)
    return whole
