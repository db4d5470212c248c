"""Context of the cursor in a YAML text by its indentation, also while the text is half typed."""

from __future__ import annotations

import re
from dataclasses import replace

from scoredock.analysis.tree import Lines
from scoredock.language.context import CursorContext, Keys
from scoredock.language.json_context import context_at as flow_context
from scoredock.late_dataclass import dataclass
from scoredock.text import Position

_LEAD = re.compile(r"[ \t\ufeff]*(?:-[ \t]+)*(?:-$)?")
_KEY = re.compile(r"""("[^"]*"[ \t]*|'[^']*'[ \t]*|[^\s:#'"\[\]{},&*!|>%@`-][^:#]*|-[^\s:#][^:#]*):(?=[ \t]|$)""")
_WORD = re.compile(r"""["']?[^\s#'"]*$""")
_REST_OF_WORD = re.compile(r"[\w.\-/:@\\]*")
_FAR = 3_000
"""Lines around the cursor that are looked at."""


@dataclass(frozen=True, slots=True)
class _YamlLine:
    """One line of YAML in its parts."""

    dashes: tuple[int, ...]
    """Columns of the dashes of list items."""
    column: int
    """Where the key or the text begins."""
    key: str | None
    value: str
    """What follows the colon, without blanks, quotes and comment."""

    @property
    def first(self) -> int:
        return self.dashes[0] if self.dashes else self.column


def context_at(lines: Lines, place: Position) -> CursorContext | None:
    """The context of a position; None in a comment or where it is not clear."""
    line = lines.line(place.line)
    before, after = line[: place.character], line[place.character :]
    if _in_comment(before):
        return None
    start = lines.starts[place.line]
    lead = _LEAD.match(before)
    column = lead.end() if lead else 0
    dashes = tuple(i for i, c in enumerate(before[:column]) if c == "-")
    match = _KEY.match(before, column)
    if match is not None:
        above = _parents(lines, place.line, dashes, column)
        if above is None:
            return None
        path = (*above, match.group(1).strip("\"' \t"))
        return _value(line, before, start, match.end(), path, _siblings(lines, place.line, dashes, column))
    rest = before[column:]
    if rest[:1] in ("[", "{"):
        above = _parents(lines, place.line, dashes, column)
        return _flow(line, start, column, place.character, above or ()) if above is not None else None
    if not _WORD.match(rest):
        return None
    above = _parents(lines, place.line, dashes, column)
    if above is None:
        return None
    quoted = rest[:1] in ("'", '"')
    tail = re.match(rf"[^{rest[0]}\r\n]*{rest[0]}", after) if quoted else re.match(r"[\w.\-]*", after)
    end = place.character + (tail.end() if tail else 0)
    return CursorContext(
        path=above,
        is_key=True,
        start=start + column,
        end=start + end,
        typed=rest.lstrip("\"'"),
        siblings=_siblings(lines, place.line, dashes, column),
        has_colon=line[end:].lstrip().startswith(":"),
        is_item=bool(dashes),
    )


def _value(
    line: str, before: str, start: int, colon: int, path: Keys, siblings: dict[str, str]
) -> CursorContext | None:
    rest = before[colon:]
    typed = rest.lstrip(" \t")
    begin = len(before) - len(typed)
    if typed[:1] in ("[", "{"):
        return _flow(line, start, begin, len(before), path)
    if typed[:1] in ("'", '"'):
        quote = typed[0]
        if quote in typed[1:]:
            return None
        closing = line.find(quote, len(before))
        end = closing + 1 if closing >= 0 else len(before)
        typed = typed[1:]
    else:
        if re.search(r"\s", typed):
            return None
        more = _REST_OF_WORD.match(line, len(before))
        end = more.end() if more else len(before)
    siblings = {k: v for k, v in siblings.items() if k != path[-1]}
    return CursorContext(path, False, start + begin, start + end, typed, siblings, space="" if rest else " ")


def _flow(line: str, start: int, begin: int, character: int, path: Keys) -> CursorContext | None:
    """Inside brackets on one line the rules are those of JSON, save for the quotes."""
    inner = flow_context(line[begin:], character - begin)
    if inner is None:
        return None
    shift = start + begin
    return replace(
        inner,
        path=(*path, *inner.path),
        start=inner.start + shift,
        end=inner.end + shift,
        comma_before=None,
        comma_after=False,
    )


def _in_comment(before: str) -> bool:
    found = re.search(r"(?:^|\s)#", before)
    return found is not None and before[: found.start()].count('"') % 2 == 0


def _read(line: str) -> _YamlLine | None:
    """None for lines that say nothing."""
    lead = _LEAD.match(line)
    column = lead.end() if lead else 0
    rest = line[column:]
    dashes = tuple(i for i, c in enumerate(line[:column]) if c == "-")
    if (not rest.strip() and not dashes) or rest.startswith("#"):
        return None
    found = _KEY.match(line, column)
    if found is None:
        return _YamlLine(dashes, column, None, "")
    value = re.split(r"\s#", line[found.end() :], maxsplit=1)[0].strip().strip("\"'")
    return _YamlLine(dashes, column, found.group(1).strip("\"' \t"), value)


def _parents(lines: Lines, number: int, dashes: tuple[int, ...], column: int) -> Keys | None:
    """Keys and list positions around a line, outermost first; None where no key can stand."""
    path: list[str | int] = []
    limit, in_list = column, False
    for dash in reversed(dashes):
        path.append(0)
        limit, in_list = dash, True
    for above in range(number - 1, max(-1, number - _FAR), -1):
        if limit == 0 and not in_list:
            break
        if lines.line(above).startswith(("---", "...")):
            break
        entry = _read(lines.line(above))
        if entry is None:
            continue
        if entry.key is None:
            if not entry.dashes and entry.column < limit:
                return None  # text over several lines
        elif entry.column < limit or (in_list and entry.column == limit and not entry.value):
            if entry.value and not entry.value.startswith(("&", "!")):
                return None  # the key has its value already
            path.append(entry.key)
            limit, in_list = entry.column, False
        for dash in reversed(entry.dashes):
            if dash < limit:
                path.append(0)
                limit, in_list = dash, True
    return tuple(reversed(path))


def _siblings(lines: Lines, number: int, dashes: tuple[int, ...], column: int) -> dict[str, str]:
    """Other keys of the same object, and their values."""
    siblings: dict[str, str] = {}
    if not dashes:
        for above in range(number - 1, max(-1, number - _FAR), -1):
            read = _read(lines.line(above))
            if read is None:
                continue
            if read.key is not None and read.column == column:
                siblings[read.key] = read.value
            if read.first < column or lines.line(above).startswith("---"):
                break
    for below in range(number + 1, min(len(lines.starts), number + _FAR)):
        read = _read(lines.line(below))
        if read is None:
            continue
        if read.first < column or read.dashes or lines.line(below).startswith("---"):
            if read.dashes and read.first >= column:
                continue  # items of a list that a sibling holds
            break
        if read.key is not None and read.column == column:
            siblings[read.key] = read.value
    return siblings
