"""Eight processes change one workspace at once: contiguous numbers, everything answered is there, nobody meets a
lock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scoredock.registry import Registry

from crash.knowledge import Knowledge
from crash.template import Template
from crash.tracer import attach
from crash.writer import make_contents

PROCESSES = 8
Figure = Callable[[str, object], None]

pytestmark = pytest.mark.chance


def run(template: Template, folder: Path, changes: int, bug: str = "", flush: int = 0) -> tuple[list[str], Knowledge]:
    """Every process makes so many changes, then the workspace is looked at. A flush takes `flush` microseconds
    longer."""
    contents = folder / "contents"
    make_contents(contents)
    workspace = folder / "workspace"
    knowledge = Knowledge(contents)
    first = Registry(workspace).register([contents / "shared0"], "first")  # by a clock that is right
    knowledge.hear("w0", ["begin 0 register first shared0", f"end 0 {first.id}"])
    knowledge.owners.clear()
    writers = {
        f"w{number}": template.fork(
            "crash.writer:write", str(workspace), str(contents), f"w{number}", number, [], [], changes, bug
        )
        for number in range(PROCESSES)
    }
    slow = ("-o", os.devnull, "-e", f"inject=fsync,fdatasync:delay_enter={flush}", "-e", "trace=fsync,fdatasync")
    tracing = [attach(victim, *slow) for victim in writers.values() if flush]
    for victim in writers.values():
        victim.go()
    with ThreadPoolExecutor(PROCESSES) as pool:
        ended = dict(zip(writers, pool.map(lambda victim: victim.end(), writers.values()), strict=True))
    for who, (said, status) in ended.items():
        knowledge.hear(who, said)
        if status != 0:
            knowledge.problems.append(f"{who} ended with {status}: {said[-1:]}")
    for each in tracing:
        each.communicate()
    return knowledge.wrong(workspace), knowledge


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_eight_processes_of_a_thousand_changes_each(
    template: Template, quick: Path, long: bool, everything: bool, figure: Figure
) -> None:
    """A thousand where everything is wanted."""
    started = time.monotonic()
    changes = 1000 if everything else 250 if long else 20
    wrong, knowledge = run(template, quick, changes)
    figure("eight processes", f"{knowledge.answered.total()} changes answered, {time.monotonic() - started:.0f} s")
    assert not wrong, "\n".join(wrong[:20])
    assert knowledge.answered.total() == PROCESSES * changes + 1


@pytest.mark.long("the gate does the same on a disk in memory, and test_flushes.py reads the order of flushes")
@pytest.mark.slow
def test_eight_processes_on_a_real_disk(template: Template, tmp_path: Path, everything: bool, figure: Figure) -> None:
    """As on a disk in memory, where the flushes cost something."""
    changes = 1000 if everything else 250
    started = time.monotonic()
    wrong, knowledge = run(template, tmp_path, changes)
    figure(
        "eight processes, real disk",
        f"{knowledge.answered.total()} changes answered, {time.monotonic() - started:.0f} s",
    )
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.slow
def test_numbers_do_not_follow_the_clock(template: Template, quick: Path, long: bool) -> None:
    """Each process has a clock of its own, some a day behind and some ten years."""
    changes = 50 if long else 8
    wrong, knowledge = run(template, quick, changes, "clock_in_the_past")
    assert not wrong, "\n".join(wrong[:20])
    assert knowledge.answered.total() == PROCESSES * changes + 1


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
def test_nobody_is_told_of_a_lock_on_a_slow_disk(template: Template, quick: Path, long: bool, figure: Figure) -> None:
    """Writers are passed over for longer than one may hold the lock, as the lock has no queue."""
    started = time.monotonic()
    wrong, knowledge = run(template, quick / "right", 12 if long else 4, "impatient", flush=10_000)
    figure(
        "eight processes, slow disk",
        f"{knowledge.answered.total()} changes answered, {time.monotonic() - started:.0f} s",
    )
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
@pytest.mark.long("shows that a slow disk finds the bug, with as many changes as the long run makes")
def test_who_gives_up_though_others_write_is_seen(template: Template, quick: Path, figure: Figure) -> None:
    told, _ = run(template, quick / "planted", 12, "gives_up_though_others_write", flush=10_000)
    figure("planted gives_up_though_others_write: eight processes, slow disk", f"{len(told)} sentences")
    assert any("store-busy" in sentence for sentence in told)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bug", "said"),
    [
        ("lock_taken_late", "store-busy"),
        ("changed_in_two_transactions", "UNIQUE constraint failed|were left out"),
        ("blobs_not_looked_at_again", "is not there"),
    ],
)
@pytest.mark.long("shows that eight processes find bugs; each takes seconds")
def test_a_planted_bug_is_seen(bug: str, said: str, template: Template, quick: Path, figure: Figure) -> None:
    wrong, _ = run(template, quick, 50, bug)
    figure(f"planted {bug}: eight processes", f"{len(wrong)} sentences")
    assert any(said_one in sentence for sentence in wrong for said_one in said.split("|")), "\n".join(wrong[:20])
