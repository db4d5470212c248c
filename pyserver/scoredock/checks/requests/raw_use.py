"""Scripts that answer with responses of their own, and imports of what the server's packages offer."""

from __future__ import annotations

import ast
from difflib import SequenceMatcher

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.requests import raw_rules as rules
from scoredock.checks.requests.schema_use import schema_decorators
from scoredock.checks.script.qualified import argument, follow, qualified
from scoredock.checks.script.scope import Binding
from scoredock.checks.script.script import Function, ParsedScript
from scoredock.checks.script.walk_result import IMPORT_CAUGHT, MAIN_ONLY
from scoredock.text import Fix, Position

_REQUEST, _RESPONSE = "azureml.contrib.services.aml_request", "azureml.contrib.services.aml_response"
_SCHEMAS, _TYPES = "inference_schema.schema_decorators", "inference_schema.parameter_types"
_HOMES = {
    "rawhttp": (_REQUEST, "azureml.contrib.services", "azureml_inference_server_http.api.aml_request"),
    "AMLRequest": (_REQUEST, "azureml_inference_server_http.api.aml_request"),
    "AMLResponse": (_RESPONSE, "azureml_inference_server_http.api.aml_response"),
    "input_schema": (_SCHEMAS,),
    "output_schema": (_SCHEMAS,),
    "NumpyParameterType": (f"{_TYPES}.numpy_parameter_type",),
    "PandasParameterType": (f"{_TYPES}.pandas_parameter_type",),
    "SparkParameterType": (f"{_TYPES}.spark_parameter_type",),
    "StandardPythonParameterType": (f"{_TYPES}.standard_py_parameter_type",),
}
"""Where each name is; the first is the one to recommend."""
_OTHER_HOMES = {"Model": ("azureml.core.model", "azureml.core")}
"""Names that others have too: looked at only when the module is nearly the right one."""
_PACKAGES = ("azureml", "azureml_inference_server_http", "inference_schema")
_NEAR, _LONGEST = 0.9, 100
_ORIGIN = "access-control-allow-origin"


def check_raw_use(script: ParsedScript) -> list[Finding]:
    """Findings about responses, preflights, and decorators that stand or come from elsewhere."""
    findings = _check_imports(script)
    if "AMLResponse" in script.walk.imported:
        findings += _check_responses(script)
    if "rawhttp" in script.walk.imported or "input_schema" in script.walk.imported:
        findings += _check_elsewhere(script)
    if script.run is not None and _ORIGIN in script.text.lower() and "OPTIONS" not in script.text:
        findings += _check_preflight(script, script.run)
    return findings


def _check_imports(script: ParsedScript) -> list[Finding]:
    findings = []
    for node, _, flags in script.walk.imports:
        if flags & (IMPORT_CAUGHT | MAIN_ONLY) or not isinstance(node, ast.ImportFrom) or node.level:
            continue
        module = node.module or ""
        homes = [_HOMES.get(alias.name) or _misspelt(module, alias.name) for alias in node.names]
        if module.split(".")[0] not in _PACKAGES:
            homes = [_misspelt(module, alias.name) for alias in node.names]
            if not all(homes):
                continue
        for alias, home in zip(node.names, homes, strict=True):
            if home is None or module in home:
                continue
            fixes: tuple[Fix, ...] = ()
            if all(h is not None for h in homes):
                lines: dict[str, list[str]] = {}
                for each in node.names:
                    names = _HOMES.get(each.name) or _OTHER_HOMES[each.name]
                    right = module if module in names else names[0]
                    lines.setdefault(right, []).append(f"{each.name} as {each.asname}" if each.asname else each.name)
                indent = script.lines.line(node.lineno - 1)[: script.range(node).start.character]
                new = f"{script.newline()}{indent}".join(f"from {m} import {', '.join(n)}" for m, n in lines.items())
                if not indent.strip():
                    edit = script.replace(node, new)
                    fixes = (
                        Fix(l10n.t("Import it from {module}", module=home[0]), (edit,), preferred=True, certain=True),
                    )
            findings.append(
                rules.WRONG_MODULE.finding(script.range(alias), fixes=fixes, name=alias.name, module=home[0])
            )
    return findings


def _misspelt(module: str, name: str) -> tuple[str, ...] | None:
    """Modules that have a name, when a module is nearly but not quite called like one of them."""
    homes = _HOMES.get(name) or _OTHER_HOMES.get(name)
    near = homes is not None and any(SequenceMatcher(None, module, home).ratio() >= _NEAR for home in homes)
    return homes if near and len(module) < _LONGEST else None


def _check_responses(script: ParsedScript) -> list[Finding]:
    findings = []
    for call, scope, flags, name in script.named_calls:
        if flags & MAIN_ONLY or not name.endswith(".AMLResponse") or name.split(".")[0] not in _PACKAGES:
            continue
        if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
            continue
        message, status = argument(call, 0, "message"), argument(call, 1, "status_code")
        if status is None:
            end = script.range(call).end
            place = Position(end.line, end.character - 1)
            comma = ", " if call.args or call.keywords else ""
            fix = Fix(l10n.t("Add status 200"), (script.insert(place, f"{comma}status_code=200"),), preferred=True)
            fixes = (fix,) if message is not None and not _has_comma(script, call) else ()
            findings.append(rules.RESPONSE_ARGUMENTS.finding(script.range(call), fixes=fixes))
        elif _is_status(message) and not _is_status(status) and len(call.args) >= 2:
            swapped = (
                script.replace(call.args[0], script.source(call.args[1])),
                script.replace(call.args[1], script.source(call.args[0])),
            )
            fix = Fix(l10n.t("Swap them"), swapped, preferred=True)
            sentence = l10n.t("AMLResponse() takes the message and then the status code; here they are swapped.")
            findings.append(rules.RESPONSE_ARGUMENTS.finding(script.range(call), fixes=(fix,), message=sentence))
        elif (wrong := _odd_header(argument(call, 2, "response_headers"))) is not None:
            fix = Fix(l10n.t("Make it text"), (script.replace(wrong, f'"{script.source(wrong)}"'),), preferred=True)
            sentence = l10n.t(
                "Values of headers must be text; Azure's AMLResponse() splits them at commas and fails for a number."
            )
            findings.append(
                rules.RESPONSE_ARGUMENTS.finding(
                    script.range(wrong), severity="warning", fixes=(fix,), message=sentence
                )
            )
        elif message is not None and argument(call, 3, "json_str") is None:
            value, _ = follow(message, scope)
            if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
                sentence = l10n.t("AMLResponse() sends text or bytes, not {value}.", value=script.source(value)[:40])
                findings.append(
                    rules.RESPONSE_OBJECT.finding(script.range(message), severity="error", message=sentence)
                )
            elif isinstance(value, ast.Dict | ast.DictComp):
                end = script.range(call).end
                place = Position(end.line, end.character - 1)
                new = "json_str=True" if _has_comma(script, call) else ", json_str=True"
                fix = Fix(l10n.t("Add json_str=True"), (script.insert(place, new),), preferred=True)
                findings.append(rules.RESPONSE_OBJECT.finding(script.range(message), fixes=(fix,)))
    return findings


def _odd_header(node: ast.expr | None) -> ast.expr | None:
    """A number among the values of headers."""
    if not isinstance(node, ast.Dict):
        return None
    return next((v for v in node.values if isinstance(v, ast.Constant) and isinstance(v.value, int | float)), None)


def _has_comma(script: ParsedScript, call: ast.Call) -> bool:
    return script.source(call)[:-1].rstrip().endswith(",")


def _is_status(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and 100 <= node.value <= 599


def _check_elsewhere(script: ParsedScript) -> list[Finding]:
    findings = []
    module = script.walk.module
    run = script.run.node if script.run is not None else None
    for statement in script.tree.body:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) or statement.name == "run":
            continue
        for decorator in statement.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            package, _, name = qualified(target, module).rpartition(".")
            if package.split(".")[0] not in _PACKAGES:
                continue
            if name == "rawhttp" or (name == "input_schema" and statement.name == "init"):
                raw, each = name == "rawhttp", statement.name
                message = (
                    l10n.t("@rawhttp belongs to run(); on {name}() it still hands run() the raw request.", name=each)
                    if raw
                    else ""
                )
                findings.append(
                    rules.ELSEWHERE.finding(
                        script.range(decorator),
                        severity="warning" if raw else None,
                        fixes=_moved(script, decorator, run),
                        message=message,
                        name=each,
                    )
                )
    return findings


def _moved(
    script: ParsedScript, decorator: ast.expr, run: ast.FunctionDef | ast.AsyncFunctionDef | None
) -> tuple[Fix, ...]:
    if run is None or decorator.end_lineno is None:
        return ()
    starts = script.lines.starts
    begin, end = starts[decorator.lineno - 1], starts[min(decorator.end_lineno, len(starts) - 1)]
    place = script.range(run).start
    if run.decorator_list:
        place = Position(min(d.lineno for d in run.decorator_list) - 1, 0)
    if place.character:
        return ()
    text = script.text[begin:end]
    return (
        Fix(
            l10n.t("Move it to run()"), (script.lines.edit(begin, end, ""), script.insert(place, text)), preferred=True
        ),
    )


def _check_preflight(script: ParsedScript, function: Function) -> list[Finding]:
    decorators = schema_decorators(script, function)
    inputs = [p for p in function.parameters if p != "request_headers"]
    if decorators is None or decorators.raw is None or decorators.inputs or not inputs:
        return []
    body = function.node.body
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(body) > 1:
        first = body[1]
    start = script.range(first).start
    indent = script.lines.line(start.line)[: start.character]
    response = next((name for name, bs in script.walk.module.bindings.items() if _is_response(bs)), "")
    fixes: tuple[Fix, ...] = ()
    if response and not indent.strip() and not getattr(first, "decorator_list", ()):
        end = script.newline()
        headers = '{"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Content-Type, Authorization"}'
        new = f'if {inputs[0]}.method == "OPTIONS":{end}{indent}    return {response}("", 200, {headers}){end}{indent}'
        fixes = (Fix(l10n.t("Handle OPTIONS first"), (script.insert(start, new),), preferred=True),)
    return [rules.PREFLIGHT.finding(script.name_range(function.node), fixes=fixes)]


def _is_response(bindings: list[Binding]) -> bool:
    return any(b.kind == "import" and b.target.endswith(".AMLResponse") for b in bindings)
