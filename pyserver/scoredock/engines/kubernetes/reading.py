"""Objects of the Kubernetes API as JSON, read without trust: whatever is absent or of another type counts as empty."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from scoredock.containers.events import nanoseconds
from scoredock.late_dataclass import dataclass

_QUANTITY = re.compile(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)(n|u|m|k|[KMGTPE]i|[MGTPE])?")
_UNITS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3}
_UNITS |= {f"{letter}i": 1024.0**power for power, letter in enumerate("KMGTPE", 1)}
_UNITS |= {letter: 1000.0**power for power, letter in enumerate("MGTPE", 2)}
_COMBINED = "(combined from similar events): "


def field_of(raw: object, *path: str) -> Any:
    """Value at a path; None where there is nothing."""
    for name in path:
        # What json gives, which is nearly all, is known without a look at abstract classes.
        if raw.__class__ is not dict and not isinstance(raw, Mapping):
            return None
        raw = raw.get(name)
    return raw


def text_of(raw: object, *path: str) -> str:
    value = field_of(raw, *path)
    return value if isinstance(value, str) else ""


def number_of(raw: object, *path: str, absent: int = 0) -> int:
    value = field_of(raw, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else absent


def fields_of(raw: object, *path: str) -> Mapping[str, Any]:
    value = field_of(raw, *path)
    return value if isinstance(value, Mapping) else {}


def rows_of(raw: object, *path: str) -> list[Mapping[str, Any]]:
    value = field_of(raw, *path)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def moment_of(raw: object, *path: str) -> float:
    """Seconds since the epoch; 0 for none, and for the year 1970 that stands for none."""
    seconds = nanoseconds(text_of(raw, *path)) / 1e9
    return seconds if seconds > 86_400 else 0.0


def mark_of(raw: object, key: str) -> str:
    """The annotation of an object, else its label."""
    return text_of(raw, "metadata", "annotations", key) or text_of(raw, "metadata", "labels", key)


def whole_mark(raw: object, key: str) -> int:
    """The same as a whole number; 0 for none."""
    mark = mark_of(raw, key)
    return int(mark) if mark.isdecimal() and mark.isascii() and len(mark) < 10 else 0


def condition_of(raw: object, kind: str) -> Mapping[str, Any]:
    """A row of `status.conditions`; empty for none."""
    return next((each for each in rows_of(raw, "status", "conditions") if each.get("type") == kind), {})


def quantity_of(raw: object, *path: str) -> float | None:
    """`500m`, `1Gi`, `129e6` or a number as a number; None for none."""
    value = field_of(raw, *path)
    match = _QUANTITY.fullmatch(str(value)) if isinstance(value, (str, int, float)) else None
    if match is None:
        return None
    try:
        amount = float(match[1]) * _UNITS.get(match[2], 1.0)
    except ValueError:
        return None
    return amount if math.isfinite(amount) else None


@dataclass(frozen=True, slots=True)
class ClusterEvent:
    """Something that a part of the cluster said of an object, in core/v1 or events.k8s.io/v1."""

    kind: str
    """Of the object: Pod, ReplicaSet, Deployment, …"""
    subject: str
    """Name of the object."""
    uid: str
    """Of the object."""
    reason: str
    message: str
    node: str
    """That said it; empty for a part that is on none."""
    at: float
    """When it was said last, seconds since the epoch."""
    first: float
    count: int
    """How often it was said until then."""
    key: str
    """The same for all repetitions."""
    is_warning: bool


def events_of(raw: Iterable[object]) -> list[ClusterEvent]:
    """Oldest first. Those that were read before stay as they are."""
    read = (each if isinstance(each, ClusterEvent) else event_of(each) for each in raw)
    return sorted(read, key=lambda each: (each.at, each.first))


def event_of(raw: object) -> ClusterEvent:
    about = fields_of(raw, "involvedObject") or fields_of(raw, "regarding")
    newest = (("series", "lastObservedTime"), ("lastTimestamp",), ("deprecatedLastTimestamp",), ("eventTime",))
    began = (("firstTimestamp",), ("deprecatedFirstTimestamp",), ("eventTime",))
    created = moment_of(raw, "metadata", "creationTimestamp")
    first = next(filter(None, (moment_of(raw, *path) for path in began)), created)
    counts = (("series", "count"), ("count",), ("deprecatedCount",))
    return ClusterEvent(
        kind=text_of(about, "kind"),
        subject=text_of(about, "name"),
        uid=text_of(about, "uid"),
        reason=text_of(raw, "reason"),
        message=(text_of(raw, "message") or text_of(raw, "note")).strip().removeprefix(_COMBINED),
        node=text_of(raw, "source", "host") or text_of(raw, "deprecatedSource", "host"),
        at=next(filter(None, (moment_of(raw, *path) for path in newest)), first),
        first=first,
        count=max(1, *(number_of(raw, *path) for path in counts)),
        key=text_of(raw, "metadata", "uid") or text_of(raw, "metadata", "name"),
        is_warning=text_of(raw, "type") == "Warning",
    )
