"""Places of the keys of partitions in a path: `/{department}/{day:yyyy/MM/dd}/data.csv`."""

from __future__ import annotations

import datetime
import re
from typing import Any, Dict, List, Optional

from azureml._scoredock.failures import coded_error
from azureml.exceptions import UserErrorException

_PART = re.compile(r"\{([^{}]*)\}")
_ESCAPES = {"{{": "\0", "}}": "\1"}
"""Braces that mean themselves, while the others are read."""
_DATE_PARTS = {"yyyy": ":year", "MM": ":month", "dd": ":day", "HH": ":hour", "mm": ":minute", "ss": ":second"}
"""With the argument of datetime for each; no column has a colon in its name."""
_DATE_PART = re.compile("|".join(_DATE_PARTS))


class PartitionFormat:
    """The columns that paths have by a format; without one there are none. Raises UserErrorException for a format that
    v1 refuses."""

    def __init__(self, form: Optional[str]) -> None:
        self.form = form or ""
        self.columns: List[str] = []
        """As v1 lists them: that of the date is the last one."""
        self._groups: Dict[str, str] = {}
        """Name of each group of the pattern → its column, or the part of the date."""
        self._date = ""
        text = self.form
        for braces, mark in _ESCAPES.items():
            text = text.replace(braces, mark)
        words = _PART.split(text)
        if form and len(words) == 1 and "{" not in text and "}" not in text:
            raise self._invalid("it has no {column}")
        pattern = "".join(
            self._key(each) if number % 2 else self._between(each) for number, each in enumerate(words) if form
        )
        if self._date:
            if ":year" not in self._groups.values():
                raise self._invalid(f"the date {self._date} has no yyyy")
            self.columns.append(self._date)
        self._pattern = re.compile(pattern)

    def values(self, path: str) -> Dict[str, Any]:
        """Values of the columns in a path, a date as a `datetime`; None in all of them if the path is not of this
        format.
        """
        match = self._pattern.search(path.replace("\\", "/")) if self.form else None
        if match is None:
            return dict.fromkeys(self.columns)
        found = {self._groups[group]: text for group, text in match.groupdict().items()}
        parts = {part[1:]: int(found.pop(part)) for part in _DATE_PARTS.values() if part in found}
        if self._date:
            found[self._date] = _moment(parts)
        return {column: found[column] for column in self.columns}

    def _between(self, text: str) -> str:
        if "{" in text or "}" in text:
            raise self._invalid("its braces are not in pairs")
        for braces, mark in _ESCAPES.items():
            text = text.replace(mark, braces[0])
        return r"[^/\\]*".join(re.escape(each) for each in text.split("*"))

    def _key(self, text: str) -> str:
        name, colon, date = text.partition(":")
        if not name:
            raise self._invalid("a column has no name")
        if not colon:
            if name not in self.columns:
                self.columns.append(name)
            return self._group(name, r"[^./\\]+")
        if self._date or not date:
            raise self._invalid("it has two dates" if self._date else f"the date {name} has no format, such as yyyy/MM")
        self._date = name
        fixed = _DATE_PART.split(date)
        parts = [self._group(_DATE_PARTS[each], rf"\d{{{len(each)}}}") for each in _DATE_PART.findall(date)]
        return "".join(re.escape(text) + part for text, part in zip(fixed, [*parts, ""]))

    def _group(self, column: str, pattern: str) -> str:
        """Group of a regular expression for a column; only the first one of a name is a group."""
        if column in self._groups.values():
            return pattern
        self._groups[f"key{len(self._groups)}"] = column
        return f"(?P<key{len(self._groups) - 1}>{pattern})"

    def _invalid(self, cause: str) -> Exception:
        return coded_error(
            UserErrorException, f'Invalid partition_format "{self.form}": {cause}.', "sdk-argument-invalid"
        )


def _moment(parts: Dict[str, int]) -> Optional[str]:
    try:
        return datetime.datetime(**{"month": 1, "day": 1, **parts}).isoformat()  # type: ignore[arg-type]
    except ValueError:  # a month of 13
        return None
