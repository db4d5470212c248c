"""Progress of long work, told to the client as LSP work-done progress."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

Token = str | int

_PAUSE = 0.05
"""Seconds between two reports that only move the percentage."""


class WorkDone:
    """Implements `progress.Progress`; thread-safe. Begins with the first report and ends once."""

    def __init__(self, token: Token, title: str, tell: Callable[[str, object], None]) -> None:
        self._token = token
        self._title = title
        self._tell = tell
        self._lock = threading.Lock()
        self._begun = False
        self._last_message = ""
        self._last_time = 0.0

    def report(self, message: str, percentage: int | None = None) -> None:
        """One step; steps that differ in nothing but the percentage are thinned out."""
        with self._lock:
            now = time.monotonic()
            if self._begun and message == self._last_message and now - self._last_time < _PAUSE:
                return
            self._last_message, self._last_time = message, now
            value: dict[str, Any] = {"kind": "report", "message": message, "cancellable": True}
            if not self._begun:
                value = {**value, "kind": "begin", "title": self._title}
                self._begun = True
            if percentage is not None:
                value["percentage"] = max(0, min(100, percentage))
            self._tell("$/progress", {"token": self._token, "value": value})

    def output(self, line: str) -> None:
        """A tool's own words go to the log of the server, which the person can open."""
        self._tell("window/logMessage", {"type": 3, "message": line})

    def end(self) -> None:
        """No report may follow."""
        with self._lock:
            if self._begun:
                self._tell("$/progress", {"token": self._token, "value": {"kind": "end"}})
