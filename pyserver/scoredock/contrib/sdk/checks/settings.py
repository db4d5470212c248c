"""Values that the SDK checks when they are given: names, numbers, and settings that exclude one another."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import quoted_names
from scoredock.checks.script.placeholder_rules import PLACEHOLDER
from scoredock.checks.script.qualified import argument, follow, text_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.contrib.sdk.checks import rules
from scoredock.contrib.sdk.checks.classes import is_a, method
from scoredock.contrib.sdk.checks.values import SdkValues
from scoredock.formats.placeholders import ANGLES, is_left_open
from scoredock.text import Fix, Position, Range, TextEdit

_SERVICE = (
    re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?"),
    3,
    32,
)
_IMAGE = (
    re.compile(r"[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?"),
    3,
    32,
)
_MODEL = (
    re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}"),
    1,
    255,
)
_NAMES = {
    ("Model", "deploy"): ("name", "service", _SERVICE),
    ("Webservice", "deploy"): ("name", "service", _SERVICE),
    ("Webservice", "deploy_from_model"): ("name", "service", _SERVICE),
    ("Webservice", "deploy_from_image"): ("name", "service", _SERVICE),
    ("Model", "register"): ("model_name", "model", _MODEL),
    ("Run", "register_model"): ("model_name", "model", _MODEL),
    ("ContainerImage", "create"): ("name", "image", _IMAGE),
    ("Image", "create"): ("name", "image", _IMAGE),
}
_V2 = (re.compile(r"[a-zA-Z](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?"), 3, 32)
_OF_V2 = frozenset(
    f"azure.ai.ml.entities.{each}"
    for each in (
        "ManagedOnlineEndpoint",
        "KubernetesOnlineEndpoint",
        "BatchEndpoint",
        "ManagedOnlineDeployment",
        "KubernetesOnlineDeployment",
    )
)
_BEFORE_ENVIRONMENTS = (
    (1, "runtime"),
    (2, "conda_file"),
    (3, "extra_docker_file_steps"),
    (5, "enable_gpu"),
    (7, "base_image"),
    (9, "cuda_version"),
)
"""Arguments of an InferenceConfig, by their places."""
_RUNTIMES = ("python", "spark-py", "python-slim")
_POSITIVE = (
    "cpu_cores",
    "memory_gb",
    "num_replicas",
    "autoscale_min_replicas",
    "autoscale_max_replicas",
    "autoscale_refresh_seconds",
    "autoscale_target_utilization",
    "scoring_timeout_ms",
    "replica_max_concurrent_requests",
    "max_request_wait_time",
    "period_seconds",
    "initial_delay_seconds",
    "timeout_seconds",
    "success_threshold",
    "failure_threshold",
)
_SCALING = (
    "autoscale_min_replicas",
    "autoscale_max_replicas",
    "autoscale_refresh_seconds",
    "autoscale_target_utilization",
)
_TOGETHER = (("vnet_name", "subnet_name"), ("cmk_vault_base_url", "cmk_key_name", "cmk_key_version"))


def check_settings(script: ParsedScript, values: SdkValues) -> list[Finding]:
    """Findings about values, call by call."""
    findings: list[Finding] = []
    for call, scope, _ in script.walk.calls:
        class_name = values.class_named(call.func, scope)
        if class_name == "Model":
            findings += _model_id(script, call, scope)
        elif class_name == "InferenceConfig":
            findings += _older_arguments(script, call, scope)
        elif script.dotted(call.func, scope) in _OF_V2:
            findings += _check_name(script, argument(call, len(call.args), "name"), scope, "v2", _V2)
        if class_name or not isinstance(call.func, ast.Attribute):
            continue
        owner, _named = values.owner(call.func, scope)
        if not owner:
            continue
        name = call.func.attr
        findings += _name(script, call, scope, owner, name)
        if name in ("register", "register_model"):
            findings += _registration(script, call, scope, owner, name)
        elif name == "deploy_configuration":
            findings += _configuration(script, call, scope, owner)
        elif name == "update" and is_a(owner, "Webservice"):
            findings += _update(script, call, scope, owner)
    return findings


def _older_arguments(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """Yields findings on arguments that an InferenceConfig refuses as an environment has replaced them."""
    environment = argument(call, 10, "environment")
    for position, name in _BEFORE_ENVIRONMENTS:
        node = argument(call, position, name)
        value = _constant(node, scope)
        if node is None or value is ... or not value:
            continue
        if environment is not None and _constant(environment, scope) is ...:
            problem = l10n.t("“{name}” cannot be given together with “environment”.", name=name)
            yield rules.SETTING.finding(script.range(node), message=problem)
        elif name == "runtime" and isinstance(value, str) and value.lower() not in _RUNTIMES:
            problem = l10n.t("“{name}” must be “python” or “spark-py”, not “{value}”.", name=name, value=value)
            yield rules.SETTING.finding(script.range(node), message=problem)
    node = argument(call, 0, "entry_script")
    if node is not None and _constant(node, scope) in ("", None):
        problem = l10n.t("“{name}” must name a script.", name="entry_script")
        yield rules.SETTING.finding(script.range(node), message=problem)


def _constant(node: ast.expr | None, scope: Scope) -> object:
    """The value that a literal, or a name assigned once to one, surely has; Ellipsis when it may be anything."""
    if node is None:
        return ...
    node, _ = follow(node, scope)
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    if not isinstance(node, ast.Constant):
        return ...
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return sign * node.value
    return node.value


def _name(script: ParsedScript, call: ast.Call, scope: Scope, owner: str, called: str) -> list[Finding]:
    for ancestor in (owner, "Webservice" if is_a(owner, "Webservice") else owner):
        entry = _NAMES.get((ancestor, called))
        signature = method(owner, called)
        if entry is None or signature is None or entry[0] not in signature.positional:
            continue
        parameter, kind, form = entry
        return _check_name(script, argument(call, signature.positional.index(parameter), parameter), scope, kind, form)
    return []


def _check_name(
    script: ParsedScript, node: ast.expr | None, scope: Scope, kind: str, form: tuple[re.Pattern[str], int, int]
) -> list[Finding]:
    """Findings about a name that a call gives."""
    pattern, least, most = form
    name = text_of(node, scope)
    if node is None or name is None or (pattern.fullmatch(name) and least <= len(name) <= most):
        return []
    if name and is_left_open(name):
        # All that stand in angle brackets are named together.
        return [] if ANGLES.fullmatch(name.strip()) else [PLACEHOLDER.finding(script.range(node), text=name[:60])]
    better = _better(name, kind)
    literal, _ = follow(node, scope)
    fix: tuple[Fix, ...] = ()
    if better and pattern.fullmatch(better) and least <= len(better) <= most and isinstance(literal, ast.Constant):
        quote = "'" if script.source(literal).startswith("'") else '"'
        fix = (Fix(l10n.t("Change to {name}", name=better), (script.replace(literal, f"{quote}{better}{quote}"),)),)
    return [rules.NAME.finding(script.range(node), fixes=fix, grammar=_grammar(kind), name=name[:60])]


def _grammar(kind: str) -> str:
    """Words for the grammar of names of that kind."""
    if kind == "model":
        return l10n.t(
            "model names have letters, digits, dashes, dots and underscores, and begin with a letter or digit"
        )
    if kind == "image":
        return l10n.t("image names have 3 to 32 lowercase letters, digits, dashes or dots")
    if kind == "v2":
        return l10n.t(
            "names of endpoints and deployments have 3 to 32 letters, digits or dashes, begin with a letter and do not"
            " end with a dash"
        )
    return l10n.t(
        "service names have 3 to 32 lowercase letters, digits or dashes, begin with a letter and do not end with a dash"
    )


def _better(name: str, kind: str) -> str:
    if kind == "model":
        return re.sub(r"[^a-zA-Z0-9\-._]+", "-", name).lstrip("-._")[:255]
    return re.sub(r"^[^a-z]+|[^a-z0-9]+$", "", re.sub(r"[^a-z0-9]+", "-", name.lower()))[:32].rstrip("-")


def _model_id(script: ParsedScript, call: ast.Call, scope: Scope) -> list[Finding]:
    node = argument(call, 1, "name")
    name = text_of(node, scope)
    if node is None or name is None or not re.fullmatch(r"[\w.\-]+:\d+", name):
        return []
    keyword = next((k for k in call.keywords if k.arg == "name"), None)
    others = {k.arg for k in call.keywords}
    fix: tuple[Fix, ...] = ()
    if not others & {"id", "version"} and len(call.args) <= 2:
        if keyword is not None:
            start = script.range(keyword).start
            edit = TextEdit(Range(start, Position(start.line, start.character + 4)), "id")
        else:
            edit = script.insert(script.range(node).start, "id=")
        fix = (Fix(l10n.t("Give it as id"), (edit,), preferred=True),)
    return [rules.NAME_WITH_VERSION.finding(script.range(node), fixes=fix, name=name)]


def _registration(script: ParsedScript, call: ast.Call, scope: Scope, owner: str, name: str) -> Iterator[Finding]:
    signature = method(owner, name)
    if signature is None or "model_framework" not in signature.positional or any(k.arg is None for k in call.keywords):
        return
    version = argument(call, signature.positional.index("model_framework_version"), "model_framework_version")
    framework = argument(call, signature.positional.index("model_framework"), "model_framework")
    if (
        version is not None
        and _constant(version, scope) is not None
        and (framework is None or _constant(framework, scope) is None)
    ):
        keyword = next((k for k in call.keywords if k.arg == "model_framework_version"), None)
        fix: tuple[Fix, ...] = ()
        if keyword is not None and framework is None:
            fix = (Fix(l10n.t("Remove the version"), (remove_keyword(script, call, keyword),)),)
        yield rules.FRAMEWORK.finding(script.range(version), fixes=fix)


def remove_keyword(script: ParsedScript, call: ast.Call, keyword: ast.keyword) -> TextEdit:
    """The edit that takes a keyword argument out, with its comma."""
    parts: list[ast.AST] = sorted(
        (*call.args, *call.keywords), key=lambda n: (getattr(n, "lineno", 0), getattr(n, "col_offset", 0))
    )
    index = next(i for i, part in enumerate(parts) if part is keyword)
    place = script.range(keyword)
    if index > 0:
        return TextEdit(Range(script.range(parts[index - 1]).end, place.end), "")
    if index + 1 < len(parts):
        return TextEdit(Range(place.start, script.range(parts[index + 1]).start), "")
    return TextEdit(place, "")


def _configuration(script: ParsedScript, call: ast.Call, scope: Scope, owner: str) -> list[Finding]:
    if any(k.arg is None for k in call.keywords) or call.args:
        return []
    keywords = {k.arg: k for k in call.keywords if k.arg}
    values = {name: _constant(k.value, scope) for name, k in keywords.items()}
    findings = _numbers(script, keywords, values)

    def tell(name: str, problem: str, *, without: str = "") -> None:
        fix: tuple[Fix, ...] = ()
        if without:
            fix = (
                Fix(
                    l10n.t("Remove {parameter}", parameter=without), (remove_keyword(script, call, keywords[without]),)
                ),
            )
        findings.append(rules.SETTING.finding(script.range(keywords[name]), fixes=fix, problem=problem))

    if owner == "LocalWebservice":
        port = values.get("port", ...)
        if port is not ... and port is not None and (not isinstance(port, int) or not 0 <= port <= 65535):
            tell("port", l10n.t("“port” must be a whole number from 1 to 65535."))
        return findings
    if owner.startswith("Aks"):
        if values.get("auth_enabled") is True and values.get("token_auth_enabled") is True:
            tell(
                "token_auth_enabled",
                l10n.t(
                    "“auth_enabled” and “token_auth_enabled” cannot both be True: a service uses either keys or tokens."
                ),
                without="auth_enabled",
            )
        scaling = values.get("autoscale_enabled")
        replicas = values.get("num_replicas")
        if scaling is True and replicas not in (None, ...):
            tell(
                "num_replicas",
                l10n.t(
                    "“autoscale_enabled” chooses the number of replicas, so “num_replicas” cannot be given as well."
                ),
                without="num_replicas",
            )
        elif scaling is False and replicas is None:
            tell("autoscale_enabled", l10n.t("“num_replicas” must be given without autoscaling."))
        first = next((n for n in _SCALING if values.get(n) not in (None, ...)), None)
        if first and scaling in (None, False):
            tell(first, l10n.t("“{name}” needs autoscale_enabled=True.", name=first))
        least, most = values.get("autoscale_min_replicas"), values.get("autoscale_max_replicas")
        if isinstance(least, int) and isinstance(most, int) and least > most:
            problem = l10n.t(
                "“autoscale_min_replicas” is {least}, which is above “autoscale_max_replicas”, {most}.",
                least=least,
                most=most,
            )
            tell("autoscale_min_replicas", problem)
        for request, limit in (("cpu_cores", "cpu_cores_limit"), ("memory_gb", "memory_gb_limit")):
            low, high = values.get(request), values.get(limit)
            if isinstance(low, int | float) and isinstance(high, int | float) and high < low:
                tell(limit, l10n.t("“{limit}” must not be below “{request}”.", limit=limit, request=request))
    if values.get("ssl_enabled") is True and owner == "AciWebservice":
        missing = [n for n in ("ssl_cert_pem_file", "ssl_key_pem_file", "ssl_cname") if values.get(n) is None]
        if missing:
            tell("ssl_enabled", l10n.t("With TLS {names} must be given as well.", names=quoted_names(missing)))
    for group in _TOGETHER:
        present = [n for n in group if values.get(n) is not None]
        if present and len(present) < len(group):
            tell(present[0], l10n.t("{names} must be given together.", names=quoted_names(group)))
    return findings


def _numbers(script: ParsedScript, keywords: dict[str, ast.keyword], values: dict[str, object]) -> list[Finding]:
    findings = []
    for name in _POSITIVE:
        value = values.get(name, ...)
        if isinstance(value, int | float) and not isinstance(value, bool) and value <= 0:
            findings.append(
                rules.SETTING.finding(
                    script.range(keywords[name].value), problem=l10n.t("“{name}” must be above zero.", name=name)
                )
            )
    gpus = values.get("gpu_cores", ...)
    if isinstance(gpus, int | float) and gpus < 0:
        findings.append(
            rules.SETTING.finding(
                script.range(keywords["gpu_cores"].value),
                problem=l10n.t("“gpu_cores” must not be below zero."),
            )
        )
    return findings


def _update(script: ParsedScript, call: ast.Call, scope: Scope, owner: str) -> Iterator[Finding]:
    if not call.args and not call.keywords and owner in ("AciWebservice", "AksWebservice"):
        yield rules.NOTHING_TO_UPDATE.finding(script.range(call))
        return
    keywords = {k.arg: k for k in call.keywords if k.arg}
    if owner == "AksWebservice" and not any(k.arg is None for k in call.keywords):
        first = next((n for n in _SCALING if n in keywords), None)
        if first and "autoscale_enabled" not in keywords:
            yield rules.SETTING.finding(
                script.range(keywords[first]),
                problem=l10n.t(
                    "“{name}” needs autoscale_enabled=True in the same call, even for a service that already scales.",
                    name=first,
                ),
            )
        yield from _numbers(script, keywords, {n: _constant(k.value, scope) for n, k in keywords.items()})
