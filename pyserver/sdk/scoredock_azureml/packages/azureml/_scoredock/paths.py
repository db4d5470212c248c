"""Paths that scripts were written with on another system: backslashes of Windows."""

from __future__ import annotations

import os
import sys
from typing import Any, Set

_IN_OUTPUT: Set[str] = set()


def here(path: Any, folder: Any = None) -> Any:
    """A path below a folder, this one by default, as this system writes it: one of Windows has slashes where it leads
    somewhere only so, and one line says it. Every other value stays."""
    if os.sep != "/" or not isinstance(path, str) or "\\" not in path:
        return path
    plain, base = path.replace("\\", "/"), os.fspath(folder or "")
    if os.path.exists(os.path.join(base, path)) or not os.path.exists(os.path.join(base, plain)):
        return path
    if path not in _IN_OUTPUT:
        _IN_OUTPUT.add(path)
        print(f"{path} is a path of Windows; {plain} is taken.", file=sys.stderr)
    return plain
