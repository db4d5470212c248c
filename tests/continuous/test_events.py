"""What a receiver is told while a rule promotes a version and withdraws another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from continuous.conftest import Callers, Project
from continuous.test_canary import canary
from events.receivers import listening


def of_version(events: list[dict[str, Any]], model: str) -> list[tuple[str, str]]:
    """From its registration to that of the next one: kinds of events with their subjects."""
    begin = next(at for at, each in enumerate(events) if each["subject"] == f"models/{model}")
    kinds = [each["type"].removeprefix("io.scoredock.").rpartition(".MachineLearningServices.")[2] for each in events]
    of_it = [(kind, each["subject"]) for kind, each in zip(kinds, events, strict=True)][begin:]
    end = next((at for at, (kind, _) in enumerate(of_it) if kind == "ModelRegistered" and at > 0), len(of_it))
    return of_it[:end]


def wait_until_delivered(door: Project) -> None:
    """Until the receiver has all."""
    while door.json("event", "list")["subscriptions"][0]["waiting"]:
        pass


def test_a_version_that_is_promoted_and_one_that_is_withdrawn(door: Project, callers: Callable[[], Callers]) -> None:
    with listening() as receiver:
        door.json("event", "subscribe", "ci", "--url", receiver.url, "--max-pause", "0.1")
        door.create(*canary("30", "--withdraw-above-errors", "5%"))
        with callers() as traffic:
            traffic.more(20)
            door.register("3")
            door.until("2 promoted")
            door.finished()
            door.register("breaks")
            door.until("3 withdrawn")
            door.finished()
        wait_until_delivered(door)
        told = receiver.events()
    good, bad = of_version(told, "times:2"), of_version(told, "times:3")
    (candidate,) = {subject for kind, subject in good if kind == "ModelDeployed"}
    assert [each for each in good if each[0] != "service.stateChanged"] == [
        ("ModelRegistered", "models/times:2"),
        ("ModelDeployed", candidate),
        ("endpoint.trafficChanged", "endpoints/door"),
        ("service.updated", "services/times"),
        ("endpoint.trafficChanged", "endpoints/door"),
        ("service.deleted", candidate.replace("endpoints/", "services/")),
    ]
    assert candidate.startswith("endpoints/times-v2-"), "as Azure's schema has it"
    assert bad[0] == ("ModelRegistered", "models/times:3")
    assert ("service.updated", "services/times") not in bad
    assert bad[-1][0] == "service.deleted"
    assert bad[-1][1].startswith("services/times-v3-")
    traffic_told = [each["data"]["traffic"] for each in told if each["type"].endswith("trafficChanged")]
    assert [each["main"] for each in traffic_told] == [70, 100, 70, 100]
    assert all(sum(each.values()) == 100 for each in traffic_told), traffic_told
