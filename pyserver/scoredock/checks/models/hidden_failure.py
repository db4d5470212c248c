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
        *("critical", "log", "print_exc", "format_exc", "exc_info", "flush", "write", "join", "getLogger", "dumps"),
    )
)
"""Calls that only tell of an exception; anything else may raise it again, or load something in its place."""
_ANSWERS = frozenset(("dumps", "jsonify", "AMLResponse", "Response", "make_response", "dict"))
"""Calls that make of a text what the caller gets."""
_FILE_TESTS = frozenset(("exists", "isfile", "isdir", "is_file", "is_dir"))
_TESTS = (ast.If, ast.IfExp, ast.Assert, ast.While)


def check_hidden_failure(script: ParsedScript) -> list[Finding]:
    """A finding at each `except` of init(), and each test whether a file exists, that leaves a name without a value,
    which run() or what it calls reads."""
    init = script.init
    if init is None or script.run is None or script.walk.star_import:
        return []
    findings = []
    for block in _blocks(init.node):
        if isinstance(block, ast.If):
            findings += _where_no_file_is(script, init.scope, block)
            continue
        names = _lost(script, init.scope, block, block.body)
        for handler in block.handlers if names else ():
            if _is_wide(handler) and _only_says(handler.body):
                findings.append(
                    rules.HIDDEN_FAILURE.finding(
                        script.lines.range(*_head(script, handler)), fixes=_raised(script, handler), name=names[0]
                    )
                )
    return findings


def _where_no_file_is(script: ParsedScript, scope: Scope, block: ast.If) -> list[Finding]:
    """`if os.path.exists(path):` around what loads, and `if not os.path.exists(path): return` before it."""
    test, loads, others = block.test, block.body, block.orelse
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, loads, others = test.operand, block.orelse, block.body
        if any(isinstance(each, ast.Return) for each in others):
            loads = [*loads, *_after(scope.node, block)]
    asks = isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr in _FILE_TESTS
    lost = _lost(script, scope, block, loads) if asks and _only_says(others) else []
    if not lost:
        return []
    message = l10n.t(
        "init() goes on without “{name}” where this finds nothing: the service becomes healthy, and its requests get "
        "no prediction.",
        name=lost[0],
    )
    return [rules.HIDDEN_FAILURE.finding(script.range(block.test), message=message)]


def _blocks(function: ast.AST, *, in_loop: bool = False) -> Iterator[ast.Try | ast.If]:
    """Those of a function itself, in any depth; a loop may find elsewhere what one round does not."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(child, ast.Try) or (isinstance(child, ast.If) and not in_loop):
            yield child
        yield from _blocks(child, in_loop=in_loop or isinstance(child, ast.For | ast.While))


def _after(function: ast.AST, block: ast.stmt) -> list[ast.stmt]:
    """Statements of a function that stand below a block."""
    end = block.end_lineno or block.lineno
    return [each for each in ast.walk(function) if isinstance(each, ast.stmt) and each.lineno > end]


def _lost(script: ParsedScript, scope: Scope, block: ast.stmt, loads: list[ast.stmt]) -> list[str]:
    """Names of the module that only these statements of a block give a value, and that something else reads, which
    does nothing about it where there is none."""
    if any(isinstance(each, ast.Raise | ast.Assert) or _exits(each) for each in _after(scope.node, block)):
        return []
    inside = {id(node) for statement in loads for node in ast.walk(statement)}
    lost = []
    for name in sorted(scope.globals):
        bindings = script.walk.module.bindings.get(name, ())
        values = [each for each in bindings if not _is_nothing(each.value)]
        if not values or not all(each.owner is scope and id(each.node) in inside for each in values):
            continue
        module = script.walk.module
        using = [each for each in script.walk.scopes if each.uses.get(name) and each.function() is not scope]
        readers = [each for each in using if each.lookup(name) is module]  # run() may have one of its own
        is_read = any(each.entry_function == "run" or each.kind == "function" for each in readers)
        if is_read and not any(_is_tested(script.tree, name)):
            lost.append(name)
    return lost


def _exits(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and _called(call) in ("exit", "_exit", "abort")


def _is_nothing(value: ast.expr | None) -> bool:
    """`model = None` before init() gives it a value."""
    return isinstance(value, ast.Constant) and value.value is None


def _is_tested(tree: ast.Module, name: str) -> Iterator[bool]:
    """True for each test that asks for a name, and for code that looks it up by its text or catches that it is missing;
    not where all that happens is that the caller reads it."""
    answers = {id(node.test) for node in ast.walk(tree) if isinstance(node, ast.If) and _only_answers(node, name)}
    skipped = {id(each) for node in ast.walk(tree) if id(node) in answers for each in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, _TESTS):
            yield any(_is(each, name) and id(each) not in skipped for each in ast.walk(node.test))
        elif isinstance(node, ast.BoolOp):
            yield any(_is(each, name) and id(each) not in skipped for each in node.values)
        elif isinstance(node, ast.Name):
            yield node.id in ("globals", "locals", "vars")
        elif isinstance(node, ast.ExceptHandler):
            yield "NameError" in _names_of(node)


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _only_answers(node: ast.If, name: str) -> bool:
    """`if model is None: return {"error": …}`, which every request of a service without a model gets."""
    either = node.test.values if isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or) else [node.test]
    last = node.body[-1]
    if not isinstance(last, ast.Return | ast.Raise) or not _only_says(node.body[:-1]):
        return False
    parts = list(ast.walk(last))
    calls = [_called(each) for each in parts if isinstance(each, ast.Call)]
    if any(each not in _SAYS | _ANSWERS and not each.endswith(("Error", "Exception")) for each in calls):
        return False
    says = isinstance(last, ast.Raise) or any(
        isinstance(each, ast.Constant) and each.value.__class__ is str for each in parts
    )
    return says and any(_asks_for_nothing(each, name) for each in either)


def _asks_for_nothing(test: ast.expr, name: str) -> bool:
    """`not model` and `model is None`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _is(test.operand, name)
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Is | ast.Eq):
        return False
    return _is(test.left, name) and _is_nothing(test.comparators[0])


def _names_of(handler: ast.ExceptHandler) -> list[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
    return [each.id if isinstance(each, ast.Name) else "" for each in kinds]


def _is_wide(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or any(name in _WIDE for name in _names_of(handler))


def _only_says(statements: list[ast.stmt]) -> bool:
    """True if statements do nothing but to tell of what happened."""
    for node in (each for statement in statements for each in ast.walk(statement)):
        if isinstance(node, ast.Raise | ast.Try | ast.With | ast.Await | ast.Assert | ast.For | ast.While):
            return False
        if isinstance(node, ast.Call) and _called(node) not in _SAYS:
            return False
    return True


def _called(call: ast.Call) -> str:
    """The last part of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else str(getattr(call.func, "id", ""))


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
