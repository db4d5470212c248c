"""Outline of a file of ours for an editor: init() and run() of a script, the keys of a configuration."""

from __future__ import annotations

from typing import Literal

from scoredock.analysis.facts import Facts
from scoredock.analysis.read import parse
from scoredock.analysis.tree import Mapping, Node, Scalar, Sequence
from scoredock.language.kinds import kind_in
from scoredock.language.script_cache import parsed
from scoredock.language.tables import FIELDS
from scoredock.late_dataclass import dataclass
from scoredock.text import Range

SymbolKind = Literal["function", "object", "array", "string", "number", "boolean", "null"]
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Symbol:
    """A part of a file that has a name."""

    name: str
    kind: SymbolKind
    range: Range
    """All of it."""
    name_range: Range
    detail: str = ""
    children: tuple[Symbol, ...] = ()


def outline(text: str, facts: Facts) -> list[Symbol]:
    """Symbols of a file in the order of the text; empty for other files, and for scripts that cannot be parsed."""
    kind = kind_in(text, facts) if facts.path else None
    if kind in ("entry-script", "batch-script"):
        return _functions(text, facts)
    return list(_inside(parse(text, facts.path).root)) if kind in FIELDS else []


def _functions(text: str, facts: Facts) -> list[Symbol]:
    script = parsed(text, facts)
    functions = [each for each in (script.init, script.run) if each is not None] if script is not None else []
    return [
        Symbol(
            each.node.name,
            "function",
            script.range(each.node),
            script.name_range(each.node),
            f"({', '.join(each.parameters)})",
        )
        for each in sorted(functions, key=lambda each: each.node.lineno)
        if script is not None
    ]


def _inside(node: Node | None) -> tuple[Symbol, ...]:
    if isinstance(node, Mapping):
        return tuple(_symbol(entry.key.raw.strip("\"'"), entry.value, entry.key.range) for entry in node.entries)
    if isinstance(node, Sequence):
        return tuple(_symbol(_called(item, number), item, item.range) for number, item in enumerate(node.items))
    return ()


def _called(item: Node, number: int) -> str:
    """An item of a list has no key: its text stands for it, or the name it has itself."""
    if isinstance(item, Mapping):
        first = item.get("name") or (item.entries[0].key if item.entries else None)
        return first.raw.strip("\"'") if isinstance(first, Scalar) else str(number)
    return item.raw.strip("\"'") if isinstance(item, Scalar) else str(number)


def _symbol(name: str, value: Node, place: Range) -> Symbol:
    whole = Range(place.start, max(place.end, value.range.end))
    is_own_name = value.range == place
    detail = value.raw[:_LONGEST_NAME] if isinstance(value, Scalar) and not is_own_name else ""
    return Symbol(name[:_LONGEST_NAME].strip() or "…", _kind(value), whole, place, detail, _inside(value))


def _kind(value: Node) -> SymbolKind:
    if isinstance(value, Mapping):
        return "object"
    if isinstance(value, Sequence):
        return "array"
    if value.value is None:
        return "null"
    if isinstance(value.value, bool):
        return "boolean"
    return "string" if isinstance(value.value, str) else "number"
