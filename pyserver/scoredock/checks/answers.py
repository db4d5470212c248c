"""What run() returns: whether json.dumps will take it, and whether errors hide in it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal

from scoredock.checks import request_rules as rules
from scoredock.checks.qualified import builtin_call, qualified, values_of
from scoredock.checks.scope import Scope
from scoredock.checks.script import Function, Script
from scoredock.configs.finding import Finding, Severity
from scoredock.text import Fix

Kind = Literal["array", "frame", "bytes", "set", "prediction", "fine"]
_WORDS = {"array": "a NumPy array", "frame": "a pandas data frame", "bytes": "bytes", "set": "a set", "prediction": ""}
_ENDINGS = {
    "array": ".tolist()",
    "frame": '.to_dict(orient="records")',
    "bytes": ".decode()",
    "prediction": ".tolist()",
}
_ARRAYS = frozenset(
    f"numpy.{name}" for name in (
        "array", "asarray", "zeros", "ones", "full", "empty", "arange", "linspace", "concatenate", "vstack", "hstack", "stack", "column_stack",
        "argmax", "argmin", "argsort", "squeeze", "reshape", "ravel", "expand_dims", "round", "around", "where", "exp", "log", "clip",
    )
)  # fmt: skip
_FRAMES = frozenset(
    (
        "pandas.DataFrame",
        "pandas.Series",
        "pandas.read_json",
        "pandas.read_csv",
        "pandas.concat",
        "pandas.DataFrame.from_dict",
    )
)
_BUILTINS: dict[str, Kind] = {"set": "set", "frozenset": "set", "bytes": "bytes", "bytearray": "bytes"}
_LOADERS = (".joblib.load", ".pickle.load", ".dill.load", ".cloudpickle.load")
_PREDICTIONS = frozenset(("predict", "predict_proba", "decision_function", "predict_log_proba"))
_KEEPS_ARRAY = frozenset(
    (
        "reshape",
        "flatten",
        "ravel",
        "squeeze",
        "astype",
        "round",
        "copy",
        "transpose",
        "argmax",
        "argmin",
        "argsort",
        "clip",
    )
)


@dataclass(frozen=True, slots=True)
class _Bad:
    node: ast.expr
    kind: Kind


def check_answers(script: Script) -> list[Finding]:
    """Findings about the values that run() returns."""
    function = script.run
    if function is None or isinstance(function.node, ast.AsyncFunctionDef):
        return []
    findings: list[Finding] = []
    scope = function.scope
    if scope.yields:
        name = script.name_range(function.node)
        return [rules.NOT_JSON.finding(name, what="a generator", hint="; collect the items in a list")]
    for statement, _ in scope.returns:
        if statement.value is not None:
            findings += [_finding(script, bad) for bad in _unserialisable(statement.value, scope)]
    findings += _check_nothing(script, function) + _check_swallowed(script, function)
    return findings


def _finding(script: Script, bad: _Bad) -> Finding:
    if bad.kind == "set":
        fix = Fix("Make it a list", (script.replace(bad.node, f"list({script.source(bad.node)})"),), preferred=True)
    else:
        ending = _ENDINGS[bad.kind]
        source = script.source(bad.node)
        simple = isinstance(bad.node, ast.Name | ast.Call | ast.Attribute | ast.Subscript)
        fix = Fix(
            f"Add {ending}", (script.replace(bad.node, (source if simple else f"({source})") + ending),), preferred=True
        )
    guess = bad.kind == "prediction"
    severity: Severity | None = "warning" if guess else None
    message = "run() returns what predict() gives; a NumPy array cannot be turned into JSON." if guess else ""
    return rules.NOT_JSON.finding(
        script.range(bad.node), severity=severity, fixes=(fix,), message=message, what=_WORDS[bad.kind], hint=""
    )


def _unserialisable(node: ast.expr, scope: Scope, depth: int = 6) -> list[_Bad]:
    """Parts of a returned expression that json.dumps refuses for sure."""
    if depth == 0:
        return []
    if isinstance(node, ast.Dict):
        return [bad for value in node.values for bad in _unserialisable(value, scope, depth - 1)]
    if isinstance(node, ast.List | ast.Tuple):
        return [bad for value in node.elts for bad in _unserialisable(value, scope, depth - 1)]
    if isinstance(node, ast.IfExp):
        return _unserialisable(node.body, scope, depth - 1) + _unserialisable(node.orelse, scope, depth - 1)
    kind = _kind(node, scope, depth)
    return [_Bad(node, kind)] if kind != "fine" else []


def _kind(node: ast.expr, scope: Scope, depth: int) -> Kind:
    if depth == 0:
        return "fine"
    if isinstance(node, ast.Constant):
        return "bytes" if isinstance(node.value, bytes) else "fine"
    if isinstance(node, ast.Set | ast.SetComp):
        return "set"
    if isinstance(node, ast.Name):
        values = values_of(node.id, scope)
        kinds: set[Kind] = {_kind(value, where, depth - 1) for value, where in values} if values else {"fine"}
        return kinds.pop() if len(kinds) == 1 else "fine"
    if isinstance(node, ast.Call):
        return _call_kind(node, scope, depth)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        kind = _kind(node.value, scope, depth - 1)
        return kind if kind in ("array", "frame", "bytes") else "fine"
    if isinstance(node, ast.Attribute) and node.attr == "values" and _kind(node.value, scope, depth - 1) == "frame":
        return "array"
    if isinstance(node, ast.BinOp):
        sides = {_kind(node.left, scope, depth - 1), _kind(node.right, scope, depth - 1)}
        return "array" if "array" in sides else "fine"
    return "fine"


def _call_kind(node: ast.Call, scope: Scope, depth: int) -> Kind:
    name = qualified(node.func, scope)
    if name in _ARRAYS:
        return "array"
    if name in _FRAMES:
        return "frame"
    builtin = builtin_call(node, scope)
    if builtin:
        return _BUILTINS.get(builtin, "fine")
    if not isinstance(node.func, ast.Attribute):
        return "fine"
    method, owner = node.func.attr, node.func.value
    if method == "encode":
        text = (
            isinstance(owner, ast.Constant | ast.JoinedStr)
            or (isinstance(owner, ast.Name) and owner.id == "str")
            or qualified(getattr(owner, "func", owner), scope) == "json.dumps"
        )
        return "bytes" if text else "fine"
    if method in ("to_numpy",):
        return "array"
    if method in _KEEPS_ARRAY:
        return "array" if _kind(owner, scope, depth - 1) in ("array", "prediction") else "fine"
    if method in _PREDICTIONS and isinstance(owner, ast.Name) and _is_loaded(owner.id, scope):
        return "prediction"
    return "fine"


def _is_loaded(name: str, scope: Scope) -> bool:
    """Whether a name holds what joblib or pickle loaded."""
    values = scope.resolve(name)
    loaded = [
        b
        for b in values
        if b.kind == "value" and isinstance(b.value, ast.Call) and b.owner is not None and _is_loader(b.value, b.owner)
    ]
    rest = [b for b in values if b not in loaded and not (isinstance(b.value, ast.Constant) and b.value.value is None)]
    return bool(loaded) and not rest


def _is_loader(call: ast.Call, scope: Scope) -> bool:
    found = "." + qualified(call.func, scope)
    return any(found.endswith(loader) for loader in _LOADERS)


def _check_nothing(script: Script, function: Function) -> list[Finding]:
    scope = function.scope
    returns = [
        r
        for r, _ in scope.returns
        if r.value is not None and not (isinstance(r.value, ast.Constant) and r.value.value is None)
    ]
    last = function.node.body[-1]
    if returns or scope.returns or isinstance(last, ast.Raise) or function.node.decorator_list:
        return []
    if (
        len(function.node.body) == 1
        and isinstance(last, ast.Pass | ast.Expr)
        and not isinstance(getattr(last, "value", None), ast.Call)
    ):
        return []  # a stub that is still being written
    return [rules.NO_ANSWER.finding(script.name_range(function.node))]


def _check_swallowed(script: Script, function: Function) -> list[Finding]:
    findings = []
    for handler, scope, _ in script.found.handlers:
        if scope is not function.scope or not handler.name or not handler.body:
            continue
        last = handler.body[-1]
        if not isinstance(last, ast.Return) or last.value is None or not _tells_error(last.value, handler):
            continue
        fix = Fix("Let the exception go on", (script.replace(last, "raise"),))
        findings.append(rules.SWALLOWED.finding(script.range(last), fixes=(fix,)))
    return findings


def _tells_error(node: ast.expr, handler: ast.ExceptHandler) -> bool:
    """`str(e)` itself, a name that holds it, or a dictionary or JSON text of it."""
    if isinstance(node, ast.Name):
        for statement in handler.body:
            if isinstance(statement, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == node.id for t in statement.targets
            ):
                return _tells_error(statement.value, handler)
        return node.id == handler.name
    if isinstance(node, ast.Dict):
        return any(_tells_error(value, handler) for value in node.values)
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(v, ast.FormattedValue) and _tells_error(v.value, handler) for v in node.values)
    if isinstance(node, ast.BinOp):
        return _tells_error(node.left, handler) or _tells_error(node.right, handler)
    if isinstance(node, ast.Call):
        name = (
            node.func.id
            if isinstance(node.func, ast.Name)
            else node.func.attr
            if isinstance(node.func, ast.Attribute)
            else ""
        )
        if name in ("str", "repr", "dumps", "format"):
            return any(_tells_error(a, handler) for a in node.args)
        return name == "format_exc"
    return False
