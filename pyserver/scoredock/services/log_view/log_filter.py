"""Which events of a log are wanted. Pure."""

from __future__ import annotations

import importlib
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.services.log_view.events import LEVELS, LogEntry

_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
"""What Python itself reads expressions with: only it tells how often a part may repeat."""
RUNS = ("all", "current", "previous")
Run = Literal["all", "current", "previous"]
_SEARCHED = 2_000
"""Characters of a line in which a regular expression is looked for."""
_PATTERN = 1_000
_LONG = 50
"""Times that count as without end."""
_SLOW = 0.2
"""Seconds for one line after which an expression is given up."""
_REPEATS = 4
"""Parts of an expression that may repeat without end."""


@dataclass(frozen=True, slots=True)
class LineFilter:
    """What is asked for. Texts are looked for without regard to case."""

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

    def __init__(self, wanted: LineFilter) -> None:
        """Raises log-filter-invalid."""
        self._level = LEVELS.index(wanted.level) if wanted.level in LEVELS else 0
        self._since = wanted.since
        self._hide_health = wanted.hide_health
        self._include = _finder(wanted.include, "include", is_regex=wanted.is_regex)
        self._text = wanted.text.casefold()
        self._exclude = _finder(wanted.exclude, "exclude", is_regex=wanted.is_regex)

    def takes(self, event: LogEntry) -> bool:
        """Whether it is shown. Raises log-filter-invalid for an expression that turns out to be too slow."""
        if event.level < self._level or event.time < self._since or (event.health and self._hide_health):
            return False
        if self._text and not any(self._text in line.casefold() for line in event.shown()):
            return False
        if self._include is not None and not any(map(self._include, event.lines)):
            return False
        return self._exclude is None or not any(map(self._exclude, event.lines))


def invalid(field: str, why: str) -> ScoredockError:
    """The error for a filter that cannot be used; `field` names the part of it."""
    return ScoredockError("log-filter-invalid", why, details={"field": field})


def _finder(written: str, field: str, *, is_regex: bool) -> Callable[[str], bool] | None:
    if not written:
        return None
    if not is_regex:
        folded = written.casefold()
        return lambda line: folded in line.casefold()
    expression = _compiled(written, field)

    def search(line: str) -> bool:
        began = time.thread_time()
        found = expression.search(line, 0, _SEARCHED) is not None
        if time.thread_time() - began > _SLOW:
            raise invalid(
                field, l10n.t("The regular expression “{written}” takes too long on one line.", written=written)
            )
        return found

    return search


def _compiled(written: str, field: str) -> re.Pattern[str]:
    if len(written) > _PATTERN:
        raise invalid(field, l10n.t("A regular expression may have {count} characters.", count=_PATTERN))
    try:
        parsed = _parser.parse(written, re.IGNORECASE)
        expression = re.compile(written, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise invalid(
            field, l10n.t("“{written}” is no regular expression: {error}.", written=written, error=error)
        ) from None
    if _repeats(parsed) > _REPEATS:
        raise invalid(
            field,
            l10n.t(
                "The regular expression “{written}” repeats what repeats, which can take for ever on one line.",
                written=written,
            ),
        )
    return expression


def _repeats(parsed: Any, inside: bool = False) -> int:
    """Parts that repeat without end. One inside another one, or right behind another one, counts as too many: the time
    for it can double with every character."""
    count, after = 0, False
    for operation, argument in parsed:
        endless = str(operation) in ("MAX_REPEAT", "MIN_REPEAT") and int(argument[1]) > _LONG
        if endless:
            count += _REPEATS + 1 if inside or after else 1
        parts = _parts(argument)
        count += sum(_repeats(part, inside or endless) for part in parts)
        after = endless
    return count


def _parts(argument: Any) -> list[Any]:
    """The expressions inside an operation."""
    if isinstance(argument, _parser.SubPattern):
        return [argument]
    if isinstance(argument, tuple | list):
        return [part for each in argument for part in _parts(each)]
    return []
