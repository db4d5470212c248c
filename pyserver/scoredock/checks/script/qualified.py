"""Meaning of an expression: dotted names through imports, values through single assignments."""

from __future__ import annotations

import ast

from scoredock.checks.script.scope import Binding, Scope


def qualified(node: ast.AST, scope: Scope) -> str:
    """The dotted name an expression refers to through imports, or empty when it is anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    bindings = scope.resolve(node.id)
    imports = [each for each in bindings if each.kind == "import"]
    if not imports:
        return ""
    # Of several that surely happen it is the last one before; `try: import a as x; except …` means the first.
    before = [each for each in imports if not each.flags and getattr(each.node, "lineno", 0) <= node.lineno]
    return ".".join([(before or imports)[-1 if before else 0].target, *reversed(parts)])


def builtin_call(node: ast.AST, scope: Scope) -> str:
    """Name of the builtin that is called, or empty."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and scope.lookup(node.func.id) is None:
        return node.func.id
    return ""


def only_value(name: str, scope: Scope) -> tuple[ast.expr, Scope] | None:
    """The value of a name that is assigned exactly once, and the scope whose code assigns it."""
    bindings = scope.resolve(name)
    if len(bindings) > 1:
        bindings = [b for b in bindings if not _is_placeholder(b)]
    if len(bindings) != 1:
        return None
    binding = bindings[0]
    if binding.kind != "value" or binding.value is None or binding.owner is None:
        return None
    return binding.value, binding.owner


def _is_placeholder(binding: Binding) -> bool:
    """`model = None` before init() gives it its value, or a bare annotation."""
    if binding.kind == "value":
        return isinstance(binding.value, ast.Constant) and binding.value.value in (None, "")
    return False


def values_of(name: str, scope: Scope) -> list[tuple[ast.expr, Scope]] | None:
    """All values a name gets in plain assignments, or None when it gets any in another way."""
    result = []
    for binding in scope.resolve(name):
        if binding.kind != "value" or binding.value is None or binding.owner is None:
            return None
        result.append((binding.value, binding.owner))
    return result or None


def follow(node: ast.expr, scope: Scope, depth: int = 5) -> tuple[ast.expr, Scope]:
    """The expression behind a name that is assigned exactly once."""
    while depth and isinstance(node, ast.Name):
        found = only_value(node.id, scope)
        if found is None:
            break
        node, scope = found
        depth -= 1
    return node, scope


def text_of(node: ast.AST | None, scope: Scope) -> str | None:
    """The text an expression surely has: a literal, or a name assigned once to one."""
    if node is None or not isinstance(node, ast.expr):
        return None
    node, _ = follow(node, scope)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """An argument by position or name; None when it is absent or hidden behind a star."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if len(call.args) > position and not any(isinstance(a, ast.Starred) for a in call.args[: position + 1]):
        return call.args[position]
    return None
