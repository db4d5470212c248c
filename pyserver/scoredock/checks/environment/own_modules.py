"""Modules of the project itself: whether the service has them, and under which name."""

from __future__ import annotations

import ast
import posixpath

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of
from scoredock.checks.environment import rules
from scoredock.checks.environment.missing_packages import is_missing
from scoredock.checks.packages.import_names import providers
from scoredock.checks.script.import_statement import Import, module_edit, name_edit, place_of, severity_of
from scoredock.checks.script.script import ParsedScript
from scoredock.text import Fix, TextEdit


def is_local(script: ParsedScript, top: str) -> bool:
    """Whether a file or folder of that name lies where the script may find it."""
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


def check_own(script: ParsedScript, asked: Import) -> Finding | None:
    facts = script.facts
    if not facts.path or script.adds_folders or (script.module and facts.alone):
        return None
    folder, source = folder_of(facts.path), facts.source_directory.rstrip("/")
    # A folder without __init__.py is a package as well.
    namespace = facts.alone and facts.is_folder(posixpath.join(folder, asked.top))
    if not namespace and not is_module(script, folder, asked.top):
        return _check_outside(script, asked, source) or _check_case(script, asked, facts.search_folder)
    if providers(asked.module):
        return check_hidden(script, asked, standard=False) if not facts.alone else None
    if facts.environment is not None and facts.environment.modules and asked.top in facts.environment.modules:
        return None
    if facts.alone:
        problem = l10n.t(
            "“{module}” is beside the script, but without a source directory only the script is deployed",
            module=asked.top,
        )
        return rules.NOT_CARRIED.finding(
            place_of(script, asked), problem=problem, severity=severity_of(asked, certain=True)
        )
    if (
        not source
        or source == folder
        or is_module(script, source, asked.top)
        or facts.is_folder(f"{source}/{asked.top}")
    ):
        return None
    if not folder.startswith(f"{source}/") or asked.top == posixpath.basename(source):
        return None
    inner = folder[len(source) + 1 :].replace("/", ".")
    fixes: tuple[Fix, ...] = ()
    if all(part.isidentifier() for part in inner.split(".")):
        edits: list[TextEdit] = []
        if isinstance(asked.statement, ast.ImportFrom):
            edits = module_edit(script, asked.statement, f"{inner}.{asked.module}")
        elif asked.alias.asname:
            edits = [name_edit(script, asked, f"{inner}.{asked.module}")]
        elif len(asked.statement.names) == 1 and "." not in asked.module:
            edits = [script.replace(asked.statement, f"from {inner} import {asked.module}")]
        fixes = (Fix(l10n.t("Import it from {inner}", inner=inner), tuple(edits), preferred=True),) if edits else ()
    problem = l10n.t(
        "“{module}” is beside the script, but Python looks in the source directory “{folder}”",
        module=asked.top,
        folder=posixpath.basename(source),
    )
    return rules.NOT_CARRIED.finding(
        place_of(script, asked), severity=severity_of(asked, certain=True), fixes=fixes, problem=problem
    )


def _check_outside(script: ParsedScript, asked: Import, source: str) -> Finding | None:
    """A module beside the source directory, which is all that is copied."""
    facts = script.facts
    above = folder_of(source) if source else ""
    if not above or asked.top == posixpath.basename(source) or providers(asked.module):
        return None  # the source directory itself is found by its name
    inside = {*facts.import_folders, source}
    if any(is_module(script, each, asked.top) or facts.is_folder(posixpath.join(each, asked.top)) for each in inside):
        return None
    if not is_module(script, above, asked.top):
        return None
    if facts.environment is not None and asked.top in (facts.environment.modules or ()):
        return None
    problem = l10n.t(
        "“{module}” lies outside the source directory “{folder}”, and only that is deployed",
        module=asked.top,
        folder=posixpath.basename(source),
    )
    return rules.NOT_CARRIED.finding(
        place_of(script, asked), severity=severity_of(asked, certain=True), problem=problem
    )


def _check_case(script: ParsedScript, asked: Import, folder: str) -> Finding | None:
    facts = script.facts
    if facts.listing is None or providers(asked.module) or facts.is_folder(posixpath.join(folder, asked.top)):
        return None
    wanted = f"{asked.top}.py".lower()
    near = next((name for name in facts.listing(folder) if name.lower() == wanted and name != f"{asked.top}.py"), None)
    if near is None or not near.endswith(".py") or not near[:-3].isidentifier() or is_local(script, asked.top):
        return None
    if is_missing(script, asked) is None and facts.environment is not None and facts.environment.modules is not None:
        return None
    module = near[:-3]
    edits: list[TextEdit] = []
    if isinstance(asked.statement, ast.ImportFrom):
        edits = module_edit(script, asked.statement, module + asked.module[len(asked.top) :])
    elif asked.alias.asname or "." in asked.module:
        edits = [name_edit(script, asked, module + asked.module[len(asked.top) :])] if asked.alias.asname else []
    else:
        edits = [name_edit(script, asked, f"{module} as {asked.top}")]
    fix = Fix(l10n.t("Import {module}", module=module), tuple(edits), preferred=True)
    return rules.MODULE_CASE.finding(
        place_of(script, asked),
        severity=severity_of(asked, certain=True),
        fixes=(fix,) if edits else (),
        name=asked.top,
        file=near,
    )


def check_hidden(script: ParsedScript, asked: Import, *, standard: bool) -> Finding | None:
    """A file beside the script that bears the name of what is imported: a module of the standard library, or an
    installed package."""
    facts = script.facts
    folder = facts.search_folder
    if not folder or facts.listing is None or facts.alone or not is_module(script, folder, asked.top):
        return None
    if not standard and (facts.environment is None or is_missing(script, asked) is not None):
        return None  # nothing hides the file then
    if posixpath.join(folder, f"{asked.top}.py") == facts.path:
        return None
    return rules.HIDDEN.finding(
        place_of(script, asked),
        name=asked.top,
        library=l10n.t("the module of the standard library") if standard else l10n.t("the installed package"),
        file=f"{asked.top}.py",
    )
