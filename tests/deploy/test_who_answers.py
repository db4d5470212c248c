"""Whoever updates a service is ended at any moment, by any signal: exactly one revision answers from then on, and it is
the one that is shown.

Every answer tells its revision, and answers are counted, not states: first as the dead client left it, for longer than
a revision that nobody decided would need to come up, then again after a look. Sixty ends at the gate, five hundred in
the long run. Services of workspaces of their own are updated side by side, as each mostly waits.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from scoredock.engines.parent_control import read_status
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.request import UpdateRequest

import preloaded
from deploy.conftest import Place, new_docked, new_place
from deploy.docked import Docked
from deploy.reload_parts import wait_for
from depth import LONG, SEED, rounds
from pace import patience

pytestmark = [pytest.mark.chance, pytest.mark.timeout(3600 if LONG else 600)]

SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP]
"""A kill, an end by the system, a terminal that was closed; Ctrl-C is a request to cancel and asked in tests/cli."""
SLOW, FAST = 1.5, 0.0
"""Seconds of init()."""
BEFORE, AFTER = 10, 10
"""Answers that are counted as the client left the service, and after a look at it."""
NAME = "svc-one"
SCRIPT = """
import os, time

def init():
    time.sleep(float(os.environ.get("INIT_SECONDS", "0")))

def run(data):
    return int(os.environ["TURN"])
"""


@dataclass(frozen=True)
class Kind:
    """Ends of terminals that are tried on one service."""

    seconds: float
    """Of init()."""
    count: int
    moves: bool = False
    """An update needs another container."""


PROCESSES = (
    Kind(SLOW, rounds(gate=10, long=40)),
    Kind(SLOW, rounds(gate=10, long=40)),
    Kind(FAST, rounds(gate=20, long=120)),
)
CONTAINERS = (
    Kind(SLOW, rounds(gate=6, long=120), moves=True),
    Kind(FAST, rounds(gate=6, long=100), moves=True),
    Kind(SLOW, rounds(gate=8, long=80)),
)


@dataclass
class Updated:
    """A service whose updates carry a number that its answers repeat."""

    home: Path
    deployments: Deployments
    kind: Kind
    shown_last: int = 1
    turn: int = 1

    def update(self) -> subprocess.Popen[bytes] | preloaded.Started:
        """A terminal that begins the next one, in a session of its own."""
        self.turn += 1
        words = ["service", "update", NAME, "--env", f"TURN={self.turn}"]
        words += ["--env", f"INIT_SECONDS={self.kind.seconds}"]
        if self.kind.moves:
            words += ["--model", f"m:{1 + self.turn % 2}"]
        env = {**os.environ, "SCOREDOCK_HOME": str(self.home), "DOCKER_HOST": self.deployments.settings.docker.host}
        env["SCOREDOCK_BASE_IMAGE"] = self.deployments.settings.base_image
        if not LONG and preloaded.can_start(env):
            return preloaded.Started("scoredock.cli", words, cwd=None, env=env, stdin=False, session=True)
        return subprocess.Popen(
            [sys.executable, "-m", "scoredock.cli", *words],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def whole_update(self) -> float:
        """The seconds of one that is left alone; its number answers at once."""
        begun = time.monotonic()
        terminal = self.update()
        told = terminal.communicate(None, timeout=120)
        taken = time.monotonic() - begun
        assert terminal.wait() == 0, b"".join(told).decode()
        answers = self.answers(AFTER, 0.5)
        assert set(answers) == {self.turn}, f"turn {self.turn} was left alone, and {Counter(answers)} answers"
        self.shown_last = self.turn
        return taken

    def answers(self, count: int, seconds: float) -> list[int | str]:
        """Of requests on connections of their own, spread over so many seconds."""
        heard: list[int | str] = []
        for _ in range(count):
            heard.append(self.answer_once())
            time.sleep(seconds / count)
        return heard

    def answer_once(self) -> int | str:
        """As anybody calls it who knows its address: nothing of ours looks at the service on the way."""
        to = urlsplit(self.address)
        connection = http.client.HTTPConnection(to.hostname or "", to.port, timeout=20)
        try:
            connection.request("POST", to.path, b"1", {"Content-Type": "application/json"})
            return int(connection.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException) as fault:
            return f"{type(fault).__name__}: {fault}"
        finally:
            connection.close()

    @property
    def address(self) -> str:
        """It stays from revision to revision."""
        known = self.deployments.ledger.require(NAME).service
        return f"http://127.0.0.1:{known.port}/score"

    def shown(self) -> tuple[str, int]:
        """State and number of the revision that a look tells, as another program sees it.

        A look waits some seconds for what a dead client left to be settled. On a busy machine that may take longer;
        only a look after that tells which revision has become of it.
        """
        server = Deployments(Registry(self.deployments.registry.folder), settings=self.deployments.settings)
        deadline = time.monotonic() + patience(60)
        settled = False
        while not settled:
            assert time.monotonic() < deadline, "what a dead client left is never settled"
            settled = server.ledger.require(NAME).intent is None
            view = server.service(NAME)
        known = server.ledger.require(NAME).current
        assert known is not None
        return view.state, int(known.request.environment_variables["TURN"])

    def end_one(self, number: signal.Signals, after: float) -> list[str]:
        """Begins an update and ends its terminal `after` so many seconds: what is wrong then; empty when all is
        well."""
        before, seconds = self.shown_last, self.kind.seconds
        terminal = self.update()
        try:
            terminal.wait(after)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.killpg(terminal.pid, number)
        told = b"".join(terminal.communicate(None, timeout=60)).decode()
        left = self.answers(BEFORE, seconds + 1.0)
        state, self.shown_last = self.shown()
        then = self.answers(AFTER, 0.0)
        wrong = []
        if len(_runs(left)) > 1 and _runs(left) != [before, self.turn]:
            wrong.append(f"mixed before a look: {_runs(left)} after {before}")
        if state != "Healthy":
            wrong.append(f"the service is {state}")
        if set(then) != {self.shown_last}:
            wrong.append(f"{self.shown_last} is shown, and {Counter(then)} answers")
        where = f"{self.kind}, turn {self.turn}, {number.name} after {after:.2f} s (exit code {terminal.wait()})"
        for each in wrong:  # at once, so that it is known even if the rest of the run is not
            print(f"WRONG {where}: {each}\nits terminal said: {told}", flush=True)
        return [f"{where}: {each}" for each in wrong]

    def sweep(self) -> list[str]:
        """Ends at moments spread over all of an update; before and afterwards one that is left alone."""
        whole = self.whole_update()
        chosen = random.Random(f"{SEED}:{self.home}" if LONG else 0)
        wrong = []
        for part in range(self.kind.count):
            after = whole * (part + chosen.random()) / self.kind.count
            wrong += self.end_one(SIGNALS[part % len(SIGNALS)], after)
        self.whole_update()
        return wrong


def _runs(answers: list[int | str]) -> list[int | str]:
    """Without repetitions: [1, 2] for answers of which the first ones are 1 and all others 2."""
    return [each for number, each in enumerate(answers) if number == 0 or answers[number - 1] != each]


def side_by_side(kinds: Iterable[Kind], sweep: Callable[[int, Kind], list[str]]) -> None:
    """A sweep for each kind, all at once; all that is wrong is in the message."""
    numbered = list(enumerate(kinds))
    with ThreadPoolExecutor(len(numbered)) as pool:
        wrong = [line for found in pool.map(lambda each: sweep(*each), numbered) for line in found]
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} wrong:", *wrong]), pytrace=False)


def test_of_processes(tmp_path: Path, shared: Path) -> None:
    def sweep(number: int, kind: Kind) -> list[str]:
        with new_place(tmp_path / str(number), shared) as place:
            place.deploy(SCRIPT, environment_variables={"TURN": "1"})
            return _updated(place, kind).sweep()

    side_by_side(PROCESSES, sweep)


def test_a_revision_that_is_not_decided_yet_answers_nobody(place: Place) -> None:
    """The parent stands still once the new script is ready, and the old worker does, too: nobody answers then."""
    place.deploy(SCRIPT, environment_variables={"TURN": "1"})
    service = _updated(place, PROCESSES[0])
    told = read_status(place.workspace / "services" / NAME)
    assert told is not None
    parent, (old,) = psutil.Process(told.parent_pid), map(psutil.Process, told.worker_pids)
    reached = place.project / "reached"
    stopping = f"import os, signal\nos.kill({parent.pid}, signal.SIGSTOP)\nopen({str(reached)!r}, 'w').close()\n"
    place.write("score.py", textwrap.dedent(SCRIPT).replace("def init():\n", f"def init():\n{_inside(stopping)}"))
    answers: list[int | str] = []
    asking = threading.Thread(target=lambda: answers.append(service.answer_once()))
    change = UpdateRequest(environment_variables={"TURN": "2"})
    updating = threading.Thread(target=lambda: place.deployments.update(NAME, change))
    updating.start()
    try:
        wait_for(reached.exists)
        old.suspend()
        asking.start()
        asking.join(2.0)  # a revision that would answer is ready long before
        assert answers == []
    finally:
        old.resume()
        asking.join()
        parent.resume()
        updating.join()
    assert answers == [1]
    assert service.answer_once() == 2


def _inside(lines: str) -> str:
    return textwrap.indent(lines, "    ")


@pytest.mark.docker
def test_of_containers(tmp_path: Path, shared: Path, shared_images: Path) -> None:
    def sweep(number: int, kind: Kind) -> list[str]:
        with new_docked(tmp_path / str(number), shared, shared_images) as docked:
            return _sweep_container(docked, kind)

    side_by_side(CONTAINERS, sweep)


def _sweep_container(docked: Docked, kind: Kind) -> list[str]:
    for number in (1, 2):
        model = docked.project / f"{number}.txt"
        model.write_text(f"{docked.workspace} {number}")
        docked.registry.register([model], "m")
    docked.deploy(SCRIPT, models=("m:1",), environment_variables={"TURN": "1"})
    wrong = _updated(docked, kind).sweep()
    # A daemon may still make a container for a client that is gone already; the next start of an editor clears it away.
    docked.again().recover()
    left = [each["State"] for each in docked.containers()]
    if left not in (["running"], ["running", "running"]):
        wrong.append(f"{kind}: {left}, and not only the one that serves and the holder of its network")
    return wrong


def _updated(place: Place, kind: Kind) -> Updated:
    return Updated(place.workspace.parent.parent, place.deployments, kind)
