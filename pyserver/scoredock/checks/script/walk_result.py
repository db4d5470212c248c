"""What one walk over a script finds, and what it notes about the surroundings of a node."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from scoredock.checks.script.scope import Binding, Scope

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
    """What the walk found."""

    module: Scope
    scopes: list[Scope] = field(default_factory=list)
    calls: list[tuple[ast.Call, Scope, int]] = field(default_factory=list)
    paths: list[tuple[ast.expr, Scope, int]] = field(default_factory=list)
    """Sums, quotients and f-strings: where paths may be put together."""
    attributes: list[tuple[ast.Attribute, Scope, int]] = field(default_factory=list)
    """Attributes and items read directly off a name."""
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

    def release(self) -> None:
        """Take scopes and bindings apart, which hold each other: the tree then goes at once, without a garbage
        collection."""
        for scope in self.scopes:
            scope.bindings.clear()
        self.contexts.clear()
