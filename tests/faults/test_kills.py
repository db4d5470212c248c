"""Every verb of the registry killed at each of its system calls: done as a whole or not at all, and nothing in the way.

The gate kills each verb at some of them, from the first to the last."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crash.cases import STARTS, broken, kill_all, make_case, spread
from crash.template import Template

Figure = Callable[[str, object], None]
CLOSELY = ("new bytes", "tag", "back up", "repair a lost store", "migrate a store of the first release")
"""Verbs that the gate looks at more closely than at the others; the other leading ones fail as closely in
test_errors.py."""
ALIKE = (
    "the same bytes once more",
    "restore",
    "move an alias",
    "remove an alias",
    "favourite",
    "migrate a store of today",
)
FEWER = pytest.mark.long("another verb that goes the same way through the program is killed at the gate")
KILLS, FEW = 4, 3
"""Of each verb, where not all are made: with one of each system call besides, or without."""

pytestmark = pytest.mark.chance


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("name", [pytest.param(name, marks=[FEWER] if name in ALIKE else []) for name in STARTS])
def test_killed_at_every_step(name: str, template: Template, quick: Path, long: bool, figure: Figure) -> None:
    started = time.monotonic()
    case = make_case(template, name, quick)
    steps = case.record()
    assert len(steps) >= 20
    closely = long or name in CLOSELY
    results = kill_all(case, steps if long else spread(steps, KILLS if closely else FEW, every_call=closely))
    figure(f"killed at every system call: {name}", f"{len(results)} kills, {time.monotonic() - started:.0f} s")
    told = broken(results)
    assert not told, "\n".join(told)
    assert len(results) >= (KILLS if closely else FEW)
    if closely:
        assert {step.syscall for step, _ in results} == {step.syscall for step in steps}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    ("name", "bug", "said"),
    [
        ("new bytes", "rows_before_bytes", "is not there"),
        ("new bytes", "written_in_place_and_trusted", "holds"),
        ("tag", "changed_in_two_transactions", "neither the old nor the new state"),
        ("new bytes", "answered_too_early", "neither the old nor the new state"),
        ("migrate a store of the first release", "migrated_step_by_step", "neither the old nor the new state"),
    ],
)
@pytest.mark.long("shows that the kills of the long run find bugs, with as many kills")
def test_a_planted_bug_is_seen(name: str, bug: str, said: str, template: Template, quick: Path, figure: Figure) -> None:
    case = make_case(template, name, quick, bug)
    steps = [step for step in case.record() if step.syscall != "fcntl"][::2]
    results = kill_all(case, steps)
    red = [sentence for _, wrong in results for sentence in wrong if said in sentence]
    figure(f"planted {bug}: {name}", f"{sum(1 for _, wrong in results if wrong)} of {len(results)} kills seen")
    assert red, f"{said!r} was never said"
