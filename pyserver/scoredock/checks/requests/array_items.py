"""Numbers of NumPy that come out of arrays into lists, dictionaries and sums, where json.dumps refuses them.

What json.dumps takes is the runtime's own rule: NumPy's float64 is a float and its text is text, all other numbers and
truth values are refused, and so is whatever holds one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from scoredock.checks.requests.answer_values import kind_of_value
from scoredock.checks.requests.model_outputs import ModelOutput, Numbers, output_of_models
from scoredock.checks.requests.request_use import is_looked_at
from scoredock.checks.script.model_variables import KERAS_LOADERS, is_loaded
from scoredock.checks.script.qualified import builtin_call, qualified
from scoredock.checks.script.scope import Binding, Scope
from scoredock.checks.script.script import ParsedScript

NOT_IN_JSON: frozenset[Numbers] = frozenset(("int64", "float32", "bool"))
_DEPTH = 12
_MOST_CHANGES = 200
_BY_DTYPE: dict[str, Numbers] = {
    **dict.fromkeys(("int", "int32", "int64", "int8", "int16", "uint8", "intp", "int_", "long"), "int64"),
    **dict.fromkeys(("float", "float64", "double", "float_"), "float64"),
    **dict.fromkeys(("float32", "float16", "single", "half"), "float32"),
    **dict.fromkeys(("bool", "bool_"), "bool"),
    **dict.fromkeys(("str", "object", "str_", "object_"), "text"),
}
_MADE: dict[str, Numbers] = {
    **dict.fromkeys(("zeros", "ones", "linspace", "random.rand", "random.randn", "random.random"), "float64"),
    **dict.fromkeys(("argsort", "flatnonzero", "bincount", "random.randint"), "int64"),
    **dict.fromkeys(("isnan", "isin", "isfinite", "isclose", "logical_not", "logical_and", "logical_or"), "bool"),
}
"""Arrays whose numbers the function decides, unless a dtype is given."""
_COPIED = frozenset(
    ("array", "asarray", "ravel", "squeeze", "sort", "clip", "round", "around", "abs", "unique", "flip", "copy")
)
"""Functions and methods of NumPy whose array holds what the given one holds."""
_FLAT = frozenset(("ravel", "flatten", "unique"))
_REAL = frozenset(("exp", "log", "sqrt", "log1p", "expm1"))
_REDUCED = frozenset(("sum", "max", "min", "prod", "amax", "amin", "cumsum", "ptp"))
_AVERAGED = frozenset(("mean", "std", "var", "median", "average"))
_POSITIONS = frozenset(("argmax", "argmin", "count_nonzero"))
_TRUTHS = frozenset(("any", "all"))
_LISTS = frozenset(("list", "tuple", "sorted", "reversed"))
_OF_PROBABILITIES = frozenset(("predict_proba", "predict_log_proba"))
_OTHER_USES = frozenset(("len", "print", "str", "repr", "sum", "max", "min", "sorted", "enumerate", "range", "bool"))
"""Builtins that leave what they are given as it is."""


@dataclass(frozen=True, slots=True)
class Content:
    """What an expression gives."""

    form: Literal["array", "number", "series", "frame", "list", "row", "dict"]
    """A `row` is one item of zip(), enumerate() or items(): a tuple whose parts are known one by one."""
    numbers: Numbers = ""
    rank: int = 0
    """Dimensions of an array; 0 where the text does not tell."""
    guess: bool = False
    """It is what a model gives, of which the text tells little."""
    source: ast.expr | None = None
    """The array that numbers were taken out of one by one."""
    parts: tuple[Content | None, ...] = ()
    """Of a list or dictionary what it holds, of a row its items in their order."""
    keys: tuple[Content | None, ...] = ()
    place: ast.expr | None = None
    """What was put into a list or dictionary later."""


@dataclass(frozen=True, slots=True)
class UnencodableItem:
    """A part of an answer that json.dumps refuses, or may refuse."""

    node: ast.expr
    what: Literal["number", "numbers", "arrays", "keys", "series"]
    numbers: Numbers
    guess: bool
    certain: bool
    source: ast.expr | None = None


@dataclass(slots=True)
class ContainerChanges:
    """What one function does to its lists and dictionaries, and what its loops go over."""

    targets: dict[int, tuple[str, ast.expr, tuple[int, ...]]] = field(default_factory=dict)
    """Names that a loop or an assignment takes apart: `loop` or `value`, of what, and the place in it."""
    added: dict[str, list[tuple[str, ast.expr]]] = field(default_factory=dict)
    """By name: what is put into it, by the method or `[]`."""
    keys: dict[str, set[object]] = field(default_factory=dict)
    """By name: the keys that are written with `[]`."""
    longer: set[str] = field(default_factory=set)
    """Names to which something is added with `+=`, which makes a list longer."""
    closed: set[str] = field(default_factory=set)
    """Names whose content the function changes in ways that are not followed."""


def changes_of(body: ast.AST) -> ContainerChanges:
    """A look over one function, or a script without one."""
    changes = ContainerChanges()
    for node in ast.walk(body):
        if isinstance(node, ast.For | ast.comprehension):
            _take_apart(changes, node.target, "loop", node.iter, ())
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                _assigned(changes, target, node.value)
        elif isinstance(node, ast.AugAssign):
            _added(changes, node)
        elif isinstance(node, ast.Delete):
            changes.closed.update(_names(*node.targets))
        elif isinstance(node, ast.Call):
            _called(changes, node)
    return changes


def _take_apart(changes: ContainerChanges, target: ast.expr, how: str, of: ast.expr, place: tuple[int, ...]) -> None:
    if isinstance(target, ast.Name):
        changes.targets[id(target)] = (how, of, place)
    elif isinstance(target, ast.Tuple | ast.List):
        for index, each in enumerate(target.elts):
            _take_apart(changes, each, how, of, (*place, index))


def _assigned(changes: ContainerChanges, target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Tuple):
        _take_apart(changes, target, "value", value, ())
    elif isinstance(target, ast.Subscript):
        _stored(changes, target, value)
    elif isinstance(target, ast.Name) and isinstance(value, ast.Dict):
        _written(changes, target.id, value)


def _added(changes: ContainerChanges, node: ast.AugAssign) -> None:
    """`name += more`; other operators are not followed."""
    if not isinstance(node.target, ast.Name):
        return
    if isinstance(node.op, ast.Add):
        changes.longer.add(node.target.id)
        changes.added.setdefault(node.target.id, []).append(("extend", node.value))
    else:
        changes.closed.add(node.target.id)


def _stored(changes: ContainerChanges, target: ast.Subscript, value: ast.expr) -> None:
    """`name[key] = value`; a value that reads the name converts what is in it."""
    if not isinstance(target.value, ast.Name):
        changes.closed.update(_names(target.value))
    elif target.value.id in set(_names(value)):
        changes.closed.add(target.value.id)
    else:
        name, key = target.value.id, target.slice
        changes.added.setdefault(name, []).append(("[]", value))
        if isinstance(key, ast.Constant) and _twice(changes.keys.setdefault(name, set()), key.value):
            changes.closed.add(name)


def _written(changes: ContainerChanges, name: str, value: ast.Dict) -> None:
    for key in value.keys:
        if isinstance(key, ast.Constant) and _twice(changes.keys.setdefault(name, set()), key.value):
            changes.closed.add(name)


def _twice(kept: set[object], key: object) -> bool:
    """Whether the key was there before; it is from now on."""
    before = key in kept
    kept.add(key)
    return before


def _called(changes: ContainerChanges, node: ast.Call) -> None:
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(owner, ast.Name) and isinstance(node.func, ast.Attribute):
        method = node.func.attr
        if method in ("append", "extend", "insert", "update", "setdefault"):
            added = changes.added.setdefault(owner.id, [])
            added.extend((method, each) for each in node.args[-1:])
            added.extend(("[]", each.value) for each in node.keywords if each.arg)
        elif method in ("pop", "clear", "remove", "popitem"):
            changes.closed.add(owner.id)
    if isinstance(node.func, ast.Name) and node.func.id == "map" and len(node.args) == 2:
        function, over = node.args
        if isinstance(function, ast.Lambda) and len(function.args.args) == 1:
            changes.targets[id(function.args.args[0])] = ("loop", over, ())
    if not (isinstance(node.func, ast.Name) and node.func.id in _OTHER_USES):
        changes.closed.update(each.id for each in node.args if isinstance(each, ast.Name) and not _is_encoder(node))


def _is_encoder(node: ast.Call) -> bool:
    """Calls that encode or only keep what they are given."""
    return isinstance(node.func, ast.Attribute) and node.func.attr in ("dumps", "append", "info", "debug", "predict")


def _names(*nodes: ast.AST) -> Iterator[str]:
    for node in nodes:
        yield from (each.id for each in ast.walk(node) if isinstance(each, ast.Name))


class ItemReader:
    """Tells what the expressions of one function give."""

    def __init__(self, script: ParsedScript, scope: Scope, parameters: dict[str, ast.expr]) -> None:
        """`scope`: of a function, or of the whole script. `parameters`: the samples of those that arrive as arrays."""
        self._script = script
        self._scope = scope
        self._parameters = parameters
        self._changes: ContainerChanges | None = None
        self._output: ModelOutput | None = None
        self._open: set[int] = set()
        """Expressions that are being looked at."""
        self._forms: dict[type[ast.expr], Callable[[ast.expr, Scope], Content | None]] = {
            ast.Name: self._name,
            ast.Call: self._call,
            ast.Subscript: self._subscript,
            ast.List: self._display,
            ast.Tuple: self._display,
            ast.Dict: self._dictionary,
            ast.ListComp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.Compare: self._compare,
            ast.BinOp: self._arithmetic,
            ast.UnaryOp: self._unary,
            ast.Attribute: self._attribute,
        }

    def unencodable(self, node: ast.expr, scope: Scope) -> list[UnencodableItem]:
        """What of a returned expression json.dumps refuses, or may refuse."""
        content = self.content(node, scope)
        by_place: dict[int, UnencodableItem] = {}
        for each in _unencodable(content, node, inside=False) if content is not None else ():
            if id(each.node) not in by_place or each.certain > by_place[id(each.node)].certain:
                by_place[id(each.node)] = each
        return list(by_place.values())

    def content(self, node: ast.expr, scope: Scope) -> Content | None:
        """None for what json.dumps takes, and for what the text does not tell."""
        form = self._forms.get(type(node))
        if form is None or id(node) in self._open or len(self._open) > _DEPTH:
            return None
        self._open.add(id(node))
        try:
            content = form(node, scope)
            return content if content is not None or isinstance(node, ast.Name) else _by_kind(node, scope)
        finally:
            self._open.discard(id(node))

    def is_number_of_json(self, node: ast.expr, scope: Scope) -> bool:
        """Whether the expression is known to be a number that json.dumps takes."""
        content = self.content(node, scope)
        return content is not None and content.form == "number" and content.numbers in ("float64", "text")

    @property
    def _models(self) -> ModelOutput:
        if self._output is None:
            self._output = output_of_models(self._script)
        return self._output

    @property
    def _seen(self) -> ContainerChanges:
        if self._changes is None:
            self._changes = changes_of(self._scope.node)
        return self._changes

    # ------------------------------------------------------------------------------------------------ names

    def _name(self, node: ast.expr, scope: Scope) -> Content | None:
        if not isinstance(node, ast.Name):
            return None
        if is_looked_at(self._script, node.id):
            return None
        every = scope.resolve(node.id)
        bindings = [binding for binding in every if binding.kind != "augmented"]
        if not bindings or (len(bindings) < len(every) and node.id not in self._seen.longer):
            return None
        values = [self._bound(binding) for binding in bindings]
        if any(value is None for value in values):
            return None
        first = next(value for value in values if value is not None)
        if len(values) > 1 and any(value != first for value in values):
            return None
        if len(bindings) < len(every) and first.form != "list":
            return None
        if first.form in ("list", "dict"):
            return self._grown(node.id, first, scope, values=len(values))
        return first

    def _bound(self, binding: Binding) -> Content | None:
        if binding.owner is None:
            return None
        if binding.kind == "value" and binding.value is not None:
            return self.content(binding.value, binding.owner)
        if (
            binding.kind == "parameter"
            and isinstance(binding.node, ast.arg)
            and id(binding.node) not in self._seen.targets
        ):
            sample = self._parameters.get(binding.node.arg) if binding.owner is self._scope else None
            return self.content(sample, self._script.found.module) if sample is not None else None
        how, of, place = self._seen.targets.get(id(binding.node), ("", None, ()))
        if of is None:
            return None
        content = self._parted(of, binding.owner) if how == "value" else self._item(of, binding.owner)
        for index in place:
            if content is None or content.form != "row" or index >= len(content.parts):
                return None
            content = content.parts[index]
        return content

    def _grown(self, name: str, content: Content, scope: Scope, *, values: int) -> Content | None:
        """With what the function puts into it."""
        added = self._seen.added.get(name, ())
        if scope.lookup(name) is not self._scope or values > 1 or name in self._seen.closed:
            return None
        parts = list(content.parts)
        for how, value in added[:_MOST_CHANGES]:
            given = self._item(value, scope) if how == "extend" else self.content(value, scope)
            if given is not None and how == "update":
                parts += (replace(part, place=value) for part in given.parts if part is not None)
            elif given is not None:
                parts.append(replace(given, place=value))
        return replace(content, parts=tuple(parts))

    # ------------------------------------------------------------------------------------------------ displays

    def _display(self, node: ast.expr, scope: Scope) -> Content | None:
        if not isinstance(node, ast.List | ast.Tuple):
            return None
        parts = [
            self._item(each.value, scope) if isinstance(each, ast.Starred) else _placed(self.content(each, scope), each)
            for each in node.elts
        ]
        return Content("list", parts=tuple(parts))

    def _dictionary(self, node: ast.expr, scope: Scope) -> Content | None:
        if not isinstance(node, ast.Dict):
            return None
        parts: list[Content | None] = []
        for key, value in zip(node.keys, node.values, strict=True):
            given = self.content(value, scope)
            parts += given.parts if key is None and given is not None else [_placed(given, value)]
        return Content("dict", parts=tuple(parts), keys=tuple(self.content(key, scope) for key in node.keys if key))

    def _comprehension(self, node: ast.expr, scope: Scope) -> Content | None:
        if not isinstance(node, ast.ListComp | ast.DictComp):
            return None
        inner = next((each for each in self._script.found.scopes if each.node is node), scope)
        if isinstance(node, ast.ListComp):
            return Content("list", parts=(_placed(self.content(node.elt, inner), node.elt),))
        keys = (self.content(node.key, inner),)
        return Content("dict", parts=(_placed(self.content(node.value, inner), node.value),), keys=keys)

    # ------------------------------------------------------------------------------------------------ arithmetic

    def _compare(self, node: ast.expr, scope: Scope) -> Content | None:
        if not isinstance(node, ast.Compare):
            return None
        if len(node.ops) != 1 or isinstance(node.ops[0], ast.In | ast.NotIn | ast.Is | ast.IsNot):
            return None
        for side in (node.left, node.comparators[0]):
            content = self.content(side, scope)
            if content is not None and content.form in ("array", "number") and content.numbers != "text":
                # A class that is text compares to a plain truth value.
                unsure = content.guess and content.form == "number" and not content.numbers
                return None if unsure else replace(content, numbers="bool", source=None)
        return None

    def _arithmetic(self, node: ast.expr, scope: Scope) -> Content | None:
        if not isinstance(node, ast.BinOp):
            return None
        if isinstance(node.op, ast.MatMult | ast.Mod):
            return None
        sides = [side for side in (self.content(node.left, scope), self.content(node.right, scope)) if side is not None]
        if not sides or any(side.form not in ("array", "number") for side in sides):
            return None
        best = min(sides, key=lambda side: side.form)  # an array before a number
        if isinstance(node.op, ast.Div | ast.Pow) or any(side.numbers in ("float64", "text") for side in sides):
            numbers: Numbers = "float64" if best.form == "number" else ""
        elif any(not side.numbers for side in sides) or any(
            isinstance(each, ast.BinOp) for each in ast.walk(node.left)
        ):
            numbers = ""
        else:
            numbers = "int64" if self._is_whole(node, scope) and best.numbers == "int64" else ""
        return replace(best, numbers=numbers, source=None) if best.form == "array" or numbers == "int64" else None

    def _is_whole(self, node: ast.BinOp, scope: Scope) -> bool:
        """Both sides are whole numbers for sure."""
        for side in (node.left, node.right):
            content = self.content(side, scope)
            if content is None and not (isinstance(side, ast.Constant) and type(side.value) is int):
                return False
        return True

    def _unary(self, node: ast.expr, scope: Scope) -> Content | None:
        if not isinstance(node, ast.UnaryOp):
            return None
        return None if isinstance(node.op, ast.Not) else self.content(node.operand, scope)

    def _attribute(self, node: ast.expr, scope: Scope) -> Content | None:
        if not isinstance(node, ast.Attribute):
            return None
        if node.attr not in ("T", "values", "iloc", "loc", "at", "iat", "flat", "columns", "index"):
            return None
        content = self.content(node.value, scope)
        if content is None:
            return None
        if node.attr in ("columns", "index"):
            return Content("series") if content.form in ("frame", "series") else None
        if node.attr == "values":
            rank = {"frame": 2, "series": 1}.get(content.form, 0)
            return replace(content, form="array", rank=rank, source=None) if rank else None
        if node.attr in ("T", "flat"):
            return (
                replace(content, rank=1 if node.attr == "flat" else content.rank) if content.form == "array" else None
            )
        return content if content.form in ("frame", "series") else None

    # ------------------------------------------------------------------------------------------------ parts

    def _subscript(self, node: ast.expr, scope: Scope) -> Content | None:
        if not isinstance(node, ast.Subscript):
            return None
        content = self.content(node.value, scope)
        if content is None:
            return None
        accessor = node.value.attr if isinstance(node.value, ast.Attribute) else ""
        if content.form in ("frame", "series"):
            return _of_pandas(content, node.slice, accessor)
        if content.form == "row":
            index = node.slice.value if isinstance(node.slice, ast.Constant) else None
            return content.parts[index] if isinstance(index, int) and 0 <= index < len(content.parts) else None
        if content.form == "array":
            position = self.content(node.slice, scope) if isinstance(node.slice, ast.Name) else None
            chosen = position is not None and position.form == "array"  # a mask, or the positions of some
            return replace(content, source=None) if chosen else _of_array(content, node)
        return None

    def _parted(self, node: ast.expr, scope: Scope) -> Content | None:
        """What an assignment to several names takes apart."""
        if isinstance(node, ast.Call) and qualified(node.func, scope) == "numpy.unique":
            return self._unique(node, scope)
        return self.content(node, scope)

    def _unique(self, node: ast.Call, scope: Scope) -> Content | None:
        counted = [keyword.arg for keyword in node.keywords]
        if counted != ["return_counts"] or not node.args:
            return None
        given = self.content(node.args[0], scope)
        values = replace(given, form="array", rank=1, source=None) if given is not None else Content("array", rank=1)
        return Content("row", parts=(values, Content("array", "int64", 1)))

    def _item(self, node: ast.expr, scope: Scope) -> Content | None:
        """One of what a loop over the expression gives."""
        if isinstance(node, ast.Call):
            builtin = builtin_call(node, scope)
            if builtin in ("zip", "enumerate"):
                return self._zipped(node, scope, numbered=builtin == "enumerate")
            if builtin in _LISTS and node.args:
                return self._item(node.args[0], scope)
            if builtin == "map" and len(node.args) == 2 and isinstance(function := node.args[0], ast.Lambda):
                inner = next((each for each in self._script.found.scopes if each.node is function), scope)
                return self.content(function.body, inner)
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("items", "values") and not node.args:
                content = self.content(node.func.value, scope)
                value = (
                    content.parts[0]
                    if content is not None and content.form == "dict" and len(content.parts) == 1
                    else None
                )
                return Content("row", parts=(None, value)) if node.func.attr == "items" else value
        content = self.content(node, scope)
        if content is None:
            return None
        if content.form == "list":
            return next((part for part in content.parts if part is not None), None) if len(content.parts) == 1 else None
        return _element(content, node) if content.form == "array" else None

    def _zipped(self, node: ast.Call, scope: Scope, *, numbered: bool) -> Content | None:
        if len(node.args) == 1 and isinstance(node.args[0], ast.Starred):
            inner = self._parted(node.args[0].value, scope)
            if inner is None or inner.form != "row":
                return None
            return Content("row", parts=tuple(_element(each, None) if each else None for each in inner.parts))
        if any(isinstance(each, ast.Starred) for each in node.args) or node.keywords:
            return None
        parts = tuple(self._item(each, scope) for each in node.args)
        return Content("row", parts=(None, *parts) if numbered else parts)

    # ------------------------------------------------------------------------------------------------ calls

    def _call(self, node: ast.expr, scope: Scope) -> Content | None:
        if not isinstance(node, ast.Call):
            return None
        name = qualified(node.func, scope)
        if name.startswith("numpy."):
            return self._of_numpy(node, name.removeprefix("numpy."), scope)
        builtin = builtin_call(node, scope)
        if builtin:
            return self._of_builtin(node, builtin, scope)
        if not name and isinstance(node.func, ast.Attribute):
            return self._of_method(node, node.func, scope)
        return None

    def _of_builtin(self, node: ast.Call, builtin: str, scope: Scope) -> Content | None:
        given = node.args[0] if node.args else None
        if builtin == "dict":
            return self._made_dictionary(node, scope)
        if given is None:
            return Content("list") if builtin in ("list", "tuple") else None
        if builtin in _LISTS:
            item = self._item(given, scope)
            return Content("list", parts=(item,)) if item is not None else None
        if builtin in ("sum", "max", "min") and len(node.args) == 1 and not node.keywords:
            item = self._item(given, scope)
            summed = item is not None and (item.form == "number" or (item.form == "array" and builtin == "sum"))
            return replace(item, source=None) if item is not None and summed else None
        if builtin == "abs":
            return self.content(given, scope)
        if builtin == "round" and len(node.args) == 2:
            content = self.content(given, scope)
            return content if content is not None and content.numbers in NOT_IN_JSON else None
        return None

    def _made_dictionary(self, node: ast.Call, scope: Scope) -> Content | None:
        values = [_placed(self.content(each.value, scope), each.value) for each in node.keywords if each.arg]
        if not node.args:
            return Content("dict", parts=tuple(values))
        item = self._item(node.args[0], scope)
        if item is None or item.form != "row" or len(item.parts) != 2:
            return Content("dict", parts=tuple(values)) if any(values) else None
        return Content("dict", parts=(item.parts[1], *values), keys=(item.parts[0],))

    def _of_numpy(self, node: ast.Call, name: str, scope: Scope) -> Content | None:
        given = self.content(node.args[0], scope) if node.args else None
        written = next((keyword.value for keyword in node.keywords if keyword.arg == "dtype"), None)
        if name in _POSITIONS | _REDUCED | _AVERAGED | _TRUTHS:
            return _reduced(name, given or Content("array"), node, first=1)
        if name in ("array", "asarray") and node.args and given is not None and given.form == "list":
            rank, numbers = _literal(node.args[0])
            return Content("array", _dtype(written, scope) or numbers, rank)
        if name in ("array", "asarray") and node.args and given is None:
            rank, numbers = _literal(node.args[0])
            return Content("array", _dtype(written, scope) or numbers, rank)
        if written is not None:
            return Content("array", _dtype(written, scope), given.rank if given is not None else 0)
        if name == "where":
            return _chosen(node, given) if len(node.args) == 3 else None
        if name in _MADE:
            return Content("array", _MADE[name], 1 if name in ("linspace", "flatnonzero", "bincount") else 0)
        if name in _COPIED and given is not None and given.form in ("array", "number"):
            return _copied(name, given)
        if name in _REAL and given is not None and given.form == "array":
            return replace(given, numbers="", source=None)
        return None

    def _of_method(self, node: ast.Call, function: ast.Attribute, scope: Scope) -> Content | None:
        method, owner = function.attr, function.value
        if method in ("predict", *_OF_PROBABILITIES, "decision_function"):
            return self._predicted(method, owner, _by_kind(node, scope), scope)
        content = self.content(owner, scope)
        if content is None or content.form not in ("array", "frame", "series"):
            return None
        if content.form != "array":
            return _of_pandas_method(content, method, node)
        if method in _POSITIONS | _REDUCED | _AVERAGED | _TRUTHS:
            return _reduced(method, content, node, first=0)
        if method == "astype" and node.args:
            return replace(content, numbers=_dtype(node.args[0], scope), source=None)
        if method == "reshape":
            flat = len(node.args) == 1 and not isinstance(node.args[0], ast.Tuple)
            rank = 1 if flat else len(node.args) if len(node.args) > 1 else 0
            return replace(content, rank=rank, source=None)
        return _copied(method, content) if method in _COPIED | {"flatten"} else None

    def _predicted(self, method: str, owner: ast.expr, content: Content | None, scope: Scope) -> Content | None:
        if content is None or not content.guess:
            return content
        if isinstance(owner, ast.Name) and is_loaded(owner.id, scope, KERAS_LOADERS):
            return replace(content, numbers="float32", rank=2)
        guess = not self._models.certain
        if method in _OF_PROBABILITIES:
            return replace(content, numbers=self._models.probabilities, rank=2, guess=guess)
        if method == "decision_function":
            return replace(content, numbers="float64")
        numbers = self._models.predicted
        return replace(content, numbers=numbers, rank=1, guess=guess or not numbers)


# ---------------------------------------------------------------------------------------------------- of values


def _placed(content: Content | None, node: ast.expr) -> Content | None:
    return replace(content, place=content.place or node) if content is not None else None


def _by_kind(node: ast.expr, scope: Scope) -> Content | None:
    """What is known of the expression as a whole."""
    kind = kind_of_value(node, scope, 4)
    if kind in ("array", "prediction"):
        first = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == 0
        # The first output of an ONNX session: float32 as a rule, int64 of a classifier, and JSON takes neither.
        of_session = first and isinstance(node, ast.Subscript) and kind_of_value(node.value, scope, 4) == "outputs"
        return Content("array", "float32" if of_session else "", guess=kind == "prediction")
    if kind in ("frame", "series"):
        return Content("frame" if kind == "frame" else "series")
    return None


def _element(content: Content, node: ast.expr | None) -> Content | None:
    """One item of an array."""
    if content.rank == 1:
        return replace(content, form="number", rank=0, source=node)
    if content.rank > 1:
        return replace(content, rank=content.rank - 1, source=node)
    # A row or a number: only what neither of them may hold is told.
    return replace(content, form="number", source=node) if content.numbers in NOT_IN_JSON else None


def _of_array(content: Content, node: ast.Subscript) -> Content | None:
    index = node.slice
    if isinstance(index, ast.Name):
        # A number or a mask: only what both of them give is told.
        element = _element(content, None)
        return element if element is not None and (element.form == "array" or element.numbers in NOT_IN_JSON) else None
    single = isinstance(index, ast.Constant | ast.UnaryOp) and not _is_slice(index)
    if isinstance(index, ast.Tuple):
        slices = sum(_is_slice(each) for each in index.elts)
        left = content.rank - len(index.elts) + slices if content.rank else 0
        if content.rank and left == 0:
            return replace(content, form="number", rank=0, source=None)
        return replace(content, rank=max(left, 0), source=None) if slices else None
    if isinstance(index, ast.Slice):
        return content
    if single and isinstance(getattr(index, "value", 0), int):
        element = _element(content, None)
        # One item of what a model predicts is told by another line of the checks.
        return None if element is not None and element.form == "number" and not element.numbers else element
    return None


def _is_slice(node: ast.expr) -> bool:
    return isinstance(node, ast.Slice) or (isinstance(node, ast.Constant) and node.value in (None, ...))


def _of_pandas(content: Content, index: ast.expr, accessor: str) -> Content | None:
    if accessor in ("at", "iat"):
        return None
    if content.form == "series":
        return content if isinstance(index, ast.Slice) else None
    if accessor in ("iloc", "loc"):
        if isinstance(index, ast.Tuple):
            return None
        return content if isinstance(index, ast.Slice | ast.List) else Content("series")
    if isinstance(index, ast.Constant) and isinstance(index.value, str | int) and not accessor:
        return Content("series")
    return content if isinstance(index, ast.List) else None


def _of_pandas_method(content: Content, method: str, node: ast.Call) -> Content | None:
    if method in ("isnull", "isna", "notnull", "notna"):
        return replace(content, numbers="bool")
    if method in ("sum", "any", "all") and content.numbers == "bool" and not node.args and not node.keywords:
        numbers: Numbers = "int64" if method == "sum" else "bool"
        return Content("series", numbers) if content.form == "frame" else Content("number", numbers)
    if method == "sum" and content.form == "series" and content.numbers == "int64":
        return Content("number", "int64")
    if method in ("head", "tail", "copy", "fillna", "dropna", "reset_index", "round", "astype"):
        return content
    if method == "unique":
        return Content("array", content.numbers, 1) if content.form == "series" else None
    return Content("series", "int64") if method == "value_counts" else None


def _reduced(name: str, content: Content, node: ast.Call, *, first: int) -> Content | None:
    """What is left of an array: one number, or an array where an axis is named."""
    if content.form not in ("array", "list"):
        return None
    along = len(node.args) > first or any(keyword.arg in ("axis", "keepdims") for keyword in node.keywords)
    numbers: Numbers = content.numbers
    if name in _POSITIONS:
        numbers = "int64"
    elif name in _TRUTHS:
        numbers = "bool"
    elif name == "sum" and content.numbers == "bool":
        numbers = "int64"
    elif name in _AVERAGED:
        numbers = "float32" if content.numbers == "float32" else "float64" if content.numbers else ""
    if along or name == "cumsum":
        return Content("array", numbers, max(content.rank - 1, 0) if content.rank else 0, content.guess and not numbers)
    return Content("number", numbers, guess=content.guess) if numbers else None


def _copied(name: str, content: Content) -> Content:
    return replace(content, rank=1 if name in _FLAT else content.rank if name != "squeeze" else 0, source=None)


def _chosen(node: ast.Call, condition: Content | None) -> Content:
    """np.where(condition, one, other)."""
    kinds = {type(each.value) if isinstance(each, ast.Constant) else None for each in node.args[1:]}
    numbers: Numbers = "int64" if kinds == {int} else "text" if kinds == {str} else ""
    return Content("array", numbers, condition.rank if condition is not None else 0)


def _dtype(node: ast.expr | None, scope: Scope) -> Numbers:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _BY_DTYPE.get(node.value, "")
    if isinstance(node, ast.Name) and not scope.resolve(node.id):
        return _BY_DTYPE.get(node.id, "")
    name = qualified(node, scope) if node is not None else ""
    return _BY_DTYPE.get(name.removeprefix("numpy."), "") if name.startswith("numpy.") else ""


def _literal(node: ast.expr) -> tuple[int, Numbers]:
    """Dimensions and numbers of an array that is written out; none where something in it is not."""
    rank = 0
    while isinstance(node, ast.List | ast.Tuple) and node.elts:
        rank += 1
        if not isinstance(node.elts[0], ast.List | ast.Tuple):
            break
        node = node.elts[0]
    if rank == 0 or not isinstance(node, ast.List | ast.Tuple):
        return 0, ""
    plain = [each.operand if isinstance(each, ast.UnaryOp) else each for each in node.elts]
    kinds = {type(each.value) for each in plain if isinstance(each, ast.Constant)}
    if len(kinds) == 0 or not all(isinstance(each, ast.Constant) for each in plain):
        return 0, ""
    by_kind: dict[type, Numbers] = {int: "int64", bool: "bool", str: "text"}
    return rank, "float64" if float in kinds else by_kind.get(kinds.pop(), "") if len(kinds) == 1 else ""


def _unencodable(content: Content, node: ast.expr, *, inside: bool) -> Iterator[UnencodableItem]:
    """What json.dumps refuses of it; `node` is where it is told."""
    place = content.place or node
    make = partial(UnencodableItem, place, numbers=content.numbers, guess=content.guess, source=content.source)
    if content.form == "number":
        if content.numbers in NOT_IN_JSON or not content.numbers:
            yield make(what="numbers" if inside else "number", certain=content.numbers in NOT_IN_JSON)
    elif content.form == "array":
        yield make(what="arrays", certain=True)
    elif content.form in ("series", "frame"):
        yield make(what="series", certain=True)
    else:
        for part in content.parts:
            if part is not None:
                yield from _unencodable(part, place, inside=True)
        for key in content.keys:
            if key is not None and key.form == "number" and key.numbers in NOT_IN_JSON:
                yield UnencodableItem(place, "keys", key.numbers, key.guess, certain=True)
