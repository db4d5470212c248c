"""Writes the steps before the start into the service's own log, where a person looks when a deployment has failed."""

from __future__ import annotations

import json
import os
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType

from filelock import FileLock

from scoredock.data_folder import make_private
from scoredock.engines.log_files import LOCK_FILE, last_number, log_path
from scoredock.errors import ScoredockError
from scoredock.progress import PartOfStep, Progress, step_of

_LINE = 16_384


class DeployLog:
    """Progress that is also written down. Only while no parent process of the service runs: that one numbers the lines.

    `shared`: the log is that of a container, whose lines others copy here meanwhile; each write takes the next number
    then.
    """

    def __init__(self, service_folder: Path, progress: Progress, *, shared: bool = False) -> None:
        self._folder = service_folder
        self._progress = progress
        self._shared = shared
        self._stream: int | None = None
        self._step = ""
        self._next = 1

    def __enter__(self) -> DeployLog:
        path = log_path(self._folder)
        make_private(path.parent)
        self._lock: AbstractContextManager[object] = nullcontext()
        if self._shared:
            self._lock = FileLock(str(path.with_name(LOCK_FILE)), mode=0o600)
        self._next = last_number(self._folder) + 1
        self._stream = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and isinstance(error, Exception):
            output = error.details.get("output") if isinstance(error, ScoredockError) else None
            for line in output if isinstance(output, list) else ():
                self._write(str(line), "I")  # the error says it in one sentence
            self._write(str(error), "E")
        if self._stream is not None:
            os.close(self._stream)
            self._stream = None

    def report(self, message: str, percentage: int | None = None) -> None:
        self._progress.report(message, percentage)
        step = step_of(message)
        if not isinstance(message, PartOfStep) or step != self._step:
            self._write(step, "I")
        self._step = step

    def output(self, line: str) -> None:
        self._progress.output(line)
        self._write(line, "I")

    def _write(self, text: str, level: str) -> None:
        if self._stream is None:
            return
        shown = "".join(
            character if character.isprintable() or character == "\t" else f"\\x{ord(character):02x}"
            for character in text[:_LINE]
        )
        record = {"n": 0, "t": round(time.time(), 3), "s": "server", "l": level, "m": shown}
        try:
            with self._lock:
                if self._shared:
                    self._reopen()
                record["n"] = self._next
                self._next += 1
                document = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
                os.write(self._stream, document.encode("utf-8", "backslashreplace") + b"\n")
        except OSError:
            if self._stream is not None:
                os.close(self._stream)
            self._stream = None  # a full disk is met by the work itself, which says so

    def _reopen(self) -> None:
        """The file may have been turned over since, and its numbers gone on. Raises OSError."""
        if self._stream is not None:
            os.close(self._stream)
        self._stream = None
        self._next = last_number(self._folder) + 1
        self._stream = os.open(log_path(self._folder), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
