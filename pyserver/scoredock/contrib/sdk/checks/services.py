"""SDK scripts, order of calls: services, images and profiles used too early or on a kind that cannot do it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.script.qualified import argument, follow
from scoredock.checks.script.scope import Binding, Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF
from scoredock.checks.similar import similar
from scoredock.contrib.sdk.checks import rules
from scoredock.contrib.sdk.checks.classes import is_a, method
from scoredock.contrib.sdk.checks.values import SdkValues
from scoredock.text import Fix, Position, Range, TextEdit

_MAKERS = {"deploy", "deploy_from_image", "deploy_from_model", "package", "profile", "create"}
_WAITS = {
    "Webservice": (
        "wait_for_deployment",
        "show_output=True",
        {"run", "scoring_uri", "swagger_uri"},
        {"state", "update_deployment_state"},
    ),
    "Image": ("wait_for_creation", "show_output=True", {"image_location"}, {"creation_state", "update_creation_state"}),
    "ModelPackage": (
        "wait_for_creation",
        "show_output=True",
        {"pull", "save", "get_container_registry"},
        {"state", "update_creation_state"},
    ),
    "ModelProfile": ("wait_for_completion", "show_output=True", {"get_details"}, {"state"}),
}
"""How one waits for it, what needs that, and what people ask instead of waiting."""
_DETAILS = (
    "name",
    "description",
    "state",
    "createdTime",
    "error",
    "errorLogsUri",
    "requestedCpu",
    "requestedMemoryInGB",
    "requestedQueriesPerSecond",
    "maxUtilizedCpu",
    "maxUtilizedMemoryInGB",
    "totalQueries",
    "successQueries",
    "successRate",
    "averageLatencyInMs",
    "latencyPercentile50InMs",
    "latencyPercentile90InMs",
    "latencyPercentile95InMs",
    "latencyPercentile99InMs",
    "latencyPercentile999InMs",
    "measuredQueriesPerSecond",
    "recommendedCpu",
    "recommendedMemoryInGB",
)
_MISSPELT = {k.lower(): k for k in _DETAILS if "InGB" in k or k.endswith("InMs")}
_OLD = frozenset(
    ("get_token", "deploy_from_image", "deploy_from_model", "deploy_local_from_model", "image_configuration")
)
_CONFIGS = {
    "LocalWebserviceDeploymentConfiguration": "LocalWebservice",
    "AciServiceDeploymentConfiguration": "AciWebservice",
    "AksServiceDeploymentConfiguration": "AksWebservice",
    "AksEndpointDeploymentConfiguration": "AksEndpoint",
}


def check_services(script: ParsedScript, values: SdkValues) -> list[Finding]:
    """Findings about what the SDK's objects can do and when."""
    return [
        *_waits(script, values),
        *_kinds(script, values),
        *_not_called(script, values),
        *_result_keys(script, values),
    ]


def _waits(script: ParsedScript, values: SdkValues) -> list[Finding]:
    findings: list[Finding] = []
    reads: dict[str, list[ast.Attribute]] = {}
    for attribute, _, _ in script.walk.attributes:
        if isinstance(attribute.value, ast.Name):
            reads.setdefault(attribute.value.id, []).append(attribute)
    for scope in script.walk.scopes:
        for name, bindings in scope.bindings.items():
            made = _made(bindings, values)
            if made is None:
                continue
            binding, kind = made
            wait, words, needs, instead = _WAITS[kind]
            later_reads = [a for a in reads.get(name, ()) if _after(a, binding)]
            if any(a.attr in instead or a.attr == wait for a in later_reads):
                first = min((a.lineno for a in later_reads if a.attr in instead or a.attr == wait), default=0)
                later_reads = [a for a in later_reads if a.lineno < first and a.attr in needs]
                if any(a.attr in instead for a in reads.get(name, ())):
                    continue
            waits = any(a.attr == wait or a.attr in instead for a in reads.get(name, ()))
            given = _given_image(script, name, binding) if kind == "Image" and not waits else None
            used: ast.expr | None = given or next((a for a in later_reads if a.attr in needs), None)
            if used is None or (given is None and _is_handed_on(script, name, binding)):
                continue
            statement = _wait_statement(script, binding, f"{name}.{wait}({words})")
            fix = (
                (Fix(l10n.t("Insert {name}.{wait}()", name=name, wait=wait), (statement,), preferred=True),)
                if statement
                else ()
            )
            findings.append(rules.NOT_WAITED.finding(script.range(used), fixes=fix, name=name, wait=wait))
    return findings


def _given_image(script: ParsedScript, name: str, binding: Binding) -> ast.expr | None:
    """Expression in which an image that was never waited for becomes the image of a service; None if there is none."""
    for call, _, _ in script.walk.calls:
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("deploy_from_image", "update"):
            continue
        if call.lineno < getattr(binding.node, "lineno", 0):
            continue
        for keyword in call.keywords:
            if keyword.arg == "image" and isinstance(keyword.value, ast.Name) and keyword.value.id == name:
                return keyword.value
    return None


def _made(bindings: list[Binding], values: SdkValues) -> tuple[Binding, str] | None:
    if len(bindings) != 1 or bindings[0].kind != "value" or not isinstance(bindings[0].value, ast.Call):
        return None
    binding = bindings[0]
    call = bindings[0].value
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _MAKERS or binding.owner is None:
        return None
    found = values.class_of(call, binding.owner)
    if found == "LocalWebservice":
        return None  # run() itself waits for a local service
    kind = next((k for k in _WAITS if found and is_a(found, k)), None)
    return (binding, kind) if kind else None


def _after(attribute: ast.Attribute, binding: Binding) -> bool:
    return attribute.lineno > getattr(binding.node, "lineno", 0)


def _is_handed_on(script: ParsedScript, name: str, binding: Binding) -> bool:
    """True if the object is given to a function that may wait for it, or kept somewhere."""
    for call, _, _ in script.walk.calls:
        for value in (*call.args, *(k.value for k in call.keywords)):
            if isinstance(value, ast.Name) and value.id == name and call.lineno >= getattr(binding.node, "lineno", 0):
                function = call.func
                if not (isinstance(function, ast.Name) and function.id in ("print", "str", "repr", "type")):
                    return True
    return False


def _wait_statement(script: ParsedScript, binding: Binding, words: str) -> TextEdit | None:
    start, end = script.range(binding.node).start, script.range(binding.value or binding.node).end
    line = script.lines.line(start.line)
    indent = line[: start.character]
    rest = script.lines.line(end.line)[end.character :].strip()
    if indent.strip() or (rest and not rest.startswith("#")):
        return None
    place = Position(end.line, len(script.lines.line(end.line)))
    return script.insert(place, f"{script.newline()}{indent}{words}")


_KEYS = ("get_keys", "regen_key", "get_token", "get_access_token")


def _kinds(script: ParsedScript, values: SdkValues) -> list[Finding]:
    findings: list[Finding] = []
    asks = "auth_enabled" in script.text
    for call, scope, flags in script.walk.calls:
        function = call.func
        if not isinstance(function, ast.Attribute):
            continue
        owner, named = values.owner(function, scope)
        if not owner or (asks and flags & IN_IF and function.attr in _KEYS):
            continue  # `if service.auth_enabled:` decides which of the two is read
        name = function.attr
        if not named and owner == "LocalWebservice" and name in _KEYS:
            findings.append(rules.UNSUPPORTED.finding(script.range(call)))
        elif not named and owner == "AciWebservice" and name in ("get_token", "get_access_token"):
            findings.append(
                rules.UNSUPPORTED.finding(
                    script.range(call), message=l10n.t("Container Instances have keys, but no tokens.")
                )
            )
        elif name in _OLD and (is_a(owner, "Webservice") or is_a(owner, "Image")):
            findings.append(_deprecated(script, call, function, scope, name))
        elif name == "deploy" and is_a(owner, "Webservice"):
            findings.append(
                rules.DEPRECATED.finding(
                    script.range(function),
                    name="Webservice.deploy",
                )
            )
        elif name == "download" and owner == "Model":
            findings += _exists_ok(script, call)
        if name == "deploy" and owner == "Model":
            findings += _target(script, call, scope, values)
            findings += _no_code(script, call, scope, values)
        elif name == "update" and owner == "LocalWebservice":
            config = next((k.value for k in call.keywords if k.arg == "deployment_config"), None)
            service_class = _CONFIGS.get(values.class_of(config, scope)) if config is not None else None
            if config is not None and service_class not in (None, "LocalWebservice"):
                findings.append(
                    rules.TARGET.finding(
                        script.range(config),
                        fixes=_local(script, config, scope),
                        name=service_class,
                    )
                )
    return findings


def _deprecated(script: ParsedScript, call: ast.Call, function: ast.Attribute, scope: Scope, name: str) -> Finding:
    del scope
    fix: tuple[Fix, ...] = ()
    if name == "get_token":
        for subscript, _, _ in script.walk.subscripts:
            if subscript.value is call and isinstance(subscript.slice, ast.Constant) and subscript.slice.value == 0:
                new = f"{script.source(function.value)}.get_access_token().access_token"
                fix = (Fix(l10n.t("Use get_access_token"), (script.replace(subscript, new),), preferred=True),)
    end = script.range(function).end
    place = Range(Position(end.line, max(0, end.character - len(name))), end)
    return rules.DEPRECATED.finding(place, fixes=fix, message=_instead(name), name=name)


def _instead(name: str) -> str:
    """The message for what is not replaced by Model.deploy(); empty for the rest."""
    if name == "get_token":
        return l10n.t(
            "“get_token” is deprecated; use get_access_token(), whose result has the token as “access_token”."
        )
    if name == "image_configuration":
        return l10n.t("“image_configuration” is deprecated; use InferenceConfig with an Environment.")
    return ""


def _exists_ok(script: ParsedScript, call: ast.Call) -> list[Finding]:
    keyword = next((k for k in call.keywords if k.arg == "exists_ok"), None)
    if keyword is None:
        return []
    start = script.range(keyword).start
    place = Range(start, Position(start.line, start.character + len("exists_ok")))
    fix = Fix(l10n.t("Change to exist_ok"), (TextEdit(place, "exist_ok"),), preferred=True)
    return [
        rules.DEPRECATED.finding(
            place, fixes=(fix,), message=l10n.t("The parameter “exists_ok” is deprecated; use “exist_ok”.")
        )
    ]


def _local(script: ParsedScript, config: ast.expr, scope: Scope) -> tuple[Fix, ...]:
    made, _ = follow(config, scope)
    if made is not config or "LocalWebservice" not in script.walk.imported:
        return ()
    return (
        Fix(l10n.t("Use a local configuration"), (script.replace(config, "LocalWebservice.deploy_configuration()"),)),
    )


def _target(script: ParsedScript, call: ast.Call, scope: Scope, values: SdkValues) -> list[Finding]:
    config, target = argument(call, 4, "deployment_config"), argument(call, 5, "deployment_target")
    if config is None or target is None or (isinstance(target, ast.Constant) and target.value is None):
        return []
    service_class, place = _CONFIGS.get(values.class_of(config, scope)), values.class_of(target, scope)
    if place == "AksCompute" and service_class in ("AciWebservice", "LocalWebservice"):
        return [
            rules.TARGET.finding(
                script.range(config),
                severity="warning",
                message=l10n.t(
                    "The target is a Kubernetes cluster, but the configuration is of “{name}”.", name=service_class
                ),
            )
        ]
    if place == "AmlCompute" and service_class:
        return [
            rules.TARGET.finding(
                script.range(target),
                severity="warning",
                message=l10n.t(
                    "Training clusters serve no requests; deploy to Kubernetes, Container Instances or locally."
                ),
            )
        ]
    return []


def _no_code(script: ParsedScript, call: ast.Call, scope: Scope, values: SdkValues) -> list[Finding]:
    if any(k.arg is None for k in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
        return []
    config = argument(call, 3, "inference_config")
    models = argument(call, 2, "models")
    if models is None or not (config is None or (isinstance(config, ast.Constant) and config.value is None)):
        return []
    listed, where = follow(models, scope)
    if not isinstance(listed, ast.List):
        return []
    if len(listed.elts) != 1 and not any(isinstance(e, ast.Starred) for e in listed.elts):
        return [
            rules.NO_CODE.finding(
                script.range(models),
                message=l10n.t("{count} models need an inference configuration.", count=len(listed.elts))
                if listed.elts
                else l10n.t("Without a model an inference configuration is needed."),
            )
        ]
    registration, inner = follow(listed.elts[0], where)
    if (
        not isinstance(registration, ast.Call)
        or not isinstance(registration.func, ast.Attribute)
        or registration.func.attr != "register"
    ):
        return []
    if values.class_named(registration.func.value, inner) != "Model" or any(
        k.arg is None for k in registration.keywords
    ):
        return []
    framework = next((k.value for k in registration.keywords if k.arg == "model_framework"), None)
    if framework is None and len(registration.args) < 8:
        import_name = script.source(registration.func.value)
        fixes = tuple(
            Fix(
                l10n.t("Register it as {framework}", framework=shown),
                (_framework_edit(script, registration, f"{import_name}.Framework.{constant}"),),
            )
            for shown, constant in (("scikit-learn", "SCIKITLEARN"), ("ONNX", "ONNX"), ("TensorFlow", "TENSORFLOW"))
        )
        return [
            rules.NO_CODE.finding(
                script.range(call),
                fixes=fixes,
            )
        ]
    if isinstance(framework, ast.Attribute) and framework.attr in ("PYTORCH", "CUSTOM", "TFKERAS"):
        return [
            rules.NO_CODE.finding(
                script.range(call),
                message=l10n.t("Models of {framework} need an inference configuration.", framework=framework.attr),
            )
        ]
    return []


def _framework_edit(script: ParsedScript, call: ast.Call, value: str) -> TextEdit:
    parts = [*call.args, *call.keywords]
    end = max((script.range(p).end for p in parts), default=script.range(call.func).end)
    return script.insert(end, f", model_framework={value}")


def _not_called(script: ParsedScript, values: SdkValues) -> list[Finding]:
    """A method as a statement of its own, in print(), before an index, or in a variable that is taken for what it
    gives."""
    attributes: list[tuple[ast.Attribute, Scope]] = []
    for scope in script.walk.scopes:
        for statement in getattr(scope.node, "body", ()) if not isinstance(scope.node, ast.Lambda) else ():
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Attribute):
                attributes.append((statement.value, scope))
    for call, scope, _ in script.plain_calls.get("print", ()):
        attributes += [(a, scope) for a in call.args if isinstance(a, ast.Attribute)]
    for subscript, scope, _ in script.walk.subscripts:
        if isinstance(subscript.value, ast.Attribute):
            attributes.append((subscript.value, scope))
    attributes += _taken_for_results(script)
    findings = []
    for attribute, scope in attributes:
        owner, named = values.owner(attribute, scope)
        is_method = bool(owner) and not named and method(owner, attribute.attr) is not None
        if is_method or (
            attribute.attr in ("json", "raise_for_status") and _is_response(script, attribute.value, scope)
        ):
            signature = method(owner, attribute.attr) if owner else None
            end = script.range(attribute).end
            fix = (
                (Fix(l10n.t("Add the parentheses"), (script.insert(end, "()"),), preferred=True),)
                if not (signature and signature.required)
                else ()
            )
            findings.append(rules.NOT_CALLED.finding(script.range(attribute), fixes=fix, name=script.source(attribute)))
    return findings


def _taken_for_results(script: ParsedScript) -> Iterator[tuple[ast.Attribute, Scope]]:
    """Attributes in variables that are never called, and have attributes or methods of their own used."""
    used = {each.value.id for each, _, _ in script.walk.attributes if isinstance(each.value, ast.Name)}
    bases = (getattr(call.func, "value", None) for call, _, _ in script.method_calls)
    used |= {base.id for base in bases if isinstance(base, ast.Name)}
    for scope in script.walk.scopes:
        for name, bindings in scope.bindings.items():
            value = bindings[0].value if len(bindings) == 1 else None
            if isinstance(value, ast.Attribute) and name in used and name not in script.plain_calls:
                yield value, bindings[0].owner or scope


def _is_response(script: ParsedScript, node: ast.expr, scope: Scope) -> bool:
    made, where = follow(node, scope)
    return isinstance(made, ast.Call) and script.dotted(made.func, where).startswith("requests.")


def _result_keys(script: ParsedScript, values: SdkValues) -> list[Finding]:
    findings = []
    for subscript, scope, _ in script.walk.subscripts:
        key = subscript.slice
        if (
            not isinstance(key, ast.Constant)
            or not isinstance(key.value, str)
            or not isinstance(subscript.ctx, ast.Load)
        ):
            continue
        if key.value in _DETAILS:
            continue
        origin, where = follow(subscript.value, scope)
        is_profile = (
            isinstance(origin, ast.Call)
            and isinstance(origin.func, ast.Attribute)
            and origin.func.attr == "get_details"
        )
        is_profile = is_profile and values.class_of(origin.func.value, where) == "ModelProfile"  # type: ignore[attr-defined]  # it is an attribute
        near = _MISSPELT.get(key.value.lower()) or (
            next(iter(similar(key.value[:60], _DETAILS, 1, 0.8)), "") if is_profile else ""
        )
        if not near:
            continue
        quote = "'" if script.source(key).startswith("'") else '"'
        fix = Fix(
            l10n.t("Change to {near}", near=near), (script.replace(key, f"{quote}{near}{quote}"),), preferred=True
        )
        findings.append(
            rules.RESULT_KEY.finding(
                script.range(key), severity=None if is_profile else "warning", fixes=(fix,), key=key.value, near=near
            )
        )
    return findings
