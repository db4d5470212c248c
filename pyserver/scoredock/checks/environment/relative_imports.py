"""Relative imports: whether there is a package that their dots stand for."""

from __future__ import annotations

import ast
import posixpath

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of
from scoredock.checks.environment import rules
from scoredock.checks.environment.own_modules import is_module
from scoredock.checks.script.import_statement import module_edit, surely_runs
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.text import Fix


def check_relative(script: ParsedScript, node: ast.ImportFrom, scope: Scope) -> list[Finding]:
    """The entry script is in no package. What it imports is in those that its folders name."""
    packages = _packages(script) if script.module else ()
    if packages is None or _is_named_with_dots(script) or node.level <= len(packages):
        return []
    if packages:
        problem = l10n.t("The dots lead out of the package “{package}”", package=".".join(packages))
    else:
        file = posixpath.basename(script.facts.path.replace("\\", "/"))
        problem = l10n.t("“{file}” is in no package where the service imports it", file=file or l10n.t("the script"))
    fix = _without_dots(script, node)
    advice = l10n.t("write “{statement}”", statement=fix[1]) if fix else l10n.t("name the module without the dots")
    return [
        rules.RELATIVE.finding(
            script.range(node),
            severity=None if surely_runs(scope) else "warning",
            fixes=(fix[0],) if fix else (),
            problem=problem,
            module="." * node.level + (node.module or ""),
            advice=advice,
        )
    ]


def _is_named_with_dots(script: ParsedScript) -> bool:
    """True if runs of batches may name the script as a module of the package that its folder is."""
    first = script.facts.imported_by or script.facts.path
    return script.on_cluster and script.facts.exists(posixpath.join(folder_of(first), "__init__.py"))


def _packages(script: ParsedScript) -> tuple[str, ...] | None:
    """The packages that a module is imported in, from the outermost; None when nobody can tell."""
    facts = script.facts
    importer = facts.read(facts.imported_by) if facts.imported_by else None
    root = facts.search_folder
    if (
        facts.script_only
        or not root
        or not facts.path
        or importer is None
        or "sys.path" in importer
        or script.adds_folders
    ):
        return None
    folder = posixpath.dirname(facts.path.replace("\\", "/"))
    root = root.replace("\\", "/")
    if folder == root:
        return ()
    return tuple(folder[len(root) + 1 :].split("/")) if folder.startswith(f"{root}/") else None


def _without_dots(script: ParsedScript, node: ast.ImportFrom) -> tuple[Fix, str] | None:
    """The import of a module that lies where the service looks for modules, and how it is written then."""
    facts = script.facts
    folder = posixpath.dirname(facts.path.replace("\\", "/"))
    if node.level != 1 or not folder or facts.search_folder.replace("\\", "/") != folder:
        return None
    module = node.module or ""
    names = ", ".join(f"{a.name} as {a.asname}" if a.asname else a.name for a in node.names)
    if module and is_module(script, folder, module.partition(".")[0]):
        edits = tuple(module_edit(script, node, module))
        statement = f"from {module} import {names}"
    elif not module and all(is_module(script, folder, alias.name) for alias in node.names):
        edits = (script.replace(node, f"import {names}"),)
        statement = f"import {names}"
    else:
        return None
    title = l10n.t("Import {module} without the dot", module=module or names)
    return (Fix(title, edits, preferred=True), statement) if edits else None
