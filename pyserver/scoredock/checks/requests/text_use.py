"""The body of a request is a text in run(data): used as if `json.loads` had decoded it."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.programs_beside import has_schema_of_first_service
from scoredock.checks.requests import answer_rules as rules
from scoredock.checks.requests.request_use import REQUEST, is_looked_at, is_parameter
from scoredock.checks.requests.schema_use import schema_decorators
from scoredock.checks.script.model_variables import is_loaded
from scoredock.checks.script.qualified import only_value, qualified
from scoredock.checks.script.script import Function, ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY
from scoredock.text import Fix, TextEdit

_OF_TEXT = frozenset(dir(str))
_OF_JSON = frozenset(name for kind in (dict, list, str, int, float, bool) for name in dir(kind))
_OF_DICTIONARIES = frozenset(("get", "items", "keys", "values", "pop", "update", "copy"))
_PREDICTIONS = frozenset(("predict", "predict_proba", "transform", "decision_function"))


def check_text_use(script: ParsedScript) -> list[Finding]:
    """Findings about the first parameter of a run() that gets plain text, and about what json.loads makes of it."""
    function = script.run
    if function is None:
        return []
    of_text = _check_first(script, function)
    return _check_decoded(script) + ([] if of_text and gets_what_it_describes(script) else of_text)


def gets_what_it_describes(script: ParsedScript) -> bool:
    """True if run() may get no text, or several arguments: the schema of the first services, which lies beside the
    script, or which the script or a program around it makes, made it get what is described there."""
    return script.once(_has_schema)


def _has_schema(script: ParsedScript) -> bool:
    return has_schema_of_first_service(script.text, script.facts)


def _check_decoded(script: ParsedScript) -> list[Finding]:
    """Attributes read off what json.loads gave."""
    findings: list[Finding] = []
    decoded = _decoded_names(script)
    if not decoded:
        return findings
    for attribute, scope, flags in script.walk.attributes:
        name = attribute.attr
        value = attribute.value
        if not isinstance(value, ast.Name) or value.id not in decoded or name in _OF_JSON:
            continue
        if flags & (IN_TRY | MAIN_ONLY):
            continue
        found = only_value(value.id, scope)
        if found is None or not isinstance(found[0], ast.Call) or found[0].keywords or is_looked_at(script, value.id):
            continue
        if qualified(found[0].func, found[1]) != "json.loads" or not isinstance(attribute.ctx, ast.Load):
            continue
        fix = Fix(
            l10n.t("Take the key"), (script.replace(attribute, f'{script.source(value)}["{name}"]'),), preferred=True
        )
        findings.append(rules.OF_DECODED.finding(script.range(attribute), fixes=(fix,), name=name))
    return findings


def _decoded_names(script: ParsedScript) -> set[str]:
    """Names that are assigned what json.loads gives, somewhere."""
    calls = [(call, scope) for call, scope, _, name in script.named_calls if name == "json.loads"]
    module = script.walk.module
    return {
        name
        for call, scope in calls
        for place in (scope, module)
        for name, bindings in place.bindings.items()
        if any(b.value is call for b in bindings)
    }


def _check_first(script: ParsedScript, function: Function) -> list[Finding]:
    decorators = schema_decorators(script, function)
    inputs = [p for p in function.parameters if p != "request_headers"]
    if decorators is None or decorators.raw or decorators.inputs or decorators.outputs or not inputs:
        return []
    name = inputs[0]
    if name not in function.required or is_looked_at(script, name):
        return []
    return (
        _check_files(script, function, name)
        + _check_keys(script, function, name)
        + _check_attributes(script, function, name)
        + _check_models(script, function, name)
    )


def _check_files(script: ParsedScript, function: Function, name: str) -> list[Finding]:
    """json.load, which reads an open file, where json.loads was meant."""
    findings = []
    for call, scope, flags, called in script.named_calls:
        if called != "json.load" or flags & (IN_TRY | IN_IF) or not call.args:
            continue
        if is_parameter(call.args[0], name, function, scope):
            edit = script.replace(call.func, f"{script.source(call.func)}s")
            place = script.range(call.func)
            fixes: tuple[Fix, ...] = ()
            if script.source(call.func).endswith(".load"):  # not imported by another name
                fixes = (Fix(l10n.t("Change to json.loads"), (edit,), preferred=True, certain=True),)
            message = l10n.t(
                "“{name}” is the body as text; json.load() reads an open file, json.loads() a text.", name=name
            )
            findings.append(rules.NOT_DECODED.finding(place, fixes=fixes, message=message))
    return findings


def _check_keys(script: ParsedScript, function: Function, name: str) -> list[Finding]:
    findings = []
    for subscript, scope, flags in script.walk.subscripts:
        if subscript.value.__class__ is not ast.Name or subscript.value.id != name:
            continue
        key = subscript.slice
        if (
            isinstance(key, ast.Constant)
            and isinstance(key.value, str)
            and not flags & (IN_TRY | IN_IF)
            and is_parameter(subscript.value, name, function, scope)
        ):
            fix = Fix(l10n.t("Decode it with json.loads"), _decoded(script, subscript.value, name), preferred=True)
            findings.append(
                rules.NOT_DECODED.finding(script.range(subscript), fixes=(fix,), name=name, key=key.value[:100])
            )
    return findings


def _check_attributes(script: ParsedScript, function: Function, name: str) -> list[Finding]:
    for attribute, scope, flags in script.walk.attributes:
        if attribute.value.id != name:  # type: ignore[attr-defined]  # they are those read off a name
            continue
        if (
            attribute.attr in _OF_TEXT
            or attribute.attr in REQUEST
            or flags & (IN_TRY | IN_IF)
            or not isinstance(attribute.ctx, ast.Load)
            or not is_parameter(attribute.value, name, function, scope)
        ):
            continue
        fixes: tuple[Fix, ...] = ()
        if attribute.attr in _OF_DICTIONARIES:
            fixes = (Fix(l10n.t("Decode it with json.loads"), _decoded(script, attribute.value, name), preferred=True),)
        elif attribute.attr == "decode":
            call = next((c for c, _, _ in script.method_calls if c.func is attribute), None)
            fixes = (
                (Fix(l10n.t("Use the text as it is"), (script.replace(call, name),), preferred=True),) if call else ()
            )
        message = l10n.t(
            "“{name}” is the body as text; a text has no attribute “{attribute}”.", name=name, attribute=attribute.attr
        )
        return [rules.NOT_DECODED.finding(script.range(attribute), fixes=fixes, message=message)]
    return []


def _check_models(script: ParsedScript, function: Function, name: str) -> list[Finding]:
    findings = []
    for call, scope, _ in script.method_calls:
        method = call.func
        if (
            isinstance(method, ast.Attribute)
            and method.attr in _PREDICTIONS
            and isinstance(method.value, ast.Name)
            and call.args
            and is_parameter(call.args[0], name, function, scope)
            and is_loaded(method.value.id, scope)
        ):
            edits = _decoded(script, call.args[0], name, '["data"]')
            fix = Fix(l10n.t("Decode it and take the key “data”"), edits, preferred=True)
            shown = f"{method.value.id}.{method.attr}()"
            findings.append(
                rules.TEXT_PREDICTED.finding(script.range(call.args[0]), fixes=(fix,), name=name, call=shown)
            )
    return findings


def _decoded(script: ParsedScript, node: ast.expr, name: str, rest: str = "") -> tuple[TextEdit, ...]:
    """Put json.loads around the parameter, and import json when it is not."""
    bound = next(
        (
            n
            for n, bindings in script.walk.module.bindings.items()
            if any(b.kind == "import" and b.target == "json" for b in bindings)
        ),
        "",
    )
    edit = script.replace(node, f"{bound or 'json'}.loads({name}){rest}")
    return (edit,) if bound else (script.add_import("import json"), edit)
