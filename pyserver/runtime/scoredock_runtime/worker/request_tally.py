"""Results of the newest requests of a worker, reported to its parent while some of them fail."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from scoredock_runtime import contract
from scoredock_runtime.base.faults import one_line
from scoredock_runtime.base.limits import exhaustion_of
from scoredock_runtime.worker.script import frames_of

if TYPE_CHECKING:
    from scoredock_runtime.http.messages import Request

_ALL = (1 << contract.RECENT_REQUESTS) - 1
_PAUSE = 0.5
"""Seconds between two messages, however many requests fail."""
_LONGEST = 2_000
_MOST_FRAMES = 20


class RequestTally:
    """Costs a look at the clock and an addition while nothing fails."""

    def __init__(self, app_root: str, tell: Callable[[Dict[str, Any]], object], limit_names: Dict[str, str]) -> None:
        self._app_root = app_root
        self._tell = tell
        self._limit_names = limit_names
        self.later: Callable[[float, Callable[[], object]], object] = lambda _, call: call()
        """Calls after so many seconds, in the thread that answers."""
        self._answered = 0
        self._failures = 0
        """A bit for each of the newest requests, the last one lowest; set where it failed."""
        self._raised: Optional[contract.RequestFailure] = None
        self._failure: Optional[contract.RequestFailure] = None
        self._failed_at = self._succeeded_at = 0.0
        """By the monotonic clock, which all processes of a machine read alike."""
        self._sent_at = self._exhausted_at = -_PAUSE
        self._waits = False
        self._watched = False

    def watch(self, failed_at: float) -> None:
        """Another worker failed then: a success after that is reported, the next one where there was none yet."""
        if self._succeeded_at > failed_at:
            self._soon()
        else:
            self._watched = True

    def fault(self, request_id: str, fault: BaseException) -> None:
        """run() raised it for a request that is not answered yet."""
        frames = frames_of(fault, self._app_root)[-_MOST_FRAMES:]
        line = one_line(fault)[:_LONGEST]
        exhaustion = exhaustion_of(line, self._limit_names)
        if exhaustion is not None:
            cause, sentence = exhaustion
            line = f"{line}. {sentence}"
            now = time.monotonic()
            if now - self._exhausted_at >= _PAUSE:
                self._exhausted_at = now
                self._tell({"event": "exhausted", "cause": cause, "message": sentence})
        self._raised = contract.RequestFailure(request_id, time.time(), line, frames)

    def add(self, request: Request, status: int, started_at: float) -> None:
        """run() has answered a request, or broke its answer off; `started_at` is a time before that went out. Faults of
        the caller say nothing about the service."""
        if 400 <= status < 500:
            return
        failed = status >= 500
        if failed:
            # Whoever got this answer may have had another one, of another worker, before this one goes on. What this
            # one has answered itself was before, also where both went out together.
            self._failed_at = max(started_at, self._succeeded_at)
        else:
            self._succeeded_at = time.monotonic()
        if not failed and not self._failures and not self._watched:
            if self._answered < contract.RECENT_REQUESTS:
                self._answered += 1
            return
        self._answered = min(contract.RECENT_REQUESTS, self._answered + 1)
        self._failures = (self._failures << 1 | failed) & _ALL
        self._failure = self._of(request, status) if failed else None
        self._watched = False
        self._soon()

    def _of(self, request: Request, status: int) -> contract.RequestFailure:
        raised, self._raised = self._raised, None
        known = request.id.decode("latin-1")
        if raised is not None and raised.id == known:
            return raised
        return contract.RequestFailure(known, time.time(), f"The request was answered with status {status}.")

    def _soon(self) -> None:
        if self._waits:
            return
        delay = self._sent_at + _PAUSE - time.monotonic()
        if delay <= 0:
            self._now()
        else:
            self._waits = True
            self.later(delay, self._now)

    def _now(self) -> None:
        self._waits, self._sent_at = False, time.monotonic()
        requests = contract.RecentRequests(self._answered, bin(self._failures).count("1"), self._failure)
        self._tell(
            {
                "event": "requests",
                "requests": json.loads(contract.to_json(requests)),
                "failed_at": self._failed_at,
                "succeeded_at": self._succeeded_at,
            }
        )
