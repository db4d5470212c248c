"""A script against the Python that its environment asks for: modules, syntax and functions that came or went."""

from __future__ import annotations

import ast
from typing import Any

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.rule import quoted_names
from scoredock.checks.environment import rules
from scoredock.checks.environment.edits import raise_python
from scoredock.checks.packages.distributions import closure
from scoredock.checks.packages.import_names import (
    ADDED_MODULES,
    BACKPORTS,
    GONE_NAMES,
    PYTHON_2_MODULES,
    REMOVED_MODULES,
)
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.version_tests import Version, asked_python
from scoredock.checks.script.walk_result import ANNOTATION, IMPORT_CAUGHT, IN_IF, IN_TRY, MAIN_ONLY
from scoredock.text import Fix, Position, Range

_ADDED: dict[str, Version] = {
    "math.prod": (3, 8),
    "math.dist": (3, 8),
    "math.comb": (3, 8),
    "math.lcm": (3, 9),
    "statistics.fmean": (3, 8),
    "functools.cached_property": (3, 8),
    "functools.cache": (3, 9),
    "functools.singledispatchmethod": (3, 8),
    "typing.Literal": (3, 8),
    "typing.TypedDict": (3, 8),
    "typing.Protocol": (3, 8),
    "typing.Final": (3, 8),
    "typing.Annotated": (3, 9),
    "typing.ParamSpec": (3, 10),
    "typing.TypeAlias": (3, 10),
    "typing.TypeGuard": (3, 10),
    "typing.Concatenate": (3, 10),
    "typing.Self": (3, 11),
    "typing.Never": (3, 11),
    "typing.LiteralString": (3, 11),
    "typing.Required": (3, 11),
    "typing.NotRequired": (3, 11),
    "typing.assert_never": (3, 11),
    "typing.override": (3, 12),
    "itertools.pairwise": (3, 10),
    "itertools.batched": (3, 12),
    "enum.StrEnum": (3, 11),
    "datetime.UTC": (3, 11),
    "asyncio.run": (3, 7),
    "asyncio.to_thread": (3, 9),
    "asyncio.TaskGroup": (3, 11),
    "asyncio.timeout": (3, 11),
    "contextlib.nullcontext": (3, 7),
    "contextlib.aclosing": (3, 10),
    "contextlib.chdir": (3, 11),
    "time.time_ns": (3, 7),
    "time.perf_counter_ns": (3, 7),
    "types.NoneType": (3, 10),
    "types.UnionType": (3, 10),
    "operator.call": (3, 11),
    "hashlib.file_digest": (3, 11),
    "random.binomialvariate": (3, 12),
    "inspect.get_annotations": (3, 10),
    "sys.stdlib_module_names": (3, 10),
    "random.randbytes": (3, 9),
}
"""Names that joined the standard library, and the first Python with them."""


def check_module(script: ParsedScript, node: ast.Import | ast.ImportFrom, module: str, place: Range) -> Finding | None:
    """A module of the standard library that this Python has no more, or not yet."""
    top = module.partition(".")[0]
    if top in PYTHON_2_MODULES:
        return _python_2(script, node, module, place)
    python = asked_python(script.facts)
    since = REMOVED_MODULES.get(top)
    if since is not None and python is not None and python >= since[0] and not _is_elsewhere(script, top):
        hint = (
            l10n.t("; {instead} takes its place", instead=quoted_names(since[1].split(", "), "or")) if since[1] else ""
        )
        problem = l10n.t(
            "“{module}” was removed in Python {removed}, and the environment asks for {python}{hint}.",
            module=top,
            removed=_shown(since[0]),
            python=_shown(python),
            hint=hint,
        )
        return rules.MODULE_GONE.finding(place, problem=problem)
    for name in (module, top):
        added = ADDED_MODULES.get(name)
        if added is not None and python is not None and python < added and not _is_elsewhere(script, top):
            problem = l10n.t(
                "“{module}” came with Python {added}, but the environment asks for {python}.",
                module=name,
                added=_shown(added),
                python=_shown(python),
            )
            fix = _raised(script, added)
            return rules.MODULE_GONE.finding(place, problem=problem, fixes=(fix,) if fix else ())
    return None


def _is_elsewhere(script: ParsedScript, top: str) -> bool:
    """True if a file, or a package that brings the old module, takes its place."""
    facts = script.facts
    environment = facts.environment
    folder = facts.search_folder
    if folder and (facts.exists(f"{folder}/{top}.py") or facts.is_folder(f"{folder}/{top}")):
        return True
    if environment is None:
        return False
    if environment.modules is not None:
        # setuptools brings distutils by a hook that no folder shows.
        return top in environment.modules or (top == "distutils" and "setuptools" in environment.modules)
    named = {
        BACKPORTS.get(top, top),
        top,
        f"standard-{top}",
        "setuptools" if top == "distutils" else top,
        f"legacy-{top}",
    }
    return not environment.complete or bool(named & closure(frozenset(environment.packages)))


def _python_2(script: ParsedScript, node: ast.Import | ast.ImportFrom, module: str, place: Range) -> Finding | None:
    if _is_elsewhere(script, module):
        return None
    new = PYTHON_2_MODULES[module]
    fixes: tuple[Fix, ...] = ()
    if isinstance(node, ast.Import) and len(node.names) == 1 and "." not in new:
        alias = node.names[0].asname
        edits = [script.replace(node, f"import {new} as {alias}" if alias else f"import {new}")]
        if not alias:
            edits += [script.replace(n, new) for s in script.walk.scopes for n, _ in s.uses.get(module, ())]
        fixes = (Fix(l10n.t("Import {module}", module=new), tuple(edits), preferred=True),)
    problem = l10n.t("“{module}” is a module of Python 2; Python 3 has it as “{new}”.", module=module, new=new)
    return rules.MODULE_GONE.finding(place, problem=problem, fixes=fixes)


def check_python(script: ParsedScript) -> list[Finding]:
    """Syntax and names that the environment's Python lacks."""
    python = asked_python(script.facts)
    names = _standard_names(script)
    findings = _check_gone(script, python, names)
    if python is None:
        return findings
    reported_names: set[str] = set()
    for node, scope, what, minimum, flags in script.walk.newer:
        if python >= minimum or what in reported_names or (flags & ANNOTATION and script.walk.future_annotations):
            continue
        syntax = not isinstance(node, ast.Subscript | ast.BinOp)
        if isinstance(node, ast.Subscript) and not _is_generic(node, scope, flags):
            continue
        reported_names.add(what)
        starts = syntax or scope.function() is None or bool(flags & ANNOTATION)
        findings.append(_too_old(script, _head(script, node), what, minimum, python, syntax=starts))
    if python >= (3, 12):
        return findings
    for name, place, _ in names:
        added = _ADDED.get(name)
        if added is not None and python < added and name not in reported_names:
            reported_names.add(name)
            findings.append(_too_old(script, place, f"“{name}”", added, python, syntax=False))
    return findings


def _is_generic(node: ast.Subscript, scope: Scope, flags: int) -> bool:
    """`list[int]` of the builtin, where it is surely evaluated."""
    return (
        isinstance(node.value, ast.Name)
        and scope.lookup(node.value.id) is None
        and not flags & (MAIN_ONLY | IN_IF | IN_TRY)
    )


def _head(script: ParsedScript, node: ast.AST) -> Range:
    """A statement over several lines is shown at its first one."""
    span = script.range(node)
    if span.end.line == span.start.line:
        return span
    end = len(script.lines.line(span.start.line).rstrip())
    return Range(span.start, Position(span.start.line, max(end, span.start.character)))


def _standard_names(script: ParsedScript) -> list[tuple[str, Range, ast.AST]]:
    """Names of modules that are surely read: by import, or by attribute of the module."""
    names: list[tuple[str, Range, ast.AST]] = []
    for node, _, flags in script.walk.imports:
        if isinstance(node, ast.ImportFrom) and not node.level and not flags & (MAIN_ONLY | IMPORT_CAUGHT | IN_IF):
            names += [(f"{node.module}.{a.name}", script.range(a), node) for a in node.names]
    for attribute, scope, flags in script.walk.attributes:
        if not flags & (MAIN_ONLY | IN_IF | IN_TRY) and attribute.value.id in script.walk.imported:  # type: ignore[attr-defined]  # it is read off a name
            name = script.dotted(attribute, scope)
            if name.count(".") == 1:
                names.append((name, script.range(attribute), attribute))
    return names


def _check_gone(script: ParsedScript, python: Version | None, names: list[tuple[str, Range, ast.AST]]) -> list[Finding]:
    """`collections.Mapping` and its like. Where nobody knows the Python it may be an older one."""
    findings = []
    for name, place, node in names:
        since, new = GONE_NAMES.get(name, ((0, 0), ""))
        if name not in GONE_NAMES or (python is not None and python < since):
            continue
        module, _, short = new.rpartition(".")
        fixes: tuple[Fix, ...] = ()
        if isinstance(node, ast.ImportFrom) and len(node.names) == 1 and short == node.names[0].name:
            edit = script.replace(node, f"from {module} import {script.source(node.names[0])}")
            title = l10n.t("Import {name} from {module}", name=short, module=module)
            fixes = (Fix(title, (edit,), preferred=True),)
        hint = l10n.t("; it is “{instead}” now", instead=new) if new else ""
        problem = l10n.t("“{name}” was removed in Python {version}{hint}.", name=name, version=_shown(since), hint=hint)
        severity: Severity = "error" if python is not None else "warning"
        findings.append(rules.MODULE_GONE.finding(place, severity=severity, problem=problem, fixes=fixes))
    return findings


def _too_old(
    script: ParsedScript, place: Range, what: str, minimum: Version, python: Version, *, syntax: bool
) -> Finding:
    fix = _raised(script, minimum)
    effect = l10n.t("the service does not start") if syntax else l10n.t("this line fails")
    words: dict[str, Any] = {"what": what, "needed": _shown(minimum), "python": _shown(python), "effect": effect}
    return rules.NEWER_PYTHON.finding(place, fixes=(fix,) if fix else (), **words)


def _raised(script: ParsedScript, minimum: Version) -> Fix | None:
    environment = script.facts.environment
    return raise_python(environment, _shown(max(minimum, (3, 11)))) if environment is not None else None


def _shown(version: Version) -> str:
    return f"{version[0]}.{version[1]}"
