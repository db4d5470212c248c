"""Events as bodies of requests: CloudEvents 1.0, Event Grid's schema, and spans of OpenTelemetry. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from scoredock.contrib.events.domain.catalogue import AZURE, WorkspaceEvent
from scoredock.late_dataclass import dataclass

Schema = Literal["cloudevents", "eventgrid", "otlp"]
_CONTENT_TYPES = {
    ("cloudevents", False): "application/cloudevents+json; charset=utf-8",
    ("cloudevents", True): "application/cloudevents-batch+json; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """An event that is about to be sent, for the how-manieth time."""

    event: WorkspaceEvent
    attempt: int
    """1 unless it may have arrived before."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The body of a request and what its headers say of it."""

    body: bytes
    headers: Mapping[str, str]


def envelope(schema: Schema, several: Sequence[Sent], *, topic: str, subscription: str, batch: bool) -> Envelope:
    """`topic` names the workspace. In a batch the attempt is that of the event that was tried most often."""
    attempt = max(each.attempt for each in several)
    headers = {"Content-Type": _CONTENT_TYPES.get((schema, batch), "application/json; charset=utf-8")}
    headers["Scoredock-Delivery-Attempt"] = str(attempt)
    if schema == "eventgrid":
        headers |= {
            "aeg-event-type": "Notification",
            "aeg-subscription-name": subscription,
            "aeg-delivery-count": str(attempt - 1),
            "aeg-data-version": _data_version(several[0].event),
            "aeg-metadata-version": "1",
        }
        return Envelope(_json([_grid_event(each, topic) for each in several]), headers)
    if schema == "otlp":
        return Envelope(_json(_spans([each.event for each in several], topic)), headers)
    documents = [_cloud_event(each, topic) for each in several]
    return Envelope(_json(documents if batch else documents[0]), headers)


def validation(event_id: str, topic: str, code: str, url: str, time: str) -> Envelope:
    """What a receiver of Event Grid gets first: it has to answer the code, or to have the URL called."""
    document = {
        "id": event_id,
        "topic": topic,
        "subject": "",
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "eventTime": time,
        "data": {"validationCode": code, "validationUrl": url},
        "dataVersion": "1",
        "metadataVersion": "1",
    }
    headers = {"Content-Type": "application/json; charset=utf-8", "aeg-event-type": "SubscriptionValidation"}
    return Envelope(_json([document]), headers)


def _cloud_event(sent: Sent, topic: str) -> dict[str, Any]:
    event = sent.event
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": topic,
        "type": event.type,
        "subject": event.subject,
        "time": event.time,
        "datacontenttype": "application/json",
        # The sequence extension of CloudEvents compares texts, so all have the same length.
        "sequence": f"{event.seq:015d}",
        "attempt": sent.attempt,
        "data": dict(event.data),
    }


def _grid_event(sent: Sent, topic: str) -> dict[str, Any]:
    event = sent.event
    return {
        "id": event.id,
        "topic": topic,
        "subject": event.subject,
        "eventType": event.type,
        "eventTime": event.time,
        "data": dict(event.data),
        "dataVersion": _data_version(event),
        "metadataVersion": "1",
    }


def _data_version(event: WorkspaceEvent) -> str:
    return "2" if event.type.startswith(f"{AZURE}Run") else "1"


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


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
