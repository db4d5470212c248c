"""Repairs of names that are imported."""

from __future__ import annotations

import ast

from scoredock.checks.script import Script
from scoredock.text import Fix, Range, TextEdit


def renamed_import(script: Script, alias: ast.alias, span: Range, near: str) -> tuple[Fix, ...]:
    """The right name in the import, and wherever the wrong one is read."""
    if not near:
        return ()
    edits = [TextEdit(span, near)]
    if not alias.asname:
        for scope in script.found.scopes:
            edits += [script.replace(use, near) for use, _ in scope.uses.get(alias.name, ())]
    return (Fix(f"Change to {near}", tuple(edits), preferred=True),)
