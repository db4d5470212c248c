"""The log on standard output, for whoever reads there: the log of a container, a terminal.

A reader that is slow, or stands still, costs lines there and nothing else: what waits is bounded, and a thread of its
own writes it. The stored log has all of them.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from typing import Deque, List

from scoredock_runtime.base import threads
from scoredock_runtime.contract import LogRecord, to_json

WAITING_LIMIT = 1_000_000
"""Bytes that wait for the reader; lines that come then are left out and counted."""
_AT_ONCE = 65_536
"""What a pipe takes at once: more would only be copied again and again."""


class ConsoleLog:
    """`show` never waits. With `records` its lines are JSON of LogRecords."""

    def __init__(self, descriptor: int, *, records: bool = False) -> None:
        self.records = records
        # Not the stream's own object: its lock would be held by a write that never ends when the process does.
        self._descriptor = os.dup(descriptor)
        self._waiting: Deque[bytes] = deque()
        self._size = 0
        self._left_out = 0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threads.start(self._write_all, name="shown log", at_fault=threads.again)

    def show(self, lines: List[str]) -> None:
        """Queues lines for the console; from any thread."""
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
        with self._changed:
            if self._closing:
                return
            if self._size + len(data) > WAITING_LIMIT:
                self._left_out += len(lines)
                return
            if self._left_out:
                data, self._left_out = self._notice() + data, 0
            self._waiting.append(data)
            self._size += len(data)
            self._changed.notify_all()

    def _notice(self) -> bytes:
        text = f"{self._left_out} lines are left out here: they came faster than they were read."
        # It is not a line of the stored log, and has no number there.
        return f"{to_json(LogRecord(0, time.time(), 'server', 'W', text)) if self.records else text}\n".encode()

    def close(self, timeout: float) -> None:
        """Writes what waits, for at most `timeout` seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout)

    def _write_all(self) -> None:
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._closing)
                    if not self._waiting:
                        break
                    data = self._waiting.popleft()
                self._write(data)
                with self._changed:
                    self._size -= len(data)
            if self._left_out:
                self._write(self._notice())  # nothing came after them that would have said so
        except OSError:
            self._stop()  # nobody reads there any more; the file goes on
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._descriptor, view[:_AT_ONCE]) :]
            except BlockingIOError:
                import select

                select.select([], [self._descriptor], [], 1.0)  # somebody made it non-blocking

    def _stop(self) -> None:
        with self._changed:
            self._closing = True
            self._waiting.clear()
