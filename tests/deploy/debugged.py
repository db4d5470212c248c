"""A service under a debugger: the script, the editor's side, and the start as the server runs it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from scoredock.environments.spec import EnvironmentSpec
from scoredock.progress import CancelToken, Silent
from scoredock.service import Service
from scoredock.services.debug import debug_target
from scoredock.services.lifecycle.debug_start import DebugStart

from debugging.dap import Editor
from pace import patience

SCRIPT = """\
    import json

    READY = []

    def init():
        READY.append(True)

    def run(data):
        rows = json.loads(data)
        total = sum(rows)
        return total
"""
TOTAL, RETURN = 10, 11


class Start:
    """A debug start in a thread, as the server runs it while the editor sets its breakpoints."""

    def __init__(self, act: Callable[[], Service]) -> None:
        self.view: Service | None = None
        self.error: BaseException | None = None
        self._act = act
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.view = self._act()
        except BaseException as error:
            self.error = error

    def over(self) -> None:
        """Waits for the end, whatever it is."""
        self._thread.join(patience(60))
        assert not self._thread.is_alive()

    def end(self) -> Service:
        self.over()
        assert self.error is None, self.error
        assert self.view is not None
        return self.view


def editor_for(place: Any) -> Editor:
    """An editor whose debugger comes from an environment that has one."""
    spec = DebugStart(1).environment(EnvironmentSpec(None, (), "default", "runtime only"))
    return Editor(place.deployments.environments.prepare(spec, Silent(), CancelToken()).python)


def mappings(place: Any, name: str = "svc-one") -> list[dict[str, str]]:
    found = debug_target(place.deployments, name).mappings
    return [{"localRoot": each.local_root, "remoteRoot": each.remote_root} for each in found]
