"""Whoever changes an endpoint, or updates a service that is a version of one, is ended at any moment, by any signal:
who answers then is who is shown.

Answers are counted, not states; how those of an update are, is in ended_updates.py. A few ends of each at the gate, a
hundred in the long run.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.services.endpoints.endpoints import Endpoints
from scoredock.services.endpoints.view import EndpointView

import preloaded
from deploy.conftest import Place, new_place
from deploy.ended_updates import FAST, NAME, SCRIPT, SIGNALS, SLOW, Kind, Tally, Updated, fail_if_wrong
from depth import LONG, SEED, rounds
from pace import patience

pytestmark = [pytest.mark.chance, pytest.mark.timeout(3600 if LONG else 600)]

ENDPOINT = "whole"
SAYS = """
    def init():
        pass


    def run(data):
        return "NAME"
"""
CHANGES = (
    ("delete", ENDPOINT),
    ("create", ENDPOINT, "--service", "svc-blue", "--version", "blue"),
    ("set-version", ENDPOINT, "green", "--service", "svc-green", "--traffic", "100"),
    ("withdraw", ENDPOINT, "green"),
    ("promote", ENDPOINT, "green"),
    ("delete-version", ENDPOINT, "blue"),
    ("set-version", ENDPOINT, "blue", "--service", "svc-blue", "--default"),
    ("stop", ENDPOINT),
    ("start", ENDPOINT),
)
"""Each can be made again where it was not carried out, and the next one where it was."""


# ------------------------------------------------------------------------------------------------ behind a router


class BehindRouter(Updated):
    """A service that is a version of an endpoint; its router is asked who answers."""

    @property
    def address(self) -> str:
        seen = Endpoints(self.place.again()).one(ENDPOINT).observation
        assert seen is not None
        return f"http://127.0.0.1:{seen.port}/score"


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(Kind(SLOW, gate=3, long=60), id="slow"),
        pytest.param(Kind(FAST, gate=3, long=40), id="fast", marks=pytest.mark.long("slow ends meet more phases")),
    ],
)
def test_of_updates_behind_a_router(tmp_path: Path, shared: Path, kind: Kind) -> None:
    with new_place(tmp_path, shared) as place:
        place.deploy(SCRIPT, environment_variables={"TURN": "1"})
        endpoints = Endpoints(place.deployments)
        endpoints.create(ENDPOINT, "only", NAME)
        try:
            fail_if_wrong(BehindRouter(place, kind).sweep())
        finally:
            endpoints.delete(ENDPOINT)


# ------------------------------------------------------------------------------------------------ changes of endpoints


@dataclass
class Changed:
    """An endpoint of two services whose answers name their version."""

    place: Place
    tally: Tally = field(default_factory=Tally)
    seconds: dict[str, float] = field(default_factory=dict)
    """What each change took when nobody ended it; the shortest one, as the machine may be busy with other tests now."""

    def end(self, words: tuple[str, ...], number: signal.Signals, part: float) -> None:
        """Begins a change, ends its client after this part of its time, judges, and makes the change in peace."""
        after = part * self.seconds.get(words[0], 0.3)
        begun = time.monotonic()
        client = self._client(*words)
        asked = False
        try:
            client.wait(after)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.killpg(client.pid, number)
                asked = True
        said = b"".join(client.communicate(None, timeout=60)).decode()
        code = client.wait()
        if not asked and code == 0:
            self._took(words[0], time.monotonic() - begun)
        wrong = [] if asked or code == 0 else [f"nobody ended it, and it failed: {said}"]
        wrong += self.judged()
        self.tally += Tally(
            1, int(asked), [f"{' '.join(words)}, {number.name} after {after:.2f} s: {each}" for each in wrong]
        )
        self.in_peace(words)

    def in_peace(self, words: tuple[str, ...]) -> None:
        """Where it was carried out already it may be refused: the endpoint is there, or is not, or has only that
        version."""
        begun = time.monotonic()
        client = self._client(*words)
        said = b"".join(client.communicate(None, timeout=120)).decode()
        repeated = ("[service-exists]", "[endpoint-not-found]", "[endpoint-version-not-found]")
        if client.wait() == 0:
            self._took(words[0], time.monotonic() - begun)
        elif not any(code in said for code in repeated):
            self.tally.wrong.append(f"{' '.join(words)} in peace: {said}")
        self.tally.wrong += [f"{' '.join(words)} in peace: {each}" for each in self.judged()]

    def _took(self, change: str, seconds: float) -> None:
        self.seconds[change] = min(seconds, self.seconds.get(change, seconds))

    def judged(self) -> list[str]:
        """What is wrong with who answers after a look."""
        view = self.view()
        if view is None:
            return [f"there is no endpoint, and {each}" for each in self.routers()]
        shown = view.row.endpoint
        if not view.row.running:
            return [f"it is stopped, and {each}" for each in self.routers()]
        if view.observation is None or view.observation.state != "Healthy":
            return [f"it is {view.observation.state if view.observation else 'nowhere'}"]
        heard = Counter(answer(view.observation.port or 0) for _ in range(10))
        answering = {each.name for each in shown.versions if shown.effective(each.name)}
        wrong = [f"{answering} is shown, and {heard} answers"] if set(heard) != answering else []
        return wrong + ([f"{len(self.routers())} routers"] if len(self.routers()) != 1 else [])

    def view(self) -> EndpointView | None:
        with contextlib.suppress(ScoredockError):
            return Endpoints(self.place.again()).one(ENDPOINT)
        return None

    def routers(self) -> list[str]:
        """Parents of routers of this workspace that run, once what a dead client left had its time to end."""
        deadline = time.monotonic() + patience(10)
        while True:
            found = [each for each in self.place.left() if "endpoints" in each and "start" in each]
            if len(found) < 2 or time.monotonic() > deadline:
                return found
            time.sleep(0.05)

    def _client(self, *words: str) -> subprocess.Popen[bytes] | preloaded.Started:
        env = {**os.environ, "SCOREDOCK_HOME": str(self.place.workspace.parent.parent)}
        words = ("endpoint", *words)
        if not LONG and preloaded.can_start(env):
            return preloaded.Started("scoredock.cli", words, cwd=None, env=env, stdin=False, session=True)
        return subprocess.Popen(
            [sys.executable, "-m", "scoredock.cli", *words],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )


def answer(port: int) -> str:
    """The version that answers a request, or what became of the request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/score", b"1", {"Content-Type": "application/json"})
        return connection.getresponse().read().decode().strip('"')
    except (OSError, http.client.HTTPException) as fault:
        return f"{type(fault).__name__}: {fault}"
    finally:
        connection.close()


@contextmanager
def endpoint_of_two(folder: Path, shared: Path) -> Iterator[Changed]:
    with new_place(folder, shared) as place:
        for name in ("blue", "green"):
            place.deploy(SAYS.replace("NAME", name), name=f"svc-{name}")
        Endpoints(place.deployments).create(ENDPOINT, "blue", "svc-blue")
        try:
            yield Changed(place)
        finally:
            with contextlib.suppress(ScoredockError):
                Endpoints(place.again()).delete(ENDPOINT)


def test_of_changes_of_an_endpoint(tmp_path: Path, shared: Path) -> None:
    chosen = random.Random(SEED if LONG else 0)
    with endpoint_of_two(tmp_path, shared) as endpoint:
        for words in CHANGES:
            endpoint.in_peace(words)
        wanted = rounds(gate=1, long=12) * (len(CHANGES) // 2 + 1)
        for number in itertools.takewhile(lambda _: endpoint.tally.hits < wanted, range(rounds(gate=4, long=48))):
            for place, words in enumerate(CHANGES):
                endpoint.end(words, SIGNALS[(number + place) % len(SIGNALS)], chosen.random())
        tally = endpoint.tally
        assert tally.wrong == []
        print(f"{tally.hits} of {tally.ends} ends met a change under way")
        assert tally.hits >= wanted
