"""Whether a worker gets requests. Pure: the caller tells the time and sends the pings.

As Kubernetes counts: the first ping comes `initial_delay` seconds after the worker's start, never before init() has
returned, then one each `period`; after `success_threshold` answers in a row the worker gets requests, and after
`failure_threshold` in a row without an answer in time it gets none until it has answered so often again.
"""

from __future__ import annotations

from typing import Optional, Union

from scoredock_runtime.contract import Readiness, ServiceSpec
from scoredock_runtime.parent.liveness import LivenessProbe

UNREADY = "unready"


class ReadinessProbe:
    """Of one worker; times are monotonic seconds."""

    def __init__(self, rule: Readiness, started: float) -> None:
        self._rule = rule
        self._started = started
        self._next: Optional[float] = None
        self._number = 0
        self._until: Optional[float] = None
        """When the answer to the ping under way is due."""
        self._answered = 0
        """In a row."""
        self._missed = 0
        self.has_probe = rule.failure_threshold > 0
        self.passed = not self.has_probe

    def begin(self, now: float) -> None:
        """init() has returned."""
        if self.has_probe:
            self._next = max(now, self._started + self._rule.initial_delay)

    def rest(self) -> None:
        """No ping any more: it is on its way out, or a person holds it in a debugger."""
        self._next = self._until = None
        self.passed = True

    def due(self) -> Optional[float]:
        """When `act` is to be called next; None for never."""
        return self._next if self._until is None else self._until

    def act(self, now: float) -> Union[int, str, None]:
        """The number of the ping to send now, `UNREADY` when it gets no requests from now on, or None."""
        moment = self.due()
        if moment is None or moment > now:
            return None
        if self._until is not None:
            self._until = None
            self._answered = 0
            self._missed += 1
            if self.passed and self._missed >= self._rule.failure_threshold:
                self.passed = False
                return UNREADY
            return None
        self._number += 1
        self._until = now + max(0.05, self._rule.timeout)
        self._next = max(now + max(0.05, self._rule.period), self._until)
        return self._number

    def answered(self, number: int) -> bool:
        """A pong; whether the worker gets requests by it and did not before. One of an older ping says nothing."""
        if number != self._number or self._until is None:
            return False
        self._until = None
        self._missed = 0
        self._answered += 1
        if self.passed or self._answered < max(1, self._rule.success_threshold):
            return False
        self.passed = True
        return True


class WorkerProbes:
    """Both probes of one worker."""

    def __init__(self, spec: ServiceSpec, started: float) -> None:
        self.liveness = LivenessProbe(spec.liveness, started)
        self.readiness = ReadinessProbe(spec.readiness, started)
