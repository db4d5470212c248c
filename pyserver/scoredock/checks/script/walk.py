"""One pass over the syntax tree of a script that gathers everything the rules look at."""

from __future__ import annotations

import ast
import operator
from collections import defaultdict
from collections.abc import Sequence

from scoredock.checks.script.scope import ENTRY_FUNCTIONS, Binding, Scope, ScopeKind
from scoredock.checks.script.syntax_tree import CHILDREN
from scoredock.checks.script.visitors import VISITORS
from scoredock.checks.script.walk_result import StatementWalk, WalkResult, joined

_BELOW = {kind: tuple(reversed(names)) for kind, names in CHILDREN.items()}
"""The fields of each kind of node that may hold others, last one first."""


class Walker:
    """Walks statements of a module in source order without recursion, so that deep trees do no harm."""

    def __init__(self, walk: StatementWalk) -> None:
        self.found = walk.parts
        self.bound = walk.bound
        self.frames: list[tuple[list[ast.AST], Scope, int]] = []
        """What is still to be visited: nodes, the next one last, with the scope and the surroundings they share."""
        self.enter((walk.statement,), walk.parts.module, 0)

    def run(self) -> None:
        """Find everything."""
        frames = self.frames
        visitors = VISITORS
        while frames:
            depth = len(frames)
            nodes, scope, flags = frames[-1]
            uses = scope.uses
            while nodes:
                node = nodes.pop()
                kind = node.__class__
                if kind is ast.Name:
                    if node.ctx.__class__ is ast.Load:  # type: ignore[attr-defined]  # it is a Name
                        uses[node.id].append((node, flags))  # type: ignore[attr-defined,arg-type]
                    else:
                        self.bind(scope, node.id, Binding("other", node, None, "", flags, scope))  # type: ignore[attr-defined]
                    continue
                if kind is ast.Constant:
                    continue
                visitor = visitors.get(kind)
                if visitor is None:
                    self.children(node, nodes)
                    continue
                visitor(self, node, nodes, scope, flags)
                if len(frames) != depth:
                    break  # what was entered comes before the rest of this frame
            else:
                frames.pop()

    def enter(self, nodes: Sequence[ast.AST], scope: Scope, flags: int) -> None:
        """Visit these next, first one first; what is entered last comes first."""
        if nodes:
            self.frames.append((list(reversed(nodes)), scope, flags))

    def children(self, node: ast.AST, nodes: list[ast.AST]) -> None:
        """Append everything below a node, the first one last."""
        for name in _BELOW[node.__class__]:
            value = getattr(node, name, None)
            if value.__class__ is list:
                for item in reversed(value):
                    if isinstance(item, ast.AST):
                        nodes.append(item)
            elif isinstance(value, ast.AST):
                nodes.append(value)

    def bind(self, scope: Scope, name: str, binding: Binding) -> None:
        """Bind a name in the scope where Python would."""
        target = scope
        if name in scope.globals:
            target = self.found.module
        elif name in scope.nonlocals and scope.parent is not None:
            target = scope.parent
        if target is self.found.module:
            self.bound.append((name, binding))
        target.bindings.setdefault(name, []).append(binding)

    def open(self, kind: ScopeKind, node: ast.AST, parent: Scope) -> Scope:
        """A new scope inside another."""
        scope = Scope(kind, node, parent)
        self.found.scopes.append(scope)
        return scope


class ModuleWalk:
    """The walk of a module, kept for the next text of it: only statements that are new are walked again.

    The scopes of all statements hang below one scope of the module, so that only one script at a time can use it.
    """

    def __init__(self) -> None:
        self._module: Scope | None = None
        self._walks: dict[int, StatementWalk] = {}

    def gather(self, tree: ast.Module) -> WalkResult:
        """Everything that was found. A statement is known again by its node."""
        module = self._module
        if module is None:
            module = self._module = Scope("module", tree, None)
        module.node, module.entry_functions = tree, ENTRY_FUNCTIONS
        module.bindings = {}
        module.uses = defaultdict(list)
        before, self._walks = self._walks, {}
        for statement in tree.body:
            walk = before.pop(id(statement), None)
            if walk is not None and _is_consulted_alike(walk, module):
                for name, binding in walk.bound:
                    module.bindings.setdefault(name, []).append(binding)
            else:
                if walk is not None:
                    walk.release()
                walk = _walked(statement, module)
            self._walks[id(statement)] = walk
        for gone in before.values():
            gone.release()
        module.uses = defaultdict(list)
        for walk in self._walks.values():
            for name, uses in walk.uses.items():
                module.uses[name] += uses
        return joined(module, self._walks.values())

    def release(self) -> None:
        """Take everything apart: scopes and bindings hold each other, and go at once then, without a garbage
        collection."""
        for walk in self._walks.values():
            walk.release()
        self._walks.clear()
        if self._module is not None:
            self._module.bindings.clear()


def _walked(statement: ast.stmt, module: Scope) -> StatementWalk:
    walk = StatementWalk(statement, WalkResult(module))
    module.uses = walk.uses
    module.consulted = set()
    Walker(walk).run()
    for name in module.consulted:
        own = sum(bound == name for bound, _ in walk.bound)
        bindings = module.bindings.get(name, [])
        walk.consulted[name] = bindings[: len(bindings) - own]
    return walk


def _is_consulted_alike(walk: StatementWalk, module: Scope) -> bool:
    """True if the names that the statement asked for are bound above it by what bound them before."""
    return all(
        len(bindings) == len(now := module.bindings.get(name, [])) and all(map(operator.is_, bindings, now))
        for name, bindings in walk.consulted.items()
    )


def gather(tree: ast.Module) -> WalkResult:
    """Everything the rules need to know of a script."""
    return ModuleWalk().gather(tree)
