"""A candidate behind a share of the requests: who answers is counted by callers who do not stop, before, while and
after it is promoted or withdrawn."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from continuous.conftest import Callers, Project
from pace import patience

_LEAST = 10
_PLANTED = """
import scoredock.contrib.rules.domain.candidates as candidates
from scoredock.services.endpoints.record import VersionLimits

plain = candidates.VersionLimits
candidates.VersionLimits = lambda *_: plain()
from scoredock.contrib.rules.domain.progression import Progression
Progression._spoiled = lambda *_: None
"""
"""Limits that do not get to the endpoint, and a rule that does not look."""


def canary(shares: str, *more: str, requests: str = "10") -> tuple[str, ...]:
    return ("--canary", shares, "--for", "0s", "--requests", requests, "--at-least", str(_LEAST), *more)


@pytest.mark.chance
def test_a_good_version_gets_its_shares_and_then_all_with_no_request_lost(
    door: Project, callers: Callable[[], Callers]
) -> None:
    door.create(*canary("20,60"))
    with callers() as traffic:
        traffic.more(20)
        version = door.register("3")
        door.until(f"{version} promoted")
        door.finished()
        traffic.more(30)
        since = len(traffic.answers)
        traffic.more(30)
    assert traffic.failures == 0, traffic.counts
    assert set(traffic.answers[since:]) == {"by 3"}
    assert door.steps() == ["2 seen", "2 deployed", "2 canary", "2 canary", "2 promoted"]
    assert door.shares() == {"times": 100}
    assert door.services() == ["times"]


def _withdrawn(door: Project, callers: Callable[[], Callers]) -> tuple[int, int]:
    """Failed requests before a breaking version was withdrawn, and afterwards."""
    with callers() as traffic:
        traffic.more(20)
        version = door.register("breaks")
        end = time.monotonic() + patience(30)
        while f"{version} canary" not in door.steps() and time.monotonic() < end:
            door.round()
        # Nobody carries the rule out: the limit holds all the same.
        traffic.more(250)
        for _ in range(3):
            door.round()
        before = traffic.failures
        traffic.more(100)
        return before, traffic.failures - before


@pytest.mark.chance
def test_a_version_that_breaks_is_withdrawn_within_the_limit_and_breaks_nothing_afterwards(
    door: Project, callers: Callable[[], Callers]
) -> None:
    door.create(*canary("30,60", "--withdraw-above-errors", "5%"))
    before, after = _withdrawn(door, callers)
    # More than 5% of at least 10 responses: the tenth failure is the last one.
    assert 1 <= before <= _LEAST, before
    assert after == 0, after
    assert door.steps()[-1] == "2 withdrawn"
    assert door.show()["history"][0]["code"] == "rule-limit-crossed"
    assert door.services() == ["times"]
    assert door.service()["models"] == ["times:1"]
    assert door.round()["events"] == []


def test_the_counts_turn_red_where_the_limits_do_not_reach_the_endpoint(
    door: Project, callers: Callable[[], Callers], tmp_path: Path
) -> None:
    (tmp_path / "planted").mkdir()
    (tmp_path / "planted" / "sitecustomize.py").write_text(_PLANTED)
    door.create(*canary("30,60", "--withdraw-above-errors", "5%", requests="100000"))
    door.variables["PYTHONPATH"] = str(tmp_path / "planted")
    before, after = _withdrawn(door, callers)
    assert before > _LEAST
    assert after > 0
    door.variables.clear()
    door.json("rule", "delete", "newest")


def test_a_version_that_is_too_slow_is_withdrawn(door: Project, callers: Callable[[], Callers]) -> None:
    door.create(*canary("50", "--withdraw-above-latency", "30ms"))
    with callers() as traffic:
        version = door.register("slow")
        door.until(f"{version} withdrawn")
        door.finished()
    assert traffic.failures == 0
    assert "30 ms" in door.show()["history"][0]["reason"]
    assert door.service()["models"] == ["times:1"]


def test_few_requests_decide_as_well_when_they_fail(door: Project) -> None:
    """A window of a second never sees ten responses of somebody who waits a second between them."""
    door.create(*canary("50", "--over", "1s", requests="100000"))
    door.register("breaks")
    door.until("2 canary")
    callers = Callers(int(door.endpoint()["port"]))
    end = time.monotonic() + patience(120)
    failures = 0
    while door.show()["rule"]["candidate"] is not None and time.monotonic() < end:
        failures += callers._answer().startswith("status 5")
        time.sleep(0.35)
        door.round()
    assert door.steps()[-1] == "2 withdrawn"
    assert failures <= _LEAST + 1


def test_a_share_waits_for_its_time_and_for_its_requests(door: Project, callers: Callable[[], Callers]) -> None:
    door.create("--canary", "50", "--for", "0s", "--requests", "15")
    door.register("3")
    door.until("2 canary")
    for _ in range(3):
        assert door.round()["rule"]["code"] == "rule-canary-waits"
    assert "0 of 15 responses" in door.show()["rule"]["note"]
    with callers() as traffic:
        traffic.more(40)
    assert door.finished()["events"][-1]["what"] == "promoted"

    door.json("rule", "delete", "newest")
    door.create("--canary", "50", "--for", "30d", "--requests", "0")
    door.register("4")
    door.until("3 canary")
    for _ in range(3):
        door.round()
    assert door.shares()["times"] == 50
    assert door.service()["models"] == ["times:2"]


def test_requests_without_a_response_are_none_that_a_share_waits_for(door: Project) -> None:
    door.create("--canary", "50", "--for", "0s", "--requests", "2")
    door.register("dies")
    door.until("2 canary")
    callers = Callers(int(door.endpoint()["port"]))
    end = time.monotonic() + patience(120)
    while sum(each["lost"] for each in door.endpoint()["versions"]) < 2 and time.monotonic() < end:
        callers._answer()
    assert door.round()["rule"]["code"] == "rule-canary-waits"
    assert "0 of 2 responses" in door.show()["rule"]["note"]


def test_a_newer_version_takes_the_place_of_one_that_is_tried(door: Project) -> None:
    door.create("--canary", "50", "--for", "1d")
    door.register("3")
    door.until("2 canary")
    door.register("4")
    door.until("3 canary")
    assert "2 superseded" in door.steps()
    assert len(door.services()) == 2


def test_a_service_that_was_changed_by_hand_stops_the_candidate(door: Project) -> None:
    door.create("--canary", "50", "--for", "1d")
    door.register("3")
    door.until("2 canary")
    door.json("service", "update", "times", "--model", "times:1")
    door.round()
    assert door.steps()[-1] == "2 stopped"
    assert door.show()["history"][0]["code"] == "rule-service-changed"
    assert door.service()["models"] == ["times:1"]
    assert door.services() == ["times"]
    assert door.shares() == {"times": 100}


def test_an_endpoint_that_was_changed_by_hand_stays_as_it_is(door: Project, callers: Callable[[], Callers]) -> None:
    door.create("--canary", "50", "--for", "1d")
    door.register("3")
    door.until("2 canary")
    entry = next(each["name"] for each in door.endpoint()["versions"] if each["service"] != "times")
    door.json("endpoint", "promote", "door", entry)
    with callers() as traffic:
        door.round()
        assert door.steps()[-1] == "2 stopped"
        door.round()
        traffic.more(20)
    assert set(traffic.answers[5:]) == {"by 3"}
    assert len(door.services()) == 2
    assert "stays" in door.show()["history"][0]["reason"]


def test_shares_that_were_changed_to_nothing_by_hand_leave_nothing(door: Project) -> None:
    door.create("--canary", "50", "--for", "1d")
    door.register("3")
    door.until("2 canary")
    door.json("service", "traffic", "door", "main=100")
    door.round()
    assert door.steps()[-1] == "2 stopped"
    assert door.services() == ["times"]
    assert door.shares() == {"times": 100}


def test_a_candidate_whose_service_was_stopped_is_withdrawn(door: Project) -> None:
    door.create("--canary", "50", "--for", "1d")
    door.register("3")
    door.until("2 canary")
    door.json("service", "stop", next(each for each in door.services() if each != "times"))
    door.round()
    assert door.steps()[-1] == "2 withdrawn"
    assert door.services() == ["times"]


@pytest.mark.parametrize("what", ["endpoint", "service"])
def test_what_the_canary_goes_by_is_deleted(door: Project, what: str, callers: Callable[[], Callers]) -> None:
    door.create("--canary", "50", "--for", "1d")
    door.register("3")
    door.until("2 canary")
    door.json(what, "delete", "door" if what == "endpoint" else "times")
    if what == "endpoint":
        door.round()
        assert door.steps()[-1] == "2 stopped"
        assert door.services() == ["times"]
        return
    with callers() as traffic:
        traffic.more(5)
        for _ in range(2):
            door.run("rule", "run", "newest")
        traffic.more(20)
    # Requests have nobody but the candidate now: it is left to them.
    assert traffic.failures == 0
    assert door.steps()[-1] == "2 stopped"
    assert len(door.services()) == 1


def test_a_rule_that_is_deleted_takes_its_candidate_along(door: Project) -> None:
    door.create("--canary", "50", "--for", "1d")
    door.register("3")
    door.until("2 canary")
    door.json("rule", "delete", "newest")
    assert door.services() == ["times"]
    assert door.shares() == {"times": 100}


def test_a_version_that_is_deleted_before_it_is_deployed(project: Project) -> None:
    """The condition deletes it."""
    project.create("--command", "sh", "-c", "sleep 1")
    project.register("3")
    running = project.start("rule", "run", "newest")
    end = time.monotonic() + patience(30)
    while "2 seen" not in project.steps() and time.monotonic() < end:
        time.sleep(0.05)
    project.run("model", "delete", "times:2")
    running.communicate(timeout=patience(60))
    project.round()
    assert project.steps()[-1] == "2 stopped"
    assert project.service()["models"] == ["times:1"]
    assert project.services() == ["times"]
