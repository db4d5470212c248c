"""Engines that answer late, wrongly for a moment, or not at all: what they say must not spoil what has happened
since."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from scoredock.containers.waiting import awaited
from scoredock.engines.base import Launch, Observation
from scoredock.engines.handle import Handle
from scoredock.engines.process.engine import ProcessEngine
from scoredock.errors import DockerUnavailable, ScoredockError
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.lifecycle import health, start_health
from scoredock.services.request import UpdateRequest

from deploy.conftest import ECHO, Place, Told
from pace import patience
from ports import free_port


class Late(ProcessEngine):
    """Every answer goes through `on_the_way` before it arrives."""

    def __init__(self, on_the_way: Callable[[Observation], Observation]) -> None:
        super().__init__()
        self._on_the_way = on_the_way

    def observe(self, handle: Handle) -> Observation:
        return self._on_the_way(super().observe(handle))


def through(place: Place, on_the_way: Callable[[Observation], Observation]) -> Deployments:
    """The workspace as a process sees it whose engine is late."""
    settings = place.deployments.settings
    return Deployments(Registry(place.workspace), engines={"process": Late(on_the_way)}, settings=settings)


ANOTHER = pytest.mark.long("another look, which writes down what it sees by the same function")


@pytest.mark.chance
@pytest.mark.parametrize(
    "look", [pytest.param("service", marks=ANOTHER), "services", pytest.param("recover", marks=ANOTHER)]
)
def test_a_late_look_does_not_spoil_a_restart(place: Place, look: str) -> None:
    place.deploy()
    known = place.deployments.ledger.require("svc-one")
    assert known.service.handle is not None
    os.kill(known.service.handle.pid, signal.SIGKILL)
    place.nothing_left()
    seen, arrives = threading.Event(), threading.Event()

    def on_the_way(answer: Observation) -> Observation:
        seen.set()
        assert arrives.wait(patience(60))
        return answer

    late: list[Any] = []
    looks = {
        "service": lambda deployments: deployments.service("svc-one").state,
        "services": lambda deployments: [view.name for view in deployments.services()],
        "recover": lambda deployments: deployments.recover(),
    }
    expected: dict[str, Any] = {"service": "Healthy", "services": ["svc-one"], "recover": []}
    deployments = through(place, on_the_way)
    looking = threading.Thread(target=lambda: late.append(looks[look](deployments)))
    looking.start()
    assert seen.wait(patience(10))
    place.deployments.restart("svc-one")
    arrives.set()
    looking.join(patience(60))
    assert late == [expected[look]], "nobody is told of the crash of what runs no more"
    view = place.deployments.service("svc-one")
    assert (view.state, view.failure) == ("Healthy", None)


@pytest.mark.chance
def test_a_move_to_another_port_is_one_change(place: Place, told: Told) -> None:
    place.deploy()
    refused: list[str] = []

    def meanwhile() -> None:
        with pytest.raises(ScoredockError) as error:
            place.again().stop("svc-one")
        refused.append(error.value.code)

    told.at["Moving to port"] = meanwhile
    port = free_port()
    view = place.deployments.update("svc-one", UpdateRequest(port=port), told)
    assert (view.state, view.port, refused) == ("Healthy", port, ["service-busy"])


@pytest.mark.chance
def test_a_lease_that_ended_with_its_change_is_not_given_back_twice(place: Place) -> None:
    """Between the row of the end and the caller's own end somebody else may have begun."""
    place.deploy()
    ledger, other = place.deployments.ledger, place.again().ledger
    first = ledger.claim("svc-one", "keys")
    ledger.set_state("svc-one", "Healthy", release=True)
    second = other.claim("svc-one", "stop")
    ledger.release(first)
    assert other.intents() == [second]
    other.release(second)
    assert place.deployments.restart("svc-one").state == "Healthy"


def test_one_wrong_answer_during_a_long_init_fails_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_health, "_PROOF_SECONDS", 0.2)
    answers: list[Observation] = []

    def on_the_way(answer: Observation) -> Observation:
        answers.append(answer)
        return Observation("Unhealthy", "Docker does not answer", answer.port) if len(answers) == 3 else answer

    script = place.request("import time\n\ndef init(): time.sleep(2)\n\ndef run(data): return 1\n")
    assert through(place, on_the_way).deploy(script).state == "Healthy"
    assert {answer.state for answer in answers[2:10]} == {"Transitioning"}


def test_a_service_that_nothing_is_heard_of_is_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_health, "_SILENT_SECONDS", 0.2)
    deployments = through(place, lambda answer: Observation("Unhealthy", "Docker does not answer", answer.port))
    with pytest.raises(ScoredockError, match=r"does not answer while it is starting .*Docker does not answer"):
        deployments.deploy(place.request(ECHO))
    place.nothing_left()


class Hanging(ProcessEngine):
    """Waits for a daemon that does not answer, once."""

    def __init__(self, reached: threading.Event) -> None:
        super().__init__()
        self.hangs, self._reached = True, reached

    def stop(self, handle: Handle, grace: float) -> None:
        if self.hangs:
            self.hangs = False
            self._reached.set()
            awaited(threading.Event().wait, 600)
        super().stop(handle, grace)


@pytest.mark.parametrize("verb", ["stop", "delete", "restart"])
def test_who_waits_for_an_end_can_go(place: Place, verb: str) -> None:
    reached, cancel = threading.Event(), CancelToken()
    engines = {"process": Hanging(reached)}
    deployments = Deployments(Registry(place.workspace), engines=engines, settings=place.deployments.settings)
    deployments.deploy(place.request(ECHO))
    threading.Thread(target=lambda: (reached.wait(), cancel.cancel()), daemon=True).start()
    with pytest.raises(ScoredockError) as error:
        getattr(deployments, verb)("svc-one", None, cancel)
    assert error.value.code == "cancelled"
    assert deployments.ledger.intents() == []
    assert deployments.service("svc-one").state == "Healthy"
    assert place.answer()
    getattr(deployments, verb)("svc-one", None, CancelToken())
    if verb == "restart":
        assert deployments.service("svc-one").state == "Healthy"
    else:
        place.nothing_left()


class Away(ProcessEngine):
    """An engine at two endpoints, of which one may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen, self.away = "first", ""
        self.swept: list[tuple[str, bool]] = []

    def start(self, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        return replace(super().start(launch, progress, cancel), endpoint=self.chosen)

    def remove(self, handle: Handle) -> None:
        if handle.endpoint == self.away:
            super().stop(handle, 0)  # so that nothing is left by this test
            raise DockerUnavailable("It is away.")
        super().remove(handle)

    def sweep(self, owner: str, exists: Callable[[str], bool], endpoint: str = "") -> bool:
        if (endpoint or self.chosen) == self.away:
            return False
        self.swept.append((endpoint, exists("svc-one")))
        return True


def test_what_is_left_is_remembered_until_its_own_endpoint_was_swept(place: Place) -> None:
    engine, left = Away(), place.workspace / "left-in-process"
    settings = place.deployments.settings
    deployments = Deployments(Registry(place.workspace), engines={"process": engine}, settings=settings)
    deployments.deploy(place.request(ECHO))
    engine.chosen, engine.away = "second", "first"
    deployments.delete("svc-one", force=True)
    deployments.recover()
    assert (engine.swept, left.read_text()) == ([("", False)], "first\n")
    deployments.deploy(place.request(ECHO))
    engine.away = ""
    deployments.recover()
    assert (engine.swept[-1], left.read_text()) == (("first", True), "first\n"), "it may be of the new one of that name"
    deployments.delete("svc-one")
    deployments.recover()
    assert engine.swept[-1] == ("first", False)
    assert not left.exists()


def test_a_cluster_that_takes_long_holds_up_no_other(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a look that has not ended the one before is shown; a good one is not made again."""
    monkeypatch.setattr(health, "_is_remote", lambda _: True)
    monkeypatch.setattr(health, "_CLUSTER_SECONDS", 0.2)
    place.deploy()
    arrives = threading.Event()
    answers: list[Observation] = []

    def on_the_way(answer: Observation) -> Observation:
        assert arrives.wait(patience(60))
        answers.append(answer)
        return answer if len(answers) > 1 else replace(answer, state="Unhealthy", phase="cluster does not answer")

    deployments = through(place, on_the_way)
    for _ in range(3):
        assert [view.state for view in deployments.services(60.0)] == ["Healthy"], "as the ledger has it"
    arrives.set()
    deadline = time.monotonic() + patience(20)
    while (silent := deployments.services(60.0)[0]).state == "Healthy":
        assert time.monotonic() < deadline
    unhealthy, silence = silent.status.words
    assert (unhealthy, silent.status.look) == ("Unhealthy", "plain")
    assert re.fullmatch(r"its cluster does not answer, Healthy as of \d+ s ago", silence)
    assert deployments.ledger.require("svc-one").service.state == "Healthy", "silence says nothing of a service"
    assert [view.state for view in deployments.services(60.0)] == ["Unhealthy"]
    assert len(answers) == 1, "a look that is good"
    monkeypatch.setattr(health, "_CLUSTER_SECONDS", patience(20))
    monkeypatch.setattr(health, "_SLOW_SECONDS", patience(20))
    # The look that was shown may not have ended as yet, and no other one is begun beside it.
    while [view.state for view in deployments.services()] != ["Healthy"]:
        assert time.monotonic() < deadline
    assert len(answers) == 2


def test_the_address_in_a_cluster_stays_while_that_is_silent(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_is_remote", lambda _: True)
    place.deploy()
    seen = {"address": "http://10.1.2.3:30873"}
    deployments = through(place, lambda answer: replace(answer, **seen))
    assert deployments.service("svc-one").scoring_uri == "http://10.1.2.3:30873/score"
    seen.update(address="", state="Unhealthy", phase="cluster does not answer")
    assert deployments.service("svc-one").scoring_uri == "http://10.1.2.3:30873/score"
    seen.update(phase="the login has expired")
    assert "127.0.0.1" in deployments.service("svc-one").scoring_uri, "what can be reached still"
    seen.clear()
    own = deployments.service("svc-one").scoring_uri
    assert "127.0.0.1" in own, "the service has no address there any more"
    seen.update(state="Unhealthy", phase="cluster does not answer")
    assert deployments.service("svc-one").scoring_uri == own
