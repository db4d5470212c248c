"""Writes the steps before the start into the service's own log, where a person looks when a deployment has failed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from types import TracebackType

from scoredock.engines.log_files import last_number, log_path
from scoredock.progress import Progress

_LINE = 16_384


class DeployLog:
    """Progress that is also written down. Only while no parent process of the service runs: that one numbers the lines."""

    def __init__(self, service_folder: Path, progress: Progress) -> None:
        self._folder = service_folder
        self._progress = progress
        self._stream: int | None = None
        self._next = 1

    def __enter__(self) -> DeployLog:
        path = log_path(self._folder)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._next = last_number(self._folder) + 1
        self._stream = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and isinstance(error, Exception):
            self._write(str(error), "E")
        if self._stream is not None:
            os.close(self._stream)
            self._stream = None

    def report(self, message: str, percentage: int | None = None) -> None:
        self._progress.report(message, percentage)
        self._write(message, "I")

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
        record = {"n": self._next, "t": round(time.time(), 3), "s": "server", "l": level, "m": shown}
        self._next += 1
        try:
            os.write(
                self._stream,
                json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
                + b"\n",
            )
        except OSError:
            self._stream = None  # a full disk is met by the work itself, which says so
