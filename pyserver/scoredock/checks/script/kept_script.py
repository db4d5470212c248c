"""Results of a check of a script, kept for the check of its next text: after an edit little of it is read again."""

from __future__ import annotations

import ast
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scoredock.checks.script.syntax_tree import OwnTree
from scoredock.checks.script.walk import ModuleWalk
from scoredock.checks.script.walk_result import WalkResult

_KEPT = 2


class KeptScript:
    """The tree and the walk of one file. One check at a time has it, as each changes it."""

    def __init__(self) -> None:
        self.tree = OwnTree()
        self.walk = ModuleWalk()
        self.memory: dict[object, Any] = {}
        """What checks leave for the next text, see `ParsedScript.memory`."""

    def read(self, text: str) -> tuple[ast.Module, WalkResult]:
        """The tree of a text and what the walk finds; what it gave before is out of date. Raises what `ast.parse`
        raises."""
        tree = self.tree.parse(text)
        return tree, self.walk.gather(tree)


_idle: OrderedDict[str, KeptScript] = OrderedDict()
_lock = threading.Lock()


def clear() -> None:
    """Forget all that is kept; for tests and measurements."""
    with _lock:
        gone = list(_idle.values())
        _idle.clear()
    for script in gone:
        script.walk.release()


@contextmanager
def kept_script(path: str) -> Iterator[KeptScript]:
    """Tree and walk of the last check of a file, or new ones; a second check of it at the same time begins anew."""
    with _lock:
        script = _idle.pop(path, None) or KeptScript()
    try:
        yield script
    finally:
        with _lock:
            stale_scripts = [_idle.pop(path)] if path in _idle else []
            if script.tree.is_kept:
                _idle[path] = script
            else:
                stale_scripts.append(script)
            while len(_idle) > _KEPT:
                stale_scripts.append(_idle.popitem(last=False)[1])
        for each in stale_scripts:
            each.walk.release()
