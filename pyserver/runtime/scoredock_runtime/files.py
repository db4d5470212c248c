"""Files that other processes read at any moment: always whole, never seen half-written."""

from __future__ import annotations

import contextlib
import os


def replace_text(path: str, text: str) -> None:
    """Atomic replacement, mode 0600. Raises OSError; the old content then still stands."""
    temporary = f"{path}.{os.getpid()}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
