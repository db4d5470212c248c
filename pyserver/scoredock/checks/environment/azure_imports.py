"""Parts of Azure's SDK that an entry script imports, and that a service has or lacks."""

from __future__ import annotations

import ast
import re

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.environment import rules
from scoredock.checks.environment.edits import add_package
from scoredock.checks.packages.distributions import is_known
from scoredock.checks.packages.import_names import CORE_NAMES, OFFERED
from scoredock.checks.script.import_statement import Import, is_unused, place_of, remove_import, severity_of
from scoredock.checks.script.script import ParsedScript

MONITORING = "azureml.ai.monitoring"
"""What a package of its own brings that services can have: it needs nothing else of the SDK."""
PACKAGES = ("azureml", "inference_schema", "azureml_inference_server_http")


_WITH_SDK = re.compile(r"azureml-(?:core|sdk|train|pipeline|automl)\b")
"""Packages that bring the whole SDK."""


def check_azure(script: ParsedScript, import_: Import) -> Finding | None:
    environment = script.facts.environment
    if environment is not None and environment.installed is not None and "azureml-core" in environment.installed:
        return None
    if script.on_cluster:
        return None  # a cluster has the SDK
    if f"{import_.module}.".startswith(f"{MONITORING}."):
        return _check_monitoring(script, import_)
    name = ""
    if import_.module not in OFFERED:
        name = import_.module
    elif import_.module == "azureml.core" and isinstance(import_.statement, ast.ImportFrom):
        if import_.alias.name not in (*CORE_NAMES, "model", "*"):
            name = import_.dotted
    elif import_.module in ("azureml", "azureml.contrib") and isinstance(import_.statement, ast.ImportFrom):
        name = import_.dotted if import_.dotted not in OFFERED and import_.alias.name != "*" else ""
    if not name:
        return None
    # Other packages of Azure bring the real SDK, which then is there.
    certain = environment is not None and environment.complete and all(map(is_known, environment.packages))
    if not certain and not name.startswith("azureml.core."):
        return None
    unused = is_unused(script, import_)
    title = l10n.t("Remove the import of {name}", name=import_.spelling)
    fix = remove_import(script, import_.statement, [import_.alias], title) if unused else None
    severity: Severity = "information" if _has_sdk(environment) else severity_of(import_, certain)
    hint = l10n.t("; nothing uses it, so remove it") if unused else l10n.t("; use it in the script that deploys")
    return rules.NOT_IN_SERVICE.finding(
        place_of(script, import_), severity=severity, fixes=(fix,) if fix else (), name=name, hint=hint
    )


def _has_sdk(environment: EnvironmentFacts | None) -> bool:
    """Whether the environment lists what brings the SDK, which it then has in Azure."""
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
