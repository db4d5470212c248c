"""Visitors of the walk for each kind of node that binds names, opens a scope or interests a rule."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.checks.script.run_branches import NEVER, branches, is_main_guard, leaving
from scoredock.checks.script.scope import Binding, Scope
from scoredock.checks.script.walk_result import (
    ANNOTATION,
    DECORATOR,
    ERROR_CAUGHT,
    IMPORT_CAUGHT,
    IN_IF,
    IN_LOOP,
    IN_TRY,
    MAIN_ONLY,
    NAME_CAUGHT,
    WALRUS,
)

if TYPE_CHECKING:
    from scoredock.checks.script.walk import Walker

Nodes = list[ast.AST]
"""What is still to be visited with the same scope and surroundings, the next one last."""
Visitor = Callable[["Walker", Any, Nodes, Scope, int], None]
"""Each takes exactly the kind of node it is listed under. It appends to the nodes what is below in the same scope and
surroundings, and enters the rest, which is visited before them."""

_KEPT_IN_FUNCTION = MAIN_ONLY | IMPORT_CAUGHT
_GENERIC = frozenset(("list", "dict", "tuple", "set", "frozenset", "type"))
_SWALLOWING = {"Exception", "BaseException", "OSError", "IOError", "FileNotFoundError", "EnvironmentError"}


def _assign(walker: Walker, node: ast.Assign, nodes: Nodes, scope: Scope, flags: int) -> None:
    for target in node.targets:
        if target.__class__ is ast.Name:
            walker.bind(scope, target.id, Binding("value", target, node.value, "", flags, scope))
        else:
            _globals_item(walker, target, scope, flags)
            nodes.append(target)
            if node.value.__class__ is ast.Attribute:
                walker.found.stored.append((node.value, scope, flags))
    nodes.append(node.value)


def _globals_item(walker: Walker, target: ast.expr, scope: Scope, flags: int) -> None:
    """`globals()["name"] = value` binds a global."""
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Call):
        return
    is_globals = isinstance(target.value.func, ast.Name) and target.value.func.id == "globals"
    if is_globals and isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
        walker.bind(walker.found.module, target.slice.value, Binding("other", target, flags=flags, owner=scope))


def _annotated(walker: Walker, node: ast.AnnAssign, nodes: Nodes, scope: Scope, flags: int) -> None:
    if isinstance(node.target, ast.Name):
        if node.value is not None:
            walker.bind(scope, node.target.id, Binding("value", node.target, node.value, flags=flags, owner=scope))
        else:
            # A bare annotation binds nothing, but says that something else will; blaming its use would be rash.
            declared = Binding("other", node.target, flags=flags | ANNOTATION, owner=scope)
            walker.bind(scope, node.target.id, declared)
    else:
        nodes.append(node.target)
    if node.value is not None:
        nodes.append(node.value)
    if scope.function() is None or scope.kind == "class":
        walker.enter([node.annotation], scope, flags | ANNOTATION)


def _augmented(walker: Walker, node: ast.AugAssign, nodes: Nodes, scope: Scope, flags: int) -> None:
    if isinstance(node.target, ast.Name):
        walker.bind(scope, node.target.id, Binding("augmented", node.target, flags=flags, owner=scope))
        nodes.append(node.value)
    else:
        walker.children(node, nodes)


def _walrus(walker: Walker, node: ast.NamedExpr, nodes: Nodes, scope: Scope, flags: int) -> None:
    owner = scope
    while owner.kind == "comprehension" and owner.parent is not None:
        owner = owner.parent
    walker.bind(owner, node.target.id, Binding("value", node.target, node.value, flags=flags | WALRUS, owner=owner))
    walker.found.newer.append((node, scope, l10n.t("An assignment inside an expression (:=)"), (3, 8), flags))
    nodes.append(node.value)


def _global(walker: Walker, node: ast.Global, nodes: Nodes, scope: Scope, flags: int) -> None:
    del nodes, flags
    if scope.kind != "module":
        for name in node.names:
            if name in scope.bindings or name in scope.uses:
                walker.found.misplaced.append((node, f"name '{name}' is used before its global declaration"))
        scope.globals |= frozenset(node.names)


def _nonlocal(walker: Walker, node: ast.Nonlocal, nodes: Nodes, scope: Scope, flags: int) -> None:
    del nodes, flags
    if scope.kind == "module":
        walker.found.misplaced.append((node, "nonlocal declaration not allowed at module level"))
    else:
        scope.nonlocals |= frozenset(node.names)


def _function(
    walker: Walker, node: ast.FunctionDef | ast.AsyncFunctionDef, nodes: Nodes, scope: Scope, flags: int
) -> None:
    del nodes
    walker.bind(scope, node.name, Binding("function", node, flags=flags, owner=scope))
    outer = _with_type_parameters(walker, node, scope)
    inner = walker.open("function", node, outer)
    inner_flags = flags & _KEPT_IN_FUNCTION
    last = leaving(node.body, outer)
    walker.enter(node.body[last:], inner, inner_flags | NEVER)
    walker.enter(node.body[:last], inner, inner_flags)
    _arguments(walker, node.args, inner, outer, flags)
    if node.returns is not None:
        walker.enter([node.returns], outer, flags | ANNOTATION)
    walker.enter(node.decorator_list, scope, flags | DECORATOR)


def _lambda(walker: Walker, node: ast.Lambda, nodes: Nodes, scope: Scope, flags: int) -> None:
    del nodes
    inner = walker.open("function", node, scope)
    walker.enter([node.body], inner, flags)
    _arguments(walker, node.args, inner, scope, flags)


def _arguments(walker: Walker, args: ast.arguments, inner: Scope, outer: Scope, flags: int) -> None:
    if args.posonlyargs:
        walker.found.newer.append((args.posonlyargs[0], outer, l10n.t("A positional-only parameter"), (3, 8), flags))
    names = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    names += [a for a in (args.vararg, args.kwarg) if a is not None]
    annotations = []
    for arg in names:
        if arg.arg in inner.bindings:
            walker.found.misplaced.append((arg, f"duplicate argument '{arg.arg}' in function definition"))
        inner.bindings.setdefault(arg.arg, []).append(Binding("parameter", arg, None, "", flags, inner))
        if arg.annotation is not None:
            annotations.append(arg.annotation)
    walker.enter(annotations, outer, flags | ANNOTATION)
    walker.enter([d for d in (*args.defaults, *args.kw_defaults) if d is not None], outer, flags)


def _with_type_parameters(walker: Walker, node: ast.AST, scope: Scope) -> Scope:
    """Names of `def f[T]` and the like live in a scope of their own around the definition."""
    parameters = getattr(node, "type_params", None)
    if not parameters:
        return scope
    outer = walker.open("comprehension", node, scope)
    walker.found.newer.append((parameters[0], scope, l10n.t("A type parameter"), (3, 12), 0))
    for parameter in parameters:
        outer.bindings.setdefault(parameter.name, []).append(Binding("other", parameter, owner=outer))
        walker.enter([parameter], outer, ANNOTATION)
    return outer


def _class(walker: Walker, node: ast.ClassDef, nodes: Nodes, scope: Scope, flags: int) -> None:
    del nodes
    walker.bind(scope, node.name, Binding("class", node, flags=flags, owner=scope))
    outer = _with_type_parameters(walker, node, scope)
    inner = walker.open("class", node, outer)
    walker.enter(node.body, inner, flags & _KEPT_IN_FUNCTION)
    walker.enter([*node.bases, *(keyword.value for keyword in node.keywords)], outer, flags)
    walker.enter(node.decorator_list, scope, flags | DECORATOR)


def _alias(walker: Walker, node: ast.AST, nodes: Nodes, scope: Scope, flags: int) -> None:
    """`type X = ...`"""
    del nodes
    walker.found.newer.append((node, scope, l10n.t("A type statement"), (3, 12), flags))
    name = getattr(node, "name", None)
    if isinstance(name, ast.Name):
        walker.bind(scope, name.id, Binding("other", name, flags=flags, owner=scope))
    outer = _with_type_parameters(walker, node, scope)
    walker.enter([node.value], outer, flags | ANNOTATION)  # type: ignore[attr-defined]


def _comprehension(
    walker: Walker,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    nodes: Nodes,
    scope: Scope,
    flags: int,
) -> None:
    inner = walker.open("comprehension", node, scope)
    for generator in node.generators:
        _taken_apart(walker, generator.target, generator.iter, scope, flags)
    nodes.append(node.generators[0].iter)  # the only part that belongs to the scope around
    below: list[ast.AST] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    for generator in node.generators:
        below += generator.ifs
    for generator in reversed(node.generators[1:]):
        below += [generator.iter, generator.target]
    walker.enter([*below, node.generators[0].target], inner, flags)


def _import(walker: Walker, node: ast.Import, nodes: Nodes, scope: Scope, flags: int) -> None:
    del nodes
    walker.found.imports.append((node, scope, flags))
    for alias in node.names:
        name = alias.asname or alias.name.split(".")[0]
        walker.found.imported.add(name)
        walker.bind(
            scope, name, Binding("import", alias, target=alias.name if alias.asname else name, flags=flags, owner=scope)
        )


def _import_from(walker: Walker, node: ast.ImportFrom, nodes: Nodes, scope: Scope, flags: int) -> None:
    del nodes
    walker.found.imports.append((node, scope, flags))
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name == "*":
            walker.found.star_import = True
        elif module == "__future__" and alias.name == "annotations":
            walker.found.future_annotations = True
            walker.found.newer.append((node, scope, l10n.t("The import of annotations from __future__"), (3, 7), flags))
        name = alias.asname or alias.name
        walker.found.imported.add(name)
        walker.bind(scope, name, Binding("import", alias, target=f"{module}.{alias.name}", flags=flags, owner=scope))


def _try(walker: Walker, node: ast.Try, nodes: Nodes, scope: Scope, flags: int) -> None:
    if node.__class__ is not ast.Try:
        walker.found.newer.append((node, scope, l10n.t("An except* clause"), (3, 11), flags))
    names = set()
    inside = handling = flags
    for handler in node.handlers:
        own = _caught(handler)
        names |= own or {"BaseException"}
        raises = any(isinstance(statement, ast.Raise) for statement in handler.body)
        if not raises and (own & _SWALLOWING or not own):
            inside |= IN_TRY
    if names & {"AttributeError", "TypeError"}:
        inside |= ERROR_CAUGHT
    if names & {"NameError", "UnboundLocalError"}:
        inside |= NAME_CAUGHT
    if names & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}:
        inside |= IMPORT_CAUGHT
        handling |= IMPORT_CAUGHT
    nodes.extend(reversed(node.finalbody))
    nodes.extend(reversed(node.orelse))
    walker.enter(node.handlers, scope, handling)
    walker.enter(node.body, scope, inside)


def _caught(handler: ast.ExceptHandler) -> set[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else filter(None, (handler.type,))
    return {kind.attr if isinstance(kind, ast.Attribute) else getattr(kind, "id", "?") for kind in kinds}


def _handler(walker: Walker, node: ast.ExceptHandler, nodes: Nodes, scope: Scope, flags: int) -> None:
    walker.found.handlers.append((node, scope, flags))
    if node.name:
        walker.bind(scope, node.name, Binding("other", node, flags=flags, owner=scope))
    nodes.extend(reversed(node.body))
    if node.type is not None:
        nodes.append(node.type)


def _if(walker: Walker, node: ast.If, nodes: Nodes, scope: Scope, flags: int) -> None:
    body, rest = branches(node.test, scope, flags)
    if is_main_guard(node.test):
        body |= MAIN_ONLY
    del nodes
    walker.enter(node.orelse, scope, rest)
    walker.enter(node.body, scope, body)
    walker.enter([node.test], scope, flags)


def _conditional(walker: Walker, node: ast.IfExp, nodes: Nodes, scope: Scope, flags: int) -> None:
    del nodes
    body, rest = branches(node.test, scope, flags)
    walker.enter([node.orelse], scope, rest)
    walker.enter([node.body], scope, body)
    walker.enter([node.test], scope, flags | IN_IF)


def _return(walker: Walker, node: ast.Return, nodes: Nodes, scope: Scope, flags: int) -> None:
    if scope.kind != "function":
        walker.found.misplaced.append((node, "'return' outside function"))
    else:
        scope.returns.append((node, flags))
    if node.value is not None:
        nodes.append(node.value)


def _yield(walker: Walker, node: ast.AST, nodes: Nodes, scope: Scope, flags: int) -> None:
    del flags
    if scope.function() is None and scope.kind == "module":
        walker.found.misplaced.append((node, "'yield' outside function"))
    else:
        scope.yields = True
    walker.children(node, nodes)


def _await(walker: Walker, node: ast.AST, nodes: Nodes, scope: Scope, flags: int) -> None:
    del flags
    function = scope.function()
    if function is None or not isinstance(function.node, ast.AsyncFunctionDef):
        walker.found.misplaced.append((node, "'await' outside async function"))
    else:
        function.awaits = True
    walker.children(node, nodes)


def _with(walker: Walker, node: ast.With | ast.AsyncWith, nodes: Nodes, scope: Scope, flags: int) -> None:
    nodes.extend(reversed(node.body))
    for item in reversed(node.items):
        target = item.optional_vars
        if target.__class__ is ast.Name:
            # The value is what __enter__ gives, which for files is the file itself: rules that care look at the kind.
            entered = Binding("context", target, item.context_expr, "", flags, scope)
            walker.found.contexts.append(entered)
            walker.bind(scope, target.id, entered)
        elif target is not None:
            nodes.append(target)
        nodes.append(item.context_expr)


def _async(walker: Walker, node: ast.AsyncFor | ast.AsyncWith, nodes: Nodes, scope: Scope, flags: int) -> None:
    function = scope.function()
    if function is not None:
        function.awaits = True
    if isinstance(node, ast.AsyncFor):
        _for(walker, node, nodes, scope, flags)
    else:
        _with(walker, node, nodes, scope, flags)


def _for(walker: Walker, node: ast.For | ast.AsyncFor, nodes: Nodes, scope: Scope, flags: int) -> None:
    del nodes
    _taken_apart(walker, node.target, node.iter, scope, flags)
    walker.enter(node.orelse, scope, flags)
    walker.enter(node.body, scope, flags | IN_LOOP)
    walker.enter((node.target, node.iter), scope, flags)


def _taken_apart(walker: Walker, target: ast.expr, source: ast.expr, scope: Scope, flags: int) -> None:
    if target.__class__ is ast.Tuple and source.__class__ is ast.Call:
        walker.found.pairs.append((target, source, scope, flags))


def _while(walker: Walker, node: ast.While, nodes: Nodes, scope: Scope, flags: int) -> None:
    del nodes
    walker.enter(node.orelse, scope, flags)
    walker.enter(node.body, scope, flags | IN_LOOP)
    walker.enter((node.test,), scope, flags | IN_LOOP)


def _call(walker: Walker, node: ast.Call, nodes: Nodes, scope: Scope, flags: int) -> None:
    walker.found.calls.append((node, scope, flags))
    for keyword in reversed(node.keywords):
        nodes.append(keyword.value)
    nodes.extend(reversed(node.args))
    nodes.append(node.func)


def _attribute(walker: Walker, node: ast.Attribute, nodes: Nodes, scope: Scope, flags: int) -> None:
    value = node.value
    if value.__class__ is ast.Name:
        walker.found.attributes.append((node, scope, flags))
    elif value.__class__ is ast.Call:
        walker.found.attributes_of_calls.append((node, scope, flags))
    nodes.append(value)


def _subscript(walker: Walker, node: ast.Subscript, nodes: Nodes, scope: Scope, flags: int) -> None:
    walker.found.subscripts.append((node, scope, flags))
    if node.value.__class__ is ast.Name and node.value.id in _GENERIC:
        walker.found.newer.append((node, scope, f"{node.value.id}[…]", (3, 9), flags))
    nodes.append(node.slice)
    nodes.append(node.value)


def _operation(walker: Walker, node: ast.BinOp, nodes: Nodes, scope: Scope, flags: int) -> None:
    if flags & ANNOTATION and node.op.__class__ is ast.BitOr:
        walker.found.newer.append((node, scope, l10n.t("A type written with |"), (3, 10), flags))
    elif node.op.__class__ in (ast.Add, ast.Div, ast.Mod):
        walker.found.paths.append((node, scope, flags))
    nodes.append(node.right)
    nodes.append(node.left)


def _f_string(walker: Walker, node: ast.JoinedStr, nodes: Nodes, scope: Scope, flags: int) -> None:
    walker.found.paths.append((node, scope, flags))
    nodes.extend(reversed(node.values))


def _set(walker: Walker, node: ast.Set, nodes: Nodes, scope: Scope, flags: int) -> None:
    walker.found.sets.append((node, scope, flags))
    nodes.extend(reversed(node.elts))


def _compare(walker: Walker, node: ast.Compare, nodes: Nodes, scope: Scope, flags: int) -> None:
    walker.found.compares.append((node, scope, flags))
    nodes.extend(reversed(node.comparators))
    nodes.append(node.left)


def _match(walker: Walker, node: ast.Match, nodes: Nodes, scope: Scope, flags: int) -> None:
    walker.found.newer.append((node, scope, l10n.t("A match statement"), (3, 10), flags))
    walker.children(node, nodes)


def _capture(
    walker: Walker, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping, nodes: Nodes, scope: Scope, flags: int
) -> None:
    name = node.rest if isinstance(node, ast.MatchMapping) else node.name
    if name:
        walker.bind(scope, name, Binding("other", node, flags=flags, owner=scope))
    walker.children(node, nodes)


VISITORS: dict[type[ast.AST], Visitor] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.NamedExpr: _walrus,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Lambda: _lambda,
    ast.ClassDef: _class,
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp), _comprehension),
    ast.Set: _set,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Try: _try,
    ast.ExceptHandler: _handler,
    ast.If: _if,
    ast.IfExp: _conditional,
    ast.Return: _return,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.Await: _await,
    ast.AsyncFor: _async,
    ast.AsyncWith: _async,
    ast.With: _with,
    ast.For: _for,
    ast.While: _while,
    ast.Call: _call,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.BinOp: _operation,
    ast.JoinedStr: _f_string,
    ast.Compare: _compare,
    ast.Match: _match,
    ast.MatchAs: _capture,
    ast.MatchStar: _capture,
    ast.MatchMapping: _capture,
}
for _name, _visitor in (("TryStar", _try), ("TypeAlias", _alias)):
    if hasattr(ast, _name):  # newer Pythons only
        VISITORS[getattr(ast, _name)] = _visitor
