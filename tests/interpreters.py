"""The Pythons of this machine, one of each minor version: tests run on every one that is there."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST, NEWEST = 9, 14
"""Minor versions of Python 3 that an environment of a service may have."""


@functools.cache
def found() -> dict[str, Path]:
    """`3.11` → an interpreter that really starts, oldest first; the one that runs the tests is always among them."""
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    known: dict[str, Path] = {own: Path(sys.executable)}
    for minor in range(OLDEST, NEWEST + 1):
        version = f"3.{minor}"
        on_path = shutil.which(f"python{version}")
        candidates = [
            *sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")),
            *([Path(on_path)] if on_path else []),
        ]
        for candidate in candidates:
            if version not in known and _version(candidate) == version:
                known[version] = candidate
    return dict(sorted(known.items(), key=lambda item: int(item[0].partition(".")[2])))


def _version(python: Path) -> str:
    """Empty for what does not start, such as a shim without a version behind it."""
    command = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    told = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    return told.stdout.strip() if told.returncode == 0 else ""
