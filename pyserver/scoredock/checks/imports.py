"""Imports of an entry script against the environment and the folder that it will run in."""

from __future__ import annotations

import ast
import posixpath
from dataclasses import dataclass, replace

from scoredock.checks import environment_use_rules as rules
from scoredock.checks.distributions import RUNTIME, brought_in_azure, closure, is_known
from scoredock.checks.environment_edit import add_package
from scoredock.checks.gathered import IMPORT_CAUGHT, IN_IF, MAIN_ONLY
from scoredock.checks.import_names import (
    CORE_NAMES,
    NO_MODULES,
    OFFERED,
    REMOVED_MODULES,
    in_standard_library,
    is_shared,
    normalised,
    providers,
)
from scoredock.checks.python_version import asked_python, check_module
from scoredock.checks.scope import Scope
from scoredock.checks.script import Script
from scoredock.configs.finding import Finding, Severity
from scoredock.configs.paths import folder_of
from scoredock.text import Fix, Range, TextEdit

_AZURE = ("azureml", "inference_schema", "azureml_inference_server_http")


@dataclass(frozen=True, slots=True)
class Import:
    """One name that an import statement asks for."""

    statement: ast.Import | ast.ImportFrom
    alias: ast.alias
    scope: Scope
    module: str
    """What must be a module."""
    dotted: str
    """The same with the name that is taken from it, which may be a module itself."""

    @property
    def top(self) -> str:
        """The first part of the name."""
        return self.module.partition(".")[0]

    @property
    def bound(self) -> str:
        """The name that the script gets."""
        return self.alias.asname or self.alias.name.partition(".")[0]


def check_imports(script: Script) -> list[Finding]:
    """Findings about imports; each statement has one at most for each missing thing."""
    findings: list[Finding] = []
    for node, scope, flags in script.found.imports:
        if flags & (MAIN_ONLY | IMPORT_CAUGHT):
            continue
        if isinstance(node, ast.ImportFrom) and node.level:
            findings += _check_relative(script, node)
        elif not flags & IN_IF:
            findings += _check_statement(script, node, scope)
    return findings


def _check_statement(script: Script, node: ast.Import | ast.ImportFrom, scope: Scope) -> list[Finding]:
    found: list[Finding] = []
    told: set[str] = set()
    for alias in node.names:
        module = node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
        dotted = f"{module}.{alias.name}" if isinstance(node, ast.ImportFrom) else module
        asked = Import(node, alias, scope, module, dotted)
        if not asked.top or asked.top in told:
            continue
        one = _check_one(script, asked)
        if one is not None:
            told.add(asked.top) if asked.top not in _AZURE else None
            found.append(one)
    return found


def _check_one(script: Script, asked: Import) -> Finding | None:
    if asked.top in _AZURE:
        return _check_azure(script, asked)
    if asked.top in ("__future__", "scoredock_runtime") or asked.top in RUNTIME:
        return None
    gone = check_module(script, asked.statement, asked.module, _place(script, asked))
    if gone is not None or asked.top in REMOVED_MODULES:
        return gone  # where it is not gone, something else brings it
    if in_standard_library(asked.top, asked_python(script)):
        return _check_hidden(script, asked, "the module of the standard library")
    return _check_local(script, asked) or _check_package(script, asked)


# ------------------------------------------------------------------------------------------ packages


def _check_package(script: Script, asked: Import) -> Finding | None:
    if _is_local(script, asked.top):
        return None
    other = NO_MODULES.get(asked.top)
    if other is not None and not _may_be_there(script, asked.top):
        return _misnamed(script, asked, other)
    certain = _is_missing(script, asked)
    environment = script.facts.environment
    if certain is None or environment is None or (environment.assumed and not certain):
        return None
    names = providers(asked.dotted)
    package = names[0] if names else normalised(asked.top)
    severity = _severity(asked, certain)
    place = _place(script, asked)
    taken = asked.statement.names if isinstance(asked.statement, ast.ImportFrom) else [asked.alias]
    if severity == "error" and all(_is_unused(script, replace(asked, alias=alias)) for alias in taken):
        fix = remove_import(script, asked.statement, taken, f"Remove the import of {asked.bound}")
        return rules.UNUSED.finding(place, fixes=(fix,) if fix else (), name=asked.bound, package=package)
    fix = add_package(environment, package)
    what = f"{package} is" if package == asked.top else f"{package}, which {asked.top} comes from, is"
    azure = package in brought_in_azure(environment.packages)
    hint = ", although azureml-defaults brings it in Azure" if azure else ""
    return rules.MISSING.finding(place, severity=severity, fixes=(fix,) if fix else (), what=what, hint=hint)


def _is_missing(script: Script, asked: Import) -> bool | None:
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
    unknown = [name for name in environment.packages if not is_known(name)]
    if any(name.startswith(("azureml-", "mlflow")) for name in unknown):
        return None  # these bring half of the usual packages
    return not unknown


def _severity(asked: Import, certain: bool) -> Severity:
    """An import runs with the script, or when init() or run() is called; elsewhere it may never run."""
    function = asked.scope.function()
    runs = function is None or (function.name in ("init", "run") and function.top() is function)
    return "error" if certain and runs else "warning"


def _may_be_there(script: Script, top: str) -> bool:
    environment = script.facts.environment
    return environment is not None and environment.modules is not None and top in environment.modules


def _misnamed(script: Script, asked: Import, module: str) -> Finding:
    edits: list[TextEdit] = []
    place = _place(script, asked)
    if isinstance(asked.statement, ast.Import) and asked.alias.name == asked.top:
        if asked.alias.asname or module == asked.top or "." in module:
            edits = [_name_edit(script, asked, f"{module} as {asked.bound}" if not asked.alias.asname else module)]
        else:
            edits = [_name_edit(script, asked, module)]
            edits += [script.replace(n, module) for s in script.found.scopes for n, _ in s.uses.get(asked.bound, ())]
    elif isinstance(asked.statement, ast.ImportFrom) and asked.module == asked.top:
        edits = _module_edit(script, asked.statement, module)
    fix = Fix(f"Import {module}", tuple(edits), preferred=True)
    return rules.NO_MODULE.finding(place, fixes=(fix,) if edits else (), name=asked.top, module=module)


def _name_edit(script: Script, asked: Import, new: str) -> TextEdit:
    span = script.range(asked.alias)
    start = script.lines.offset(span.start)
    return script.lines.edit(start, start + len(asked.alias.name), new)


def _module_edit(script: Script, node: ast.ImportFrom, module: str) -> list[TextEdit]:
    """Another module in `from … import`."""
    start = script.lines.offset(script.range(node).start)
    source = script.source(node)
    written = "." * node.level + (node.module or "")
    at = source.find(written, 4)
    if at < 0 or source[4:at].strip():
        return []
    return [script.lines.edit(start + at, start + at + len(written), module)]


# ------------------------------------------------------------------------------------------ Azure's packages


def _check_azure(script: Script, asked: Import) -> Finding | None:
    environment = script.facts.environment
    if environment is not None and environment.installed is not None and "azureml-core" in environment.installed:
        return None
    if script.batch:
        return None  # a cluster has the SDK
    name = ""
    if asked.module == "azureml.monitoring":
        return None  # it collects data in a service, and is right there
    if asked.module not in OFFERED:
        name = asked.module
    elif asked.module == "azureml.core" and isinstance(asked.statement, ast.ImportFrom):
        if asked.alias.name not in (*CORE_NAMES, "model", "*"):
            name = asked.dotted
    elif asked.module in ("azureml", "azureml.contrib") and isinstance(asked.statement, ast.ImportFrom):
        name = asked.dotted if asked.dotted not in OFFERED and asked.alias.name != "*" else ""
    if not name or _is_local(script, asked.top):
        return None
    # Other packages of Azure bring the real SDK, which then is there.
    certain = environment is not None and environment.complete and all(map(is_known, environment.packages))
    if not certain and not name.startswith("azureml.core."):
        return None
    unused = _is_unused(script, asked)
    fix = (
        remove_import(script, asked.statement, [asked.alias], f"Remove the import of {asked.bound}") if unused else None
    )
    severity = _severity(asked, certain)
    hint = "; nothing uses it" if unused else ""
    return rules.NOT_IN_SERVICE.finding(
        _place(script, asked), severity=severity, fixes=(fix,) if fix else (), name=name, hint=hint
    )


# ------------------------------------------------------------------------------------------ the person's own modules


def _is_local(script: Script, top: str) -> bool:
    """Whether a file or folder of that name lies where the script may find it."""
    facts = script.facts
    if not facts.path:
        return True  # nothing is known of the folder
    folders = {folder_of(facts.path)}
    if facts.source_directory:
        folders |= {facts.source_directory, folder_of(facts.source_directory)}
    for folder in folders:
        place = posixpath.join(folder, top)
        if facts.exists(f"{place}.py") or facts.exists(f"{place}.so") or facts.is_folder(place):
            return True
    return False


def _is_module(script: Script, folder: str, top: str) -> bool:
    place = posixpath.join(folder, top)
    return script.facts.exists(f"{place}.py") or script.facts.exists(f"{place}/__init__.py")


def _check_local(script: Script, asked: Import) -> Finding | None:
    facts = script.facts
    if not facts.path:
        return None
    folder, source = folder_of(facts.path), facts.source_directory.rstrip("/")
    if not _is_module(script, folder, asked.top):
        return _check_case(script, asked, source or folder)
    if providers(asked.module):
        return _check_hidden(script, asked, "the package") if not facts.alone else None
    if facts.environment is not None and facts.environment.modules and asked.top in facts.environment.modules:
        return None
    if facts.alone:
        problem = f"{asked.top} lies beside the script, but without a source directory only the script goes along"
        return rules.NOT_CARRIED.finding(
            _place(script, asked), problem=problem, severity=_severity(asked, certain=True)
        )
    if (
        not source
        or source == folder
        or _is_module(script, source, asked.top)
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
            edits = _module_edit(script, asked.statement, f"{inner}.{asked.module}")
        elif asked.alias.asname:
            edits = [_name_edit(script, asked, f"{inner}.{asked.module}")]
        elif len(asked.statement.names) == 1 and "." not in asked.module:
            edits = [script.replace(asked.statement, f"from {inner} import {asked.module}")]
        fixes = (Fix(f"Import it from {inner}", tuple(edits), preferred=True),) if edits else ()
    problem = (
        f"{asked.top} lies beside the script, but Python looks in the source directory {posixpath.basename(source)}"
    )
    return rules.NOT_CARRIED.finding(
        _place(script, asked), severity=_severity(asked, certain=True), fixes=fixes, problem=problem
    )


def _check_case(script: Script, asked: Import, folder: str) -> Finding | None:
    facts = script.facts
    if facts.listing is None or providers(asked.module) or facts.is_folder(posixpath.join(folder, asked.top)):
        return None
    wanted = f"{asked.top}.py".lower()
    near = next((name for name in facts.listing(folder) if name.lower() == wanted and name != f"{asked.top}.py"), None)
    if near is None or not near.endswith(".py") or not near[:-3].isidentifier() or _is_local(script, asked.top):
        return None
    if _is_missing(script, asked) is None and facts.environment is not None and facts.environment.modules is not None:
        return None
    module = near[:-3]
    edits: list[TextEdit] = []
    if isinstance(asked.statement, ast.ImportFrom):
        edits = _module_edit(script, asked.statement, module + asked.module[len(asked.top) :])
    elif asked.alias.asname or "." in asked.module:
        edits = [_name_edit(script, asked, module + asked.module[len(asked.top) :])] if asked.alias.asname else []
    else:
        edits = [_name_edit(script, asked, f"{module} as {asked.top}")]
    fix = Fix(f"Import {module}", tuple(edits), preferred=True)
    return rules.MODULE_CASE.finding(
        _place(script, asked), severity=_severity(asked, certain=True), fixes=(fix,) if edits else (), name=asked.top, file=near
    )  # fmt: skip


def _check_hidden(script: Script, asked: Import, library: str) -> Finding | None:
    """A file beside the script that bears the name of what is imported."""
    facts = script.facts
    folder = facts.source_directory.rstrip("/") or (folder_of(facts.path) if facts.path else "")
    if not folder or facts.listing is None or facts.alone or not _is_module(script, folder, asked.top):
        return None
    if library == "the package" and (facts.environment is None or _is_missing(script, asked) is not None):
        return None  # nothing hides the file then
    if posixpath.join(folder, f"{asked.top}.py") == facts.path:
        return None
    return rules.HIDDEN.finding(
        _place(script, asked),
        name=asked.top,
        library=f"{library} {asked.top}",
        file=f"{asked.top}.py beside the script",
    )


def _check_relative(script: Script, node: ast.ImportFrom) -> list[Finding]:
    fixes: tuple[Fix, ...] = ()
    module = node.module or ""
    folder = folder_of(script.facts.path) if script.facts.path else ""
    if (
        node.level == 1
        and folder
        and (not script.facts.source_directory or script.facts.source_directory.rstrip("/") == folder)
    ):
        if module and _is_module(script, folder, module.partition(".")[0]):
            fixes = (
                Fix(f"Import {module} without the dot", tuple(_module_edit(script, node, module)), preferred=True),
            )
        elif not module and all(_is_module(script, folder, alias.name) for alias in node.names):
            names = ", ".join(f"{a.name} as {a.asname}" if a.asname else a.name for a in node.names)
            fixes = (Fix(f"Import {names}", (script.replace(node, f"import {names}"),), preferred=True),)
    return [rules.RELATIVE.finding(script.range(node), fixes=tuple(fix for fix in fixes if fix.edits))]


# ------------------------------------------------------------------------------------------ statements


def _place(script: Script, asked: Import) -> Range:
    """The module's name in the statement, or the whole statement where it cannot be told."""
    if isinstance(asked.statement, ast.Import):
        start = script.lines.offset(script.range(asked.alias).start)
        return script.lines.range(start, start + len(asked.alias.name))
    edits = _module_edit(script, asked.statement, "")
    return edits[0].range if edits else script.range(asked.statement)


def _is_unused(script: Script, asked: Import) -> bool:
    """Whether nothing in the script reads the name, as far as its text tells."""
    if asked.alias.name == "*" or len(script.found.module.bindings.get(asked.bound, ())) > 1:
        return False
    if asked.bound == "__all__" or "__all__" in script.found.module.bindings:
        return False
    return not any(asked.bound in scope.uses for scope in script.found.scopes)


def remove_import(script: Script, node: ast.Import | ast.ImportFrom, taken: list[ast.alias], title: str) -> Fix | None:
    """Take names out of an import, or the whole statement when no other is left."""
    lines = script.lines
    kept = [a for a in node.names if a not in taken]
    if kept:
        names = ", ".join(f"{a.name} as {a.asname}" if a.asname else a.name for a in kept)
        if isinstance(node, ast.Import):
            return Fix(title, (script.replace(node, f"import {names}"),), preferred=True)
        first, last = script.range(node.names[0]).start, script.range(node.names[-1]).end
        return Fix(title, (lines.edit(lines.offset(first), lines.offset(last), names),), preferred=True)
    span = script.range(node)
    line, end = lines.line(span.start.line), lines.line(span.end.line)
    before, after = line[: span.start.character], end[span.end.character :]
    if before.strip("\ufeff \t") or (after.strip() and not after.lstrip().startswith("#")):
        return None  # it shares its line
    if before.strip("\ufeff"):
        return Fix(title, (script.replace(node, "pass"),), preferred=True)  # its block may hold nothing else
    start = lines.starts[span.start.line] + len(before)
    stop = lines.starts[span.end.line + 1] if span.end.line + 1 < len(lines.starts) else len(script.text)
    return Fix(title, (lines.edit(start, stop, ""),), preferred=True)
