"""Reads expressions that build a path below AZUREML_MODEL_DIR, in every common spelling."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace
from string import Formatter

from scoredock.checks.models.names import VARIABLE
from scoredock.checks.script.qualified import argument, only_value, qualified, text_of
from scoredock.checks.script.scope import Scope
from scoredock.late_dataclass import dataclass

_SAME = frozenset(
    ("os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser", "os.path.expandvars", "os.fspath")
)
_PATHS = frozenset(("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath"))
_SAME_METHODS = frozenset(("resolve", "absolute", "as_posix", "expanduser", "strip", "rstrip"))
_VARIABLE_READERS = frozenset(("os.getenv", "os.environ.get"))
CALLS = _SAME | _PATHS | _VARIABLE_READERS | {"os.path.join"}
"""Dotted names of all functions whose call may be a path."""
_GLOBS = frozenset(("glob", "rglob"))
METHODS = _SAME_METHODS | _GLOBS | {"joinpath", "format", "join"}
"""Methods of paths and texts that may give a path."""
_DEPTH = 40
_HELPERS = 3
"""Functions that call one another for a path are followed so far."""
_CALLED = "helper"
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
    """How it is written: join, slash, joinpath, plus, f, format, glob, rglob, other."""
    call: str = ""
    """`helper` when a function of the script gives it."""
    unknown: bool = False
    """A part in the middle is not known and stands as `*`."""
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
        return bool(self.text) and self.text[0] not in "/\\*"


class Evaluator:
    """Evaluates expressions of one script; remembers what it has seen and which nodes are parts of others."""

    def __init__(self, scopes: Sequence[Scope] = (), level: int = 0) -> None:
        self.memo: dict[int, ModelPath | None] = {}
        self.inner: set[int] = set()
        """Nodes that are parts of a larger path."""
        self._scopes = scopes
        self._level = level
        self._given: dict[tuple[int, str], tuple[ast.expr, Scope]] = {}
        """In the body of a function that is called: what its parameters are this time, by scope and name."""

    def _text(self, node: ast.AST | None, scope: Scope) -> str | None:
        """The text that an expression surely is."""
        given = self._argument(node, scope)
        return text_of(*given) if given is not None else text_of(node, scope)

    def _argument(self, node: ast.AST | None, scope: Scope) -> tuple[ast.expr, Scope] | None:
        if not self._given or not isinstance(node, ast.Name):
            return None
        return self._given.get((id(scope.lookup(node.id)), node.id))

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
            found = self._argument(node, scope) or only_value(node.id, scope)
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
        if isinstance(node.func, ast.Name) and self._scopes:
            helped = self._helper(node, scope, depth)
            if helped is not None:
                return helped
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
            if node.func.attr in _GLOBS and len(node.args) == 1:
                return self._glob(node, node.func, scope, depth)
            if isinstance(node.func.value, ast.Constant) and isinstance(node.func.value.value, str):
                text = node.func.value.value
                if node.func.attr == "format":
                    return self._format(text, node, scope, depth)
                parts = node.args[0] if node.func.attr == "join" and text == "/" and len(node.args) == 1 else None
                if isinstance(parts, ast.List | ast.Tuple):
                    value = self._join(parts.elts, scope, depth, "join")
                    return value if value is None else replace(value, style="other")
        return None

    def _helper(self, node: ast.Call, scope: Scope, depth: int) -> ModelPath | None:
        """Path that a function of the script gives which does nothing but return one."""
        assert isinstance(node.func, ast.Name)  # noqa: S101 (the caller looked)
        bindings = scope.resolve(node.func.id)
        function = bindings[0].node if len(bindings) == 1 else None
        if not isinstance(function, ast.FunctionDef) or self._level >= _HELPERS or not only_returns(function):
            return None
        inside = next((s for s in self._scopes if s.node is function), None)
        returned = function.body[-1]
        if inside is None or not isinstance(returned, ast.Return) or returned.value is None:
            return None
        inner = self.within(node, scope, function, inside)
        if inner is None:
            return None
        value = inner.evaluate(returned.value, inside, depth)
        return value if value is None else replace(value, base=node, base_text=value.text, style="", call=_CALLED)

    def within(self, node: ast.Call, scope: Scope, function: ast.FunctionDef, inside: Scope) -> Evaluator | None:
        """Evaluates in the body of a function of the script with what a call passes; None for stars."""
        args = function.args
        names = [a.arg for a in (*args.posonlyargs, *args.args)]
        if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            return None
        defaults = dict(zip(reversed(names), reversed(args.defaults), strict=False))
        defaults |= {a.arg: d for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is not None}
        inner = Evaluator(self._scopes, self._level + 1)
        inner._given = {(id(inside), name): (value, inside) for name, value in defaults.items()}
        for name, given in [*zip(names, node.args, strict=False), *((k.arg or "", k.value) for k in node.keywords)]:
            inner._given[(id(inside), name)] = self._argument(given, scope) or (given, scope)
        return inner

    def _glob(self, node: ast.Call, method: ast.Attribute, scope: Scope, depth: int) -> ModelPath | None:
        value = self.part(method.value, scope, depth)
        if value is None or value.open:
            return value
        pattern = self._text(node.args[0], scope)
        if pattern is None:
            return ModelPath(value.text, True, method.value, value.text, "glob")
        below = "*" + pattern if method.attr == "rglob" else pattern
        return ModelPath(f"{value.text}/{below}", False, method.value, value.text, method.attr)

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
        if value is None or len(parts) == 1:
            return value
        base, base_text = (
            (value.base, value.base_text)
            if not value.style and value.text == value.base_text
            else (parts[0], value.text)
        )
        text, waiting, absolute = value.text, value.open, ""
        known_text = value.text
        unknown = value.unknown
        for part in parts[1:]:
            literal = self._text(part, scope)
            if literal is None:
                waiting = True
                continue
            if literal.startswith(("/", "\\")) and not absolute:
                absolute = literal
            if waiting:
                text, waiting, unknown = text + "/*", False, True
            text += "/" + literal
            known_text = text
        return ModelPath(known_text, waiting, base, base_text, style, unknown=unknown, absolute=absolute)

    def _operation(self, node: ast.BinOp, scope: Scope, depth: int) -> ModelPath | None:
        if isinstance(node.op, ast.Mod):
            if isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
                values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
                return self._percent(node.left.value, values, scope, depth)
            return None
        if not isinstance(node.op, ast.Add | ast.Div):
            return None
        prefix = self.part(node.left, scope, depth)
        if prefix is None:
            return None
        plus = isinstance(node.op, ast.Add)
        if prefix.open:
            tail = self._text(node.right, scope)
            if tail is None or (plus and not tail.startswith("/")):
                return prefix
            tail = "*" + tail if plus else "/*/" + tail
            return ModelPath(prefix.text + tail, False, node.left, prefix.text, "other", unknown=True)
        style = "plus" if plus else "slash"
        same = prefix.style == style or (not prefix.style and prefix.text == prefix.base_text)
        base, base_text = (prefix.base, prefix.base_text) if same else (node.left, prefix.text)
        literal = self._text(node.right, scope)
        if literal is None:
            separator = qualified(node.right, scope) in ("os.sep", "os.path.sep")
            return ModelPath(prefix.text + ("/" if separator else ""), not separator, base, base_text, style)
        absolute = literal if not plus and literal.startswith(("/", "\\")) else ""
        return ModelPath(
            prefix.text + ("" if plus else "/") + literal, False, base, base_text, style, absolute=absolute
        )

    def _f_string(self, node: ast.JoinedStr, scope: Scope, depth: int) -> ModelPath | None:
        pieces = [p.value if isinstance(p, ast.FormattedValue) else _text_in(p) for p in node.values]
        return self._pieces(pieces, "f", scope, depth)

    def _percent(self, template: str, values: list[ast.expr], scope: Scope, depth: int) -> ModelPath | None:
        """`"%s/%s" % (folder, name)`."""
        pieces: list[str | ast.expr | None] = []
        texts = re.split(r"(%[sd])", template)
        waiting = list(values)
        for text in texts:
            if re.fullmatch(r"%[sd]", text):
                pieces.append(waiting.pop(0) if waiting else None)
            elif text:
                pieces.append(None if "%" in text else text)
        return self._pieces(pieces, "format" if len(values) == 1 else "other", scope, depth)

    def _format(self, template: str, node: ast.Call, scope: Scope, depth: int) -> ModelPath | None:
        """`"{}/{}".format(folder, name)`, with numbers or names too."""
        named = {k.arg: k.value for k in node.keywords}
        pieces: list[str | ast.expr | None] = []
        count = 0
        try:
            for literal, field, spec, conversion in Formatter().parse(template):
                if literal:
                    pieces.append(literal)
                if field is None:
                    continue
                index = count if field == "" else int(field) if field.isdecimal() else -1
                count += field == ""
                value = named.get(field) if index < 0 else node.args[index] if index < len(node.args) else None
                pieces.append(None if spec or conversion else value)
        except ValueError:
            return None
        simple = len(node.args) == 1 and not node.keywords
        return self._pieces(pieces, "format" if simple else "other", scope, depth)

    def _pieces(
        self, pieces: Sequence[str | ast.expr | None], style: str, scope: Scope, depth: int
    ) -> ModelPath | None:
        """Texts and expressions one after the other, of which the first is the path; None is unknown."""
        if not pieces or not isinstance(pieces[0], ast.expr):
            return None
        value = self.part(pieces[0], scope, depth)
        if value is None or value.open:
            return value
        text = known_text = value.text
        unknown, waiting = value.unknown, False
        for piece in pieces[1:]:
            literal = piece if isinstance(piece, str) or piece is None else self._text(piece, scope)
            if literal is None:
                waiting = True
                continue
            if waiting:
                text, waiting, unknown = text + "*", False, True
            text += literal
            known_text = text
        return ModelPath(known_text, waiting, pieces[0], value.text, style, unknown=unknown)


def only_returns(node: ast.FunctionDef) -> bool:
    """True if a function has no more than a docstring and a return."""
    return (
        isinstance(node.body[-1], ast.Return)
        and len(node.body) <= 2
        and not node.decorator_list
        and (
            len(node.body) == 1 or (isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant))
        )
    )


def _text_in(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _root(node: ast.expr) -> ModelPath:
    return ModelPath("", False, node, "", "")
