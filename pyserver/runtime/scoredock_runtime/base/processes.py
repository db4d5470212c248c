"""Processes of the operating system, as far as the parent has to do with them. Standard library only."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import IO, Callable, Iterator, List, Optional, Protocol

from scoredock_runtime import contract
from scoredock_runtime.contract_variables import MARKER


class Process(Protocol):
    """A child: a program that was started, or a fork of the template process."""

    pid: int
    returncode: int
    stdout: Optional[IO[bytes]]
    stderr: Optional[IO[bytes]]

    def wait(self, timeout: Optional[float] = None) -> int: ...

    def kill(self) -> None: ...

    def send_signal(self, sig: int) -> None: ...


class ForkedProcess:
    """A worker that the template process forked and this process has adopted."""

    def __init__(self, pid: int, stdout: int, stderr: int) -> None:
        self.pid = pid
        self.returncode = -1
        self.stdout: Optional[IO[bytes]] = os.fdopen(stdout, "rb", 0)
        self.stderr: Optional[IO[bytes]] = os.fdopen(stderr, "rb", 0)
        self._reaped = False

    def wait(self, timeout: Optional[float] = None) -> int:
        """The exit code, below zero for a signal. Raises TimeoutError."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self._reaped:
            try:
                pid, status = os.waitpid(self.pid, 0 if until is None else getattr(os, "WNOHANG", 0))
            except ChildProcessError:
                self._reaped = True
                break
            if pid:
                self._reaped = True
                self.returncode = os.waitstatus_to_exitcode(status)
            elif until is not None and time.monotonic() > until:
                raise TimeoutError(f"Worker {self.pid} has not ended.")
            else:
                time.sleep(0.002)
        return self.returncode

    def kill(self) -> None:
        """Harmless when it has been reaped."""
        if sys.platform != "win32":
            self.send_signal(signal.SIGKILL)

    def send_signal(self, sig: int) -> None:
        """Raises OSError when it is gone."""
        if not self._reaped:
            os.kill(self.pid, sig)


_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def start_time(pid: int) -> float:
    """Start time of a process, as in `ServiceStatus.parent_started`; 0.0 when it is gone or hidden."""
    try:
        return contract.beginning(pid) or _start_time(pid)
    except Exception:
        return 0.0  # whatever a system answers: nobody is helped by a failure here


def _start_time(pid: int) -> float:
    if sys.platform == "win32":
        return _windows_start_time(pid)
    if os.path.exists("/proc/stat"):
        return _linux_start_time(pid)
    # There is no call for it in the standard library elsewhere; ps knows it to the second.
    import subprocess

    command = ["/bin/ps", "-o", "lstart=", "-p", str(pid)]
    completed = subprocess.run(command, capture_output=True, text=True, check=True, env={"LC_ALL": "C"})
    return time.mktime(time.strptime(completed.stdout.strip(), "%a %b %d %H:%M:%S %Y"))


def _linux_start_time(pid: int) -> float:
    with open(f"/proc/{pid}/stat", "rb") as stat:
        ticks = float(stat.read().rpartition(b")")[2].split()[19])
    with open("/proc/stat", "rb") as system:
        boot = next(float(line.split()[1]) for line in system if line.startswith(b"btime"))
    return ticks / os.sysconf("SC_CLK_TCK") + boot


def _windows_start_time(pid: int) -> float:
    import ctypes
    from ctypes import wintypes

    query_limited_information = 0x1000
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = kernel.OpenProcess(query_limited_information, False, pid)
        if handle:
            try:
                times = [wintypes.FILETIME() for _ in range(4)]
                if kernel.GetProcessTimes(wintypes.HANDLE(handle), *[ctypes.byref(each) for each in times]):
                    ticks = (times[0].dwHighDateTime << 32) + times[0].dwLowDateTime
                    return float(ticks / 1e7 - 11644473600)
            finally:
                kernel.CloseHandle(wintypes.HANDLE(handle))
    return 0.0


def become_subreaper() -> None:
    """Makes processes that a worker leaves behind children of the calling process instead of init's. Linux only."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def signal_when_parent_dies(number: int) -> None:
    """Makes the kernel send the signal when the thread that started this process ends. Linux only."""
    _prctl(_PR_SET_PDEATHSIG, number)


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    try:
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        return  # a Python without ctypes: the pipe's end still tells the worker


def end_sooner(pid: int, score: int) -> None:
    """Have the kernel end the process before others where memory runs out, the sooner the higher the score (to
    1000)."""
    try:
        with open(f"/proc/{pid}/oom_score_adj", "w", encoding="ascii") as stream:
            stream.write(str(score))
    except OSError:
        return  # not Linux, or it has ended


def wait_without_reaping(process: Process) -> None:
    """Returns when the process has ended; its id stays taken, so signals to its group cannot meet a stranger."""
    if sys.platform != "win32" and hasattr(os, "waitid"):
        try:
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            return
        except ChildProcessError:
            return
    process.wait()


def end_tree(process: Process, marker: str) -> None:
    """Kills the process and everything it started: its group, its session and whatever carries its marker.

    Tolerates all that is already gone. The process itself is reaped."""
    if sys.platform == "win32":
        import subprocess

        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        deadline = time.monotonic() + 5.0
        wanted = marker.encode()
        while True:
            _kill_group(process.pid)
            left = [pid for pid in _members(process.pid, lambda mark: mark == wanted) if pid != process.pid]
            for pid in left:
                _kill(pid)
            if not left or time.monotonic() > deadline:
                break
            time.sleep(0.005)
    try:
        process.kill()
        process.wait(timeout=5.0)
    except Exception:
        return  # gone, or in uninterruptible sleep: the kernel ends it when the device answers


def end_marked(start: str, spared: str) -> None:
    """Kills what carries a marker with that start although its worker and parent are gone (Linux; elsewhere nothing is
    found). Markers that start with `spared` are those of the calling parent."""
    ours, of_this = start.encode(), spared.encode()
    for _ in range(200):
        left = list(_members(0, lambda mark: mark.startswith(ours) and not mark.startswith(of_this)))
        if not left:
            return
        for pid in left:
            _kill(pid)
        time.sleep(0.005)


def reap_adopted(own_pids: List[int], *, kill: bool) -> None:
    """Collects children that came to this process as their subreaper; with `kill` ends those still running."""
    for _ in range(200):
        running = 0
        for pid in _children():
            if pid in own_pids:
                continue
            if kill:
                _kill(pid)
            try:
                done, _status = os.waitpid(pid, os.WNOHANG)
                running += done == 0
            except OSError:
                continue
        if not kill or not running:
            return
        time.sleep(0.005)


def _children() -> List[int]:
    pids: List[int] = []
    try:
        for task in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{task}/children", "rb") as children:
                pids += [int(pid) for pid in children.read().split()]
    except OSError:
        return pids
    return pids


def _members(session: int, predicate: Callable[[bytes], bool]) -> Iterator[int]:
    if not sys.platform.startswith("linux"):
        return
    own = os.getpid()
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == own:
            continue
        fields = _stat_fields(entry)
        if fields is None or fields[0] in (b"Z", b"X"):
            continue
        if (session and int(fields[3]) == session) or _carries(entry, predicate):
            yield int(entry)


def _stat_fields(pid: str) -> Optional[List[bytes]]:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()
    except OSError:
        return None


def _carries(pid: str, predicate: Callable[[bytes], bool]) -> bool:
    name = f"{MARKER}=".encode()
    try:
        with open(f"/proc/{pid}/environ", "rb") as environ:
            return any(item.startswith(name) and predicate(item[len(name) :]) for item in environ.read().split(b"\0"))
    except OSError:
        return False


def _kill_group(group: int) -> None:
    if sys.platform != "win32":
        try:
            os.killpg(group, signal.SIGKILL)
        except OSError:
            return


def _kill(pid: int) -> None:
    if sys.platform != "win32":
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            return


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU time of another process; 0 where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def end_own_group() -> None:
    """Ends the calling process and its group at once; a worker does so when its parent is gone."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)
