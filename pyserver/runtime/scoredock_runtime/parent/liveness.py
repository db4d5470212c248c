"""Whether a worker still answers. Pure: the caller tells the time and sends the pings.

As Kubernetes counts: the first ping comes `initial_delay` seconds after the worker's start, never before it is ready,
then one each `period`; after `failure_threshold` in a row without an answer in time the worker is taken for hung.
"""

from __future__ import annotations

from typing import Optional, Union

from scoredock_runtime.contract import Liveness

HUNG = "hung"


class LivenessProbe:
    """Of one worker; times are monotonic seconds."""

    def __init__(self, rule: Liveness, started: float) -> None:
        self._rule = rule
        self._started = started
        self._next: Optional[float] = None
        self._number = 0
        self._until: Optional[float] = None
        """When the answer to the ping under way is due."""
        self._missed = 0

    def begin(self, now: float) -> None:
        """The worker is ready."""
        if self._rule.failure_threshold > 0:
            self._next = max(now, self._started + self._rule.initial_delay)

    def rest(self) -> None:
        """It is not asked any more: it is on its way out, or a person holds it in a debugger."""
        self._next = self._until = None

    def due(self) -> Optional[float]:
        """When `act` is to be called next; None for never."""
        return self._next if self._until is None else self._until

    def act(self, now: float) -> Union[int, str, None]:
        """The number of the ping to send now, `HUNG`, or None when nothing is to be done yet."""
        moment = self.due()
        if moment is None or moment > now:
            return None
        if self._until is not None:
            self._until = None
            self._missed += 1
            if self._missed >= self._rule.failure_threshold:
                self.rest()
                return HUNG
            return None
        self._number += 1
        self._until = now + max(0.05, self._rule.timeout)
        self._next = max(now + max(0.05, self._rule.period), self._until)
        return self._number

    def answered(self, number: int) -> None:
        """A pong; one that belongs to an older ping shows life as well."""
        if 0 < number <= self._number:
            self._missed = 0
            if number == self._number:
                self._until = None
