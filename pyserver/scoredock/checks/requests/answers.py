"""Results of run(): whether json.dumps will take them, what the caller makes of them, and whether errors hide in
them."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.requests import answer_rules
from scoredock.checks.requests import request_rules as rules
from scoredock.checks.requests.answer_values import CONVERSIONS, UnserialisableValue, conversion, unserialisable
from scoredock.checks.requests.array_items import ItemReader, UnencodableItem
from scoredock.checks.requests.schema_use import Decorators, converted, schema_decorators
from scoredock.checks.script.kinds import in_an_answer, in_words
from scoredock.checks.script.qualified import builtin_call, follow, qualified
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import Function, ParsedScript
from scoredock.text import Fix

_NUMBERS = {"numpy.nan": "NaN", "math.nan": "NaN", "numpy.inf": "Infinity", "math.inf": "Infinity"}
_AS_SAMPLE = ("NumpyParameterType", "PandasParameterType")
_LARGEST_BODY = 200
"""More parts of an answer are not looked at for numbers that JSON lacks."""


def check_answers(script: ParsedScript) -> list[Finding]:
    """Findings about the values that run() returns."""
    function = script.run
    if function is None or isinstance(function.node, ast.AsyncFunctionDef):
        return []
    findings: list[Finding] = []
    scope = function.scope
    if scope.yields:
        name = script.name_range(function.node)
        hint = l10n.t("; collect the items in a list")
        return [rules.NOT_JSON.finding(name, what=in_words("generator"), hint=hint)]
    decorators = schema_decorators(script, function)
    plain = decorators is not None
    reader = ItemReader(script, scope, _samples(function, decorators))
    for statement, _ in scope.returns:
        if statement.value is not None:
            findings += _check_value(script, statement.value, scope, reader, plain=plain)
    findings += _check_nothing(script, function) + _check_swallowed(script, function)
    return findings


def _samples(function: Function, decorators: Decorators | None) -> dict[str, ast.expr]:
    """Parameters that arrive as the array or data frame of their sample."""
    if decorators is None:
        return {}
    schemas = converted(function, decorators)
    return {
        name: schema.sample
        for name, schema in schemas.items()
        if schema.converts and schema.sample is not None and schema.kind in _AS_SAMPLE
    }


def _check_value(
    script: ParsedScript, value: ast.expr, scope: Scope, reader: ItemReader, *, plain: bool
) -> list[Finding]:
    """One returned expression."""
    where, inside = follow(value, scope)
    dumped = (
        where.args[0]
        if isinstance(where, ast.Call)
        and len(where.args) == 1
        and not where.keywords
        and qualified(where.func, inside) == "json.dumps"
        else None
    )
    encoded, around = (dumped, inside) if dumped is not None else (value, scope)
    bad = unserialisable(script, encoded, around)
    items = reader.unencodable(encoded, around)
    items_by_node = {id(each.node): each for each in items}
    bad = [
        each
        for each in bad
        if each.kind != "item" or not (id(each.node) in items_by_node or reader.is_number_of_json(each.node, around))
    ]
    items = [each for each in items if not any(_overlap(each.node, other.node) for other in bad)]
    if bad or items:
        of_values = [_finding(script, each, encoded, around) for each in bad]
        return of_values + [_item_finding(script, each) for each in items]
    if not plain:
        return []  # a decorator of somebody else's may do anything with the value
    if dumped is not None:
        fix = Fix(l10n.t("Return the object itself"), (script.replace(where, script.source(dumped)),), preferred=True)
        return [answer_rules.ENCODED_TWICE.finding(script.range(where), fixes=(fix,))]
    if isinstance(value, ast.Tuple) and len(value.elts) in (2, 3) and _is_status(value.elts[1]):
        return [answer_rules.TUPLE.finding(script.range(value), fixes=_response(script, value))]
    return _check_numbers(script, value, scope)


def _is_status(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id == "HTTPStatus"
    return isinstance(node, ast.Constant) and type(node.value) is int and 200 <= node.value <= 599


def _response(script: ParsedScript, value: ast.Tuple) -> tuple[Fix, ...]:
    """Make a response of a body and its status."""
    if len(value.elts) != 2:
        return ()
    bound = next(
        (
            name
            for name, bindings in script.walk.module.bindings.items()
            if any(b.kind == "import" and b.target.endswith(".AMLResponse") for b in bindings)
        ),
        "",
    )
    body, status = (script.source(e) for e in value.elts)
    edits = [script.replace(value, f"{bound or 'AMLResponse'}({body}, {status}, json_str=True)")]
    if not bound:
        edits.insert(0, script.add_import("from azureml.contrib.services.aml_response import AMLResponse"))
    return (Fix(l10n.t("Return an AMLResponse"), tuple(edits), preferred=True),)


def _check_numbers(script: ParsedScript, value: ast.expr, scope: Scope) -> list[Finding]:
    """NaN and infinity in what is returned."""
    findings = []
    pending: list[ast.expr] = [value]
    for _ in range(_LARGEST_BODY):
        if not pending:
            break
        node = pending.pop()
        word = _NUMBERS.get(qualified(node, scope), "") if isinstance(node, ast.Attribute) else ""
        if builtin_call(node, scope) == "float" and isinstance(node, ast.Call) and len(node.args) == 1:
            given = node.args[0]
            text = (
                given.value.strip().lower() if isinstance(given, ast.Constant) and isinstance(given.value, str) else ""
            )
            word = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity", "-inf": "-Infinity"}.get(text, "")
        if word:
            fix = Fix(l10n.t("Change to None"), (script.replace(node, "None"),), preferred=True)
            source = script.source(node)
            findings.append(answer_rules.NOT_A_NUMBER.finding(script.range(node), fixes=(fix,), what=source, word=word))
        elif isinstance(node, ast.Dict):
            pending += node.values
        elif isinstance(node, ast.List | ast.Tuple):
            pending += node.elts
        elif isinstance(node, ast.IfExp):
            pending += (node.body, node.orelse)
    return findings


def _finding(script: ParsedScript, bad: UnserialisableValue, answer: ast.expr, scope: Scope) -> Finding:
    template, node = CONVERSIONS[bad.kind], bad.node
    if bad.kind == "item":  # the class of a classifier may be a text, which has no such method
        item = follow(node, scope)[0]
        template, node = (template, item.value) if isinstance(item, ast.Subscript) else ("", node)
    source = script.source(node)
    fixes: tuple[Fix, ...] = ()
    if bad.kind == "generator":
        inner = source[1:-1] if source.startswith("(") and source.endswith(")") else source
        fixes = (Fix(l10n.t("Make it a list"), (script.replace(bad.node, f"[{inner}]"),), preferred=True),)
    elif template:
        simple = isinstance(node, ast.Name | ast.Call | ast.Attribute | ast.Subscript) or not template.startswith("{}")
        title = (
            l10n.t("Add {code}", code=template[2:])
            if template.startswith("{}")
            else l10n.t("Write {code}", code=template.format("…"))
        )
        new = template.replace("{}", source if simple else f"({source})")
        fixes = (Fix(title, (script.replace(node, new),), preferred=True),)
    message = _of_model(bad.kind)
    # Which numbers are items of a prediction nobody knows here: those of most regressions are floats.
    severity: Severity | None = "information" if bad.kind == "item" else "warning" if message else None
    return rules.NOT_JSON.finding(
        script.range(bad.node),
        severity=severity,
        fixes=fixes,
        message=message,
        what=in_an_answer(in_words(bad.kind), follow(answer, scope)[0]),
        hint=conversion(bad.kind),
    )


def _overlap(one: ast.expr, other: ast.expr) -> bool:
    return any(each is other for each in ast.walk(one)) or any(each is one for each in ast.walk(other))


def _item_finding(script: ParsedScript, item: UnencodableItem) -> Finding:
    """Finding about what comes out of an array: an error where it is certain, a warning where a model that nobody
    looked into gives it, and a remark where its numbers may well be floats, which JSON has."""
    severity: Severity | None = "information" if not item.certain else "warning" if item.guess else None
    node, source = item.node, item.source
    fixes: tuple[Fix, ...] = ()
    title = l10n.t("Add {code}", code=".tolist()")
    if item.numbers == "outputs" and item.what in ("number", "numbers"):
        pass  # a text has none of these methods
    elif item.what == "number" or source is None:
        method = {"arrays": ".tolist()", "number": ".item()"}.get(item.what, "")
        if isinstance(node, ast.Name | ast.Call | ast.Attribute | ast.Subscript) and method:
            title = l10n.t("Add {code}", code=method)
            fixes = (Fix(title, (script.replace(node, f"{script.source(node)}{method}"),), preferred=True),)
    elif isinstance(source, ast.Name | ast.Call | ast.Attribute | ast.Subscript):
        fixes = (Fix(title, (script.replace(source, f"{script.source(source)}.tolist()"),), preferred=True),)
    message = _of_items(item)
    return rules.NOT_JSON.finding(script.range(node), severity=severity, fixes=fixes, message=message)


def _of_items(item: UnencodableItem) -> str:
    if item.what == "arrays":
        return l10n.t(
            "run() returns NumPy arrays inside a list or dictionary, and these cannot be turned into JSON;"
            " add .tolist() to each."
        )
    if item.what == "series":
        return l10n.t(
            "run() returns a series or data frame of pandas, which cannot be turned into JSON;"
            " add .tolist() or .to_dict()."
        )
    if not item.certain and item.numbers == "outputs":
        return l10n.t(
            "run() returns items of what the session gives; where these are numbers, they cannot be turned into JSON"
            " (float32, int64); add .tolist() to the result."
        )
    if not item.certain and item.guess:
        return _of_predictions()
    if not item.certain:
        return l10n.t(
            "run() returns items of a NumPy array; where these are whole numbers, they cannot be turned into JSON"
            " (int64); add .tolist() to the array."
        )
    if item.what == "keys":
        return l10n.t(
            "run() returns a dictionary whose keys are NumPy numbers ({kind}), which cannot be turned into JSON;"
            " make them text.",
            kind=item.numbers,
        )
    return l10n.t(
        "run() returns NumPy numbers ({kind}), which cannot be turned into JSON; add .tolist() or .item().",
        kind=item.numbers,
    )


def _of_predictions() -> str:
    return l10n.t(
        "run() returns items of the result of predict(); where these are whole numbers, as the classes of a"
        " classifier may be, they cannot be turned into JSON (int64); add .tolist() to the result."
    )


def _of_model(kind: str) -> str:
    """The message for what a model gives, which is a guess; empty for other kinds."""
    if kind == "prediction":
        return l10n.t(
            "run() returns the result of predict(), and a NumPy array cannot be turned into JSON; add .tolist()."
        )
    if kind == "model call":
        return l10n.t(
            "run() returns what the model gives when it is called, and a tensor of PyTorch cannot be turned into JSON;"
            " add .tolist()."
        )
    if kind == "output":
        return l10n.t(
            "run() returns a result of the session, and a NumPy array cannot be turned into JSON; add .tolist()."
        )
    if kind in ("outputs", "named outputs"):
        return l10n.t(
            "run() returns the result of the session, and a NumPy array cannot be turned into JSON;"
            " add .tolist() to each."
        )
    if kind == "item":
        return _of_predictions()
    return ""


def _check_nothing(script: ParsedScript, function: Function) -> list[Finding]:
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
    if not script.facts.configuration and script.facts.deployed_models is None and _is_started(script):
        return []
    return [rules.NO_ANSWER.finding(script.name_range(function.node))]


def _is_started(script: ParsedScript) -> bool:
    """True if the script calls its own run() and takes nothing from it: it is a program with a function of the name."""
    calls = {id(call) for call, _, _ in script.plain_calls.get("run", ())}
    return bool(calls) and calls <= {id(node.value) for node in ast.walk(script.tree) if isinstance(node, ast.Expr)}


def _check_swallowed(script: ParsedScript, function: Function) -> list[Finding]:
    findings = []
    for handler, scope, _ in script.walk.handlers:
        if scope is not function.scope or not handler.body:
            continue
        last = handler.body[-1]
        if not isinstance(last, ast.Return) or last.value is None:
            continue
        if not ((handler.name and _tells_error(last.value, handler)) or _names_error(last.value)):
            continue
        fix = Fix(l10n.t("Raise the exception again"), (script.replace(last, "raise"),))
        findings.append(rules.SWALLOWED.finding(script.range(last), fixes=(fix,)))
    return findings


def _names_error(node: ast.expr) -> bool:
    """A dictionary whose key says that it is an error."""
    return isinstance(node, ast.Dict) and any(
        isinstance(key, ast.Constant) and str(key.value).lower() in ("error", "errors", "exception")
        for key in node.keys
    )


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
    if isinstance(node, ast.List | ast.Tuple):
        return any(_tells_error(value, handler) for value in node.elts)
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id == handler.name
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
