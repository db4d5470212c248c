"""Dates as .NET writes them by a form of one's own: `yyyyMMdd`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from scoredock import l10n
from scoredock.pipelines.expressions.tokens import ExpressionFault

_PART = re.compile(r"'([^']*)'|\"([^\"]*)\"|\\(.)|([A-Za-z])\4*|[^A-Za-z]")
_CODES: Mapping[str, str] = {
    "yyyy": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "dddd": "%A",
    "ddd": "%a",
    "dd": "%d",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "tt": "%p",
    "K": "+00:00",
    "zzz": "+00:00",
}
"""As `strftime` calls them. Times are in UTC."""
_SHORT = frozenset("yMdHhms")
"""Without the zero in front."""


def dated(form: str, date: datetime) -> str:
    """Raises ExpressionFault for letters that stand for nothing."""

    def part(match: re.Match[str]) -> str:
        text = match.group()
        if match.group(4) is None:
            return next((each for each in match.groups()[:3] if each is not None), text)
        if set(text) == {"f"} and len(text) <= 7:
            return f"{date.microsecond:06}0"[: len(text)]
        if text in _SHORT:
            return str(int(date.strftime(_CODES[text * 2])))
        if text not in _CODES:
            raise ExpressionFault(l10n.t("“{form}” has “{part}”, which is no part of a date.", form=form, part=text))
        return date.strftime(_CODES[text])

    return _PART.sub(part, form)
