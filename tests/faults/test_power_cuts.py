"""The power goes while four writers work: what was answered is on the disk, whatever the kernel had not written yet."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crash.disk import MERCILESS, Disk, available, disk, mounted
from crash.knowledge import Knowledge
from crash.template import Template, Victim
from crash.writer import make_contents
from depth import SEED

WRITERS = ("w0", "w1", "w2", "w3")
CUTS = 10
"""Cuts of one disk, before it would be full."""
Figure = Callable[[str, object], None]

pytestmark = pytest.mark.chance


@pytest.fixture
def disks(quick: Path, require: Callable[[object, str], None]) -> Path:
    require(available(quick), "ext4 in a file, mounted by a loop device (root)")
    return quick


def cut_one_disk(
    template: Template, folder: Path, cuts: int, chance: random.Random, bug: str = ""
) -> tuple[list[str], int]:
    """What is wrong after each cut, and how many changes had been answered before the last."""
    folder.mkdir()
    contents = folder / "contents"
    make_contents(contents)
    knowledge = Knowledge(contents)
    wrong: list[str] = []
    with disk(folder) as one:
        workspace = one.folder / "workspace"
        victims = {
            who: template.fork(
                "crash.writer:write",
                str(workspace),
                str(contents),
                who,
                chance.randrange(1 << 30),
                [],
                [],
                1 << 30,
                bug,
            )
            for who in WRITERS
        }
        heard = dict.fromkeys(WRITERS, 0)
        try:
            for victim in victims.values():
                victim.go()
            for number in range(cuts):
                _let_work(victims, heard, chance.randrange(2, 40), chance.random() * 0.02)
                wrong += [f"cut {number}: {said}" for said in _cut(one, folder, knowledge, victims, heard)]
        finally:
            for victim in victims.values():
                victim.kill()
                victim.end()
    return wrong, knowledge.answered.total()


def _let_work(victims: dict[str, Victim], heard: dict[str, int], lines: int, more: float) -> None:
    """Until the writers said so much more, and a moment longer."""
    wanted = sum(heard.values()) + lines
    deadline = time.monotonic() + 20
    while sum(len(victim.heard()) for victim in victims.values()) < wanted and time.monotonic() < deadline:
        threading.Event().wait(0.002)
    threading.Event().wait(more)


def _cut(one: Disk, folder: Path, knowledge: Knowledge, victims: dict[str, Victim], heard: dict[str, int]) -> list[str]:
    for who, victim in victims.items():
        lines = victim.heard()
        knowledge.hear(who, lines[heard[who] :], died=False)
        heard[who] = len(lines)
    image = one.cut(folder / "cut.img")
    after = knowledge.copy()
    for victim in victims.values():
        victim.pause()  # so that looking at the copy is quick
    for who, victim in victims.items():
        # What was answered since may be on the copy, or may not.
        after.hear_more(who, victim.heard()[heard[who] :])
    with mounted(image, folder / "cut", MERCILESS) as point:
        wrong = after.wrong(point / "workspace")
    image.unlink()
    for victim in victims.values():
        victim.resume()
    return wrong


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_power_cuts_lose_nothing_that_was_answered(
    template: Template, disks: Path, long: bool, everything: bool, figure: Figure
) -> None:
    cuts, of_a_disk = (200 if everything else 60, CUTS) if long else (3, 3)
    seed = f"{SEED:x}"
    started = time.monotonic()
    wrong: list[str] = []
    answered = 0
    for number in range(cuts // of_a_disk):
        found, count = cut_one_disk(template, disks / str(number), of_a_disk, random.Random(f"{seed} {number}"))
        wrong += [f"disk {number}, {sentence}" for sentence in found]
        answered += count
    figure("power cuts", f"{cuts} cuts, {answered} changes answered, seed {seed}, {time.monotonic() - started:.0f} s")
    assert not wrong, "\n".join([f"seed {seed}", *wrong[:20]])
    assert answered > cuts


@pytest.mark.long("shows that cuts find bugs; at the gate the planted bugs of the order of flushes do")
@pytest.mark.slow
@pytest.mark.parametrize("bug", ["nothing_is_flushed", "files_are_not_flushed"])
def test_what_is_not_flushed_is_missed(bug: str, template: Template, disks: Path, figure: Figure) -> None:
    wrong, answered = cut_one_disk(template, disks / "one", 3, random.Random(bug), bug)
    figure(f"planted {bug}: power cuts", f"{len(wrong)} sentences after 3 cuts, {answered} changes answered")
    assert wrong
    assert all(" broken " not in sentence for sentence in wrong)
