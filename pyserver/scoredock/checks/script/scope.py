"""Names of a script: where they are bound and used, scope by scope, as Python itself would look them up."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass

BUILTINS = frozenset(dir(builtins)) | {
    "WindowsError",
    "__file__",
    "__path__",
    "__annotations__",
    "__builtins__",
    "__conditional_annotations__",
}
ENTRY_FUNCTIONS = frozenset(("init", "run"))
"""Functions of an entry script that its service calls."""
ScopeKind = Literal["module", "function", "class", "comprehension"]
BindingKind = Literal["value", "augmented", "import", "function", "class", "parameter", "context", "other"]
"""`augmented` is `name += value`, which reads the name as well."""


@dataclass(slots=True)
class Binding:
    """One place that gives a name a value."""

    kind: BindingKind
    node: ast.AST
    """The target name, definition, argument or import alias."""
    value: ast.expr | None = None
    """For a plain `name = value`; for `with value as name` what is entered."""
    target: str = ""
    """For imports: the dotted name that is bound."""
    flags: int = 0
    owner: Scope | None = None
    """The scope whose code binds it, which is another one than the name's own after `global`."""


Use = tuple[ast.Name, int]
"""One place that reads a name, and what surrounds it."""


@dataclass(slots=True)
class Scope:
    """A region with names of its own."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    uses: defaultdict[str, list[Use]] = field(default_factory=lambda: defaultdict(list))
    """Where the code of this scope reads a name, by name."""
    globals: frozenset[str] = frozenset()
    nonlocals: frozenset[str] = frozenset()
    returns: list[tuple[ast.Return, int]] = field(default_factory=list)
    yields: bool = False
    awaits: bool = False
    entry_functions: frozenset[str] = frozenset()
    """Of a module: names of its functions that the service calls; none where an entry script imports it."""
    consulted: set[str] = field(default_factory=set)
    """Of a module: names of it that tests for the Python asked for since somebody emptied this."""

    @property
    def name(self) -> str:
        """Name of the function or class, empty for the rest."""
        return str(getattr(self.node, "name", ""))

    def module(self) -> Scope:
        """The outermost scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def top(self) -> Scope:
        """The outermost function or class around this, or this itself at module level."""
        scope = self
        while scope.parent is not None and scope.parent.kind != "module":
            scope = scope.parent
        return scope

    @property
    def is_started(self) -> bool:
        """True if the code surely runs in a service: at the top level, in init() or in run()."""
        return self.top().kind == "module" or self.is_entry_function

    @property
    def is_entry_function(self) -> bool:
        """True if this is init() or run() of an entry script. Modules that it imports have functions of such names as
        of any other."""
        return self.kind == "function" and self.parent is not None and self.name in self.parent.entry_functions

    @property
    def entry_function(self) -> str:
        """`init` or `run` for code of that function of an entry script, loops and comprehensions included; empty
        elsewhere."""
        function = self.function()
        return function.name if function is not None and function.is_entry_function else ""

    def function(self) -> Scope | None:
        """The function whose code this is, comprehensions and lambdas counted to it."""
        scope: Scope | None = self
        while scope is not None and not isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef):
            scope = scope.parent
        return scope

    def lookup(self, name: str) -> Scope | None:
        """The scope that a name read here belongs to; None when no scope binds it."""
        scope: Scope | None = self
        if name in self.globals:
            while scope is not None and scope.parent is not None:
                scope = scope.parent
        first = True
        while scope is not None:
            if (first or scope.kind != "class") and name in scope.bindings:
                return scope
            if name in scope.globals:
                while scope.parent is not None:
                    scope = scope.parent
                return scope if name in scope.bindings else None
            # A comprehension sees the names of the class body only for its first iterator; being generous is right
            # here.
            first = first and scope.kind == "comprehension"
            scope = scope.parent
        return None

    def resolve(self, name: str) -> list[Binding]:
        """Bindings that a name read here may mean."""
        scope = self.lookup(name)
        return scope.bindings[name] if scope is not None else []


def is_special(name: str, scope: Scope) -> bool:
    """Names that exist without being bound: builtins, and what classes and functions bring along."""
    if name in BUILTINS:
        return True
    if name in ("__module__", "__qualname__"):
        return scope.kind == "class"
    if name == "__class__":
        inner: Scope | None = scope
        while inner is not None:
            if inner.kind == "class":
                return True
            inner = inner.parent
    return False
