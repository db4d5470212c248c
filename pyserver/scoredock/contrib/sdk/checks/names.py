"""Names that a script or the cells of a notebook read and nothing defines, and imports that the SDK does not have."""

from __future__ import annotations

import ast
import posixpath
import re
from collections import defaultdict

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.rule import proposal
from scoredock.checks.programs_beside import cell_code, paths_around
from scoredock.checks.script.names import ELSEWHERE, IMPORTS, import_title, is_its_class
from scoredock.checks.script.scope import BUILTINS, ENTRY_FUNCTIONS, Scope, Use, is_special
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import ANNOTATION, IMPORT_CAUGHT, IN_IF, IN_TRY, NAME_CAUGHT
from scoredock.checks.similar import similar
from scoredock.contrib.sdk.checks import client_rules, rules
from scoredock.contrib.sdk.checks.classes import import_lines, modules
from scoredock.formats.client_kinds import is_run_script
from scoredock.text import Fix, Position, Range, TextEdit

_DYNAMIC = ("globals", "locals", "exec", "__import__", "get_ipython", "setattr")
_OF_NOTEBOOKS = frozenset(("get_ipython", "display", "displayHTML", "dbutils", "spark", "sc", "In", "Out"))
_OF_IPYTHON = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[doi]h|_exit_code")
_OF_CLUSTERS = frozenset(
    ("dbutils", "mssparkutils", "notebookutils", "display", "displayHTML", "spark", "sc", "sqlContext", "table", "sql")
)
"""What notebooks of Databricks and Synapse find defined."""
_ON_A_CLUSTER = re.compile(
    r"^# Databricks notebook source|^#[ \t-]*COMMAND[ \t-]*$|^# MAGIC |\bdbutils\.\w+\.\w"
    r"|\b(?:mssparkutils|notebookutils)\.",
    re.MULTILINE,
)
"""Signs of a script that is exported from such a notebook or pasted into one."""
_RUNS_ANOTHER = re.compile(r"^# MAGIC %run\b", re.MULTILINE)
"""What takes in the names of another notebook of Databricks."""
_RUN_NOTEBOOK = re.compile(r"%run[ \t]+(\S+)")
_UNSURE = IN_IF | IN_TRY | NAME_CAUGHT | IMPORT_CAUGHT | ANNOTATION
ANY_NAME = "?"
"""Among the names of earlier cells: a magic or a cell in another language may have bound any other."""
_FROM_ELSEWHERE = frozenset(
    (
        "ws",
        "workspace",
        "run",
        "model",
        "models",
        "service",
        "experiment",
        "endpoint",
        "environment",
        "image",
        "dataset",
        "config",
    )
)
"""Names that fragments of notebooks take for granted."""
_WORKSPACE = re.compile(r"\.(Workspace(\.from_config|\.get|\.create)?|MLClient(\.from_config)?)$")
_LATER = {"BatchAiCompute": "AmlCompute"}
"""What took the place of a name of the previews of the SDK, where another name looks more like it."""
_MOST_USES = 20
_REQUEST_USES = ("get", "post", "put", "delete", "Session", "exceptions", "request")
_GIVEN_TO_JOBS = frozenset(("json", "os", "runpy", "sys", "traceback"))
"""Modules of the program by which Azure starts the script of a job, which has its names."""


def check_names(script: ParsedScript, *, cells: bool) -> list[Finding]:
    """Undefined names. Of a fragment of a notebook, and of one with magics that may bind any name, only those that
    have a well-known import or are almost written like another."""
    if _binds_unseen(script):
        return []
    findings = _before_their_import(script, cells)
    is_whole = _signs_in(script) and ANY_NAME not in script.facts.earlier_names
    bound = [n for n in script.walk.module.bindings if len(n) > 4] if cells else []
    for name, uses in _missing(script, cells).items():
        if name == "request" and _is_request(script, uses):
            findings += [_request(script, node) for _, (node, _) in uses[:_MOST_USES]]
            continue
        statement = import_lines().get(name) or IMPORTS.get(name)
        if cells and name in ("datetime", "time", "copy", "string", "nn", "rt"):
            statement = None  # as often a variable
        near = None if statement else _near(name, script, bound if cells else None)
        if cells and not statement and not near and not is_whole:
            continue
        fixes: tuple[Fix, ...] = ()
        hint = ""
        if statement:
            fixes = (Fix(import_title(statement), (script.add_import(statement),), preferred=True),)
            hint = l10n.t("; import it")
        elif near:
            hint = proposal(near)
        elif cells:
            hint = l10n.t(", and no cell of the notebook assigns it")
        nodes = sorted((node for _, (node, _) in uses), key=lambda each: (each.lineno, each.col_offset))
        if near and not fixes:
            # A repair of one cell does not reach into the others.
            edits = tuple(script.replace(node, near) for node in (nodes[:1] if cells else nodes))
            fixes = (Fix(l10n.t("Change to {near}", near=near), edits, preferred=True),)
        is_given = name in _GIVEN_TO_JOBS and is_run_script(script.text)
        severity: Severity | None = "warning" if cells or is_given else None
        findings.append(
            rules.UNDEFINED.finding(script.range(nodes[0]), severity=severity, fixes=fixes, name=name, hint=hint)
        )
    return findings


def _before_their_import(script: ParsedScript, cells: bool) -> list[Finding]:
    """Names that the module reads and only imports further below: a run from the top ends there."""
    findings: list[Finding] = []
    module = script.walk.module
    for name, uses in module.uses.items():
        bound = module.bindings.get(name, [])
        if not bound or name in BUILTINS or name in script.facts.earlier_names:
            continue
        if any(each.kind != "import" or each.owner is not module for each in bound):
            continue
        first = min(getattr(each.node, "lineno", 0) for each in bound)
        early = [node for node, flags in uses if node.lineno < first and not flags & _UNSURE]
        if early:
            place = script.range(min(early, key=lambda each: (each.lineno, each.col_offset)))
            severity: Severity | None = "warning" if cells else None
            hint = l10n.t("; it is imported further below")
            findings.append(rules.UNDEFINED.finding(place, severity=severity, name=name, hint=hint))
    return findings


def _binds_unseen(script: ParsedScript) -> bool:
    """True if a script may have names that do not stand in it."""
    if script.walk.star_import or any(name in script.plain_calls for name in _DYNAMIC):
        return True
    return _RUNS_ANOTHER.search(script.text) is not None


def _signs_in(script: ParsedScript) -> bool:
    """True if a notebook begins with a workspace of its own; a fragment of one takes names for granted."""
    return any(
        name.split(".")[0] in ("azureml", "azure") and _WORKSPACE.search(name) for *_, name in script.named_calls
    )


def _missing(script: ParsedScript, cells: bool) -> dict[str, list[tuple[Scope, Use]]]:
    missing: dict[str, list[tuple[Scope, Use]]] = defaultdict(list)
    there = _OF_CLUSTERS if _ON_A_CLUSTER.search(script.text) else frozenset[str]()
    silent = NAME_CAUGHT | IMPORT_CAUGHT | (ANNOTATION if script.walk.future_annotations else 0)
    shown = _shown_functions(script) if cells else frozenset[str]()
    for scope in script.walk.scopes:
        if scope.top().name in shown:
            continue
        for name, uses in scope.uses.items():
            if is_special(name, scope) or name in script.facts.earlier_names or scope.lookup(name) is not None:
                continue
            if name in there or (cells and (name in _OF_NOTEBOOKS or _OF_IPYTHON.fullmatch(name))):
                continue
            skipped = silent | (IN_IF if name in _OF_NOTEBOOKS or name in ELSEWHERE else 0)
            missing[name] += [(scope, use) for use in uses if not use[1] & skipped]
    missing = defaultdict(list, {name: uses for name, uses in missing.items() if uses})
    callers = _taken_in_by(script.facts) if missing and (cells or there) else []
    if any(len(set(_RUN_NOTEBOOK.findall(each))) > 1 for each in callers):
        return {}  # each of the others may define them
    return {
        name: uses for name, uses in missing.items() if not any(re.search(rf"\b{name}\b", each) for each in callers)
    }


def _shown_functions(script: ParsedScript) -> frozenset[str]:
    """Functions of an entry script that a notebook shows: no cell calls them, and the imports of that file are in the
    file."""
    called = {name for scope in script.walk.scopes for name in scope.uses}
    is_shown = script.walk.module.bindings.keys() >= ENTRY_FUNCTIONS and called.isdisjoint(ENTRY_FUNCTIONS)
    return ENTRY_FUNCTIONS if is_shown else frozenset()


def _near(name: str, script: ParsedScript, among: list[str] | None) -> str | None:
    if len(name) < 4:
        return None
    known = among if among is not None else [*script.walk.module.bindings]
    if len(known) > 2000:
        return None
    others = known if among is not None else [*known, *import_lines(), *(n for n in BUILTINS if n[:1].islower())]
    cutoff = 0.88 if among is not None else 0.8
    near = similar(
        name[:100], [n for n in others if not is_its_class(name, n) and abs(len(n) - len(name)) <= 2], 1, cutoff
    )
    if near and among is not None and (name in _FROM_ELSEWHERE or _another_name(name, near[0])):
        return None
    return near[0] if near else None


def _another_name(one: str, other: str) -> bool:
    """`model1` and `model2`, or `service` and `services`, are two names, not one with a slip."""
    plain = [name.rstrip("0123456789_").removesuffix("s").casefold() for name in (one, other)]
    return plain[0] == plain[1]


def _is_request(script: ParsedScript, uses: list[tuple[Scope, Use]]) -> bool:
    read = {id(a.value): a.attr for a, _, _ in script.walk.attributes}
    return all(read.get(id(node)) in _REQUEST_USES for _, (node, _) in uses)


def _request(script: ParsedScript, node: ast.AST) -> Finding:
    edits = [script.replace(node, "requests")]
    if "requests" not in script.walk.imported:
        edits.append(script.add_import("import requests"))
    fix = Fix(l10n.t("Change to requests"), tuple(edits), preferred=True)
    return client_rules.REQUEST.finding(script.range(node), fixes=(fix,), name="request")


def check_imports(script: ParsedScript) -> list[Finding]:
    """Imports below azureml.core that the SDK does not have, and `import request`."""
    findings: list[Finding] = []
    for node, _, flags in script.walk.imports:
        if flags & IMPORT_CAUGHT:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "request":
                    findings.append(_import_request(script, alias))
                elif alias.name.startswith("azureml.core.") and alias.name not in modules():
                    findings.append(_module(alias.name, _place(script, alias, alias.name), script.range(alias)))
        elif node.level == 0 and node.module:
            findings += _from(script, node)
    return findings


def _import_request(script: ParsedScript, alias: ast.alias) -> Finding:
    # The uses keep their name when the import gives it, so that one edit repairs everything.
    new = f"requests as {alias.asname}" if alias.asname else "requests as request"
    if not alias.asname and "requests" in script.walk.module.uses:
        new = "requests"
    fix = Fix(l10n.t("Import requests"), (TextEdit(script.range(alias), new),), preferred=True)
    return client_rules.REQUEST.finding(script.range(alias), fixes=(fix,), name="request")


def _place(script: ParsedScript, node: ast.AST, name: str) -> Range | None:
    """Range of a dotted name in a statement; None if it goes over several lines."""
    span = script.range(node)
    offset = script.text.find(name, script.lines.offset(span.start), script.lines.offset(span.end))
    return script.lines.range(offset, offset + len(name)) if offset >= 0 else None


def _module(name: str, place: Range | None, whole: Range) -> Finding:
    near = similar(name, modules(), 1, 0.8)
    fix = (
        (Fix(l10n.t("Change to {near}", near=near[0]), (TextEdit(place, near[0]),), preferred=True),)
        if near and place
        else ()
    )
    hint = proposal(near[0] if near else "")
    severity: Severity | None = None if near else "warning"
    return rules.IMPORT.finding(place or whole, severity=severity, fixes=fix, name=name, hint=hint)


def _from(script: ParsedScript, node: ast.ImportFrom) -> list[Finding]:
    module = node.module or ""
    if module != "azureml.core" and not module.startswith("azureml.core."):
        near = similar(module, ("azureml.core",), 1, 0.85) if "." in module and module.count(".") == 1 else []
        if near and module.startswith("azureml") and module not in ("azureml.data", "azureml.train", "azureml.contrib"):
            return [_module(module, _place(script, node, module), script.range(node))]
        return []
    module_names = modules().get(module)
    if module_names is None:
        if any(part.startswith("_") for part in module.split(".")):
            return []
        return [_module(module, _place(script, node, module), script.range(node))]
    findings = []
    for alias in node.names:
        if alias.name == "*" or alias.name in module_names or alias.name.startswith("_"):
            continue
        findings.append(_name(script, node, alias, module, module_names))
    return findings


def _name(
    script: ParsedScript, node: ast.ImportFrom, alias: ast.alias, module: str, module_names: frozenset[str]
) -> Finding:
    place = script.range(alias)
    elsewhere = import_lines().get(alias.name)
    if elsewhere is not None:
        home = elsewhere.split()[1]
        span = _place(script, node, module)
        edits: tuple[TextEdit, ...] = ()
        if span is not None and len(node.names) == 1:
            edits = (TextEdit(span, home),)
        elif span is not None:
            line = _indent(script, node) + _import(home, alias) + script.newline()
            edits = (*_without(script, node, alias), script.insert(Position(span.start.line, 0), line))
        fix = Fix(l10n.t("Import {name} from {module}", name=alias.name, module=home), edits, preferred=True)
        message = l10n.t("“{module}” has no “{name}”; it is in “{home}”.", module=module, name=alias.name, home=home)
        return rules.IMPORT.finding(place, fixes=(fix,) if edits else (), message=message)
    near = [n for n in module_names if n in (_LATER.get(alias.name), alias.name) or n.lower() == alias.name.lower()]
    near = near or similar(alias.name, [n for n in module_names if n[:1].isupper() or "_" in n], 1, 0.8)
    if near:
        end = Position(place.start.line, place.start.character + len(alias.name))
        edit = TextEdit(
            Range(place.start, end),
            near[0]
            if alias.asname
            else f"{near[0]} as {alias.name}"
            if alias.name in script.walk.module.uses
            else near[0],
        )
        fix = Fix(l10n.t("Change to {near}", near=near[0]), (edit,), preferred=True)
        message = l10n.t(
            "“{module}” has no “{name}”; did you mean “{near}”?", module=module, name=alias.name, near=near[0]
        )
        return rules.IMPORT.finding(place, fixes=(fix,), message=message)
    message = l10n.t("“{module}” has no “{name}”.", module=module, name=alias.name)
    return rules.IMPORT.finding(place, severity="warning", message=message)


def _import(home: str, alias: ast.alias) -> str:
    return f"from {home} import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")


def _indent(script: ParsedScript, node: ast.AST) -> str:
    start = script.range(node).start
    line = script.lines.line(start.line)
    return line[: len(line) - len(line.lstrip(" \t"))] if not line[: start.character].strip() else ""


def _without(script: ParsedScript, node: ast.ImportFrom, alias: ast.alias) -> tuple[TextEdit, ...]:
    index = node.names.index(alias)
    place = script.range(alias)
    if index + 1 < len(node.names):
        return (TextEdit(Range(place.start, script.range(node.names[index + 1]).start), ""),)
    return (TextEdit(Range(script.range(node.names[index - 1]).end, place.end), ""),)


def _taken_in_by(facts: Facts) -> list[str]:
    """Texts of the notebooks around a notebook that run it in their own names."""
    stem = posixpath.splitext(posixpath.basename(facts.path))[0]
    runs = re.compile(rf"%run[ \t]+[^\n]*?(?<![\w-]){re.escape(stem)}(?![\w-])")
    own = facts.path.replace("\\", "/")
    texts = ((path, facts.read(path) or "") for path in paths_around(facts) if path != own)
    return [cell_code(text) if path.endswith(".ipynb") else text for path, text in texts if runs.search(text)]
