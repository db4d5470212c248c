"""Shape of a request as run() reads it: which keys of the body, and what each value is made into.

It is a guess for a first request and no finding: where the text does not tell, nothing is said.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from typing import Literal

from scoredock.checks.requests.schema_use import schema_decorators
from scoredock.checks.script.qualified import follow, qualified
from scoredock.checks.script.script import Function, ParsedScript
from scoredock.late_dataclass import dataclass

Use = Literal["rows", "frame", "row", "numbers", "number", "integer", "text", "truth", "image"]
Form = Literal["json", "text", "bytes", "image", "file", "query"]

_MOST_STEPS = 20_000
_MOST_CALLS = 4
"""Functions that are followed into one another."""

_ARRAYS = frozenset(("numpy.array", "numpy.asarray", "numpy.asanyarray", "numpy.float32", "numpy.matrix"))
_TENSORS = frozenset(("torch.tensor", "torch.Tensor", "torch.FloatTensor", "torch.as_tensor", "torch.from_numpy"))
_KINDS: dict[str, Use] = {
    **dict.fromkeys((*_ARRAYS, *_TENSORS, "tensorflow.constant", "tensorflow.convert_to_tensor"), "rows"),
    **dict.fromkeys(("xgboost.DMatrix", "scipy.sparse.csr_matrix"), "rows"),
    **dict.fromkeys(("pandas.DataFrame", "pandas.DataFrame.from_dict", "pandas.DataFrame.from_records"), "frame"),
    **dict.fromkeys(("pandas.json_normalize", "polars.DataFrame"), "frame"),
    **dict.fromkeys(("base64.b64decode", "base64.decodebytes", "base64.standard_b64decode"), "image"),
    **dict.fromkeys(("math.fsum", "statistics.mean", "statistics.fmean", "statistics.median"), "numbers"),
    **dict.fromkeys(("re.sub", "re.findall", "re.split", "html.unescape"), "text"),
}
_BUILTINS: dict[str, Use] = {"float": "number", "int": "integer", "str": "text", "bool": "truth", "sum": "numbers"}
_LOADS = frozenset(("json.loads", "ujson.loads", "orjson.loads", "simplejson.loads", "ast.literal_eval"))
_IMAGES = frozenset(("PIL.Image.open", "cv2.imdecode", "imageio.imread", "imageio.v3.imread", "skimage.io.imread"))
_WRAPS = frozenset(("io.BytesIO", "io.StringIO", "numpy.frombuffer", "numpy.fromstring", "bytearray", "bytes"))
_TEXT_METHODS = frozenset(
    ("lower", "upper", "strip", "split", "splitlines", "replace", "encode", "startswith", "endswith", "title", "format")
)
_SAME = frozenset(("decode", "copy", "astype", "to_numpy", "tolist", "read", "squeeze", "fillna", "float", "to", "cpu"))
_WHOLE = frozenset(("reshape", "flatten", "ravel"))
_CALLED_WITH_ROWS = frozenset(("predict", "predict_proba", "transform", "decision_function", "score_samples"))
_FILES, _ARGUMENTS = "files", frozenset(("args", "values"))


@dataclass(slots=True)
class Part:
    """A value in the body: what is read below it, and what it is made into."""

    keys: dict[str, Part] = field(default_factory=dict)
    item: Part | None = None
    """What stands for each of its items."""
    uses: list[Use] = field(default_factory=list)
    example: str | int | float | bool | None = None
    """A value that the script compares it with."""
    columns: list[str] = field(default_factory=list)
    """Of a data frame."""
    width: int = 0
    """Columns of a data frame that are named where it is made, in their order; they stand in `columns`."""

    def key(self, name: str) -> Part:
        return self.keys.setdefault(name, Part())

    def each(self) -> Part:
        if self.item is None:
            self.item = Part()
        return self.item

    def used(self, use: Use) -> None:
        if use not in self.uses:
            self.uses.append(use)


@dataclass(frozen=True, slots=True)
class RequestShape:
    """Form of a request, and its parts."""

    form: Form
    body: Part | None = None
    """Of JSON; of a query its parameters."""
    file_field: str = ""
    """Of a form with a file."""


@dataclass(slots=True)
class _Text:
    """The body as it came, or the request itself."""

    request: bool = False


@dataclass(frozen=True, slots=True)
class _Frame:
    """A data frame, or one made of it."""

    part: Part


Value = Part | _Text | _Frame | None


def shape_of(script: ParsedScript) -> RequestShape | None:
    """Shape of a request; None where a schema says it better, and where the text says nothing."""
    function = script.run
    if function is None or not function.parameters:
        return None
    decorators = schema_decorators(script, function)
    if decorators is None or decorators.inputs or decorators.outputs:
        return None
    reader = _ShapeReader(script)
    reader.enter(function, [_Text(request=decorators.raw is not None)])
    return reader.shape(raw=decorators.raw is not None)


class _ShapeReader:
    """Follows the request through run(), statement by statement, whatever the conditions are."""

    def __init__(self, script: ParsedScript) -> None:
        self._script = script
        self._functions = {
            node.name: Function(node, scope)
            for scope in script.walk.scopes
            if scope.parent is script.walk.module and isinstance(node := scope.node, ast.FunctionDef)
        }
        self._body: Part | None = None
        self._query: Part | None = None
        self._file = ""
        self._form: Form | None = None
        self._methods: list[str] = []
        self._steps = 0
        self._inside: list[str] = []
        self._names: dict[str, Value] = {}
        self._scope = script.walk.module
        self._expressions: dict[type[ast.AST], Callable[[ast.AST], Value]] = {
            ast.Name: self._name,
            ast.Subscript: self._subscript,
            ast.Call: self._call,
            ast.Attribute: self._attribute,
            ast.List: self._literal,
            ast.Tuple: self._literal,
            ast.ListComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.Compare: self._compare,
            ast.BinOp: self._binary,
            ast.IfExp: self._either,
            ast.BoolOp: self._either,
        }

    def shape(self, *, raw: bool) -> RequestShape | None:
        """Shape that was found; None without any."""
        if self._file:
            return RequestShape("file", file_field=self._file)
        if self._body is not None:
            return RequestShape("json", self._body)
        if self._form is not None:
            return RequestShape(self._form)
        if raw and self._query is not None and "POST" not in self._methods:
            return RequestShape("query", self._query)
        return RequestShape("bytes") if raw else None

    def enter(self, function: Function, arguments: Sequence[Value]) -> Value:
        """Reads a function with these arguments; what it gives back."""
        names, scope = self._names, self._scope
        self._names, self._scope = dict(zip(function.parameters, arguments, strict=False)), function.scope
        self._inside.append(function.node.name)
        result = self._statements(function.node.body)
        self._inside.pop()
        self._names, self._scope = names, scope
        return result

    # ------------------------------------------------------------------------------------------ statements

    def _statements(self, nodes: Iterable[ast.AST]) -> Value:
        """The value of the last return that gives something of the request."""
        result: Value = None
        for node in nodes:
            result = self._statement(node) or result
        return result

    def _statement(self, node: ast.AST) -> Value:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            self._assignment(node)
        elif isinstance(node, ast.For):
            self._bind(node.target, self._items(self._value(node.iter)))
            return self._statements((*node.body, *node.orelse))
        elif isinstance(node, ast.Return):
            return self._value(node.value) if node.value is not None else None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            return None
        elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.withitem):
            return self._statements(ast.iter_child_nodes(node))
        elif isinstance(node, ast.expr):
            self._value(node)
        return None

    def _assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        if node.value is None:
            return
        value = self._value(node.value)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            pairs = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            if pairs and isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for each, given in zip(target.elts, node.value.elts, strict=False):
                    self._bind(each, self._value(given))
            elif not isinstance(node, ast.AugAssign):
                self._bind(target, value)

    def _bind(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self._names[target.id] = value

    def _items(self, value: Value) -> Value:
        return value.each() if isinstance(value, Part) else value if isinstance(value, _Frame) else None

    # ------------------------------------------------------------------------------------------ expressions

    def _value(self, node: ast.AST) -> Value:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            return None
        read = self._expressions.get(type(node))
        if read is not None:
            return read(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr | ast.keyword | ast.FormattedValue):
                self._value(child)
        return None

    def _name(self, node: ast.AST) -> Value:
        assert isinstance(node, ast.Name)  # noqa: S101 (the table says so, here as below)
        return self._names.get(node.id)

    def _subscript(self, node: ast.AST) -> Value:
        assert isinstance(node, ast.Subscript)  # noqa: S101
        if self._reads_of_request(node.value, node.slice):
            return _Text()
        base = self._value(node.value)
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(base, Part):
            if isinstance(key, str):
                return base.key(key)
            return base if isinstance(node.slice, ast.Slice | ast.Tuple) else base.each()
        if isinstance(base, _Frame):
            self._columns(base.part, [node.slice])
            return base
        self._value(node.slice)
        return base

    def _reads_of_request(self, node: ast.expr, key: ast.expr | None) -> bool:
        """`request.files["image"]`, `request.args["x"]` and the same with `.get`."""
        if not (isinstance(node, ast.Attribute) and isinstance(self._value(node.value), _Text)):
            return False
        name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
        if node.attr == _FILES:
            self._file = self._file or name or "file"
            return True
        if node.attr in _ARGUMENTS and name:
            self._query = self._query or Part()
            self._query.key(name)
            return True
        return False

    def _attribute(self, node: ast.AST) -> Value:
        assert isinstance(node, ast.Attribute)  # noqa: S101
        base = self._value(node.value)
        if isinstance(base, _Text) and base.request:
            if node.attr == "json":
                return self._decoded()
            return _Text() if node.attr in ("data", "stream") else None
        if isinstance(base, _Frame):
            return base if node.attr in ("values", "loc", "iloc", "T") else None
        return base if node.attr in ("values", "T") else None

    def _literal(self, node: ast.AST) -> Value:
        assert isinstance(node, ast.List | ast.Tuple)  # noqa: S101
        values = [self._value(each) for each in node.elts]
        only = values[0] if len(values) == 1 else None
        if isinstance(only, Part) and isinstance(node, ast.List) and not (only.keys or only.uses):
            only.used("row")  # a list around it makes it one row of a table
        return only if isinstance(only, Part | _Frame) else None

    def _comprehension(self, node: ast.AST) -> Value:
        assert isinstance(node, ast.ListComp | ast.GeneratorExp)  # noqa: S101
        for generator in node.generators:
            self._bind(generator.target, self._items(self._value(generator.iter)))
        self._value(node.elt)
        return None

    def _compare(self, node: ast.AST) -> Value:
        assert isinstance(node, ast.Compare)  # noqa: S101
        left_value, right = self._value(node.left), node.comparators[0]
        if isinstance(node.left, ast.Attribute) and node.left.attr == "method" and isinstance(right, ast.Constant):
            self._methods.append(str(right.value))
        known, _ = follow(right, self._scope)
        if isinstance(known, ast.List | ast.Tuple | ast.Set) and known.elts:
            known = known.elts[0]
        plain = isinstance(known, ast.Constant) and isinstance(known.value, str | int | float | bool)
        if isinstance(left_value, Part) and plain and isinstance(known, ast.Constant) and not _is_number(left_value):
            left_value.example = left_value.example or known.value  # type: ignore[assignment]
        for each in node.comparators:
            self._value(each)
        return None

    def _binary(self, node: ast.AST) -> Value:
        assert isinstance(node, ast.BinOp)  # noqa: S101
        left, right = self._value(node.left), self._value(node.right)
        text = any(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in (node.left, node.right))
        for value in (left, right):
            if isinstance(value, Part) and not value.uses and not value.keys:
                value.used("text" if text else "number")
        return left if isinstance(left, _Frame | Part) and isinstance(node.right, ast.Constant) else None

    def _either(self, node: ast.AST) -> Value:
        values = [self._value(each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
        return next((value for value in values if value is not None), None)

    # ------------------------------------------------------------------------------------------ calls

    def _call(self, node: ast.AST) -> Value:
        assert isinstance(node, ast.Call)  # noqa: S101
        function = node.func
        name = qualified(function, self._scope)
        if not name and isinstance(function, ast.Attribute):
            return self._method(node, function)
        given = [self._value(each) for each in node.args]
        for keyword in node.keywords:
            given.append(self._value(keyword.value))
        first = next((value for value in given if value is not None), None)
        if not name and isinstance(function, ast.Name):
            return self._plain(function.id, given, first)
        return self._imported(name, node, first)

    def _plain(self, name: str, arguments: list[Value], first: Value) -> Value:
        """A function of the script, or of Python itself."""
        own = self._functions.get(name)
        if own is not None:
            known = name not in self._inside and len(self._inside) < _MOST_CALLS and first is not None
            return self.enter(own, arguments) if known else None
        if name in _BUILTINS and isinstance(first, Part):
            first.used(_BUILTINS[name])
            return first
        if name == "enumerate" or name in ("list", "sorted", "reversed", "tuple", "iter") or name in _WRAPS:
            return first
        return None

    def _imported(self, name: str, node: ast.Call, first: Value) -> Value:
        if name in _LOADS:
            return self._decoded() if isinstance(first, _Text) else first
        if name == "pandas.read_json" and isinstance(first, _Text):
            return self._framed(self._decoded(), node)
        if name in _IMAGES:
            return self._image(first)
        if name in _WRAPS:
            return first
        use = _KINDS.get(name)
        if use is None or not isinstance(first, Part | _Frame):
            return None
        if isinstance(first, _Frame):
            return first
        if use == "frame":
            return self._framed(first, node)
        if not (use == "rows" and first.uses):
            first.used(use)
        return first

    def _image(self, value: Value) -> Value:
        if isinstance(value, _Text):
            self._form = "image"
        elif isinstance(value, Part):
            value.used("image")
        return None

    def _framed(self, value: Part, node: ast.Call) -> _Frame:
        value.used("frame")
        for keyword in node.keywords:
            if keyword.arg == "columns":
                known, _ = follow(keyword.value, self._scope)
                self._columns(value, [known])
                value.width = len(value.columns)
        return _Frame(value)

    def _columns(self, part: Part, nodes: Iterable[ast.expr]) -> None:
        for node in nodes:
            node, _ = follow(node, self._scope)
            if isinstance(node, ast.List | ast.Tuple):
                self._columns(part, node.elts)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in part.columns:
                part.columns.append(node.value)

    def _method(self, node: ast.Call, function: ast.Attribute) -> Value:
        key = node.args[0] if node.args else None
        if function.attr in ("get", "getlist") and self._reads_of_request(function.value, key):
            return _Text()
        base = self._value(function.value)
        arguments = [self._value(each) for each in (*node.args, *(keyword.value for keyword in node.keywords))]
        if isinstance(base, _Text):
            return self._of_body(base, function.attr)
        if isinstance(base, Part):
            return self._of_part(base, function.attr, node)
        if function.attr in _CALLED_WITH_ROWS:
            for value in arguments:
                if isinstance(value, Part) and not (value.uses or value.keys or value.item):
                    value.used("rows")
        return base if isinstance(base, _Frame) else None

    def _of_body(self, body: _Text, method: str) -> Value:
        if method == "get_json":
            return self._decoded()
        if method in ("get_data", "decode", "read", "strip"):
            return _Text()
        if not body.request and method in _TEXT_METHODS:
            self._form = self._form or "text"
        return None

    def _of_part(self, part: Part, method: str, node: ast.Call) -> Value:
        key = node.args[0] if node.args else None
        if method in ("get", "pop") and isinstance(key, ast.Constant) and isinstance(key.value, str):
            return part.key(key.value)
        if method in _TEXT_METHODS:
            part.used("text")
            return part
        if method in _WHOLE and "rows" in part.uses and _as_one_row(node):
            part.uses.remove("rows")
            part.used("row")
        return part if method in _SAME or method in _WHOLE else None

    def _decoded(self) -> Part:
        self._body = self._body or Part()
        return self._body


def _is_number(part: Part) -> bool:
    """True if a part is made into a number: what is compared then is what became of it."""
    return bool({"number", "integer"} & set(part.uses))


def _as_one_row(node: ast.Call) -> bool:
    """`.reshape(1, -1)` and `.reshape((1, -1))`: a row becomes a table of one."""
    sizes = node.args[0].elts if node.args and isinstance(node.args[0], ast.Tuple) else node.args
    return len(sizes) == 2 and isinstance(sizes[0], ast.Constant) and sizes[0].value == 1
