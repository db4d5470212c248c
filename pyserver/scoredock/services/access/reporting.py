"""A response that takes its time, reported while it comes: often enough to be read along, never more than fits."""

from __future__ import annotations

import codecs
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from scoredock import threads
from scoredock.services.access.receiving import BodyReceiver
from scoredock.services.access.shown_body import SHOWN_CHARACTERS, charset_of

IN_MEMORY = 8_000_000
"""Bytes of a body that go to the client at once; a longer one lies in a file."""
_PAUSE = 0.15
"""Seconds between two reports; a response that is there sooner is not reported before."""

Report = Callable[[int, str, int], None]
"""Takes the status, more of the text, and how many bytes have come in all."""


class ReportingReceiver(BodyReceiver):
    """Reports from a thread of its own, which exists only while a response comes."""

    def __init__(self, file: Path, report: Report) -> None:
        super().__init__(file, in_memory=IN_MEMORY)
        self._report = report
        self._status = 0
        self._decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder("utf-8")()
        self._is_text = True
        self._lock = threading.Lock()
        self._waiting = ""
        self._shown = 0
        self._reported_size = -1
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        self._status = status
        self._decoder = codecs.getincrementaldecoder(charset_of(headers))()
        self._thread = threads.start(self._tell, name="response", at_fault=threads.logged)

    def take(self, part: bytes) -> bool:
        with self._lock:
            if self._is_text and self._shown < SHOWN_CHARACTERS:
                self._add(part)
            return super().take(part)

    def break_off(self) -> None:
        self._end()
        if self.size:
            self._tell_more()

    def close(self) -> None:
        self._end()
        super().close()

    def _end(self) -> None:
        self._over.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _add(self, part: bytes) -> None:
        try:
            text = self._decoder.decode(part)[: SHOWN_CHARACTERS - self._shown]
        except UnicodeDecodeError:
            self._is_text = False
            return
        self._waiting += text
        self._shown += len(text)

    def _tell(self) -> None:
        while not self._over.wait(_PAUSE):
            self._tell_more()

    def _tell_more(self) -> None:
        with self._lock:
            text, self._waiting = self._waiting, ""
            size = self._size
        if size != self._reported_size:
            self._reported_size = size
            self._report(self._status, text, size)
