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


def check_azure(script: ParsedScript, asked: Import) -> Finding | None:
    environment = script.facts.environment
    if environment is not None and environment.installed is not None and "azureml-core" in environment.installed:
        return None
    if script.on_cluster:
        return None  # a cluster has the SDK
    if f"{asked.module}.".startswith(f"{MONITORING}."):
        return _check_monitoring(script, asked)
    name = ""
    if asked.module not in OFFERED:
        name = asked.module
    elif asked.module == "azureml.core" and isinstance(asked.statement, ast.ImportFrom):
        if asked.alias.name not in (*CORE_NAMES, "model", "*"):
            name = asked.dotted
    elif asked.module in ("azureml", "azureml.contrib") and isinstance(asked.statement, ast.ImportFrom):
        name = asked.dotted if asked.dotted not in OFFERED and asked.alias.name != "*" else ""
    if not name:
        return None
    # Other packages of Azure bring the real SDK, which then is there.
    certain = environment is not None and environment.complete and all(map(is_known, environment.packages))
    if not certain and not name.startswith("azureml.core."):
        return None
    unused = is_unused(script, asked)
    title = l10n.t("Remove the import of {name}", name=asked.spelling)
    fix = remove_import(script, asked.statement, [asked.alias], title) if unused else None
    severity: Severity = "information" if _has_sdk(environment) else severity_of(asked, certain)
    hint = l10n.t("; nothing uses it, so remove it") if unused else l10n.t("; use it in the script that deploys")
    return rules.NOT_IN_SERVICE.finding(
        place_of(script, asked), severity=severity, fixes=(fix,) if fix else (), name=name, hint=hint
    )


def _has_sdk(environment: EnvironmentFacts | None) -> bool:
    """Whether the environment lists what brings the SDK, which it then has in Azure."""
    return environment is not None and any(_WITH_SDK.match(package) for package in environment.packages)


def _check_monitoring(script: ParsedScript, asked: Import) -> Finding | None:
    environment, package = script.facts.environment, MONITORING.replace(".", "-")
    if environment is None or not environment.complete or package in environment.packages:
        return None
    fix = add_package(environment, package)
    beside = l10n.t(", which “{module}” comes from,", module=MONITORING)
    return rules.MISSING.finding(
        place_of(script, asked),
        severity=severity_of(asked, not environment.assumed),
        fixes=(fix,) if fix else (),
        package=package,
        beside=beside,
        hint="",
    )
