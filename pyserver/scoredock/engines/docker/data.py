"""Data that a service in a container collects, copied to its place for a service that is a process of this machine.

The data of a service is bounded by the runtime, but may be large. So it is copied at a pace that depends on how long
the last copy took, by one process at a time, and nobody who looks at the service waits for more than a moment.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import shutil
import threading
import time
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from filelock import FileLock, Timeout

from scoredock import threads
from scoredock.containers import objects
from scoredock.containers.connection import Docker
from scoredock.engines.docker.options import STATE_FOLDER
from scoredock.engines.handle import Handle
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock_runtime.contract import DATA_FOLDER

_PAUSE_SECONDS = 10.0
_SHARE = 20
"""A copy is followed by a pause of so many times what it took."""
_WAIT_SECONDS = 0.5
"""Small data is there when the look at the service that began its copy ends."""
_LAST_SECONDS = 30.0
_GOING_SECONDS = 5.0
_INSIDE = f"{STATE_FOLDER}/{DATA_FOLDER}"
_LOCK = "data.lock"
_PIECE = 1 << 20


@dataclass(slots=True)
class _Pace:
    due: float
    """On the monotonic clock; never for a service that collects nothing."""
    copying: bool = False


@dataclass(eq=False)
class CollectedData:
    """Knows when the data of which container is due. Thread-safe."""

    _paces: dict[str, _Pace] = field(default_factory=dict)
    """By service folder and container."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def follow(self, docker: Docker, handle: Handle) -> None:
        """Copies now and then, beside the caller; called at each look at a service that serves. Never raises."""
        key, now = f"{handle.folder}\0{handle.container}", time.monotonic()
        if key not in self._paces:
            try:
                collects = _collects(docker, handle)
            except ScoredockError:
                return  # the next look asks again
            with self._lock:
                # Of one folder only the newest container serves.
                for old in [each for each in self._paces if each.startswith(f"{handle.folder}\0")]:
                    del self._paces[old]
                self._paces[key] = _Pace(now if collects else float("inf"))
        with self._lock:
            pace = self._paces.get(key)
            if pace is None or pace.copying or now < pace.due:
                return
            pace.copying = True
        copying = threads.start(self._copy, docker, handle, pace, name="data", at_fault=threads.logged)
        copying.join(_WAIT_SECONDS)

    def bring(self, docker: Docker, handle: Handle) -> None:
        """Copy what there is, at the end of a service. Never raises."""
        _brought(docker, handle, _LAST_SECONDS)

    def save(self, docker: Docker, folder: Path, containers: Sequence[str]) -> bool:
        """End the containers of a service and copy what they have collected. Whether all of it is here. Never
        raises."""
        with contextlib.suppress(ScoredockError):
            handles = [Handle("docker", folder, container=each) for each in containers]
            collecting = [each for each in handles if _collects(docker, each)]
            for handle in collecting:
                objects.signal(docker, handle.container, "SIGKILL")
                objects.wait_ended(docker, handle.container, _GOING_SECONDS)
            # They share one volume.
            return bool(collecting) and _brought(docker, collecting[0], _LAST_SECONDS)
        return False

    def settle(self, folder: Path) -> None:
        """Wait until nobody copies into the folder of a service that is about to go; its containers are gone."""
        if folder.is_dir():
            with (
                contextlib.suppress(OSError, Timeout),
                FileLock(str(folder / _LOCK), mode=0o600).acquire(timeout=_GOING_SECONDS),
            ):
                return

    def _copy(self, docker: Docker, handle: Handle, pace: _Pace) -> None:
        begun = time.monotonic()
        try:
            _brought(docker, handle, 0)
        finally:
            now = time.monotonic()
            pace.due = now + max(_PAUSE_SECONDS, _SHARE * (now - begun))
            pace.copying = False


def _collects(docker: Docker, handle: Handle) -> bool:
    """Raises ScoredockError."""
    inspected = objects.inspect(docker, handle.container) or {}
    return any(each.get("Destination") == _INSIDE for each in inspected.get("Mounts") or ())


def _brought(docker: Docker, handle: Handle, patience: float) -> bool:
    """True if all of it is here."""
    folder = handle.folder
    if not folder.is_dir():
        return False
    with (
        contextlib.suppress(ScoredockError, OSError, Timeout),
        FileLock(str(folder / _LOCK), mode=0o600).acquire(timeout=patience),
    ):
        return objects.fetch(docker, handle.container, _INSIDE, folder / DATA_FOLDER, set_aside)
    return False


def set_aside(path: Path, successor: Path) -> None:
    """Keep the rows of a file that is about to be replaced and that its successor does not have, in a file that is
    named like a rotated one. Raises OSError.

    A container makes its files longer, but with another volume, or after the service ran elsewhere, others come.
    """
    base = re.sub(r"\.\d+$", "", path.stem)
    rotated = re.compile(re.escape(base) + r"\.\d+" + re.escape(path.suffix))
    # The successor of a file that was rotated has none of its rows; the rotated one came before it.
    others = [each for each in path.parent.iterdir() if each != path and rotated.fullmatch(each.name)]
    common_size = max(_common(path, each) for each in (successor, *others))
    if common_size >= _common(path, path):
        return
    names = (path.with_name(f"{base}.{number}{path.suffix}") for number in itertools.count(1))
    aside = next(each for each in names if not each.exists())
    with path.open("rb") as former:
        header = former.readline() if path.suffix == ".csv" else b""
        if common_size <= len(header):
            path.replace(aside)
            return
        former.seek(common_size)
        temporary = aside.with_name(f".{aside.name}.part")
        with temporary.open("wb") as rest:
            rest.write(header)
            shutil.copyfileobj(former, rest)
    shutil.copystat(path, temporary)
    temporary.replace(aside)


def _common(one: Path, other: Path) -> int:
    """How many bytes both begin with, up to a line's end: what is behind it may be half a row, which is cut off
    later."""
    lines = read = 0
    with one.open("rb") as first, other.open("rb") as second:
        while piece := first.read(_PIECE):
            beside = second.read(len(piece))
            same = len(piece)
            if piece != beside:
                differ = (at for at, pair in enumerate(zip(piece, beside, strict=False)) if pair[0] != pair[1])
                same = next(differ, len(beside))
            lines = read + end if (end := piece.rfind(b"\n", 0, same) + 1) else lines
            if same < len(piece):
                break
            read += len(piece)
    return lines
