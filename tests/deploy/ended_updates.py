"""Updates of a service whose client is ended in the middle, and the count of who answers then.

Every answer tells its revision, and answers are counted, not states: first as the dead client left it, for longer than
a revision that nobody decided would need to come up, then again after a look.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlsplit

import pytest

import preloaded
from deploy.conftest import Place
from deploy.reload_parts import wait_for
from depth import LONG, SEED, rounds
from lsp.client import Client
from pace import patience

SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT]
"""A kill, an end by the system, a terminal that was closed, and Ctrl-C, which asks the client to end in order."""
SLOW, FAST = 1.5, 0.0
"""Seconds of init()."""
_ATTEMPTS = 3
"""At one end that is to meet an update under way."""
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
    """Ends of clients that are tried on one service."""

    seconds: float
    """Of init()."""
    gate: int
    long: int
    """How many at the gate and in the long run."""
    moves: bool = False
    """An update needs another container."""

    @property
    def count(self) -> int:
        return rounds(gate=self.gate, long=self.long)


@dataclass(frozen=True)
class End:
    """How a client ended."""

    how: str
    said: str
    code: int | None = None
    """Its exit code where it ended by itself, if only because it was asked to; None where it was killed."""


@dataclass
class Tally:
    """What became of some ends of clients."""

    ends: int = 0
    hits: int = 0
    """Ends that met a client before it had ended by itself."""
    wrong: list[str] = field(default_factory=list)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.ends + other.ends, self.hits + other.hits, self.wrong + other.wrong)


@dataclass
class Updated:
    """A service whose updates carry a number that its answers repeat."""

    place: Place
    kind: Kind
    planted: str = ""
    """Lines that a terminal runs before its command: a fault of the product."""
    done_words: str = "name "
    """How a terminal begins what it prints once the change is done."""
    settle_seconds: float = 60.0
    """After which what a dead client left counts as never settled."""
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    """What the last update took that nobody ended: the first one may take longer than others."""
    goes_back: bool = False
    """The next updates take the model that the service began with, so that none of its containers needs the other."""
    turn: int = 1
    shown_last: int = 1

    # ------------------------------------------------------------------------------------------ updates

    @property
    def variables(self) -> dict[str, str]:
        """Of the update that is begun now."""
        return {"TURN": str(self.turn), "INIT_SECONDS": str(self.kind.seconds)}

    @property
    def models(self) -> list[str]:
        """The same: another one than is served, as only then another container is needed."""
        known = self.place.deployments.ledger.require(NAME).current
        served = known.request.models if known is not None else ()
        return ["m:1" if self.goes_back or served == ("m:2",) else "m:2"] if self.kind.moves else []

    @property
    def environment(self) -> dict[str, str]:
        """In which a client finds workspace and Docker."""
        used = self.place.deployments.settings
        named = {"DOCKER_HOST": used.docker.host, "SCOREDOCK_BASE_IMAGE": used.base_image}
        return {**os.environ, "SCOREDOCK_HOME": str(self.place.workspace.parent.parent), **named}

    def update(self) -> subprocess.Popen[bytes] | preloaded.Started:
        """A terminal that begins the next one, in a session of its own."""
        self.turn += 1
        words = ["service", "update", NAME]
        for name, value in self.variables.items():
            words += ["--env", f"{name}={value}"]
        for model in self.models:
            words += ["--model", model]
        return self._terminal(*words)

    def _terminal(self, *words: str) -> subprocess.Popen[bytes] | preloaded.Started:
        env = self.environment
        if not LONG and not self.planted and preloaded.can_start(env):
            return preloaded.Started("scoredock.cli", words, cwd=None, env=env, stdin=False, session=True)
        started = f"{self.planted}\nimport sys\nfrom scoredock.cli import main\nsys.exit(main(sys.argv[1:]))\n"
        return subprocess.Popen(
            [sys.executable, *(["-c", started] if self.planted else ["-m", "scoredock.cli"]), *words],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def whole_update(self) -> None:
        """One that is left alone; its number answers at once."""
        begun = time.monotonic()
        terminal = self.update()
        told = terminal.communicate(None, timeout=120)
        self.seconds = time.monotonic() - begun
        assert terminal.wait() == 0, b"".join(told).decode()
        self._require_turn()

    def _require_turn(self) -> None:
        answers = self.answers(AFTER, 0.5)
        assert set(answers) == {self.turn}, f"turn {self.turn} was left alone, and {Counter(answers)} answers"
        self.shown_last = self.turn

    # ------------------------------------------------------------------------------------------ who answers

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
        known = self.place.deployments.ledger.require(NAME).service
        return f"http://127.0.0.1:{known.port}/score"

    def shown(self) -> tuple[str, int]:
        """State and number of the revision that a look tells, as another program sees it.

        A look waits some seconds for what a dead client left to be settled. On a busy machine that may take longer;
        only a look after that tells which revision has become of it.
        """
        server = self.place.again()
        deadline = time.monotonic() + patience(self.settle_seconds)
        while True:
            settled = server.ledger.require(NAME).intent is None
            view = server.service(NAME)
            if settled or time.monotonic() > deadline:
                break
        known = server.ledger.require(NAME).current
        assert known is not None
        state = view.state if settled else f"{view.state}, and what a dead client left is never settled"
        return state, int(known.request.environment_variables["TURN"])

    def judged(self, before: int, end: End) -> list[str]:
        """What is wrong with the service once the client of an update from turn `before` has ended; empty when all is
        well."""
        left = self.answers(BEFORE, self.kind.seconds + 1.0)
        wrong = mixed(left, before, self.turn)
        if end.code is not None:
            wrong += self._left_in_order(before, left, end)
        state, self.shown_last = self.shown()
        then = self.answers(AFTER, 0.0)
        if state != "Healthy":
            wrong.append(f"the service is {state}")
        if self.turn in left and self.shown_last != self.turn:
            wrong.append(f"{self.turn} has answered before a look, and {self.shown_last} is shown")
        if set(then) != {self.shown_last}:
            wrong.append(f"{self.shown_last} is shown, and {Counter(then)} answers")
        where = f"{self.kind}, turn {self.turn}, {end.how}"
        for each in wrong:  # at once, so that it is known even if the rest of the run is not
            print(f"WRONG {where}: {each}\nits client said: {end.said}", flush=True)
        return [f"{where}: {each}" for each in wrong]

    def _left_in_order(self, before: int, left: Sequence[int | str], end: End) -> list[str]:
        """Who ends by itself decides the update before that, and leaves nothing to be settled. What was printed as done
        is done, also where the signal came afterwards."""
        done = end.code == 0 or end.said.startswith(self.done_words)
        decided = self.turn if done else before
        wrong = []
        if set(left) != {decided}:
            wrong.append(f"its client ended with exit code {end.code}, and {Counter(left)} answers")
        if self.place.deployments.ledger.require(NAME).intent is not None:
            wrong.append("its client ended by itself and left its lease")
        return wrong

    # ------------------------------------------------------------------------------------------ ends

    def end_terminal(self, number: signal.Signals, part: float) -> None:
        """Begins an update and ends its terminal after this part of the time that one takes."""
        before, after = self.shown_last, part * self.seconds
        begun = time.monotonic()
        terminal = self.update()
        asked = False
        try:
            terminal.wait(after)
            self.seconds = time.monotonic() - begun
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.killpg(terminal.pid, number)
                asked = True
        said = b"".join(terminal.communicate(None, timeout=60)).decode()
        code = terminal.wait()
        killed = asked and number != signal.SIGINT and code == -number
        how = f"{number.name} after {after:.2f} s (exit code {code})"
        wrong = [] if asked or code == 0 else [f"{how}: nobody ended the client, and it failed: {said}"]
        wrong += self.judged(before, End(how, said, None if killed else code))
        self.tally += Tally(1, int(asked), wrong)

    def end_editor(self, part: float) -> None:
        """Begins an update in an editor and kills its language server after this part of the time that one takes."""
        before, after = self.shown_last, part * self.seconds
        self.turn += 1
        with Client(self.place.workspace.parent.parent, env=self.environment) as editor:
            editor.initialize(self.place.project)
            begun = time.monotonic()
            request = editor.begin("scoredock/service/update", self._update_params())
            answer = None
            with contextlib.suppress(TimeoutError):
                answer = editor.answer(request, after / patience(1.0))
                self.seconds = time.monotonic() - begun
            editor.kill_tree()
            editor.exit_code()
        how = f"language server killed after {after:.2f} s" + ("" if answer is None else f", which had said {answer}")
        wrong = self.judged(before, End(how, "".join(editor.log), None if answer is None else int("error" in answer)))
        self.tally += Tally(1, int(answer is None), wrong)

    def whole_update_in_editor(self) -> None:
        """One that is left alone."""
        self.turn += 1
        with Client(self.place.workspace.parent.parent, env=self.environment) as editor:
            editor.initialize(self.place.project)
            begun = time.monotonic()
            editor.ask("scoredock/service/update", self._update_params())
            self.seconds = time.monotonic() - begun
        self._require_turn()

    def _update_params(self) -> dict[str, object]:
        return {"name": NAME, "environmentVariables": self.variables, "models": self.models or None}

    def sweep(self) -> Tally:
        """Ends of terminals at moments spread over all of an update; before and afterwards one that is left alone."""
        self._terminal("--version").communicate(None, timeout=120)  # loads what all of them share, before time is taken
        self.whole_update()
        for number, part in enumerate(self._moments()):
            self._until_met(partial(self.end_terminal, SIGNALS[number % len(SIGNALS)]), part)
        self.goes_back = True
        self.whole_update()
        return self.tally

    def sweep_in_editor(self) -> Tally:
        """The same with language servers."""
        self.whole_update_in_editor()
        for part in self._moments():
            self._until_met(self.end_editor, part)
        self.goes_back = True
        self.whole_update_in_editor()
        return self.tally

    def _until_met(self, end: Callable[[float], None], part: float) -> None:
        """Ends a client while its update is under way. One that was over before has told how long it takes now, on a
        machine that is busy or no longer so; then another one is ended, earlier, and counts in its place."""
        for attempt in range(_ATTEMPTS):
            met = self.tally.hits
            end(part * 0.7**attempt)
            if self.tally.hits > met:
                return
            if attempt < _ATTEMPTS - 1:
                self.tally = replace(self.tally, ends=self.tally.ends - 1)

    def _moments(self) -> list[float]:
        chosen = random.Random(f"{SEED}:{self.place.workspace}" if LONG else 0)
        return [(number + chosen.random()) / self.kind.count for number in range(self.kind.count)]


def mixed(left: Sequence[int | str], before: int, turn: int) -> list[str]:
    """What is wrong with the answers as the client of an update from `before` to `turn` left the service: both, one
    after the other, are all that may come."""
    if set(left) - {before, turn}:
        return [f"not only {before} and {turn} answer before a look: {Counter(left)}"]
    if len(set(left)) > 1 and _runs(left) != [before, turn]:
        return [f"mixed before a look: {_runs(left)} after {before}"]
    return []


def _runs(answers: Sequence[int | str]) -> list[int | str]:
    """Without repetitions: [1, 2] for answers of which the first ones are 1 and all others 2."""
    return [each for number, each in enumerate(answers) if number == 0 or answers[number - 1] != each]


def fail_if_wrong(tally: Tally) -> None:
    """With all that is wrong in the message; also where most ends came when the update was over, which says nothing."""
    print(f"{tally.hits} of {tally.ends} ends met an update under way")
    if tally.wrong:
        pytest.fail("\n".join([f"{len(tally.wrong)} wrong:", *tally.wrong]), pytrace=False)
    # Of the few ends of the gate more may come late by chance.
    least = 2 / 3 if LONG else 1 / 3
    assert tally.hits >= least * tally.ends, f"only {tally.hits} of {tally.ends} ends met an update under way"


def wrong_after_a_kill(service: Updated, under_way: Callable[[], object]) -> list[str]:
    """Begins an update, kills its terminal as soon as it is `under_way`, and judges."""
    terminal = service.update()
    wait_for(lambda: under_way() or terminal.poll() is not None)
    with contextlib.suppress(ProcessLookupError):  # what it said is in the message then
        os.killpg(terminal.pid, signal.SIGKILL)
    said = b"".join(terminal.communicate(None, timeout=60)).decode()
    assert terminal.wait() == -signal.SIGKILL, said
    return service.judged(service.shown_last, End("killed while init() runs", said))
