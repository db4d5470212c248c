"""Predictions of a model that are taken for one number: they are arrays with one item for each row."""

from __future__ import annotations

import ast
import re
import string
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
_PERCENT = re.compile(r"%(\([^)]*\))?[-+ #0]*(\*|\d+)?(?:\.(\*|\d+))?[hlL]?([a-zA-Z%])")
_OF_NUMBERS = frozenset("diueEfFgG")
_STRICT = Releases("2.4")
"""The releases of NumPy that make a number of no array with a dimension, whatever it holds."""
_DEPTH = 6
_OTHERS = (ast.Is, ast.IsNot, ast.In, ast.NotIn)


def check_single_numbers(script: ParsedScript) -> list[Finding]:
    """Findings about `float(y)`, `"%d" % y`, `f"{y:.2f}"` and `if y == 1`."""
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
    for node, what, is_strict in _formatted(run.node) if run is not None else ():
        if run is not None and _is_prediction(script, node, run.scope):
            findings.append(_of_value(script, node, node, what, is_strict=is_strict))
    return findings


def _of_call(script: ParsedScript, call: ast.Call, name: str) -> Finding:
    return _of_value(script, call, call.args[0], f"{name}()", is_strict=False)


def _of_value(script: ParsedScript, place: ast.expr, value: ast.expr, what: str, *, is_strict: bool) -> Finding:
    """`is_strict`: an array of one item is refused as well, whatever the release of NumPy."""
    item = f"{script.source(value)}[0]"
    fix = Fix(l10n.t("Take the first item"), (script.replace(value, item),))
    if is_strict:
        hint = l10n.t("take an item, such as {item}", item=item[:60])
        return rules.ONE_NUMBER.finding(script.range(place), fixes=(fix,), what=what, hint=hint)
    strict = verdict(script.facts.environment, "numpy", _STRICT)
    severity: Severity = "warning" if strict in ("surely", "perhaps") else "information"
    hint = l10n.t("take an item, such as {item}; NumPy 2.4 refuses an array of one item, too", item=item[:60])
    return rules.ONE_NUMBER.finding(script.range(place), severity=severity, fixes=(fix,), what=what, hint=hint)


def _formatted(function: ast.AST) -> Iterator[tuple[ast.expr, str, bool]]:
    """Expressions that a function itself puts into a text as a number, each with its form, and True if that takes no
    array at all."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.Try):
            continue
        if isinstance(child, ast.BinOp) and isinstance(child.op, ast.Mod):
            yield from _by_percent(child)
        elif isinstance(child, ast.FormattedValue) and isinstance(child.format_spec, ast.JoinedStr):
            parts = child.format_spec.values if child.conversion == -1 else ()
            spec = "".join(str(each.value) for each in parts if isinstance(each, ast.Constant))
            if spec:
                yield child.value, f"“{{:{spec[:20]}}}”", True
        elif isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and child.func.attr == "format":
            yield from _by_format(child, child.func.value)
        yield from _formatted(child)


def _by_percent(node: ast.BinOp) -> Iterator[tuple[ast.expr, str, bool]]:
    text = node.left.value if isinstance(node.left, ast.Constant) else None
    forms = [form for form in _PERCENT.findall(text) if form[3] != "%"] if isinstance(text, str) else []
    values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    if len(forms) != len(values) or any(key or "*" in (width, digits) for key, width, digits, _ in forms):
        return
    for (_, _, _, letter), value in zip(forms, values, strict=True):
        if letter in _OF_NUMBERS:
            yield value, f"“%{letter}”", False


def _by_format(call: ast.Call, owner: ast.expr) -> Iterator[tuple[ast.expr, str, bool]]:
    if not isinstance(owner, ast.Constant) or not isinstance(owner.value, str):
        return
    try:
        fields = [field for field in string.Formatter().parse(owner.value) if field[1] is not None]
    except ValueError:
        return
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    for number, (_, name, spec, conversion) in enumerate(fields):
        place = number if name == "" else int(name) if name and name.isdecimal() else -1
        value = named.get(name) if place < 0 else next(iter(call.args[place : place + 1]), None)
        if value is not None and spec and "{" not in spec and not conversion:
            yield value, f"“{{:{spec[:20]}}}”", True


def _is_prediction(script: ParsedScript, node: ast.expr, scope: Scope) -> bool:
    if isinstance(node, ast.Name) and is_looked_at(script, node.id):
        return False
    value, around = follow(node, scope)
    return kind_of_value(value, around, _DEPTH) in ("prediction", "output")


def _tests(function: ast.AST) -> Iterator[ast.expr]:
    """Expressions that a function itself compares with a constant where a truth value is asked for."""
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
