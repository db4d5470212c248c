"""Packages that a script imports and its environment does not hold."""

from __future__ import annotations

import ast
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.environment import rules
from scoredock.checks.environment.edits import add_package
from scoredock.checks.packages.distributions import RUNTIME, brought_in_azure, closure, is_known, near_known
from scoredock.checks.packages.import_names import NO_MODULES, is_shared, normalised, providers
from scoredock.checks.script.import_statement import (
    Import,
    is_unused,
    module_edit,
    name_edit,
    place_of,
    remove_import,
    severity_of,
)
from scoredock.checks.script.script import ParsedScript
from scoredock.text import Fix, TextEdit


def check_package(script: ParsedScript, asked: Import) -> Finding | None:
    other = NO_MODULES.get(asked.top)
    if other is not None and not _may_be_there(script, asked.top):
        return _misnamed(script, asked, other)
    certain = is_missing(script, asked)
    environment = script.facts.environment
    if certain is None or environment is None or (environment.assumed and not certain):
        return None
    names = providers(asked.dotted)
    package = names[0] if names else normalised(asked.top)
    severity = severity_of(asked, certain)
    place = place_of(script, asked)
    taken = asked.statement.names if isinstance(asked.statement, ast.ImportFrom) else [asked.alias]
    if severity == "error" and all(is_unused(script, replace(asked, alias=alias)) for alias in taken):
        title = l10n.t("Remove the import of {name}", name=asked.spelling)
        fix = remove_import(script, asked.statement, taken, title)
        return rules.UNUSED.finding(place, fixes=(fix,) if fix else (), name=asked.bound, package=package)
    fix = add_package(environment, package)
    beside = "" if package == asked.top else l10n.t(", which “{module}” comes from,", module=asked.top)
    azure = package in brought_in_azure(environment.packages)
    hint = l10n.t(", although “azureml-defaults” brings it in Azure") if azure else ""
    fixes = (fix,) if fix else ()
    return rules.MISSING.finding(place, severity=severity, fixes=fixes, package=package, beside=beside, hint=hint)


def is_missing(script: ParsedScript, asked: Import) -> bool | None:
    """True where the environment surely lacks it, False where it probably does, None where it may be there."""
    environment = script.facts.environment
    if environment is None:
        return None
    if environment.modules is not None:
        # A package that several distributions share needs a closer look than its name.
        if asked.top not in environment.modules:
            return True
        if not is_shared(asked.top) or environment.installed is None:
            return None
        names = providers(asked.dotted)
        return True if names and not any(name in environment.installed for name in names) else None
    if not environment.complete:
        return None
    names = providers(asked.dotted)
    if not names:
        # Not well known: it may be part of anything that is not known either.
        known = all(map(is_known, environment.packages)) and not is_shared(asked.top)
        return False if known and normalised(asked.top) not in closure(frozenset(environment.packages)) else None
    there = closure(frozenset(environment.packages) | RUNTIME)
    if any(name in there for name in names) or normalised(asked.top) in there or asked.top in ("pkg_resources", "pip"):
        return None
    # A slip of the pen brings nothing of what is meant.
    unknown = [name for name in environment.packages if not is_known(name) and not near_known(name)]
    if any(name.startswith(("azureml-", "mlflow")) for name in unknown):
        return None  # these bring half of the usual packages
    return not unknown


def _may_be_there(script: ParsedScript, top: str) -> bool:
    environment = script.facts.environment
    return environment is not None and environment.modules is not None and top in environment.modules


def _misnamed(script: ParsedScript, asked: Import, module: str) -> Finding:
    edits: list[TextEdit] = []
    place = place_of(script, asked)
    if isinstance(asked.statement, ast.Import) and asked.alias.name == asked.top:
        if asked.alias.asname or module == asked.top or "." in module:
            edits = [name_edit(script, asked, f"{module} as {asked.bound}" if not asked.alias.asname else module)]
        else:
            edits = [name_edit(script, asked, module)]
            edits += [script.replace(n, module) for s in script.found.scopes for n, _ in s.uses.get(asked.bound, ())]
    elif isinstance(asked.statement, ast.ImportFrom) and asked.module == asked.top:
        edits = module_edit(script, asked.statement, module)
    fix = Fix(l10n.t("Import {module}", module=module), tuple(edits), preferred=True)
    return rules.NO_MODULE.finding(place, fixes=(fix,) if edits else (), name=asked.top, module=module)
