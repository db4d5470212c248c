"""Imports of an entry script against the environment and the folder that it will run in."""

from __future__ import annotations

import ast

from scoredock.analysis.finding import Finding
from scoredock.checks.environment.azure_imports import PACKAGES, check_azure
from scoredock.checks.environment.missing_packages import check_package
from scoredock.checks.environment.own_modules import check_hidden, check_own, is_local
from scoredock.checks.environment.python_version import check_module
from scoredock.checks.environment.relative_imports import check_relative
from scoredock.checks.environment.rules import HIDDEN
from scoredock.checks.packages.distributions import RUNTIME
from scoredock.checks.packages.import_names import REMOVED_MODULES, in_standard_library, providers
from scoredock.checks.script.import_statement import Import, place_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.version_tests import asked_python
from scoredock.checks.script.walk_result import IMPORT_CAUGHT, IN_IF, MAIN_ONLY, NAME_CAUGHT


def check_imports(script: ParsedScript) -> list[Finding]:
    """Findings about imports; each statement has one at most for each missing thing."""
    findings: list[Finding] = []
    if script.module and not script.facts.surely_imported:
        return findings  # whoever imports it counts with its absence
    for node, scope, flags in script.walk.imports:
        if flags & (MAIN_ONLY | IMPORT_CAUGHT | NAME_CAUGHT):
            continue
        if flags & IN_IF:
            continue
        if isinstance(node, ast.ImportFrom) and node.level:
            findings += check_relative(script, node, scope)
        else:
            findings += _check_statement(script, node, scope)
    hidden = {f.message: f for f in reversed(findings) if f.code == HIDDEN.code}
    return [f for f in findings if f.code != HIDDEN.code or hidden[f.message] is f]


def _check_statement(script: ParsedScript, node: ast.Import | ast.ImportFrom, scope: Scope) -> list[Finding]:
    findings: list[Finding] = []
    reported_modules: set[str] = set()
    for alias in node.names:
        module = node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
        dotted = f"{module}.{alias.name}" if isinstance(node, ast.ImportFrom) else module
        import_ = Import(node, alias, scope, module, dotted)
        if not import_.top or import_.top in reported_modules:
            continue
        one = _check_one(script, import_)
        if one is not None:
            reported_modules.add(import_.top) if import_.top not in PACKAGES else None
            findings.append(one)
    return findings


def _check_one(script: ParsedScript, import_: Import) -> Finding | None:
    if import_.top in PACKAGES:
        return None if is_local(script, import_.top) else check_azure(script, import_)
    if import_.top in ("__future__", "scoredock_runtime") or import_.top in RUNTIME:
        return None
    gone = check_module(script, import_.statement, import_.module, place_of(script, import_))
    if gone is not None or import_.top in REMOVED_MODULES:
        return gone  # where it is not gone, something else brings it
    if in_standard_library(import_.top, asked_python(script.facts)):
        return check_hidden(script, import_, standard=True)
    found = check_own(script, import_)
    if found is not None or is_local(script, import_.top) or (script.adds_folders and not providers(import_.dotted)):
        return found
    return check_package(script, import_)
