"""Parts of the SDK that Scoredock refuses when they are used: a run ends there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_above, folder_of, names_in, resolve
from scoredock.analysis.rule import quoted_names
from scoredock.checks.script.imported_modules import imported_modules
from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY
from scoredock.contrib.sdk.checks import rules
from scoredock.contrib.sdk.checks.absences import ARGUMENTS, CLASSES, ELSEWHERE, MEMBERS, MODULES, PACKAGES
from scoredock.contrib.sdk.checks.values import SdkValues, possible
from scoredock.formats.document_kind import kind_of
from scoredock.text import Range

_LEVELS = 3
"""Folders in which an entry script is looked for: that of the module, and those above."""
_MOST_FILES = 40
"""Of each."""
_NEVER_NONE = (ast.BinOp, ast.Call, ast.Constant, ast.Dict, ast.JoinedStr, ast.List, ast.Tuple)
_OF_PARTS = ("automl", "contrib", "explain", "pipeline")
"""Packages whose parts are distributions of their own."""


def check_absences(script: ParsedScript, values: SdkValues) -> list[Finding]:
    """Finding for a script, at the first of all that a run of it would end at; none if there are none."""
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
    instead = _made_after_failures(script)
    for call, scope, flags in script.walk.calls:
        called.add(id(call.func))
        if _may_be_passed(scope, flags) or _is_within(scope, instead):
            continue
        name = _refused(script, values, call.func, scope)
        if name:
            yield script.range(call.func), name
        yield from _arguments(script, call, scope)
    for attribute, scope, flags in (*script.walk.attributes, *script.walk.attributes_of_calls):
        if id(attribute) in called or _may_be_passed(scope, flags) or not isinstance(attribute.ctx, ast.Load):
            continue
        if _is_within(scope, instead):
            continue
        name = _member(values, attribute, scope)
        if name:
            yield script.range(attribute), name


def _may_be_passed(scope: Scope, flags: int) -> bool:
    """True if a run may go on: an exception is caught there, or what a function is given decides whether it comes
    there."""
    return bool(flags & IN_TRY) or (bool(flags & IN_IF) and scope.function() is not None)


def _made_after_failures(script: ParsedScript) -> set[int]:
    """Functions that an `except` makes in the place of what could not be imported."""
    bodies = (node for handler, _, _ in script.walk.handlers for node in ast.walk(handler))
    return {id(node) for node in bodies if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}


def _is_within(scope: Scope, nodes: set[int]) -> bool:
    around: Scope | None = scope
    while around is not None:
        if id(around.node) in nodes:
            return True
        around = around.parent
    return False


def _arguments(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[tuple[Range, str]]:
    """Those that a class refuses."""
    kind = script.dotted(call.func, scope).rpartition(".")[2] if call.keywords else ""
    for each in call.keywords if kind else ():
        if f"{kind}.{each.arg}" in ARGUMENTS and not _may_be_none(script, each.value, scope):
            yield script.range(each), f"{kind}({each.arg})"


def _may_be_none(script: ParsedScript, value: ast.expr, scope: Scope) -> bool:
    """True if an argument may be None: what a file, the environment or a caller gives is not seen here."""
    value, scope = follow(value, scope)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return not script.dotted(value.func, scope).rpartition(".")[2][:1].isupper()
    return not isinstance(value, _NEVER_NONE) or (isinstance(value, ast.Constant) and value.value is None)


def _refused(script: ParsedScript, values: SdkValues, function: ast.expr, scope: Scope) -> str:
    """Reason why a call is refused, in words; empty if it is answered."""
    dotted = script.dotted(function, scope)
    if dotted.startswith("azureml."):
        found = absent_part(dotted)
        if found:
            return "" if _is_brought(script.facts, dotted) else found
    return _member(values, function, scope) if isinstance(function, ast.Attribute) else ""


def _is_brought(facts: Facts, dotted: str) -> bool:
    """True if a module is one of a service whose packages hold the part of the SDK that is meant: an entry script
    beside or above it takes it in, and a list of packages beside that script names the distribution."""
    first, second = (*dotted.split(".")[1:], "", "")[:2]
    end = "(?:core|automl)" if first == "train" else second if first in _OF_PARTS else ""
    distribution = rf"azureml[-_]{first}" + (rf"[-_]{end}" if end else "")
    listed = re.compile(rf"^[ \t\"'-]*{distribution}(?![\w-])", re.MULTILINE)
    folder = folder_of(facts.path)
    for _ in range(_LEVELS):
        names = names_in(facts, folder)[:_MOST_FILES] if folder else []
        lists = [name for name in names if name.lower().endswith((".yml", ".yaml", ".txt"))]
        if any(listed.search(facts.read(resolve(folder, name)) or "") for name in lists):
            scripts = (resolve(folder, name) for name in names if name.endswith(".py"))
            if any(_takes_in(facts, script) for script in scripts):
                return True
        folder = folder_above(folder, facts) if folder else ""
    return False


def _takes_in(facts: Facts, script: str) -> bool:
    """True if an entry script imports the module that is looked at."""
    text = facts.read(script) or ""
    if kind_of(script, text) != "entry-script":
        return False
    return facts.path.replace("\\", "/") in imported_modules(script, text, "", facts.exists, facts.read)


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
    if not package or ELSEWHERE & set(parts[package:]):
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
