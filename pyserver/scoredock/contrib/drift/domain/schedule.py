"""Schedules of drift: when a monitor is due. Pure.

Nothing of Scoredock waits for a time: what `workspace install` sets up or a job of CI calls it as often as it likes,
and what is due runs.
"""

from __future__ import annotations

import math

from scoredock.data_folder import is_ahead
from scoredock.formats.moments import parts_of, seconds_of

_FREQUENCIES = {"m": "minute", "h": "hour", "d": "day", "w": "week"}


def recurrence_of(period: str) -> tuple[str, int]:
    """`("day", 2)` for `2d`, as Azure Machine Learning v2 says it. Raises ScoredockError `drift-option-invalid`."""
    number, unit = parts_of(period)
    return _FREQUENCIES[unit], number


def is_due(every: str, created: float, last: float, now: float) -> bool:
    """True if a schedule is due: one that never ran, and one whose last run lies ahead, as a clock that was wrong has
    left it. Later runs are due once in each period from `created` on: one that was late does not move those that
    follow.
    """
    if not last or is_ahead(last, now):
        return True
    return next_run(every, last if is_ahead(created, now) else created, last) <= now


def next_run(every: str, created: float, last: float) -> float:
    """Seconds since the epoch; `created` where it never ran."""
    if not last:
        return created
    period = seconds_of(every)
    return created + period * (math.floor(max(0.0, last - created) / period) + 1)
