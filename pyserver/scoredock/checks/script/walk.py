"""One pass over the syntax tree of a script that gathers everything the rules look at."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from scoredock.checks.script.scope import ENTRY_FUNCTIONS, Binding, Scope, ScopeKind
from scoredock.checks.script.visitors import VISITORS
from scoredock.checks.script.walk_result import WalkResult

_NO_CODE = frozenset(("ctx", "op", "ops", "id", "attr", "name", "arg", "kind", "type_comment", "conversion"))
"""Fields of nodes that hold a name or the kind of an operation, and nothing to visit."""
_BELOW = {
    kind: tuple(name for name in reversed(kind._fields) if name not in _NO_CODE)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""The fields of each kind of node that may hold others, last one first."""


class Walker:
    """Walks a module in source order without recursion, so that deep trees do no harm."""

    def __init__(self, tree: ast.Module) -> None:
        module = Scope("module", tree, None, entry_functions=ENTRY_FUNCTIONS)
        self.found = WalkResult(module, [module])
        self.frames: list[tuple[list[ast.AST], Scope, int]] = []
        """What is still to be visited: nodes, the next one last, with the scope and the surroundings they share."""
        self.enter(tree.body, module, 0)

    def run(self) -> WalkResult:
        """Everything that was found."""
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
        return self.found

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
        target.bindings.setdefault(name, []).append(binding)

    def open(self, kind: ScopeKind, node: ast.AST, parent: Scope) -> Scope:
        """A new scope inside another."""
        scope = Scope(kind, node, parent)
        self.found.scopes.append(scope)
        return scope


def gather(tree: ast.Module) -> WalkResult:
    """Everything the rules need to know of a script."""
    return Walker(tree).run()
