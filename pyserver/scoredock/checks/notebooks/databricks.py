"""Files that notebooks of Databricks write, which their sources have as comments: `# MAGIC %%writefile score.py`."""

from __future__ import annotations

import dataclasses
import posixpath
import re

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of, resolve
from scoredock.checks.notebooks.targets import is_certain
from scoredock.formats.client_kinds import MAGIC_FILE
from scoredock.text import Position, Range, TextEdit

_BARE = "# MAGIC"
_PREFIX = re.compile(rf"{_BARE} ?")


def check_magic_files(text: str, facts: Facts) -> list[Finding]:
    """Findings of the files, at their places in the source."""
    from scoredock.checks.check import check
    from scoredock.formats.document_kind import kind_of

    findings: list[Finding] = []
    for cell in MAGIC_FILE.finditer(text):
        target = cell["target"].strip("\"'")
        if not is_certain(target):
            continue
        # A folder of the cluster is not here; what lies beside the source is the nearest to it.
        name = posixpath.basename(target) if posixpath.isabs(target) else target
        path = resolve(folder_of(facts.path), name) if facts.path else name
        lines = cell["body"].splitlines(keepends=True)
        widths = [found.end() if (found := _PREFIX.match(line)) else 0 for line in lines]
        body = "".join(line[width:] for line, width in zip(lines, widths, strict=True))
        kind = kind_of(path, body)
        if kind is not None:
            first = text.count("\n", 0, cell.start("body"))
            inner = dataclasses.replace(facts, path=path, earlier_names=frozenset())
            findings += [_moved(each, first, widths) for each in check(body, inner, kind)]
    return findings


def _moved(finding: Finding, first: int, widths: list[int]) -> Finding:
    def position(place: Position) -> Position:
        width = widths[place.line] if place.line < len(widths) else 0
        return Position(first + place.line, place.character + width)

    def span(place: Range) -> Range:
        return Range(position(place.start), position(place.end))

    def edit(given: TextEdit) -> TextEdit:
        line = given.range.start.line
        is_bare = line < len(widths) and widths[line] == len(_BARE)
        return TextEdit(span(given.range), " " * is_bare + given.new_text.replace("\n", f"\n{_BARE} "))

    fixes = tuple(dataclasses.replace(fix, edits=tuple(map(edit, fix.edits))) for fix in finding.fixes)
    return dataclasses.replace(finding, range=span(finding.range), fixes=fixes)
