"""Registering and changing datasets and environments, killed at each system call: as a whole or not at all."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.registry import Registry

from crash import asset_verbs
from crash.cases import spread
from crash.oracle import damage
from crash.template import Template
from crash.tracer import Step, Tracer

Figure = Callable[[str, object], None]
KILLS = 3
"""Of each verb, where not all are made."""

FIRST = ("register a dataset", "update", "gc")
OTHERS = pytest.mark.long("another verb that goes the same way through the program is killed at the gate")

pytestmark = pytest.mark.chance


@pytest.fixture(scope="module")
def asset_template() -> Iterator[Template]:
    with Template("crash.asset_verbs:warm") as template:
        yield template


def killed(template: Template, verb: str, folder: Path, bug: str = "", kills: int = 0) -> tuple[int, list[str]]:
    """How often it was killed, `kills` times or at every step, and what was wrong afterwards."""
    start = folder / "start" / "workspaces" / "one"
    start.parent.mkdir(parents=True, mode=0o700)
    asset_verbs.stock(start)

    def copied(name: str) -> Path:
        workspace = folder / name / "workspaces" / "one"
        shutil.copytree(start.parent, workspace.parent)
        return workspace

    before = asset_verbs.state(copied("before"))
    right = copied("right")
    asset_verbs.VERBS[verb](right)
    after = asset_verbs.state(right)
    assert before != after
    tracer = Tracer(template, "crash.asset_verbs:perform")
    steps = [each for each in tracer.record(folder / "trace", verb, str(copied("clean")), bug) if not each.after]

    def kill(item: tuple[int, Step]) -> list[str]:
        number, step = item
        workspace = copied(str(number))
        ended = tracer.run(step.kill, verb, str(workspace), bug)
        if not ended.killed:
            return [f"{step.syscall}: not killed: {ended}"]
        wrong = []
        if asset_verbs.state(workspace) not in ([after] if ended.done else [before, after]):
            wrong.append("neither the old nor the new state")
        wrong += damage(workspace)
        try:
            asset_verbs.VERBS[verb](workspace)
        except ScoredockError as error:
            if asset_verbs.state(workspace) != after:
                wrong.append(f"the same work done again is refused: {error.code}")
        registry = Registry(workspace)
        registry.collect_garbage(0)
        wrong += [f"left behind: {path.name}" for path in registry.blobs.scratch.iterdir()]
        wrong += registry.verify(deep=True)
        registry.store.close()
        shutil.rmtree(folder / str(number))
        return [f"{step.syscall}({step.text[:100]}: {sentence}" for sentence in wrong]

    assert len(steps) >= 15
    chosen = spread(steps, kills) if kills else steps
    with ThreadPoolExecutor(2) as pool:
        return len(chosen), [sentence for found in pool.map(kill, enumerate(chosen)) for sentence in found]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    "verb", [pytest.param(verb, marks=[] if verb in FIRST else [OTHERS]) for verb in asset_verbs.VERBS]
)
def test_killed_at_every_step(verb: str, asset_template: Template, quick: Path, long: bool, figure: Figure) -> None:
    started = time.monotonic()
    kills, wrong = killed(asset_template, verb, quick, kills=0 if long else KILLS)
    figure(f"assets killed at every system call: {verb}", f"{kills} kills, {time.monotonic() - started:.0f} s")
    assert wrong == []
    assert kills >= KILLS


@pytest.mark.long("shows that the kills of the long run find bugs, with as many kills")
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(("verb", "bug"), [("register a dataset", "rows before bytes"), ("update", "two transactions")])
def test_a_planted_bug_is_seen(verb: str, bug: str, asset_template: Template, quick: Path, figure: Figure) -> None:
    kills, wrong = killed(asset_template, verb, quick, bug)
    figure(f"assets, planted {bug}: {verb}", f"{len(wrong)} findings in {kills} kills")
    assert wrong
