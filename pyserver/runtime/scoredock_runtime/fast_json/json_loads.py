"""`json.loads` for the person's script: answered by orjson where no value, type or exception can differ.

orjson differs from the standard library in three ways that matter here. What it refuses (NaN, lone surrogates, byte
order marks, UTF-16, infinite numbers, nesting beyond 1,024) is simply asked of the standard library, which then answers
or raises as ever. It makes floats of integers beyond 64 bit, so texts with such a token never reach it. And it does not
know the interpreter's recursion limit, so it is used only where that limit is far away.

What stays different: frames in a traceback, and which equal strings are one object.
"""

import functools
import importlib.util
import json
import sys
from typing import Any, Callable, List, Optional

OLDEST_ORJSON = (3, 9, 0)
"""Earlier ones are not used: the tests were not run with them."""

_SHORTEST_BIG = 20
"""Characters, sign included, of the shortest integer that 64 bits may not hold: -9223372036854775809 and
18446744073709551616. Nineteen digits without a sign always fit, as unsigned."""
_CLASSES = bytes(
    ord("0") if character in b"-0123456789" else ord(" ") if character in b"[,: \t\r\n" else ord("x")
    for character in range(256)
)
_BIG_INTEGER = b" " + b"0" * _SHORTEST_BIG
"""A big integer by `_CLASSES`. Only a separator can come before it: the digits of a fraction follow a point."""

_SHORT = 40
"""Characters below which the standard library is as quick."""
_NESTING = 150
"""Levels of nesting up to which orjson is asked."""
_FRAMES = 200
"""Python frames below which it is asked. Behind each stand at most four calls, those of C functions included, which
since Python 3.12 have a limit of their own, of 800 in the first releases: a standard library that nests 150 calls fits
in."""
_USUAL_LIMIT = 1000
"""The recursion limit that Python starts with; under a lower one orjson is not asked."""
_FEW = 4
_LEVELS = 6
"""Levels that are looked through for containers."""
_OPTIONS = {"cls", "object_hook", "parse_float", "parse_int", "parse_constant", "object_pairs_hook"}
_SHORTEST_FRACTIONS = 2048
"""Bytes below which a look for fractions costs more than it saves."""
_STRINGS = 8
_POINT, _COMMA = 46, 44


def install() -> bool:
    """Puts the fast function in place of `json.loads`; whether it is there now. Without orjson nothing changes.

    orjson is imported when the first text asks for it: with what it imports itself it would take some ten milliseconds
    of every start."""
    if getattr(json.loads, "_answered_by_orjson", False):
        return True
    if json.loads.__module__ != "json" or sys.implementation.name != "cpython":
        return False
    try:
        if importlib.util.find_spec("orjson") is None:
            return False
    except (ImportError, ValueError):
        return False
    fast = _make(json.loads, None)
    fast._answered_by_orjson = True  # type: ignore[attr-defined]
    json.loads = fast
    return True


def usable_orjson() -> Any:
    """The module, or None where there is none, or only one that is too old."""
    try:
        import orjson

        release = tuple(map(int, orjson.__version__.split(".")[:3]))
    except (ImportError, AttributeError, ValueError):
        return None
    return orjson if release >= OLDEST_ORJSON else None


def _make(original: Callable[..., Any], parse: Optional[Callable[[bytes], Any]]) -> Callable[..., Any]:
    """The fast function; `parse` is orjson's, or None to import it with the first text."""
    decoder: Any = json._default_decoder  # type: ignore[attr-defined]
    decoder_class = json.JSONDecoder
    class_decode = decoder_class.decode
    frame, recursion_limit = sys._getframe, sys.getrecursionlimit

    def first(body: bytes) -> Any:
        nonlocal parse
        orjson = usable_orjson()
        if orjson is None:
            if json.loads is loads:
                json.loads = original
            raise ValueError("no orjson that can be used")
        parse = orjson.loads
        return orjson.loads(body)

    if parse is None:
        parse = first

    @functools.wraps(original)
    def loads(s: Any, **options: Any) -> Any:
        if options and not (options.keys() <= _OPTIONS and all(value is None for value in options.values())):
            return original(s, **options)
        kind = type(s)
        if (
            (kind is not str and kind is not bytes)
            # A script or a library may have put its own in place.
            or json._default_decoder is not decoder  # type: ignore[attr-defined]
            or decoder_class.decode is not class_decode
        ):
            return original(s)
        length = len(s)
        if length >= _SHORT:
            try:
                body = s.encode() if kind is str else s
                first = body[0]
                # A big integer may be all there is. Inside it is searched from the end: that search skips ahead where
                # the one from the start compares every digit.
                if (first > 57 or first < 45) and (
                    only_fractions(body) or body.translate(_CLASSES).rfind(_BIG_INTEGER) < 0
                ):
                    value = parse(body)
                    if (length < 2 * _NESTING or _is_flat(value, body)) and recursion_limit() >= _USUAL_LIMIT:
                        try:
                            frame(_FRAMES)
                        except ValueError:  # the stack is not as high
                            return value
            except ValueError:
                pass  # what follows raises the standard library's own exception, or answers
        # As the original does it, so that it is not deeper in the stack; the rest of its cases are its own.
        if kind is str and s[:1] != "\ufeff":
            return decoder.decode(s)
        return original(s)

    return loads


def _count(body: bytes, sign: bytes) -> int:
    """Number of times that `sign` is in the body. `body.count(sign)` looks at each character; finding a few, or taking
    many out, is several times quicker."""
    place = -1
    for found in range(_FEW):
        place = body.find(sign, place + 1)
        if place < 0:
            return found
    return len(body) - len(body.replace(sign, b""))


def _is_flat(value: Any, body: bytes) -> bool:
    """True if nothing in the text `body`, which made `value`, was nested deeper than `_NESTING`.

    Every container found takes one bracket away, and what is left bounds the depth of all that was not looked at, also
    of what another value of the same name replaced. Brackets in strings count as if they opened something."""
    brackets = _count(body, b"[") + _count(body, b"{")
    if brackets <= _NESTING:
        return True
    level: List[Any] = [value]
    for depth in range(1, _LEVELS):
        # Rows are mostly of one type: counted so, a thousand of them take some ten microseconds.
        kinds = list(map(type, level))
        lists, records = kinds.count(list), kinds.count(dict)
        brackets -= lists + records
        if depth + brackets <= _NESTING:
            return True
        inner: List[Any] = []
        for each in level:
            if type(each) is list:
                inner.extend(each)
            elif type(each) is dict:
                inner.extend(each.values())
        level = inner
    return False


def only_fractions(body: bytes) -> bool:
    """True only if `body`, where it is JSON at all, holds nothing but numbers with a point, so no integer. False says
    nothing. A quick look, with NumPy where the script has imported it.

    Rows of measurements are such texts, and the largest requests. Each number has at most one point. The elements of
    all containers together are one fewer than commas and containers, and every container but the outermost is an
    element itself, so there is one leaf more than there are commas, an empty container counted as one. If there are as
    many points as leaves, every leaf is a number with a point. Points and commas in strings would count as well: there
    must be none.
    """
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or len(body) < _SHORTEST_FRACTIONS or b"\\" in body or not _are_plain(body):
        return False
    try:
        characters = numpy.frombuffer(body, numpy.uint8)
        points = numpy.count_nonzero(characters == _POINT)
        return bool(points == numpy.count_nonzero(characters == _COMMA) + 1)
    except Exception:
        return False  # half imported, or not what it seems


def _are_plain(body: bytes) -> bool:
    """True if there are few strings, without points and commas in them. No quotation mark is escaped."""
    start = body.find(b'"')
    for _ in range(_STRINGS):
        if start < 0:
            return True
        end = body.find(b'"', start + 1)
        if end < 0 or b"." in body[start:end] or b"," in body[start:end]:
            return False
        start = body.find(b'"', end + 1)
    return start < 0
