"""Scripts of batch endpoints and parallel runs: init() once, then run(mini_batch) for some files or rows at a time."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.rule import quoted_names
from scoredock.checks.requests import batch_rules as rules
from scoredock.checks.requests.functions import defaults, from_first
from scoredock.checks.script.kinds import in_words
from scoredock.checks.script.qualified import builtin_call, follow, qualified
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import Function, ParsedScript
from scoredock.text import Fix, TextEdit

_LITERALS: dict[type[ast.expr], str] = {
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.JoinedStr: "str",
    ast.Compare: "bool",
    ast.Set: "set",
    ast.Lambda: "function",
}
_BUILTINS = {
    **{name: name for name in ("dict", "str", "bool")},
    **dict.fromkeys(("int", "float", "len", "sum"), "number"),
}
_TAKE_ONE = {
    "json.loads": "json.loads",
    "json.load": "json.load",
    "pandas.read_csv": "read_csv",
    "pandas.read_json": "read_json",
    "pandas.read_parquet": "read_parquet",
    "pandas.read_excel": "read_excel",
    "numpy.load": "numpy.load",
    "numpy.loadtxt": "numpy.loadtxt",
    "PIL.Image.open": "Image.open",
    "pathlib.Path": "Path",
    "os.path.basename": "os.path.basename",
    "os.path.exists": "os.path.exists",
}


def check_batch(script: ParsedScript) -> list[Finding]:
    """Findings about the two functions of a batch script."""
    findings = []
    if "init" not in script.walk.module.bindings and not script.walk.star_import:
        findings.append(_missing_init(script))
    for function in (script.init, script.run):
        if function is not None and not function.node.decorator_list:
            findings += _check_call(script, function)
    run = script.run
    if run is not None and run.parameters and isinstance(run.node, ast.FunctionDef) and not run.node.decorator_list:
        findings += _check_answers(script, run) + _check_one(script, run)
    return findings


def _missing_init(script: ParsedScript) -> Finding:
    run = script.run
    place = script.name_range(run.node) if run is not None else script.lines.range(0, len(script.lines.line(0)))
    fixes: tuple[Fix, ...] = ()
    if run is not None:
        first = min([run.node.lineno, *(d.lineno for d in run.node.decorator_list)]) - 1
        end = script.newline()
        begin = script.lines.starts[first]
        fixes = (
            Fix(
                l10n.t("Add init()"),
                (script.lines.edit(begin, begin, f"def init():{end}    pass{end * 3}"),),
                preferred=True,
            ),
        )
    return rules.NO_BATCH_INIT.finding(place, fixes=fixes)


def _check_call(script: ParsedScript, function: Function) -> list[Finding]:
    node = function.node
    name = node.name
    place = script.name_range(node)
    if isinstance(node, ast.AsyncFunctionDef):
        fixes: tuple[Fix, ...] = ()
        if not function.scope.awaits:
            start = script.lines.offset(script.range(node).start)
            gap = script.text.index("def", start, script.lines.offset(place.start))
            fixes = (Fix(l10n.t("Remove async"), (script.lines.edit(start, gap, ""),), preferred=True),)
        message = l10n.t("{name}() must be a plain function; the driver does not await it.", name=name)
        return [rules.BATCH_CALL.finding(place, fixes=fixes, message=message)]
    too_many = function.required[0 if name == "init" else 2 :]
    if not too_many:
        return []
    fix = defaults(script, function, from_first(function, too_many))
    return [rules.BATCH_CALL.finding(place, fixes=(fix,), names=quoted_names(too_many), function=name)]


def _check_answers(script: ParsedScript, function: Function) -> list[Finding]:
    scope, body = function.scope, function.node.body
    place = script.name_range(function.node)
    if scope.yields:
        # The documents of Azure name lists and frames; what its driver makes of a generator nobody here has seen.
        return [rules.NO_LIST.finding(place, severity="warning", what=in_words("generator"))]
    if not scope.returns and not isinstance(body[-1], ast.Raise):
        stub = len(body) == 1 and isinstance(body[0], ast.Pass | ast.Expr)
        return (
            [] if stub and not isinstance(getattr(body[0], "value", None), ast.Call) else [rules.NOTHING.finding(place)]
        )
    findings = []
    handlers = [node for node, _, _ in script.walk.handlers]
    late = {id(node) for handler in handlers for node in ast.walk(handler) if isinstance(node, ast.Return)}
    for statement, _ in scope.returns:
        value = statement.value
        if value is None or (isinstance(value, ast.Constant) and value.value is None):
            if len(scope.returns) == 1:
                findings.append(rules.NOTHING.finding(script.range(statement)))
            continue
        what = _no_list(value, scope)
        if what:
            fix = Fix(l10n.t("Put it into a list"), (script.replace(value, f"[{script.source(value)}]"),))
            # Where an exception was caught the mini-batch has failed already; only its cause is lost.
            severity: Severity = "warning" if id(statement) in late else "error"
            findings.append(rules.NO_LIST.finding(script.range(value), severity=severity, fixes=(fix,), what=what))
    return findings


def _no_list(node: ast.expr, scope: Scope) -> str:
    """Kind of an answer in words, when it is surely neither list nor frame."""
    node, scope = follow(node, scope)
    if isinstance(node, ast.Constant):
        return in_words(type(node.value).__name__ if isinstance(node.value, str | bytes) else "single")
    if isinstance(node, ast.Call):
        called = "str" if qualified(node.func, scope) == "json.dumps" else builtin_call(node, scope)
        return in_words(_BUILTINS.get(called, ""))
    return in_words(_LITERALS.get(type(node), ""))


def _check_one(script: ParsedScript, function: Function) -> list[Finding]:
    """Calls that take one file, given the whole mini-batch."""
    name = function.parameters[0]
    if len(function.scope.bindings.get(name, ())) != 1:
        return []
    calls = [(c, s, _TAKE_ONE[n], n) for c, s, _, n in script.named_calls if n in _TAKE_ONE]
    calls += [(c, s, "open", "") for c, s, _ in script.plain_calls.get("open", ()) if s.lookup("open") is None]
    findings = []
    for call, scope, display_name, called in calls:
        first = call.args[0] if call.args else None
        if not isinstance(first, ast.Name) or first.id != name or scope.lookup(name) is not function.scope:
            continue
        fixes: tuple[Fix, ...] = ()
        if (
            called.startswith("pandas.")
            and len(call.args) == 1
            and not call.keywords
            and isinstance(call.func, ast.Attribute)
        ):
            owner, reader = script.source(call.func.value), script.source(call.func)
            new: TextEdit = script.replace(call, f"{owner}.concat(map({reader}, {name}))")
            fixes = (Fix(l10n.t("Read all files and join them"), (new,), preferred=True),)
        findings.append(rules.AS_TEXT.finding(script.range(call), fixes=fixes, name=name, call=f"{display_name}()"))
    return findings
