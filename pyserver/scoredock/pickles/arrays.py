"""Arrays that joblib writes between the opcodes of a pickle: how long each is, so that the opcodes after it are found.

A pickled `NumpyArrayWrapper` announces the array: class, shape, order, element type. Right after the opcode that gives
it this state come, since joblib 1.2, one byte with the number of filling bytes and these, then the elements. An array
of objects is a pickle of its own instead.
"""

from __future__ import annotations

import re

from scoredock.late_dataclass import dataclass
from scoredock.pickles.budget import NotRead
from scoredock.pickles.values import SEPARATE, WRAPPER_KEYS, WRAPPERS, MadeObject, Name, Table, Value

_CODE = re.compile(r"[<>=|]?([?bBiufcmMSUVO])([0-9]{0,9})")
_UNCLEAR = "it holds an array whose length cannot be told"


@dataclass(frozen=True, slots=True)
class Array:
    """Layout of the array data that follow an opcode."""

    objects: bool
    """A pickle instead of elements."""
    size: int
    """Bytes of the elements."""
    filled: bool
    """A byte with the number of filling bytes comes first, and these."""


def array_of(target: Value) -> Array | None:
    """The array that follows when this object was given its state; None when none does. Raises NotRead."""
    if not isinstance(target, MadeObject):
        return None
    text = str(target.maker)
    if text in SEPARATE:
        raise NotRead("its arrays lie in other files, which it names itself")
    if text not in WRAPPERS:
        return None
    state = target.state
    # Anything but what joblib itself writes may differ from what can be seen here.
    if (
        target.arguments != ()
        or target.built != 1
        or not isinstance(state, Table)
        or not state.whole
        or not _is_complete(state)
    ):
        raise NotRead(_UNCLEAR)
    kind = state.items["dtype"]
    item = _item_size(kind)
    if item is None:
        return Array(True, 0, False)
    size = item
    shape = state.items["shape"]
    for length in shape if isinstance(shape, tuple) else ():
        if type(length) is not int or length < 0:
            raise NotRead(_UNCLEAR)
        size *= length
    if not 0 <= size < 1 << 60:
        raise NotRead(_UNCLEAR)
    return Array(False, size, state.items.get("numpy_array_alignment_bytes") is not None)


def _is_complete(state: Table) -> bool:
    items = state.items
    return (
        set(items) <= WRAPPER_KEYS
        and {"subclass", "shape", "order", "dtype"} <= set(items)
        and isinstance(items["subclass"], Name)
        and isinstance(items["shape"], tuple)
        and isinstance(items["dtype"], MadeObject)
    )


def _item_size(kind: Value) -> int | None:
    """Bytes of one element of a `numpy.dtype`; None when it holds objects. Raises NotRead."""
    if not isinstance(kind, MadeObject) or str(kind.maker) != "numpy.dtype":
        raise NotRead(_UNCLEAR)
    code = kind.arguments[0] if kind.arguments else None
    match = _CODE.fullmatch(code) if isinstance(code, str) else None
    if match is None or kind.built > 1:
        raise NotRead(_UNCLEAR)
    letter, digits = match.groups()
    state = kind.state if kind.built and isinstance(kind.state, tuple) else None
    if kind.built and (state is None or len(state) < 8):
        raise NotRead(_UNCLEAR)
    subarray, names, fields, declared_size = state[2:6] if state is not None else (None, None, None, -1)
    if subarray is not None or not isinstance(declared_size, int):
        raise NotRead(_UNCLEAR)
    if letter == "O":
        if names is not None or fields is not None:
            raise NotRead(_UNCLEAR)
        return None
    size = int(digits or "1") * (4 if letter == "U" else 1)
    if fields is not None:
        if letter != "V" or not isinstance(fields, Table) or not fields.whole:
            raise NotRead(_UNCLEAR)
        for field in fields.items.values():
            # A field of objects would make all of it a pickle.
            if not isinstance(field, tuple) or len(field) < 2 or _item_size(field[0]) is None:
                raise NotRead(_UNCLEAR)
    if declared_size not in (-1, size):
        raise NotRead(_UNCLEAR)
    return size
