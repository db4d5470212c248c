"""Figures of what is declared once: files that name an option, keywords that copy a field, params that a handler of
the terminal builds by hand, and how many statements there are.

`figures.py` has them in its table. Generated files and tests count nowhere.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

LEAST_COPIES = 4
"""Keywords of one call that copy a field of the same name, from which on it is a copy and not a use."""
OPTIONS: Mapping[str, Sequence[str]] = {
    "rules": ("milliseconds", "at_least", "sets_alias", "time_limit"),
    "events": ("longest_pause", "attempts", "patience"),
    "batch": ("run_max_try", "run_invocation_timeout", "process_count", "input_keys", "partition_format"),
    "drift": ("sample_rows", "categorical", "retrain"),
}
"""Options of a contribution, of which the files below its folders are counted."""
EVERYWHERE = ("skip_checks", "environment_file")
"""Options of the core, of which all files are counted."""
_TERMINAL = re.compile(r"^pyserver/scoredock/(?:cli/|contrib/\w+/terminal)")
_TOKENS_OF_LAYOUT = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
)


class _Written(Protocol):
    path: str
    text: str


def statements(nodes: Mapping[str, Sequence[ast.AST]]) -> int:
    """Statements of all modules, docstrings and the strings below fields not counted."""
    return sum(isinstance(each, ast.stmt) and not _is_text(each) for one in nodes.values() for each in one)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def code_lines(sources: Iterable[_Written]) -> int:
    """Lines of all modules on which something else stands than a comment or a docstring."""
    return sum(len(_lines_of_code(each.text)) for each in sources)


def _lines_of_code(text: str) -> set[int]:
    texts = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.stmt) and _is_text(node)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    written = (each for each in tokens if each.type not in _TOKENS_OF_LAYOUT)
    return {line for each in written for line in range(each.start[0], each.end[0] + 1)} - texts


def copied_keywords(nodes: Mapping[str, Sequence[ast.AST]]) -> list[str]:
    """Keywords `name=one.name`, one entry each, of calls with at least `LEAST_COPIES` of them."""
    return [entry for path, one in nodes.items() for entry in _copies(path, one)]


def _copies(path: str, nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Call):
            same = [each.arg for each in node.keywords if each.arg and _field_of(each.value) == each.arg]
            if len(same) >= LEAST_COPIES:
                yield from (f"{path}:{node.lineno}: {name}" for name in same)


def _field_of(value: ast.expr) -> str:
    """The last name of `a.b.name`; empty for anything else."""
    return value.attr if isinstance(value, ast.Attribute) else ""


def params_by_hand(nodes: Mapping[str, Sequence[ast.AST]]) -> list[str]:
    """Messages that modules of the terminal build themselves, by place."""
    return [
        f"{path}:{node.lineno}: {node.func.attr}"
        for path, one in nodes.items()
        if _TERMINAL.match(path)
        for node in one
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "messages"
    ]


def files_of_options(sources: Iterable[_Written]) -> dict[str, list[str]]:
    """Option → the hand-written files that name its field, in Python or as TypeScript writes it."""
    written = list(sources)
    found = {name: _naming(name, written) for name in EVERYWHERE}
    for noun, names in OPTIONS.items():
        own = [each for each in written if f"/contrib/{noun}/" in each.path]
        found |= {f"{noun}: {name}": _naming(name, own) for name in names}
    return found


def _naming(name: str, sources: Sequence[_Written]) -> list[str]:
    first, *rest = name.split("_")
    words = re.compile(rf"\b(?:{name}|{first}{''.join(map(str.capitalize, rest))})\b")
    return [each.path for each in sources if words.search(each.text)]
