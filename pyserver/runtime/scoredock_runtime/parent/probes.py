"""Probes of a worker: whether it still answers, and whether it gets requests. Pure: the caller tells the time and sends
the pings.

As Kubernetes counts: the first ping comes `initial_delay` seconds after the worker's start, never before init() has
returned, then one each `period`. After `failure_threshold` in a row without an answer in time a worker is taken for
hung by its liveness probe, and gets no requests by its readiness probe until it has answered `success_threshold` times
in a row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Optional, Union

from scoredock_runtime.contract import Liveness, Readiness, ServiceSpec

HUNG, UNREADY = "hung", "unready"


class _Probe(ABC):
    """Probe of one worker; times are monotonic seconds."""

    def __init__(self, rule: Union[Liveness, Readiness], started: float) -> None:
        self._rule = rule
        self._started = started
        self._next: Optional[float] = None
        self._number = 0
        self._until: Optional[float] = None
        """When the answer to the ping under way is due."""
        self._missed = 0
        """In a row."""
        self.has_pings = rule.failure_threshold > 0

    def begin(self, now: float) -> None:
        """init() has returned."""
        if self.has_pings:
            self._next = max(now, self._started + self._rule.initial_delay)

    def rest(self) -> None:
        """No ping any more: it is on its way out, or a person holds it in a debugger."""
        self._next = self._until = None

    def due(self) -> Optional[float]:
        """When `act` is to be called next; None for never."""
        return self._next if self._until is None else self._until

    def act(self, now: float) -> Union[int, str, None]:
        """The number of the ping to send now, what has become of the worker, or None when nothing is to be done yet."""
        moment = self.due()
        if moment is None or moment > now:
            return None
        if self._until is not None:
            self._until = None
            self._missed += 1
            return self._unanswered(has_failed=self._missed >= self._rule.failure_threshold)
        self._number += 1
        self._until = now + max(0.05, self._rule.timeout)
        self._next = max(now + max(0.05, self._rule.period), self._until)
        return self._number

    @abstractmethod
    def _unanswered(self, *, has_failed: bool) -> Optional[str]:
        """Verdict on the worker after a ping without an answer in time, which was one too many where `has_failed`; None
        for no change."""


class LivenessProbe(_Probe):
    """`act` says `HUNG` once, and nothing more then."""

    def _unanswered(self, *, has_failed: bool) -> Optional[str]:
        if not has_failed:
            return None
        self.rest()
        return HUNG

    def answered(self, number: int) -> None:
        """A pong; one that belongs to an older ping shows life as well."""
        if 0 < number <= self._number:
            self._missed = 0
            if number == self._number:
                self._until = None


class ReadinessProbe(_Probe):
    """`act` says `UNREADY` when the worker gets no requests from now on."""

    def __init__(self, rule: Readiness, started: float) -> None:
        super().__init__(rule, started)
        self._answered = 0
        """In a row."""
        self.passed = not self.has_pings

    def rest(self) -> None:
        super().rest()
        self.passed = True

    def _unanswered(self, *, has_failed: bool) -> Optional[str]:
        self._answered = 0
        if not (self.passed and has_failed):
            return None
        self.passed = False
        return UNREADY

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
