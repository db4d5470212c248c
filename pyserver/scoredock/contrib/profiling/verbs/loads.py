"""Sends one request again and again, and reports its figures as they come."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.profiling import messages
from scoredock.contrib.profiling.verbs.generator_note import generator_note
from scoredock.errors import Cancelled, ScoredockError
from scoredock.features.services.calls import client_of, scoring_request
from scoredock.verb import verb

if TYPE_CHECKING:
    from scoredock.contrib.profiling.domain.load import Load, LoadFigures

_PAUSE = 0.5
"""Seconds between two pushes of figures."""
_KEPT_UP = 0.95
"""A rate is kept up that is reached to this share."""
_MOST_KINDS = 20


class Loads:
    """Sends many requests for one client."""

    def __init__(self, push: Callable[[messages.ServiceLoad], None]) -> None:
        self._push = push
        self.verbs = (self.send_many,)

    def stop(self) -> None:
        """Does nothing: what it has begun ends with the server."""

    @verb(
        "service/load",
        errors=("profile-input-invalid", "service-request-invalid", "service-unreachable"),
    )
    def send_many(
        self, params: messages.ServiceLoadParams, context: Context, operation: Operation
    ) -> messages.ServiceLoad:
        """Blocks until the time is over or it is cancelled; a cancelled run gives what it has measured."""
        from scoredock.contrib.profiling.domain.load import Load, LoadFigures, LoadPlan, RequestLine

        plan = LoadPlan(0, params.connections, params.rate, params.duration)
        if plan.fault():
            raise ScoredockError("profile-input-invalid", plan.fault())
        client = client_of(params, context)
        asked = client.prepared(params.name, scoring_request(params), credential=params.key)
        address = client.address(params.name)
        figures = LoadFigures()
        lines = [RequestLine(params.name, address, asked) for _ in range(plan.connections)]
        load = Load(lines, [asked.body], plan, figures.record)
        report = _Report(params, figures)

        def watch(_: int) -> None:
            if report.is_due():
                self._push(report.message())

        with contextlib.suppress(Cancelled):  # the figures of what was sent are what the person wants
            load.run(operation.cancel, watch, pause=_PAUSE / 5)
        return report.message(load)


class _Report:
    def __init__(self, params: messages.ServiceLoadParams, figures: LoadFigures) -> None:
        self._params, self._figures = params, figures
        self._begun = self._last = time.monotonic()
        self._before = 0

    def is_due(self) -> bool:
        return time.monotonic() - self._last >= _PAUSE

    def message(self, ended: Load | None = None) -> messages.ServiceLoad:
        """So far, or of the whole run that has ended."""
        now, figures = time.monotonic(), self._figures
        answered = figures.answered
        seconds = ended.seconds if ended is not None else now - self._begun
        recent = (answered - self._before) / max(now - self._last, 1e-3)
        self._last, self._before = now, answered
        p50, p95, p99 = figures.percentiles()
        per_second = answered / seconds if seconds > 0 else 0.0
        errors = figures.errors.most_common(_MOST_KINDS)
        return messages.ServiceLoad(
            self._params.stream,
            answered,
            sum(figures.errors.values()),
            round(seconds, 2),
            round(per_second, 1),
            round(recent, 1),
            p50,
            p95,
            p99,
            round(figures.latencies.longest, 3) if figures.latencies.count else None,
            [messages.LoadError(reason, count) for reason, count in errors],
            self._note(per_second, ended) if ended is not None else "",
        )

    def _note(self, per_second: float, ended: Load) -> str:
        rate = self._params.rate
        if not rate:
            return ""
        own = generator_note(ended.generator)
        if per_second >= rate * _KEPT_UP:
            return own
        reached = l10n.t(
            "{reached:,.0f} of {rate:,g} requests per second were sent: {connections} connections could not do more.",
            reached=per_second,
            rate=rate,
            connections=self._params.connections,
        )
        return f"{reached} {own}".rstrip()
