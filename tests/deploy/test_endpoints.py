"""Endpoints: several services of a workspace behind one port."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import hypothesis.strategies as st
import psutil
import pytest
from hypothesis import assume, given, settings
from scoredock.cli.command import CANCELLED
from scoredock.containers import waiting
from scoredock.engines import parent_control
from scoredock.engines.parent_control import read_status
from scoredock.engines.process.engine import HALTED
from scoredock.errors import Cancelled, ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.registry.upkeep.repair import repair
from scoredock.services.endpoints.adoption import adopt
from scoredock.services.endpoints.changes import Guard, VersionChanges
from scoredock.services.endpoints.endpoints import Endpoints
from scoredock.services.endpoints.record import (
    EndpointRecord,
    EndpointVersion,
    VersionLimits,
    endpoint_from_text,
    endpoint_to_text,
)
from scoredock.services.endpoints.view import EndpointView

from deploy.reload_parts import wait_for
from scoredock_runtime.contract import Route, Routes
from scoredock_runtime.router.table import RouteTable
from suspension import suspend

MARK = "azureml-model-deployment"
SAYS = """
    def init():
        pass

    def run(data):
        return "NAME"
"""


def ask(view: EndpointView, **headers: str) -> tuple[int, str]:
    """Status, and the version that answered."""
    assert view.observation is not None
    connection = http.client.HTTPConnection("127.0.0.1", view.observation.port or 0, timeout=20)
    connection.request("POST", "/score", "{}", {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    body = answer.read()
    told = json.loads(body) if answer.status == 200 else ""
    assert told in ("", answer.getheader(MARK))
    connection.close()
    return answer.status, told


def versions_of(view: EndpointView, number: int = 40) -> Counter[str]:
    return Counter(ask(view)[1] for _ in range(number))


@pytest.fixture
def endpoints(place: Any) -> Any:
    made = Endpoints(place.deployments)
    yield made
    for each in made.all():
        made.delete(each.row.endpoint.name)


@pytest.fixture
def two(place: Any) -> Any:
    """Services of two versions."""
    for name in ("blue", "green"):
        place.deploy(SAYS.replace("NAME", name), name=f"{name}-service")
    return place


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(ScoredockError) as caught:
        call()
    return caught.value.code


def test_the_life_of_an_endpoint(endpoints: Endpoints, two: Any) -> None:
    made = endpoints.create("diabetes", "blue", "blue-service")
    assert made.observation is not None
    assert made.observation.state == "Healthy"
    assert versions_of(made, 5) == {"blue": 5}
    both = endpoints.set_version("diabetes", "green", VersionChanges("green-service"))
    assert versions_of(both, 5) == {"blue": 5}, "a new version gets nothing by itself"
    port = both.observation.port if both.observation is not None else 0
    half = endpoints.traffic("diabetes", {"blue": 50, "green": 50})
    assert set(versions_of(half)) == {"blue", "green"}
    rest = endpoints.traffic("diabetes", {"green": 0})
    assert versions_of(rest, 5) == {"blue": 5}, "the default version gets what is not allocated"
    promoted = endpoints.promote("diabetes", "green")
    assert versions_of(promoted, 5) == {"green": 5}
    assert endpoints.withdraw("diabetes", "blue").row.endpoint.default == "green"
    gone = endpoints.remove_version("diabetes", "blue")
    assert [each.name for each in gone.row.endpoint.versions] == ["green"]
    assert gone.observation is not None
    assert gone.observation.port == port
    answered = endpoints.one("diabetes").answered
    assert sum(each.requests for each in answered.values()) == 5 + 5 + 40 + 5 + 5
    stopped = endpoints.stop("diabetes")
    assert stopped.observation is None
    again = endpoints.start("diabetes")
    assert versions_of(again, 3) == {"green": 3}
    endpoints.delete("diabetes")
    assert endpoints.all() == []
    assert {each.name for each in two.deployments.services()} == {"blue-service", "green-service"}


def test_what_does_not_fit_is_refused_and_changes_nothing(endpoints: Endpoints, two: Any) -> None:
    assert code_of(lambda: endpoints.create("diabetes", "blue", "none")) == "service-not-found"
    assert code_of(lambda: endpoints.create("green-service", "blue", "blue-service")) == "service-exists"
    assert code_of(lambda: endpoints.create("Diabetes", "blue", "blue-service")) == "service-name-invalid"
    assert endpoints.all() == []
    endpoints.create("diabetes", "blue", "blue-service")
    assert code_of(lambda: endpoints.create("diabetes", "blue", "green-service")) == "service-exists"
    assert code_of(lambda: two.deploy(SAYS, name="diabetes")) == "endpoint-exists"
    endpoints.set_version("diabetes", "green", VersionChanges("green-service", 0))
    before = endpoints.one("diabetes").row.endpoint
    for call, code in [
        (lambda: endpoints.traffic("diabetes", {"blue": 60, "green": 50}), "traffic-invalid"),
        (lambda: endpoints.traffic("diabetes", {"blue": -1}), "traffic-invalid"),
        (lambda: endpoints.traffic("diabetes", {"grey": 10}), "endpoint-version-not-found"),
        (lambda: endpoints.set_version("diabetes", "green", VersionChanges(share=101)), "traffic-invalid"),
        (lambda: endpoints.set_version("diabetes", "red", VersionChanges("green-service")), "endpoint-version-unfit"),
        (lambda: endpoints.set_version("diabetes", "red", VersionChanges("none")), "service-not-found"),
        (lambda: endpoints.set_version("diabetes", "red", VersionChanges(share=10)), "endpoint-version-not-found"),
        (lambda: endpoints.remove_version("diabetes", "blue"), "endpoint-version-needed"),
        (lambda: endpoints.withdraw("diabetes", "blue"), "endpoint-version-needed"),
        (lambda: endpoints.promote("diabetes", "grey"), "endpoint-version-not-found"),
        (lambda: endpoints.traffic("none", {"blue": 10}), "endpoint-not-found"),
        (lambda: endpoints.promote("diabetes", "green", Guard(expected="another")), "endpoint-changed"),
    ]:
        assert code_of(call) == code
    after = endpoints.one("diabetes")
    assert after.row.endpoint == before
    assert versions_of(after, 5) == {"blue": 5}


@pytest.mark.long("three services with environments of their own")
def test_one_key_opens_all_versions(endpoints: Endpoints, place: Any) -> None:
    for name in ("blue", "green"):
        place.deploy(SAYS.replace("NAME", name), name=f"{name}-service", auth="keys")
    place.deploy(SAYS.replace("NAME", "open"), name="open-service")
    endpoints.create("diabetes", "blue", "blue-service")
    view = endpoints.set_version("diabetes", "green", VersionChanges("green-service", 0))
    key = place.deployments.credentials.keys("blue-service")[0]
    both = [ask(view, Authorization=f"Bearer {key}", **{MARK: name}) for name in ("blue", "green")]
    assert both == [(200, "blue"), (200, "green")]
    assert ask(view)[0] == 401
    joins = code_of(lambda: endpoints.set_version("diabetes", "open", VersionChanges("open-service")))
    assert joins == "endpoint-version-unfit"


def test_a_router_that_is_killed_with_its_parent_is_started_by_whoever_looks(endpoints: Endpoints, two: Any) -> None:
    made = endpoints.create("diabetes", "blue", "blue-service")
    assert made.row.handle is not None
    assert made.observation is not None
    parent = psutil.Process(made.row.handle.pid)
    os.kill(parent.pid, signal.SIGKILL)
    # The system takes its time to end it, and until then the router answers.
    psutil.wait_procs([parent], timeout=20)
    again = endpoints.one("diabetes")
    assert again.observation is not None
    assert (again.observation.state, again.observation.port) == ("Healthy", made.observation.port)
    assert versions_of(again, 3) == {"blue": 3}


def test_a_service_that_moves_is_followed(endpoints: Endpoints, two: Any) -> None:
    endpoints.create("diabetes", "blue", "blue-service")
    from ports import free_port

    two.deploy(SAYS.replace("NAME", "blue"), name="blue-service", port=free_port(), overwrite=True)
    assert versions_of(endpoints.one("diabetes"), 3) == {"blue": 3}
    two.deployments.delete("blue-service")
    missing = endpoints.one("diabetes")
    assert missing.services == {}
    assert ask(missing)[0] == 503


@pytest.mark.long("tests/runtime compares copies at the gate")
def test_copies_go_to_a_version_and_what_differs_is_told(endpoints: Endpoints, two: Any) -> None:
    endpoints.create("diabetes", "blue", "blue-service")
    endpoints.set_version("diabetes", "green", VersionChanges("green-service"))
    view = endpoints.mirror("diabetes", "green", 50)
    assert versions_of(view, 30) == {"blue": 30}
    deadline = time.monotonic() + 20
    while endpoints.one("diabetes").answered["green"].different == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    answered = endpoints.one("diabetes").answered["green"]
    assert answered.requests == 0
    assert 0 < answered.different <= answered.copied <= 30
    first = endpoints.differences("diabetes")[0]
    assert (first.compared_with, first.answers) == ("blue", ('"blue"', '"green"'))
    assert code_of(lambda: endpoints.mirror("diabetes", "grey", 10)) == "endpoint-version-not-found"
    assert code_of(lambda: endpoints.mirror("diabetes", "green", 60)) == "traffic-invalid"
    gone = endpoints.remove_version("diabetes", "green")
    assert gone.row.endpoint.mirror == ""


def test_a_look_after_services_leaves_routers_alone(endpoints: Endpoints, two: Any) -> None:
    made = endpoints.create("diabetes", "blue", "blue-service")
    two.deployments.recover()
    again = endpoints.one("diabetes")
    assert again.row.handle == made.row.handle
    assert versions_of(again, 3) == {"blue": 3}


@pytest.mark.parametrize(("verb", "is_waited_for"), [("endpoint-look", True), ("endpoint", False)])
def test_a_change_waits_for_a_look_and_not_for_another_change(
    endpoints: Endpoints, two: Any, verb: str, is_waited_for: bool
) -> None:
    """A look that meets a router just behind its row brings it in line, while the next change comes."""
    endpoints.create("front", "one", "blue-service")
    leases = endpoints._deployments.leases
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with leases.hold("front@endpoint", verb):
            held.set()
            free.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    threading.Timer(0.5, free.set).start()
    try:
        if is_waited_for:
            view = endpoints.set_version("front", "two", VersionChanges("green-service", 0))
            assert [each.name for each in view.row.endpoint.versions] == ["one", "two"]
            assert free.is_set()
        else:
            assert (
                code_of(lambda: endpoints.set_version("front", "two", VersionChanges("green-service", 0)))
                == "service-busy"
            )
    finally:
        free.set()
        holder.join()


def test_six_versions_are_enough() -> None:
    from scoredock.services.endpoints.record import with_version

    six = tuple(EndpointVersion(f"version-{number}", f"service-{number}") for number in range(6))
    full = EndpointRecord("diabetes", six, "version-0")
    more = EndpointVersion("version-6", "service-6")
    assert code_of(lambda: with_version(full, more, default=False, control=False)) == "endpoint-full"
    other = replace(six[2], share=10)
    assert with_version(full, other, default=False, control=False).version("version-2").share == 10


@given(
    shares=st.lists(st.integers(0, 100), min_size=1, max_size=5),
    chosen=st.integers(0, 5),
    share=st.integers(0, 100),
)
def test_the_default_version_yields_to_the_share_of_another_one(shares: list[int], chosen: int, share: int) -> None:
    from scoredock.services.endpoints.record import with_version

    assume(sum(shares) <= 100)
    versions = tuple(
        EndpointVersion(f"version-{number}", f"service-{number}", each) for number, each in enumerate(shares)
    )
    before = EndpointRecord("diabetes", versions, "version-0")
    name = f"version-{chosen}"
    others = {each.name: each.share for each in versions[1:] if each.name != name}
    changed = EndpointVersion(name, f"service-{chosen}", share)
    if sum(others.values()) + share > 100:
        assert code_of(lambda: with_version(before, changed, default=False, control=False)) == "traffic-invalid"
        return
    after = with_version(before, changed, default=False, control=False)
    assert {each.name: each.share for each in after.versions if each.name not in (name, "version-0")} == others
    assert after.version(name).share == share
    assert sum(after.effective(each.name) for each in after.versions) == 100
    assert all(after.effective(each.name) >= 0 for each in after.versions)


def test_limits_that_make_no_sense_are_refused_and_others_are_told() -> None:
    from scoredock.services.endpoints.record import EndpointRecord, EndpointVersion, changes_between, with_limits

    two = EndpointRecord("diabetes", (EndpointVersion("blue", "one", 100), EndpointVersion("green", "two")), "blue")
    for limits in (
        VersionLimits(errors=100),
        VersionLimits(errors=-1),
        VersionLimits(milliseconds=-5),
        VersionLimits(milliseconds=3_600_001),
        VersionLimits(errors=5, seconds=0),
        VersionLimits(errors=5, requests=0),
    ):
        assert code_of(lambda limits=limits: with_limits(two, {"green": limits})) == "limits-invalid"
    assert code_of(lambda: with_limits(two, {"blue": VersionLimits(errors=5)})) == "limits-invalid"
    assert code_of(lambda: with_limits(two, {"grey": VersionLimits(errors=5)})) == "endpoint-version-not-found"
    watched = with_limits(two, {"green": VersionLimits(errors=5, milliseconds=500)})
    assert changes_between(two, watched) == (
        "green: withdrawn above 5% errors, or above 500 ms (95th percentile), of at least 20 responses in 60 s",
    )
    assert with_limits(watched, {"green": VersionLimits(errors=5, milliseconds=500)}) == watched
    ended = with_limits(watched, {"green": VersionLimits()})
    assert changes_between(watched, ended) == ("green: not withdrawn automatically",)
    assert with_limits(two, {"green": VersionLimits(seconds=10)}) == two, "nothing is limited by that"


def test_a_preview_tells_what_would_change_and_changes_nothing(endpoints: Endpoints, two: Any) -> None:
    endpoints.create("diabetes", "blue", "blue-service")
    endpoints.set_version("diabetes", "green", VersionChanges("green-service", 0))
    before = endpoints.one("diabetes").row.endpoint
    seen = Guard(preview=True)
    assert endpoints.traffic("diabetes", {"green": 30}, guard=seen).changes == ("blue: 100% → 70%", "green: 0% → 30%")
    assert endpoints.promote("diabetes", "green", seen).changes == (
        "blue: 100% → 0%",
        "green: 0% → 100%",
        "Default version: blue → green",
    )
    assert endpoints.remove_version("diabetes", "green", seen).changes == ("green: 0% → removed",)
    assert endpoints.mirror("diabetes", "green", 10, seen).changes == ("Copies: 10% of the requests to green",)
    assert code_of(lambda: endpoints.traffic("diabetes", {"green": 130}, guard=seen)) == "traffic-invalid"
    assert endpoints.one("diabetes").row.endpoint == before


def test_an_endpoint_outlives_its_store(endpoints: Endpoints, two: Any) -> None:
    made = endpoints.create("diabetes", "blue", "blue-service")
    endpoints.set_version("diabetes", "green", VersionChanges("green-service", 0))
    before = endpoints.mirror("diabetes", "green", 5).row.endpoint
    store = two.deployments.registry.store
    store.close()
    store.path.unlink()
    done = repair(two.workspace, adopt=adopt)
    assert "The endpoint diabetes was restored with its versions and their traffic." in done.repairs
    assert ask(made)[0] == 200, "the router was never stopped"
    two.deployments = two.again()
    again = Endpoints(two.deployments)
    two.deployments.recover()
    found = again.one("diabetes")
    assert found.row.endpoint == before
    assert found.observation is not None
    assert made.observation is not None
    assert found.observation.port == made.observation.port
    again.traffic("diabetes", {"blue": 0}, "green")
    assert versions_of(again.one("diabetes"), 5) == {"green": 5}
    again.delete("diabetes")
    assert list((two.workspace / "endpoints").iterdir()) == []


def test_a_version_that_the_router_withdrew_is_told_until_it_is_given_traffic(endpoints: Endpoints, two: Any) -> None:
    two.deploy(SAYS.replace('return "NAME"', "raise ValueError('broken')"), name="broken-service")
    endpoints.create("diabetes", "blue", "blue-service")
    endpoints.traffic("diabetes", {"blue": 0})
    limits = VersionLimits(errors=5, requests=4)
    made = endpoints.set_version("diabetes", "red", VersionChanges("broken-service", 100, limits=limits))
    assert [ask(made)[0] for _ in range(8)] == [500] * 4 + [200] * 4
    seen = endpoints.seen(endpoints.rows()[0], two.deployments.services()).row.endpoint.version("red")
    assert seen.withdrawal is not None
    assert (seen.share, seen.withdrawal.kind, seen.withdrawal.measured, seen.withdrawal.share) == (
        0,
        "errors",
        100,
        100,
    )
    # Another change leaves it withdrawn; traffic for it begins anew.
    endpoints.set_version("diabetes", "green", VersionChanges("green-service"))
    again = endpoints.one("diabetes")
    assert again.row.endpoint.version("red") == seen
    assert versions_of(again, 4) == {"blue": 4}
    given = endpoints.traffic("diabetes", {"red": 100})
    assert given.row.endpoint.version("red").withdrawal is None
    assert [ask(given)[0] for _ in range(5)] == [500] * 4 + [200]


def test_who_answers_the_share_of_a_dead_version() -> None:
    shares = {"blue": 60, "green": 10, "red": 30, "grey": 0}
    endpoint = EndpointRecord("e", tuple(EndpointVersion(each, each, shares[each]) for each in shares), "blue")
    assert endpoint.substitutes(["blue", "green", "red"]) == ["blue"], "the default version, always"
    assert endpoint.substitutes(["green", "red", "grey"]) == ["red", "green"]
    assert endpoint.substitutes(["grey", "green"]) == ["green"]
    assert endpoint.substitutes(["grey"]) == ["grey"]
    assert endpoint.substitutes([]) == []
    alone = replace(endpoint, takeover=False)
    assert alone.substitutes(["blue", "green"]) == ["blue"]
    assert alone.substitutes(["green", "red", "grey"]) == []
    assert endpoint_from_text(endpoint_to_text(alone)) == alone


@settings(max_examples=200)
@given(st.data())
def test_who_answers_for_a_dead_version_is_who_an_endpoint_says(data: st.DataObject) -> None:
    """The router's rule and that of the record, which `show` and the page of an endpoint tell by."""
    names = ["blue", "green", "red", "grey"][: data.draw(st.integers(1, 4))]
    shares: list[int] = []
    for _ in names:
        shares.append(data.draw(st.integers(0, 100 - sum(shares))))
    default = data.draw(st.sampled_from(names))
    dead = data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    takeover = data.draw(st.booleans())
    record = EndpointRecord(
        "e",
        tuple(EndpointVersion(name, name, share) for name, share in zip(names, shares, strict=True)),
        default,
        takeover=takeover,
    )
    routes = Routes(
        [Route(name, 1, share) for name, share in zip(names, shares, strict=True)], default, takeover=takeover
    )
    versions: dict[str, Any] = {name: name for name in names}
    table = RouteTable(routes, versions)
    answering = {str(table.another(cast("Any", dead))) for _ in range(400)} - {"None"}
    told = set(record.substitutes([name for name in names if name not in dead]))
    # 400 draws may miss a share of a few percent, and never name another version.
    assert answering <= told
    common = {each for each in told if record.version(each).share >= 10}
    assert common <= answering
    assert bool(answering) == bool(told)


def test_a_version_whose_parent_was_killed_is_told_and_who_answers(endpoints: Endpoints, two: Any) -> None:
    endpoints.create("diabetes", "blue", "blue-service")
    endpoints.set_version("diabetes", "green", VersionChanges("green-service"))
    both = endpoints.traffic("diabetes", {"blue": 70, "green": 30})
    assert {name: both.answered_by(name) for name in ("blue", "green")} == {"blue": ["blue"], "green": ["green"]}

    def end(service: str) -> None:
        """As the kernel does when there is no memory left: its parent and all that it started."""
        parent = psutil.Process(two.deployments.ledger.one(service).service.handle.pid)
        for each in [parent, *parent.children(recursive=True)]:
            each.kill()
        psutil.wait_procs([parent], timeout=20)

    end("green-service")
    view = endpoints.one("diabetes")
    assert view.observation is not None
    assert view.observation.state == "Healthy", "the router answers"
    assert (view.state, view.degraded) == ("Unhealthy", True)
    assert {name: view.takes_requests(name) for name in ("blue", "green")} == {"blue": True, "green": False}
    assert {name: view.answered_by(name) for name in ("blue", "green")} == {"blue": ["blue"], "green": ["blue"]}
    before = time.time()
    assert versions_of(view, 20) == {"blue": 20}, "as is told"
    view = endpoints.one("diabetes")
    assert view.away_since("blue") is None
    since = view.away_since("green")
    assert since is not None
    assert before <= since <= time.time(), "when the first request was to go there"
    assert ask(view, **{MARK: "green"})[0] == 503
    # The one that is left may be any but the default one.
    two.deployments.start("green-service")
    assert (endpoints.one("diabetes").state, endpoints.one("diabetes").degraded) == ("Healthy", False)
    end("blue-service")
    assert (endpoints.one("diabetes").state, endpoints.one("diabetes").degraded) == ("Unhealthy", True)
    view = endpoints.one("diabetes")
    assert view.answered_by("blue") == view.answered_by("green") == ["green"]
    assert versions_of(view, 10) == {"green": 10}
    end("green-service")
    view = endpoints.one("diabetes")
    assert [view.answered_by(name) for name in ("blue", "green")] == [[], []]
    assert ask(view)[0] == 503
    endpoints.stop("diabetes")
    two.deployments.start("blue-service")
    assert (endpoints.one("diabetes").state, endpoints.one("diabetes").degraded) == ("Stopped", False)
    assert endpoints.one("diabetes").answered_by("blue") == [], "its router is stopped"


# ------------------------------------------------------------------------------------------ a router that stands still


@pytest.fixture
def routed(endpoints: Endpoints, two: Any, monkeypatch: pytest.MonkeyPatch) -> Endpoints:
    """An endpoint whose router is looked after more often than a person would."""
    for name, seconds in {"LOOK_SECONDS": 0.2, "ANSWER_SECONDS": 0.5}.items():
        monkeypatch.setattr(parent_control, name, seconds)
    endpoints.create("diabetes", "blue", "blue-service")
    endpoints.set_version("diabetes", "green", VersionChanges("green-service"))
    return endpoints


def processes_of(endpoints: Endpoints) -> tuple[psutil.Process, psutil.Process]:
    """Of the router: its parent and its worker."""
    handle = endpoints.one("diabetes").row.handle
    assert handle is not None
    status = read_status(handle.folder)
    assert status is not None
    return psutil.Process(handle.pid), psutil.Process(status.worker_pids[0])


def test_changes_of_an_endpoint_whose_router_is_halted_say_so(routed: Endpoints) -> None:
    parent, _ = processes_of(routed)
    changes: list[Callable[[], object]] = [
        lambda: routed.traffic("diabetes", {"blue": 50, "green": 50}),
        lambda: routed.set_version("diabetes", "green", VersionChanges(share=40)),
        lambda: routed.limits("diabetes", {"green": VersionLimits(errors=5)}),
        lambda: routed.mirror("diabetes", "green", 10),
        lambda: routed.promote("diabetes", "green"),
        lambda: routed.withdraw("diabetes", "blue"),
        lambda: routed.remove_version("diabetes", "blue"),
    ]
    suspend(parent)
    for change in changes:
        with pytest.raises(ScoredockError) as told:
            change()
        assert told.value.code == "service-unreachable"
        assert "router of the endpoint" in told.value.message
        assert f"kill -CONT {parent.pid}" in told.value.fix
    seen = routed.one("diabetes").observation
    assert seen is not None
    assert (seen.state, seen.phase) == ("Healthy", HALTED), "its worker answers on"
    parent.resume()
    after = routed.one("diabetes")
    assert [each.name for each in after.row.endpoint.versions] == ["green"], "what was asked for is done by a look"
    assert versions_of(after, 5) == {"green": 5}


def test_an_endpoint_whose_router_is_halted_stops_and_goes(routed: Endpoints) -> None:
    first = processes_of(routed)
    suspend(first[0])
    assert routed.stop("diabetes").state == "Stopped"
    routed.start("diabetes")
    second = processes_of(routed)
    suspend(second[0])
    routed.delete("diabetes")
    assert code_of(lambda: routed.one("diabetes")) == "endpoint-not-found"
    assert not [each for each in (*first, *second) if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


class CancelOnReport(Silent):
    """Cancels once it is told whom it waits for."""

    def __init__(self) -> None:
        self.cancel = CancelToken()
        self.waits: list[str] = []

    def report(self, message: str, percentage: int | None = None) -> None:
        self.waits.append(message)
        self.cancel.cancel()


OTHERS = pytest.mark.long("another verb waits in the same way at the gate")


@pytest.mark.parametrize("verb", [pytest.param("stop", marks=OTHERS), pytest.param("delete", marks=OTHERS), "traffic"])
def test_who_waits_for_a_router_is_told_and_can_go(
    routed: Endpoints, two: Any, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parent answers, and its worker does not do what it is asked."""
    monkeypatch.setattr(waiting, "TELL_SECONDS", 0.3)
    _, worker = processes_of(routed)
    told = CancelOnReport()
    waited = Endpoints(two.deployments, told, told.cancel)
    verbs: dict[str, Callable[[], object]] = {
        "stop": lambda: waited.stop("diabetes"),
        "delete": lambda: waited.delete("diabetes"),
        "traffic": lambda: waited.traffic("diabetes", {"green": 50}),
    }
    suspend(worker)
    with pytest.raises(Cancelled):
        verbs[verb]()
    assert len(told.waits) == 1
    assert told.waits[0].startswith("diabetes has said nothing for ")
    worker.resume()
    if verb == "traffic":
        assert set(versions_of(routed.one("diabetes"))) == {"blue", "green"}
    else:
        assert routed.one("diabetes").state == "Stopped"


@pytest.mark.parametrize("verb", ["stop", pytest.param("delete", marks=OTHERS)])
def test_ctrl_c_ends_the_wait_of_a_terminal(routed: Endpoints, two: Any, verb: str) -> None:
    _, worker = processes_of(routed)
    suspend(worker)
    terminal = subprocess.Popen(
        [sys.executable, "-m", "scoredock.cli", "endpoint", verb, "diabetes"],
        env={**os.environ, "SCOREDOCK_HOME": str(two.workspace.parent.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        wait_for(lambda: not routed.seen(routed.rows()[0], []).row.running)
        terminal.send_signal(signal.SIGINT)
        said = terminal.communicate(timeout=20)[0].decode()
    finally:
        terminal.kill()
        terminal.wait()
    assert terminal.returncode == CANCELLED, said
    assert "Traceback" not in said
    worker.resume()
    routed.delete("diabetes")
