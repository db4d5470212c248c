"""Methods of deployment rules: one good call each on the service that the other tests have, and facts that do not
fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NAME = "newest"


def _rule(world: Any) -> dict[str, Any]:
    if NAME not in [each.name for each in world.ask("scoredock/rule/list", {}).rules]:
        create(world)
    return {"name": NAME}


def create(world: Any) -> None:
    if NAME in [each.name for each in world.ask("scoredock/rule/list", {}).rules]:
        world.ask("scoredock/rule/delete", {"name": NAME})
    made = world.ask("scoredock/rule/create", {"name": NAME, "source": "weights", "service": "adder"})
    assert (made.source, made.service, made.versions, made.look) == ("weights", "adder", [1], "idle")


def listing(world: Any) -> None:
    name = _rule(world)["name"]
    answer = world.ask("scoredock/rule/list", {})
    assert [each.name for each in answer.rules] == [name]
    assert not answer.watched


def show(world: Any) -> None:
    details = world.ask("scoredock/rule/show", _rule(world))
    assert (details.rule.name, details.conditions, details.canary) == (NAME, [], "")


def history(world: Any) -> None:
    assert world.ask("scoredock/rule/history", _rule(world)).name == NAME


def pause(world: Any) -> None:
    assert world.ask("scoredock/rule/pause", _rule(world)).paused


def resume(world: Any) -> None:
    world.ask("scoredock/rule/pause", _rule(world))
    assert not world.ask("scoredock/rule/resume", _rule(world)).paused


def run(world: Any) -> None:
    world.ask("scoredock/rule/resume", _rule(world))
    (done,) = world.ask("scoredock/rule/run", {"names": [NAME]}).runs
    assert (done.events, done.error) == ([], "")
    (planned,) = world.ask("scoredock/rule/run", {"names": [NAME], "dryRun": True}).runs
    assert planned.plan == ["adder serves version 1: nothing to do."]


def install(world: Any) -> None:
    setup = world.ask("scoredock/workspace/install", {"form": "cron", "preview": True})
    assert setup.text.startswith("*/5 * * * * ")
    assert not setup.installed
    assert world.ask("scoredock/rule/install", {"form": "cron", "preview": True}) == setup


def attend(world: Any) -> None:
    world.ask("scoredock/rule/resume", _rule(world))
    attended = world.ask("scoredock/workspace/run", {})
    assert ([each.name for each in attended.rules], attended.problems) == ([NAME], [])


def delete(world: Any) -> None:
    world.ask("scoredock/rule/delete", _rule(world))
    assert world.ask("scoredock/rule/list", {}).rules == []


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/rule/create": create,
    "scoredock/rule/list": listing,
    "scoredock/rule/show": show,
    "scoredock/rule/history": history,
    "scoredock/rule/pause": pause,
    "scoredock/rule/resume": resume,
    "scoredock/rule/run": run,
    "scoredock/rule/install": install,
    "scoredock/workspace/install": install,
    "scoredock/workspace/run": attend,
    "scoredock/rule/delete": delete,
}
_NOBODY = {"name": "nobody"}
_NEW = {"name": "one", "source": "weights", "service": "adder"}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/rule/create", {**_NEW, "name": "a b"}, "rule-name-invalid"),
    ("scoredock/rule/create", {**_NEW, "service": "nobody"}, "rule-service-missing"),
    ("scoredock/rule/create", {**_NEW, "source": "weights:1"}, "rule-option-invalid"),
    ("scoredock/rule/create", {**_NEW, "canary": {"shares": [10]}}, "rule-endpoint-unfit"),
    ("scoredock/rule/run", {"names": ["nobody"]}, "rule-missing"),
    ("scoredock/rule/list", {"workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/rule/install", {"form": "cron", "every": "7m", "preview": True}, "rule-option-invalid"),
    ("scoredock/workspace/install", {"form": "cron", "every": "7m", "preview": True}, "rule-option-invalid"),
    ("scoredock/workspace/run", {"workspaceId": "nobody"}, "workspace-not-found"),
    *((f"scoredock/rule/{each}", _NOBODY, "rule-missing") for each in ("show", "history", "pause", "resume", "delete")),
]
