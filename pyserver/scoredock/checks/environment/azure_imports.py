"""Parts of Azure's SDK that an entry script imports, and that a service has or lacks."""

from __future__ import annotations

import ast
import re

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.rule import enumeration, quoted_names
from scoredock.checks.environment import rules
from scoredock.checks.environment.edits import add_package
from scoredock.checks.packages.distributions import is_known
from scoredock.checks.packages.import_names import OFFERED, OFFERED_NAMES
from scoredock.checks.script.import_statement import (
    Import,
    is_unused,
    place_of,
    remove_import,
    severity_of,
    surely_runs,
)
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import ANNOTATION, DECORATOR, IMPORT_CAUGHT, IN_IF, IN_TRY, MAIN_ONLY

MONITORING = "azureml.ai.monitoring"
"""What a package of its own brings that services can have: it needs nothing else of the SDK."""
PACKAGES = ("azureml", "inference_schema", "azureml_inference_server_http")


_COLLECTION = ("azureml.monitoring", "azureml.datacollector")
"""What azureml-monitoring brings; a service has it here without the package, one of Azure has not."""
_WITH_SDK = re.compile(r"azureml-(?:core|sdk|train|pipeline|automl)\b")
"""Packages that bring the whole SDK."""
_BROUGHT_BY = {
    "azureml.automl": "azureml-automl-core",
    "azureml.train.automl": "azureml-train-automl-client",
    "azureml.telemetry": "azureml-telemetry",
    "azureml.interpret": "azureml-interpret",
    "azureml.opendatasets": "azureml-opendatasets",
}
"""Parts of the SDK that scripts use in a service without an account; with azureml-sdk beside them."""
_FROM_WORST: tuple[Severity, ...] = ("error", "warning", "information", "hint")
_NOT_SURE = IMPORT_CAUGHT | IN_IF | IN_TRY | MAIN_ONLY | ANNOTATION


def check_azure(script: ParsedScript, import_: Import) -> Finding | None:
    environment = script.facts.environment
    if environment is not None and environment.installed is not None and "azureml-core" in environment.installed:
        return None
    if script.on_cluster:
        return None  # a cluster has the SDK
    if f"{import_.module}.".startswith(f"{MONITORING}."):
        return _check_monitoring(script, import_)
    if import_.module.startswith(_COLLECTION):
        return _check_collection(script, import_)
    name = _lacking(import_)
    if not name:
        return None
    # Other packages of Azure bring the real SDK, which then is there.
    certain = environment is not None and environment.complete and all(map(is_known, environment.packages))
    if not certain and not name.startswith("azureml.core."):
        return None
    if name != import_.module or not isinstance(import_.statement, ast.ImportFrom):
        return _finding(script, import_, name, certain=certain)
    # One finding for a module that is not there, with the name that suffers most.
    aliases = import_.statement.names
    if import_.alias is not aliases[0]:
        return None
    findings = [_finding(script, _beside(import_, each), name, certain=certain) for each in aliases]
    return min(filter(None, findings), key=lambda each: _FROM_WORST.index(each.severity))


def _lacking(import_: Import) -> str:
    """The module or name that a service lacks; empty when it has both."""
    if import_.module not in OFFERED:
        return import_.module
    if not isinstance(import_.statement, ast.ImportFrom) or import_.alias.name == "*":
        return ""
    if import_.module in OFFERED_NAMES:
        return "" if import_.alias.name in OFFERED_NAMES[import_.module] else import_.dotted
    return import_.dotted if import_.module in ("azureml", "azureml.contrib") and import_.dotted not in OFFERED else ""


def _finding(script: ParsedScript, import_: Import, name: str, *, certain: bool) -> Finding | None:
    if is_unused(script, import_):
        return _unused(script, import_, name)
    harmless = _is_only_annotated(script, import_)
    failing = _failing_use(script, import_)
    severity: Severity = "error" if certain and failing is not None and surely_runs(import_.scope) else "warning"
    line = script.range(failing).start.line + 1 if failing is not None else 0
    fails = l10n.t("line {line} fails, which uses it", line=line) if line else l10n.t("what uses it fails")
    hint = f"{fails}; {_advice(name)}"
    return rules.NOT_IN_SERVICE.finding(
        place_of(script, import_),
        severity="hint" if harmless else "information" if _has_sdk(script.facts.environment) else severity,
        name=name,
        hint=hint,
    )


def _unused(script: ParsedScript, import_: Import, name: str) -> Finding | None:
    """One hint for all names of a statement that nothing uses, at the first of them."""
    statement = import_.statement
    others = [_beside(import_, each) for each in statement.names] if isinstance(statement, ast.ImportFrom) else []
    unused = [each for each in others if _lacking(each) and is_unused(script, each)] or [import_]
    if unused[0].alias is not import_.alias:
        return None
    title = l10n.t("Remove the import of {name}", name=enumeration([each.spelling for each in unused]))
    fix = remove_import(script, statement, [each.alias for each in unused], title)
    message = l10n.t(
        "{names} do not exist in a Scoredock service, which has only what scoring needs of Azure's SDK: nothing uses"
        " them, so remove them.",
        names=quoted_names(_lacking(each) for each in unused),
    )
    return rules.NOT_IN_SERVICE.finding(
        place_of(script, import_),
        severity="hint",
        fixes=(fix,) if fix else (),
        message=message if len(unused) > 1 else "",
        name=name,
        hint=l10n.t("nothing uses it, so remove it"),
    )


def _beside(import_: Import, alias: ast.alias) -> Import:
    """Another name of the same statement."""
    return Import(import_.statement, alias, import_.scope, import_.module, f"{import_.module}.{alias.name}")


def _advice(name: str) -> str:
    package = next((each for part, each in _BROUGHT_BY.items() if f"{name}.".startswith(f"{part}.")), "")
    if package:
        return l10n.t("add {package} and azureml-sdk to the environment", package=package)
    return l10n.t("use it in the script that deploys")


def _is_only_annotated(script: ParsedScript, import_: Import) -> bool:
    """True if the name stands in annotations alone, which harm nothing."""
    uses = [flags for scope in script.walk.scopes for _, flags in scope.uses.get(import_.bound, ())]
    return all(flags & ANNOTATION for flags in uses)


def _failing_use(script: ParsedScript, import_: Import) -> ast.expr | None:
    """The first place that surely runs and does more with the name than to name it. Of a module the same holds for its
    names."""
    of_module = isinstance(import_.statement, ast.Import)
    start = f"{import_.dotted}."

    def fails(node: ast.expr, scope: Scope, flags: int, *, called: bool) -> bool:
        if not scope.is_started or flags & _NOT_SURE:
            return False
        dotted = script.dotted(node, scope)
        rest = dotted.removeprefix(start) if dotted.startswith(start) else ""
        return (bool(rest) or (called and dotted == import_.dotted)) and (not of_module or called)

    called = [
        *((call.func, scope, flags) for call, scope, flags in script.walk.calls),
        *(
            (name, scope, flags)
            for scope in script.walk.scopes
            for name, flags in scope.uses.get(import_.bound, ())
            if flags & DECORATOR
        ),
        *(
            (base, scope.parent, 0)
            for scope in script.walk.scopes
            if isinstance(scope.node, ast.ClassDef) and scope.parent is not None
            for base in scope.node.bases
        ),
    ]
    places = [node for node, scope, flags in called if fails(node, scope, flags, called=True)]
    places += [node for node, scope, flags in script.walk.attributes if fails(node, scope, flags, called=False)]
    return min(places, key=lambda node: (node.lineno, node.col_offset), default=None)


def _has_sdk(environment: EnvironmentFacts | None) -> bool:
    """True if the environment lists what brings the SDK, which it then has in Azure."""
    return environment is not None and any(_WITH_SDK.match(package) for package in environment.packages)


def _check_monitoring(script: ParsedScript, import_: Import) -> Finding | None:
    environment, package = script.facts.environment, MONITORING.replace(".", "-")
    if environment is None or not environment.complete or package in environment.packages:
        return None
    fix = add_package(environment, package)
    beside = l10n.t(", which “{module}” comes from,", module=MONITORING)
    return rules.MISSING.finding(
        place_of(script, import_),
        severity=severity_of(import_, not environment.assumed),
        fixes=(fix,) if fix else (),
        package=package,
        beside=beside,
        hint="",
    )


def _check_collection(script: ParsedScript, import_: Import) -> Finding | None:
    environment, package = script.facts.environment, "azureml-monitoring"
    if environment is None or not environment.complete or environment.assumed or not environment.path:
        return None
    others = (each for each in environment.packages if each.startswith("azureml-") and each != "azureml-sdk")
    if package in environment.packages or not all(map(is_known, others)):
        return None
    fix = add_package(environment, package)
    return rules.MISSING.finding(
        place_of(script, import_),
        severity="information",
        fixes=(fix,) if fix else (),
        message=l10n.t(
            "“{module}” comes from “{package}”, which is not in the environment: it works here, and in Azure the"
            " service does not start without it.",
            module=import_.module,
            package=package,
        ),
    )
