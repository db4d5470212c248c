"""Modules of the project itself: whether the service has them, and under which name."""

from __future__ import annotations

import ast
import posixpath

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of
from scoredock.checks.environment import rules
from scoredock.checks.environment.missing_packages import is_missing
from scoredock.checks.packages.import_names import providers
from scoredock.checks.script.import_statement import Import, module_edit, name_edit, place_of, severity_of
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.written_files import is_copied
from scoredock.text import Fix, TextEdit


def is_local(script: ParsedScript, top: str) -> bool:
    """True if a file or folder of that name lies where the script may find it."""
    facts = script.facts
    if not facts.path:
        return True  # nothing is known of the folder
    folders = {folder_of(facts.path), *facts.import_folders}
    if facts.source_directory:
        folders.add(folder_of(facts.source_directory))
    for folder in folders:
        place = posixpath.join(folder, top)
        if facts.exists(f"{place}.py") or facts.exists(f"{place}.so") or facts.is_folder(place):
            return True
    return False


def is_module(script: ParsedScript, folder: str, top: str) -> bool:
    place = posixpath.join(folder, top)
    return script.facts.exists(f"{place}.py") or script.facts.exists(f"{place}/__init__.py")


def check_own(script: ParsedScript, import_: Import) -> Finding | None:
    facts = script.facts
    if not facts.path or script.adds_folders or (script.module and facts.script_only):
        return None
    folder, source = folder_of(facts.path), facts.source_directory.rstrip("/")
    # A folder without __init__.py is a package as well.
    namespace = facts.script_only and facts.is_folder(posixpath.join(folder, import_.top))
    if not namespace and not is_module(script, folder, import_.top):
        return _check_outside(script, import_, source) or _check_case(script, import_, facts.search_folder)
    if providers(import_.module):
        return check_hidden(script, import_, standard=False) if not facts.script_only else None
    if _is_installed(facts.environment, folder, import_.top) or (facts.script_only and is_copied(import_.top, facts)):
        return None
    if facts.script_only:
        problem = l10n.t(
            "“{module}” is beside the script, but without a source directory only the script is deployed",
            module=import_.top,
        )
        return rules.NOT_CARRIED.finding(
            place_of(script, import_), problem=problem, severity=severity_of(import_, certain=True)
        )
    if (
        not source
        or source == folder
        or facts.in_script_folder
        or is_module(script, source, import_.top)
        or facts.is_folder(f"{source}/{import_.top}")
    ):
        return None
    if not folder.startswith(f"{source}/") or import_.top == posixpath.basename(source):
        return None
    inner = folder[len(source) + 1 :].replace("/", ".")
    fixes: tuple[Fix, ...] = ()
    if all(part.isidentifier() for part in inner.split(".")):
        edits: list[TextEdit] = []
        if isinstance(import_.statement, ast.ImportFrom):
            edits = module_edit(script, import_.statement, f"{inner}.{import_.module}")
        elif import_.alias.asname:
            edits = [name_edit(script, import_, f"{inner}.{import_.module}")]
        elif len(import_.statement.names) == 1 and "." not in import_.module:
            edits = [script.replace(import_.statement, f"from {inner} import {import_.module}")]
        fixes = (Fix(l10n.t("Import it from {inner}", inner=inner), tuple(edits), preferred=True),) if edits else ()
    problem = l10n.t(
        "“{module}” is beside the script, but Python looks in the source directory “{folder}”",
        module=import_.top,
        folder=posixpath.basename(source),
    )
    return rules.NOT_CARRIED.finding(
        place_of(script, import_), severity=severity_of(import_, certain=True), fixes=fixes, problem=problem
    )


def _is_installed(environment: EnvironmentFacts | None, folder: str, top: str) -> bool:
    """True if the environment has a module of that name, or installs the folder that it is in."""
    if environment is None:
        return False
    place = f"{posixpath.join(folder, top)}/"
    return top in (environment.modules or ()) or any(place.startswith(f"{each}/") for each in environment.folders)


def _check_outside(script: ParsedScript, import_: Import, source: str) -> Finding | None:
    """A module beside the source directory, which is all that is copied."""
    facts = script.facts
    above = folder_of(source) if source else ""
    if not above or import_.top == posixpath.basename(source) or providers(import_.module):
        return None  # the source directory itself is found by its name
    inside = {*facts.import_folders, source}
    if any(
        is_module(script, each, import_.top) or facts.is_folder(posixpath.join(each, import_.top)) for each in inside
    ):
        return None
    if not is_module(script, above, import_.top) or _is_installed(facts.environment, above, import_.top):
        return None
    if is_copied(import_.top, facts):
        return None
    problem = l10n.t(
        "“{module}” lies outside the source directory “{folder}”, and only that is deployed",
        module=import_.top,
        folder=posixpath.basename(source),
    )
    return rules.NOT_CARRIED.finding(
        place_of(script, import_), severity=severity_of(import_, certain=True), problem=problem
    )


def _check_case(script: ParsedScript, import_: Import, folder: str) -> Finding | None:
    facts = script.facts
    if facts.listing is None or providers(import_.module) or facts.is_folder(posixpath.join(folder, import_.top)):
        return None
    wanted = f"{import_.top}.py".lower()
    near = next(
        (name for name in facts.listing(folder) if name.lower() == wanted and name != f"{import_.top}.py"), None
    )
    if near is None or not near.endswith(".py") or not near[:-3].isidentifier() or is_local(script, import_.top):
        return None
    if is_missing(script, import_) is None and facts.environment is not None and facts.environment.modules is not None:
        return None
    module = near[:-3]
    edits: list[TextEdit] = []
    if isinstance(import_.statement, ast.ImportFrom):
        edits = module_edit(script, import_.statement, module + import_.module[len(import_.top) :])
    elif import_.alias.asname or "." in import_.module:
        edits = (
            [name_edit(script, import_, module + import_.module[len(import_.top) :])] if import_.alias.asname else []
        )
    else:
        edits = [name_edit(script, import_, f"{module} as {import_.top}")]
    fix = Fix(l10n.t("Import {module}", module=module), tuple(edits), preferred=True)
    return rules.MODULE_CASE.finding(
        place_of(script, import_),
        severity=severity_of(import_, certain=True),
        fixes=(fix,) if edits else (),
        name=import_.top,
        file=near,
    )


def check_hidden(script: ParsedScript, import_: Import, *, standard: bool) -> Finding | None:
    """A file beside the script that bears the name of what is imported: a module of the standard library, or an
    installed package."""
    facts = script.facts
    folder = facts.search_folder
    if not folder or facts.listing is None or facts.script_only or not is_module(script, folder, import_.top):
        return None
    if not standard and (facts.environment is None or is_missing(script, import_) is not None):
        return None  # nothing hides the file then
    if posixpath.join(folder, f"{import_.top}.py") == facts.path:
        return None
    return rules.HIDDEN.finding(
        place_of(script, import_),
        name=import_.top,
        library=l10n.t("the module of the standard library") if standard else l10n.t("the installed package"),
        file=f"{import_.top}.py",
    )
