"""Flow of the code of init() and run(): names read too early, ways without an answer, ends of the whole process."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.script import definition_rules as rules
from scoredock.checks.script.branches import check_branches
from scoredock.checks.script.names import global_statement
from scoredock.checks.script.scope import Binding, Scope, Use
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_LOOP, IN_TRY, MAIN_ONLY, NAME_CAUGHT, WALRUS
from scoredock.text import Fix, Position, Range

_EXITS = frozenset(("sys.exit", "os._exit", "os.abort"))
_BUILTIN_EXITS = ("exit", "quit")
_ASSIGNED = frozenset(("value", "augmented", "import", "context", "other"))


def check_flow(script: ParsedScript) -> list[Finding]:
    """Findings about the flow of the code."""
    return check_unbound(script) + check_branches(script) + _check_ways(script) + _check_exits(script)


def check_unbound(script: ParsedScript) -> list[Finding]:
    """Names that a function assigns itself, without `global`, and reads before."""
    findings = []
    for scope in script.walk.scopes:
        if scope.kind != "function" or isinstance(scope.node, ast.Lambda):
            continue
        uses = scope.uses
        for name, bound in scope.bindings.items():
            first = bound[0]
            if first.kind == "parameter":
                continue
            read = uses.get(name)
            if first.kind != "augmented":
                if read is None:
                    continue
                line = read[0][0].lineno
                if line > first.node.lineno and (first.value is None or line > (first.value.end_lineno or 0)):  # type: ignore[attr-defined]
                    continue  # the usual case: what is read first stands below
            if first.kind not in _ASSIGNED or name in scope.globals or name in scope.nonlocals:
                continue
            if any(b.owner is not scope for b in bound):
                continue  # a function inside assigns it too, by nonlocal
            place = _too_early(bound, read or [])
            if place is None or (scope.entry_function == "init" and _is_placeholder(script, name)):
                continue
            fix = global_statement(script, scope, name) if name in script.walk.module.bindings else None
            findings.append(
                rules.UNBOUND.finding(script.range(place), fixes=(fix,) if fix else (), name=name, function=scope.name)
            )
    return findings


def _is_placeholder(script: ParsedScript, name: str) -> bool:
    """The module says `name = None` and init() should fill it: the finding about `global` stands at the assignment."""
    module = script.walk.module.bindings.get(name, [])
    return bool(module) and all(isinstance(b.value, ast.Constant) and b.value.value is None for b in module)


def _too_early(bound: list[Binding], uses: list[Use]) -> ast.AST | None:
    """The place that surely finds the name without a value."""
    if any(b.flags & WALRUS or b.kind not in _ASSIGNED for b in bound):
        return None
    first = min(bound, key=_position)
    never = all(b.kind == "augmented" for b in bound)  # a loop does not help then
    if first.kind == "augmented" and not first.flags & ((0 if never else IN_LOOP) | IN_TRY | NAME_CAUGHT | MAIN_ONLY):
        early = first.node
        begin = _position(first)
    else:
        early = None
        begin = _position(first)
    for node, flags in uses:
        if flags & (IN_LOOP | IN_TRY | NAME_CAUGHT | MAIN_ONLY):
            continue
        place = (node.lineno, node.col_offset)
        value = first.value
        inside = value is not None and _within(place, value) and not first.flags & IN_LOOP
        if (place < begin and node.lineno < begin[0]) or inside:
            return node
    return early


def _position(binding: Binding) -> tuple[int, int]:
    return getattr(binding.node, "lineno", 0), getattr(binding.node, "col_offset", 0)


def _within(place: tuple[int, int], node: ast.expr) -> bool:
    start = (node.lineno, node.col_offset)
    return start <= place <= (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)


def _check_ways(script: ParsedScript) -> list[Finding]:
    """Ways through run() that end without an answer, where others end with one."""
    function = script.run
    if function is None or isinstance(function.node, ast.AsyncFunctionDef) or function.scope.yields:
        return []
    if not any(r.value is not None for r, _ in function.scope.returns):
        return []
    gap = _gap(script, function.node.body)
    if gap is None:
        return []
    fixes: tuple[Fix, ...] = ()
    severity: Severity = "information"
    if isinstance(gap, ast.ExceptHandler):
        severity = "warning"
        fixes = _raising(script, gap)
    start = script.range(gap).start
    line = script.lines.line(start.line).rstrip()
    end = Position(start.line, max(len(line), start.character + 1))
    return [rules.FALLS_THROUGH.finding(Range(start, end), severity=severity, fixes=fixes)]


def _raising(script: ParsedScript, handler: ast.ExceptHandler) -> tuple[Fix, ...]:
    last = handler.body[-1]
    first = script.range(handler.body[0]).start
    line = script.lines.line(first.line)
    indent = line[: first.character]
    if indent.strip() or last.end_lineno is None:
        return ()
    if isinstance(last, ast.Pass):
        return (Fix(l10n.t("Raise the exception again"), (script.replace(last, "raise"),), preferred=True),)
    end = script.range(last).end
    rest = script.lines.line(end.line)
    place = Position(end.line, len(rest.rstrip("\r\n")))
    return (
        Fix(
            l10n.t("Raise the exception again"),
            (script.insert(place, f"{script.newline()}{indent}raise"),),
            preferred=True,
        ),
    )


def _gap(script: ParsedScript, body: list[ast.stmt]) -> ast.AST | None:
    """The innermost block at the end of a body through which the code falls; None when it never does."""
    while True:
        if any(_ends(script, statement) for statement in body):
            return None
        last = body[-1]
        if isinstance(last, ast.Try):
            handler = next((h for h in last.handlers if not _block_ends(script, h.body)), None)
            tried = _block_ends(script, last.body) or _block_ends(script, last.orelse)
            if handler is not None and tried:
                return handler
            return last if tried else (last.orelse or last.body)[-1]
        if not isinstance(last, ast.If):
            return last
        while _block_ends(script, last.body) and len(last.orelse) == 1 and isinstance(last.orelse[0], ast.If):
            last = last.orelse[0]
        if not _block_ends(script, last.body):
            body = last.body
        elif last.orelse:
            body = last.orelse
        else:
            return last


def _block_ends(script: ParsedScript, body: list[ast.stmt]) -> bool:
    return any(_ends(script, statement) for statement in body)


def _ends(script: ParsedScript, node: ast.stmt) -> bool:
    """True if the code surely does not go on behind a statement, or nobody can tell."""
    if isinstance(node, ast.Return | ast.Raise):
        return True
    if isinstance(node, ast.If):
        while True:  # a chain of elif is as deep as it is long
            if not _block_ends(script, node.body):
                return False
            if len(node.orelse) != 1 or not isinstance(node.orelse[0], ast.If):
                return _block_ends(script, node.orelse)
            node = node.orelse[0]
    if isinstance(node, ast.With | ast.AsyncWith):
        return _block_ends(script, node.body)
    if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
        return _try_ends(script, node)  # type: ignore[arg-type]  # the same fields
    if isinstance(node, ast.While):
        return isinstance(node.test, ast.Constant) and bool(node.test.value)
    if isinstance(node, ast.For | ast.AsyncFor):
        return _block_ends(script, node.orelse)
    if isinstance(node, ast.Match):
        return all(_block_ends(script, case.body) for case in node.cases)
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Constant) and not node.test.value
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _never_returns(script, node.value)


def _try_ends(script: ParsedScript, node: ast.Try) -> bool:
    if _block_ends(script, node.finalbody):
        return True
    tried = _block_ends(script, node.body) or _block_ends(script, node.orelse)
    return tried and all(_block_ends(script, handler.body) for handler in node.handlers)


def _never_returns(script: ParsedScript, call: ast.Call) -> bool:
    module = script.walk.module
    if isinstance(call.func, ast.Name):
        name = call.func.id
        if name in _BUILTIN_EXITS:
            return True
        for binding in module.bindings.get(name, ()):
            if binding.kind == "import":
                return binding.target.endswith((".exit", "._exit", ".abort"))
            if isinstance(binding.node, ast.FunctionDef) and isinstance(binding.node.body[-1], ast.Raise):
                return True
    return script.dotted(call.func, module) in _EXITS or script.dotted(call.func, module).endswith(".abort")


def _check_exits(script: ParsedScript) -> list[Finding]:
    calls = [(call, scope, flags) for call, scope, flags, name in script.named_calls if name in _EXITS]
    for name in _BUILTIN_EXITS:
        calls += [c for c in script.plain_calls.get(name, ()) if c[1].lookup(name) is None]
    findings = []
    for call, scope, flags in calls:
        if flags & MAIN_ONLY or not _is_called(scope):
            continue
        said = script.source(call.args[0]) if call.args and not isinstance(call.args[0], ast.Constant) else ""
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
            said = script.source(call.args[0])
        new = f"raise RuntimeError({said})" if said else 'raise RuntimeError("the script cannot go on")'
        statement = _statement_of(scope, call)
        fixes = (
            (Fix(l10n.t("Raise an exception"), (script.replace(statement, new),), preferred=True),) if statement else ()
        )
        findings.append(rules.LEAVES.finding(script.range(call), fixes=fixes, call=script.source(call.func) + "()"))
    return findings


def _is_called(scope: Scope) -> bool:
    top = scope.top()
    return top.kind == "function" and top.name in ("init", "run")


def _statement_of(scope: Scope, call: ast.Call) -> ast.stmt | None:
    """The statement that is nothing but the call."""
    pending: list[ast.AST] = list(getattr(scope.node, "body", [])) if not isinstance(scope.node, ast.Lambda) else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Expr) and node.value is call:
            return node
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            pending += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr)]
    return None
