"""Calls of values that are not functions, and functions that are not called."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.library.rules import NOT_CALLED, OPERANDS
from scoredock.checks.script.model_variables import MODEL_LOADERS
from scoredock.checks.script.qualified import builtin_call
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY
from scoredock.text import Fix

_UNSURE = MAIN_ONLY | IN_TRY | IN_IF
_LOADERS = (*MODEL_LOADERS, ".json.load", ".json.loads", ".numpy.load", ".yaml.safe_load")


def check_called(script: ParsedScript) -> list[Finding]:
    """Findings about `os.environ("X")`, `os.getenv["X"]`, `model = joblib.load` and `model = stream`."""
    return _check_environment(script) + _check_loaders(script) + _check_files(script)


def _check_environment(script: ParsedScript) -> list[Finding]:
    findings = []
    for call, _, flags, name in script.named_calls:
        if name == "os.environ" and len(call.args) == 1 and not flags & _UNSURE:
            source = script.source(call.func)
            new = f"{source}[{script.source(call.args[0])}]"
            problem = l10n.t("“{name}” is a mapping and cannot be called; write {new}", name=source, new=new[:80])
            findings.append(_exchanged(script, call, new, problem, certain=not call.keywords))
    for subscript, scope, flags in script.walk.subscripts:
        if flags & _UNSURE or not isinstance(subscript.ctx, ast.Load):
            continue
        if script.dotted(subscript.value, scope) == "os.getenv":
            source = script.source(subscript.value)
            new = f"{source}({script.source(subscript.slice)})"
            problem = l10n.t("{name}() is a function and has no items; write {new}", name=source, new=new[:80])
            findings.append(_exchanged(script, subscript, new, problem, certain=True))
    return findings


def _exchanged(script: ParsedScript, node: ast.expr, new: str, problem: str, *, certain: bool) -> Finding:
    fix = Fix(l10n.t("Change to {new}", new=new)[:80], (script.replace(node, new),), preferred=True, certain=certain)
    return OPERANDS.finding(script.range(node), fixes=(fix,), problem=problem)


def _check_loaders(script: ParsedScript) -> list[Finding]:
    """The function that reads a file in the place of what it reads, which is used afterwards."""
    named = [
        (target, binding, script.dotted(binding.value, binding.owner))
        for scope in script.walk.scopes
        for target, bindings in scope.bindings.items()
        for binding in bindings
        if binding.kind == "value" and isinstance(binding.value, ast.Attribute) and binding.owner is not None
    ]
    named = [each for each in named if f".{each[2]}".endswith(_LOADERS)]
    if not named:
        return []
    read_off = [node.value for node, _, _ in script.walk.attributes]
    read_off += [node.value for node, _, _ in script.walk.subscripts]
    used = {value.id for value in read_off if isinstance(value, ast.Name)}
    unread = _unread_files(script)
    findings = []
    for target, binding, name in named:
        beside = getattr(binding.node, "lineno", 0) in unread
        if binding.value is None or not (beside or target in used):
            continue
        words = l10n.t("“{name}” is the function itself and not what it reads; call it.", name=name)
        if f".{name}".endswith(MODEL_LOADERS) and not beside:
            words = l10n.t(
                "“{name}” is the function itself and not a model; call it with the path of the model.", name=name
            )
        findings.append(NOT_CALLED.finding(script.range(binding.value), message=words))
    return findings


def _check_files(script: ParsedScript) -> list[Finding]:
    """An open file in the place of what is in it, which is used when it is closed."""
    names: dict[int, str] = {}
    if any(isinstance(opened.value, ast.Call) for opened in script.walk.contexts):
        names = {
            id(binding.value): name
            for scope in script.walk.scopes
            for name, bindings in scope.bindings.items()
            for binding in bindings
            if isinstance(binding.value, ast.Name) and binding.kind == "value"
        }
    findings = []
    for opened in script.walk.contexts if names else ():
        scope, target = opened.owner, opened.node
        if scope is None or opened.flags & _UNSURE or not isinstance(opened.value, ast.Call):
            continue
        name = getattr(target, "id", "")
        held = [(use, names[id(use)]) for use, _ in scope.uses.get(name, ()) if id(use) in names]
        if not held or builtin_call(opened.value, scope) != "open" or len(scope.resolve(name)) != 1:
            continue
        below = _lines_below(scope, target)
        for use, other in held:
            if use.lineno in below and _is_read_beyond(script, other, below):
                words = l10n.t("“{name}” is the open file, which is closed below; read it here.", name=name)
                findings.append(NOT_CALLED.finding(script.range(use), severity="warning", message=words))
    return findings


def _is_read_beyond(script: ParsedScript, name: str, lines: set[int]) -> bool:
    return any(use.lineno not in lines for scope in script.walk.scopes for use, _ in scope.uses.get(name, ()))


def _unread_files(script: ParsedScript) -> set[int]:
    """Lines in `with open(…) as stream:` where nobody reads `stream`."""
    lines: set[int] = set()
    for scope in script.walk.scopes:
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if binding.kind == "context":
                    below = _lines_below(scope, binding.node)
                    read = {use.lineno for each in script.walk.scopes for use, _ in each.uses.get(name, ())}
                    lines |= below if not below & read else set()
    return lines


def _lines_below(scope: Scope, target: ast.AST) -> set[int]:
    body: list[ast.stmt] = [] if isinstance(scope.node, ast.Lambda) else list(getattr(scope.node, "body", []))
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.With) and any(item.optional_vars is target for item in node.items):
                return set(range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1))
    return set()
