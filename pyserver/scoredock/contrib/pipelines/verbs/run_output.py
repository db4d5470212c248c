"""Output of a run, sent to one client while it goes on: in parts, and no more than somebody can read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from scoredock import l10n, threads
from scoredock.contrib.pipelines import messages

_PAUSE = 0.1
"""Seconds between two parts."""
_MOST_LINES = 500
"""Of one part. A step that prints without end would fill the client's memory; its last lines are kept."""


class RunOutput:
    """Takes lines from the thread of the run, and pushes them from one of its own; inside of `with`."""

    def __init__(self, stream: str, push: Callable[[messages.PipelineOutput], None]) -> None:
        self._stream, self._push = stream, push
        self._lines: list[messages.PipelineLine] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._left_out = 0

    def tell(self, kind: messages.PipelineLineKind, text: str) -> None:
        """Adds one line, or the name of what begins."""
        with self._lock:
            self._lines.append(messages.PipelineLine(kind, text))
            if len(self._lines) > _MOST_LINES:
                del self._lines[0]
                self._left_out += 1

    def __enter__(self) -> RunOutput:
        # What it could not send is lost for the channel only: the run goes on, and its result has the failures.
        self._thread = threads.start(self._send_parts, name="scoredock-pipeline-output", at_fault=threads.logged)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _send_parts(self) -> None:
        while not self._ended.wait(_PAUSE):
            self._send()
        self._send()

    def _send(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
            left_out, self._left_out = self._left_out, 0
        if left_out:
            said = l10n.t("{count:,} lines are left out here.", count=left_out)
            lines.insert(0, messages.PipelineLine("result", said))
        if lines:
            self._push(messages.PipelineOutput(self._stream, lines))
