"""The page of a log, and the metrics of a service: one good call of each method, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scoredock.protocol import messages
from scoredock.protocol.wire import from_wire

if TYPE_CHECKING:
    from lsp.test_methods import World

ALL: dict[str, Any] = {"services": ["adder"], "filter": {}}
WRONG: dict[str, Any] = {"services": ["adder"], "filter": {"include": "(", "regex": True}}


def log_page(world: World) -> None:
    part = world.ask("scoredock/log/page", {**ALL, "before": [], "limit": 5})
    assert 0 < len(part.events) <= 5
    assert [each.service for each in part.newest] == ["adder"]


def log_watch(world: World) -> None:
    """Events that come after the page."""
    newest = world.client.ask("scoredock/log/page", {**ALL, "before": []})["newest"]
    watch = world.ask("scoredock/log/watch", {**ALL, "after": newest})
    world.ask("scoredock/service/call", {"name": "adder", "body": '{"data": [1]}'})
    batch = world.client.notified("scoredock/log/events", lambda params: params["id"] == watch.id)
    assert from_wire(messages.LogEvents, batch).events
    world.ask("scoredock/log/unwatch", {"id": watch.id})


def log_unwatch(world: World) -> None:
    assert world.ask("scoredock/log/unwatch", {"id": "never"}) == messages.Empty()


def service_history(world: World) -> None:
    before = world.ask("scoredock/service/history", {"names": ["adder"], "seconds": 600}).services[0].totals.requests
    world.ask("scoredock/service/call", {"name": "adder", "body": '{"data": [1]}'})
    history = world.ask("scoredock/service/history", {"names": ["adder"], "seconds": 600, "csv": True})
    assert history.services[0].totals.requests == before + 1
    assert history.csv


GOOD = {
    "scoredock/log/page": log_page,
    "scoredock/log/watch": log_watch,
    "scoredock/log/unwatch": log_unwatch,
    "scoredock/service/history": service_history,
}
NEVER_REFUSED = {"scoredock/log/unwatch"}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/log/page", {**WRONG, "before": []}, "log-filter-invalid"),
    ("scoredock/log/watch", {**WRONG, "after": []}, "log-filter-invalid"),
    ("scoredock/service/history", {"names": ["none"]}, "service-not-found"),
]
