"""Keys and passwords that a script gives names for: variables, arguments, and defaults of variables of the process."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

from scoredock.checks.script.qualified import argument
from scoredock.checks.script.script import ParsedScript

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
PLACEHOLDER = re.compile(
    r"<[^<>\n]{1,80}>|(?:x{4,}|X{4,}|\*{3,}|\.\.\.)|your|example|dummy|changeme|replace|placeholder|todo|fake|test|12345678",
    re.IGNORECASE,
)
KEY_TEXT = re.compile(r"[A-Za-z0-9+/_\-=.~]{24,}")
_PUBLIC = "pk.eyJ"
"""How tokens begin that are made for web pages, as those of Mapbox."""


def named_secrets(script: ParsedScript) -> Iterator[tuple[ast.Constant, str]]:
    """Each text that is a key, with the name that says so."""
    for scope in script.walk.scopes:
        for name, bindings in scope.bindings.items():
            if SECRET_NAME.search(name):
                yield from ((value, name) for each in bindings if _is_key(value := each.value))
    for call, scope, _ in script.walk.calls:
        for keyword in call.keywords:
            name = keyword.arg or ""
            if (name in SECRET_ATTRIBUTES or SECRET_NAME.search(name)) and _is_key(keyword.value):
                yield keyword.value, name
        if len(call.args) + len(call.keywords) > 1 and script.dotted(call.func, scope) in (
            "os.getenv",
            "os.environ.get",
        ):
            variable, default = argument(call, 0, "key"), argument(call, 1, "default")
            name = str(variable.value) if isinstance(variable, ast.Constant) else ""
            if SECRET_NAME.search(name) and _is_key(default):
                yield default, name


def _is_key(node: ast.expr | None) -> TypeGuard[ast.Constant]:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(KEY_TEXT.fullmatch(node.value))
        and not PLACEHOLDER.search(node.value)
        and not node.value.startswith(_PUBLIC)
        and any(c.isdigit() for c in node.value)
    )
