"""Results of one walk over a script, and flags for the surroundings of a node."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import field, fields
from itertools import chain, count

from scoredock.checks.script.scope import Binding, Scope, Use
from scoredock.late_dataclass import dataclass

# What surrounds a node, as bits.
IN_IF = 1
"""Below an `if` or a conditional expression of the same function."""
IN_TRY = 2
"""In the body of a `try` whose handlers swallow what is raised."""
NAME_CAUGHT = 4
"""In the body of a `try` that catches NameError."""
IMPORT_CAUGHT = 8
"""In the body of a `try` that catches ImportError, or in one of its handlers."""
MAIN_ONLY = 16
"""Below `if __name__ == "__main__"`, which a service never runs."""
ANNOTATION = 32
"""In an annotation."""
DECORATOR = 64
"""In a decorator."""
IN_LOOP = 128
"""In the body of a loop, which may run again."""
WALRUS = 256
"""Of a binding: made by `:=`, which may stand after the place that reads it."""
ERROR_CAUGHT = 512
"""In the body of a `try` that catches AttributeError or TypeError."""


@dataclass(slots=True)
class WalkResult:
    """Nodes that the walk found, by kind."""

    module: Scope
    scopes: list[Scope] = field(default_factory=list)
    calls: list[tuple[ast.Call, Scope, int]] = field(default_factory=list)
    paths: list[tuple[ast.expr, Scope, int]] = field(default_factory=list)
    """Sums, quotients and f-strings: where paths may be put together."""
    attributes: list[tuple[ast.Attribute, Scope, int]] = field(default_factory=list)
    """Attributes and items read directly off a name."""
    attributes_of_calls: list[tuple[ast.Attribute, Scope, int]] = field(default_factory=list)
    """Attributes read directly off what a call gives."""
    subscripts: list[tuple[ast.Subscript, Scope, int]] = field(default_factory=list)
    imports: list[tuple[ast.Import | ast.ImportFrom, Scope, int]] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)
    """Names that an import binds somewhere, in whatever scope."""
    handlers: list[tuple[ast.ExceptHandler, Scope, int]] = field(default_factory=list)
    contexts: list[Binding] = field(default_factory=list)
    """Names that `with … as` binds."""
    compares: list[tuple[ast.Compare, Scope, int]] = field(default_factory=list)
    pairs: list[tuple[ast.Tuple, ast.Call, Scope, int]] = field(default_factory=list)
    """Loops and comprehensions that take apart what a call gives: the names, and the call."""
    stored: list[tuple[ast.Attribute, Scope, int]] = field(default_factory=list)
    """Attributes that become an item or an attribute of something: `table["name"] = text.lower`."""
    sets: list[tuple[ast.Set, Scope, int]] = field(default_factory=list)
    newer: list[tuple[ast.AST, Scope, str, tuple[int, int], int]] = field(default_factory=list)
    """Syntax that older Pythons lack: what it is called, and the first Python with it."""
    star_import: bool = False
    future_annotations: bool = False
    misplaced: list[tuple[ast.AST, str]] = field(default_factory=list)
    """What the grammar allows but the compiler does not, with the sentence that says so."""
    statements: list[StatementWalk] = field(default_factory=list)
    """What was found in each statement of the module."""

    def release(self) -> None:
        """Take scopes and bindings apart, which hold each other: the tree then goes at once, without a garbage
        collection."""
        for scope in self.scopes:
            scope.bindings.clear()
        self.contexts.clear()


@dataclass(slots=True)
class StatementWalk:
    """Results of the walk in one statement of the module."""

    statement: ast.stmt
    parts: WalkResult
    bound: list[tuple[str, Binding]] = field(default_factory=list)
    """Names of the module, in the order in which they are bound."""
    uses: defaultdict[str, list[Use]] = field(default_factory=lambda: defaultdict(list))
    """Where code of the module itself reads a name, by name."""
    consulted: dict[str, list[Binding]] = field(default_factory=dict)
    """Names of the module that tests for the Python asked for, with what binds them above the statement."""

    number: int = field(default_factory=count().__next__)
    """No other walk has it."""
    _reads: frozenset[str] | None = None

    @property
    def gives(self) -> frozenset[str]:
        """Names of the module that it binds."""
        return frozenset(name for name, _ in self.bound)

    @property
    def reads(self) -> frozenset[str]:
        """Names that its code reads, those that it binds in the module included: another statement may bind them."""
        if self._reads is None:
            scopes = self.parts.scopes
            self._reads = self.gives.union(
                self.uses, *(scope.uses for scope in scopes), *(scope.globals for scope in scopes)
            )
        return self._reads

    def release(self) -> None:
        """Take it apart, so that it goes at once."""
        self.parts.release()
        self.bound.clear()


_OWN = ("scopes", "statements")
_LISTS = tuple(each.name for each in fields(WalkResult) if each.default_factory is list and each.name not in _OWN)


def joined(module: Scope, statements: Iterable[StatementWalk]) -> WalkResult:
    """Results in several statements of a module, as one."""
    whole = WalkResult(module, [module], statements=list(statements))
    parts = [statement.parts for statement in whole.statements]
    for part in parts:
        whole.scopes += part.scopes
    for name in _LISTS:
        setattr(whole, name, list(chain.from_iterable([getattr(part, name) for part in parts])))
    whole.imported.update(*(part.imported for part in parts))
    whole.star_import = any(part.star_import for part in parts)
    whole.future_annotations = any(part.future_annotations for part in parts)
    return whole
