"""Withdrawal of a version, which gets no more requests by itself then: its newest answers against its limits, and what
is kept of that."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import Any, Deque, Dict, List, Optional, Set, Tuple

from scoredock_runtime.contract import WITHDRAWALS_FILE, Route, Routes, WithdrawalLimits

_SLOW_PART = 20
"""The 95th percentile is above a limit when more than one in twenty answers is."""
_LARGEST = 1 << 20


@dataclass(frozen=True)
class Excess:
    """Figure that was above its limit."""

    kind: str
    """`errors` or `latency`."""
    measured: float
    """Percent of the answers that were errors, or slower than the limit."""
    requests: int
    """So many answers were looked at."""


class Watch:
    """The answers of the last seconds, counted by the second."""

    def __init__(self, limits: WithdrawalLimits) -> None:
        self.limits = limits
        self._slow = limits.milliseconds / 1000
        self._seconds: Deque[List[int]] = deque()
        self._requests = self._errors = self._late = 0

    def add(self, now: float, failed: bool, seconds: float) -> Optional[Excess]:
        """Counts one answer, at a time of a clock that never goes back; returns what is above its limit now, or
        None."""
        second, counted = int(now), self._seconds
        if not counted or counted[-1][0] != second:
            counted.append([second, 0, 0, 0])
            self._forget(second - self.limits.seconds)
        newest = counted[-1]
        late = self._slow and seconds > self._slow
        newest[1] += 1
        newest[2] += failed
        newest[3] += bool(late)
        self._requests += 1
        self._errors += failed
        self._late += bool(late)
        return self._excess()

    def _forget(self, before: int) -> None:
        while self._seconds[0][0] <= before:
            _, requests, errors, late = self._seconds.popleft()
            self._requests -= requests
            self._errors -= errors
            self._late -= late

    def _excess(self) -> Optional[Excess]:
        limits, requests = self.limits, self._requests
        if requests < limits.requests:
            return None
        if limits.errors and self._errors * 100 > limits.errors * requests:
            return Excess("errors", round(self._errors * 100 / requests, 1), requests)
        if limits.milliseconds and self._late * _SLOW_PART > requests:
            return Excess("latency", round(self._late * 100 / requests, 1), requests)
        return None


class Withdrawals:
    """Withdrawals that were made, by version and by the number that its limits had then; kept in a file, so that a
    router that is killed and its server know of them."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.default = ""
        """The version that is never withdrawn."""
        self._path = os.path.join(folder, WITHDRAWALS_FILE)
        self._made: Set[Tuple[str, int]] = set()
        try:
            with open(self._path, encoding="utf-8") as stream:
                lines = stream.read(_LARGEST).splitlines()
        except (OSError, ValueError):
            lines = []
        for line in lines:
            try:
                document: Dict[str, Any] = json.loads(line)
                self._made.add((str(document["version"]), int(document["armed"])))
            except (ValueError, KeyError, TypeError):
                continue

    def holds(self, name: str, armed: int) -> bool:
        """True if the version was withdrawn since it was given its traffic."""
        return (name, armed) in self._made

    def applied(self, routes: Routes) -> Routes:
        """The routes with nothing for the versions that were withdrawn since they were given their traffic."""
        self.default = routes.default

        def share(route: Route) -> int:
            limits = route.limits
            gone = limits is not None and self.holds(route.name, limits.armed)
            return 0 if gone and route.name != routes.default else route.share

        return replace(routes, versions=[replace(each, share=share(each)) for each in routes.versions])

    def add(self, name: str, share: int, limits: WithdrawalLimits, excess: Excess) -> None:
        """Raises OSError where it cannot be kept; it holds in any case."""
        self._made.add((name, limits.armed))
        fields = {
            "version": name,
            "armed": limits.armed,
            "time": time.time(),
            "kind": excess.kind,
            "measured": excess.measured,
            "requests": excess.requests,
            "share": share,
        }
        with open(self._path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(fields) + "\n")


def in_words(limits: WithdrawalLimits, excess: Excess) -> str:
    """Reason for a withdrawal in words for the log."""
    text = f"of {excess.requests} responses in {limits.seconds} s"
    if excess.kind == "errors":
        return f"{excess.measured:g}% {text} were errors, and {limits.errors}% are allowed"
    return f"{excess.measured:g}% {text} took longer than {limits.milliseconds} ms, and 5% may"
