"""Admission of requests: how many a worker works on, how long the others wait, and how long one may take: v1's front
end.

Requests go to run() one at a time. `limit` of them are admitted, the one that runs included; the others wait.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Callable, Deque, Dict, List, Optional, Tuple

from scoredock_runtime.http.messages import Request

NEVER = float("inf")
STUCK_SECONDS = 1.0
"""How long a run() that was interrupted may go on: it sits in code that does not look at signals."""


class Admission:
    """All times are monotonic seconds, all limits 0 for none. Used by the loop's holder, but for `began`."""

    def __init__(
        self,
        put: Callable[[Request], object],
        interrupt: Callable[[], object],
        *,
        limit: int = 0,
        max_wait: float = 0.0,
        timeout: float = 0.0,
        run_timeout: float = 0.0,
    ) -> None:
        self._put = put
        self._clock = time.monotonic
        self._interrupt = interrupt
        """Makes the run() that goes on raise ScoringTimeout."""
        self._limit = limit
        self._max_wait = max_wait
        self._timeout = timeout
        self._run_timeout = run_timeout or NEVER
        self.on_removed: Callable[[], object] = lambda: None
        """There is one less."""
        self._admitted: Dict[Request, None] = {}
        self._waiting: Deque[Tuple[float, Request]] = deque()
        self.running: Optional[Request] = None
        """What run() works on; set to None by whoever takes its answer."""
        self._run_until = NEVER
        self._stuck_at = NEVER

    def add(self, request: Request, now: float) -> None:
        """A request for run()."""
        if self._limit and len(self._admitted) >= self._limit:
            self._waiting.append((now, request))
        else:
            self._admit(request, now)

    def remove(self, request: Request, now: float) -> None:
        """Takes out a request that has its answer, or needs none any more."""
        self._admitted.pop(request, None)
        while self._waiting and len(self._admitted) < self._limit:
            following = self._waiting[0][1]
            if not following.abandoned:
                self._admit(following, now)
            self._waiting.popleft()
        self.on_removed()

    def _admit(self, request: Request, now: float) -> None:
        self._admitted[request] = None
        if self._timeout:
            request.deadline = now + self._timeout
        self._put(request)

    def began(self, request: Request, now: float) -> None:
        """Notes that run() is called, from the main thread."""
        self._run_until = now + self._run_timeout
        self._stuck_at = NEVER
        self.running = request

    def streams(self) -> None:
        """run() has returned, its answer is still being made: that takes as long as it takes."""
        self._run_until = self._stuck_at = NEVER
        if self.running is not None:
            self.running.deadline = 0.0

    def lost(self, queued: List[Request]) -> List[Request]:
        """Requests admitted that neither run nor are queued, after run()'s thread has fallen out of its work."""
        self.running = None
        self._run_until = self._stuck_at = NEVER
        self._waiting = deque(each for each in self._waiting if each[1] not in self._admitted)
        return [request for request in self._admitted if request not in queued]

    @property
    def busy(self) -> bool:
        """True if there is anything for run() to do."""
        return bool(self._admitted)

    def counts(self) -> Tuple[int, int]:
        """Requests that run() works on, and those that wait for it."""
        admitted = len(self._admitted)
        return (1, len(self._waiting) + admitted - 1) if admitted else (0, len(self._waiting))

    def all(self) -> List[Request]:
        """Every request without an answer."""
        return [*self._admitted, *(request for _, request in self._waiting)]

    def due(self) -> float:
        """Time at which something here must be looked at."""
        moment = NEVER
        if self._waiting and self._max_wait:
            moment = self._waiting[0][0] + self._max_wait
        if self._admitted:
            if self.running is not None:
                moment = min(moment, self._run_until, self._stuck_at)
            elif self._run_timeout != NEVER:
                moment = min(moment, self._clock() + self._run_timeout)  # the main thread is about to begin
            if self._timeout:
                for request in self._admitted:  # in the order of their deadlines
                    if request.deadline and not request.overdue:
                        moment = min(moment, request.deadline)
                        break
        return moment

    def waited_too_long(self, now: float) -> List[Request]:
        """Requests that were not admitted in time."""
        found = []
        while self._max_wait and self._waiting and self._waiting[0][0] + self._max_wait <= now:
            found.append(self._waiting.popleft()[1])
        return found

    def overdue(self, now: float) -> List[Request]:
        """Admitted ones whose time is over before run() took them; the one that runs is interrupted."""
        requests = []
        for request in self._admitted if self._timeout else ():
            if not request.deadline:
                continue  # its answer streams
            if request.deadline > now:
                break
            if request is not self.running:
                requests.append(request)
            elif not request.overdue:
                request.overdue = True
                self._stop_run(now)
        if self.running is not None and self._run_until <= now:
            self._stop_run(now)
        return requests

    def stuck(self, now: float) -> Optional[Request]:
        """The request whose run() goes on although it was interrupted; returned once."""
        if self.running is None or self._stuck_at > now:
            return None
        self._stuck_at = NEVER
        return self.running

    def _stop_run(self, now: float) -> None:
        self._run_until = NEVER
        self._stuck_at = now + STUCK_SECONDS
        self._interrupt()
