"""The filter of a log: which events are wanted, by level, text, time and request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.services.log_view.events import LEVELS, LogEntry
from scoredock.services.log_view.expression_search import EXPRESSIONS, TooSlow

Run = Literal["all", "current", "previous"]
_PATTERN = 1_000
"""Characters of a regular expression."""
_AT_ONCE = 5_000
"""Events whose lines are looked at together."""
_Find = Callable[[Sequence[str]], Sequence[bool]]
"""In which lines something is."""


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Filter of log events. Texts are looked for without regard to case."""

    level: str = "debug"
    """This one and above."""
    include: str = ""
    """Only events with this text in one of their lines."""
    exclude: str = ""
    """No events with this text in one of their lines."""
    is_regex: bool = False
    """Both texts are regular expressions of Python."""
    text: str = ""
    """Only events with this text, which is never a regular expression, in one of their lines."""
    request_id: str = ""
    """Only what was written for the request with this id."""
    hide_health: bool = False
    run: Run = "all"
    since: float = 0.0
    """Seconds since the epoch; earlier events are left out."""


class Matcher:
    """A filter that is ready to be used."""

    def __init__(self, line_filter: LineFilter) -> None:
        """Raises log-filter-invalid."""
        self._level = LEVELS.index(line_filter.level) if line_filter.level in LEVELS else 0
        self._since = line_filter.since
        self._hide_health = line_filter.hide_health
        self._include = _finder(line_filter.include, "include", is_regex=line_filter.is_regex)
        self._text = line_filter.text.casefold()
        self._exclude = _finder(line_filter.exclude, "exclude", is_regex=line_filter.is_regex)

    def among(self, events: Iterable[LogEntry]) -> Iterator[LogEntry]:
        """Events that are shown, in their order. Raises log-filter-invalid for an expression that takes too long."""
        fitting = filter(self._fits, events)
        if self._include is None and self._exclude is None:
            yield from fitting
            return
        while part := list(islice(fitting, _AT_ONCE)):
            if self._include is not None:
                part = [event for event, matches in zip(part, _matches(self._include, part), strict=True) if matches]
            if self._exclude is not None:
                part = [
                    event for event, matches in zip(part, _matches(self._exclude, part), strict=True) if not matches
                ]
            yield from part

    def _fits(self, event: LogEntry) -> bool:
        if event.level < self._level or event.time < self._since or (event.health and self._hide_health):
            return False
        return not self._text or any(self._text in line.casefold() for line in event.shown())


def _matches(find: _Find, events: Sequence[LogEntry]) -> list[bool]:
    """Which events have it in one of their lines."""
    marks = iter(find([line for event in events for line in event.lines]))
    return [sum(next(marks) for _ in event.lines) > 0 for event in events]


def invalid(field: str, why: str) -> ScoredockError:
    """The error for a filter that cannot be used; `field` names the part of it."""
    return ScoredockError("log-filter-invalid", why, details={"field": field})


def _finder(expression: str, field: str, *, is_regex: bool) -> _Find | None:
    if not expression:
        return None
    if not is_regex:
        folded = expression.casefold()
        return lambda lines: [folded in line.casefold() for line in lines]
    _check(expression, field)

    def search(lines: Sequence[str]) -> list[bool]:
        try:
            return EXPRESSIONS.search(expression, lines)
        except TooSlow:
            raise invalid(
                field, l10n.t("The regular expression “{written}” takes too long.", written=expression)
            ) from None

    return search


def _check(expression: str, field: str) -> None:
    if len(expression) > _PATTERN:
        raise invalid(field, l10n.t("A regular expression may have {count} characters.", count=_PATTERN))
    try:
        re.compile(expression, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise invalid(
            field, l10n.t("“{written}” is not a regular expression: {error}.", written=expression, error=error)
        ) from None
