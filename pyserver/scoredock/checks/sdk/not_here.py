"""Parts of the SDK that Scoredock refuses when they are used: a run ends there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import quoted_names
from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY
from scoredock.checks.sdk import rules
from scoredock.checks.sdk.absences import ARGUMENTS, CLASSES, MEMBERS, MODULES, PACKAGES
from scoredock.checks.sdk.values import SdkValues, possible
from scoredock.text import Range


def check_absences(script: ParsedScript, values: SdkValues) -> list[Finding]:
    """One for a script, at the first of all that a run of it would end at."""
    places: dict[str, Range] = {}
    for place, name in sorted(_absences(script, values), key=lambda each: each[0].start):
        places.setdefault(name, place)
    if not places:
        return []
    message = l10n.t(
        "{names} have no meaning on this machine: a run with Scoredock comes no further than the first of them.",
        names=quoted_names(places),
    )
    first = next(iter(places))
    return [rules.NOT_HERE.finding(places[first], message=message if len(places) > 1 else "", name=first)]


def _absences(script: ParsedScript, values: SdkValues) -> Iterator[tuple[Range, str]]:
    """Calls, and properties that are read, where nothing catches what they raise."""
    called: set[int] = set()
    for call, scope, flags in script.walk.calls:
        called.add(id(call.func))
        if _may_be_passed(scope, flags):
            continue
        name = _refused(script, values, call.func, scope)
        if name:
            yield script.range(call.func), name
        yield from _arguments(script, call, scope)
    for attribute, scope, flags in (*script.walk.attributes, *script.walk.attributes_of_calls):
        if id(attribute) in called or _may_be_passed(scope, flags) or not isinstance(attribute.ctx, ast.Load):
            continue
        name = _member(values, attribute, scope)
        if name:
            yield script.range(attribute), name


def _may_be_passed(scope: Scope, flags: int) -> bool:
    """Whether a run may go on: an exception is caught there, or what a function is given decides whether it comes
    there."""
    return bool(flags & IN_TRY) or (bool(flags & IN_IF) and scope.function() is not None)


def _arguments(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[tuple[Range, str]]:
    """Those that a class refuses."""
    kind = script.dotted(call.func, scope).rpartition(".")[2] if call.keywords else ""
    for each in call.keywords if kind else ():
        if f"{kind}.{each.arg}" in ARGUMENTS and not _may_be_none(each.value, scope):
            yield script.range(each), f"{kind}({each.arg})"


def _may_be_none(value: ast.expr, scope: Scope) -> bool:
    """Whether an argument is None, or what a caller gives."""
    value, scope = follow(value, scope)
    if isinstance(value, ast.Constant):
        return value.value is None
    return isinstance(value, ast.Name) and any(each.kind == "parameter" for each in scope.resolve(value.id))


def _refused(script: ParsedScript, values: SdkValues, function: ast.expr, scope: Scope) -> str:
    """What a call is refused for, in words; empty where it is answered."""
    dotted = script.dotted(function, scope)
    if dotted.startswith("azureml."):
        found = absent_part(dotted)
        if found:
            return found
    return _member(values, function, scope) if isinstance(function, ast.Attribute) else ""


def _member(values: SdkValues, attribute: ast.Attribute, scope: Scope) -> str:
    owner, named = values.owner(attribute, scope)
    kinds = possible(owner, named) if owner else ()
    refused = [f"{kind}.{attribute.attr}" in MEMBERS for kind in kinds]
    return f"{owner}.{attribute.attr}" if refused and all(refused) else ""


def absent_part(dotted: str) -> str:
    """The class, and what is used of it, that a dotted name means and that is not there; else empty."""
    parts = dotted.split(".")
    for count in range(len(parts), 1, -1):
        if ".".join(parts[:count]) in CLASSES:
            return ".".join(parts[count - 1 :])
    package = next((count for count in range(len(parts) - 1, 1, -1) if ".".join(parts[:count]) in PACKAGES), 0)
    if not package:
        return ""
    for count in range(len(parts) - 1, package - 1, -1):
        names = MODULES.get(".".join(parts[:count]))
        if names is not None:
            is_there = parts[count] in names or ".".join(parts[: count + 1]) in MODULES
            return "" if is_there else _from_class(parts[count:])
    return _from_class(parts[package:])


def _from_class(parts: list[str]) -> str:
    """Without the modules before the class."""
    start = next((number for number, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
    return ".".join(parts[start:])
