"""What a model predicts, taken for one number: it is an array with one item for each row."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.library import rules
from scoredock.checks.packages.releases import Releases, verdict
from scoredock.checks.requests.answer_values import kind_of_value
from scoredock.checks.requests.request_use import is_looked_at
from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import ERROR_CAUGHT, IN_TRY, MAIN_ONLY
from scoredock.text import Fix

_NUMBERS = ("float", "int")
_STRICT = Releases("2.4")
"""The releases of NumPy that make a number of no array with a dimension, whatever it holds."""
_DEPTH = 6
_OTHERS = (ast.Is, ast.IsNot, ast.In, ast.NotIn)


def check_single_numbers(script: ParsedScript) -> list[Finding]:
    """Findings about `float(y)` and `if y == 1`."""
    findings = []
    for name in _NUMBERS:
        for call, scope, flags in script.plain_calls.get(name, ()):
            if (
                flags & (MAIN_ONLY | IN_TRY | ERROR_CAUGHT)
                or scope.lookup(name) is not None
                or len(call.args) != 1
                or call.keywords
            ):
                continue
            if _is_prediction(script, call.args[0], scope):
                findings.append(_of_call(script, call, name))
    run = script.run
    for test in _tests(run.node) if run is not None else ():
        if run is not None and _is_prediction(script, test, run.scope):
            hint = l10n.t("compare its items, or use .any() or .all()")
            what = l10n.t("this test")
            finding = rules.ONE_NUMBER.finding(script.range(test), severity="information", what=what, hint=hint)
            findings.append(finding)
    return findings


def _of_call(script: ParsedScript, call: ast.Call, name: str) -> Finding:
    item = f"{script.source(call.args[0])}[0]"
    fix = Fix(l10n.t("Take the first item"), (script.replace(call.args[0], item),))
    strict = verdict(script.facts.environment, "numpy", _STRICT)
    severity: Severity = "warning" if strict in ("surely", "perhaps") else "information"
    hint = l10n.t("take an item, such as {item}; NumPy 2.4 refuses an array of one item, too", item=item[:60])
    return rules.ONE_NUMBER.finding(script.range(call), severity=severity, fixes=(fix,), what=f"{name}()", hint=hint)


def _is_prediction(script: ParsedScript, node: ast.expr, scope: Scope) -> bool:
    if isinstance(node, ast.Name) and is_looked_at(script, node.id):
        return False
    value, around = follow(node, scope)
    return kind_of_value(value, around, _DEPTH) in ("prediction", "output")


def _tests(function: ast.AST) -> Iterator[ast.expr]:
    """What is compared with a constant where a truth value is asked for, in a function itself."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.Try):
            continue
        if isinstance(child, ast.If | ast.IfExp | ast.While | ast.Assert):
            yield from _compared(child.test)
        yield from _tests(child)


def _compared(test: ast.expr) -> Iterator[ast.expr]:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or isinstance(test.ops[0], _OTHERS):
        return
    if isinstance(test.comparators[0], ast.Constant):
        yield test.left
