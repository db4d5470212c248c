"""Settings of a project that count for a file: those of the nearest pyproject.toml that has any."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path

from scoredock.analysis.project_settings import FILE, NO_SETTINGS, ProjectSettings, has_settings, read_settings

_BYTES = 1_000_000
_REMEMBERED_SECONDS = 1.0
_REMEMBERED_FOLDERS = 5_000
_DEEPEST = 100


class ProjectFiles:
    """Reads each file once, and again when it changed. Thread-safe; never raises: what cannot be read says nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folders: dict[str, tuple[float, ProjectSettings]] = {}
        """By folder, until when."""
        self._files: dict[str, tuple[tuple[int, int], ProjectSettings | None]] = {}

    def settings(self, path: Path, overlays: Mapping[str, str] | None = None) -> ProjectSettings:
        """Project settings for a file, which need not exist. Unsaved texts in `overlays` win."""
        folder = str(path.parent)
        now = time.monotonic()
        unsaved = any(name.endswith(FILE) for name in overlays or ())
        with self._lock:
            known = self._folders.get(folder)
            if known is not None and now < known[0] and not unsaved:
                return known[1]
        settings = self._search(path.parent, overlays or {})
        if unsaved:
            return settings
        with self._lock:
            if len(self._folders) >= _REMEMBERED_FOLDERS:
                self._folders.clear()
            self._folders[folder] = (now + _REMEMBERED_SECONDS, settings)
        return settings

    def forget(self) -> None:
        """Files changed: what was found for a folder may be out of date."""
        with self._lock:
            self._folders.clear()

    def _search(self, folder: Path, overlays: Mapping[str, str]) -> ProjectSettings:
        for above in [folder, *folder.parents][:_DEEPEST]:
            found = self._read(above / FILE, overlays)
            if found is not None:
                return found
        return NO_SETTINGS

    def _read(self, path: Path, overlays: Mapping[str, str]) -> ProjectSettings | None:
        """None where there is no such file, or it says nothing about us."""
        unsaved = overlays.get(str(path))
        if unsaved is not None:
            return _parsed(unsaved, path)
        try:
            status = path.stat()
            mark = (status.st_mtime_ns, status.st_size)
            with self._lock:
                known = self._files.get(str(path))
            if known is not None and known[0] == mark:
                return known[1]
            text = path.read_text(encoding="utf-8-sig") if status.st_size <= _BYTES and path.is_file() else ""
        except (OSError, ValueError):
            return None
        found = _parsed(text, path)
        with self._lock:
            self._files[str(path)] = (mark, found)
        return found


def _parsed(text: str, path: Path) -> ProjectSettings | None:
    return read_settings(text, str(path.parent))[0] if has_settings(text) else None


PROJECTS = ProjectFiles()
"""Of this process."""
