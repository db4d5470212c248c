"""One editor in one browser window for one test after the other: starting both is most of what a short test costs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.install import Installation
from workbench.server import EditorServer
from workbench.window import Chromium, Window


class SharedEditor:
    """What is shared is the server of the editor, with the extension installed, and the browser's page with its cache.

    Whoever takes it gets another project folder and another data folder, settings that are written anew, a browser
    without a memory, and an extension host and a language server that were started for this window.
    """

    def __init__(self, chromium: Chromium, prepare: Callable[[EditorServer], None]) -> None:
        self._chromium = chromium
        self._prepare = prepare
        self._base: Path | None = None
        self._server: EditorServer | None = None
        self._window: Window | None = None
        self.taken = False
        self.started = False

    @property
    def server(self) -> EditorServer:
        assert self._server is not None, "take comes first"
        return self._server

    def take(self, settings: Mapping[str, Any]) -> None:
        """Makes it ready for the next one, who opens the window. Give it back by `give_back` or `throw_away`."""
        assert not self.taken, "somebody has it"
        self.taken = True
        if self.started:
            self.server.set(settings)
            return
        # Short, because sockets below it have a length limit.
        self._base = Path(tempfile.mkdtemp(prefix="sd-ui-"))
        self._server = EditorServer(Installation("newest"), self._base, env={}, settings=settings)
        self._prepare(self._server)
        self._server.start()
        self.started = True

    def open_window(self, folder: Path) -> Window:
        """The window on another folder, or on this one anew."""
        if self._window is None:
            self._window = Window(self._chromium, self.server.port, folder)
        self._window.turn_to(folder)
        return self._window

    def leave_window(self) -> None:
        """What ran for the window has ended when this returns."""
        if self._window is not None:
            self._window.leave()
            self.server.wait_left()

    def give_back(self) -> None:
        self.leave_window()
        self.taken = False

    def throw_away(self) -> None:
        """After a failure nobody knows what the next one would find. Safe to call twice."""
        if self._window is not None:
            self._window.close()
        if self._server is not None:
            self._server.stop()
        if self._base is not None:
            shutil.rmtree(self._base, ignore_errors=True)
        self._window = self._server = self._base = None
        self.taken = self.started = False
