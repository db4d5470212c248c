"""Numbers of NumPy that come out of arrays into lists, dictionaries and sums, where json.dumps refuses them.

What json.dumps takes is the runtime's own rule: NumPy's float64 is a float and its text is text, all other numbers and
truth values are refused, and so is whatever holds one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from scoredock.checks.requests.answer_values import kind_of_value
from scoredock.checks.requests.array_contents import (
    ATTRIBUTES,
    NOT_IN_JSON,
    Content,
    element,
    of_attribute,
    of_index,
    of_method,
    of_numpy,
    of_pandas_index,
)
from scoredock.checks.requests.container_changes import ContainerChanges, changes_of
from scoredock.checks.requests.model_outputs import ModelOutput, Numbers, output_of_models
from scoredock.checks.requests.request_use import is_looked_at
from scoredock.checks.script.model_variables import KERAS_LOADERS, is_loaded
from scoredock.checks.script.qualified import builtin_call, qualified
from scoredock.checks.script.scope import Binding, Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.late_dataclass import dataclass

_DEPTH = 12
_MOST_CHANGES = 200
_LISTS = frozenset(("list", "tuple", "sorted", "reversed"))
_OF_PROBABILITIES = frozenset(("predict_proba", "predict_log_proba"))
_SURELY_NOT = NOT_IN_JSON - {"outputs"}


@dataclass(frozen=True, slots=True)
class UnencodableItem:
    """A part of an answer that json.dumps refuses, or may refuse."""

    node: ast.expr
    what: Literal["number", "numbers", "arrays", "keys", "series"]
    numbers: Numbers
    guess: bool
    certain: bool
    source: ast.expr | None = None


class ItemReader:
    """Reader of the contents of the expressions of one function."""

    def __init__(self, script: ParsedScript, scope: Scope, parameters: dict[str, ast.expr]) -> None:
        """`scope`: of a function, or of the whole script. `parameters`: the samples of those that arrive as arrays."""
        self._script = script
        self._scope = scope
        self._parameters = parameters
        self._changes: ContainerChanges | None = None
        self._output: ModelOutput | None = None
        self._open: set[int] = set()
        """Expressions that are being looked at."""
        self._forms: dict[type[ast.expr], Callable[[Any, Scope], Content | None]] = {
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
        """Parts of a returned expression that json.dumps refuses, or may refuse."""
        content = self.content(node, scope)
        by_place: dict[int, UnencodableItem] = {}
        for each in _unencodable(content, node, inside=False) if content is not None else ():
            if id(each.node) not in by_place or each.certain > by_place[id(each.node)].certain:
                by_place[id(each.node)] = each
        return list(by_place.values())

    def content(self, node: ast.expr, scope: Scope) -> Content | None:
        """Content of an expression; None for what json.dumps takes, and for what the text does not say."""
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
        """True if the expression is known to be a number that json.dumps takes."""
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

    def _name(self, node: ast.Name, scope: Scope) -> Content | None:
        if is_looked_at(self._script, node.id):
            return None
        every = scope.resolve(node.id)
        bindings = [binding for binding in every if binding.kind != "augmented"]
        is_augmented = len(bindings) < len(every)
        if not bindings or (is_augmented and node.id not in self._seen.longer):
            return None
        values = [self._bound(binding) for binding in bindings]
        first = values[0]
        if first is None or any(value != first for value in values) or (is_augmented and first.form != "list"):
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
            return self.content(sample, self._script.walk.module) if sample is not None else None
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
        """The content with what the function puts into it."""
        added = self._seen.added.get(name, ())
        if scope.lookup(name) is not self._scope or values > 1 or name in self._seen.closed:
            return None
        parts = list(content.parts)
        for how, value in added[:_MOST_CHANGES]:
            content_of_value = self._item(value, scope) if how == "extend" else self.content(value, scope)
            if content_of_value is not None and how == "update":
                parts += (replace(part, place=value) for part in content_of_value.parts if part is not None)
            elif content_of_value is not None:
                parts.append(replace(content_of_value, place=value))
        return replace(content, parts=tuple(parts))

    # ------------------------------------------------------------------------------------------------ displays

    def _display(self, node: ast.List | ast.Tuple, scope: Scope) -> Content | None:
        parts = [
            self._item(each.value, scope) if isinstance(each, ast.Starred) else _placed(self.content(each, scope), each)
            for each in node.elts
        ]
        return Content("list", parts=tuple(parts))

    def _dictionary(self, node: ast.Dict, scope: Scope) -> Content | None:
        parts: list[Content | None] = []
        for key, value in zip(node.keys, node.values, strict=True):
            content = self.content(value, scope)
            parts += content.parts if key is None and content is not None else [_placed(content, value)]
        return Content("dict", parts=tuple(parts), keys=tuple(self.content(key, scope) for key in node.keys if key))

    def _comprehension(self, node: ast.ListComp | ast.DictComp, scope: Scope) -> Content | None:
        inner = next((each for each in self._script.walk.scopes if each.node is node), scope)
        if isinstance(node, ast.ListComp):
            return Content("list", parts=(_placed(self.content(node.elt, inner), node.elt),))
        keys = (self.content(node.key, inner),)
        return Content("dict", parts=(_placed(self.content(node.value, inner), node.value),), keys=keys)

    # ------------------------------------------------------------------------------------------------ arithmetic

    def _compare(self, node: ast.Compare, scope: Scope) -> Content | None:
        if len(node.ops) != 1 or isinstance(node.ops[0], ast.In | ast.NotIn | ast.Is | ast.IsNot):
            return None
        for side in (node.left, node.comparators[0]):
            content = self.content(side, scope)
            if content is not None and content.form in ("array", "number") and content.numbers != "text":
                # A class that is text compares to a plain truth value.
                unsure = content.guess and content.form == "number" and content.numbers in ("", "outputs")
                return None if unsure else replace(content, numbers="bool", source=None)
        return None

    def _arithmetic(self, node: ast.BinOp, scope: Scope) -> Content | None:
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

    def _unary(self, node: ast.UnaryOp, scope: Scope) -> Content | None:
        return None if isinstance(node.op, ast.Not) else self.content(node.operand, scope)

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Content | None:
        content = self.content(node.value, scope) if node.attr in ATTRIBUTES else None
        return of_attribute(content, node.attr) if content is not None else None

    # ------------------------------------------------------------------------------------------------ parts

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Content | None:
        content = self.content(node.value, scope)
        if content is None:
            return None
        accessor = node.value.attr if isinstance(node.value, ast.Attribute) else ""
        if content.form in ("frame", "series"):
            return of_pandas_index(content, node.slice, accessor)
        if content.form == "row":
            index = node.slice.value if isinstance(node.slice, ast.Constant) else None
            return content.parts[index] if isinstance(index, int) and 0 <= index < len(content.parts) else None
        if content.form == "array":
            position = self.content(node.slice, scope) if isinstance(node.slice, ast.Name) else None
            is_chosen = position is not None and position.form == "array"  # a mask, or the positions of some
            return replace(content, source=None) if is_chosen else of_index(content, node.slice)
        return None

    def _parted(self, node: ast.expr, scope: Scope) -> Content | None:
        """Content that an assignment to several names takes apart."""
        if isinstance(node, ast.Call) and qualified(node.func, scope) == "numpy.unique":
            return self._unique(node, scope)
        return self.content(node, scope)

    def _unique(self, node: ast.Call, scope: Scope) -> Content | None:
        if [keyword.arg for keyword in node.keywords] != ["return_counts"] or not node.args:
            return None
        content = self.content(node.args[0], scope) or Content("array")
        values = replace(content, form="array", rank=1, source=None)
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
                inner = next((each for each in self._script.walk.scopes if each.node is function), scope)
                return self.content(function.body, inner)
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("items", "values") and not node.args:
                owner = self.content(node.func.value, scope)
                single = owner is not None and owner.form == "dict" and len(owner.parts) == 1
                value = owner.parts[0] if owner is not None and single else None
                return Content("row", parts=(None, value)) if node.func.attr == "items" else value
        content = self.content(node, scope)
        if content is None:
            return None
        if content.form == "list":
            return next((part for part in content.parts if part is not None), None) if len(content.parts) == 1 else None
        return element(content, node) if content.form == "array" else None

    def _zipped(self, node: ast.Call, scope: Scope, *, numbered: bool) -> Content | None:
        if len(node.args) == 1 and isinstance(node.args[0], ast.Starred):
            inner = self._parted(node.args[0].value, scope)
            if inner is None or inner.form != "row":
                return None
            return Content("row", parts=tuple(element(each, None) if each else None for each in inner.parts))
        if any(isinstance(each, ast.Starred) for each in node.args) or node.keywords:
            return None
        parts = tuple(self._item(each, scope) for each in node.args)
        return Content("row", parts=(None, *parts) if numbered else parts)

    # ------------------------------------------------------------------------------------------------ calls

    def _call(self, node: ast.Call, scope: Scope) -> Content | None:
        name = qualified(node.func, scope)
        if name.startswith("numpy."):
            first = self.content(node.args[0], scope) if node.args else None
            return of_numpy(node, name.removeprefix("numpy."), first, scope)
        builtin = builtin_call(node, scope)
        if builtin:
            return self._of_builtin(node, builtin, scope)
        if not name and isinstance(node.func, ast.Attribute):
            return self._of_method(node, node.func, scope)
        return None

    def _of_builtin(self, node: ast.Call, builtin: str, scope: Scope) -> Content | None:
        if builtin == "dict":
            return self._made_dictionary(node, scope)
        if not node.args:
            return Content("list") if builtin in ("list", "tuple") else None
        first = node.args[0]
        if builtin in _LISTS:
            item = self._item(first, scope)
            return Content("list", parts=(item,)) if item is not None else None
        if builtin in ("sum", "max", "min") and len(node.args) == 1 and not node.keywords:
            item = self._item(first, scope)
            is_summed = item is not None and (item.form == "number" or (item.form == "array" and builtin == "sum"))
            return replace(item, source=None) if item is not None and is_summed else None
        if builtin == "abs":
            return self.content(first, scope)
        if builtin == "round" and len(node.args) == 2:
            content = self.content(first, scope)
            if content is None or content.numbers not in NOT_IN_JSON:
                return None
            return replace(content, numbers="float32") if content.numbers == "outputs" else content
        return None

    def _made_dictionary(self, node: ast.Call, scope: Scope) -> Content | None:
        values = [_placed(self.content(each.value, scope), each.value) for each in node.keywords if each.arg]
        if not node.args:
            return Content("dict", parts=tuple(values))
        item = self._item(node.args[0], scope)
        if item is None or item.form != "row" or len(item.parts) != 2:
            return Content("dict", parts=tuple(values)) if any(values) else None
        return Content("dict", parts=(item.parts[1], *values), keys=(item.parts[0],))

    def _of_method(self, node: ast.Call, function: ast.Attribute, scope: Scope) -> Content | None:
        method, owner = function.attr, function.value
        if method in ("predict", *_OF_PROBABILITIES, "decision_function"):
            return self._predicted(method, owner, _by_kind(node, scope), scope)
        content = self.content(owner, scope)
        return of_method(content, method, node, scope) if content is not None else None

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
    """Content of the expression as a whole, as far as its kind tells."""
    kind = kind_of_value(node, scope, 4)
    if kind in ("array", "prediction", "output"):
        first = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == 0
        of_session = first and isinstance(node, ast.Subscript) and kind_of_value(node.value, scope, 4) == "outputs"
        return Content("array", "outputs" if of_session else "", guess=kind != "array")
    if kind in ("frame", "series"):
        return Content("frame" if kind == "frame" else "series")
    return None


def _unencodable(content: Content, node: ast.expr, *, inside: bool) -> Iterator[UnencodableItem]:
    """Parts of a content that json.dumps refuses; `node` is where they are reported."""
    place = content.place or node
    make = partial(UnencodableItem, place, numbers=content.numbers, guess=content.guess, source=content.source)
    if content.form == "number":
        if content.numbers in NOT_IN_JSON or not content.numbers:
            yield make(what="numbers" if inside else "number", certain=content.numbers in _SURELY_NOT)
    elif content.form == "array":
        yield make(what="arrays", certain=True)
    elif content.form in ("series", "frame"):
        yield make(what="series", certain=True)
    else:
        for part in content.parts:
            if part is not None:
                yield from _unencodable(part, place, inside=True)
        for key in content.keys:
            if key is not None and key.form == "number" and key.numbers in _SURELY_NOT:
                yield UnencodableItem(place, "keys", key.numbers, key.guess, certain=True)
