"""Samples of schemas: whether JSON can carry them, and what they show to a client."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import enumeration
from scoredock.checks.requests import sample_rules as rules
from scoredock.checks.requests.schema_use import TYPES, Decorators, InputSchema, schema_decorators, without_decorator
from scoredock.checks.script.kinds import in_words
from scoredock.checks.script.model_variables import is_loaded
from scoredock.checks.script.qualified import argument, builtin_call, follow, qualified
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import Function, ParsedScript
from scoredock.text import Fix

_DESIGNER = {"inputs": "Inputs", "globalparameters": "GlobalParameters", "results": "Results"}
_REFUSED = {
    "set": "set",
    "frozenset": "set",
    "object": "object",
    "complex": "complex",
    "decimal.Decimal": "decimal",
    "pathlib.Path": "path",
    "uuid.uuid4": "uuid",
    "uuid.UUID": "uuid",
    "numpy.array": "array",
    "numpy.zeros": "array",
    "numpy.ones": "array",
    "pandas.DataFrame": "frame",
    "pandas.Series": "series",
    "datetime.timedelta": "timedelta",
    "datetime.datetime.timedelta": "timedelta",
}
_DATES = frozenset(("datetime.date", "datetime.date.today", "datetime.date.fromisoformat"))
_PARTS = 2_000
"""More literals of one sample are not looked at."""
_SAMPLE_TYPES = {
    "numpy.array": "NumpyParameterType",
    "numpy.zeros": "NumpyParameterType",
    "numpy.ones": "NumpyParameterType",
    "pandas.DataFrame": "PandasParameterType",
}


def check_samples(script: ParsedScript) -> list[Finding]:
    """Findings about the schemas of run() and their samples."""
    function = script.run
    if function is None or not function.node.decorator_list:
        return []
    decorators = schema_decorators(script, function)
    if decorators is None:
        return _check_bare(script, function)
    if not (decorators.inputs or decorators.outputs):
        return []
    findings = _check_twice(script, decorators) + _check_undescribed(script, function, decorators)
    for schema in (*decorators.inputs, *decorators.outputs):
        problem = _check_type(script, schema)
        findings += problem or _check_sample(script, function, schema)
    return findings + _check_designer(script, function, decorators)


def _check_bare(script: ParsedScript, function: Function) -> list[Finding]:
    """A parameter type in the place of a decorator."""
    for node in function.node.decorator_list:
        kind = qualified(node.func, script.walk.module) if isinstance(node, ast.Call) else ""
        if kind.startswith("inference_schema.") and kind.rsplit(".", 1)[-1] in TYPES:
            name = kind.rsplit(".", 1)[-1]
            message = l10n.t(
                "“{name}” is not a decorator; it belongs in @input_schema(...) or @output_schema(...).", name=name
            )
            return [rules.NO_TYPE.finding(script.range(node), message=message)]
    return []


def _check_twice(script: ParsedScript, decorators: Decorators) -> list[Finding]:
    findings = []
    for schema in decorators.outputs[:-1]:
        fixes = (without_decorator(script, schema.call),)
        findings.append(rules.TWICE.finding(script.range(schema.call), fixes=fixes))
    names: set[str] = set()
    for schema in reversed(decorators.inputs):
        if schema.name in names:
            fixes = (without_decorator(script, schema.call),)
            message = l10n.t(
                "“{name}” is described twice; /swagger.json shows the upper one, and both convert the value.",
                name=schema.name,
            )
            place = script.range(schema.call)
            findings.append(rules.TWICE.finding(place, severity="warning", fixes=fixes, message=message))
        names.add(schema.name or "")
    return findings


def _check_undescribed(script: ParsedScript, function: Function, decorators: Decorators) -> list[Finding]:
    named = {s.name for s in decorators.inputs}
    if not decorators.inputs or None in named or not named <= set(function.parameters):
        return []  # a schema for a parameter that does not exist was probably meant for this one
    args = function.node.args
    return [
        rules.UNDESCRIBED.finding(script.range(a), name=a.arg)
        for a in (*args.args, *args.kwonlyargs)
        if a.arg in function.required and a.arg not in named and a.arg != "request_headers"
    ]


def _check_type(script: ParsedScript, schema: InputSchema) -> list[Finding]:
    """A decorator without a parameter type, or a type without a sample."""
    decorator = "output_schema" if schema.name_node is None and schema.name is None else "input_schema"
    call = schema.call
    if not qualified(call.func, schema.sample_scope) and isinstance(call.func, ast.Name):
        return []  # the decorator itself is missing
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return []
    fixes: tuple[Fix, ...] = ()
    if schema.type_node is None:
        return [rules.NO_TYPE.finding(script.range(call), decorator=decorator, problem=l10n.t("it is missing"))]
    type_node, scope = follow(schema.type_node, schema.sample_scope)
    if schema.type_call is not None:
        if schema.sample is None and not schema.type_call.args and not schema.type_call.keywords:
            problem = l10n.t("the sample is missing")
            return [rules.NO_TYPE.finding(script.range(schema.type_call), decorator=decorator, problem=problem)]
        return []
    kind = qualified(type_node, scope).rsplit(".", 1)[-1]
    class_name = "StandardPythonParameterType"
    if kind in TYPES:
        problem = l10n.t("“{parameter_type}” has no sample here", parameter_type=kind)
    elif isinstance(type_node, ast.Constant | ast.List | ast.Dict | ast.Tuple | ast.Set):
        problem = l10n.t("this is the sample itself")
    elif isinstance(type_node, ast.Call) and qualified(type_node.func, scope) in _SAMPLE_TYPES:
        problem = l10n.t("this is the sample itself")
        class_name = _SAMPLE_TYPES[qualified(type_node.func, scope)]
    else:
        return []
    bound = _bound(script, class_name)
    if kind not in TYPES and bound and not isinstance(type_node, ast.Constant | ast.Set):
        new = f"{bound}({script.source(schema.type_node)})"
        fixes = (
            Fix(
                l10n.t("Wrap it in {function}", function=class_name),
                (script.replace(schema.type_node, new),),
                preferred=True,
            ),
        )
    return [rules.NO_TYPE.finding(script.range(schema.type_node), fixes=fixes, decorator=decorator, problem=problem)]


def _bound(script: ParsedScript, class_name: str) -> str:
    """The name that a class has in the script."""
    return next(
        (
            name
            for name, bindings in script.walk.module.bindings.items()
            if any(b.kind == "import" and b.target.endswith("." + class_name) for b in bindings)
        ),
        "",
    )


def _check_sample(script: ParsedScript, function: Function, schema: InputSchema) -> list[Finding]:
    if schema.sample is None:
        return []
    sample, scope = follow(schema.sample, schema.sample_scope)
    if schema.kind == "StandardPythonParameterType":
        return _check_standard(script, schema, sample, scope)
    name = qualified(sample.func, scope) if isinstance(sample, ast.Call) else ""
    if schema.kind == "PandasParameterType" and name == "pandas.DataFrame":
        first = argument(sample, 0, "data") if isinstance(sample, ast.Call) else None
        bare = isinstance(sample, ast.Call) and not sample.args and not sample.keywords
        empty = isinstance(first, ast.List | ast.Dict) and not _parts_of(first) and isinstance(sample, ast.Call)
        shaped = schema.type_call is not None and argument(schema.type_call, 2, "enforce_shape") is None
        if shaped and schema.name is not None and (bare or (empty and len(getattr(sample, "keywords", ())) == 0)):
            return [rules.EMPTY.finding(script.range(schema.sample))]
    if schema.kind == "NumpyParameterType" and name == "numpy.array" and isinstance(sample, ast.Call):
        return _check_flat(script, function, schema, sample)
    return []


def _check_flat(script: ParsedScript, function: Function, schema: InputSchema, sample: ast.Call) -> list[Finding]:
    """A sample of one dimension whose values go straight to a model."""
    rows = sample.args[0] if sample.args else None
    if isinstance(rows, ast.List) and not sample.keywords and len(sample.args) == 1:
        texts, numbers = _counts(rows)
        if texts and numbers:
            message = l10n.t("The sample mixes text and numbers, so NumPy turns all of it into text for run().")
            return [rules.MIXED.finding(script.range(rows), severity="warning", message=message)]
    if not isinstance(rows, ast.List) or not rows.elts or not all(_is_number(e) for e in rows.elts):
        return []
    if schema.name is None or len(function.scope.bindings.get(schema.name, ())) != 1:
        return []
    for call, scope, _ in script.method_calls:
        method = call.func
        if (
            isinstance(method, ast.Attribute)
            and method.attr in ("predict", "predict_proba")
            and isinstance(method.value, ast.Name)
            and call.args
            and isinstance(call.args[0], ast.Name)
            and call.args[0].id == schema.name
            and scope.lookup(schema.name) is function.scope
            and is_loaded(method.value.id, scope)
        ):
            fix = Fix(l10n.t("Make it a row"), (script.replace(rows, f"[{script.source(rows)}]"),), preferred=True)
            return [rules.FLAT.finding(script.range(sample), fixes=(fix,), call=f"{method.attr}()")]
    return []


def _counts(node: ast.List) -> tuple[int, int]:
    """How many texts and how many numbers a nested list holds."""
    pending: list[ast.expr] = [node]
    texts = numbers = 0
    for _ in range(_PARTS):
        if not pending:
            break
        item = pending.pop()
        if isinstance(item, ast.List | ast.Tuple):
            pending += item.elts
        else:
            texts += isinstance(item, ast.Constant) and isinstance(item.value, str)
            numbers += _is_number(item)
    return texts, numbers


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _check_standard(script: ParsedScript, schema: InputSchema, sample: ast.expr, scope: Scope) -> list[Finding]:
    assert schema.sample is not None  # noqa: S101 (the caller looked)
    if isinstance(sample, ast.Constant) and sample.value is None:
        return [rules.NOT_CARRIED.finding(script.range(schema.sample), what="None")]
    if isinstance(sample, ast.Call) and qualified(sample.func, scope) in _DATES and schema.name is not None:
        message = l10n.t(
            "A sample cannot be a date: inference-schema fails to read dates back, so every request gets status 500;"
            " use text or a datetime."
        )
        return [rules.NOT_CARRIED.finding(script.range(schema.sample), severity="warning", message=message)]
    if isinstance(sample, ast.List) and not sample.elts and schema.name is not None:
        message = l10n.t("The sample is empty, so /swagger.json does not say what the items are.")
        return [rules.EMPTY.finding(script.range(schema.sample), severity="hint", message=message)]
    findings = []
    pending: list[ast.expr] = [sample]
    looked = 0
    while pending and looked < _PARTS:
        node = pending.pop()
        looked += 1
        what = _refused(node, scope)
        if what:
            fixes: tuple[Fix, ...] = ()
            if isinstance(node, ast.Set):
                fixes = (
                    Fix(
                        l10n.t("Make it a list"),
                        (script.replace(node, f"[{script.source(node)[1:-1]}]"),),
                        preferred=True,
                    ),
                )
            findings.append(rules.NOT_CARRIED.finding(script.range(node), fixes=fixes, what=what))
            continue
        if isinstance(node, ast.List | ast.Tuple):
            mixed = _mixed(script, node)
            if mixed is not None:
                return [*findings, mixed]
        pending += _parts_of(node)
    return findings


def _parts_of(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Dict):
        return list(node.values)
    return list(node.elts) if isinstance(node, ast.List | ast.Tuple) else []


def _refused(node: ast.expr, scope: Scope) -> str:
    if isinstance(node, ast.Set | ast.SetComp):
        return in_words("set")
    if isinstance(node, ast.Lambda):
        return in_words("function")
    if isinstance(node, ast.GeneratorExp):
        return in_words("generator")
    if isinstance(node, ast.Constant) and (isinstance(node.value, complex) or node.value is ...):
        return in_words("complex" if isinstance(node.value, complex) else "ellipsis")
    if isinstance(node, ast.Call):
        return in_words(_REFUSED.get(builtin_call(node, scope) or qualified(node.func, scope), ""))
    return ""


def _mixed(script: ParsedScript, node: ast.List | ast.Tuple) -> Finding | None:
    kinds: set[str] = set()
    for item in node.elts[:_PARTS]:
        inner = item.operand if isinstance(item, ast.UnaryOp) and isinstance(item.op, ast.USub) else item
        if isinstance(inner, ast.Constant):
            kinds.add(type(inner.value).__name__)
        elif isinstance(inner, ast.Dict | ast.List):
            kinds.add(type(inner).__name__)
        else:
            return None
    if len(kinds) < 2:
        return None
    fixes: tuple[Fix, ...] = ()
    if kinds == {"int", "float"}:
        edits = tuple(
            script.insert(script.range(item).end, ".0")
            for item in node.elts
            if isinstance(inner := item.operand if isinstance(item, ast.UnaryOp) else item, ast.Constant)
            and type(inner.value) is int
            and script.source(inner).isdigit()
        )
        fixes = (Fix(l10n.t("Write all with decimals"), edits, preferred=True),) if edits else ()
    return rules.MIXED.finding(script.range(node), fixes=fixes, kinds=enumeration(_in_words(kinds)))


def _in_words(kinds: set[str]) -> list[str]:
    """Kinds of the items of a list in a person's words."""
    words = {
        "int": l10n.t("whole numbers"),
        "float": l10n.t("decimals"),
        "str": l10n.t("text"),
        "bool": l10n.t("truth values"),
        "NoneType": "None",
        "Dict": l10n.t("dictionaries"),
        "List": l10n.t("lists"),
    }
    return sorted({words.get(kind) or l10n.t("other values") for kind in kinds})


def _check_designer(script: ParsedScript, function: Function, decorators: Decorators) -> list[Finding]:
    """Names of the Power BI convention in another case, where one of them or their company shows that it is meant."""
    parameters = function.parameters
    folded = {p.lower().replace("_", "") for p in parameters}
    if "inputs" not in folded:
        return []
    exact = {"Inputs", "GlobalParameters"} & set(parameters)
    if not exact and "globalparameters" not in folded:
        return []
    findings = []
    for schema in decorators.inputs:
        name = schema.name or ""
        expected_name = _DESIGNER.get(name.lower().replace("_", ""), name)
        if expected_name == name or name not in parameters or expected_name in function.scope.bindings:
            continue
        args = function.node.args
        argument_node = next((a for a in (*args.args, *args.kwonlyargs) if a.arg == name), None)
        fixes: tuple[Fix, ...] = ()
        if argument_node is not None and isinstance(schema.name_node, ast.Constant):
            quote = script.source(schema.name_node)[-1:]
            start = script.range(argument_node).start
            edits = [
                script.replace(schema.name_node, f"{quote}{expected_name}{quote}"),
                script.lines.edit(script.lines.offset(start), script.lines.offset(start) + len(name), expected_name),
            ]
            for scope in script.walk.scopes:
                if name in scope.uses and scope.lookup(name) is function.scope:
                    edits += [script.replace(node, expected_name) for node, _ in scope.uses[name]]
            if len(function.scope.bindings[name]) == 1:
                fixes = (
                    Fix(l10n.t("Rename {old} to {new}", old=name, new=expected_name), tuple(edits), preferred=True),
                )
        findings.append(
            rules.DESIGNER.finding(
                script.range(schema.name_node or schema.call), fixes=fixes, name=name, wanted=expected_name
            )
        )
    for statement, _ in function.scope.returns:
        value = statement.value
        for key in value.keys if isinstance(value, ast.Dict) else ():
            if isinstance(key, ast.Constant) and key.value in ("results", "result", "RESULTS"):
                quote = script.source(key)[-1:]
                fix = Fix(l10n.t("Change to Results"), (script.replace(key, f"{quote}Results{quote}"),), preferred=True)
                findings.append(
                    rules.DESIGNER.finding(script.range(key), fixes=(fix,), name=key.value, wanted="Results")
                )
    return findings
