"""One pass over the syntax tree of a script that gathers everything the rules look at."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from scoredock.checks.gathered import Gathered
from scoredock.checks.scope import Binding, Scope, ScopeKind
from scoredock.checks.visitors import VISITORS


class Walker:
    """Walks a module in source order without recursion, so that deep trees do no harm."""

    def __init__(self, tree: ast.Module) -> None:
        module = Scope("module", tree, None)
        self.found = Gathered(module, [module])
        self.stack: list[tuple[ast.AST, Scope, int]] = []
        self.push(tree.body, module, 0)

    def run(self) -> Gathered:
        """Everything that was found."""
        stack = self.stack
        visitors = VISITORS
        while stack:
            node, scope, flags = stack.pop()
            kind = node.__class__
            if kind is ast.Name:
                if node.ctx.__class__ is ast.Load:  # type: ignore[attr-defined]  # it is a Name
                    scope.uses.setdefault(node.id, []).append((node, flags))  # type: ignore[attr-defined,arg-type]
                else:
                    self.bind(scope, node.id, Binding("other", node, flags=flags, owner=scope))  # type: ignore[attr-defined]
                continue
            if kind is ast.Constant:
                continue
            visitor = visitors.get(kind)
            if visitor is not None:
                visitor(self, node, scope, flags)
            else:
                self.children(node, scope, flags)
        return self.found

    def push(self, nodes: Sequence[ast.AST], scope: Scope, flags: int) -> None:
        """Visit these next, first one first."""
        for node in reversed(nodes):
            self.stack.append((node, scope, flags))

    def children(self, node: ast.AST, scope: Scope, flags: int) -> None:
        """Visit everything below a node."""
        below: list[ast.AST] = []
        for name in node._fields:
            value = getattr(node, name, None)
            if value.__class__ is list:
                below.extend(v for v in value if isinstance(v, ast.AST))
            elif isinstance(value, ast.AST):
                below.append(value)
        self.push(below, scope, flags)

    def bind(self, scope: Scope, name: str, binding: Binding) -> None:
        """Bind a name in the scope where Python would."""
        target = scope
        if name in scope.globals:
            target = self.found.module
        elif name in scope.nonlocals and scope.parent is not None:
            target = scope.parent
        target.bindings.setdefault(name, []).append(binding)

    def open(self, kind: ScopeKind, node: ast.AST, parent: Scope) -> Scope:
        """A new scope inside another."""
        scope = Scope(kind, node, parent)
        self.found.scopes.append(scope)
        return scope


def gather(tree: ast.Module) -> Gathered:
    """Everything the rules need to know of a script."""
    return Walker(tree).run()
