"""Whoever updates a service is ended at any moment, by any signal: exactly one revision answers from then on, and it is
the one that is shown.

Every answer tells its revision, and answers are counted, not states: first as the dead client left it, for longer than a
revision that nobody decided would need to come up, then again after a look. About thirty ends at the gate, five hundred in the
long run.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from scoredock.deploy.supervisor import Deployments
from scoredock.errors import ScoredockError
from scoredock.registry import Registry

from deploy.conftest import Place
from deploy.docked import Docked
from depth import LONG, SEED, rounds

pytestmark = [pytest.mark.chance, pytest.mark.timeout(3600 if LONG else 600)]

SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP]
"""A kill, an end by the system, a terminal that was closed; Ctrl-C is a request to cancel and asked in tests/cli."""
SLOW, FAST = 1.5, 0.0
"""Seconds of init()."""
BEFORE, AFTER = 20, 20
"""Answers that are counted as the client left the service, and after a look at it."""
NAME = "svc-one"
SCRIPT = """
import os, time

def init():
    time.sleep(float(os.environ.get("INIT_SECONDS", "0")))

def run(data):
    return int(os.environ["TURN"])
"""


@dataclass
class Updated:
    """A service whose updates carry a number that its answers repeat."""

    home: Path
    deployments: Deployments
    moves: bool
    """An update needs another container."""
    turn: int = 1

    def update(self, seconds: float) -> subprocess.Popen[bytes]:
        """A terminal that begins the next one."""
        self.turn += 1
        command = [sys.executable, "-m", "scoredock.cli", "service", "update", NAME, "--env", f"TURN={self.turn}"]
        command += ["--env", f"INIT_SECONDS={seconds}"]
        if self.moves:
            command += ["--model", f"m:{1 + self.turn % 2}"]
        env = {**os.environ, "SCOREDOCK_HOME": str(self.home), "DOCKER_HOST": self.deployments.settings.docker.host}
        return subprocess.Popen(
            command,
            env={**env, "SCOREDOCK_BASE_IMAGE": self.deployments.settings.base_image},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def answers(self, count: int, seconds: float) -> list[int | str]:
        """Of calls on connections of their own, spread over so many seconds."""
        heard: list[int | str] = []
        for _ in range(count):
            try:
                heard.append(int(self.deployments.call(NAME, b"1", timeout=20).body))
            except (ScoredockError, ValueError) as fault:
                heard.append(str(fault))
            time.sleep(seconds / count)
        return heard

    def shown(self) -> tuple[str, int]:
        """State and number of the revision that a look tells, as another program sees it."""
        server = Deployments(Registry(self.deployments.registry.folder), settings=self.deployments.settings)
        view = server.service(NAME)
        known = server.ledger.require(NAME).current
        assert known is not None
        return view.state, int(known.request["environment_variables"]["TURN"])

    def end_one(self, number: signal.Signals, seconds: float, after: float) -> list[str]:
        """Begins an update and ends its terminal `after` so many seconds: what is wrong then; empty when all is well."""
        before = self.shown()[1]
        terminal = self.update(seconds)
        try:
            terminal.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(terminal.pid, number)
        terminal.communicate(timeout=60)
        where = f"turn {self.turn}, {number.name} after {after:.2f} s, init() of {seconds} s"
        left = self.answers(BEFORE, seconds + 1.0)
        state, shown = self.shown()
        then = self.answers(AFTER, 0.0)
        wrong = []
        if len(_runs(left)) > 1 and _runs(left) != [before, self.turn]:
            wrong.append(f"mixed before a look: {Counter(left)}")
        if state != "Healthy":
            wrong.append(f"the service is {state}")
        if set(then) != {shown}:
            wrong.append(f"{shown} is shown, and {Counter(then)} answers")
        return [f"{where}: {each}" for each in wrong]


def _runs(answers: list[int | str]) -> list[int | str]:
    """Without repetitions: [1, 2] for answers of which the first ones are 1 and all others 2."""
    return [each for number, each in enumerate(answers) if number == 0 or answers[number - 1] != each]


def sweep(service: Updated, seconds: float, count: int) -> list[str]:
    """Ends at so many moments of an update, spread over all of it; afterwards one that is left alone."""
    begun = time.monotonic()
    assert service.update(seconds).wait(120) == 0
    whole = time.monotonic() - begun
    chosen = random.Random(f"{SEED}:{service.home}" if LONG else 0)
    wrong = []
    for part in range(count):
        after = whole * (part + chosen.random()) / count
        wrong += service.end_one(SIGNALS[part % len(SIGNALS)], seconds, after)
    assert service.update(seconds).wait(120) == 0
    if set(service.answers(AFTER, 0.5)) != {service.turn}:
        wrong.append("an update that was left alone is mixed with others")
    return wrong


@pytest.mark.parametrize(
    ("seconds", "count"),
    [
        pytest.param(SLOW, rounds(gate=8, long=80), id="slow init()"),
        pytest.param(FAST, rounds(gate=8, long=120), id="fast init()"),
    ],
)
def test_of_a_process(place: Place, seconds: float, count: int) -> None:
    place.deploy(SCRIPT, environment_variables={"TURN": "1"})
    service = Updated(place.workspace.parent.parent, place.deployments, moves=False)
    assert sweep(service, seconds, count) == []


@pytest.mark.docker
@pytest.mark.parametrize(
    ("moves", "seconds", "count"),
    [
        pytest.param(True, SLOW, rounds(gate=6, long=120), id="another container, slow init()"),
        pytest.param(True, FAST, rounds(gate=6, long=100), id="another container, fast init()"),
        pytest.param(False, SLOW, rounds(gate=4, long=80), id="the same container"),
    ],
)
def test_of_a_container(docked: Docked, moves: bool, seconds: float, count: int) -> None:
    for number in (1, 2):
        model = docked.project / f"{number}.txt"
        model.write_text(f"{docked.workspace} {number}")
        docked.registry.register([model], "m")
    docked.deploy(SCRIPT, models=("m:1",), environment_variables={"TURN": "1"})
    service = Updated(docked.workspace.parent.parent, docked.deployments, moves=moves)
    assert sweep(service, seconds, count) == []
    # A daemon may still make a container for a client that is gone already; the next start of an editor clears it away.
    docked.again().recover()
    left = [each["State"] for each in docked.containers()]
    assert left in (["running"], ["running", "running"]), "only the one that serves and the holder of its network"
