"""Common parts of the findings about libraries: severity, place, words and repair of a name."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.finding import Severity
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_TRY
from scoredock.text import Fix, Position, Range, TextEdit


def severity_of(flags: int) -> Severity:
    """An error, or a warning where the script swallows what is raised and so still answers."""
    return "warning" if flags & IN_TRY else "error"


def attribute_range(script: ParsedScript, node: ast.Attribute) -> Range:
    """Range of the name behind the dot."""
    end = script.range(node).end
    return Range(Position(end.line, end.character - len(node.attr)), end)


def counted(number: int) -> str:
    """`no argument`, `1 argument`, `2 arguments`."""
    if number < 2:
        return l10n.t("1 argument") if number else l10n.t("no argument")
    return l10n.t("{count} arguments", count=number)


def renamed(span: Range, near: str) -> tuple[Fix, ...]:
    """The repair of a name that stands in one place."""
    return (Fix(l10n.t("Change to {new}", new=near), (TextEdit(span, near),), preferred=True),) if near else ()


def renamed_import(script: ParsedScript, alias: ast.alias, span: Range, near: str) -> tuple[Fix, ...]:
    """The right name in the import, and wherever the wrong one is read."""
    if not near:
        return ()
    edits = [TextEdit(span, near)]
    if not alias.asname:
        for scope in script.walk.scopes:
            edits += [script.replace(use, near) for use, _ in scope.uses.get(alias.name, ())]
    return (Fix(l10n.t("Change to {new}", new=near), tuple(edits), preferred=True),)
