"""One line for each request, in the format of Azure's inference server."""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import List, Optional

from scoredock_runtime.base import worker_log
from scoredock_runtime.base.locks import SharedLock
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.http.messages import Request

_ROUTES = ("/score", "/swagger.json")


class AccessLog:
    """One line a request, written in batches: a system call for each would cost as much as a small request."""

    def __init__(self, *, with_ids: bool = False) -> None:
        self._lines: List[str] = []
        self._with_ids = with_ids
        self._writing = SharedLock()
        self._second = 0
        self._moment = ""
        self.enabled = logger.isEnabledFor(logging.INFO)
        worker_log.before_line = self.flush

    def add(self, request: Request, status: int, milliseconds: float, body: Optional[bytes]) -> bool:
        """True if this is the first line that waits, so that the caller arranges for `flush`. `body` is None where it
        is streamed: nobody knows its length yet."""
        if not self.enabled:
            return False
        target = request.target
        if target != b"/score" and request.path in _ROUTES:
            target = request.path.encode() + (b"?" + request.query if request.query else b"")
        # Other paths as they were sent: a decoded one could hold line ends and so forge lines of the log.
        size = "N/A" if body is None else len(body)
        text = f"{request.method.decode('latin-1')} {target.decode('latin-1')} {status} {milliseconds:.3f}ms {size}"
        if self._with_ids:
            text += f" {request.id.decode('latin-1')}"
        if worker_log.configured_by_file:
            logger.info("%s", text)
            return False
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
            self._pid = os.getpid()
        self._lines.append(f"{self._moment},{int(now % 1 * 1000):03d} I [{self._pid}] azmlinfsrv - {text}\n")
        return len(self._lines) == 1

    _pid = 0

    def has_lines(self) -> bool:
        """True if some wait to be written."""
        return bool(self._lines)

    def flush(self) -> None:
        """Writes what waits. From any thread: the script's own lines come after those of the requests before."""
        if not self._lines:
            return
        with self._writing.lock:
            # In place, as the thread with the loop may add to them meanwhile.
            count = len(self._lines)
            lines = self._lines[:count]
            del self._lines[:count]
            self._write(lines)

    @staticmethod
    def _write(lines: List[str]) -> None:
        try:
            sys.stdout.write("".join(lines))
            sys.stdout.flush()
        except Exception:
            return  # the script closed its standard output, or put something else there; requests go on
