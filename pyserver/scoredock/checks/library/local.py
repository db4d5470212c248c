"""Definitions of the script itself: calls of its functions, attributes of its classes, coroutines, modules beside
it."""

from __future__ import annotations

import ast
import posixpath
import re

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import proposal, quoted_names
from scoredock.checks.library import rules
from scoredock.checks.library.neighbours import module_exists, neighbour
from scoredock.checks.library.values import LibraryValues
from scoredock.checks.library.wording import attribute_range, counted, renamed, renamed_import, severity_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import ANNOTATION, ERROR_CAUGHT, IMPORT_CAUGHT, MAIN_ONLY
from scoredock.checks.similar import similar
from scoredock.text import Fix, Range

_SKIPPED = MAIN_ONLY | ANNOTATION | ERROR_CAUGHT
_AWAITING = ("asyncio.", "anyio.", "trio.", "concurrent.", "nest_asyncio")


def check_local(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """All findings of this kind."""
    findings: list[Finding] = []
    for call, scope, flags in values.extent.walk.calls:
        if flags & _SKIPPED:
            continue
        called = values.of(call.func, scope)
        problem = ""
        if called.function is not None:
            problem = _misfit(call, called.function, bound=called.bound)
        elif called.class_node is not None:
            problem = _constructor(call, called.class_node)
        if problem:
            findings.append(
                rules.CALL.finding(script.range(call), severity=severity_of(flags), name=called.name, problem=problem)
            )
    findings += _members(script, values)
    findings += _coroutines(script, values)
    findings += _neighbours(script)
    return findings


def _misfit(call: ast.Call, function: ast.FunctionDef | ast.AsyncFunctionDef, *, bound: bool) -> str:
    """Why a call does not fit a definition; empty when it does or cannot be judged."""
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return ""
    args = function.args
    positional = [*args.posonlyargs, *args.args][1 if bound else 0 :]
    if args.vararg is None and len(call.args) > len(positional):
        return l10n.t("takes {arguments}, not {count}", arguments=counted(len(positional)), count=len(call.args))
    argument_names = {a.arg for a in positional[: len(call.args)]}
    by_name = {a.arg for a in (*args.args, *args.kwonlyargs)}
    for keyword in call.keywords:
        name = keyword.arg or ""
        if name in argument_names and args.kwarg is None:
            return l10n.t("gets “{argument}” twice", argument=name)
        if name not in by_name and args.kwarg is None:
            near = next(iter(similar(name, by_name, 1, 0.7)), "")
            return l10n.t("has no parameter “{parameter}”{hint}", parameter=name, hint=proposal(near))
    argument_names |= {k.arg or "" for k in call.keywords}
    required = (
        [a.arg for a in positional[: len(positional) - len(args.defaults)]]
        if args.defaults
        else [a.arg for a in positional]
    )
    required += [a.arg for a, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is None]
    missing = [name for name in required if name not in argument_names]
    return l10n.t("needs {arguments}", arguments=quoted_names(missing)) if missing else ""


def _constructor(call: ast.Call, class_node: ast.ClassDef) -> str:
    if class_node.decorator_list or class_node.keywords or any(not _is_object(base) for base in class_node.bases):
        return ""
    makers = [n for n in class_node.body if isinstance(n, ast.FunctionDef) and n.name in ("__init__", "__new__")]
    if len(makers) > 1 or (makers and (makers[0].name == "__new__" or makers[0].decorator_list)):
        return ""
    if makers:
        return _misfit(call, makers[0], bound=True)
    given = len(call.args) + len(call.keywords)
    starred = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
    if starred or not given:
        return ""
    return l10n.t("takes no arguments, not {count}; the class has no __init__()", count=given)


def _is_object(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id == "object"


def _members(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """Attributes of `self` and of instances, of classes that inherit nothing."""
    classes = {id(s.node): s.node for s in script.walk.scopes if isinstance(s.node, ast.ClassDef)}
    if not classes:
        return []
    stored = {n.attr for n in ast.walk(script.tree) if isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Load)}
    if any(isinstance(c.func, ast.Name) and c.func.id in ("setattr", "vars") for c, _, _ in script.walk.calls):
        return []
    if "__dict__" in script.text or "__slots__" in script.text:
        return []
    findings = []
    names_by_class: dict[int, set[str] | None] = {}
    attributes = [(n, s, f) for n, s, f in script.walk.attributes]
    attributes += [(c.func, s, f) for c, s, f in script.walk.calls if isinstance(c.func, ast.Attribute)]
    seen: set[int] = set()
    for node, scope, flags in attributes:
        if id(node) in seen or flags & _SKIPPED or not isinstance(node.ctx, ast.Load) or node.attr.startswith("__"):
            continue
        seen.add(id(node))
        class_node = values.of(node.value, scope).instance
        if class_node is None:
            continue
        if id(class_node) not in names_by_class:
            names_by_class[id(class_node)] = _own_names(class_node) if _is_complete(script, class_node) else None
        names = names_by_class[id(class_node)]
        if names is None or node.attr in names or node.attr in stored:
            continue
        near = next(iter(similar(node.attr, names | stored, 1, 0.7)), "")
        span = attribute_range(script, node)
        findings.append(
            rules.OWN_MEMBER.finding(
                span,
                severity=severity_of(flags),
                fixes=renamed(span, near),
                what=class_node.name,
                name=node.attr,
                hint=proposal(near),
            )
        )
    return findings


def _is_complete(script: ParsedScript, class_node: ast.ClassDef) -> bool:
    """True if instances are made of this very class, here or by the script that imports the module: what a mixin or a
    base lacks the classes have that are made of it."""
    bases = (base for s in script.walk.scopes if isinstance(s.node, ast.ClassDef) for base in s.node.bases)
    if any(isinstance(base, ast.Name) and base.id == class_node.name for base in bases):
        return False
    if any(isinstance(c.func, ast.Name) and c.func.id == class_node.name for c, _, _ in script.walk.calls):
        return True
    importer = script.facts.read(script.facts.imported_by) if script.module and script.facts.imported_by else None
    return importer is not None and bool(re.search(rf"(?<!class )\b{class_node.name}\(", importer))


def _own_names(class_node: ast.ClassDef) -> set[str] | None:
    """Names that a class body binds; None when the class may have more."""
    if class_node.decorator_list or class_node.keywords or any(not _is_object(base) for base in class_node.bases):
        return None
    names: set[str] = set()
    for node in class_node.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name in ("__getattr__", "__getattribute__"):
                return None
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {t.id for t in targets if isinstance(t, ast.Name)}
        elif not isinstance(node, ast.Expr | ast.Pass):
            return None
    return names


def _coroutines(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """Values of async functions of the script and its neighbours that nobody waits for."""
    if "getattr(" in script.text:
        return []
    calls = []
    for call, scope, flags in values.extent.walk.calls:
        if not flags & _SKIPPED and isinstance(values.of(call.func, scope).function, ast.AsyncFunctionDef):
            calls.append((call, scope, flags))
    if not calls:
        return []
    used_ids: set[int] = set()
    for node in ast.walk(script.tree):
        if isinstance(node, ast.Await):
            used_ids |= {id(n) for n in ast.walk(node.value)}
    for call, scope, _ in script.walk.calls:
        # What is handed to another function may be run there; builtins run nothing.
        runs = script.dotted(call.func, scope).startswith(_AWAITING)
        if runs or not isinstance(call.func, ast.Name) or values.of(call.func, scope).entry is None:
            given = (*call.args, *(keyword.value for keyword in call.keywords))
            used_ids |= {id(n) for argument in given for n in ast.walk(argument)}
    # The caller of a function that hands one on may wait for it; what calls run() does not.
    run = script.run.scope if script.run is not None else None
    used_ids |= {id(s.value) for scope in script.walk.scopes if scope is not run for s, _ in scope.returns if s.value}
    findings = []
    # What is kept under a name may be run later, in a script that runs coroutines at all.
    running = "await" in script.text or any(module.rstrip(".") in script.text for module in _AWAITING)
    for call, scope, flags in calls:
        definition = values.of(call.func, scope).function
        if definition is None or id(call) in used_ids or (running and _is_kept(script, call)):
            continue
        if any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(definition)):
            continue
        findings.append(
            rules.NOT_AWAITED.finding(
                script.range(call),
                severity=severity_of(flags),
                fixes=_waiting(script, call, scope, definition),
                name=definition.name,
            )
        )
    return findings


def _waiting(
    script: ParsedScript, call: ast.Call, scope: Scope, definition: ast.FunctionDef | ast.AsyncFunctionDef
) -> tuple[Fix, ...]:
    owner = scope.function()
    if owner is not None and isinstance(owner.node, ast.AsyncFunctionDef):
        return (Fix(l10n.t("Add await"), (script.insert(script.range(call).start, "await "),), preferred=True),)
    own = any(s.node is definition for s in script.walk.scopes)
    if not own or not isinstance(definition, ast.AsyncFunctionDef) or _waits(definition):
        return ()
    begin = script.lines.offset(script.range(definition).start)
    length = len(script.text[begin:]) - len(script.text[begin + 5 :].lstrip())
    return (Fix(l10n.t("Remove async"), (script.lines.edit(begin, begin + length, ""),), preferred=True),)


def _waits(node: ast.AsyncFunctionDef) -> bool:
    return any(isinstance(n, ast.Await | ast.AsyncFor | ast.AsyncWith) for n in ast.walk(node))


def _is_kept(script: ParsedScript, call: ast.Call) -> bool:
    """True if the coroutine is given a name, so that it may be run later."""
    for inner in script.walk.scopes:
        for bindings in inner.bindings.values():
            if any(b.value is call for b in bindings):
                return True
    return False


def _neighbours(script: ParsedScript) -> list[Finding]:
    """`from module import name` of a module that lies beside the script or in its source directory."""
    if not script.facts.path:
        return []
    findings = []
    for node, _, flags in script.walk.imports:
        if flags & (IMPORT_CAUGHT | MAIN_ONLY) or not isinstance(node, ast.ImportFrom) or node.level or not node.module:
            continue
        module = neighbour(script, node.module)
        if module is None:
            continue
        package = posixpath.join(*node.module.split("."))
        for alias in node.names:
            if alias.name in module.names or alias.name == "*" or alias.name.startswith("__"):
                continue
            if any(module_exists(script, posixpath.join(package, alias.name) + end) for end in (".py", "")):
                continue
            near = next(iter(similar(alias.name, module.names, 1, 0.7)), "")
            start = script.range(alias).start
            span = Range(start, type(start)(start.line, start.character + len(alias.name)))
            findings.append(
                rules.NEIGHBOUR.finding(
                    span,
                    fixes=renamed_import(script, alias, span, near),
                    what=node.module,
                    name=alias.name,
                    hint=proposal(near),
                )
            )
    return findings
