"""Syntax trees of the sources, which many rules look at: each text is parsed and walked once."""

from __future__ import annotations

import ast
import functools

_OF_NO_INTEREST = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop)


@functools.cache
def tree_of(source: str) -> ast.Module:
    """Shared by all who ask: nobody changes it."""
    return ast.parse(source)


@functools.cache
def nodes_of(source: str) -> tuple[ast.AST, ...]:
    """As `ast.walk` gives them, without those that only say how another one is used."""
    return tuple(node for node in ast.walk(tree_of(source)) if not isinstance(node, _OF_NO_INTEREST))
