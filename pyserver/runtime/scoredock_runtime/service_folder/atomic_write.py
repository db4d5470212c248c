"""Files that other processes read at any moment: always whole, never seen half-written."""

from __future__ import annotations

import contextlib
import os
import sys
import time

_SHARED_SECONDS = 1.0
"""On Windows a file cannot be replaced at the moment in which somebody reads it."""


def replace_text(path: str, text: str) -> None:
    """Replace a file as `replace_bytes` does, with a text in UTF-8."""
    replace_bytes(path, text.encode("utf-8"))


def replace_bytes(path: str, content: bytes) -> None:
    """Atomic replacement, mode 0600. Raises OSError; the old content then still stands."""
    temporary = f"{path}.{os.getpid()}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        _replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _replace(temporary: str, path: str) -> None:
    until = time.monotonic() + (_SHARED_SECONDS if sys.platform == "win32" else 0)
    while True:
        try:
            os.replace(temporary, path)
            return
        except PermissionError:
            if time.monotonic() >= until:
                raise
        time.sleep(0.005)
