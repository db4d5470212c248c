"""Dates as .NET writes them by a form of one's own: `yyyyMMdd`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from scoredock import l10n
from scoredock.pipelines.expressions.tokens import ExpressionFault

_PART = re.compile(r"'([^']*)'|\"([^\"]*)\"|\\(.)|([A-Za-z])\4*|[^A-Za-z]")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_PARTS: Mapping[str, Callable[[datetime], str]] = {
    "yyyy": lambda date: f"{date.year:04}",
    "yy": lambda date: f"{date.year % 100:02}",
    "y": lambda date: f"{date.year % 100}",
    "MMMM": lambda date: _MONTHS[date.month - 1],
    "MMM": lambda date: _MONTHS[date.month - 1][:3],
    "MM": lambda date: f"{date.month:02}",
    "M": lambda date: f"{date.month}",
    "dddd": lambda date: _WEEKDAYS[date.weekday()],
    "ddd": lambda date: _WEEKDAYS[date.weekday()][:3],
    "dd": lambda date: f"{date.day:02}",
    "d": lambda date: f"{date.day}",
    "HH": lambda date: f"{date.hour:02}",
    "H": lambda date: f"{date.hour}",
    "hh": lambda date: f"{(date.hour + 11) % 12 + 1:02}",
    "h": lambda date: f"{(date.hour + 11) % 12 + 1}",
    "mm": lambda date: f"{date.minute:02}",
    "m": lambda date: f"{date.minute}",
    "ss": lambda date: f"{date.second:02}",
    "s": lambda date: f"{date.second}",
    "tt": lambda date: "AM" if date.hour < 12 else "PM",
    "K": lambda _date: "+00:00",
    "zzz": lambda _date: "+00:00",
}
"""Times are in UTC."""


def dated(form: str, date: datetime) -> str:
    """Raises ExpressionFault for letters that stand for nothing."""

    def part(match: re.Match[str]) -> str:
        text = match.group()
        if match.group(4) is None:
            return next((each for each in match.groups()[:3] if each is not None), text)
        if set(text) == {"f"} and len(text) <= 7:
            return f"{date.microsecond:06}0"[: len(text)]
        if text not in _PARTS:
            raise ExpressionFault(l10n.t("“{form}” has “{part}”, which is no part of a date.", form=form, part=text))
        return _PARTS[text](date)

    return _PART.sub(part, form)
