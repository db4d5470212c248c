"""The values at a JSON path: names, indexes, and `[*]` for each item. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from scoredock.analysis.json_text import parse_json
from scoredock.analysis.tree import Mapping, Node, Sequence

_STEP = re.compile(r'\.([A-Za-z_][\w-]*)|\[(-?\d+)\]|\[(\*)\]|\[("(?:[^"\\]|\\.)*")\]|\[\'([^\']*)\'\]')


def values_at(path: str, value: Any) -> list[Any]:
    """All values that a path of the form of `expectations.PATH` leads to; none where it leads nowhere."""
    found = [value]
    for step in _STEP.finditer(path):
        found = [inner for each in found for inner in _inside(step, each)]
    return found


def line_at(path: str, text: str) -> int:
    """The line, from 0, of a JSON text on which a path stands; that of the nearest value above it where the text does
    not have it, or is too large to be told."""
    tree = parse_json(text)
    node, line = tree.root, tree.root.range.start.line if tree.root is not None else 0
    for step in _STEP.finditer(path):
        found = _node_inside(step, node)
        if found is None:
            break
        node, line = found
    return line


def _node_inside(step: re.Match[str], node: Node | None) -> tuple[Node, int] | None:
    name, index, _, quoted, single = step.groups()
    if isinstance(node, Sequence) and index is not None and int(index) < len(node.items):
        item = node.items[int(index)]
        return item, item.range.start.line
    key = name if name is not None else json.loads(quoted) if quoted is not None else single
    entry = node.entry(key) if isinstance(node, Mapping) and key is not None else None
    return (entry.value, entry.key.range.start.line) if entry is not None else None


def _inside(step: re.Match[str], value: Any) -> list[Any]:
    name, index, every, quoted, single = step.groups()
    if every is not None:
        return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
    if index is not None:
        number = int(index)
        return [value[number]] if isinstance(value, list) and -len(value) <= number < len(value) else []
    key = name if name is not None else json.loads(quoted) if quoted is not None else single
    return [value[key]] if isinstance(value, dict) and key in value else []
