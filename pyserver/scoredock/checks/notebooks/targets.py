"""Names of the files that cells write, where variables stand in them: `%%writefile $folder/score.py`."""

from __future__ import annotations

import ast
import dataclasses
import posixpath
import re
from collections.abc import Mapping, Sequence

from scoredock.checks.notebooks.cells import CellSource

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
    """Whether it names a file, and nothing in it is to be put in yet."""
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
