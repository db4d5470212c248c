"""Every verb of the registry with an error of the disk at each of its system calls: one sentence, and the store
untouched."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crash.cases import LEADING, STARTS, Case, make_case, spread
from crash.template import Template
from crash.tracer import CHANGING, Step
from depth import SEED

READING = ("read", "pread64", "readv", "preadv", "getdents64")
SYSCALLS = (*CHANGING, *READING)
_WRITING = (
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "copy_file_range",
    "fsync",
    "fdatasync",
    "ftruncate",
    "fallocate",
    "mkdir",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "openat",
)
_NAMES = ("unlink", "unlinkat", "rmdir", "chmod", "fchmod", "fchmodat", "utimensat")

ERRORS: dict[str, tuple[str, ...]] = {
    "EIO": (*_WRITING, *_NAMES, *READING, "fcntl", "flock"),
    "ENOSPC": _WRITING,
    "EDQUOT": _WRITING,
    "EINTR": ("openat", "read", "readv", "pread64", "write", "pwrite64", "fsync", "fdatasync", "fcntl", "flock"),
    "EROFS": ("openat", "mkdir", "rename", "unlink", "link", "chmod", "fchmod", "ftruncate"),
}
"""Which calls can fail how."""

_UNREADABLE = {"model-path-unreadable", "workspace-damaged", "model-damaged", "backup-invalid", "file-unreadable"}
"""Of errors while something is read: the file of the model, the store, a blob, a backup."""
EXPECTED: dict[str, set[str]] = {
    "EIO": {"io-failed", "workspace-read-only", *_UNREADABLE},
    "ENOSPC": {"disk-full", "io-failed", "workspace-read-only", *_UNREADABLE},
    "EDQUOT": {"disk-full", "io-failed", "workspace-read-only", *_UNREADABLE},
    "EINTR": {"io-failed", "workspace-read-only", *_UNREADABLE},
    "EROFS": {"io-failed", "workspace-read-only", *_UNREADABLE},
}
"""SQLite does not tell why a flush or a journal failed, and the disk itself is fine when it is asked: io-failed then. A
store that cannot be opened for writing, for whatever reason, it opens for reading."""
_ONLY_WRITING = ("ENOSPC", "EDQUOT", "EROFS")
"""What opening for reading alone never answers."""
CLOSELY = ("into a new workspace", "gc", "restore a backup")
"""Verbs that the gate looks at more closely than at the others; test_kills.py looks at the other leading ones."""
OTHERS = pytest.mark.long("another verb that goes the same way through the program fails at the gate")
FAULTS, FEW = 4, 3
"""Of each verb, where not all are made: with one of each system call besides, or without."""

pytestmark = pytest.mark.chance


def faults(steps: Sequence[Step]) -> Iterator[tuple[str, Step]]:
    for error, syscalls in ERRORS.items():
        for step in steps:
            if step.syscall in syscalls and not (error in _ONLY_WRITING and "O_RDONLY" in step.text):
                yield error, step


def some_faults(steps: Sequence[Step], first: int, closely: bool) -> list[tuple[str, Step]]:
    """Steps from the first to the last with one error each: the next one that it can have. Closely, no error is left
    out.

    `first` is the error to begin with, so that the verbs differ.
    """
    everything = list(faults(steps))
    possible = {step: [error for error, other in everything if other is step] for step in steps}
    errors = list(ERRORS)
    chosen: list[tuple[str, Step]] = []
    turn = first
    able = [step for step in steps if possible[step]]
    for step in spread(able, FAULTS if closely else FEW, every_call=closely):
        while errors[turn % len(errors)] not in possible[step]:
            turn += 1
        chosen.append((errors[turn % len(errors)], step))
        turn += 1
    for error in sorted(set(ERRORS) - {error for error, _ in chosen}) if closely else ():
        some = [step for step in steps if error in possible[step]]
        chosen.append((error, some[len(some) // 2]))
    return chosen


def one_error_each(steps: Sequence[Step], chance: random.Random) -> list[tuple[str, Step]]:
    """Every step with one of the errors that it can have, and every error at least once."""
    all_of_them = list(faults(steps))
    possible: dict[Step, list[str]] = {}
    for error, step in all_of_them:
        possible.setdefault(step, []).append(error)
    chosen = [(chance.choice(errors), step) for step, errors in possible.items()]
    drawn = {error for error, _ in chosen}
    return chosen + [
        chance.choice([one for one in all_of_them if one[0] == error]) for error in ERRORS if error not in drawn
    ]


def fail_all(case: Case, chosen: Sequence[tuple[str, Step]]) -> list[str]:
    """One run for each fault, two at a time; everything that is wrong."""

    def fail(item: tuple[int, tuple[str, Step]]) -> list[str]:
        number, (error, step) = item
        ended, wrong = case.run(number, step.fail(error))
        if ended.status != 0:
            wrong.append(f"no typed error but {ended.said} and {ended.status}")
        elif ended.refused and ended.refused not in EXPECTED[error]:
            wrong.append(f"told as {ended.said}")
        return [f"{error} at {step.syscall}({step.text[:150]}: {sentence}" for sentence in wrong]

    with ThreadPoolExecutor(2) as pool:
        return [sentence for wrong in pool.map(fail, enumerate(chosen)) for sentence in wrong]


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("name", [pytest.param(name, marks=[] if name in LEADING else [OTHERS]) for name in STARTS])
def test_every_error_at_every_step(
    name: str, template: Template, quick: Path, long: bool, everything: bool, figure: Callable[[str, object], None]
) -> None:
    """All five errors at each step only where everything is wanted; the long run draws one for each."""
    started = time.monotonic()
    case = make_case(template, name, quick, syscalls=SYSCALLS)
    steps = case.record()
    if everything:
        chosen = list(faults(steps))
    elif long:
        chosen = one_error_each(steps, random.Random(f"{SEED} {name}"))
    else:
        chosen = some_faults(steps, list(STARTS).index(name), name in CLOSELY)
    wrong = fail_all(case, chosen)
    figure(f"failed at every system call: {name}", f"{len(chosen)} errors, {time.monotonic() - started:.0f} s")
    assert not wrong, "\n".join(wrong[:20])
    if long or name in CLOSELY:
        assert {error for error, _ in chosen} == set(ERRORS)


@pytest.mark.long("shows that the errors of the long run find bugs, with as many errors")
@pytest.mark.slow
@pytest.mark.usefixtures("strace")
def test_an_error_passed_on_as_it_comes_is_seen(
    template: Template, quick: Path, figure: Callable[[str, object], None]
) -> None:
    case = make_case(template, "new bytes", quick, "errors_as_they_come", SYSCALLS)
    chosen = [(error, step) for error, step in faults(case.record()) if error == "ENOSPC"]
    wrong = fail_all(case, chosen)
    figure("planted errors_as_they_come: new bytes", f"{len(wrong)} sentences about {len(chosen)} errors")
    assert any("no typed error" in sentence for sentence in wrong)
