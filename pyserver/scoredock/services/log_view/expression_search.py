"""Regular expressions that a person wrote, looked for in a process of its own.

Python cannot break a match off, holds up every thread of the process meanwhile, and has no public way to tell how long
an expression may take; which ones never end only an engine of one's own could find out from their text. A process can
be killed, whatever it is doing.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from scoredock.run import Conversation, TimedOut

SEARCHED = 2_000
"""Characters of a line that are looked at."""
_LINE_SECONDS = 2.0
"""For one line, on a machine that has other work as well."""
_SECONDS = 10.0
"""For all lines of one question."""
_START_SECONDS = 30.0
_PROGRAM = Path(__file__).with_name("search_process.py")


class TooSlow(Exception):
    """The expression takes too long."""


class ExpressionSearch:
    """One process for whoever asks, one after the other; started when it is first needed, and anew when it was killed.
    It ends with this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: Conversation | None = None

    def search(self, expression: str, lines: Sequence[str]) -> list[bool]:
        """For each line, True if it has the expression, whatever the case of letters. It was compiled before. Raises
        TooSlow."""
        if not lines:
            return []
        question = {"expression": expression, "lines": [line[:SEARCHED] for line in lines]}
        data = json.dumps(question).encode() + b"\n"
        with self._lock:
            try:
                return self._ask(data, len(lines))
            except EOFError:
                pass  # somebody has ended it meanwhile
            try:
                return self._ask(data, len(lines))
            except EOFError:
                raise TooSlow from None  # it ends at this expression, for want of memory

    def _ask(self, data: bytes, count: int) -> list[bool]:
        if self._process is None:
            self._process = _started()
        try:
            return self._answer(self._process, data, count)
        except BaseException:
            self._process.end()
            self._process = None
            raise

    @staticmethod
    def _answer(process: Conversation, data: bytes, count: int) -> list[bool]:
        deadline = time.monotonic() + _SECONDS
        answer = bytearray()
        try:
            for part in process.ask(data, count, _LINE_SECONDS):
                answer += part
                if time.monotonic() > deadline and len(answer) < count:
                    raise TooSlow
        except TimedOut:
            raise TooSlow from None
        return [mark == ord("1") for mark in answer]


def _started() -> Conversation:
    process = Conversation([sys.executable, "-I", "-S", str(_PROGRAM)])
    for _ in process.ask(b"", 1, _START_SECONDS):
        pass
    return process


EXPRESSIONS = ExpressionSearch()
