"""Kills or fails a child process at each of its system calls, by strace's fault injection.

A child script marks what is of interest with `mark("begin")` and `mark("end")`. `record` runs it once untouched and
lists every point in between; `run` repeats it with a fault at one of them. Counters of strace are per system call and
thread, so a child must do its work in one thread and the same way every time (imports and caches warmed before
`begin`).
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

KILLED_AT = (
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "unlink",
    "mkdir",
    "link",
    "ftruncate",
    "fcntl",
)
"""System calls after or before which the state on disk may differ."""

_MARK = "/scoredock-mark/"
_CALL = re.compile(r"^\d+\s+(\w+)\((.*)$")


@dataclass(frozen=True)
class Point:
    """One system call of the child between the marks."""

    syscall: str
    occurrence: int
    """Counted from the start of the process, as strace counts."""
    text: str
    """The call as strace prints it, with paths."""
    phase: str

    @property
    def kill(self) -> str:
        return f"{self.syscall}:signal=SIGKILL:when={self.occurrence}"

    def fail(self, error: str) -> str:
        return f"{self.syscall}:error={error}:when={self.occurrence}"


@dataclass(frozen=True)
class Outcome:
    """How a child ended."""

    returncode: int
    output: str

    @property
    def killed(self) -> bool:
        return self.returncode in (-9, 137)


class Harness:
    """Runs one child script under strace. `classify` names the phase of each call in turn (it may keep state)."""

    def __init__(
        self, script: Path, log_folder: Path, syscalls: Sequence[str] = KILLED_AT, timeout: float = 60
    ) -> None:
        self.script = script
        self.log_folder = log_folder
        self.syscalls = ",".join(f"?{name}" for name in syscalls)  # `?`: not every machine has every call
        self.timeout = timeout

    @staticmethod
    @functools.cache
    def strace() -> str | None:
        """The strace program, when it is there and may trace here."""
        found = shutil.which("strace")
        if found is None:
            return None
        tried = subprocess.run([found, "-o", os.devnull, "true"], capture_output=True, check=False)
        return found if tried.returncode == 0 else None

    def record(self, arguments: Sequence[object], classify: Callable[[str, str], str]) -> list[Point]:
        """Every call between the marks of one clean run, in order. Fails when the run itself fails."""
        log = self.log_folder / "clean.strace"
        outcome = self._start(arguments, log, [])
        if outcome.returncode != 0:
            raise AssertionError(f"the untouched child failed ({outcome.returncode}):\n{outcome.output}")
        counts: Counter[str] = Counter()
        points: list[Point] = []
        inside = False
        main = ""
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            match = _CALL.match(line)
            if match is None:
                continue
            main = main or line.split()[0]
            if line.split()[0] != main:
                continue
            syscall, text = match[1], match[2]
            counts[syscall] += 1
            if _MARK in text:
                inside = f"{_MARK}begin" in text
            elif inside:
                points.append(Point(syscall, counts[syscall], text, classify(syscall, text)))
        if not points:
            raise AssertionError("the child never marked its begin, or did nothing")
        return points

    def run(self, arguments: Sequence[object], fault: str) -> Outcome:
        """The child with one fault: `Point.kill` or `Point.fail(...)`."""
        return self._start(arguments, Path(os.devnull), ["-e", f"inject={fault}"])

    def _start(self, arguments: Sequence[object], log: Path, extra: Iterable[str]) -> Outcome:
        strace = self.strace()
        assert strace is not None
        # Not with --seccomp-bpf, which is faster: strace 6.1 then fails calls as told but sends no signals.
        argv = [
            strace,
            "-f",
            "-qq",
            "-y",
            "-s",
            "200",
            "-o",
            str(log),
            "-e",
            f"trace={self.syscalls}",
            "-e",
            "signal=none",
            *extra,
            sys.executable,
            "-B",
            str(self.script),
            *(str(argument) for argument in arguments),
        ]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        completed = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            check=False,
            timeout=self.timeout,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        return Outcome(completed.returncode, completed.stdout + completed.stderr)


def mark(name: str) -> None:
    """Called by a child: shows in the trace as the opening of a file that is not there."""
    with contextlib.suppress(FileNotFoundError):
        os.open(f"{_MARK}{name}", os.O_RDONLY)


def acknowledge(path: Path, text: str) -> None:
    """Called by a child when an operation has returned: one durable line outside the store."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"{text}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def acknowledged(path: Path) -> list[str]:
    """The whole lines of an acknowledgement file."""
    if not path.exists():
        return []
    return [line for line in path.read_text().split("\n")[:-1] if line]


def table(title: str, phases: Iterable[str]) -> str:
    """How often each phase was hit, for the end of a test."""
    counts = Counter(phases)
    lines = [f"{title}: {sum(counts.values())}", *(f"  {phase:<16} {count:>4}" for phase, count in counts.items())]
    return "\n".join(lines)
