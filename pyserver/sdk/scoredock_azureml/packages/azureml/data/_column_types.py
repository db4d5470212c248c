"""Types of the columns of delimited files: one type for all values of a column, as in Azure."""

from __future__ import annotations

import datetime
import re
from typing import Any, Callable, Dict, List, Optional, Sequence

_TRUTH: Dict[str, bool] = {
    **dict.fromkeys(("true", "True", "TRUE", "t", "T", "Yes", "YES", "Y"), True),
    **dict.fromkeys(("false", "False", "FALSE", "f", "F", "No", "NO", "N"), False),
}
_BITS = {"1": True, "0": False}
_WHOLE = re.compile(r"[+-]?\d+")
_LARGEST = 1 << 63
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[nN]a[nN]")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(?:Z|([+-])(\d\d):?(\d\d))?")
_DATES = ("%m/%d/%Y", "%d/%m/%Y")
"""A date that may be either is month and day, as in Azure, where the SDK says so."""
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M:%S %p", " %I:%M %p")
_FORMATS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d-%b-%Y",
    "%m-%d-%Y",
    "%d-%m-%Y",
    *(date + time for time in _TIMES for date in _DATES),
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?")
"""A moment as JSON has it here; in a table of pandas it is one again."""


def inferred(texts: Sequence[str]) -> Callable[[str], Any]:
    """Function that converts the texts of a column, none of which is empty, to its values."""
    words = [text.strip() for text in texts]
    kinds: List[Callable[[str], Any]] = [to_truth_word, _to_digits, to_number, _from_iso]
    kinds += [_from_format(each) for each in _FORMATS if words and _moment(words[0], each) is not None]
    for kind in kinds if words else ():
        if all(kind(word) is not None or _is_nan(kind, word) for word in words):
            return to_whole if kind is _to_digits else kind
    return str


def to_truth_word(text: str) -> Optional[bool]:
    """Truth value of a word such as true; None for others. A column of 0 and 1 is one of numbers."""
    return _TRUTH.get(text.strip())


def to_truth(text: str) -> Optional[bool]:
    """Truth value of a text, also of 0 and 1: for a column that a script says has truth values. None for others."""
    return _TRUTH.get(text.strip(), _BITS.get(text.strip()))


def to_whole(text: str) -> Optional[int]:
    """Integer of a text; of another number the part before its point, as in Azure; None for other texts, and beyond 64
    bits.
    """
    number = to_number(text)
    if number is None or not -_LARGEST <= number < _LARGEST:
        return None
    return _to_digits(text) if _WHOLE.fullmatch(text.strip()) else int(number)


def _to_digits(text: str) -> Optional[int]:
    word = text.strip()
    return int(word) if _WHOLE.fullmatch(word) and -_LARGEST <= int(word) < _LARGEST else None


def to_number(text: str, mark: str = ".") -> Optional[float]:
    """Number in a text; None for other texts, and for NaN, which JSON does not have."""
    word = text.strip().replace(mark, ".")
    return float(word) if _NUMBER.fullmatch(word) and word.lower() != "nan" else None


def to_moment(text: str, formats: Sequence[str]) -> Optional[str]:
    """Time in a text, by the first format that fits; without formats by those of this module. None if none fits."""
    if not formats:
        return inferred([text])(text.strip()) if _from_iso(text.strip()) or _is_date(text) else None
    moments = (_moment(text.strip(), each) for each in formats)
    return next((each for each in moments if each is not None), None)


def moment_of(text: str) -> datetime.datetime:
    """Time that a text of `TIME` denotes."""
    word = text.rstrip("Z")
    return datetime.datetime.strptime(word, "%Y-%m-%dT%H:%M:%S.%f" if "." in word else "%Y-%m-%dT%H:%M:%S")


def _is_date(text: str) -> bool:
    return any(_moment(text.strip(), each) is not None for each in _FORMATS)


def _is_nan(kind: Callable[[str], Any], word: str) -> bool:
    return kind is to_number and word.lower() == "nan"


def _from_iso(text: str) -> Optional[str]:
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None
    date, time, fraction, sign, hours, minutes = match.groups()
    try:
        moment = datetime.datetime.strptime(f"{date} {time}", "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None
    if sign:
        ahead = datetime.timedelta(hours=int(hours), minutes=int(minutes))
        moment += -ahead if sign == "+" else ahead
    return moment.replace(microsecond=int((fraction or "0").ljust(6, "0"))).isoformat()


def _from_format(format: str) -> Callable[[str], Optional[str]]:
    return lambda text: _moment(text.strip(), format)


def _moment(word: str, format: str) -> Optional[str]:
    try:
        return datetime.datetime.strptime(word, format).isoformat()
    except ValueError:
        return None
