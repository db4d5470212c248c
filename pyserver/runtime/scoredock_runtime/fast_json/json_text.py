"""`json.dumps` of what run() returned, without what that costs beside the encoding itself; long lists of numbers, which
models answer with, in the very bytes that it gives, by orjson.

orjson finds the same shortest digits and writes them alike, but for numbers so large or so small that an exponent is
due, for NaN (null there) and for the blank after a comma. Its text shows whether there is any of that, or a text, a
name, a truth value: then, and for whatever it refuses, the caller encodes as ever."""

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
_standard_dumps = json.dumps
_standard_default = json.JSONEncoder.default


def _holds_numbers(value: Any) -> bool:
    """True if there are but numbers and lists of the very types that json.dumps takes: orjson writes members of an Enum
    as well, which are not numbers there. For a value that orjson has taken, so one that ends."""
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
        json_bytes = _encode(dumps, value)
        if json_bytes is not None and json_bytes != json.dumps(value).encode():
            return None
    return dumps


@functools.lru_cache(maxsize=1)
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


def _make_encoder() -> Optional[Callable[[Any, int], Any]]:
    """The encoder that json.dumps makes anew for each call; None where this Python builds it otherwise."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    plain = json.JSONEncoder()
    try:
        encode: Callable[[Any, int], Any] = make(
            {}, plain.default, json.encoder.encode_basestring_ascii, None, ": ", ", ", False, False, True
        )
        sample = {"a": [1, 2.5, True, None, "\u00e9\n", float("nan")], "b": {"c": -0.0}}
        if "".join(encode(sample, 0)) != _standard_dumps(sample):
            return None
    except Exception:
        return None
    return encode


_encode_value = _make_encoder()


def to_json(value: Any) -> bytes:
    """The bytes that `json.dumps(value).encode()` gives, by the functions that the script may have put in its place.

    Raises what json.dumps raises."""
    global _encode_value
    if json.dumps is not _standard_dumps or json.JSONEncoder.default is not _standard_default or _encode_value is None:
        return json.dumps(value).encode()
    if type(value) is str:
        return json.encoder.encode_basestring_ascii(value).encode()
    numbers = encode_numbers(value)
    if numbers is not None:
        return numbers
    try:
        return "".join(_encode_value(value, 0)).encode()
    except BaseException:
        # What it marked as being encoded stays marked.
        _encode_value = _make_encoder()
        raise
