"""Values on the stack while opcodes are followed: only as much of each as can become part of a name."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Final

from scoredock.late_dataclass import dataclass
from scoredock.pickles.budget import Damaged

LONGEST_TEXT = 256
"""Longer texts are not names and are forgotten."""
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"\n": b""} | {
    each: each for each in (b"\\", b"'", b'"')
}
_WIDEST = 64
"""Larger tuples are not needed for anything."""


class Other:
    """Any value whose content does not matter."""

    __slots__ = ()


OTHER: Final = Other()


@dataclass(slots=True, eq=False)
class Name:
    """A reference to something in a module. What is made by calling one is a Made."""

    module: str
    attribute: str

    def __str__(self) -> str:
        return f"{self.module}.{self.attribute}"


WRAPPERS = frozenset(f"{package}.numpy_pickle.NumpyArrayWrapper" for package in ("joblib", "sklearn.externals.joblib"))
"""Classes of joblib that announce an array between the opcodes."""
SEPARATE = frozenset(
    f"{package}.{module}.{name}"
    for package in ("joblib", "sklearn.externals.joblib")
    for module in ("numpy_pickle", "numpy_pickle_compat")
    for name in ("NDArrayWrapper", "ZNDArrayWrapper")
)
"""joblib before 0.10 kept each array in a file of its own."""
WRAPPER_KEYS = frozenset(("subclass", "shape", "order", "dtype", "allow_mmap", "numpy_array_alignment_bytes"))
"""What joblib says of an array that follows."""


@dataclass(slots=True, eq=False)
class Table:
    """A dictionary: those of its entries that tell how long an array is."""

    items: dict[str, Value] = field(default_factory=dict)
    whole: bool = True
    """Nothing was left out."""

    def put(self, key: Value, value: Value) -> bool:
        """True if the entry is kept."""
        kept = key in WRAPPER_KEYS or (isinstance(value, tuple) and len(value) > 1 and isinstance(value[0], MadeObject))
        if isinstance(key, str) and kept:
            self.items[key] = value
            return True
        self.whole = False
        return False


@dataclass(slots=True, eq=False)
class MadeObject:
    """An object that the pickle makes by calling `maker`."""

    maker: Name
    arguments: tuple[Value, ...] | None = None
    """None where they are unknown."""
    state: Value = OTHER
    """What it was last given to build itself from."""
    built: int = 0
    """How often it was given one."""


Value = Other | Name | Table | MadeObject | str | int | bool | tuple["Value", ...] | None


def tuple_of(items: list[Value]) -> Value:
    return tuple(items) if len(items) <= _WIDEST else OTHER


def text_of(content: bytes | None, encoding: str) -> Value:
    """A text when it is short enough to matter."""
    if content is None or len(content) > LONGEST_TEXT:
        return OTHER
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return OTHER


def unescaped(text: bytes) -> bytes:
    """A text of Python 2 without its escapes. Raises Damaged."""
    return _ESCAPE.sub(_meant, text)


def _meant(match: re.Match[bytes]) -> bytes:
    """Bytes that an escape in a text of Python 2 stands for; those that stand for nothing stay as they are."""
    escape = match[1]
    if escape[:1] in b"01234567":
        return bytes((int(escape, 8) & 0xFF,))
    if escape[:1] == b"x":
        if len(escape) != 3:
            raise Damaged("an escape in a text is not complete")
        return bytes((int(escape[1:], 16),))
    return _ESCAPES.get(escape, b"\\" + escape)
