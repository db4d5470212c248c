"""Repairs in YAML files: changes of a text that leave its layout as it is."""

from __future__ import annotations

from scoredock import l10n
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Scalar, Sequence
from scoredock.text import Fix, Position, Range, TextEdit


def quoted(node: Scalar, value: str) -> str:
    """A value in the quotes that another one has."""
    quote = '"' if node.quoted else ""
    return f"{quote}{value}{quote}"


def replace(node: Scalar, value: str, title: str = "", *, preferred: bool = True) -> Fix:
    """Write another value, in the same quotes."""
    return Fix(
        title or l10n.t("Change to {new}", new=value),
        (TextEdit(node.range, quoted(node, value)),),
        preferred=preferred,
    )


def remove(node: Mapping, entry: MappingEntry, lines: Lines) -> tuple[Fix, ...]:
    """Take an entry out of a block mapping, as far as it stands on lines of its own."""
    if node.flow or len(node.entries) < 2 or not _own_line(entry, lines):
        return ()
    span = _lines_of(entry, lines)
    return (Fix(l10n.t("Remove {names}", names=entry.key.value), (TextEdit(span, ""),), preferred=True),)


def add(node: Mapping, after: MappingEntry | None, content: str, title: str, lines: Lines) -> tuple[Fix, ...]:
    """Add lines to a block mapping, below one of its entries or, without one, above all of them."""
    if node.flow or not node.entries:
        return ()
    column = node.entries[0].key.range.start.character
    indent = " " * column
    body = "".join(f"{indent}{line}\n" for line in content.split("\n"))
    if after is None:
        first = node.entries[0].key.range.start
        text = body[column:] + indent
        return (Fix(title, (TextEdit(Range(first, first), text),), preferred=True),)
    below = _last_line(after, lines) + 1
    if below < len(lines.starts):
        place = Position(below, 0)
        return (Fix(title, (TextEdit(Range(place, place), body),), preferred=True),)
    place = lines.position(len(lines.text))
    return (Fix(title, (TextEdit(Range(place, place), "\n" + body.rstrip("\n")),), preferred=True),)


def nest(node: Mapping, entries: list[MappingEntry], key: str, title: str, lines: Lines) -> tuple[Fix, ...]:
    """Put neighbouring entries of a block mapping below a new key."""
    if node.flow or not entries or not all(_own_line(entry, lines) for entry in entries):
        return ()
    positions = [node.entries.index(entry) for entry in entries]
    if positions != list(range(positions[0], positions[0] + len(positions))):
        return ()
    first = entries[0].key.range.start
    top = Position(first.line, 0)
    last = _last_line(entries[-1], lines)
    edits = [TextEdit(Range(top, top), " " * first.character + key + ":\n  ")]
    edits += [
        TextEdit(Range(Position(number, 0), Position(number, 0)), "  ")
        for number in range(first.line + 1, last + 1)
        if lines.line(number).strip()
    ]
    return (Fix(title, tuple(edits), preferred=True),)


def _own_line(entry: MappingEntry, lines: Lines) -> bool:
    start = entry.key.range.start
    return not lines.line(start.line)[: start.character].strip()


def _last_line(entry: MappingEntry, lines: Lines) -> int:
    end = max(entry.value.range.end, entry.key.range.end)
    if isinstance(entry.value, Mapping | Sequence) and not entry.value.flow:
        inner = entry.value
        while isinstance(inner, Mapping | Sequence) and not inner.flow:
            if isinstance(inner, Mapping) and inner.entries:
                inner = inner.entries[-1].value  # type: ignore[assignment]  # narrowed by the loop
            elif isinstance(inner, Sequence) and inner.items:
                inner = inner.items[-1]  # type: ignore[assignment]  # narrowed by the loop
            else:
                break
        end = max(end if end.character else entry.key.range.end, inner.range.end)
    # A block text ends where the next token begins, which is a line too far.
    while end.line > entry.key.range.start.line and (
        end.character == 0 or not lines.line(end.line)[: end.character].strip()
    ):
        end = Position(end.line - 1, len(lines.line(end.line - 1)))
    return end.line


def _lines_of(entry: MappingEntry, lines: Lines) -> Range:
    below = _last_line(entry, lines) + 1
    start = Position(entry.key.range.start.line, 0)
    if below < len(lines.starts):
        return Range(start, Position(below, 0))
    # The last line of a file without a final line end takes the end of the line before it along.
    above = Position(start.line - 1, len(lines.line(start.line - 1))) if start.line else start
    return Range(above, lines.position(len(lines.text)))
