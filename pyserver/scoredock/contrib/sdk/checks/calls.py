"""Calls of the SDK: methods, parameters, and values of the wrong class."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import proposal, quoted_names
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.similar import similar
from scoredock.contrib.sdk.checks import rules
from scoredock.contrib.sdk.checks.classes import (
    SdkSignature,
    all_names,
    classes,
    has_attribute,
    is_a,
    is_open,
    line_of,
    method,
)
from scoredock.contrib.sdk.checks.values import SdkValues, possible
from scoredock.text import Fix, Position, Range, TextEdit

_WANTED = {
    "workspace": "Workspace",
    "inference_config": "InferenceConfig",
    "deployment_config": "WebserviceDeploymentConfiguration",
    "deployment_target": "ComputeTarget",
    "image_config": "ContainerImageConfig",
    "environment": "Environment",
    "provisioning_configuration": "ComputeTargetProvisioningConfiguration",
    "attach_configuration": "ComputeTargetAttachConfiguration",
    "image": "Image",
}
"""Parameters that take an object of one class, in all methods of the SDK."""


def _in_words(name: str) -> str:
    """Words for an object of a class of the SDK."""
    words = {
        "WebserviceDeploymentConfiguration": l10n.t("a deployment configuration"),
        "ComputeTarget": l10n.t("a compute target"),
        "ContainerImageConfig": l10n.t("an image configuration"),
        "ComputeTargetProvisioningConfiguration": l10n.t("a provisioning configuration"),
        "ComputeTargetAttachConfiguration": l10n.t("an attach configuration"),
    }
    plain = l10n.t("an {name}", name=name) if name[0] in "AEIO" else l10n.t("a {name}", name=name)
    return words.get(name, plain)


_MADE_INSIDE = ("ModelPackage", "ModelProfile")
"""Objects that the SDK makes for people, in ways that changed."""


def check_calls(script: ParsedScript, values: SdkValues) -> list[Finding]:
    """Methods that do not exist, and calls that do not fit their parameters."""
    findings: list[Finding] = []
    called: set[int] = set()
    for call, scope, _ in script.walk.calls:
        function = call.func
        called.add(id(function))
        made = values.class_named(function, scope)
        if made:
            if made in _MADE_INSIDE:
                continue
            new = classes()[made].new or next((c.new for c in line_of(made) if c.new), None)
            if new is not None:
                findings += _fits(script, call, scope, values, [new])
            continue
        if not isinstance(function, ast.Attribute):
            continue
        owner, named = values.owner(function, scope)
        if not owner:
            continue
        signatures = [s for kind in possible(owner, named) if (s := method(kind, function.attr)) is not None]
        if not signatures and not any(has_attribute(kind, function.attr) for kind in possible(owner, named)):
            findings += _unknown(script, function, owner, method_wanted=True)
        elif signatures and not (named and not signatures[0].static) and not _may_be_another(owner, named):
            findings += _fits(script, call, scope, values, signatures)
    for attribute, scope, _ in script.walk.attributes:
        if id(attribute) in called or not isinstance(attribute.ctx, ast.Load):
            continue
        owner, named = values.owner(attribute, scope)
        if owner and not any(has_attribute(kind, attribute.attr) for kind in possible(owner, named)):
            findings += _unknown(script, attribute, owner, method_wanted=False)
    findings += _constants(script, values)
    return findings


def _may_be_another(owner: str, named: bool) -> bool:
    """True if an object may be of a class that the table does not hold and so take other parameters."""
    return not named and owner in ("ComputeTarget", "Run")


def _constants(script: ParsedScript, values: SdkValues) -> list[Finding]:
    """`Model.Framework.SKLEARN` and the like."""
    findings = []
    for node, scope in _inner_attributes(script):
        outer = node.value
        if not isinstance(outer, ast.Attribute):
            continue
        owner = values.class_named(outer.value, scope)
        constants = classes()[owner].inner.get(outer.attr) if owner else None
        if constants and node.attr not in constants and not node.attr.startswith("_"):
            place = _attribute_range(script, node)
            constant_name = (
                node.attr.upper()
                .replace("SKLEARN", "SCIKITLEARN")
                .replace("SCIKIT_LEARN", "SCIKITLEARN")
                .replace("KERAS", "TFKERAS")
            )
            near = [constant_name] if constant_name in constants else similar(constant_name, constants, 1, 0.6)
            hint = proposal(near[0] if near else "")
            fix = (
                (Fix(l10n.t("Change to {near}", near=near[0]), (TextEdit(place, near[0]),), preferred=True),)
                if near
                else ()
            )
            findings.append(
                rules.ATTRIBUTE.finding(place, fixes=fix, owner=f"{owner}.{outer.attr}", name=node.attr, hint=hint)
            )
    return findings


def _inner_attributes(script: ParsedScript) -> list[tuple[ast.Attribute, Scope]]:
    """Attributes of attributes among the arguments of calls and the values of assignments."""
    attributes = []
    for call, scope, _ in script.walk.calls:
        for value in (*call.args, *(k.value for k in call.keywords)):
            if isinstance(value, ast.Attribute):
                attributes.append((value, scope))
    for scope in script.walk.scopes:
        for bindings in scope.bindings.values():
            attributes += [(b.value, b.owner or scope) for b in bindings if isinstance(b.value, ast.Attribute)]
    return attributes


def _attribute_range(script: ParsedScript, node: ast.Attribute) -> Range:
    end = script.range(node).end
    return Range(Position(end.line, max(0, end.character - len(node.attr))), end)


def _unknown(script: ParsedScript, node: ast.Attribute, owner: str, *, method_wanted: bool) -> list[Finding]:
    if node.attr.startswith("_") or (node.attr == "get_access_token" and owner in ("AciWebservice", "LocalWebservice")):
        return []  # the last is reported as what this kind of service cannot do
    names = all_names(owner)
    if method_wanted:
        names = tuple(n for n in names if any(method(kind, n) for kind in (owner, *possible(owner, False))))
    near = similar(node.attr, names, 1, 0.75) or similar(
        node.attr.lower().replace("_", ""), [n.replace("_", "") for n in names], 1, 0.9
    )
    if near and near[0] not in names:
        near = [n for n in names if n.replace("_", "") == near[0]][:1]
    if not near:
        near = [n for n in _OTHERWISE.get(node.attr, ()) if n in names][:1]
    if not near and (is_open(owner) or not method_wanted):
        return []  # an attribute may be set by somebody else, and an open class may have it
    place = _attribute_range(script, node)
    fix = (Fix(l10n.t("Change to {near}", near=near[0]), (TextEdit(place, near[0]),), preferred=True),) if near else ()
    hint = proposal(near[0] if near else "")
    return [rules.ATTRIBUTE.finding(place, fixes=fix, owner=owner, name=node.attr, hint=hint)]


_OTHERWISE = {
    "wait_for_profiling": ("wait_for_completion",),
    "wait": ("wait_for_deployment", "wait_for_creation", "wait_for_completion"),
    "wait_for_completion": ("wait_for_deployment", "wait_for_creation"),
    "wait_for_creation": ("wait_for_deployment", "wait_for_completion"),
    "wait_for_deployment": ("wait_for_creation", "wait_for_completion"),
    "invoke": ("run",),
    "predict": ("run",),
    "score": ("run",),
    "call": ("run",),
    "logs": ("get_logs",),
    "keys": ("get_keys",),
    "remove": ("delete",),
    "create": ("register",),
    "load_config": ("from_config",),
    "uri": ("scoring_uri",),
    "url": ("scoring_uri",),
}
"""What people write for it elsewhere."""


def _fits(
    script: ParsedScript, call: ast.Call, scope: Scope, values: SdkValues, signatures: list[SdkSignature]
) -> list[Finding]:
    """The findings of the signature that fits best; none when one fits."""
    best: list[Finding] | None = None
    for signature in signatures:
        found = _misfits(script, call, signature, scope, values)
        if best is None or len(found) < len(best):
            best = found
        if not found:
            break
    return best or []


def _misfits(
    script: ParsedScript, call: ast.Call, signature: SdkSignature, scope: Scope, values: SdkValues
) -> list[Finding]:
    findings: list[Finding] = []
    starred = any(isinstance(a, ast.Starred) for a in call.args)
    spread = any(k.arg is None for k in call.keywords)
    arguments: dict[str, ast.expr] = {}
    if not starred:
        arguments = dict(zip(signature.positional, call.args, strict=False))
        if len(call.args) > len(signature.positional) and not signature.any_positional:
            surplus = call.args[len(signature.positional)]
            place = Range(script.range(surplus).start, script.range(call.args[-1]).end)
            most = len(signature.positional)
            findings.append(_too_many(place, signature.name, most, len(call.args)))
    for keyword in call.keywords:
        if keyword.arg is None:
            continue
        if keyword.arg in arguments:
            place = _keyword_range(script, keyword)
            message = l10n.t("{function}() gets two values for “{name}”.", function=signature.name, name=keyword.arg)
            findings.append(rules.TOO_MANY.finding(place, message=message))
        elif keyword.arg not in signature.keywords and not signature.any_keyword:
            findings.append(_unknown_keyword(script, keyword, signature, arguments, call))
        arguments[keyword.arg] = keyword.value
    if not starred and not spread:
        missing = [n for n in signature.required if n not in arguments]
        # A misspelt keyword is reported as such, and is most probably the one that is missing.
        unknown = sum(f.code == rules.KEYWORD.code for f in findings)
        if len(missing) > unknown:
            findings.append(
                rules.MISSING.finding(
                    _function_range(script, call), function=signature.name, names=quoted_names(missing)
                )
            )
    for name, value in arguments.items():
        findings += _wrong_class(script, name, value, scope, values)
    return findings


def _too_many(place: Range, function: str, most: int, count: int) -> Finding:
    message = ""
    if most == 1:
        message = l10n.t(
            "{function}() takes at most 1 positional argument, not {given}.", function=function, given=count
        )
    elif not most:
        message = l10n.t("{function}() takes no positional arguments, not {given}.", function=function, given=count)
    return rules.TOO_MANY.finding(place, message=message, function=function, most=most, given=count)


def _keyword_range(script: ParsedScript, keyword: ast.keyword) -> Range:
    start = script.range(keyword).start
    return Range(start, Position(start.line, start.character + len(keyword.arg or "")))


def _function_range(script: ParsedScript, call: ast.Call) -> Range:
    if isinstance(call.func, ast.Attribute):
        return _attribute_range(script, call.func)
    return script.range(call.func)


def _unknown_keyword(
    script: ParsedScript, keyword: ast.keyword, signature: SdkSignature, arguments: dict[str, ast.expr], call: ast.Call
) -> Finding:
    name = keyword.arg or ""
    used = {*arguments, *(k.arg for k in call.keywords)}
    free = [n for n in signature.keywords if n not in used and not n.startswith("_")]
    otherwise = [n for n in _KEYWORDS.get(name, ()) if n in free]
    near = otherwise[:1] or similar(name, free, 1, 0.7)
    place = _keyword_range(script, keyword)
    fix = (Fix(l10n.t("Change to {near}", near=near[0]), (TextEdit(place, near[0]),), preferred=True),) if near else ()
    hint = proposal(near[0] if near else "")
    return rules.KEYWORD.finding(place, fixes=fix, function=signature.name, name=name, hint=hint)


_KEYWORDS = {
    "ws": ("workspace",),
    "path": ("model_path", "file_path"),
    "name": ("model_name", "workspace_name", "profile_name"),
    "script": ("entry_script", "execution_script"),
    "cpu": ("cpu_cores",),
    "memory": ("memory_gb", "memory_in_gb"),
    "memory_in_gb": ("memory_gb",),
    "memory_gb": ("memory_in_gb",),
    "env": ("environment",),
    "framework": ("model_framework",),
    "framework_version": ("model_framework_version",),
    "config": ("inference_config", "deployment_config"),
    "replicas": ("num_replicas",),
    "deployment_configuration": ("deployment_config",),
    "inference_configuration": ("inference_config",),
    "target": ("deployment_target",),
    "compute_target": ("deployment_target",),
    "timeout": ("timeout_sec",),
    "model": ("models",),
    "input": ("input_data",),
    "data": ("input_data", "input"),
}
"""Parameters as people call them elsewhere."""


def _wrong_class(script: ParsedScript, name: str, value: ast.expr, scope: Scope, values: SdkValues) -> list[Finding]:
    if name == "models":
        class_name = values.class_of(value, scope)
        if class_name == "Model":
            fix = Fix(l10n.t("Make it a list"), (script.replace(value, f"[{script.source(value)}]"),), preferred=True)
            return [
                rules.WRONG_CLASS.finding(
                    script.range(value),
                    fixes=(fix,),
                    name="models",
                    wanted=l10n.t("a list of models"),
                    got=l10n.t("one Model"),
                )
            ]
        return []
    expected_class = _WANTED.get(name)
    if expected_class is None:
        return []
    class_name = values.class_of(value, scope)
    if not class_name and isinstance(value, ast.Name | ast.Attribute):
        class_name = values.class_named(value, scope)
        if class_name:
            return [
                rules.WRONG_CLASS.finding(
                    script.range(value),
                    name=name,
                    wanted=_in_words(expected_class),
                    got=l10n.t("the class “{name}” itself", name=class_name),
                )
            ]
    if not class_name or is_a(class_name, expected_class) or is_a(expected_class, class_name):
        return []
    right = _swapped(script, class_name, expected_class, scope, values)
    fixes = (
        (Fix(l10n.t("Change to {name}", name=right), (script.replace(value, right),), preferred=True),) if right else ()
    )
    return [
        rules.WRONG_CLASS.finding(
            script.range(value), fixes=fixes, name=name, wanted=_in_words(expected_class), got=_in_words(class_name)
        )
    ]


def _swapped(script: ParsedScript, class_name: str, expected_class: str, scope: Scope, values: SdkValues) -> str:
    """The only name of the module that holds what is wanted."""
    del class_name
    names = [
        n
        for n, bindings in script.walk.module.bindings.items()
        if all(b.kind == "value" and is_a(values.class_of(b.value, b.owner or scope), expected_class) for b in bindings)
    ]
    return names[0] if len(names) == 1 else ""
