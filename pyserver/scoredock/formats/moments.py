"""Times and periods as people write them (`15m`, `6h`), in seconds. Pure.

A period is a number with a unit: `15m`, `6h`, `1d`, `2w`.
"""

from __future__ import annotations

import datetime
import re

from scoredock import l10n
from scoredock.errors import ScoredockError

_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PERIOD = re.compile(r"(\d{1,6})\s*([mhdw])", re.IGNORECASE)
_ISO = "%Y-%m-%dT%H:%M:%S"


def seconds_of(period: str) -> int:
    """Seconds of a period like `6h`. Raises ScoredockError `drift-option-invalid`."""
    number, unit = parts_of(period)
    return number * _SECONDS[unit]


def parts_of(period: str) -> tuple[int, str]:
    """`(6, "h")` for `6h`. Raises ScoredockError `drift-option-invalid`."""
    match = _PERIOD.fullmatch(period.strip())
    if match is None or not int(match[1]):
        raise ScoredockError(
            "drift-option-invalid",
            l10n.t("“{text}” is not a period of time.", text=period[:64]),
            l10n.t("Write a number and a unit: 15m, 6h, 1d or 2w."),
        )
    return int(match[1]), match[2].lower()


def is_period(text: str) -> bool:
    """True if it is `6h` and the like, and not a time."""
    return _PERIOD.fullmatch(text.strip()) is not None


def moment_of(text: str, now: float) -> str:
    """A time that a person wrote, in the form that collected rows have (UTC): a date, a date and time, or a period
    before `now`. Empty stays empty. Raises ScoredockError `drift-option-invalid`."""
    if not text:
        return ""
    if is_period(text):
        return _utc(now - seconds_of(text))
    try:
        moment = datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise ScoredockError(
            "drift-option-invalid",
            l10n.t("“{text}” is not a time.", text=text[:64]),
            l10n.t("Write a date (2026-11-20), a date and time (2026-11-20T17:30), or a period before now (7d)."),
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return _utc(moment.timestamp())


def _utc(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(_ISO)
