"""An init() that goes on when it could not load what every request needs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.models import file_rules as rules
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.text import Fix

_WIDE = frozenset(("Exception", "BaseException", "OSError", "IOError", "EnvironmentError", "FileNotFoundError"))
_SAYS = frozenset(
    (
        *("print", "str", "repr", "format", "type", "debug", "info", "warning", "warn", "error", "exception"),
        *("critical", "log", "print_exc", "format_exc", "exc_info", "flush", "write", "join", "getLogger"),
    )
)
"""Calls that only tell of an exception; anything else may raise it again, or load something in its place."""
_TESTS = (ast.If, ast.IfExp, ast.Assert, ast.While)


def check_hidden_failure(script: ParsedScript) -> list[Finding]:
    """A finding at each `except` of init() that leaves a name without a value, which run() or what it calls reads."""
    init = script.init
    if init is None or script.run is None or script.walk.star_import:
        return []
    findings = []
    for block in _tries(init.node):
        names = _lost(script, init.scope, block)
        for handler in block.handlers if names else ():
            if _is_wide(handler) and _only_says(handler):
                findings.append(
                    rules.HIDDEN_FAILURE.finding(
                        script.lines.range(*_head(script, handler)), fixes=_raised(script, handler), name=names[0]
                    )
                )
    return findings


def _tries(function: ast.AST) -> Iterator[ast.Try]:
    """Those of a function itself, in any depth."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(child, ast.Try):
            yield child
        yield from _tries(child)


def _lost(script: ParsedScript, scope: Scope, block: ast.Try) -> list[str]:
    """Names of the module that only this block gives a value, that something else reads, and that nobody looks at
    before."""
    inside = {id(node) for statement in block.body for node in ast.walk(statement)}
    lost = []
    for name in sorted(scope.globals):
        bindings = script.walk.module.bindings.get(name, ())
        values = [each for each in bindings if not _is_nothing(each.value)]
        if not values or not all(each.owner is scope and id(each.node) in inside for each in values):
            continue
        readers = [each for each in script.walk.scopes if each.uses.get(name) and each.function() is not scope]
        is_read = any(each.entry_function == "run" or each.kind == "function" for each in readers)
        if is_read and not any(_is_tested(script.tree, name)):
            lost.append(name)
    return lost


def _is_nothing(value: ast.expr | None) -> bool:
    """`model = None` before init() gives it a value."""
    return isinstance(value, ast.Constant) and value.value is None


def _is_tested(tree: ast.Module, name: str) -> Iterator[bool]:
    """Whether tests ask for a name, or code looks it up by its text or catches that it is missing."""
    for node in ast.walk(tree):
        if isinstance(node, _TESTS):
            yield any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node.test))
        elif isinstance(node, ast.BoolOp):
            yield any(isinstance(each, ast.Name) and each.id == name for each in node.values)
        elif isinstance(node, ast.Name):
            yield node.id in ("globals", "locals", "vars")
        elif isinstance(node, ast.ExceptHandler):
            yield "NameError" in _names_of(node)


def _names_of(handler: ast.ExceptHandler) -> list[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
    return [each.id if isinstance(each, ast.Name) else "" for each in kinds]


def _is_wide(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or any(name in _WIDE for name in _names_of(handler))


def _only_says(handler: ast.ExceptHandler) -> bool:
    """Whether a handler does nothing but to tell of the exception."""
    for node in (each for statement in handler.body for each in ast.walk(statement)):
        if isinstance(node, ast.Raise | ast.Global | ast.Try | ast.With | ast.Await | ast.Assert | ast.For | ast.While):
            return False
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in _SAYS:
                return False
    return True


def _head(script: ParsedScript, handler: ast.ExceptHandler) -> tuple[int, int]:
    """`except Exception as error`, without its colon."""
    start = script.lines.offset(script.range(handler).start)
    end = script.lines.offset(script.range(handler.body[0]).start)
    return start, max(start + len("except"), script.text.rfind(":", start, end))


def _raised(script: ParsedScript, handler: ast.ExceptHandler) -> tuple[Fix, ...]:
    """The exception goes on from the end of the handler."""
    last = handler.body[-1]
    title = l10n.t("Raise the exception again")
    if isinstance(last, ast.Pass | ast.Return) or (isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant)):
        return (Fix(title, (script.replace(last, "raise"),), preferred=True),)
    span = script.range(last)
    line = script.lines.line(span.start.line)
    if line[: span.start.character].strip():
        return ()
    edit = script.insert(span.end, f"{script.newline()}{line[: span.start.character]}raise")
    return (Fix(title, (edit,), preferred=True),)
