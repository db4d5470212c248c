"""Numbers of a worker in a file that every worker can read while they change, and that outlives the worker.

Each worker has one file of doubles, mapped into memory and locked for the life of its process. A file whose lock is
free belongs to a worker that is gone: its sums are added to `ended.json` and it is removed. `ended.json` names the
files that it already holds, so a folding that is cut off at any moment neither loses a count nor adds it twice.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import struct
import sys
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from scoredock_runtime.contract import make_private_inside

FOLDER = "metrics"
"""In the service folder."""
_ENDED = "ended.json"
_SUFFIX = ".values"
_DOUBLE = struct.calcsize("d")
_ATTEMPTS = 50
"""Tries for a reading that no folding changes meanwhile."""


class Reading(NamedTuple):
    """Numbers that all workers counted."""

    sums: Dict[str, float]
    """By name, of the living and the dead."""
    living: List[Sequence[float]]
    """The values of each living worker, by slot."""


class CounterFiles:
    """The files of all workers of a service, for whoever reads them."""

    def __init__(self, service_folder: str, slots: int, layout: float, names: Dict[str, int]) -> None:
        self._folder = os.path.join(service_folder, FOLDER)
        self._slots = slots
        self._layout = layout
        self._names = names

    def read(self) -> Reading:
        """Numbers of all workers. Never waits for another process; a dead worker's numbers are in the sums whether they
        were folded or not."""
        for _ in range(_ATTEMPTS):
            before = self._read_ended()
            sums, held = _parse(before)
            living = self._own()
            for values in living:
                _add(sums, self._counts(values))
            for name in self._others():
                if name in held:
                    continue
                counted = self._values_of(name)
                if counted is None:
                    break  # folded just now
                _add(sums, self._counts(counted))
                if not _is_dead(os.path.join(self._folder, name)):
                    living.append(counted)
            else:
                if self._read_ended() == before:
                    break
        return Reading(sums, living)

    def _own(self) -> List[Sequence[float]]:
        """Numbers that need not be read from a file."""
        return []

    def _others(self) -> List[str]:
        return self._files()

    def _files(self) -> List[str]:
        try:
            return sorted(name for name in os.listdir(self._folder) if name.endswith(_SUFFIX))
        except OSError:
            return []

    def _read_ended(self) -> bytes:
        try:
            with open(os.path.join(self._folder, _ENDED), "rb") as stream:
                return stream.read()
        except OSError:
            return b""

    def _values_of(self, name: str) -> Optional[Sequence[float]]:
        """None when the file is gone; of another layout, nothing."""
        try:
            with open(os.path.join(self._folder, name), "rb") as stream:
                data = stream.read(self._slots * _DOUBLE)
        except OSError:
            return None
        values = struct.unpack(f"{len(data) // _DOUBLE}d", data[: len(data) // _DOUBLE * _DOUBLE])
        return values if len(values) == self._slots and values[0] == self._layout else ()

    def _counts(self, values: Sequence[float]) -> Dict[str, float]:
        return {name: values[slot] for name, slot in self._names.items() if values[slot]} if len(values) else {}


class Counters(CounterFiles):
    """The file of this worker. `values` holds its numbers by slot; writing there is all that a change takes.

    `names` are the slots whose values are counts, kept for ever; `layout` marks files that have the same slots."""

    def __init__(self, service_folder: str, slots: int, layout: float, names: Dict[str, int]) -> None:
        super().__init__(service_folder, slots, layout, names)
        self.name = f"{os.getpid()}-{os.urandom(4).hex()}{_SUFFIX}"
        self._descriptor: Optional[int] = None
        # Without a place for the file only this worker's own numbers are shown; metrics never stop a service.
        self._map = self._mapped() or mmap.mmap(-1, slots * _DOUBLE)
        self.values = memoryview(self._map).cast("d")
        self.values[0] = layout
        self.fold()

    def _mapped(self) -> Optional[mmap.mmap]:
        path = os.path.join(self._folder, self.name)
        try:
            make_private_inside(self._folder)
            descriptor = os.open(f"{path}.new", os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except OSError:
            return None
        try:
            # Written, not only made longer: a full disk then raises here, and not as a signal at the first count.
            os.write(descriptor, struct.pack("d", self._layout) + bytes((self._slots - 1) * _DOUBLE))
            if not _try_lock(descriptor):
                raise OSError("locked")
            mapped = mmap.mmap(descriptor, self._slots * _DOUBLE)
            os.rename(f"{path}.new", path)
        except (OSError, ValueError):
            os.close(descriptor)
            with contextlib.suppress(OSError):
                os.unlink(f"{path}.new")
            return None
        self._descriptor = descriptor
        return mapped

    def fold(self) -> None:
        """Adds the counts of dead workers to the sums and removes their files, unless another worker is at it."""
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError, ValueError), _only_one(self._folder) as alone:
            if alone:
                self._fold()

    def _fold(self) -> None:
        dead = [name for name in self._files() if name != self.name and _is_dead(os.path.join(self._folder, name))]
        if not dead:
            return
        sums, held = _parse(self._read_ended())
        for name in dead:
            if name not in held:
                _add(sums, self._counts(self._values_of(name) or ()))
        path = os.path.join(self._folder, _ENDED)
        temporary = f"{path}.{os.getpid()}.tmp"
        with open(temporary, "w", encoding="utf-8") as stream:
            json.dump({"sums": sums, "held": dead}, stream)
        os.replace(temporary, path)
        for name in dead:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(self._folder, name))

    def _own(self) -> List[Sequence[float]]:
        return [self.values]

    def _others(self) -> List[str]:
        return [name for name in self._files() if name != self.name]

    def raise_others(self, slot: int, value_of: Callable[[Sequence[float]], float]) -> None:
        """Lifts a number of every other living worker to what `value_of` makes of its values; it never falls."""
        for name in self._files():
            values = self._values_of(name) if name != self.name else ()
            if not values or _is_dead(os.path.join(self._folder, name)):
                continue
            value = value_of(values)
            if value > values[slot]:
                self._write(name, slot, value)

    def _write(self, name: str, slot: int, value: float) -> None:
        with contextlib.suppress(OSError):
            descriptor = os.open(os.path.join(self._folder, name), os.O_RDWR | getattr(os, "O_BINARY", 0))
            try:
                os.lseek(descriptor, slot * _DOUBLE, os.SEEK_SET)
                os.write(descriptor, struct.pack("d", value))
            finally:
                os.close(descriptor)


def _add(sums: Dict[str, float], more: Dict[str, float]) -> None:
    for name, value in more.items():
        sums[name] = sums.get(name, 0.0) + value


def _parse(text: bytes) -> Tuple[Dict[str, float], List[str]]:
    """Nothing of what is no such text: the disk lost it."""
    try:
        raw: Any = json.loads(text or b"{}")
        return {str(k): float(v) for k, v in raw.get("sums", {}).items()}, [str(each) for each in raw.get("held", [])]
    except (ValueError, TypeError, AttributeError):
        return {}, []


def _is_dead(path: str) -> bool:
    """True if no process holds the file's lock."""
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    except OSError:
        return False
    try:
        return _try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Locks until the descriptor is closed. Shared for asking, so that two who ask do not take one another for
    owners."""
    try:
        if sys.platform == "win32":
            import msvcrt

            # Beyond the values: what is locked cannot be read there.
            os.lseek(descriptor, 1 << 20, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _only_one(folder: str) -> Iterator[bool]:
    descriptor = os.open(os.path.join(folder, "folding.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _try_lock(descriptor)
    finally:
        os.close(descriptor)
