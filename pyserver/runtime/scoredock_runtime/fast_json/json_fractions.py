"""Whether a JSON text holds nothing but numbers with a point: a quick look, with NumPy where the script has imported
it.

Rows of measurements are such texts, and the largest requests. Each number has at most one point. The elements of all
containers together are one fewer than commas and containers, and every container but the outermost is an element
itself, so there is one leaf more than there are commas, an empty container counted as one. If there are as many points
as leaves, every leaf is a number with a point. Points and commas in strings would count as well: there must be none.
"""

from __future__ import annotations

import sys
from typing import Any

SHORTEST = 2048
"""Bytes below which the look costs more than it saves."""
_STRINGS = 8
_POINT, _COMMA = 46, 44


def only_fractions(body: bytes) -> bool:
    """True only if `body`, where it is JSON at all, holds no integer. False says nothing."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or len(body) < SHORTEST or b"\\" in body or not _are_plain(body):
        return False
    try:
        characters = numpy.frombuffer(body, numpy.uint8)
        points = numpy.count_nonzero(characters == _POINT)
        return bool(points == numpy.count_nonzero(characters == _COMMA) + 1)
    except Exception:
        return False  # half imported, or not what it seems


def _are_plain(body: bytes) -> bool:
    """Whether there are few strings, without points and commas in them. No quotation mark is escaped."""
    start = body.find(b'"')
    for _ in range(_STRINGS):
        if start < 0:
            return True
        end = body.find(b'"', start + 1)
        if end < 0 or b"." in body[start:end] or b"," in body[start:end]:
            return False
        start = body.find(b'"', end + 1)
    return start < 0
