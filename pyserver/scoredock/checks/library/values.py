"""Values that expressions surely have: a module, something a table lists, an instance of known classes, a definition of
the script."""

from __future__ import annotations

import ast
import posixpath
from collections import Counter
from dataclasses import field
from functools import lru_cache

from scoredock.checks.library import tables
from scoredock.checks.library.extent import Extent
from scoredock.checks.library.neighbours import neighbour
from scoredock.checks.requests.request_use import is_looked_at
from scoredock.checks.requests.text_use import gets_what_it_describes
from scoredock.checks.script.qualified import only_value, values_of
from scoredock.checks.script.scope import Binding, Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.late_dataclass import dataclass

_DEPTH = 12
_MOST_CLASSES = 12
_MOST_VALUES = 6
_LITERAL_KINDS: dict[type[ast.AST], str] = {
    ast.JoinedStr: "builtins.str",
    ast.List: "builtins.list",
    ast.ListComp: "builtins.list",
    ast.Dict: "builtins.dict",
    ast.DictComp: "builtins.dict",
    ast.Set: "builtins.set",
    ast.SetComp: "builtins.set",
    ast.Tuple: "builtins.tuple",
}
NUMBERS = frozenset(("builtins.int", "builtins.float", "builtins.bool", "builtins.complex"))
FILES = frozenset(
    (
        "_io.TextIOWrapper",
        "_io.BufferedReader",
        "_io.BufferedWriter",
        "_io.BufferedRandom",
        "_io.FileIO",
        "_io.StringIO",
        "_io.BytesIO",
        "typing.BinaryIO",
        "typing.IO",
    )
)


@dataclass(frozen=True, slots=True)
class Value:
    """Value of an expression, as far as it is known; nothing at all when every field is empty."""

    kinds: frozenset[str] = frozenset()
    """Classes of which it is an instance of one."""
    module: str = ""
    entry: tables.LibraryEntry | None = None
    """A function or class that a table lists, and what it was found on."""
    owner: frozenset[str] = frozenset()
    """For a method: the classes of what it belongs to."""
    function: ast.FunctionDef | ast.AsyncFunctionDef | None = None
    """A function or method of the script."""
    bound: bool = False
    class_node: ast.ClassDef | None = None
    """A class of the script."""
    instance: ast.ClassDef | None = None
    """The class of the script that it is an instance of."""
    name: str = ""
    """Dotted name of the module, function or class, for messages."""

    def __bool__(self) -> bool:
        return bool(self.kinds or self.module or self.entry or self.function or self.class_node or self.instance)


NOTHING = Value()
JSON = frozenset(f"builtins.{name}" for name in ("dict", "list", "str", "int", "float", "bool"))
"""What a decoded text may hold, besides None; an item of it is one of these as well."""
_DECODERS = ("json.loads", "json.load")
_TEXT = Value(frozenset(("builtins.str",)))
_GIVING_TEXT = frozenset(("builtins.str", "os._Environ"))
"""What gives text for every key or index."""
_CLASSES_OF_OTHERS = ("super", "type")
"""Builtins whose answer has the names of whatever class stands behind it."""
_MODULE_NAMES = frozenset(("__name__", "__file__"))
_TEXT_FILE = Value(frozenset(("_io.TextIOWrapper",)))
_BINARY_FILE = Value(frozenset(("_io.BufferedReader", "_io.BufferedWriter", "_io.BufferedRandom", "_io.FileIO")))
_LITERALS = {node: Value(frozenset((kind,))) for node, kind in _LITERAL_KINDS.items()}
_CONSTANTS = {kind: Value(frozenset((f"builtins.{kind.__name__}",))) for kind in (str, bytes, int, float, bool)}


@dataclass
class LibraryValues:
    """Answers for one script; remembered, as many rules ask for the same."""

    script: ParsedScript
    extent: Extent
    """What of the script the rules look at."""
    _values: dict[int, Value] = field(default_factory=dict)
    _named: dict[tuple[int, str], Value] = field(default_factory=dict)
    """By the scope that reads a name: most expressions are names, and most names are read often."""
    _homes: dict[tuple[int, str], Value] = field(default_factory=dict)
    """By the scope that binds a name."""
    _shadowed: dict[str, bool] = field(default_factory=dict)
    _members: dict[int, dict[str, ast.FunctionDef | ast.AsyncFunctionDef]] = field(default_factory=dict)
    """Methods of classes of the script that nothing else replaces."""

    def of(self, node: ast.expr, scope: Scope, depth: int = _DEPTH) -> Value:
        """Value of an expression."""
        kind = node.__class__
        if kind is ast.Constant:
            return _CONSTANTS.get(node.value.__class__, NOTHING)  # type: ignore[attr-defined]
        if kind is ast.Name:
            name: str = node.id  # type: ignore[attr-defined]
            value = self._named.get((id(scope), name))
            if value is None:
                if depth <= 0:
                    return NOTHING
                value = self._named[id(scope), name] = self._at_home(name, scope.lookup(name), depth - 1)
            return value
        value = self._values.get(id(node))
        if value is None:
            if depth <= 0:
                return NOTHING
            self._values[id(node)] = NOTHING
            value = self._values[id(node)] = self._find(node, scope, depth - 1)
        return value

    def listed(self, dotted: str) -> Value:
        """Value of a dotted name, unless a file beside the script has the name of its module."""
        return NOTHING if self.shadowed(dotted) else listed(dotted)

    def _beside(self, dotted: str) -> Value:
        """A function of a module that lies beside the script."""
        module, _, name = dotted.rpartition(".")
        if not module or module.startswith(".") or not self.script.facts.path or not self.shadowed(module):
            return NOTHING
        found = neighbour(self.script, module)
        function = found.functions.get(name) if found is not None else None
        return Value(function=function, name=name) if function is not None else NOTHING

    def shadowed(self, dotted: str) -> bool:
        """True if a file or folder beside the script has the name of a module; another rule speaks of that."""
        top = dotted.split(".")[0]
        is_shadowed = self._shadowed.get(top)
        if is_shadowed is None:
            facts = self.script.facts
            folders = facts.import_folders
            is_shadowed = any(
                facts.exists(posixpath.join(folder, top + end)) for folder in folders for end in (".py", "")
            )
            self._shadowed[top] = is_shadowed
        return is_shadowed

    def _find(self, node: ast.expr, scope: Scope, depth: int) -> Value:
        kind = node.__class__
        if kind is ast.Attribute:
            return self._attribute(node, scope, depth)  # type: ignore[arg-type]
        if kind is ast.Call:
            return self._call(node, scope, depth)  # type: ignore[arg-type]
        if kind is ast.BinOp:
            return self._operation(node, scope, depth)  # type: ignore[arg-type]
        if kind is ast.Subscript:
            base = self.of(node.value, scope, depth).kinds  # type: ignore[attr-defined]
            if base == JSON:
                return Value(JSON)
            return _TEXT if base <= _GIVING_TEXT and base else NOTHING
        if isinstance(node, ast.IfExp):
            left, right = self.of(node.body, scope, depth), self.of(node.orelse, scope, depth)
            return Value(left.kinds | right.kinds) if left.kinds and right.kinds else NOTHING
        return _LITERALS.get(kind, NOTHING)

    def _at_home(self, name: str, home: Scope | None, depth: int) -> Value:
        """Value of a name in the scope that binds it: many scopes read the names of one."""
        known = self._homes.get((id(home), name))
        if known is None:
            self._homes[id(home), name] = NOTHING  # for what refers to itself
            known = self._homes[id(home), name] = self._name(name, home, depth)
        return known

    def _name(self, name: str, home: Scope | None, depth: int) -> Value:
        if home is None and name in _MODULE_NAMES:
            return _TEXT
        if home is None:
            entry = (tables.module("builtins") or {}).get(name)
            return Value(entry=entry, name=name) if entry is not None else NOTHING
        bindings = home.bindings[name]
        if len(bindings) == 1:
            found = self._binding(bindings[0], home, depth)
            if found is not None:
                return found
        if all(b.kind == "context" and b.value is not None for b in bindings):
            # several `with … as` of one name, one after the other
            entered = [self._binding(b, home, depth) or NOTHING for b in bindings]
            if all(e.kinds for e in entered):
                return Value(frozenset(kind for e in entered for kind in e.kinds))
        only = only_value(name, home)
        return self.of(*only, depth) if only is not None else self._one_of(name, home, depth)

    def _one_of(self, name: str, home: Scope, depth: int) -> Value:
        """Value of a name that gets several values, all of them known."""
        given = values_of(name, home) if len(home.bindings[name]) <= _MOST_VALUES else None
        kinds: frozenset[str] = frozenset()
        for each in given or ():
            found = self.of(*each, depth).kinds
            if not found:
                return NOTHING
            kinds |= found
        return Value(kinds)

    def _binding(self, binding: Binding, home: Scope, depth: int) -> Value | None:
        """Value of a name by its only binding; None for a plain assignment."""
        node = binding.node
        if binding.kind == "import":
            return self.listed(binding.target) or self._beside(binding.target)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return (
                Value(function=node, name=node.name) if home.kind == "module" and not node.decorator_list else NOTHING
            )
        if isinstance(node, ast.ClassDef):
            return Value(class_node=node, name=node.name)
        if binding.kind == "parameter":
            return self._parameter(node, home)
        if isinstance(node, ast.ExceptHandler) and node.type is not None and binding.owner is not None:
            caught = self.of(node.type, binding.owner, depth)
            return Value(frozenset(caught.entry.returns)) if caught.entry is not None else NOTHING
        if binding.kind == "context" and binding.value is not None and binding.owner is not None:
            entered = self.of(binding.value, binding.owner, depth).kinds
            return Value(entered) if entered and entered <= FILES else NOTHING
        return None

    def _parameter(self, node: ast.AST, home: Scope) -> Value:
        """The body that run() gets, and `self`."""
        run = None if self.script.batch else self.script.run
        if not isinstance(node, ast.arg):
            return NOTHING
        if run is not None and home is run.scope and run.parameters[:1] == [node.arg] and len(run.required) <= 1:
            decorators = run.node.decorator_list
            if not decorators:
                is_open = is_looked_at(self.script, node.arg) or gets_what_it_describes(self.script)
                return NOTHING if is_open else _TEXT
            if len(decorators) == 1 and self.script.dotted(decorators[0], self.script.walk.module).endswith(".rawhttp"):
                return Value(frozenset(("flask.wrappers.Request",)))
            return NOTHING
        outer = home.parent
        if (
            outer is not None
            and isinstance(outer.node, ast.ClassDef)
            and isinstance(home.node, ast.FunctionDef | ast.AsyncFunctionDef)
            and not home.node.decorator_list
            and home.node.args.args[:1] == [node]
        ):
            return Value(instance=outer.node, name=node.arg)
        return NOTHING

    def _attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> Value:
        dotted = self.script.dotted(node, scope)
        if dotted in tables.METHODS:
            return Value(entry=tables.METHODS[dotted], name=dotted.rpartition("model.")[2] or dotted)
        base = self.of(node.value, scope, depth)
        if base.module:
            return self.listed(f"{base.module}.{node.attr}")
        if base.kinds:
            return _member(base.kinds, node.attr)
        if base.entry is not None and base.entry.returns and not base.owner and base.name[:1]:
            # an attribute of a class itself, such as `datetime.fromtimestamp`
            return self._class_member(base, node.attr)
        if base.instance is not None:
            return self._method(base.instance, node.attr)
        return NOTHING

    def _class_member(self, base: Value, attribute: str) -> Value:
        kinds = frozenset(base.entry.returns) if base.entry is not None else frozenset()
        if len(kinds) != 1 or base.name.rpartition(".")[2] != next(iter(kinds)).rpartition(".")[2]:
            return NOTHING
        found = _member(kinds, attribute)
        if found.entry is None:
            return NOTHING
        # A plain method called on the class takes the instance as well; which ones are plain no table says.
        return Value(
            entry=tables.LibraryEntry(None, found.entry.returns, (), callable=True), owner=kinds, name=attribute
        )

    def _method(self, class_node: ast.ClassDef, name: str) -> Value:
        methods = self._members.get(id(class_node))
        if methods is None:
            methods = self._members[id(class_node)] = _sure_methods(class_node)
        method = methods.get(name)
        return Value(function=method, bound=True, name=name) if method is not None else NOTHING

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> Value:
        called = self.of(node.func, scope, depth)
        if called.name == "open" and called.entry is not None and not called.owner:
            return _opened(node)
        if called.entry is not None:
            if called.name in _CLASSES_OF_OTHERS and not called.owner:
                return NOTHING
            if called.name in _DECODERS:
                return NOTHING if node.keywords else Value(JSON)
            returned = called.entry.returns
            if "~" in returned:
                return Value((frozenset(returned) - {"~"}) | called.owner) if called.owner else NOTHING
            return Value(frozenset(returned)) if returned and len(returned) <= _MOST_CLASSES else NOTHING
        if called.class_node is not None:
            return Value(instance=called.class_node, name=called.name)
        if isinstance(called.function, ast.FunctionDef):
            return self._answered(called.function, depth)
        return NOTHING

    def _answered(self, function: ast.FunctionDef, depth: int) -> Value:
        """Value that a function of the script returns, when every way returns something known."""
        scope = next((s for s in self.script.walk.scopes if s.node is function), None)
        if scope is None or scope.yields or not scope.returns or depth <= 0:
            return NOTHING
        kinds: frozenset[str] = frozenset()
        for statement, _ in scope.returns:
            found = self.of(statement.value, scope, depth).kinds if statement.value is not None else frozenset()
            if not found:
                return NOTHING
            kinds |= found
        return Value(kinds)

    def _operation(self, node: ast.BinOp, scope: Scope, depth: int) -> Value:
        left_kinds, right_kinds = self.of(node.left, scope, depth).kinds, self.of(node.right, scope, depth).kinds
        if not left_kinds:
            return NOTHING
        if isinstance(node.op, ast.Mod) and left_kinds <= {"builtins.str"}:
            return Value(left_kinds)
        if isinstance(node.op, ast.Div) and all(kind.startswith("pathlib.") for kind in left_kinds):
            return Value(left_kinds)
        if (
            left_kinds == right_kinds
            and left_kinds <= {"builtins.str", "builtins.list"}
            and isinstance(node.op, ast.Add)
        ):
            return Value(left_kinds)
        return NOTHING


def _sure_methods(class_node: ast.ClassDef) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Methods of a class that are defined once, as they stand there, and that nothing in the class assigns to."""
    if class_node.bases:
        return {}
    defined = [node for node in class_node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    times = Counter(node.name for node in defined)
    times.update(
        inner.attr
        for inner in ast.walk(class_node)
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store)
    )
    times.update(
        target.id
        for node in class_node.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    )
    return {node.name: node for node in defined if times[node.name] == 1 and not node.decorator_list}


@lru_cache(maxsize=4096)
def _opened(node: ast.Call) -> Value:
    """File that `open` gives, by its mode."""
    mode = next((k.value for k in node.keywords if k.arg == "mode"), node.args[1] if len(node.args) > 1 else None)
    if mode is None:
        return _TEXT_FILE
    if not isinstance(mode, ast.Constant) or not isinstance(mode.value, str):
        return Value(FILES)
    return _BINARY_FILE if "b" in mode.value else _TEXT_FILE


def listed(dotted: str) -> Value:
    """Value of a dotted name: a module, or a name that a table lists for one."""
    if tables.module(dotted) is not None or tables.foreign_module(dotted) is not None:
        return Value(module=dotted, name=dotted)
    if dotted in tables.standard_modules() and "." not in dotted:
        return NOTHING
    parent, _, name = dotted.rpartition(".")
    table = tables.module(parent) or tables.foreign_module(parent)
    if table is None:
        return NOTHING
    entry = table.get(name)
    if entry is None:
        return NOTHING
    if entry.kinds:
        return Value(frozenset(entry.kinds), name=dotted)
    return Value(entry=entry, name=dotted) if entry.callable else NOTHING


@lru_cache(maxsize=4096)
def _member(kinds: frozenset[str], name: str) -> Value:
    """An attribute of instances: what it is when all of the classes agree on having it."""
    entries: list[tables.LibraryEntry] = []
    for kind in kinds:
        entry = (tables.members(kind) or {}).get(name)
        if entry is not None:
            entries.append(entry)
    if not entries:
        return NOTHING
    first = entries[0]
    if all(entry.kinds for entry in entries):
        return Value(frozenset(k for e in entries for k in (kinds if e.kinds == ("~",) else e.kinds)))
    if len(entries) == 1 or all(entry == first for entry in entries):
        return Value(entry=first, owner=kinds, name=name) if first.callable else NOTHING
    if all(entry.callable for entry in entries):
        returns = {r for e in entries for r in e.returns} if all(e.returns for e in entries) else set()
        return Value(entry=tables.LibraryEntry(None, tuple(sorted(returns)), (), callable=True), owner=kinds, name=name)
    return NOTHING
