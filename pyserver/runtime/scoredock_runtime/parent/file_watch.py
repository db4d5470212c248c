"""Tells when the files of a service change: its code and configuration below `app_root`, all of its model's.

By looking, a few times a second: that works on every system, in containers and over network folders alike, and costs a
look at each file's entry. Editors that write beside and rename, and those that empty and fill, are one change each.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from typing import Callable, Deque, Dict, List, Optional, Set, Tuple

from scoredock_runtime.base import threads
from scoredock_runtime.contract import ServiceSpec

PERIOD = 0.1
"""Seconds between looks; longer where the looks themselves take long."""

LONGEST_PERIOD = 2.0
_SHARE = 0.02
"""Of one processor, for looking."""

_SETTLED = 0.03
"""Seconds without a further change until a change is reported."""

FILE_LIMIT = 5_000
"""Files that are watched; of a larger folder those that are found first."""

SUFFIXES = (
    ".py",
    ".pyi",
    ".so",
    ".pyd",
    ".json",
    ".yaml",
    ".yml",
    ".toml",
    ".ini",
    ".cfg",
    ".conf",
    ".env",
    ".sql",
    ".html",
    ".jinja",
    ".jinja2",
    ".j2",
    ".txt",
)
"""Of files outside the model: what scripts are made of, not what they write while they run."""

_SKIPPED = frozenset(("__pycache__", "node_modules", "site-packages", "dist-packages", "logs", "outputs"))

RESTLESS_CHANGES, RESTLESS_SECONDS = 8, 20.0
"""A file that is not code and changes so often is written by the script; reloading for it would never end."""

Entry = Tuple[int, int, int]
"""Time of the change in nanoseconds, size, inode."""
Snapshot = Dict[str, Entry]


def snapshot(app_root: str, model_dir: str) -> Snapshot:
    """All watched files as they are now."""
    found: Snapshot = {}
    # The model first: it must not fall out because of a large folder around it.
    if model_dir:
        _look_into(model_dir, "", found, ("",))
    _look_into(app_root, model_dir, found, SUFFIXES)
    return found


def _look_into(top: str, besides: str, files: Snapshot, suffixes: Tuple[str, ...]) -> None:
    folders = [top]
    while folders and len(files) < FILE_LIMIT:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError:
            continue
        if any(entry.name in ("pyvenv.cfg", "conda-meta") for entry in listed):
            continue
        for entry in listed:
            name = entry.name
            try:
                if entry.is_dir():
                    hidden = name.startswith(".") or name in _SKIPPED or entry.path == besides
                    if not hidden and not (entry.is_symlink() and _leads_up(entry.path, top)):
                        folders.append(entry.path)
                elif name.lower().endswith(suffixes) and len(files) < FILE_LIMIT and not _is_scratch(name):
                    about = entry.stat()
                    files[entry.path] = (about.st_mtime_ns, about.st_size, about.st_ino)
            except OSError:
                continue


def _leads_up(path: str, top: str) -> bool:
    """True if following the link would come back to where it lies."""
    return os.path.join(os.path.realpath(path), "").startswith(os.path.join(os.path.realpath(top), "")) or (
        os.path.realpath(top) + os.sep
    ).startswith(os.path.join(os.path.realpath(path), ""))


def _is_scratch(name: str) -> bool:
    """Files that editors keep beside the one being edited."""
    return name.startswith((".#", "#", "~")) or name.endswith(("~", ".swp", ".tmp"))


class FileWatch:
    """Calls `changed` in a thread of its own with the names of changed files, until `end`."""

    def __init__(self, app_root: str, model_dir: str, changed: Callable[[List[str]], None]) -> None:
        self._changed = changed
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._history: Dict[str, Deque[float]] = {}
        self._restless: Set[str] = set()
        self.follow(app_root, model_dir)
        threads.start(self._run, name="watch", at_fault=threads.again)

    def follow(self, app_root: str, model_dir: str) -> None:
        """Watches these folders from now on, as they are now."""
        seen = snapshot(app_root, model_dir)
        with self._lock:
            self._folders = (app_root, model_dir)
            self._seen = seen

    def end(self) -> None:
        """Tells nothing any more."""
        self._ended.set()

    def _run(self) -> None:
        period = PERIOD
        while not self._ended.wait(period):
            begun = time.thread_time()
            names = self._differences()
            period = min(LONGEST_PERIOD, max(PERIOD, (time.thread_time() - begun) / _SHARE))
            if names and not self._ended.is_set():
                self._changed(names)

    def _differences(self) -> List[str]:
        with self._lock:
            folders, last_snapshot = self._folders, self._seen
        now = snapshot(*folders)
        if now == last_snapshot:
            return []
        while True:
            self._ended.wait(_SETTLED)
            again = snapshot(*folders)
            if again == now or self._ended.is_set():
                break
            now = again
        with self._lock:
            if self._folders != folders or self._seen is not last_snapshot:
                return []  # it follows another folder meanwhile
            self._seen = now
        names = [path for path in {**last_snapshot, **now} if last_snapshot.get(path) != now.get(path)]
        return sorted(os.path.relpath(path, folders[0]) for path in names if not self._is_restless(path))

    def _is_restless(self, path: str) -> bool:
        if path.endswith((".py", ".pyi")):
            return False
        moments = self._history.setdefault(path, deque(maxlen=RESTLESS_CHANGES))
        now = time.monotonic()
        moments.append(now)
        if len(moments) == RESTLESS_CHANGES and now - moments[0] < RESTLESS_SECONDS:
            self._restless.add(path)
        return path in self._restless


class ReloadWatch:
    """The watch of a service, when its spec wants one."""

    def __init__(self, changed: Callable[[List[str]], None]) -> None:
        self._changed = changed
        self._watch: Optional[FileWatch] = None

    def follow(self, spec: ServiceSpec) -> None:
        """Watches what this spec serves from now on, or nothing."""
        if not spec.reload:
            self.end()
        elif self._watch is None:
            self._watch = FileWatch(spec.app_root, spec.model_dir, self._changed)
        else:
            self._watch.follow(spec.app_root, spec.model_dir)

    def end(self) -> None:
        """Tells nothing any more."""
        if self._watch is not None:
            self._watch.end()
            self._watch = None
