"""The kinds of receivers."""

from __future__ import annotations

from collections.abc import Mapping

from scoredock.contrib.events.domain.receivers.cloud_events import CloudEvents
from scoredock.contrib.events.domain.receivers.event_grid import EventGrid
from scoredock.contrib.events.domain.receivers.otlp import OpenTelemetry
from scoredock.contrib.events.domain.receivers.schema import ReceiverKind

SCHEMAS: Mapping[str, ReceiverKind] = {
    "cloudevents": CloudEvents(),
    "eventgrid": EventGrid(),
    "otlp": OpenTelemetry(),
}
"""By the names that subscriptions have them under."""
