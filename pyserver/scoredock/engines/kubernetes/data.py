"""Data that the pods of a service collect, copied to its place for a service that is a process of this machine.

Each pod writes files of its own, which go with it. So they are copied now and then while somebody looks at the service,
and before its pods are ended from here. The files of one pod have its name in theirs: `data.POD.jsonl`, and
`data.POD.1.jsonl` once they were rotated. Only whole lines are copied, as the end of a file may be cut back.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from filelock import FileLock, Timeout

from scoredock.clusters.connection import Cluster
from scoredock.data_folder import make_private
from scoredock.engines.handle import Handle
from scoredock.engines.kubernetes.control import PodNotReached, pod_data
from scoredock.engines.kubernetes.identity import pods_selector
from scoredock.engines.kubernetes.labels import SPEC
from scoredock.engines.kubernetes.reading import text_of
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock_runtime.contract import DATA_FOLDER

_PAUSE_SECONDS = 10.0
_SOON_SECONDS = 1.0
"""Where there was more than a look has time for."""
_LOOK_SECONDS = 0.5
_LAST_SECONDS = 30.0
"""For what is left at the end of a service."""
_LOCK = "data.lock"
_VARIABLE = "AML_MODEL_DC_STORAGE_ENABLED"
"""Turns on the rows of the script alone."""
_ROTATED = re.compile(r"(.+)\.([1-9][0-9]*)")


class PodFiles(Protocol):
    """The files of one pod. Raises PodNotReached, ScoredockError."""

    def files(self) -> list[tuple[str, int]]:
        """Names with forward slashes, and sizes."""

    def piece(self, name: str, start: int) -> bytes:
        """Bytes of a file from `start` on; empty at the end."""


@dataclass(frozen=True, slots=True)
class _Pod:
    cluster: Cluster
    name: str
    nonce: str
    until: float

    def files(self) -> list[tuple[str, int]]:
        listed = pod_data(self.cluster, self.name, self.nonce, "/data")["files"]
        return [(str(name), int(size)) for name, size in listed]

    def piece(self, name: str, start: int) -> bytes:
        if time.monotonic() > self.until:
            raise PodNotReached("there is more than the time for it")
        return base64.b64decode(pod_data(self.cluster, self.name, self.nonce, "/data", name, start)["data"])


@dataclass(eq=False)
class PodsData:
    """Knows when the data of which service is due. Thread-safe as far as it matters: a lock keeps copies apart."""

    _due: dict[Path, float] = field(default_factory=dict)

    def follow(self, cluster: Cluster, handle: Handle, deployment: Mapping[str, Any] | None) -> None:
        """Copies now and then, for a moment; called at each look at a service that serves. Never raises."""
        if time.monotonic() < self._due.get(handle.folder, 0.0) or not collects(deployment):
            return
        self._due[handle.folder] = float("inf")
        pause = _PAUSE_SECONDS
        try:
            with contextlib.suppress(ScoredockError):
                if not _bring(cluster, handle, 0, time.monotonic() + _LOOK_SECONDS):
                    pause = _SOON_SECONDS
        finally:
            self._due[handle.folder] = time.monotonic() + pause

    def bring(self, cluster: Cluster, handle: Handle, deployment: Mapping[str, Any] | None) -> None:
        """Copy what there is, before pods of this template end. Never raises."""
        with contextlib.suppress(ScoredockError):
            if collects(deployment):
                _bring(cluster, handle, _LAST_SECONDS, time.monotonic() + _LAST_SECONDS)


def collects(deployment: Mapping[str, Any] | None) -> bool:
    """True if pods of a Deployment keep what they are sent, or what their script says."""
    text = text_of(deployment, "spec", "template", "metadata", "annotations", SPEC)
    with contextlib.suppress(ValueError, AttributeError, RecursionError):
        spec = json.loads(text)
        return spec.get("collect_data") is True or _VARIABLE in (spec.get("environment") or {})
    return False


def _bring(cluster: Cluster, handle: Handle, patience: float, until: float) -> bool:
    """True if all of it is here. Raises ScoredockError where the cluster does not answer."""
    if not handle.folder.is_dir():
        return True
    with (
        contextlib.suppress(OSError, Timeout),
        FileLock(str(handle.folder / _LOCK), mode=0o600).acquire(timeout=patience),
    ):
        for pod in cluster.list("Pod", pods_selector(handle.name)):
            # Those that are ending are reached for some seconds more.
            with contextlib.suppress(PodNotReached, ScoredockError, ValueError, KeyError, TypeError):
                name = text_of(pod, "metadata", "name")
                copy_files(_Pod(cluster, name, handle.nonce, until), name, handle.folder / DATA_FOLDER)
    return time.monotonic() < until


def copy_files(source: PodFiles, pod: str, target: Path) -> int:
    """Copies what is new in the files of a pod; returns the number of bytes. Raises what the source raises, and
    OSError."""
    names = {name for name, _ in source.files() if _is_safe(name)}
    copied = 0
    for name in sorted(names, key=_turn):
        path = target.joinpath(*_local(name, pod).parts)
        base, number = _split(name)
        if number and not path.exists():
            # What was copied of it under the name that it had.
            before = target.joinpath(*_local(base, pod).parts)
            if before.exists() and not _later(base, number, names, target, pod):
                before.replace(path)
        copied += _append(source, name, path)
    return copied


def _append(source: PodFiles, name: str, path: Path) -> int:
    start = path.stat().st_size if path.exists() else 0
    first = start
    rest = b""
    while piece := source.piece(name, start + len(rest)):
        whole, end, rest = (rest + piece).rpartition(b"\n")
        if end:
            make_private(path.parent)
            with path.open("ab") as stream:
                stream.write(whole + end)
            path.chmod(0o600)
            start += len(whole) + len(end)
    return start - first


def _later(base: str, number: int, names: Iterable[str], target: Path, pod: str) -> bool:
    """True if a file that was rotated before this one is not here yet: what is here began with that."""
    earlier = (each for each in names if _split(each)[0] == base and 0 < _split(each)[1] < number)
    return any(not target.joinpath(*_local(each, pod).parts).exists() for each in earlier)


def _turn(name: str) -> tuple[str, float]:
    """The rotated ones in their order, then the one that grows."""
    base, number = _split(name)
    return base, number or float("inf")


def _split(name: str) -> tuple[str, int]:
    """A name without the number that rotating gave it, and this; 0 for the file that grows."""
    path = PurePosixPath(name)
    rotated = _ROTATED.fullmatch(path.stem)
    return (name, 0) if rotated is None else (str(path.with_name(rotated[1] + path.suffix)), int(rotated[2]))


def _local(name: str, pod: str) -> PurePosixPath:
    base, number = _split(name)
    path = PurePosixPath(base)
    return path.with_name(f"{path.stem}.{pod}{f'.{number}' if number else ''}{path.suffix}")


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name
