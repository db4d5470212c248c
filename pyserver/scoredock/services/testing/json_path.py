"""The values at a JSON path: names, indexes, and `[*]` for each item. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

_STEP = re.compile(r'\.([A-Za-z_][\w-]*)|\[(-?\d+)\]|\[(\*)\]|\[("(?:[^"\\]|\\.)*")\]|\[\'([^\']*)\'\]')


def values_at(path: str, value: Any) -> list[Any]:
    """All values that a path of the form of `expectations.PATH` leads to; none where it leads nowhere."""
    found = [value]
    for step in _STEP.finditer(path):
        found = [inner for each in found for inner in _inside(step, each)]
    return found


def _inside(step: re.Match[str], value: Any) -> list[Any]:
    name, index, every, quoted, single = step.groups()
    if every is not None:
        return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
    if index is not None:
        number = int(index)
        return [value[number]] if isinstance(value, list) and -len(value) <= number < len(value) else []
    key = name if name is not None else json.loads(quoted) if quoted is not None else single
    return [value[key]] if isinstance(value, dict) and key in value else []
