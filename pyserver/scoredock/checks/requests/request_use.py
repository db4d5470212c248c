"""Uses of what run() gets: converted values, raw requests and plain text are three different things."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.programs_beside import sends_array
from scoredock.checks.requests import request_rules as rules
from scoredock.checks.requests.schema_use import Decorators, InputSchema, converted, schema_decorators
from scoredock.checks.script.qualified import follow, qualified
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import Function, ParsedScript
from scoredock.checks.script.walk_result import ERROR_CAUGHT, IN_TRY
from scoredock.text import Fix, TextEdit

_CONVERTED = ("NumpyParameterType", "PandasParameterType", "SparkParameterType")
REQUEST = frozenset(
    (
        "get_data",
        "get_json",
        "full_path",
        "headers",
        "method",
        "files",
        "form",
        "json",
        "content_type",
        "mimetype",
        "url",
        "path",
        "query_string",
        "args",
    )
)
_VALUES = frozenset(("json", "data", "args", "form", "files", "headers", "method", "url", "path", "values", "cookies"))
"""Attributes of a request that are often called by mistake."""
_LOADS = ("json.loads", "ujson.loads", "orjson.loads")
_ARRAYS = ("numpy.array", "numpy.asarray")


def check_request_use(script: ParsedScript) -> list[Finding]:
    """Findings about the use of the parameters of run()."""
    function = script.run
    if function is None:
        return []
    decorators = schema_decorators(script, function)
    if decorators is None:
        return []
    inputs = [p for p in function.parameters if p != "request_headers"]
    if decorators.raw is not None:
        return _check_raw(script, function, inputs[0]) if inputs and not decorators.inputs else []
    if decorators.outputs and not decorators.inputs:
        return _check_by_name(script, function, inputs)
    findings = _check_converted(script, function, decorators) + _check_twice(script, function)
    if inputs and not decorators.inputs:
        findings += _check_text(script, function, inputs[0]) + _check_whole_body(script, function, inputs[0])
    return findings


def _check_twice(script: ParsedScript, function: Function) -> list[Finding]:
    """`json.loads(json.loads(data))`: what is decoded already, unless the caller encoded it twice."""
    findings = []
    for call, scope, flags, called in script.named_calls:
        if (
            called not in _LOADS
            or len(call.args) != 1
            or flags & (IN_TRY | ERROR_CAUGHT)
            or scope.top() is not function.scope
        ):
            continue
        inner, around = follow(call.args[0], scope)
        if isinstance(inner, ast.Call) and inner.args and qualified(inner.func, around) in _LOADS:
            given = script.source(inner.args[0])
            message = l10n.t(
                "“{name}” is decoded twice: json.loads() raises TypeError for an object, unless the caller encoded it"
                " twice.",
                name=given,
            )
            title = l10n.t("Decode it once")
            fix = Fix(title, (script.replace(call, script.source(call.args[0])),), preferred=True)
            findings.append(
                rules.DECODED_TWICE.finding(script.range(call), severity="warning", fixes=(fix,), message=message)
            )
    return findings


def is_looked_at(script: ParsedScript, name: str) -> bool:
    """True if the script asks what a value is before it uses it, or imports a switch for raw requests of its own."""
    if any("rawhttp" in imported and imported != "rawhttp" for imported in script.walk.imported):
        return True
    return any(
        call.args and isinstance(call.args[0], ast.Name) and call.args[0].id == name
        for test in ("isinstance", "type", "hasattr", "getattr")
        for call, _, _ in script.plain_calls.get(test, ())
    )


def _check_by_name(script: ParsedScript, function: Function, names: list[str]) -> list[Finding]:
    """@output_schema alone makes the server decode the body too, and pass what stands under the names of the
    parameters."""
    findings = []
    for name in names:
        for call, _, flags in _loads(script, function, name):
            if flags & IN_TRY or is_looked_at(script, name):
                continue
            message = l10n.t(
                "“{name}” is the value of the key “{name}” of the body and not the text, because the server decodes the"
                " body for @output_schema.",
                name=name,
            )
            fix = Fix(l10n.t("Use {name} as it is", name=name), (script.replace(call, name),))
            findings.append(
                rules.DECODED_TWICE.finding(script.range(call), severity="warning", fixes=(fix,), message=message)
            )
    return findings


def is_parameter(node: ast.AST, name: str, function: Function, scope: Scope) -> bool:
    """True if an expression is the parameter, which must not be assigned anew anywhere."""
    if not isinstance(node, ast.Name) or node.id != name or scope.lookup(name) is not function.scope:
        return False
    bindings = function.scope.bindings[name]
    if len(bindings) == 1:
        return True
    # `data = json.loads(data)`: in the first assignment the name on the right is still the parameter.
    others = [b for b in bindings if b.kind != "parameter"]
    first = min((getattr(b.node, "lineno", 0), getattr(b.node, "col_offset", 0)) for b in others)
    later = min(
        (b for b in others if (getattr(b.node, "lineno", 0), getattr(b.node, "col_offset", 0)) == first), key=id
    )
    inside = later.value
    return node.lineno < first[0] or (
        inside is not None and inside.lineno <= node.lineno <= (inside.end_lineno or inside.lineno)
    )


def _loads(script: ParsedScript, function: Function, name: str) -> list[tuple[ast.Call, Scope, int]]:
    """Calls of json.loads on the parameter."""
    return [
        (call, scope, flags)
        for call, scope, flags, called in script.named_calls
        if called in _LOADS and call.args and is_parameter(call.args[0], name, function, scope)
    ]


def _check_converted(script: ParsedScript, function: Function, decorators: Decorators) -> list[Finding]:
    decoded = [(name, schema) for name, schema in converted(function, decorators).items() if _arrives_decoded(schema)]
    if not decoded:
        return []
    findings = []
    items = {id(s.value): s for s, _, _ in script.walk.subscripts}
    for name, schema in decoded:
        for call, _, _ in _loads(script, function, name):
            whole: ast.expr = call
            has_no_keys = schema.kind in _CONVERTED or isinstance(schema.sample, ast.List)
            if has_no_keys and id(call) in items:
                whole = items[id(call)]
            fix = Fix(l10n.t("Use {name} as it is", name=name), (script.replace(whole, name),), preferred=True)
            findings.append(rules.DECODED_TWICE.finding(script.range(call), fixes=(fix,), name=name))
    return findings


def _arrives_decoded(schema: InputSchema) -> bool:
    if not schema.converts:
        return False
    if schema.kind in _CONVERTED:
        return True
    return schema.kind == "StandardPythonParameterType" and isinstance(schema.sample, ast.Dict | ast.List)


def _check_raw(script: ParsedScript, function: Function, name: str) -> list[Finding]:
    findings = []
    for call, _, _ in _loads(script, function, name):
        fix = Fix(
            l10n.t("Use {name}.get_data()", name=name),
            (script.replace(call.args[0], f"{name}.get_data()"),),
            preferred=True,
        )
        findings.append(rules.REQUEST_AS_TEXT.finding(script.range(call.args[0]), fixes=(fix,), name=name))
    for call, scope, _ in script.method_calls:
        method = call.func
        if (
            isinstance(method, ast.Attribute)
            and method.attr in _VALUES
            and is_parameter(method.value, name, function, scope)
        ):
            code = script.source(method)
            fixes = (
                (Fix(l10n.t("Remove the parentheses"), (script.replace(call, code),), preferred=True),)
                if not call.args and not call.keywords
                else ()
            )
            message = l10n.t("“{code}” is a value and not a function; calling it raises TypeError.", code=code)
            findings.append(rules.REQUEST_AS_TEXT.finding(script.range(call), fixes=fixes, message=message))
    for subscript, scope, _ in script.walk.subscripts:
        if is_parameter(subscript.value, name, function, scope):
            fix = Fix(
                l10n.t("Use {name}.get_json()", name=name), (script.replace(subscript.value, f"{name}.get_json()"),)
            )
            findings.append(rules.REQUEST_AS_TEXT.finding(script.range(subscript.value), fixes=(fix,), name=name))
    return findings


def _check_text(script: ParsedScript, function: Function, name: str) -> list[Finding]:
    if is_looked_at(script, name):
        return []
    for attribute, scope, flags in script.walk.attributes:
        if attribute.attr not in REQUEST or flags & ERROR_CAUGHT:
            continue
        if not is_parameter(attribute.value, name, function, scope):
            continue
        return [
            rules.TEXT_AS_REQUEST.finding(
                script.range(attribute),
                severity="warning" if flags & IN_TRY else None,
                fixes=(_decorate(script, function),),
                name=name,
                attribute=attribute.attr,
            )
        ]
    return []


def _decorate(script: ParsedScript, function: Function) -> Fix:
    edits: list[TextEdit] = []
    if not any(b.kind == "import" for b in script.walk.module.bindings.get("rawhttp", ())):
        edits.append(script.add_import("from azureml.contrib.services.aml_request import rawhttp"))
    start = script.range(function.node).start
    edits.append(script.insert(start, f"@rawhttp{script.newline()}"))
    return Fix(l10n.t("Decorate run() with @rawhttp"), tuple(edits), preferred=True)


def _check_whole_body(script: ParsedScript, function: Function, name: str) -> list[Finding]:
    loads = {id(call): call for call, _, flags in _loads(script, function, name)}
    if not loads or sends_array(script.facts):
        return []
    findings = []
    for call, scope, _, called in script.named_calls:
        if called not in _ARRAYS or not call.args or _asks_shape(script, call):
            continue
        inner = follow(call.args[0], scope)[0] if is_alone(script, call.args[0]) else call.args[0]
        if id(inner) in loads:
            fix = Fix(
                l10n.t("Take the key “data”"),
                (script.insert(script.range(call.args[0]).end, '["data"]'),),
                preferred=True,
            )
            findings.append(rules.WHOLE_BODY.finding(script.range(call.args[0]), fixes=(fix,)))
    return findings


def _asks_shape(script: ParsedScript, array: ast.Call) -> bool:
    """True if the script compares the shape of an array with what it wants, and so knows what a body holds."""
    for compare, scope, _ in script.walk.compares:
        for node in (compare.left, *compare.comparators):
            if isinstance(node, ast.Subscript):
                node = node.value
            if (
                isinstance(node, ast.Attribute)
                and node.attr in ("shape", "ndim")
                and follow(node.value, scope)[0] is array
            ):
                return True
    return False


def is_alone(script: ParsedScript, node: ast.expr) -> bool:
    """True if a name is read in this place only: nothing else asks what it holds."""
    return (
        isinstance(node, ast.Name)
        and sum(len(s.uses.get(node.id, ())) for s in script.walk.scopes if node.id in s.uses) == 1
    )
