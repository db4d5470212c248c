"""Names of the files that cells write, where variables stand in them (`%%writefile $folder/score.py`), and the files
that sources of Databricks have as comments."""

from __future__ import annotations

import ast
import dataclasses
import posixpath
import re
from collections.abc import Mapping, Sequence

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of, resolve
from scoredock.checks.check import check
from scoredock.contrib.sdk.checks.notebooks.cells import CellSource
from scoredock.formats.client_kinds import MAGIC_FILE
from scoredock.formats.document_kind import kind_of
from scoredock.text import Position, Range, TextEdit

_NAMES = re.compile(r"\$([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\}")


def with_targets(cells: Sequence[CellSource]) -> list[CellSource]:
    """The cells with the values of variables in the names of written files, as far as these are certain: texts that
    the cells before have put together of texts, each name at the top of a cell and nowhere else."""
    if not any(cell.kind == "file" and _NAMES.search(cell.target) for cell in cells):
        return list(cells)
    uncertain = _bound_within(cells)
    texts_by_name: dict[str, str] = {}
    new_cells = []
    for cell in cells:
        if cell.kind == "file":
            cell = dataclasses.replace(cell, target=_NAMES.sub(lambda name: _value(name, texts_by_name), cell.target))
        for statement in _statements(cell):
            _assign(statement, texts_by_name, uncertain)
        new_cells.append(cell)
    return new_cells


def is_certain(target: str) -> bool:
    """True if it names a file, and nothing in it is to be put in yet."""
    return bool(target) and "{" not in target and "$" not in target


def _value(name: re.Match[str], texts_by_name: Mapping[str, str]) -> str:
    return texts_by_name.get(name[1] or name[2], name[0])


def _statements(cell: CellSource) -> Sequence[ast.stmt]:
    if cell.kind != "python":
        return ()
    try:
        return ast.parse(cell.body).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def _bound_within(cells: Sequence[CellSource]) -> set[str]:
    """Names that a block, a loop or anything but a plain assignment gives a value."""
    names: set[str] = set()
    for cell in cells:
        for statement in _statements(cell):
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                continue
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    names.add(node.id)
    return names


def _assign(statement: ast.stmt, texts_by_name: dict[str, str], uncertain: set[str]) -> None:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return
    target = statement.targets[0]
    if not isinstance(target, ast.Name):
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                texts_by_name.pop(node.id, None)
        return
    text = _text(statement.value, texts_by_name)
    if text is None or target.id in uncertain:
        texts_by_name.pop(target.id, None)
    else:
        texts_by_name[target.id] = text


def _text(value: ast.expr, texts_by_name: Mapping[str, str]) -> str | None:
    """The text that an expression is; None where that is not certain."""
    if isinstance(value, ast.Constant):
        return value.value if isinstance(value.value, str) else None
    if isinstance(value, ast.Name):
        return texts_by_name.get(value.id)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _joined([value.left, value.right], texts_by_name, "")
    if isinstance(value, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in value.values]
        plain = all(
            part.conversion == -1 and part.format_spec is None
            for part in value.values
            if isinstance(part, ast.FormattedValue)
        )
        return _joined(parts, texts_by_name, "") if plain else None
    if isinstance(value, ast.Call) and not value.keywords and value.args and _is_join(value.func):
        return _joined(value.args, texts_by_name, "/")
    return None


def _is_join(function: ast.expr) -> bool:
    return ast.unparse(function) in ("os.path.join", "path.join", "join", "posixpath.join")


def _joined(parts: Sequence[ast.expr], texts_by_name: Mapping[str, str], between: str) -> str | None:
    texts = [_text(part, texts_by_name) for part in parts]
    if None in texts:
        return None
    found = [text for text in texts if text is not None]
    return posixpath.join(*found) if between else "".join(found)


_BARE = "# MAGIC"
_PREFIX = re.compile(rf"{_BARE} ?")


def check_magic_files(text: str, facts: Facts) -> list[Finding]:
    """Findings of the files, at their places in the source."""
    findings: list[Finding] = []
    for cell in MAGIC_FILE.finditer(text):
        target = cell["target"].strip("\"'")
        if not is_certain(target):
            continue
        # A folder of the cluster is not here; what lies beside the source is the nearest to it.
        name = posixpath.basename(target) if posixpath.isabs(target) else target
        path = resolve(folder_of(facts.path), name) if facts.path else name
        lines = cell["body"].splitlines(keepends=True)
        widths = [prefix.end() if (prefix := _PREFIX.match(line)) else 0 for line in lines]
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

    def edit(change: TextEdit) -> TextEdit:
        line = change.range.start.line
        is_bare = line < len(widths) and widths[line] == len(_BARE)
        return TextEdit(span(change.range), " " * is_bare + change.new_text.replace("\n", f"\n{_BARE} "))

    fixes = tuple(dataclasses.replace(fix, edits=tuple(map(edit, fix.edits))) for fix in finding.fixes)
    return dataclasses.replace(finding, range=span(finding.range), fixes=fixes)
