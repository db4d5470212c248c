"""Which of our files a path is, where only what lies around it can tell: a module that an entry script imports."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from scoredock.features.texts import listing, read_text
from scoredock.formats.document_kind import DocumentKind, kind_of

_LEVELS = 3
"""Folders above a module in which its entry script is looked for."""
_MOST_FILES = 40
_MOST_SCRIPTS = 10
"""Of one folder: files that are read, and entry scripts among them that are followed."""
_REMEMBERED_SECONDS = 2.0
_REMEMBERED_FOLDERS = 500
_SCRIPTS = ("entry-script", "batch-script")


class FileKinds:
    """Answers for one file after the other; the entry scripts of a folder are looked for once in a while."""

    def __init__(self, overlays: Callable[[], Mapping[str, str]]) -> None:
        self._overlays = overlays
        self._folders: dict[Path, tuple[float, dict[str, str]]] = {}

    def clear(self) -> None:
        """Files changed."""
        self._folders.clear()

    def kind(self, path: Path, text: str) -> DocumentKind | None:
        """What `kind_of` says; for other Python files `module`, where an entry script imports them."""
        kind = kind_of(str(path), text)
        return "module" if kind is None and self.importer(path) else kind

    def importer(self, path: Path) -> str:
        """Absolute path of the entry script beside or above a Python file that imports it; empty when there is none."""
        if path.suffix != ".py":
            return ""
        wanted = path.as_posix()
        for folder in [path.parent, *path.parent.parents][:_LEVELS]:
            found = self._imported(folder).get(wanted)
            if found is not None:
                return found
        return ""

    def _imported(self, folder: Path) -> dict[str, str]:
        """Module → entry script, for all entry scripts of a folder."""
        now = time.monotonic()
        known = self._folders.get(folder)
        if known is not None and now < known[0]:
            return known[1]
        found = self._look(folder)
        if len(self._folders) >= _REMEMBERED_FOLDERS:
            self._folders.clear()
        self._folders[folder] = now + _REMEMBERED_SECONDS, found
        return found

    def _look(self, folder: Path) -> dict[str, str]:
        from scoredock.checks.script.imported_modules import imported_modules

        overlays = self._overlays()

        def exists(name: str) -> bool:
            return name in overlays or os.path.isfile(name)  # noqa: PTH113 (strings from user files)

        def read(name: str) -> str | None:
            return read_text(Path(name), overlays)

        found: dict[str, str] = {}
        scripts = 0
        names = [name for name in listing(str(folder)) if name.endswith(".py")]
        for name in sorted(names, key=lambda n: ("scor" not in n.lower(), n))[:_MOST_FILES]:
            script = folder / name
            text = read(str(script))
            if text is None or kind_of(str(script), text) not in _SCRIPTS:
                continue
            scripts += 1
            if scripts > _MOST_SCRIPTS:
                break
            for module in imported_modules(script.as_posix(), text, "", exists, read):
                found.setdefault(module, str(script))
        return found
