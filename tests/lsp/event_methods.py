"""Methods of events and of lineage: one good call each, and facts that do not fit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

NAME = "note"
_NOBODY = {"name": "nobody"}


def _subscribe(world: Any) -> str:
    """A program that takes everything."""
    params = {"name": NAME, "command": [sys.executable, "-c", "pass"], "folder": str(world.project)}
    subscribed = world.ask("scoredock/event/subscribe", {**params, "types": ["service.deleted"]})
    assert (subscribed.subscription.kind, subscribed.secret) == ("command", "")
    return NAME


def _delete(world: Any) -> None:
    assert world.ask("scoredock/event/delete", {"name": NAME}).name == NAME


def subscribe(world: Any) -> None:
    _subscribe(world)
    _delete(world)


def listing(world: Any) -> None:
    name = _subscribe(world)
    assert name in [each.name for each in world.ask("scoredock/event/list", {}).subscriptions]
    _delete(world)


def followed(world: Any) -> None:
    name = _subscribe(world)
    assert world.ask("scoredock/event/resume", {"name": name}).subscription.look == "good"
    details = world.ask("scoredock/event/show", {"name": name})
    assert (details.subscription.name, list(details.problems)) == (name, [])
    _delete(world)


def types(world: Any) -> None:
    assert "ModelRegistered" in [each.pattern for each in world.ask("scoredock/event/types", {}).types]


def test(world: Any) -> None:
    assert world.ask("scoredock/event/test", {"name": _subscribe(world)}).seconds > 0
    _delete(world)


def pause(world: Any) -> None:
    paused = world.ask("scoredock/event/pause", {"name": _subscribe(world)}).subscription.paused
    assert "scoredock event resume note" in paused
    _delete(world)


def resume(world: Any) -> None:
    world.ask("scoredock/event/pause", {"name": _subscribe(world)})
    resumed = world.ask("scoredock/event/resume", {"name": NAME})
    assert (resumed.subscription.paused, resumed.secret) == ("", "")
    _delete(world)


def show(world: Any) -> None:
    details = world.ask("scoredock/lineage/show", {})
    assert (details.thing, details.file) == (None, "")
    assert details.records[0].door == "editor"


def verify(world: Any) -> None:
    report = world.ask("scoredock/lineage/verify", {})
    assert (report.breaks, report.records > 0) == ([], True)


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/event/subscribe": subscribe,
    "scoredock/event/list": listing,
    "scoredock/event/test": test,
    "scoredock/event/pause": pause,
    "scoredock/event/resume": resume,
    "scoredock/event/delete": subscribe,
    "scoredock/event/show": followed,
    "scoredock/event/types": types,
    "scoredock/lineage/show": show,
    "scoredock/lineage/verify": verify,
}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/event/subscribe", {"name": "a"}, "event-option-invalid"),
    ("scoredock/event/subscribe", {"name": "a", "url": "http://127.0.0.1:1/"}, "event-receiver-unreachable"),
    ("scoredock/event/list", {"workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/event/test", _NOBODY, "event-subscription-missing"),
    *(
        (f"scoredock/event/{each}", _NOBODY, "event-subscription-missing")
        for each in ("show", "pause", "resume", "delete")
    ),
    ("scoredock/lineage/show", {"thing": "nobody"}, "lineage-missing"),
    ("scoredock/lineage/verify", {"workspaceId": "nobody"}, "workspace-not-found"),
]
