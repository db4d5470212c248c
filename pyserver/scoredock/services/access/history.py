"""The newest requests that were sent to a service from here, with how they were answered.

They lie in the service's folder, readable by its owner only, and go with the service. No key is among them.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scoredock.late_dataclass import dataclass
from scoredock.services.access.bodies import ScoringRequest

FILE = "requests.json"
MOST = 30
_BODY = 64 * 1024
"""Characters of a body; of a larger one only the rest of its request is kept."""
_LARGEST = MOST * 2 * _BODY
_SECRET = re.compile(r"auth|cookie|key|token|secret|password", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SentBefore:
    """A request as it can be sent again, but for its key."""

    time: float
    """Seconds since the epoch."""
    status: int
    milliseconds: float
    method: str
    route: str
    query: str
    headers: dict[str, str]
    body: str
    encoding: str
    content_type: str
    is_whole: bool
    """Whether its body was small enough to be kept."""


def remember(folder: Path, sent: ScoringRequest, status: int, milliseconds: float) -> None:
    """Adds one in front; the same request again takes the place of the former. A disk that is full or not to be written
    costs the memory only."""
    whole = len(sent.body) <= _BODY
    entry = SentBefore(
        time.time(),
        status,
        milliseconds,
        sent.method,
        sent.route,
        sent.query,
        {name: value for name, value in sent.headers.items() if not _SECRET.search(name)},
        sent.body if whole else "",
        sent.encoding,
        sent.content_type,
        whole,
    )
    others = [each for each in sent_before(folder) if _what(each) != _what(entry)]
    text = json.dumps([asdict(each) for each in (entry, *others[: MOST - 1])])
    path = folder / FILE
    temporary = path.with_name(f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        temporary.replace(path)
    except (OSError, ValueError):
        with suppress(OSError):
            temporary.unlink()


def sent_before(folder: Path) -> list[SentBefore]:
    """Newest first; none where the file is damaged or gone."""
    try:
        with (folder / FILE).open("rb") as stream:
            return [_entry(each) for each in json.loads(stream.read(_LARGEST))]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []


def _entry(fields: dict[str, Any]) -> SentBefore:
    return SentBefore(
        float(fields["time"]),
        int(fields["status"]),
        float(fields["milliseconds"]),
        str(fields["method"]),
        str(fields["route"]),
        str(fields["query"]),
        {str(name): str(value) for name, value in fields["headers"].items()},
        str(fields["body"]),
        str(fields["encoding"]),
        str(fields["content_type"]),
        bool(fields["is_whole"]),
    )


def _what(each: SentBefore) -> tuple[object, ...]:
    """All but when, and what came back."""
    return each.method, each.route, each.query, each.headers, each.body, each.content_type, each.is_whole
