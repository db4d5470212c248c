"""Literals that do not fit: placeholders without a value, pairs that are taken apart into too many names, sets of what
cannot be in one, methods that no request has."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.library import rules
from scoredock.checks.library.values import LibraryValues
from scoredock.checks.library.wording import severity_of
from scoredock.checks.script.qualified import text_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import ANNOTATION, ERROR_CAUGHT, MAIN_ONLY
from scoredock.text import Fix

_SKIPPED = MAIN_ONLY | ANNOTATION | ERROR_CAUGHT
_FIRST = re.compile(r"[^.\[]*")
"""Of a placeholder: the argument that it names, before attributes and items."""
_NO_MEMBERS = {
    "builtins.list": lambda: l10n.t("a list"),
    "builtins.dict": lambda: l10n.t("a dict"),
    "builtins.set": lambda: l10n.t("a set"),
    "numpy.ndarray": lambda: l10n.t("a NumPy array"),
}
"""Values without a hash."""
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"))
_REQUEST = frozenset(("flask.wrappers.Request",))


def check_literals(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """All findings of this kind."""
    return [
        *_placeholders(script),
        *_pairs(script),
        *_members(script, values),
        *_methods(script, values),
        *_accessors(script),
    ]


def _placeholders(script: ParsedScript) -> Iterator[Finding]:
    """`"{0} {1}".format(name)`."""
    for call, scope, flags in script.method_calls:
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr != "format" or flags & _SKIPPED:
            continue
        text = text_of(function.value, scope)
        missing = _without_value(text, call) if text is not None else ""
        if missing:
            problem = l10n.t("format() gets no value for the placeholder “{field}”", field=missing[:40])
            yield rules.OPERANDS.finding(script.range(call), severity=severity_of(flags), problem=problem)


def _without_value(text: str, call: ast.Call) -> str:
    """The first placeholder that a call of `format` has no value for; empty when there is none, or nobody knows."""
    if any(isinstance(each, ast.Starred) for each in call.args):
        return ""
    named = {each.arg for each in call.keywords}
    try:
        fields = list(_fields(text))
    except ValueError:
        return ""  # no placeholders at all, or signs that are not meant for them
    following = 0
    for field in fields:
        name = _FIRST.match(field)[0]  # type: ignore[index]  # it matches anything
        if not name:
            name, following = str(following), following + 1
        if name.isdigit():
            if int(name) >= len(call.args):
                return f"{{{field}}}"
        elif None not in named and name not in named:
            return f"{{{field}}}"
    return ""


def _fields(text: str) -> Iterator[str]:
    """Names in the placeholders of a text, those inside a format as well."""
    for _, field, inner, _ in string.Formatter().parse(text):
        if field is not None:
            yield field
        if inner:
            yield from _fields(inner)


def _pairs(script: ParsedScript) -> Iterator[Finding]:
    """`for a, b in zip(x)`: a loop over what gives another number of values."""
    for names, call, scope, flags in script.walk.pairs:
        if flags & _SKIPPED or any(isinstance(each, ast.Starred) for each in (*names.elts, *call.args)):
            continue
        value_count = _values_given(call, scope)
        target_count = len(names.elts)
        if value_count and value_count != target_count:
            name = script.source(call.func)
            problem = (
                l10n.t(
                    "{name}() gives {given} values in each round, not {taken}",
                    name=name,
                    given=value_count,
                    taken=target_count,
                )
                if value_count > 1
                else l10n.t("{name}() gives one value in each round, not {taken}", name=name, taken=target_count)
            )
            yield rules.OPERANDS.finding(script.range(names), severity=severity_of(flags), problem=problem)


def _values_given(call: ast.Call, scope: Scope) -> int:
    """How many values each round of a loop over a call gets; 0 when that is not known."""
    if not isinstance(call.func, ast.Name) or scope.lookup(call.func.id) is not None:
        return 0
    if call.func.id == "zip" and all(each.arg == "strict" for each in call.keywords):
        return len(call.args)
    return 2 if call.func.id == "enumerate" and call.args else 0


def _members(script: ParsedScript, values: LibraryValues) -> Iterator[Finding]:
    """`{[1, 2]}`."""
    for node, scope, flags in values.extent.walk.sets:
        if flags & _SKIPPED:
            continue
        for each in node.elts:
            kinds = values.of(each, scope).kinds
            if kinds and kinds <= _NO_MEMBERS.keys():
                problem = l10n.t("A set cannot hold {kind}", kind=_NO_MEMBERS[min(kinds)]())
                yield rules.OPERANDS.finding(script.range(each), severity=severity_of(flags), problem=problem)


def _methods(script: ParsedScript, values: LibraryValues) -> Iterator[Finding]:
    """`request.method == "get"`, which never holds."""
    for node, scope, flags in script.walk.compares:
        left, right = node.left, node.comparators[0]
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq) or not isinstance(left, ast.Attribute):
            continue
        if left.attr != "method" or not isinstance(right, ast.Constant) or right.value in _METHODS or flags & _SKIPPED:
            continue
        if values.of(left.value, scope).kinds != _REQUEST:
            continue
        written = script.source(right)[:40]
        problem = l10n.t("The method of a request is never {value}; it is text such as “GET” or “POST”", value=written)
        method = right.value.upper() if isinstance(right.value, str) else ""
        fixes: tuple[Fix, ...] = ()
        if method in _METHODS:
            fixes = (
                Fix(l10n.t("Change to {new}", new=method), (script.replace(right, f'"{method}"'),), preferred=True),
            )
        yield rules.OPERANDS.finding(script.range(right), severity="warning", fixes=fixes, problem=problem)


def _accessors(script: ParsedScript) -> Iterator[Finding]:
    """`table["name"] = table["name"].str`: what leads to the methods for text is not a column."""
    for node, _, flags in script.walk.stored:
        if node.attr in ("str", "dt") and isinstance(node.value, ast.Subscript) and not flags & _SKIPPED:
            problem = l10n.t("“.{name}” only leads to methods; call one of them", name=node.attr)
            yield rules.OPERANDS.finding(script.range(node), severity=severity_of(flags), problem=problem)
