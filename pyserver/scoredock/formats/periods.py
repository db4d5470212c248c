"""Periods as people write them for deployment rules, and for how often a machine attends to a workspace: a number of
seconds, or one with a unit. Pure."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.errors import ScoredockError

_PERIOD = re.compile(r"(\d{1,6})\s*([smhd]?)", re.IGNORECASE)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def option_invalid(message: str, fix: str = "") -> ScoredockError:
    """`rule-option-invalid`."""
    return ScoredockError("rule-option-invalid", message, fix)


def seconds_of(period: str) -> int:
    """Seconds of a period like `90`, `90s`, `5m`, `2h`, `1d`. Raises ScoredockError `rule-option-invalid`."""
    match = _PERIOD.fullmatch(period.strip())
    if match is None or match[2].lower() not in _UNITS:
        raise option_invalid(
            l10n.t("“{text}” is not a period of time.", text=period[:64]),
            l10n.t("Write a number and a unit: 30s, 10m, 2h or 1d."),
        )
    return int(match[1]) * _UNITS[match[2].lower()]


def period_text(seconds: int) -> str:
    """Text of a period as `seconds_of` reads it, by the largest unit that divides it: `10m`."""
    unit = next(each for each in ("d", "h", "m", "s") if seconds % _UNITS[each] == 0 and (seconds or each == "s"))
    return f"{seconds // _UNITS[unit]}{unit}"
