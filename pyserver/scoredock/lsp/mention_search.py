"""Search for the files of an open folder that name a file, a model or an environment. Bounded, and remembered from one
question to the next."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock.analysis.facts import Facts
from scoredock.context import Context
from scoredock.late_dataclass import dataclass

if TYPE_CHECKING:
    from scoredock.language.mention import Mention

_SUFFIXES = (".py", ".json", ".yml", ".yaml", ".txt", ".in", ".sh", ".azcli", ".ps1", ".bat", ".cmd", ".http", ".rest")
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "dist", "build"})
_HIDDEN = frozenset({".azureml", ".github", ".azuredevops", ".pipelines"})
"""Hidden folders in which a person writes something."""
_MOST_FILES = 2_000
_MOST_FOLDERS = 5_000
_BYTES = 400_000
"""Larger files are not configurations, and scripts of that size name nothing."""
_SECONDS = 3.0
"""A search that has taken this long gives what it found."""
_REMEMBERED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Naming:
    """A file and everything it names."""

    path: str
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class _RememberedFile:
    """Names in a file when it was last read."""

    stamp: tuple[int, int]
    until: float
    mentions: tuple[Mention, ...]


class MentionSearch:
    """Thread-safe; never raises for what it cannot read."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._known: dict[str, _RememberedFile] = {}

    def around(self, path: str) -> Iterator[Naming]:
        """All files that name something in the open folder that a path lies in, else in its own folder."""
        until = time.monotonic() + _SECONDS
        overlays = self._context.overlays()
        for found in _files(self._folder(Path(path))):
            if time.monotonic() > until:
                return
            mentions = self._overlaid(found, overlays[found]) if found in overlays else self._stored(found)
            if mentions:
                yield Naming(found, mentions)

    def text(self, path: str) -> str | None:
        """Unsaved or stored text of a file."""
        overlay = self._context.overlays().get(path)
        if overlay is not None:
            return overlay
        try:
            return Path(path).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _folder(self, path: Path) -> Path:
        around = [folder for folder in self._context.folders if path.is_relative_to(folder)]
        return max(around, key=lambda folder: len(folder.parts), default=path.parent)

    def _stored(self, path: str) -> tuple[Mention, ...]:
        try:
            status = os.stat(path)  # noqa: PTH116 (thousands of strings from a walk)
        except OSError:
            return ()
        stamp = (status.st_mtime_ns, status.st_size)
        now = time.monotonic()
        with self._lock:
            known = self._known.get(path)
        # What a path means also depends on which files exist, so that nothing is remembered for long.
        if known is not None and known.stamp == stamp and now < known.until:
            return known.mentions
        text = self.text(path) if status.st_size <= _BYTES else None
        mentions = self._overlaid(path, text) if text is not None else ()
        with self._lock:
            if len(self._known) > _MOST_FILES * 2:
                self._known.clear()
            self._known[path] = _RememberedFile(stamp, now + _REMEMBERED_SECONDS, mentions)
        return mentions

    def _overlaid(self, path: str, text: str) -> tuple[Mention, ...]:
        from scoredock.language.mentions import mentions

        facts = Facts(path=path, exists=os.path.exists, is_folder=os.path.isdir)
        return tuple(mentions(text, facts))


def _files(folder: Path) -> Iterator[str]:
    """Files that may name something, those of outer folders first."""
    waiting, folder_count, file_count = [str(folder)], 0, 0
    while waiting and folder_count < _MOST_FOLDERS:
        folder_count += 1
        current = waiting.pop(0)
        try:
            with os.scandir(current) as entries:
                every = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        if folder_count > 1 and any(entry.name == "pyvenv.cfg" for entry in every):
            continue  # a virtual environment holds nothing a person wrote
        for entry in every:
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
            except OSError:
                continue
            if is_folder:
                if entry.name not in _SKIPPED and (not entry.name.startswith(".") or entry.name in _HIDDEN):
                    waiting.append(entry.path)
            elif entry.name.lower().endswith(_SUFFIXES):
                file_count += 1
                if file_count > _MOST_FILES:
                    return
                yield entry.path
