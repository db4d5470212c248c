"""Columns of one data set while it is read: numbers, or categories as codes, and of too many rows a sample."""

import math
from typing import Any, Dict, List, Optional

import numpy as np

Array = Any

MOST_CATEGORIES = 50000
"""A column with more of them is an identifier or text, of which no distribution is compared."""
_MISSING, _FURTHER = -1, -2
_NOTHING = frozenset(("", "nan", "NaN", "NAN", "null", "NULL", "None", "NA", "N/A", "n/a", "<NA>", "#N/A"))


class Column:
    """Values of the rows that are kept, in pieces: all numbers, or all codes of categories."""

    def __init__(self) -> None:
        self.is_number = True
        self.pieces: List[Array] = []
        self.codes: Dict[str, int] = {}
        """Of each category."""
        self.has_further = False
        """There were more categories than are kept apart."""
        self.is_sorted = False
        """Its only piece has the finite numbers in order."""
        self.rows = 0
        """That it had before it was sorted."""

    def add(self, values: Any, count: int) -> None:
        """`values` is None, an array of numbers, or a list or array of texts with None for missing ones."""
        if values is None:
            self.pieces.append(self._blank(count))
        elif isinstance(values, np.ndarray) and values.dtype.kind == "f":
            self.pieces.append(values if self.is_number else self._encoded(_texts_of(values)))
        elif self.is_number and any(len(piece) and not _is_blank(piece) for piece in self.pieces):
            numbers = as_numbers(values)
            if numbers is None:
                self.become_categories()
                self.pieces.append(self._encoded(values))
            else:
                self.pieces.append(numbers)
        else:
            if self.is_number:
                self.become_categories()
            self.pieces.append(self._encoded(values))

    def become_categories(self) -> None:
        """Numbers that are texts from now on, as they are written."""
        pieces, self.pieces, self.is_number = self.pieces, [], False
        for piece in pieces:
            self.pieces.append(self._encoded_numbers(piece))

    def become_numbers(self) -> bool:
        """Categories that all are numbers; False where they are not, and nothing is changed then."""
        if self.is_number:
            return True
        numbers = as_numbers(list(self.codes))
        if numbers is None or self.has_further:
            return False
        table = np.append(numbers, np.nan)  # the code of a missing value is the last one
        self.pieces, self.is_number = [table[piece] for piece in self.pieces], True
        return True

    def take(self, places: Array) -> None:
        """Keeps these rows."""
        self.pieces = [self.values()[places]]

    def values(self) -> Array:
        """Numbers with NaN, or codes with negative ones, for missing values."""
        if len(self.pieces) != 1:
            self.pieces = [np.concatenate(self.pieces) if self.pieces else np.empty(0)]
        return self.pieces[0]

    def counts(self) -> Dict[str, int]:
        """Rows of each category."""
        values = self.values()
        counted = np.bincount(values[values >= 0], minlength=len(self.codes))
        return {name: int(counted[code]) for name, code in self.codes.items() if counted[code]}

    def missing(self) -> int:
        values = self.values()
        return int(np.count_nonzero(np.isnan(values) if self.is_number else values == _MISSING))

    def _blank(self, count: int) -> Array:
        return np.full(count, np.nan) if self.is_number else np.full(count, _MISSING, dtype=np.int32)

    def _encoded_numbers(self, values: Array) -> Array:
        different, places = np.unique(values, return_inverse=True)
        return self._encoded(_texts_of(different))[places.reshape(-1)]

    def _encoded(self, values: Any) -> Array:
        """Codes; pandas finds the different texts of an array in a tenth of the time."""
        if isinstance(values, np.ndarray) and len(values) > 1000:
            try:
                import pandas

                places, different = pandas.factorize(values)
                table = np.append(self._of_each(list(different)), np.int32(_MISSING))
                return table[places]
            except ImportError:
                pass
        return self._of_each(values)

    def _of_each(self, values: Any) -> Array:
        codes = np.empty(len(values), dtype=np.int32)
        for place, value in enumerate(values):
            codes[place] = self._code(value)
        return codes

    def _code(self, value: Any) -> int:
        if value is None or value != value or value in _NOTHING:
            return _MISSING
        text = value if isinstance(value, str) else str(value)
        code = self.codes.get(text)
        if code is None:
            if len(self.codes) >= MOST_CATEGORIES:
                self.has_further = True
                return _FURTHER
            code = self.codes[text] = len(self.codes)
        return code


def as_numbers(values: Any) -> Optional[Array]:
    """Texts as numbers with NaN for missing ones, or None where one is not a number."""
    try:
        return np.array([_number(value) for value in values], dtype=float)
    except (TypeError, ValueError):
        return None


def _number(value: Any) -> float:
    if value is None or value in _NOTHING:
        return math.nan
    number = float(value)
    return number if math.isfinite(number) else math.nan


def _texts_of(numbers: Any) -> List[Optional[str]]:
    return [None if number != number else text_of(number) for number in numbers.tolist()]


def text_of(number: float) -> str:
    """`3` for 3.0, as the same category is written elsewhere."""
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)


def _is_blank(piece: Array) -> bool:
    return piece.dtype.kind == "f" and bool(np.isnan(piece).all())


class Sample:
    """Rows of one data set: all of them, or of too many so many that each had the same chance."""

    def __init__(self, most_rows: int, most_cells: int, seed: int) -> None:
        self.rows = 0
        """That were read."""
        self.kept = 0
        self.columns: Dict[str, Column] = {}
        self._most_rows, self._most_cells = most_rows, most_cells
        self._random = np.random.RandomState(seed)
        self._chances: List[Array] = []
        self._bound = math.inf
        """Rows whose chance is above it are not among those with the smallest ones."""

    @property
    def limit(self) -> int:
        """Rows that are kept at most."""
        return max(1000, min(self._most_rows, self._most_cells // max(1, len(self.columns))))

    def add(self, columns: Dict[str, Any], count: int) -> None:
        """A piece of `count` rows; a column that is not in it has no values there."""
        self.rows += count
        chances = self._random.random_sample(count)
        places: Optional[Array] = None
        if self._bound < math.inf:
            places = np.flatnonzero(chances < self._bound)
            chances = chances[places]
            if not len(places):
                return
        for name in columns:
            if name not in self.columns:
                self.columns[name] = Column()
                if self.kept:
                    self.columns[name].add(None, self.kept)
        for name, column in self.columns.items():
            column.add(_some(columns.get(name), places), len(chances))
        self._chances.append(chances)
        self.kept += len(chances)
        if self.kept > 2 * self.limit:
            self._shrink()

    def finish(self) -> None:
        """Ends the sample: nothing is added any more."""
        if self.kept > self.limit:
            self._shrink()

    def _shrink(self) -> None:
        chances = np.concatenate(self._chances)
        limit = self.limit
        places = np.sort(np.argpartition(chances, limit)[:limit])
        self._chances = [chances[places]]
        self._bound = float(self._chances[0].max())
        for column in self.columns.values():
            column.take(places)
        self.kept = limit


def _some(values: Any, places: Optional[Array]) -> Any:
    if values is None or places is None:
        return values
    return values[places] if isinstance(values, np.ndarray) else [values[place] for place in places]
