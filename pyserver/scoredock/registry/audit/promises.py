"""Changes whose fact is a file: noted before the fact, kept after it, and kept by the next one where the writer died.

`audit/due/TOKEN` is held by its writer while that lives. What nobody holds any more is looked into: the change came
about if its proof is there, and is appended unless a record behind the promise has its token already.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scoredock.late_dataclass import dataclass
from scoredock.registry.audit.log import FOLDER, AuditLog
from scoredock.registry.store.durable import create_held, flush, make_folder, unheld, write_all

_DUE = "due"


@dataclass(frozen=True, slots=True)
class Proof:
    """Proof by which a change can be seen. Without a path it counts as begun, and is recorded as interrupted."""

    path: str = ""
    """Of a file that is there then, or that `pattern` fits."""
    pattern: str = ""
    """Its named groups are what the change came to."""

    def facts(self) -> dict[str, str] | None:
        """Facts of the change; None if it did not come about."""
        if not self.path:
            return {"interrupted": "true"}
        try:
            text = Path(self.path).read_text("utf-8", errors="replace")
        except OSError:
            return None
        match = re.search(self.pattern, text)
        return match.groupdict() if match else None


@contextlib.contextmanager
def promised(log: AuditLog, entry: dict[str, Any], proof: Proof) -> Iterator[dict[str, Any]]:
    """The block makes the change that `entry` tells of, and may add to it. Where the change did not come about, the
    block sets `entry["token"]` to an empty text. Raises what appending raises, before the change."""
    token = secrets.token_hex(12)
    entry["token"] = token
    folder = log.folder / _DUE
    make_folder(folder)
    path = folder / token
    descriptor = create_held(path)
    try:
        due = {"entry": entry, "since": log.last_seq(), "path": proof.path, "pattern": proof.pattern}
        write_all(descriptor, json.dumps(due, default=str).encode())
        flush(descriptor)
        yield entry
        if entry["token"]:
            log.append(lambda _: [entry])
        path.unlink(missing_ok=True)
    except Exception:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def overdue(workspace: Path, log: AuditLog) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The changes of writers that died in between, with the file that is removed when they are in the log. A change
    that did not come about is forgotten here. Called with the lock of the log held."""
    for path in _left(workspace):
        with unheld(path) as free:
            if not free:
                continue
            due = _read(path)
            is_kept = due is None or any(each.token == due["entry"]["token"] for each in log.read(due["since"]))
            facts = None if due is None or is_kept else Proof(due["path"], due["pattern"]).facts()
            if due is None or facts is None:
                path.unlink(missing_ok=True)
            else:
                yield path, {**due["entry"], "data": {**due["entry"].get("data", {}), **facts}}


def are_overdue(workspace: Path) -> bool:
    """True if there is any promise, kept or not."""
    return next(iter(_left(workspace)), None) is not None


def _left(workspace: Path) -> list[Path]:
    try:
        return sorted((workspace / FOLDER / _DUE).iterdir())
    except OSError:
        return []


def _read(path: Path) -> dict[str, Any] | None:
    """None for one that was not written to its end: its change had not begun."""
    try:
        due = json.loads(path.read_bytes())
        return due if isinstance(due, dict) and {"entry", "since", "path", "pattern"} <= set(due) else None
    except (OSError, ValueError):
        return None
