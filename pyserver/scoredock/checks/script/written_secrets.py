"""Keys and passwords that a script gives names for: variables, arguments, and defaults of variables of the process."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

from scoredock.checks.script.qualified import argument
from scoredock.checks.script.script import ParsedScript
from scoredock.formats.placeholders import is_example_key

SECRET_NAME = re.compile(
    r"(?:^|_)(?:passwords?|passwd|secret|api_?key|access_?key|account_?key|storage_?key|access_?token|primary_?key"
    r"|secondary_?key|auth_?key|service_?keys?)$",
    re.IGNORECASE,
)
SECRET_ATTRIBUTES = frozenset(
    (
        "password",
        "passwords",
        "primary_key",
        "secondary_key",
        "access_token",
        "service_principal_password",
        "account_key",
    )
)
KEY_TEXT = re.compile(r"[A-Za-z0-9+/_\-=.~]{24,}")
_WORDS = re.compile(r"[A-Za-z]+\d{0,4}(?:[-_.][A-Za-z]+\d{0,4})+")
"""How people call what a vault or a variable of the process keeps."""
_KEY_HEADERS = frozenset(("authorization", "api-key", "x-api-key", "x-functions-key", "ocp-apim-subscription-key"))
_PUBLIC = "pk.eyJ"
"""How tokens begin that are made for web pages, as those of Mapbox."""


def named_secrets(script: ParsedScript) -> Iterator[tuple[ast.Constant, str]]:
    """Each text that is a key, with the name that says so."""
    for scope in script.walk.scopes:
        for name, bindings in scope.bindings.items():
            if SECRET_NAME.search(name):
                yield from ((value, name) for each in bindings if is_written_key(value := each.value))
    yield from _secrets_by_key(script)
    for call, scope, _ in script.walk.calls:
        for keyword in call.keywords:
            name = keyword.arg or ""
            if (name in SECRET_ATTRIBUTES or SECRET_NAME.search(name)) and is_written_key(keyword.value):
                yield keyword.value, name
        if len(call.args) + len(call.keywords) > 1 and script.dotted(call.func, scope) in (
            "os.getenv",
            "os.environ.get",
        ):
            variable, default = argument(call, 0, "key"), argument(call, 1, "default")
            name = str(variable.value) if isinstance(variable, ast.Constant) else ""
            if SECRET_NAME.search(name) and is_written_key(default):
                yield default, name


def _secrets_by_key(script: ParsedScript) -> Iterator[tuple[ast.Constant, str]]:
    """Values of dictionaries, items that are assigned and defaults of parameters, each with the name that it has."""
    for node in ast.walk(script.tree):
        pairs: list[tuple[ast.expr | None, ast.expr | None]] = []
        if isinstance(node, ast.Dict):
            pairs = [*zip(node.keys, node.values, strict=True)]
        elif isinstance(node, ast.Assign):
            pairs = [(each.slice, node.value) for each in node.targets if isinstance(each, ast.Subscript)]
        elif isinstance(node, ast.arguments):
            places = [*node.posonlyargs, *node.args]
            parameters = [*zip(places[len(places) - len(node.defaults) :], node.defaults, strict=True)]
            parameters += [
                (each, default) for each, default in zip(node.kwonlyargs, node.kw_defaults, strict=True) if default
            ]
            pairs = [(ast.Constant(each.arg), default) for each, default in parameters]
        for key, value in pairs:
            name = str(key.value) if isinstance(key, ast.Constant) else ""
            if SECRET_NAME.search(name) and is_written_key(value) and not _WORDS.fullmatch(str(value.value)):
                yield value, name


def names_of_headers(script: ParsedScript) -> set[str]:
    """Names of dictionaries that hold a header with a key: written, filled or updated."""
    names = {
        name
        for scope in script.walk.scopes
        for name, bindings in scope.bindings.items()
        if any(each.value is not None and _holds_key_header(each.value) for each in bindings)
    }
    for subscript, _, _ in script.walk.subscripts:
        if isinstance(subscript.ctx, ast.Store) and isinstance(subscript.value, ast.Name):
            names |= {subscript.value.id} if is_key_header(subscript.slice) else set()
    for call, _, _ in script.method_calls:
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr == "update" and isinstance(function.value, ast.Name):
            names |= {function.value.id} if any(map(_holds_key_header, [call, *call.args])) else set()
    return names


def is_key_header(name: ast.expr | None) -> bool:
    """True if an expression is the name of a header that opens something."""
    return isinstance(name, ast.Constant) and str(name.value).lower() in _KEY_HEADERS


def _holds_key_header(node: ast.expr) -> bool:
    """`{"Authorization": …}`, or `dict(Authorization=…)`."""
    if isinstance(node, ast.Call):
        return any((each.arg or "").lower() in _KEY_HEADERS for each in node.keywords)
    return isinstance(node, ast.Dict) and any(map(is_key_header, node.keys))


def is_written_key(node: ast.expr | None) -> TypeGuard[ast.Constant]:
    """True if an expression is a text that is long and mixed enough to open something."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(KEY_TEXT.fullmatch(node.value))
        and not is_example_key(node.value)
        and not node.value.startswith(_PUBLIC)
        and any(c.isdigit() for c in node.value)
    )


def literal_at(script: ParsedScript, offset: int) -> tuple[ast.Constant | None, str]:
    """The text in the code that holds a place, and the name it is assigned to; comments, docstrings and formatted
    strings hold none."""
    place = script.lines.position(offset)

    def holds(node: ast.AST | None) -> TypeGuard[ast.Constant]:
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return False
        span = script.range(node)
        return span.start <= place < span.end

    for scope in script.walk.scopes:
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if holds(binding.value):
                    return binding.value, name.upper()
    pending: list[ast.AST] = [script.tree]
    while pending:
        node = pending.pop()
        if holds(node):
            return node, ""
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        pending += ast.iter_child_nodes(node)
    return None, ""
