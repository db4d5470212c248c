"""What a process has started, how that ends with it, and what it uses. On Linux without psutil, as far as that goes:
to import it takes as long as scoring some thousand rows."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import psutil

_IS_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""
_SAME = 0.05
"""Seconds two readings of one start time may differ by: clock ticks and rounding."""
_SURVIVES = """# Scoredock: ends what a process that was killed had started.
import os, sys
groups = set()
for line in sys.stdin:
    (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
for group in groups:
    try:
        os.killpg(group, 9)
    except OSError:
        pass
"""


@functools.cache
def boot() -> str:
    """Which boot of the machine this is; empty where nothing tells."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def began(process: psutil.Process) -> float:
    """When a process began, as a figure to know it again by, see `ServiceStatus.parent_started`. Raises
    psutil.Error."""
    from scoredock_runtime import contract

    return contract.beginning(process.pid) or process.create_time()


def began_at(process: psutil.Process, figure: float) -> bool:
    """Whether a process is the one of which `began` gave the figure, in whichever process. Raises psutil.Error."""
    from scoredock_runtime import contract

    # An older runtime gave the time by the wall clock; a step of the clock moves that.
    own = began(process) if figure >= contract.BOOT else process.create_time()
    return abs(own - figure) < _SAME


def is_childless(pid: int) -> bool:
    """Whether it surely has none; only Linux tells."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 (names only)
        return not any(Path(f"/proc/{pid}/task/{each}/children").read_bytes() for each in tasks)
    except OSError:
        return False


def family(pid: int) -> list[Callable[[], None]]:
    """What ends a process and each of its descendants."""
    import psutil

    def end(victim: psutil.Process) -> None:
        with contextlib.suppress(psutil.Error):
            victim.kill()

    try:
        root = psutil.Process(pid)
        return [functools.partial(end, each) for each in (root, *root.children(recursive=True))]
    except psutil.Error:
        return []


def end_with(parent: int) -> None:
    """On Linux the kernel ends this process with the one that forked it, or with the thread there that did."""
    import signal

    if _IS_LINUX:
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before
            os._exit(1)


def usage_of(pid: int) -> tuple[int, float]:
    """Bytes of memory, and seconds of processor time; 0 of one that has ended."""
    if _IS_LINUX:
        return _usage_on_linux(pid)
    import psutil

    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        return process.memory_info().rss, round(times.user + times.system, 2)
    except psutil.Error:
        return 0, 0.0


def _usage_on_linux(pid: int) -> tuple[int, float]:
    """From proc(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        user, system, pages = (int(fields[number]) for number in (11, 12, 21))
    except (OSError, ValueError, IndexError):
        return 0, 0.0
    return pages * os.sysconf("SC_PAGE_SIZE"), round((user + system) / os.sysconf("SC_CLK_TCK"), 2)


class _Started(Protocol):
    returncode: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None


class Survivor:
    """A process that ends a moment after this one, by the end of its input, which no other process holds.

    Linux has a signal for the end of a parent, which reaches no grandchild and has to be asked for by the child. POSIX
    only.
    """

    def __init__(self, start: Callable[[Sequence[str]], _Started]) -> None:
        """`start` begins a program with pipes for all it reads and writes, and raises OSError."""
        self._start = start
        self._lock = threading.Lock()
        self._input = -1
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._in_fork)

    def begin(self) -> None:
        """Before a program is started, so that hardly a moment is between its start and `watch`. Never raises."""
        self._tell("")

    def watch(self, leader: int) -> None:
        """The group of processes that this one leads is to end with this process. Never raises: without that a program
        runs all the same."""
        self._tell(f"+{leader}\n")

    def release(self, leader: int) -> None:
        """No longer. Never raises."""
        self._tell(f"-{leader}\n")

    def _tell(self, line: str) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._input < 0:
                self._input = self._begin()
            try:
                os.write(self._input, line.encode())
            except BrokenPipeError:  # somebody has ended it: the next program has another one
                self._let_go()

    def _begin(self) -> int:
        process = self._start([sys.executable, "-I", "-S", "-c", _SURVIVES])
        process.returncode = 0  # nobody waits for it
        pipes = [pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe is not None]
        descriptor = os.dup(pipes[0].fileno())
        for pipe in pipes:
            pipe.close()
        return descriptor

    def _let_go(self) -> None:
        if self._input >= 0:
            os.close(self._input)
            self._input = -1

    def _in_fork(self) -> None:
        """Its end is not that of this process, and whoever held the lock is not there."""
        self._lock = threading.Lock()
        self._let_go()
