"""Comparison of two answers of versions, for copies of requests. Pure."""

from __future__ import annotations

import json
import math
from typing import Any, List, Optional

RELATIVE, ABSOLUTE = 1e-6, 1e-9
"""Numbers that differ by less are the same."""
_DEEPEST = 50


class Incomparable(Exception):
    """Nobody can say whether two answers are the same; its argument says why."""


def body_of(answer: bytes, *, chunked: bool) -> bytes:
    """The body of a whole answer, without its framing."""
    body = answer[answer.find(b"\r\n\r\n") + 4 :]
    return _joined(body) if chunked else body


def _joined(body: bytes) -> bytes:
    """The chunks of a body that a `ChunkScanner` has let pass."""
    parts: List[bytes] = []
    place = 0
    while True:
        end = body.find(b"\r\n", place)
        size = int(body[place:end].partition(b";")[0] or b"0", 16) if end > place else 0
        if not size:
            return b"".join(parts)
        parts.append(body[end + 2 : end + 2 + size])
        place = end + 2 + size + 2


def difference(first: bytes, second: bytes) -> Optional[str]:
    """First place where two bodies differ, and how; None when they say the same. Raises Incomparable, and whatever
    values of a script make of a comparison: OverflowError for one."""
    if first == second:
        return None
    try:
        values = json.loads(first), json.loads(second)
    except RecursionError:
        raise Incomparable("they are nested too deeply") from None
    except ValueError:
        return f"{_shown(first.decode('utf-8', 'replace'))} → {_shown(second.decode('utf-8', 'replace'))}"
    return _of_values(values[0], values[1], "$", 0)


def _of_values(first: Any, second: Any, path: str, depth: int) -> Optional[str]:
    if depth > _DEEPEST:
        if first != second:
            raise Incomparable("they are nested too deeply")
        return None
    if isinstance(first, dict) and isinstance(second, dict) and first.keys() == second.keys():
        found = (_of_values(first[key], second[key], f"{path}.{key}", depth + 1) for key in first)
        return next((each for each in found if each is not None), None)
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        pairs = enumerate(zip(first, second))
        found = (_of_values(one, other, f"{path}[{index}]", depth + 1) for index, (one, other) in pairs)
        return next((each for each in found if each is not None), None)
    same = _same_number(first, second) if _is_number(first) and _is_number(second) else _same(first, second)
    return None if same else f"{path}: {_shown(first)} → {_shown(second)}"


def _same(first: Any, second: Any) -> bool:
    return type(first) is type(second) and bool(first == second)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same_number(first: float, second: float) -> bool:
    if isinstance(first, int) and isinstance(second, int):
        return first == second
    if math.isnan(first) or math.isnan(second):
        return math.isnan(first) and math.isnan(second)
    return math.isclose(first, second, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 200 else text[:199] + "…"
