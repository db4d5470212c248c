"""Arguments that a script reads and that its parser of the command line does not have."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import proposal
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import ERROR_CAUGHT, IN_TRY, NAME_CAUGHT
from scoredock.checks.similar import similar
from scoredock.contrib.sdk.checks import rules
from scoredock.text import Fix, TextEdit

_OTHER_WAYS = re.compile(
    r"add_subparsers|set_defaults|parents[ \t]*=|setattr|Namespace|__dict__|\.update\(|argument_default"
)
"""What gives the arguments of a script further names."""
_CAUGHT = IN_TRY | ERROR_CAUGHT | NAME_CAUGHT


def check_script_arguments(script: ParsedScript) -> list[Finding]:
    """A finding at the first `args.name` for each name that no `add_argument` gives."""
    if "add_argument" not in script.text or "ArgumentParser" not in script.text or _OTHER_WAYS.search(script.text):
        return []
    parsers = set(_parsers(script))
    arguments = _given(script, parsers)
    results = set(_results(script, parsers))
    if arguments is None or not results:
        return []
    findings: dict[str, Finding] = {}
    for node, scope, flags in script.walk.attributes:
        name, base = node.attr, node.value
        if not isinstance(base, ast.Name) or base.id not in results or flags & _CAUGHT or name.startswith("_"):
            continue
        home = scope.lookup(base.id)
        if (
            name in arguments
            or home is None
            or len(home.bindings[base.id]) != 1
            or f'"{name}"' in script.text.replace("'", '"')
        ):
            continue
        if home.bindings[base.id][0].kind == "parameter":
            continue
        near = next(iter(similar(name, sorted(arguments), 1, 0.7)), "")
        edit = TextEdit(script.range(node), f"{base.id}.{near}")
        fixes = (Fix(l10n.t("Change to {near}", near=near), (edit,), preferred=True),) if near else ()
        finding = rules.ATTRIBUTE.finding(
            script.range(node), severity="warning", fixes=fixes, owner=base.id, name=name, hint=proposal(near)
        )
        findings.setdefault(name, finding)
    return list(findings.values())


def _parsers(script: ParsedScript) -> Iterator[str]:
    """Names of parsers that are made here."""
    made = {id(call) for call, _, _, name in script.named_calls if name == "argparse.ArgumentParser"}
    for scope in script.walk.scopes:
        for name, bindings in scope.bindings.items():
            if bindings and all(id(each.value) in made for each in bindings):
                yield name


def _given(script: ParsedScript, parsers: set[str]) -> set[str] | None:
    """The names of all arguments, and of attributes that are set; None where something else may add to them."""
    names = {
        node.attr
        for node in ast.walk(script.tree)
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
    }
    functions = {node.name for node in ast.walk(script.tree) if isinstance(node, ast.FunctionDef)}
    for call, _, _ in script.walk.calls:
        handed = [each for each in (*call.args, *(k.value for k in call.keywords)) if isinstance(each, ast.Name)]
        if any(each.id in parsers for each in handed) and getattr(call.func, "id", "") not in functions:
            return None
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "add_argument":
            continue
        name = _name_of(call)
        if name is None:
            return None
        names.add(name)
    return names


def _name_of(call: ast.Call) -> str | None:
    """Name of an argument in the result; None if the call does not say it in so many words."""
    if any(each.arg is None for each in call.keywords):
        return None
    dest = next((each.value for each in call.keywords if each.arg == "dest"), None)
    if dest is not None:
        return dest.value if isinstance(dest, ast.Constant) and isinstance(dest.value, str) else None
    options = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if len(options) != len(call.args) or not options:
        return None
    option = next((each for each in options if each.startswith("--")), options[0])
    return option.lstrip("-").replace("-", "_")


def _results(script: ParsedScript, parsers: set[str]) -> Iterator[str]:
    """Names of what the parsers give: `args = parser.parse_args()`, `args, rest = parser.parse_known_args()`."""
    for node in ast.walk(script.tree):
        call = node.value if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if getattr(call.func.value, "id", "") not in parsers or not isinstance(node, ast.Assign):
            continue
        target = node.targets[0]
        if call.func.attr == "parse_known_args" and isinstance(target, ast.Tuple):
            target = target.elts[0]
        elif call.func.attr != "parse_args":
            continue
        if isinstance(target, ast.Name) and not call.args and not call.keywords:
            yield target.id
