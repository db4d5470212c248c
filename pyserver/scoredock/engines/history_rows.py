"""The history of a service as its parent has it now: what lies in its folder, and what only the parent knows yet."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from scoredock_runtime.contract_history import (
    FOLDER,
    HistoryWriter,
    Row,
    merged,
    read_history,
    rows_of,
)

LARGEST_ANSWER = 4_000_000
"""All rows of all files, written as text."""
_LOCK_SECONDS = 2.0


def route_after(rows: list[Row]) -> str:
    """Asks a parent for what is new after rows that are known."""
    return f"/history?since={rows[-1].number}&origin={rows[-1].origin}" if rows else "/history"


def rows_told(text: str) -> list[Row]:
    """The rows of a parent's answer; none of one that cannot be read."""
    try:
        return [stored.row for stored in rows_of(base64.b64decode(json.loads(text)["rows"], validate=True))]
    except (ValueError, KeyError, TypeError, binascii.Error):
        return []


def with_newer(folder: Path, ask: Callable[[str], str]) -> list[Row]:
    """The rows in a folder and those that its parent tells besides."""
    kept = read_history(str(folder))
    return merged([*kept, *rows_told(ask(route_after(kept)))])


def mirror_rows(folder: Path, rows: Callable[[list[Row]], list[Row]]) -> list[Row]:
    """All rows, after those that a container has and the folder lacks were copied into it. `rows` tells them, given
    what is there. Gives up copying when somebody else does that for long."""
    place = folder / FOLDER
    with contextlib.suppress(Timeout, OSError):
        place.mkdir(mode=0o700, exist_ok=True)
        with FileLock(str(place / "mirror.lock"), mode=0o600).acquire(timeout=_LOCK_SECONDS):
            writer = HistoryWriter(str(folder))
            stored_rows = read_history(str(folder))
            newest: dict[int, int] = {row.origin: row.number for row in stored_rows}
            fresh = [row for row in merged(rows(stored_rows)) if row.number > newest.get(row.origin, 0)]
            for row in fresh:
                before = writer.newest
                same = before is not None and before.boot == row.boot and before.origin == row.origin
                # From the one before it here: not all of the container's were copied.
                elapsed = max(0.0, row.clock - before.clock) if before is not None and same else 0.0
                writer.append(row._replace(elapsed=elapsed), everywhere=not same)
            return merged([*stored_rows, *fresh])
    return read_history(str(folder))
