"""Processes that a process has started, how they end with it or continue without it, and what they print. On Linux
without psutil, as far as that goes: to import it takes as long as scoring some thousand rows."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from scoredock import threads

if TYPE_CHECKING:
    import psutil

LINE_BYTES = 16_384
"""A longer line is cut into pieces, so that a tool without line ends cannot fill the memory."""
_WHOLE_BYTES = 8_000_000
_TAIL_LINES = 400
_IS_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""
_SAME = 0.05
"""Seconds two readings of one start time may differ by: clock ticks and rounding."""
_SURVIVES = """# Scoredock: ends what a process that was killed had started.
import os, sys, time
left = set()
for line in sys.stdin:
    (left.add if line[0] == "+" else left.discard)(line[1:].strip())
marks = {each.encode() for each in left if "=" in each}
for each in left:
    try:
        os.killpg(int(each), 9)
    except (OSError, ValueError):
        pass
def carries_mark(pid):
    try:
        with open("/proc/" + pid + "/environ", "rb") as file:
            return not marks.isdisjoint(file.read().split(b"\\0"))
    except OSError:
        return False
for _ in range(200 if marks and os.path.isdir("/proc/self") else 0):
    pids = [int(each) for each in os.listdir("/proc") if each.isdigit() and carries_mark(each)]
    for pid in pids:
        try:
            os.kill(pid, 9)
        except OSError:
            pass
    if not pids:
        break
    time.sleep(0.01)
"""
_LOOKS, _PAUSE_SECONDS = 200, 0.01
"""For processes that start others while they are ended."""


@functools.cache
def boot() -> str:
    """Id of this boot of the machine; empty where nothing tells."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def began(process: psutil.Process) -> float:
    """Beginning of a process, as a figure to know it again by, see `ServiceStatus.parent_started`. Raises
    psutil.Error."""
    from scoredock_runtime import contract

    return contract.beginning(process.pid) or process.create_time()


def began_at(process: psutil.Process, figure: float) -> bool:
    """True if a process is the one of which `began` gave the figure, in whichever process. Raises psutil.Error."""
    from scoredock_runtime import contract

    # An older runtime gave the time by the wall clock; a step of the clock moves that.
    own = began(process) if figure >= contract.BOOT else process.create_time()
    return abs(own - figure) < _SAME


def is_childless(pid: int) -> bool:
    """True if it surely has none; only Linux tells."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 (names only)
        return not any(Path(f"/proc/{pid}/task/{each}/children").read_bytes() for each in tasks)
    except OSError:
        return False


def family(pid: int) -> list[Callable[[], None]]:
    """Functions that each end one of a process and its descendants."""
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
    """Has the kernel, on Linux, end this process with the one that forked it, or with the thread there that did."""
    import signal

    if _IS_LINUX:
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before
            os._exit(1)


def end_marked(name: str, value: str) -> int:
    """End all processes of this account that have a variable of that value in their environment, but this one; how
    many those were at first."""
    count = 0
    for _ in range(_LOOKS):
        victims = list(_marked(name, value))
        count = count or len(victims)
        for victim in victims:
            victim()
        if not victims:
            break
        time.sleep(_PAUSE_SECONDS)
    return count


def _marked(name: str, value: str) -> Iterator[Callable[[], None]]:
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            is_it = process.pid != os.getpid() and process.environ().get(name) == value
            if is_it and process.status() != psutil.STATUS_ZOMBIE:
                yield process.kill


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

    def watch(self, what: int | str) -> None:
        """The group of processes that this one leads, or those with a variable `NAME=value` in their environment (Linux
        only), are to end with this process. Never raises: without that a program runs all the same."""
        self._tell(f"+{what}\n")

    def release(self, what: int | str) -> None:
        """No longer. Never raises."""
        self._tell(f"-{what}\n")

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


class WholeLines:
    """For who hears what a program prints: its lines whole. Of one above 8 MB the rest is passed over."""

    def __init__(self, hear: Callable[[str], None]) -> None:
        self.hear = hear


class Drain:
    """Reads one pipe to its end in a thread: keeps the text up to a limit and the last lines."""

    def __init__(self, pipe: IO[bytes] | None, on_line: Callable[[str], None] | WholeLines | None, limit: int) -> None:
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._pipe = pipe
        self._is_whole = isinstance(on_line, WholeLines)
        self._on_line = on_line.hear if isinstance(on_line, WholeLines) else on_line
        self._limit = limit
        self._kept: list[str] = []
        self._size = 0
        self._thread = threads.start(self._read, name="drain", at_fault=threads.again)

    def _read(self) -> None:
        if self._pipe is None:
            return
        is_rest = False
        with contextlib.suppress(OSError, ValueError):
            while piece := self._pipe.readline(_WHOLE_BYTES if self._is_whole else LINE_BYTES):
                if not (is_rest and self._is_whole):
                    self._take(piece)
                is_rest = not piece.endswith(b"\n")

    def _take(self, piece: bytes) -> None:
        line = piece.decode("utf-8", "replace").rstrip("\r\n")
        self.tail.append(line[:LINE_BYTES])
        if self._size < self._limit:
            self._kept.append(line)
            self._size += len(piece)
        if self._on_line is not None:
            self._tell(self._on_line, line)

    def _tell(self, on_line: Callable[[str], None], line: str) -> None:
        try:
            on_line(line)
        except Exception as fault:  # the program must not wait for somebody who reads its output
            threads.note("drain", fault)
            self._on_line = None

    def finish(self, deadline: float) -> None:
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._pipe is not None and not self._thread.is_alive():
            self._pipe.close()

    def text(self) -> str:
        return "\n".join(self._kept)


def fork_apart(folder: Path, keep: Collection[int] = ()) -> bool:
    """True in a new process that works in `folder` for itself, False in this one, which goes on.

    POSIX only; elsewhere processes are started apart (`run.start_apart`). The new one has a session that nobody leads:
    init adopts it, so that no process tree of an editor holds it. Of what was open it has `keep`, and null for its
    standard streams. It ends by os._exit(). Raises OSError.
    """
    between = os.fork()
    if between != 0:
        os.waitpid(between, 0)
        return False
    try:
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        _let_go_of_all_but({0, 1, 2, null, *keep}, null)
        os.chdir(folder)
    except OSError:
        os._exit(1)
    return True


def _let_go_of_all_but(open_ones: set[int], null: int) -> None:
    """A pipe of the caller's that stayed open here would make its reader wait. What Python has of the caller, such as a
    kept connection to a cluster, may yet use and close its descriptors: their numbers lead to null, so that none of
    them becomes one of this process, a lock for example. Those beyond the limit of open files, which was lowered since,
    can become none, and lead nowhere."""
    for place in list(Path("/proc/self/fd" if sys.platform == "linux" else "/dev/fd").iterdir()):
        if int(place.name) not in open_ones:
            with contextlib.suppress(OSError):
                os.close(int(place.name))
                os.dup2(null, int(place.name), inheritable=False)
