"""Kinds of returned expressions, as far as the text tells, where json.dumps would refuse them."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.checks.requests.request_use import is_looked_at
from scoredock.checks.script.model_variables import KERAS_LOADERS, LOADERS, is_loaded
from scoredock.checks.script.qualified import builtin_call, follow, only_value, qualified, values_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.late_dataclass import dataclass

FINE = "fine"
CONVERSIONS = {
    "array": "{}.tolist()",
    "frame": '{}.to_dict(orient="records")',
    "series": "{}.tolist()",
    "bytes": "{}.decode()",
    "set": "list({})",
    "prediction": "{}.tolist()",
    "output": "{}.tolist()",
    "item": "{}.tolist()",
    "outputs": "[output.tolist() for output in {}]",
    "named outputs": "{{name: value.tolist() for name, value in {}.items()}}",
    "NumPy number": "{}.item()",
    "tensor": "{}.tolist()",
    "model call": "{}.tolist()",
    "tensors": "",
    "eager tensor": "{}.numpy().tolist()",
    "generator": "list({})",
    "iterator": "list({})",
    "datetime": "{}.isoformat()",
    "decimal": "float({})",
    "uuid": "str({})",
    "path": "str({})",
    "complex": "",
    "instance": "",
    "function": "",
    "keys": "",
}
"""How to convert each kind; `fine` is everything else."""


def conversion(kind: str) -> str:
    """The end of a sentence that says what to do with a value of that kind."""
    template = CONVERSIONS.get(kind, "")
    if template.startswith("{}"):
        return l10n.t("; add {code}", code=template[2:])
    if template:
        return l10n.t("; write {code}", code=template.format("…"))
    return {
        "complex": l10n.t("; return its parts, .real and .imag"),
        "instance": l10n.t("; return a dictionary of its values"),
        "function": l10n.t("; call it"),
        "keys": l10n.t("; make the keys text"),
    }.get(kind, "")


_NUMPY = {
    **dict.fromkeys(
        (
            "array",
            "asarray",
            "zeros",
            "ones",
            "full",
            "empty",
            "arange",
            "linspace",
            "concatenate",
            "vstack",
            "hstack",
            "stack",
            "column_stack",
            "argsort",
            "reshape",
            "ravel",
            "expand_dims",
            "where",
            "unique",
            "atleast_2d",
            "transpose",
            "argmax",
            "argmin",
        ),
        "array",
    ),
    **dict.fromkeys(
        (
            "int8",
            "int16",
            "int32",
            "int64",
            "uint8",
            "uint16",
            "uint32",
            "uint64",
            "float16",
            "float32",
            "bool_",
            "any",
            "all",
        ),
        "NumPy number",
    ),
}
_NAMES = {
    **{f"numpy.{name}": kind for name, kind in _NUMPY.items()},
    **dict.fromkeys(
        (
            "pandas.DataFrame",
            "pandas.read_json",
            "pandas.read_csv",
            "pandas.concat",
            "pandas.DataFrame.from_dict",
            "pandas.get_dummies",
        ),
        "frame",
    ),
    "pandas.Series": "series",
    **dict.fromkeys(("pandas.Timestamp", "pandas.Timestamp.now", "pandas.Timestamp.today"), "datetime"),
    **dict.fromkeys(
        (
            "torch.tensor",
            "torch.argmax",
            "torch.softmax",
            "torch.sigmoid",
            "torch.nn.functional.softmax",
            "torch.nn.functional.sigmoid",
            "torch.from_numpy",
            "torch.cat",
            "torch.stack",
            "torch.zeros",
            "torch.ones",
            *(f"torch.{name}" for name in ("exp", "flatten", "log_softmax", "mean", "relu", "round", "squeeze", "sum")),
            *("torch.unsqueeze", "torch.nn.functional.log_softmax", "torch.nn.functional.relu"),
        ),
        "tensor",
    ),
    **dict.fromkeys(("torch.max", "torch.min", "torch.sort", "torch.topk", "torch.median", "torch.mode"), "tensors"),
    **dict.fromkeys(
        (
            "tensorflow.constant",
            "tensorflow.argmax",
            "tensorflow.nn.softmax",
            "tensorflow.nn.sigmoid",
            "tensorflow.convert_to_tensor",
        ),
        "eager tensor",
    ),
    **dict.fromkeys(
        (
            "datetime.datetime.now",
            "datetime.datetime.utcnow",
            "datetime.datetime.today",
            "datetime.date.today",
            "datetime.datetime",
            "datetime.date",
            "datetime.datetime.fromtimestamp",
        ),
        "datetime",
    ),
    "decimal.Decimal": "decimal",
    "uuid.uuid4": "uuid",
    "uuid.uuid1": "uuid",
    "uuid.UUID": "uuid",
    "pathlib.Path": "path",
    "itertools.chain": "iterator",
}
_BUILTINS = {
    "set": "set",
    "frozenset": "set",
    "bytes": "bytes",
    "bytearray": "bytes",
    "map": "iterator",
    "filter": "iterator",
    "zip": "iterator",
    "range": "iterator",
    "reversed": "iterator",
    "enumerate": "iterator",
    "complex": "complex",
}
_ELEMENTWISE = frozenset(
    f"numpy.{name}" for name in ("around", "round", "exp", "log", "clip", "squeeze", "nan_to_num", "abs", "sqrt")
)
"""Of a single number these make a float, which is fine."""
_ONNX = (".onnxruntime.InferenceSession",)
_TORCH = (".torch.load", ".torch.jit.load")
_BOOSTERS = (".xgboost.Booster", ".lightgbm.Booster")
_OF_COLUMNS = frozenset(("sum", "mean", "median", "min", "max", "std", "var", "count", "nunique"))
"""Methods of a data frame that give a series of its columns."""
_PREDICTIONS = frozenset(("predict", "predict_proba", "decision_function", "predict_log_proba"))
_OF_TENSORS = frozenset(
    (
        *("argmax", "cpu", "detach", "squeeze", "softmax", "sigmoid", "float", "flatten", "round", "unsqueeze"),
        *("log_softmax", "exp", "mean", "sum", "view", "reshape", "to", "clone", "int", "long", "t"),
    )
)
_PAIRS_OF_TENSORS = frozenset(("max", "min", "median", "sort", "topk"))
"""With an axis these give values and positions."""
_KEEPS_ARRAY = frozenset(
    (
        "reshape",
        "flatten",
        "ravel",
        "squeeze",
        "astype",
        "round",
        "copy",
        "transpose",
        "argmax",
        "argmin",
        "argsort",
        "clip",
    )
)


@dataclass(frozen=True, slots=True)
class UnserialisableValue:
    """A part of an answer that is not JSON."""

    node: ast.expr
    kind: str


def unserialisable(script: ParsedScript, node: ast.expr, scope: Scope, depth: int = 6) -> list[UnserialisableValue]:
    """Parts of a returned expression that json.dumps refuses for sure."""
    if depth == 0:
        return []
    if isinstance(node, ast.Dict):
        keys = [UnserialisableValue(key, "keys") for key in node.keys if key is not None and _is_odd_key(key)]
        return keys + [bad for value in node.values for bad in unserialisable(script, value, scope, depth - 1)]
    if isinstance(node, ast.List | ast.Tuple):
        return [bad for value in node.elts for bad in unserialisable(script, value, scope, depth - 1)]
    if isinstance(node, ast.IfExp):
        return unserialisable(script, node.body, scope, depth - 1) + unserialisable(
            script, node.orelse, scope, depth - 1
        )
    if isinstance(node, ast.ListComp | ast.DictComp):
        inner = next((s for s in script.walk.scopes if s.node is node), None)
        element = node.elt if isinstance(node, ast.ListComp) else node.value
        return unserialisable(script, element, inner, depth - 1) if inner is not None else []
    if isinstance(node, ast.Name):
        if is_looked_at(script, node.id):
            return []  # the script asks what it is, and may return it only when it is fine
        literal = _literal(script, node, scope)
        if literal is not None:
            return unserialisable(script, literal, scope, depth - 1)
    found = kind_of_value(node, scope, depth)
    return [UnserialisableValue(node, found)] if found != FINE else []


def _is_odd_key(node: ast.expr) -> bool:
    return (isinstance(node, ast.Tuple)) or (isinstance(node, ast.Constant) and isinstance(node.value, bytes))


def _literal(script: ParsedScript, node: ast.Name, scope: Scope) -> ast.expr | None:
    """The dictionary or list that a name surely still is: written once in the same function, and changed nowhere."""
    found = only_value(node.id, scope)
    if found is None or found[1] is not scope or not isinstance(found[0], ast.Dict | ast.List):
        return None
    if sum(len(s.uses.get(node.id, ())) for s in script.walk.scopes if node.id in s.uses) != 1:
        return None  # whatever else is done with it may change it
    return found[0]


def kind_of_value(node: ast.expr, scope: Scope, depth: int) -> str:
    """A kind of CONVERSIONS, or fine."""
    if depth == 0:
        return FINE
    if isinstance(node, ast.Constant):
        return "bytes" if isinstance(node.value, bytes) else "complex" if isinstance(node.value, complex) else FINE
    if isinstance(node, ast.Set | ast.SetComp):
        return "set"
    if isinstance(node, ast.GeneratorExp):
        return "generator"
    if isinstance(node, ast.Lambda):
        return "function"
    if isinstance(node, ast.Name):
        return _name_kind(node.id, scope, depth)
    if isinstance(node, ast.Call):
        return _call_kind(node, scope, depth)
    if isinstance(node, ast.Subscript):
        return _subscript_kind(node, kind_of_value(node.value, scope, depth - 1))
    if isinstance(node, ast.Attribute):
        return _attribute_kind(node, scope, depth)
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
        sides = {kind_of_value(node.left, scope, depth - 1), kind_of_value(node.right, scope, depth - 1)}
        return next((kind for kind in ("array", "decimal") if kind in sides), FINE)
    return FINE


def _name_kind(name: str, scope: Scope, depth: int) -> str:
    part = _unpacked(name, scope, depth)
    if part is not None:
        return part
    values = values_of(name, scope)
    kinds = {kind_of_value(value, where, depth - 1) for value, where in values} if values else {FINE}
    return kinds.pop() if len(kinds) == 1 else FINE


def _attribute_kind(node: ast.Attribute, scope: Scope, depth: int) -> str:
    if node.attr == "classes_" and isinstance(node.value, ast.Name):
        return "array" if is_loaded(node.value.id, scope, LOADERS) else FINE
    if node.attr == "values" and kind_of_value(node.value, scope, depth - 1) in ("frame", "series"):
        return "array"
    return FINE


def _unpacked(name: str, scope: Scope, depth: int) -> str | None:
    """Kind of a name that a value is taken apart into: of the results of a session the first is an array, where others
    may be lists; what torch.max and its like give are tensors."""
    bindings = scope.resolve(name)
    owner = bindings[0].owner if len(bindings) == 1 else None
    if owner is None or bindings[0].kind != "other" or not isinstance(owner.node, ast.FunctionDef):
        return None
    for statement in ast.walk(owner.node):
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Tuple | ast.List):
            continue
        targets = statement.targets[0].elts
        if bindings[0].node in targets:
            kind = kind_of_value(statement.value, owner, depth - 1)
            if kind == "tensors":
                return "tensor"
            return "array" if kind == "outputs" and targets[0] is bindings[0].node else FINE
    return None


def _subscript_kind(node: ast.Subscript, kind: str) -> str:
    """Kind of one item or a slice of a value of that kind."""
    if kind in ("tensor", "tensors"):
        return "tensor"  # a single number of one as well
    if isinstance(node.slice, ast.Slice):
        return kind if kind in ("array", "frame", "series", "bytes", "tensor", "prediction", "output") else FINE
    if isinstance(node.slice, ast.Tuple) and any(isinstance(each, ast.Slice) for each in node.slice.elts):
        return kind if kind in ("array", "tensor", "prediction", "output") else FINE
    if kind == "frame" and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return "series"  # a column
    single = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int)
    return {"prediction": "item", "outputs": "output"}.get(kind, FINE) if single else FINE


def _call_kind(node: ast.Call, scope: Scope, depth: int) -> str:
    name = qualified(node.func, scope)
    if name in ("numpy.argmax", "numpy.argmin") and len(node.args) == 1 and not node.keywords:
        return "NumPy number"
    if name in ("torch.max", "torch.min", "torch.median") and len(node.args) == 1 and not node.keywords:
        return "tensor"
    if name == "pandas.to_datetime" and node.args and isinstance(node.args[0], ast.Constant):
        return "datetime"
    if name in _NAMES:
        return _NAMES[name]
    if name in _ELEMENTWISE and node.args:
        return "array" if kind_of_value(node.args[0], scope, depth - 1) in ("array", "prediction", "output") else FINE
    builtin = builtin_call(node, scope)
    if builtin == "dict" and len(node.args) == 1 and not node.keywords:
        return _named_outputs(node.args[0], scope, depth)
    if builtin:
        return _BUILTINS.get(builtin, FINE)
    if isinstance(node.func, ast.Name):
        if is_loaded(node.func.id, scope, _TORCH):
            return "model call"
        return "instance" if _is_plain_class(node.func.id, scope) else FINE
    return _method_kind(node, node.func, scope, depth) if isinstance(node.func, ast.Attribute) else FINE


def _method_kind(node: ast.Call, function: ast.Attribute, scope: Scope, depth: int) -> str:
    method, owner = function.attr, function.value
    if method == "encode":
        text = (
            isinstance(owner, ast.Constant | ast.JoinedStr)
            or (isinstance(owner, ast.Name) and owner.id == "str")
            or builtin_call(owner, scope) in ("str", "repr", "format")
            or qualified(getattr(owner, "func", owner), scope) == "json.dumps"
        )
        return "bytes" if text else FINE
    if method == "to_numpy":
        return "array"
    if not node.args and not node.keywords and _is_counted(method, owner, scope, depth):
        return "NumPy number"
    if method in _OF_COLUMNS and not node.args and not node.keywords and not _is_tensor(owner, scope, depth):
        return "series" if kind_of_value(owner, scope, depth - 1) == "frame" else FINE
    if method in _OF_TENSORS | _PAIRS_OF_TENSORS | {"numpy"} and _is_tensor(owner, scope, depth):
        pair = method in _PAIRS_OF_TENSORS and (node.args or node.keywords)
        return "array" if method == "numpy" else "tensors" if pair else "tensor"
    if method in _KEEPS_ARRAY:
        is_array = kind_of_value(owner, scope, depth - 1) in ("array", "prediction", "output")
        is_place = method in ("argmax", "argmin") and not node.args and not node.keywords
        return ("NumPy number" if is_place else "array") if is_array else FINE
    if isinstance(owner, ast.Name):
        if method in _PREDICTIONS and (
            is_loaded(owner.id, scope, LOADERS)
            or is_loaded(owner.id, scope, KERAS_LOADERS)
            or (method == "predict" and is_loaded(owner.id, scope, _BOOSTERS))
        ):
            return "prediction"
        if method == "run" and is_loaded(owner.id, scope, _ONNX):
            return "outputs"
    return FINE


def _is_counted(method: str, owner: ast.expr, scope: Scope, depth: int) -> bool:
    """True if a method gives a whole number of NumPy, whatever the values are: how many a column has, or how many are
    as a comparison says. A sum of a column is one only where all its values are whole."""
    if method == "count":
        return kind_of_value(owner, scope, depth - 1) == "series"
    compared = follow(owner, scope)[0] if method == "sum" else None
    if not isinstance(compared, ast.Compare):
        return False
    return kind_of_value(compared.left, scope, depth - 1) in ("array", "series", "prediction")


def _is_tensor(node: ast.expr, scope: Scope, depth: int) -> bool:
    """True if it is a tensor of PyTorch. Of what a loaded model gives when it is called only tensors have their
    methods."""
    value, around = follow(node, scope)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and is_loaded(value.func.id, around, _TORCH):
        return True
    return kind_of_value(node, scope, depth - 1) == "tensor"


def _named_outputs(node: ast.expr, scope: Scope, depth: int) -> str:
    """`dict(zip(names, session.run(…)))`."""
    node, scope = follow(node, scope)
    if builtin_call(node, scope) != "zip" or not isinstance(node, ast.Call) or len(node.args) != 2:
        return FINE
    return "named outputs" if kind_of_value(node.args[1], scope, depth - 1) == "outputs" else FINE


def _is_plain_class(name: str, scope: Scope) -> bool:
    """A class of the script that inherits nothing and could not pass for a response."""
    bindings = scope.resolve(name)
    if len(bindings) != 1 or not isinstance(bindings[0].node, ast.ClassDef):
        return False
    node = bindings[0].node
    methods = {s.name for s in node.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)}
    dataclass_only = all(
        (isinstance(d, ast.Name) and d.id == "dataclass")
        or (isinstance(d, ast.Call) and getattr(d.func, "id", "") == "dataclass")
        for d in node.decorator_list
    )
    return not node.bases and not node.keywords and dataclass_only and not methods & {"__new__", "get_data"}
