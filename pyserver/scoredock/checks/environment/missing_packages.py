"""Packages that a script imports and its environment does not hold, nor another package brings."""

from __future__ import annotations

import ast
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.finding import Finding
from scoredock.checks.environment import rules
from scoredock.checks.environment.edits import add_package
from scoredock.checks.packages.distributions import RUNTIME, brought_in_azure, closure, is_known, near_known
from scoredock.checks.packages.import_names import NO_MODULES, is_shared, normalised, providers
from scoredock.checks.packages.releases import Releases, verdict
from scoredock.checks.programs_beside import runs_in_spark
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

_SKLEARN = "scikit-learn"
_WITH_PIP = ("pkg_resources", "pip", "setuptools", "wheel")
_WHOLE = "anaconda"
"""conda's package of hundreds of others."""


def check_package(script: ParsedScript, import_: Import) -> Finding | None:
    other = NO_MODULES.get(import_.top)
    if other is not None and not _may_be_there(script, import_.top):
        return _misnamed(script, import_, other)
    certain = is_missing(script, import_)
    environment = script.facts.environment
    if certain is None or environment is None or (environment.assumed and not certain):
        return None
    if import_.top == "pyspark" and environment.assumed and runs_in_spark(script.facts):
        return None
    names = providers(import_.dotted)
    package = names[0] if names else normalised(import_.top)
    severity = severity_of(import_, certain)
    place = place_of(script, import_)
    taken = import_.statement.names if isinstance(import_.statement, ast.ImportFrom) else [import_.alias]
    if severity == "error" and all(is_unused(script, replace(import_, alias=alias)) for alias in taken):
        title = l10n.t("Remove the import of {name}", name=import_.spelling)
        fix = remove_import(script, import_.statement, taken, title)
        return rules.UNUSED.finding(place, fixes=(fix,) if fix else (), name=import_.bound, package=package)
    fix = add_package(environment, package)
    beside = "" if package == import_.top else l10n.t(", which “{module}” comes from,", module=import_.top)
    azure = package in brought_in_azure(environment.packages)
    hint = l10n.t(", although “azureml-defaults” brings it in Azure") if azure else ""
    fixes = (fix,) if fix else ()
    return rules.MISSING.finding(place, severity=severity, fixes=fixes, package=package, beside=beside, hint=hint)


def _brought(environment: EnvironmentFacts) -> frozenset[str]:
    """All that comes with the packages of an environment. scikit-learn before 0.21 has a joblib of its own."""
    packages = frozenset(environment.packages) | RUNTIME
    if verdict(environment, _SKLEARN, Releases("0", "0.21")) != "surely":
        return closure(packages)
    return closure(packages - {_SKLEARN} | {"numpy", "scipy"}) | {_SKLEARN}


def is_missing(script: ParsedScript, import_: Import) -> bool | None:
    """True where the environment surely lacks it, False where it probably does, None where it may be there."""
    environment = script.facts.environment
    if environment is None:
        return None
    if environment.modules is not None:
        # A package that several distributions share needs a closer look than its name.
        if import_.top not in environment.modules:
            return True
        if not is_shared(import_.top) or environment.installed is None:
            return None
        names = providers(import_.dotted)
        return True if names and not any(name in environment.installed for name in names) else None
    if not environment.complete or _WHOLE in environment.packages or import_.top in _WITH_PIP:
        return None
    names = providers(import_.dotted)
    if not names:
        # Not well known: it may be part of anything that is not known either.
        known = all(map(is_known, environment.packages)) and not is_shared(import_.top)
        return False if known and normalised(import_.top) not in closure(frozenset(environment.packages)) else None
    there = _brought(environment)
    if any(name in there for name in names) or normalised(import_.top) in there:
        return None
    # A slip of the pen brings nothing of what is meant.
    unknown = [name for name in environment.packages if not is_known(name) and not near_known(name)]
    if any(name.startswith(("azureml-", "mlflow")) for name in unknown):
        return None  # these bring half of the usual packages
    return not unknown


def _may_be_there(script: ParsedScript, top: str) -> bool:
    environment = script.facts.environment
    return environment is not None and environment.modules is not None and top in environment.modules


def _misnamed(script: ParsedScript, import_: Import, module: str) -> Finding:
    edits: list[TextEdit] = []
    place = place_of(script, import_)
    if isinstance(import_.statement, ast.Import) and import_.alias.name == import_.top:
        if import_.alias.asname or module == import_.top or "." in module:
            edits = [name_edit(script, import_, f"{module} as {import_.bound}" if not import_.alias.asname else module)]
        else:
            edits = [name_edit(script, import_, module)]
            edits += [script.replace(n, module) for s in script.walk.scopes for n, _ in s.uses.get(import_.bound, ())]
    elif isinstance(import_.statement, ast.ImportFrom) and import_.module == import_.top:
        edits = module_edit(script, import_.statement, module)
    fix = Fix(l10n.t("Import {module}", module=module), tuple(edits), preferred=True)
    return rules.NO_MODULE.finding(place, fixes=(fix,) if edits else (), name=import_.top, module=module)
