"""Repairs in JSON files: edits of objects that keep the layout, keys taken out, moved and put in."""

from __future__ import annotations

import json
from collections.abc import Collection

from scoredock import l10n
from scoredock.analysis.rule import enumeration
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar, Sequence
from scoredock.text import Fix, Position, Range, TextEdit

_MOST_ENTRIES = 500
"""An object with more keys than this is left as it is: no person wrote it."""


def plain(node: Node | None) -> object:
    """The value of a node as Python has it; the last of several equal keys counts."""
    # Trees are at most MAX_DEPTH deep.
    if isinstance(node, Mapping):
        return {str(e.key.value if e.key.value is not None else e.key.raw): plain(e.value) for e in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if node is not None else None


def quoted(node: Node, value: str) -> str:
    """A text in the quotes that a node has, double ones where it has none."""
    quote = node.raw[0] if isinstance(node, Scalar) and node.raw[:1] in ("'", '"') else '"'
    if quote == "'" and "'" not in value and "\\" not in value:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def changed(node: Node, new: str, *, preferred: bool = True) -> Fix:
    """The fix that writes another value; `new` is JSON."""
    return Fix(l10n.t("Change to {new}", new=new), (TextEdit(node.range, new),), preferred=preferred)


def without(parent: Mapping, entries: Collection[MappingEntry], lines: Lines) -> tuple[TextEdit, ...]:
    """Edits that take entries out of an object; none where the layout makes that unsafe."""
    if len(parent.entries) > _MOST_ENTRIES:
        return ()
    ids = {id(entry) for entry in entries}
    gone = [id(entry) in ids for entry in parent.entries]
    if not any(gone):
        return ()
    return _from_flow(parent, gone, lines) if parent.flow else _from_block(parent, gone, lines)


def _from_flow(parent: Mapping, removals: list[bool], lines: Lines) -> tuple[TextEdit, ...]:
    edits: list[TextEdit] = []
    number = 0
    while number < len(removals):
        if not removals[number]:
            number += 1
            continue
        first = number
        while number < len(removals) and removals[number]:
            number += 1
        if number < len(removals):
            span = Range(parent.entries[first].key.range.start, parent.entries[number].key.range.start)
        elif first:
            span = Range(parent.entries[first - 1].value.range.end, parent.entries[-1].value.range.end)
        else:
            span = Range(parent.entries[0].key.range.start, parent.entries[-1].value.range.end)
        removed = lines.text[lines.offset(span.start) : lines.offset(span.end)]
        if span.start > span.end or "//" in removed.replace("://", "") or "/*" in removed:
            return ()  # an alias, or a comment that would go too
        edits.append(TextEdit(span, ""))
    return tuple(edits)


def _from_block(parent: Mapping, removals: list[bool], lines: Lines) -> tuple[TextEdit, ...]:
    if all(removals):
        return ()
    edits: list[TextEdit] = []
    for entry, away in zip(parent.entries, removals, strict=True):
        if not away:
            continue
        start, end = entry.key.range.start, entry.value.range.end
        if lines.line(start.line)[: start.character].strip() or end < start:
            return ()  # it stands behind a dash, or is an alias
        last = end.line if end.character or end.line == start.line else end.line - 1
        edits.append(_line_edit(lines, start.line, max(last, start.line)))
    return tuple(edits)


def _line_edit(lines: Lines, first: int, last: int) -> TextEdit:
    """Take out whole lines."""
    start = lines.starts[first]
    if last + 1 < len(lines.starts):
        return lines.edit(start, lines.starts[last + 1], "")
    before = lines.starts[first - 1] + len(lines.line(first - 1)) if first else start
    return lines.edit(before, len(lines.text), "\n" if first and lines.text.endswith("\n") else "")


def without_line(lines: Lines, number: int) -> TextEdit:
    """Take out one line and its end."""
    return _line_edit(lines, number, number)


def remove(
    parent: Mapping, entries: Collection[MappingEntry], lines: Lines, title: str = "", *, preferred: bool = True
) -> tuple[Fix, ...]:
    """The fix that takes entries out, or no fix."""
    edits = without(parent, entries, lines)
    names = enumeration([str(e.key.value) for e in entries])
    return (Fix(title or l10n.t("Remove {names}", names=names), edits, preferred=preferred),) if edits else ()


def inserted(parent: Mapping, key: str, value: object, *, at_end: bool = False) -> TextEdit:
    """The edit that adds a key to an object, in the layout it has."""
    json_text = json.dumps(value, ensure_ascii=False)
    first = parent.entries[0].key.range.start if parent.entries else None
    if not parent.flow and first is not None:
        if at_end:
            end = parent.entries[-1].value.range.end
            return TextEdit(Range(end, end), f"\n{' ' * first.character}{key}: {json_text}")
        return TextEdit(Range(first, first), f"{key}: {json_text}\n{' ' * first.character}")
    brace = Position(parent.range.start.line, parent.range.start.character + 1)
    if first is None:
        return TextEdit(Range(brace, brace), f'"{key}": {json_text}')
    gap = "\n" + " " * first.character if first.line != parent.range.start.line else " "
    if at_end:
        end = parent.entries[-1].value.range.end
        return TextEdit(Range(end, end), f',{gap}"{key}": {json_text}')
    return TextEdit(Range(first, first), f'"{key}": {json_text},{gap}')


def replaced(entry: MappingEntry, key: str, value: object, parent: Mapping, indent: int = 0) -> TextEdit:
    """The edit that puts another key and value in the place of an entry; `indent` spreads the value over lines."""
    span = Range(entry.key.range.start, entry.value.range.end)
    column = entry.key.range.start.character
    spread = parent.flow and indent and entry.key.range.start.line != parent.range.start.line
    written = json.dumps(value, ensure_ascii=False, indent=indent if spread else None)
    written = written.replace("\n", "\n" + " " * column)
    return TextEdit(span, f'"{key}": {written}' if parent.flow else f"{key}: {written}")


def without_item(parent: Sequence, number: int, lines: Lines) -> tuple[TextEdit, ...]:
    """Edits that take one item out of a list; none where the layout makes that unsafe, or where it is the only one."""
    items = parent.items
    item = items[number]
    if len(items) < 2 or item.range.end.line != item.range.start.line:
        return ()
    if parent.flow:
        if number + 1 < len(items):
            return (TextEdit(Range(item.range.start, items[number + 1].range.start), ""),)
        return (TextEdit(Range(items[number - 1].range.end, item.range.end), ""),)
    if lines.line(item.range.start.line)[: item.range.start.character].strip() != "-":
        return ()
    return (without_line(lines, item.range.start.line),)
