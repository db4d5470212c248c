"""Results of operations of NumPy and pandas: an array, a frame or a number, and of which kind of numbers."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Literal

from scoredock.checks.requests.model_outputs import Numbers
from scoredock.checks.script.qualified import qualified
from scoredock.checks.script.scope import Scope
from scoredock.late_dataclass import dataclass

NOT_IN_JSON: frozenset[Numbers] = frozenset(("int64", "float32", "bool", "outputs"))


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


_NUMBERED = _POSITIONS | _REDUCED | _AVERAGED | _TRUTHS
"""What gives one number of an array, or an array with an axis less."""


ATTRIBUTES = frozenset(("T", "values", "iloc", "loc", "at", "iat", "flat", "columns", "index"))


@dataclass(frozen=True, slots=True)
class Content:
    """Content of an expression: its form, and its kind of numbers."""

    form: Literal["array", "number", "series", "frame", "list", "row", "dict"]
    """A `row` is one item of zip(), enumerate() or items(): a tuple whose parts are known one by one."""
    numbers: Numbers = ""
    rank: int = 0
    """Dimensions of an array; 0 where the text does not say."""
    guess: bool = False
    """It is what a model gives, of which the text says little."""
    source: ast.expr | None = None
    """The array that numbers were taken out of one by one."""
    parts: tuple[Content | None, ...] = ()
    """Of a list or dictionary what it holds, of a row its items in their order."""
    keys: tuple[Content | None, ...] = ()
    place: ast.expr | None = None
    """What was put into a list or dictionary later."""


def of_numpy(node: ast.Call, name: str, first: Content | None, scope: Scope) -> Content | None:
    """A call of a function of NumPy whose first argument gives `first`."""
    type_node = next((keyword.value for keyword in node.keywords if keyword.arg == "dtype"), None)
    if name in _NUMBERED:
        return _reduced(name, first or Content("array"), node, axis_at=1)
    if name in ("array", "asarray") and node.args and (first is None or first.form == "list"):
        rank, numbers = _literal(node.args[0])
        return Content("array", _dtype(type_node, scope) or numbers, rank)
    if type_node is not None:
        return Content("array", _dtype(type_node, scope), first.rank if first is not None else 0)
    if name == "where":
        return _chosen(node, first) if len(node.args) == 3 else None
    if name in _MADE:
        return Content("array", _MADE[name], 1 if name in ("linspace", "flatnonzero", "bincount") else 0)
    if name in _COPIED and first is not None and first.form in ("array", "number"):
        return _copied(name, first)
    if name in _REAL and first is not None and first.form == "array":
        return replace(first, numbers="", source=None)
    return None


def of_method(content: Content, method: str, node: ast.Call, scope: Scope) -> Content | None:
    """A call of a method of an array, a frame or a series."""
    if content.form in ("frame", "series"):
        return _of_pandas_method(content, method, node)
    if content.form != "array":
        return None
    if method in _NUMBERED:
        return _reduced(method, content, node, axis_at=0)
    if method == "astype" and node.args:
        return replace(content, numbers=_dtype(node.args[0], scope), source=None)
    if method == "reshape":
        flat = len(node.args) == 1 and not isinstance(node.args[0], ast.Tuple)
        rank = 1 if flat else len(node.args) if len(node.args) > 1 else 0
        return replace(content, rank=rank, source=None)
    return _copied(method, content) if method in _COPIED | {"flatten"} else None


def of_attribute(content: Content, name: str) -> Content | None:
    """Content of one of ATTRIBUTES of an array, a frame or a series."""
    is_pandas = content.form in ("frame", "series")
    if name in ("columns", "index"):
        return Content("series") if is_pandas else None
    if name == "values":
        return (
            replace(content, form="array", rank=2 if content.form == "frame" else 1, source=None) if is_pandas else None
        )
    if name == "T":
        return content if content.form == "array" else None
    if name == "flat":
        return replace(content, rank=1) if content.form == "array" else None
    return content if is_pandas else None


def element(content: Content, node: ast.expr | None) -> Content | None:
    """Content of one item of an array that `node` gives."""
    if content.rank == 1:
        return replace(content, form="number", rank=0, source=node)
    if content.rank > 1:
        return replace(content, rank=content.rank - 1, source=node)
    # A row or a number: only what neither of them may hold is said.
    return replace(content, form="number", source=node) if content.numbers in NOT_IN_JSON else None


def of_index(content: Content, index: ast.expr) -> Content | None:
    """A part of an array."""
    if isinstance(index, ast.Slice):
        return content
    if isinstance(index, ast.Name):
        # A number or a mask: only what both of them give is said.
        part = element(content, None)
        return part if part is not None and (part.form == "array" or part.numbers in NOT_IN_JSON) else None
    if isinstance(index, ast.Tuple):
        slices = sum(_is_slice(each) for each in index.elts)
        rank = content.rank - len(index.elts) + slices if content.rank else 0
        if content.rank and rank == 0:
            return replace(content, form="number", rank=0, source=None)
        return replace(content, rank=max(rank, 0), source=None) if slices else None
    if (
        isinstance(index, ast.Constant | ast.UnaryOp)
        and not _is_slice(index)
        and isinstance(getattr(index, "value", 0), int)
    ):
        part = element(content, None)
        # One item of what a model predicts is found by another line of the checks.
        return None if part is not None and part.form == "number" and not part.numbers else part
    return None


def _is_slice(node: ast.expr) -> bool:
    return isinstance(node, ast.Slice) or (isinstance(node, ast.Constant) and node.value in (None, ...))


def of_pandas_index(content: Content, index: ast.expr, accessor: str) -> Content | None:
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


def _reduced(name: str, content: Content, node: ast.Call, *, axis_at: int) -> Content | None:
    """Content that is left of an array: one number, or an array where an axis is named."""
    if content.form not in ("array", "list"):
        return None
    along = len(node.args) > axis_at or any(keyword.arg in ("axis", "keepdims") for keyword in node.keywords)
    numbers: Numbers = content.numbers
    if name in _POSITIONS:
        numbers = "int64"
    elif name in _TRUTHS:
        numbers = "bool"
    elif name == "sum" and content.numbers == "bool":
        numbers = "int64"
    elif name in _AVERAGED:
        numbers = content.numbers if content.numbers in ("float32", "outputs", "") else "float64"
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
