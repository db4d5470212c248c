"""A call at regular times while there is something to look at, made by a thread of its own.

The loop could wait for a second at most instead. But a wait with a limit sets a timer and takes it back, and a router
waits twice for a request when it has little to do.
"""

from __future__ import annotations

import threading
import time
from typing import Callable

from scoredock_runtime.base import threads


class Pulse:
    """`call` is made in the thread of the pulse."""

    def __init__(self, call: Callable[[], object], seconds: float) -> None:
        self._call = call
        self._seconds = seconds
        self._wanted = threading.Event()

    def start(self) -> None:
        """Its thread ends with the process."""
        threads.start(self._run, name="pulse", at_fault=threads.again)

    def go_on(self) -> None:
        """There is something to look at. Cheap where it is known."""
        if not self._wanted.is_set():
            self._wanted.set()

    def rest(self) -> None:
        """Nothing is to be looked at until `go_on`."""
        self._wanted.clear()

    def _run(self) -> None:
        while self._wanted.wait():
            time.sleep(self._seconds)
            self._call()
