"""Four writers of one workspace killed at random moments: nothing answered is lost, no number is given twice."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crash.knowledge import LIVE, TRASH, Knowledge
from crash.template import Template, Victim
from crash.writer import make_contents
from depth import SEED
from depth import rounds as so_often

WRITERS = ("w0", "w1", "w2", "w3")
ROUND = so_often(gate=40, long=100)
"""Kills in one workspace, before it is looked at as a whole."""
CHANGES = 6
"""A writer lives for the time of about as many changes at most, as measured in the first workspace: more than one on
average, also where the machine has more to do afterwards."""
Figure = Callable[[str, object], None]

pytestmark = pytest.mark.chance


class Round:
    """One workspace with its writers."""

    def __init__(self, template: Template, folder: Path, seed: str, bug: str = "") -> None:
        folder.mkdir()
        self.template = template
        self.workspace = folder / "workspace"
        self.contents = folder / "contents"
        make_contents(self.contents)
        self.seed = seed
        self.bug = bug
        self.knowledge = Knowledge(self.contents)
        self._lock = threading.Lock()

    def measure(self) -> float:
        """Seconds that all writers together take for some changes each."""
        started = time.monotonic()
        victims = {who: self._start(who, 0, CHANGES) for who in WRITERS}
        for victim in victims.values():
            victim.go()
        for who, victim in victims.items():
            self.knowledge.hear(who, victim.end()[0])
        return time.monotonic() - started

    def kill(self, times: int, longest: float) -> None:
        """As many kills by all writers together, each writer started again after at most `longest` seconds."""
        with ThreadPoolExecutor(len(WRITERS)) as pool:
            list(pool.map(lambda who: self._kill_one(who, times // len(WRITERS), longest), WRITERS))

    def _start(self, who: str, seed: int, changes: int) -> Victim:
        # Of which it is certain where they are: what was under way when its writer died is left alone.
        live, trash = (self.knowledge.owned(who, where)[-20:] for where in (LIVE, TRASH))
        return self.template.fork(
            "crash.writer:write", str(self.workspace), str(self.contents), who, seed, live, trash, changes, self.bug
        )

    def _kill_one(self, who: str, times: int, longest: float) -> None:
        chance = random.Random(f"{self.seed} {who}")
        for _ in range(times):
            with self._lock:
                victim = self._start(who, chance.randrange(1, 1 << 30), 1 << 30)
            victim.go()
            threading.Event().wait(chance.random() * longest)
            victim.kill()
            said, status = victim.end()
            with self._lock:
                if status != -9:
                    self.knowledge.problems.append(f"{who} ended by itself with {status}: {said[-1:]}")
                    return
                self.knowledge.hear(who, said)


def rounds(template: Template, folder: Path, kills: int, seed: str, bug: str = "") -> tuple[list[str], Counter[str]]:
    """What is wrong after each round, and how many changes were answered in all."""
    wrong: list[str] = []
    answered: Counter[str] = Counter()
    longest = 0.0
    for number in range(kills // ROUND):
        one = Round(template, folder / str(number), f"{seed} {number}", bug)
        longest = longest or one.measure()
        one.kill(ROUND, longest)
        wrong += [f"round {number}: {sentence}" for sentence in one.knowledge.wrong(one.workspace)]
        answered += one.knowledge.answered
    return wrong, answered


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_at_random_moments(
    template: Template, quick: Path, long: bool, everything: bool, figure: Figure
) -> None:
    kills = 10_000 if everything else 2_000 if long else ROUND
    seed = f"{SEED:x}"
    print(f"seed {seed}")
    started = time.monotonic()
    wrong, answered = rounds(template, quick, kills, seed)
    figure(
        "killed at random moments",
        f"{kills} kills of {len(WRITERS)} writers, {answered.total()} changes answered, seed {seed},"
        f" {time.monotonic() - started:.0f} s",
    )
    assert not wrong, "\n".join([f"seed {seed}", *wrong[:20]])
    assert answered.total() > kills
    assert min(answered.values()) > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("bug", "said"),
    [
        ("rows_before_bytes", "is not there"),
        ("written_in_place_and_trusted", "is not there|holds"),
        ("blobs_not_looked_at_again", "is not there"),
        ("numbers_by_looking", "given twice"),
        ("changed_in_two_transactions", "were left out"),
        ("answered_too_early", "and not"),
        ("lock_taken_late", "store-busy"),
    ],
)
@pytest.mark.long("shows that the kills of the long run find bugs, with as many kills")
def test_a_planted_bug_is_seen(bug: str, said: str, template: Template, quick: Path, figure: Figure) -> None:
    """In ten rounds at most; each is a chance."""
    wrong: list[str] = []
    number = 0
    for number in range(10):
        found, _ = rounds(template, _new(quick / f"rounds{number}"), ROUND, f"planted {number}", bug)
        wrong += found
        if any(re.search(said, sentence) for sentence in found):
            break
    figure(f"planted {bug}: random kills", f"seen after {(number + 1) * ROUND} kills, {len(wrong)} sentences")
    assert any(re.search(said, sentence) for sentence in wrong), "\n".join(wrong[:20])


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder
