"""What must hold of all that a receiver has got: each event once or marked as repeated, in order for each subject."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def faults(events: Sequence[Mapping[str, Any]], expected: Iterable[int]) -> list[str]:
    """Sentences; none where all is as it should be. `expected` are the numbers of the events."""
    found: list[str] = []
    seen: set[int] = set()
    newest: dict[str, int] = defaultdict(int)
    for event in events:
        number, attempt = int(event["sequence"]), int(event["attempt"])
        if number in seen and attempt == 1:
            found.append(f"{number} came again and is not marked")
        if number not in seen and number < newest[event["subject"]]:
            found.append(f"{number} came after {newest[event['subject']]} of {event['subject']}")
        newest[event["subject"]] = max(newest[event["subject"]], number)
        seen.add(number)
    missing = sorted(set(expected) - seen)
    if missing:
        found.append(f"{len(missing)} never came: {missing[:5]}")
    if unknown := sorted(seen - set(expected)):
        found.append(f"{len(unknown)} are unknown: {unknown[:5]}")
    return found
