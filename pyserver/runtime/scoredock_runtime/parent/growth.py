"""Growth of a worker, and whether a fresh one should take its place."""

from __future__ import annotations

import os
import sys
from typing import List, Optional

THREAD_LIMIT = 1_000
"""Threads of a worker: a script that leaks one with each request comes here long before the system refuses more."""

_DESCRIPTOR_SHARE = 0.8
"""Of the descriptors a worker may have, those that are not sockets: sockets are its callers', and they come and go."""


def resident_megabytes(pid: int) -> float:
    """Memory that the process holds now; 0.0 when it is gone or hidden."""
    try:
        if sys.platform == "win32":
            return _windows_working_set(pid) / 1048576
        if os.path.exists("/proc/self/statm"):
            with open(f"/proc/{pid}/statm", "rb") as statm:
                return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1048576
        import subprocess

        completed = subprocess.run(
            ["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
        )
        return int(completed.stdout) / 1024
    except Exception:
        return 0.0  # it may be gone at any moment, and no figure is worth a service


def _windows_working_set(pid: int) -> int:
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = [("cb", wintypes.DWORD), ("faults", wintypes.DWORD)] + [
            (name, ctypes.c_size_t) for name in ("peak", "size", "a", "b", "c", "d", "file", "peak_file")
        ]

    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = kernel.OpenProcess(0x1000, False, pid)
        if handle:
            try:
                counters = Counters(cb=ctypes.sizeof(Counters))
                if kernel.K32GetProcessMemoryInfo(wintypes.HANDLE(handle), ctypes.byref(counters), counters.cb):
                    return int(counters.size)
            finally:
                kernel.CloseHandle(wintypes.HANDLE(handle))
    return 0


class Growth:
    """Growth of one worker, from the moment it is ready."""

    def __init__(self, pids: List[int], megabytes: int) -> None:
        self._pids = pids
        """Its own process, and that of a script with a Python of its own."""
        self._limit = megabytes
        if megabytes and self._held() >= megabytes:
            # Every new worker would be beyond it at once, and nothing but starts would be left.
            self._limit = 0
            self.warning: Optional[str] = (
                f"A fresh worker holds more than {megabytes} MB already, so none is replaced for its memory."
            )
        else:
            self.warning = None

    def why_recycle(self) -> Optional[str]:
        """Reason why a fresh worker should take over; None when none needs to."""
        if self._limit:
            held = self._held()
            if held > self._limit:
                return f"it holds {held:.0f} MB, more than {self._limit}"
        return next(filter(None, (_too_many_threads(pid) or _too_many_files(pid) for pid in self._pids)), None)

    def _held(self) -> float:
        return sum(resident_megabytes(pid) for pid in self._pids)


def _too_many_threads(pid: int) -> Optional[str]:
    try:
        count = len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return None
    return f"it has {count} threads" if count > THREAD_LIMIT else None


def _too_many_files(pid: int) -> Optional[str]:
    folder = f"/proc/{pid}/fd"
    try:
        limit = _descriptor_limit(pid)
        names = os.listdir(folder)
    except (OSError, ValueError, StopIteration):
        return None
    if len(names) < limit * _DESCRIPTOR_SHARE:
        return None
    files = sum(_is_file(os.path.join(folder, name)) for name in names)
    return f"it has {files} files open of {limit}" if files > limit * _DESCRIPTOR_SHARE else None


def _is_file(descriptor: str) -> bool:
    try:
        return not os.readlink(descriptor).startswith("socket:")
    except OSError:
        return False  # closed meanwhile


def _descriptor_limit(pid: int) -> int:
    with open(f"/proc/{pid}/limits", encoding="ascii") as limits:
        line = next(line for line in limits if line.startswith("Max open files"))
    return int(line.split()[3])
