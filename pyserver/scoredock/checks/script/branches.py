"""Names that only one branch inside a loop gives a value, and that every round reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.script import definition_rules as rules
from scoredock.checks.script.first_round import first_answer, first_items
from scoredock.checks.script.scope import BUILTINS, Scope
from scoredock.checks.script.script import ParsedScript

_Loop = ast.For | ast.AsyncFor | ast.While
_PLAIN = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return)
_FIRST_ROUND = (0, 1, None, True, False)
"""What a test for the first round compares with: `if number == 0`, `if model is None`."""


def check_branches(script: ParsedScript) -> list[Finding]:
    """Findings about names that may have no value in the first round of a loop."""
    findings = []
    for scope in script.walk.scopes:
        node = scope.node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for loop in _loops(node.body):
            for name, use, branch, surely in _unbound(loop, scope):
                test = script.source(branch.test)[:80]
                message = (
                    l10n.t(
                        "“{name}” has no value here in the first round of the loop, where “{condition}” is false.",
                        name=name,
                        condition=test,
                    )
                    if surely
                    else l10n.t(
                        "“{name}” has no value here when “{condition}” is false in the first round of the loop.",
                        name=name,
                        condition=test,
                    )
                )
                severity: Severity = "error" if surely else "warning"
                findings.append(rules.UNBOUND.finding(script.range(use), severity=severity, message=message))
    return findings


def _loops(body: list[ast.stmt]) -> Iterator[_Loop]:
    """The loops of a function; not those below a `try`, which may well count on what is raised."""
    for statement in body:
        if isinstance(statement, _Loop):
            yield statement
        if isinstance(statement, _Loop | ast.If | ast.With | ast.AsyncWith):
            yield from _loops(statement.body)
            yield from _loops(getattr(statement, "orelse", []))


def _unbound(loop: _Loop, scope: Scope) -> Iterator[tuple[str, ast.Name, ast.If, bool]]:
    """Name, where it is read, the branch that gives it a value, and whether the first round surely does not."""
    for number, branch in enumerate(loop.body):
        if not isinstance(branch, ast.If) or branch.orelse:
            continue
        outcome = first_answer(branch.test, first_items(loop, scope))
        if outcome or (outcome is None and not _by_the_item(branch.test, loop)):
            continue
        for name in sorted(_names(branch.body, ast.Store)):
            use = _first_use(name, loop.body[number + 1 :])
            if use is not None and _is_bound_only_in(branch, name, scope):
                yield name, use, branch, outcome is not None


def _by_the_item(test: ast.expr, loop: _Loop) -> bool:
    """True if a test asks for nothing but the item of the round, so that the first one may answer either way."""
    items = _names([loop.target], ast.Store) if not isinstance(loop, ast.While) else set()
    asked = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    if isinstance(test, ast.Name) or not asked & items or asked - items - BUILTINS:
        return False
    indexes = {id(node.slice) for node in ast.walk(test) if isinstance(node, ast.Subscript)}
    compared = [node.value for node in ast.walk(test) if isinstance(node, ast.Constant) and id(node) not in indexes]
    return not any(any(value is each for each in _FIRST_ROUND) for value in compared)


def _names(nodes: list[ast.stmt] | list[ast.expr], context: type[ast.expr_context]) -> set[str]:
    return {
        each.id
        for node in nodes
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, context)
    }


def _first_use(name: str, after: list[ast.stmt]) -> ast.Name | None:
    """The first place behind the branch that every round reaches and that reads the name."""
    for statement in after:
        if isinstance(statement, _PLAIN):
            for node in ast.walk(statement):
                if isinstance(node, ast.Lambda | ast.IfExp | ast.BoolOp):
                    break  # it may not be reached
                if isinstance(node, ast.Name) and node.id == name:
                    return node if isinstance(node.ctx, ast.Load) else None
        elif name in _names([statement], ast.Store) or _leaves(statement):
            return None
    return None


def _leaves(statement: ast.stmt) -> bool:
    """True if a round may end in a statement before it reaches the next one."""
    ends = ast.Continue | ast.Break | ast.Return | ast.Raise
    return any(isinstance(node, ends) for node in ast.walk(statement))


def _is_bound_only_in(branch: ast.If, name: str, scope: Scope) -> bool:
    if name in scope.globals or name in scope.nonlocals:
        return False
    last = branch.end_lineno or branch.lineno
    return all(
        binding.owner is scope and branch.lineno <= getattr(binding.node, "lineno", 0) <= last
        for binding in scope.bindings.get(name, ())
    )
