"""Kills or fails a forked victim at one of its system calls: strace is attached, then the victim may go.

Counts of strace begin when it attaches, so the n-th call is the n-th call of the work itself.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crash.harness import Harness
from crash.template import Template, Victim

CHANGING = (
    "openat",
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "copy_file_range",
    "sendfile",
    "splice",
    "ioctl",
    "ftruncate",
    "truncate",
    "fallocate",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "chmod",
    "fchmod",
    "fchmodat",
    "utimensat",
    "fcntl",
    "flock",
)
"""Calls that change what is on the disk or who holds a lock. A kill before any other call (stat, read, close) leaves
the very state that a kill before the next call of this list leaves."""

_CALL = re.compile(r"^(?:\d+\s+)?(\w+)\((.*)$")
_TOLD = re.compile(r"^\d+(<pipe:[^>]*>)?, \"(?:done|refused)")


@dataclass(frozen=True)
class Step:
    """One system call of a victim."""

    syscall: str
    occurrence: int
    text: str
    """The call as strace prints it, with paths."""
    after: bool
    """Behind the answer: the work is done."""

    @property
    def kill(self) -> str:
        return f"{self.syscall}:signal=SIGKILL:when={self.occurrence}"

    def fail(self, error: str) -> str:
        return f"{self.syscall}:error={error}:when={self.occurrence}"


@dataclass(frozen=True)
class Ended:
    """What became of a victim."""

    said: tuple[str, ...]
    status: int

    @property
    def killed(self) -> bool:
        return self.status == -9

    @property
    def done(self) -> bool:
        return any(line.startswith("done") for line in self.said)

    @property
    def refused(self) -> str:
        """The code of the error that was raised; empty when none was."""
        return next((line.split()[1] for line in self.said if line.startswith("refused ")), "")


def attach(victim: Victim, *options: str) -> subprocess.Popen[str]:
    """A strace that follows a victim which has not gone yet. It ends with the victim."""
    strace = Harness.strace()
    assert strace is not None
    tracing = subprocess.Popen(
        [strace, "-f", "-p", str(victim.pid), "-e", "signal=none", *options],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert tracing.stderr is not None
    first = tracing.stderr.readline()
    if "attached" not in first:
        tracing.kill()
        tracing.wait()
        raise AssertionError(f"strace did not attach: {first}{tracing.stderr.read()}")
    return tracing


class Tracer:
    """Runs one function in victims of a template under strace."""

    def __init__(self, template: Template, function: str, syscalls: Sequence[str] = CHANGING) -> None:
        self._template = template
        self._function = function
        self._syscalls = ",".join(f"?{name}" for name in syscalls)  # `?`: not every machine has every call

    def record(self, log: Path, *arguments: object) -> list[Step]:
        """Every call of one clean run, in order. Fails when the run itself does."""
        ended = self._run(log, (), arguments)
        if ended.status != 0 or not ended.done:
            raise AssertionError(f"the untouched victim failed: {ended}")
        return list(_steps(log.read_text(encoding="utf-8", errors="replace").splitlines()))

    def run(self, fault: str, *arguments: object) -> Ended:
        """One run with a fault: `Step.kill` or `Step.fail(...)`."""
        return self._run(Path("/dev/null"), ("-e", f"inject={fault}"), arguments)

    def _run(self, log: Path, extra: Sequence[str], arguments: Sequence[object]) -> Ended:
        victim = self._template.fork(self._function, *arguments)
        tracing = attach(
            victim,
            "-y",
            "-s",
            "200",
            "-o",
            str(log),
            "-e",
            f"trace={self._syscalls}",
            *extra,
        )
        try:
            victim.go()
            said, status = victim.end()
            tracing.wait(30)
        finally:
            tracing.kill()
            tracing.communicate()
        return Ended(tuple(said), status)


def _steps(lines: Sequence[str]) -> Iterator[Step]:
    counts: Counter[str] = Counter()
    after = False
    main = ""
    for line in lines:
        match = _CALL.match(line)
        if match is None:
            continue
        who = line.split()[0] if line[0].isdigit() else ""
        main = main or who
        if who != main:
            continue  # counters are per thread
        counts[match[1]] += 1
        after = after or (match[1] == "write" and _TOLD.match(match[2]) is not None)
        yield Step(match[1], counts[match[1]], match[2], after)
