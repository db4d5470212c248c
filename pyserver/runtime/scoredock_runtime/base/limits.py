"""Limits of a service, by its control groups (of both versions) and by the system, and what it has run out of."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from scoredock_runtime import contract

_ROOT = "/sys/fs/cgroup"
_NO_LIMIT = 1 << 60
"""Bytes; version 1 says a number beyond every memory where there is none."""
_NEAR = 0.9
"""Of a limit of processes: who is refused one may have fewer a moment later."""
_ROOM = 1 << 16
"""Bytes; a file system with less left has none."""
_ERRNO = re.compile(r"\[Errno (\d+)\]")
_PLACE = re.compile(r"'(/[^']*)'")
_NO_THREAD = "can't start new thread"
_IN_MEMORY = ("/tmp", "/dev/shm")  # noqa: S108 (those of a container)
_MEMORY_FILES = ("memory.max", "memory.limit_in_bytes")
_MEGABYTE = 1 << 20


class ProcessUse(NamedTuple):
    """Processes and threads of a control group, of which there may be `most`."""

    current: int
    most: int
    refused: int
    """How many the kernel has refused since the group is there."""


class ControlGroups:
    """Control groups that hold this process, its own first. Never raises: none says nothing where there are none."""

    def __init__(self) -> None:
        self._of_processes = list(_folders("pids", "pids.max"))
        self._of_memory = list(_folders("memory", *_MEMORY_FILES))
        self._kills = next((path for path in _kill_counters() if _kills_in(path) is not None), "")

    def processes(self) -> Optional[ProcessUse]:
        """Use of processes in the group that has the least room; None where no number is set."""
        uses = [use for use in map(_process_use, self._of_processes) if use is not None]
        return min(uses, key=lambda use: use.most - use.current, default=None)

    def memory(self) -> int:
        """Bytes that all processes of the service may use together, with their files in memory; 0 for no limit."""
        numbers = [_number(os.path.join(folder, name)) for folder in self._of_memory for name in _MEMORY_FILES]
        return min((each for each in numbers if each is not None and each < _NO_LIMIT), default=0)

    def kills(self) -> int:
        """Number of times that the kernel has ended a process of the group for its memory."""
        return (_kills_in(self._kills) or 0) if self._kills else 0


def out_of_processes(groups: ControlGroups, names: Dict[str, str], refused: int = 0) -> str:
    """The sentence for a service that gets no further process or thread; empty where no limit explains that."""
    use = groups.processes()
    if use is not None and (refused or use.current >= use.most * _NEAR):
        name = names.get("pids", "pids.max of its control group")
        return f"The service has reached its limit of {use.most} processes and threads ({name})."
    most = _soft_limit("RLIMIT_NPROC")
    if most:
        return f"The account of the service has reached its limit of {most} processes and threads (ulimit -u)."
    return ""


def out_of_memory(groups: ControlGroups, names: Dict[str, str]) -> str:
    """The sentence for a service one of whose processes the kernel has ended for its memory."""
    most = groups.memory()
    if not most:
        return "The memory of this machine was used up, and the kernel ended a process of the service."
    name = names.get("memory", "memory limit of its control group")
    limit = f"{most / (1 << 30):.3g} GB"
    sentence = f"The service reached its limit of {limit} memory ({name}), and the kernel ended a process of it."
    files = files_in_memory(names)
    return f"{sentence} {files}" if files else sentence


def files_in_memory(names: Dict[str, str]) -> str:
    """Sentence about the size of files in memory; empty where they take little."""
    held = [(place, used_bytes(place)) for place in _IN_MEMORY if place in names]
    large = [f"{place} {_size(used)} ({names[place]})" for place, used in held if used > _MEGABYTE]
    return f"Files that count as memory: {', '.join(large)}." if large else ""


def remove_files_in_memory(names: Dict[str, str]) -> int:
    """Bytes that were freed: what is in the folders of a container that are kept in memory. Nothing is removed where
    such a folder is part of a disk. Never raises."""
    freed = 0
    for place in (each for each in _IN_MEMORY if each in names):
        before = used_bytes(place)
        try:
            if os.stat(place).st_dev == os.stat("/").st_dev:
                continue
            for entry in os.listdir(place):
                _remove(os.path.join(place, entry))
        except OSError:
            continue
        freed += max(0, before - used_bytes(place))
    return freed


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        os.remove(path)


def bytes_in_memory(names: Dict[str, str]) -> int:
    """Bytes that files in memory take."""
    return sum(used_bytes(place) for place in _IN_MEMORY if place in names)


def used_bytes(place: str) -> int:
    """Bytes that files take on the file system of a place."""
    try:
        seen = os.statvfs(place)
    except (OSError, AttributeError):
        return 0
    return int((seen.f_blocks - seen.f_bfree) * seen.f_frsize)


def with_limit(line: str, names: Dict[str, str]) -> str:
    """The line of an exception, with the limit that it came from where it is of that kind."""
    exhaustion = exhaustion_of(line, names)
    return line if exhaustion is None else f"{line.rstrip('.')}. {exhaustion[1]}"


def exhaustion_of(line: str, names: Dict[str, str]) -> Optional[Tuple[str, str]]:
    """Cause and sentence for the limit that an exception came from, by its type and text; None for any other one."""
    number = _ERRNO.search(line)
    code = int(number.group(1)) if number else 0
    if line.partition(":")[0].endswith("MemoryError") or code == 12 or "allocate memory" in line:
        return contract.OUT_OF_MEMORY, _allocation_refused(names)
    if _NO_THREAD in line or code == 11:
        sentence = out_of_processes(ControlGroups(), names)
        return (contract.OUT_OF_PROCESSES, sentence) if sentence else None
    if code in (23, 24):
        return contract.OUT_OF_DESCRIPTORS, _too_many_files(code)
    if code in (28, 122):
        return _no_space(line, names)
    return None


def _allocation_refused(names: Dict[str, str]) -> str:
    most = _soft_limit("RLIMIT_AS")
    if most:
        return f"The service has reached its limit of {_size(most)} address space (ulimit -v)."
    most = ControlGroups().memory()
    if most:
        name = names.get("memory", "memory limit of its control group")
        return f"The system gave the service no more memory; its limit is {_size(most)} ({name})."
    return "The system gave the service no more memory."


def _too_many_files(code: int) -> str:
    if code == 23:
        return "This machine has no file descriptors left (fs.file-max)."
    most = _soft_limit("RLIMIT_NOFILE")
    return f"The service has reached its limit of {most} open files and connections (ulimit -n)."


def _no_space(line: str, names: Dict[str, str]) -> Tuple[str, str]:
    import tempfile

    path = _PLACE.search(line)
    places = [path.group(1)] if path else []
    candidates = (*places, *_IN_MEMORY, tempfile.gettempdir(), os.getcwd(), *_mounts())
    full = next((place for place in candidates if _is_full(place)), "")
    in_memory = next((place for place in _IN_MEMORY if place in names and f"{full}/".startswith(f"{place}/")), "")
    if in_memory:
        sentence = f"{in_memory} is full: {_size(used_bytes(in_memory))} ({names[in_memory]}), which count as memory."
        return contract.TMP_FULL, sentence
    if full:
        return contract.STORAGE_FULL, f"The disk of {full} has no space left."
    limits = [f"{place} {_size(_total_bytes(place))} ({names[place]})" for place in _IN_MEMORY if place in names]
    if limits:
        return contract.TMP_FULL, f"A place for files was full. Limits of the container: {', '.join(limits)}."
    return contract.STORAGE_FULL, "A disk had no space left."


def _mounts() -> Iterator[str]:
    """Paths where disks are mounted that this process may write to."""
    for words in (line.split() for line in _lines("/proc/self/mountinfo")):
        place = words[4].replace("\\040", " ")
        if "rw" in words[5].split(",") and not place.startswith(("/proc", "/sys")) and os.access(place, os.W_OK):
            yield place


def _is_full(place: str) -> bool:
    while place and not os.path.exists(place):
        place = os.path.dirname(place) if place != "/" else ""
    try:
        seen = os.statvfs(place)
    except (OSError, AttributeError):
        return False
    return seen.f_blocks > 0 and seen.f_bavail * seen.f_frsize < _ROOM


def _total_bytes(place: str) -> int:
    try:
        seen = os.statvfs(place)
    except (OSError, AttributeError):
        return 0
    return int(seen.f_blocks * seen.f_frsize)


def _soft_limit(name: str) -> int:
    """0 for none."""
    if sys.platform == "win32":
        return 0
    import resource

    most = int(resource.getrlimit(getattr(resource, name))[0])
    return 0 if most < 0 or most >= _NO_LIMIT else most


def _size(count: int) -> str:
    if count >= 1 << 30:
        return f"{count / (1 << 30):.3g} GB"
    return f"{count / _MEGABYTE:.3g} MB"


def _process_use(folder: str) -> Optional[ProcessUse]:
    most, current = _number(os.path.join(folder, "pids.max")), _number(os.path.join(folder, "pids.current"))
    if most is None or current is None:
        return None
    counts = _words(os.path.join(folder, "pids.events"))
    refused = next((int(words[1]) for words in counts if words[0] == "max" and words[1].isdigit()), 0)
    return ProcessUse(current, most, refused)


def _folders(controller: str, *names: str) -> Iterator[str]:
    """Folders of the groups of a controller that have one of the files, from this process's own up to the root."""
    for controllers, place in _own_groups():
        tops = [_ROOT, os.path.join(_ROOT, "unified")] if not controllers else []
        tops += [os.path.join(_ROOT, controllers)] if controller in controllers.split(",") else []
        for top in tops:
            # In a container its own group is at the top, whatever name it has outside.
            above = place
            while True:
                folder = os.path.join(top, above)
                if any(os.path.exists(os.path.join(folder, name)) for name in names):
                    yield folder
                if not above:
                    break
                above = os.path.dirname(above)


def _own_groups() -> List[Tuple[str, str]]:
    """Controllers and place of each group of this process; no controllers for those of version 2."""
    lines = [line.split(":", 2) for line in _lines("/proc/self/cgroup")]
    return [(line[1], line[2].lstrip("/")) for line in lines if len(line) == 3]


def _kill_counters() -> Iterator[str]:
    for folder in _folders("memory", "memory.events", "memory.oom_control"):
        yield os.path.join(folder, "memory.events")
        yield os.path.join(folder, "memory.oom_control")


def _kills_in(path: str) -> Optional[int]:
    return next((int(words[1]) for words in _words(path) if words[0] == "oom_kill" and words[1].isdigit()), None)


def _number(path: str) -> Optional[int]:
    text = "".join(_lines(path))
    return int(text) if text.isdigit() else None


def _words(path: str) -> List[List[str]]:
    return [words for words in (line.split() for line in _lines(path)) if len(words) == 2]


def _lines(path: str) -> List[str]:
    try:
        with open(path, encoding="ascii", errors="replace") as stream:
            return [line.strip() for line in stream]
    except OSError:
        return []
