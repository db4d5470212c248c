"""What a cluster leaves behind on the machine itself: its interface, its groups of processes, its folder.

All else lies in namespaces, which the kernel removes with their last process.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
from scoredock.forwarding.forwards import FORWARDS

from cluster.layout import ALL_CONTROLLERS, Place


def remove(place: Place, seconds: float = 30) -> None:
    """Ends what is left of a cluster that nobody uses and removes what it had. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while left := _remove_groups(place):
        if time.monotonic() > deadline:
            raise TimeoutError(f"still there after {seconds:.0f} s: {left[0]}")
        time.sleep(0.05)
    if Path("/sys/class/net", place.interface).exists():
        subprocess.run(["ip", "link", "delete", place.interface], check=False, capture_output=True)
    keep = {place.users, place.lock}
    for each in place.folder.iterdir() if place.folder.exists() else ():
        if each in keep:
            continue
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)


def end_forwards(namespace: str) -> None:
    """Processes that lead from this machine to services which a test has left in a namespace: they would wait for it to
    come back for as long as their folder is there."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "scoredock.forwarding.forwards" in words:
            with contextlib.suppress(OSError, psutil.Error):
                if f'"{namespace}"' in (Path(words[-2]) / FORWARDS).read_text():
                    process.terminate()


def _remove_groups(place: Place) -> list[Path]:
    """Those that are still there, their processes told to end."""
    left = []
    for top in (place.groups(controller) for controller in ALL_CONTROLLERS):
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                Path(folder).rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                left.append(Path(folder))
                _kill(Path(folder))
    return left


def _kill(group: Path) -> None:
    with contextlib.suppress(OSError):
        for number in (group / "cgroup.procs").read_text().split():
            if number != "0":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(number), signal.SIGKILL)
