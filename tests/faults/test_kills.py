"""Every verb of the registry killed at each of its system calls: done as a whole or not at all, and nothing in the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crash.cases import STARTS, UPKEEP, broken, kill_all, make_case
from crash.template import Template

Figure = Callable[[str, object], None]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("name", list(STARTS))
def test_killed_at_every_step(name: str, template: Template, quick: Path, long: bool, figure: Figure) -> None:
    started = time.monotonic()
    case = make_case(template, name, quick)
    steps = case.record()
    if name in UPKEEP and not long:
        steps = steps[::5]
    results = kill_all(case, steps)
    figure(f"killed at every system call: {name}", f"{len(results)} kills, {time.monotonic() - started:.0f} s")
    told = broken(results)
    assert not told, "\n".join(told)
    assert len(results) >= 20


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
def test_a_planted_bug_is_seen(name: str, bug: str, said: str, template: Template, quick: Path, figure: Figure) -> None:
    case = make_case(template, name, quick, bug)
    steps = [step for step in case.record() if step.syscall != "fcntl"][::2]
    results = kill_all(case, steps)
    red = [sentence for _, wrong in results for sentence in wrong if said in sentence]
    figure(f"planted {bug}: {name}", f"{sum(1 for _, wrong in results if wrong)} of {len(results)} kills seen")
    assert red, f"{said!r} was never said"
