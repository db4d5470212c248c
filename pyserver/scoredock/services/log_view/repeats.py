"""Repeated errors as one: same message and same traceback, but for numbers and ids. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from scoredock.late_dataclass import dataclass
from scoredock.services.log_view.events import LEVELS, LogEntry

_PLACE = re.compile(r'(File "[^"\n]+", line )(\d+)')
_VARIABLE = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"  # an id
    r"|\b0x[0-9a-f]+\b"
    r"|\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b"
    r"|\d+(?:[.,:]\d+)*",
    re.IGNORECASE,
)
_WARNING = LEVELS.index("warning")
_MARKS = re.compile(r"^[\s~^]+$")


@dataclass(slots=True)
class Repeated:
    """An event, and how often it came."""

    event: LogEntry
    """The newest of them."""
    count: int = 1
    first: float = 0.0
    """When the first of them came."""
    group: str = ""
    """The same for events that count as repeats of one another; empty for what is never joined."""


def masked(line: str) -> str:
    """The line with a sign in place of what differs from time to time. Lines of code in a traceback keep their
    numbers."""
    place = _PLACE.search(line)
    if place is not None:
        return line
    return _VARIABLE.sub("#", line)


def group_of(event: LogEntry) -> str:
    """Empty for what is neither a warning nor an error."""
    if event.level < _WARNING or event.ends_request:
        return ""
    # Marks below a line of code move with its columns and say nothing of their own.
    lines = (masked(line) for line in event.lines if not _MARKS.match(line))
    text = "\n".join((event.service, str(event.level), *lines))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


def collapsed(events: Iterable[LogEntry]) -> list[Repeated]:
    """Each error once, where it came last, with its count."""
    return joined(Repeated(event, 1, event.time, group_of(event)) for event in events)


def joined(parts: Iterable[Repeated]) -> list[Repeated]:
    """The same of what was collapsed in parts, the earlier part first."""
    entries: dict[str, Repeated] = {}
    single = 0
    for part in parts:
        if not part.group:
            single += 1
            entries[f"-{single}"] = part
            continue
        before = entries.pop(part.group, None)
        if before is None:
            entries[part.group] = part
        else:
            entries[part.group] = Repeated(
                part.event, before.count + part.count, min(before.first, part.first), part.group
            )
    return list(entries.values())
