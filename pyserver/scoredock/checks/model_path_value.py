"""Reads expressions that build a path below AZUREML_MODEL_DIR, in every common spelling."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace

from scoredock.checks.model_names import VARIABLE
from scoredock.checks.qualified import argument, only_value, qualified, text_of
from scoredock.checks.scope import Scope

_SAME = frozenset(
    ("os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser", "os.path.expandvars", "os.fspath")
)
_PATHS = frozenset(("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath"))
_SAME_METHODS = frozenset(("resolve", "absolute", "as_posix", "expanduser", "strip", "rstrip"))
_VARIABLE_READERS = frozenset(("os.getenv", "os.environ.get"))
CALLS = _SAME | _PATHS | _VARIABLE_READERS | {"os.path.join"}
"""Dotted names of all functions whose call may be a path."""
METHODS = _SAME_METHODS | {"joinpath", "format"}
"""Methods of paths and texts that may give a path."""
_DEPTH = 40
_LONGEST = 1000
"""No path is longer; a chain of sums that grows without end is not followed."""


@dataclass(frozen=True, slots=True)
class ModelPath:
    """A path relative to AZUREML_MODEL_DIR."""

    text: str
    """What is appended to the folder, as plain text: empty for the folder itself, usually begins with a slash."""
    open: bool
    """Something unknown follows."""
    base: ast.expr
    """The innermost expression that a repair keeps: the folder, or the variable that the literals are joined to."""
    base_text: str
    style: str
    """How it is written: join, slash, joinpath, plus, f, format."""
    call: str = ""
    """For join: what is called, as dotted text is taken from the node by whoever renders it."""
    absolute: str = ""
    """A part with a leading slash, which makes join forget everything before it."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names below the folder, `.` and `..` resolved."""
        result: list[str] = []
        for part in re.split(r"[/\\]", self.text):
            if part == "..":
                result = result[:-1]
            elif part not in ("", "."):
                result.append(part)
        return tuple(result)

    @property
    def glued(self) -> bool:
        """A name is appended to the folder without a slash between."""
        return bool(self.text) and self.text[0] not in "/\\"


class Evaluator:
    """Evaluates expressions of one script; remembers what it has seen and which nodes are parts of others."""

    def __init__(self) -> None:
        self.memo: dict[int, ModelPath | None] = {}
        self.inner: set[int] = set()
        """Nodes that are parts of a larger path."""

    def evaluate(self, node: ast.expr, scope: Scope, depth: int = _DEPTH) -> ModelPath | None:
        """The path an expression surely is, or None."""
        if depth <= 0:
            return None
        key = id(node)
        if key not in self.memo:
            self.memo[key] = None  # a name defined by itself ends here
            value = self._evaluate(node, scope, depth - 1)
            self.memo[key] = value if value is None or len(value.text) <= _LONGEST else None
        return self.memo[key]

    def part(self, node: ast.expr, scope: Scope, depth: int) -> ModelPath | None:
        """The same for a part of a larger expression."""
        found = self.evaluate(node, scope, depth)
        if found is not None:
            self.inner.add(id(node))
        return found

    def _evaluate(self, node: ast.expr, scope: Scope, depth: int) -> ModelPath | None:
        if isinstance(node, ast.Name):
            found = only_value(node.id, scope)
            value = self.evaluate(found[0], found[1], depth) if found is not None else None
            return (
                replace(value, base=node, base_text=value.text, style="", call="")
                if value is not None and not value.open
                else value
            )
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth)
        if isinstance(node, ast.Subscript):
            return (
                _root(node)
                if qualified(node.value, scope) == "os.environ" and text_of(node.slice, scope) == VARIABLE
                else None
            )
        if isinstance(node, ast.BinOp):
            return self._operation(node, scope, depth)
        if isinstance(node, ast.JoinedStr):
            return self._f_string(node, scope, depth)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            return self.part(node.values[0], scope, depth)
        return None

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> ModelPath | None:
        name = qualified(node.func, scope)
        if name in _VARIABLE_READERS:
            return _root(node) if text_of(argument(node, 0, "key"), scope) == VARIABLE else None
        if not node.args and not isinstance(node.func, ast.Attribute):
            return None
        if name in _PATHS and len(node.args) == 1:
            return self._wrapped(node, node.args[0], scope, depth)
        if name == "os.path.join" or name in _PATHS:
            return self._join(node.args, scope, depth, "join")
        if name in _SAME or (isinstance(node.func, ast.Name) and node.func.id == "str" and scope.lookup("str") is None):
            return self._wrapped(node, node.args[0], scope, depth) if len(node.args) == 1 else None
        if isinstance(node.func, ast.Attribute) and not name:
            if node.func.attr == "joinpath":
                return self._join([node.func.value, *node.args], scope, depth, "joinpath")
            if node.func.attr in _SAME_METHODS:
                return self._wrapped(node, node.func.value, scope, depth)
            if (
                node.func.attr == "format"
                and isinstance(node.func.value, ast.Constant)
                and isinstance(node.func.value.value, str)
            ):
                return self._template(node.func.value.value, r"\{0?\}", node.args, node, scope, depth)
        return None

    def _wrapped(self, node: ast.expr, inside: ast.expr, scope: Scope, depth: int) -> ModelPath | None:
        value = self.part(inside, scope, depth)
        return (
            replace(value, base=node, base_text=value.text, style="")
            if value is not None and not value.open and not value.parts
            else value
        )

    def _join(self, parts: list[ast.expr], scope: Scope, depth: int, style: str) -> ModelPath | None:
        if not parts:
            return None
        value = self.part(parts[0], scope, depth)
        if value is None or value.open:
            return value
        base, base_text = (
            (value.base, value.base_text)
            if not value.style and value.text == value.base_text
            else (parts[0], value.text)
        )
        if len(parts) == 1:
            return value
        text, is_open, absolute = value.text, False, ""
        for part in parts[1:]:
            literal = text_of(part, scope)
            if literal is None:
                is_open = True
                break
            if literal.startswith(("/", "\\")) and not absolute:
                absolute = literal
            text += "/" + literal
        return ModelPath(text, is_open, base, base_text, style, absolute=absolute)

    def _operation(self, node: ast.BinOp, scope: Scope, depth: int) -> ModelPath | None:
        if isinstance(node.op, ast.Mod):
            if isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
                values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
                return self._template(node.left.value, r"%s", values, node, scope, depth)
            return None
        if not isinstance(node.op, ast.Add | ast.Div):
            return None
        left = self.part(node.left, scope, depth)
        if left is None or left.open:
            return left
        plus = isinstance(node.op, ast.Add)
        style = "plus" if plus else "slash"
        same = left.style == style or (not left.style and left.text == left.base_text)
        base, base_text = (left.base, left.base_text) if same else (node.left, left.text)
        literal = text_of(node.right, scope)
        if literal is None:
            separator = qualified(node.right, scope) in ("os.sep", "os.path.sep")
            return ModelPath(left.text + ("/" if separator else ""), not separator, base, base_text, style)
        absolute = literal if not plus and literal.startswith(("/", "\\")) else ""
        return ModelPath(left.text + ("" if plus else "/") + literal, False, base, base_text, style, absolute=absolute)

    def _f_string(self, node: ast.JoinedStr, scope: Scope, depth: int) -> ModelPath | None:
        if not node.values or not isinstance(node.values[0], ast.FormattedValue):
            return None
        value = self.part(node.values[0].value, scope, depth)
        if value is None or value.open:
            return value
        text, is_open = value.text, False
        for part in node.values[1:]:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            literal = text_of(inner, scope)
            if literal is None:
                is_open = True
                break
            text += literal
        return ModelPath(text, is_open, node.values[0].value, value.text, "f")

    def _template(
        self, template: str, pattern: str, values: list[ast.expr], node: ast.expr, scope: Scope, depth: int
    ) -> ModelPath | None:
        match = re.match(pattern, template)
        if match is None or not values:
            return None
        value = self.part(values[0], scope, depth)
        if value is None or value.open:
            return value
        rest = template[match.end() :]
        more = bool(re.search(r"[{%]", rest)) or len(values) > 1
        del node
        return ModelPath(value.text + re.split(r"[{%]", rest)[0], more, values[0], value.text, "format")


def _root(node: ast.expr) -> ModelPath:
    return ModelPath("", False, node, "", "")
