"""Conditions on the columns of a table, as scripts write them: `dataset["age"] > 30`."""

from __future__ import annotations

import datetime
import operator
from typing import Any, Callable, Dict

from azureml.data._column_types import TIME, moment_of

_Record = Dict[str, Any]


class Condition:
    """Condition that chooses rows."""

    def __init__(self, holds: Callable[[_Record], bool]) -> None:
        self._holds = holds

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(lambda record: self._holds(record) and other._holds(record))

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(lambda record: self._holds(record) or other._holds(record))

    def __invert__(self) -> "Condition":
        return Condition(lambda record: not self._holds(record))

    def __bool__(self) -> bool:
        raise TypeError("Join conditions with & and |, and write ~ for not: and, or and not keep only one of them.")


class Column:
    """Column by its name; a comparison with it is a condition, which does not hold where the row has no value."""

    __hash__ = object.__hash__

    def __init__(self, name: str) -> None:
        self._name = name

    def __lt__(self, value: Any) -> Condition:
        return self._compared(operator.lt, value)

    def __le__(self, value: Any) -> Condition:
        return self._compared(operator.le, value)

    def __gt__(self, value: Any) -> Condition:
        return self._compared(operator.gt, value)

    def __ge__(self, value: Any) -> Condition:
        return self._compared(operator.ge, value)

    def __eq__(self, value: Any) -> Condition:  # type: ignore[override]
        return self._compared(operator.eq, value)

    def __ne__(self, value: Any) -> Condition:  # type: ignore[override]
        return self._compared(operator.ne, value)

    def is_null(self) -> Condition:
        """Condition that the row has no value in this column."""
        return Condition(lambda record: record[self._name] is None)

    def _compared(self, compare: Callable[[Any, Any], Any], other: Any) -> Condition:
        def holds(record: _Record) -> bool:
            value = record[self._name]
            limit = record[other._name] if isinstance(other, Column) else other
            if value is None or limit is None:
                return False
            return bool(compare(*(_comparable(each) for each in (value, limit))))

        return Condition(holds)


def _comparable(value: Any) -> Any:
    """Moments as such, without a zone: those of tables are in UTC."""
    if isinstance(value, str) and TIME.fullmatch(value):
        value = moment_of(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return value
