"""Branches of a script that a service runs, by their tests for the Python and for the main module."""

from __future__ import annotations

import ast

from scoredock.checks.script.scope import Scope
from scoredock.checks.script.version_tests import answers
from scoredock.checks.script.walk_result import ERROR_CAUGHT, IMPORT_CAUGHT, IN_IF, MAIN_ONLY, NAME_CAUGHT

_ASKED = NAME_CAUGHT | ERROR_CAUGHT | IMPORT_CAUGHT
"""Below a test for the Python: as good as caught."""
NEVER = _ASKED | MAIN_ONLY


def branches(test: ast.expr, scope: Scope, flags: int) -> tuple[int, int]:
    """Flags of the two branches of a test: one for another Python is never run here, and where it depends on the Python
    which is taken, the script has asked before it uses what some lack."""
    flags |= IN_IF
    possible = answers(test, scope)
    if possible is None:
        return flags, flags
    if len(possible) == 2:
        return flags | _ASKED, flags | _ASKED
    return (flags, flags | NEVER) if True in possible else (flags | NEVER, flags)


def leaving(body: list[ast.stmt], scope: Scope) -> int:
    """Number of statements of a function that are run until a test for the Python leaves it: behind that stands what
    others do. All of them mostly."""
    for number, statement in enumerate(body):
        if isinstance(statement, ast.If) and isinstance(statement.body[-1], ast.Return | ast.Raise):
            possible = answers(statement.test, scope)
            if possible == frozenset((True,)):
                return number + 1
    return len(body)


def is_main_guard(test: ast.expr) -> bool:
    """`__name__ == "__main__"`, which a service never runs."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = (test.left, test.comparators[0])
    names = any(isinstance(s, ast.Name) and s.id == "__name__" for s in sides)
    return names and any(isinstance(s, ast.Constant) and s.value == "__main__" for s in sides)
