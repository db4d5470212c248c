"""Spans of OpenTelemetry for an OTLP/HTTP endpoint: one for each event; that of a deployment is as long as it took."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from scoredock.contrib.events.domain.catalogue import WorkspaceEvent
from scoredock.contrib.events.domain.receivers.schema import Envelope, ReceiverKind, Sent, headers_of, json_bytes


class OpenTelemetry(ReceiverKind):
    """Several in one request, as collectors take them."""

    takes_programs = False
    always_joins = True

    def envelope(self, several: Sequence[Sent], *, topic: str, subscription: str, batch: bool) -> Envelope:
        """Spans of one resource, which names the workspace."""
        return Envelope(json_bytes(_spans([each.event for each in several], topic)), headers_of(several))


def _spans(events: Sequence[WorkspaceEvent], topic: str) -> dict[str, Any]:
    """A span for each; that of a deployment is as long as it took."""
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes({"service.name": "scoredock", "scoredock.workspace": topic})},
                "scopeSpans": [{"scope": {"name": "scoredock.events"}, "spans": [_span(each) for each in events]}],
            }
        ]
    }


def _span(event: WorkspaceEvent) -> dict[str, Any]:
    digest = hashlib.sha256(event.id.encode()).hexdigest()
    end = _nanoseconds(event.time)
    begun = event.facts.get("begun")
    start = min(end, int(begun * 1e9)) if isinstance(begun, (int, float)) and begun else end
    facts = {f"scoredock.{name}": value for name, value in event.facts.items() if value not in (None, "", {}, [])}
    has_failed = "Failed" in (event.facts.get("state"), event.facts.get("runStatus"))
    return {
        "traceId": digest[:32],
        "spanId": digest[32:48],
        "name": event.what,
        "kind": 1,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(end),
        "attributes": _attributes({"scoredock.type": event.type, "scoredock.subject": event.subject, **facts}),
        "status": {"code": 2} if has_failed else {},
    }


def _nanoseconds(time: str) -> int:
    return int(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1e9)


def _attributes(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in facts.items()]


def _value(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}
