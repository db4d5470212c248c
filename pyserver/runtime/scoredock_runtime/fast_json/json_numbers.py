"""Long lists of numbers as JSON, in the very bytes that `json.dumps` gives, by orjson: what models answer with.

orjson finds the same shortest digits and writes them alike, but for numbers so large or so small that an exponent is
due, for NaN (null there) and for the blank after a comma. Its text shows whether there is any of that, or a text, a
name, a truth value: then, and for whatever it refuses, the caller encodes as ever."""

from __future__ import annotations

import functools
import itertools
import json
from typing import Any, Callable, Optional

from scoredock_runtime.fast_json.json_loads import usable_orjson

LONG = 8
"""Elements from which a list is worth the attempt."""
_OF_NUMBERS = b"[]0123456789.,-"
_NUMBERS = frozenset((int, float))
_LISTS = frozenset((list, tuple))
_SMALL = b"0.0000"
"""json.dumps writes an exponent below 0.0001."""
_SAMPLE = [1e15, -0.0001, 9999999999999998.0, 0.1 + 0.2, -0.0, 5e-324, 2**53 + 1, 1e16, 0.00001, 123456789.125, 2.0, []]
"""Where ways to write numbers part."""


def _holds_numbers(value: Any) -> bool:
    """Whether there are but numbers and lists of the very types that json.dumps takes: orjson writes members of an Enum
    as well, which are no numbers there. For a value that orjson has taken, so one that ends."""
    kinds = set(map(type, value))
    while kinds and kinds <= _LISTS:
        value = list(itertools.chain.from_iterable(value))
        kinds = set(map(type, value))
    return kinds <= _NUMBERS


def _encode(dumps: Callable[[Any], bytes], value: Any) -> Optional[bytes]:
    try:
        text = dumps(value)
    except Exception:
        return None
    if text.translate(None, _OF_NUMBERS) or _SMALL in text:
        return None
    return text.replace(b",", b", ")


def _trusted(dumps: Callable[[Any], bytes]) -> Optional[Callable[[Any], bytes]]:
    """None where this orjson writes some number in another way than looked for."""
    for value in _SAMPLE:
        told = _encode(dumps, value)
        if told is not None and told != json.dumps(value).encode():
            return None
    return dumps


@functools.cache
def _dumps() -> Optional[Callable[[Any], bytes]]:
    """Imported with the first long list only, as it takes some ten milliseconds."""
    orjson = usable_orjson()
    return None if orjson is None else _trusted(orjson.dumps)


def encode_numbers(value: Any) -> Optional[bytes]:
    """The bytes of `json.dumps(value)`, where `value` is a list of numbers or of such lists, or a dictionary that holds
    one; None where that is not so or does not pay."""
    if type(value) is list:
        if len(value) < LONG and not (value and type(value[0]) is list and len(value) * len(value[0]) >= LONG):
            return None
        dumps = _dumps()
        text = None if dumps is None else _encode(dumps, value)
        return text if text is not None and _holds_numbers(value) else None
    if type(value) is not dict or len(value) > LONG or list not in map(type, value.values()):
        return None
    parts, long = [], False
    for name, each in value.items():
        if type(name) is not str:
            return None
        text = encode_numbers(each) if type(each) is list else None
        long = long or text is not None
        if text is None:
            text = json.dumps(each).encode() if type(each) in (str, int, float, bool, type(None)) else None
        if text is None:
            return None
        parts.append(json.dumps(name).encode() + b": " + text)
    return b"{" + b", ".join(parts) + b"}" if long else None
