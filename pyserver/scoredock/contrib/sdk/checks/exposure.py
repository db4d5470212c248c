"""Finds secrets that a script prints or keeps, and placeholders that were left."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import first_of_each
from scoredock.checks.script.left_placeholders import left_placeholders
from scoredock.checks.script.qualified import argument
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.written_secrets import (
    KEY_TEXT,
    SECRET_ATTRIBUTES,
    SECRET_NAME,
    is_key_header,
    is_written_key,
    literal_at,
    named_secrets,
    names_of_headers,
)
from scoredock.checks.secret_shapes import shaped_secrets
from scoredock.contrib.sdk.checks import client_rules as rules
from scoredock.contrib.sdk.checks.clients import header_entries
from scoredock.formats.placeholders import is_example_key
from scoredock.text import Fix, TextEdit

_SECRET_CALLS = frozenset(
    ("get_keys", "get_token", "get_access_token", "list_keys", "get_secret", "get_secrets", "list_credentials")
)
_NO_SECRET = re.compile(
    r"(?:accounts?|container|database|dataset|domain|endpoint|groups?|host|ids?|location|names?|path|port|regions?|server"
    r"|ur[il]s?|users?|workspace)$",
    re.IGNORECASE,
)
"""How what is kept in a vault, and opens nothing, is called."""
_REQUESTS = frozenset(("get", "post", "put", "patch", "delete", "request", "urlopen", "run", "send"))
"""Methods that send what they get."""
_OF_KEYS = _SECRET_CALLS - {"list_credentials"}
_BEARER = re.compile(r"[fF]?[\"']{1,3}Bearer[ {%]", re.IGNORECASE)
"""The value of a header that is put together: a sum, a formatted string, a call of format()."""


_HINT = 8
_PUT_TOGETHER = (ast.JoinedStr, ast.FormattedValue, ast.BinOp, ast.Subscript, ast.Tuple, ast.List)
"""Expressions that show what is in them."""


class _Names(NamedTuple):
    """Variables of a script by what they hold."""

    headers: set[str]
    """A dictionary with an Authorization header."""
    unpacked: set[int]
    """Keys that a call gave; the nodes by identity."""
    of_secrets: set[str]
    """The name of a secret, not the secret."""


def check_exposure(script: ParsedScript, other_findings: list[Finding]) -> list[Finding]:
    """Findings about secrets, and about placeholders in places without another finding."""
    printed = _printed(script, names_of_headers(script))
    findings = [*first_of_each(printed, script.facts.path, lambda each: each.message), *_written(script)]
    return [*findings, *left_placeholders(script, {(f.range.start, f.range.end) for f in (*other_findings, *findings)})]


def _printed(script: ParsedScript, headers: set[str]) -> Iterator[Finding]:
    names = _Names(headers, _unpacked_keys(script), _names_of_secrets(script))
    for call, scope, _ in script.plain_calls.get("print", ()):
        if scope.lookup("print") is not None:
            continue
        given = (*call.args, *(each.value for each in call.keywords))
        what = next((words for each in given if (words := _secret(each, scope, names))), "")
        if what:
            yield rules.PRINTED_SECRET.finding(script.range(call), fixes=_without_print(script, call), what=what)


def _names_of_secrets(script: ParsedScript) -> set[str]:
    """Variables by which a secret is looked up, in a vault or among the variables of the process: what they hold is a
    name."""
    keys = [each.slice for each, _, _ in script.walk.subscripts if getattr(each.value, "attr", "") == "environ"]
    for call, _, _ in script.walk.calls:
        attribute = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        of = call.func.value if isinstance(call.func, ast.Attribute) else None
        if attribute in ("get_secret", "getenv") or (attribute == "get" and getattr(of, "attr", "") == "environ"):
            keys += [*call.args[:1], *(each.value for each in call.keywords if each.arg in ("name", "key"))]
    return {each.id for each in keys if isinstance(each, ast.Name)}


def _unpacked_keys(script: ParsedScript) -> set[int]:
    """The names on the left of `first, second = service.get_keys()`, by identity."""
    lines = {
        call.lineno: call.col_offset
        for call, _, _ in script.walk.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "get_keys"
    }
    if not lines:
        return set()
    return {
        id(b.node)
        for scope in script.walk.scopes
        for bindings in scope.bindings.values()
        for b in bindings
        if b.kind == "other" and isinstance(b.node, ast.Name) and b.node.col_offset < lines.get(b.node.lineno, -1)
    }


def _secret(node: ast.expr, scope: Scope, names: _Names) -> str:
    """Secret that a printed expression shows, in words; empty if it shows none."""
    pending: list[ast.AST] = [node]
    count = 0
    while pending and count < 200:
        current = pending.pop()
        count += 1
        if isinstance(current, ast.Call):
            if _gives_secret(current, _SECRET_CALLS):
                return _key_or_token()
            pending += _shown(current)
        elif isinstance(current, ast.Attribute):
            if what := _secret_attribute(current, names):
                return what
            if not isinstance(current.value, ast.Name):
                pending.append(current.value)
        elif isinstance(current, ast.Name):
            what = _secret_name(current, scope, names)
            if what:
                return what
        elif isinstance(current, _PUT_TOGETHER) and not (_is_plain_header(current, names) or _is_hint(current)):
            pending += [c for c in ast.iter_child_nodes(current) if isinstance(c, ast.expr)]
    return ""


def _is_hint(node: ast.expr) -> bool:
    """True if it is the first or last characters of something, by which a person knows it again: `key[:8]`. Fewer may
    be items of the list of keys."""
    cut = node.slice if isinstance(node, ast.Subscript) else None
    if not isinstance(cut, ast.Slice) or (cut.lower is None) == (cut.upper is None):
        return False
    bound = ast.unparse(cut.upper or cut.lower or node)
    return bound in [f"-{count}" if cut.lower else str(count) for count in range(4, _HINT + 1)]


def _gives_secret(call: ast.Call, calls: frozenset[str]) -> bool:
    """True if a call gives keys: of a secret by its name, what is called so."""
    called = getattr(call.func, "attr", "")
    named = argument(call, 0, "name") if called == "get_secret" else None
    return called in calls and not (named is not None and _NO_SECRET.search(str(getattr(named, "value", ""))))


def _shown(call: ast.Call) -> list[ast.expr]:
    """Whose value a printed call may show: not what it measures, nor, in the answer to a request, what was sent."""
    function = call.func
    if isinstance(function, ast.Name) and function.id in ("len", "type", "bool", "isinstance", "hash"):
        return []
    arguments = [*call.args, *(each.value for each in call.keywords)]
    if not isinstance(function, ast.Attribute):
        return arguments
    return [function.value] if function.attr in _REQUESTS else [*arguments, function.value]


def _secret_attribute(node: ast.Attribute, names: _Names) -> str:
    if node.attr in SECRET_ATTRIBUTES:
        return _password_or(_key(), node.attr)
    # What a response says of the request that it answers.
    is_request = names.headers and node.attr == "headers" and getattr(node.value, "attr", "") == "request"
    return _header() if is_request else ""


def _is_plain_header(node: ast.expr, names: _Names) -> bool:
    """`headers["Content-Type"]`."""
    if not isinstance(node, ast.Subscript):
        return False
    is_header = isinstance(node.value, ast.Name) and node.value.id in names.headers
    return is_header and isinstance(node.slice, ast.Constant) and not is_key_header(node.slice)


def _header() -> str:
    return l10n.t("a header with a key or token")


def _key() -> str:
    return l10n.t("a key")


def _key_or_token() -> str:
    return l10n.t("a key or token")


def _password_or(other: str, name: str) -> str:
    return l10n.t("a password") if "pass" in name.lower() else other


def _of_password(name: str) -> str:
    """The message for a password that is written in the file; empty for a key."""
    sentence = l10n.t("A password is written in the file, where everybody who gets the file can read it.")
    return sentence if "pass" in name.lower() else ""


def _secret_name(node: ast.Name, scope: Scope, names: _Names) -> str:
    if node.id in names.headers:
        return _header()
    if node.id in names.of_secrets:
        return ""
    for binding in scope.resolve(node.id)[:20]:
        value = binding.value
        if binding.kind == "other" and isinstance(binding.node, ast.Name) and id(binding.node) in names.unpacked:
            return _key_or_token()
        if value is None or binding.owner is None:
            tuple_of = SECRET_NAME.search(node.id)
            if tuple_of and binding.kind == "other":
                return _password_or(_key_or_token(), node.id)
            continue
        if isinstance(value, ast.Call) and _gives_secret(value, _OF_KEYS):
            return _key_or_token()
        if isinstance(value, ast.Attribute | ast.Subscript | ast.Call | ast.JoinedStr | ast.BinOp):
            inner: ast.AST = value
            while isinstance(inner, ast.Attribute | ast.Subscript):
                if isinstance(inner, ast.Attribute) and inner.attr in SECRET_ATTRIBUTES:
                    return _password_or(_key(), inner.attr)
                inner = inner.value
            if isinstance(inner, ast.Call) and _gives_secret(inner, _OF_KEYS):
                return _key_or_token()
        if SECRET_NAME.search(node.id) and not isinstance(value, ast.Constant):
            return _password_or(_key_or_token(), node.id)
    return ""


def _without_print(script: ParsedScript, call: ast.Call) -> tuple[Fix, ...]:
    """Take the whole line out when the print stands alone on it, else write pass for it."""
    span = script.range(call)
    first, last = script.lines.line(span.start.line), script.lines.line(span.end.line)
    if first[: span.start.character].strip() or last[span.end.character :].strip():
        return ()
    indent = first[: span.start.character]
    if indent:
        return (Fix(l10n.t("Do not print it"), (TextEdit(span, "pass"),)),)
    start = (
        script.lines.starts[span.start.line] if span.start.line or not script.shift else script.lines.offset(span.start)
    )
    end = script.lines.starts[span.end.line + 1] if span.end.line + 1 < len(script.lines.starts) else len(script.text)
    return (Fix(l10n.t("Remove the line"), (script.lines.edit(start, end, ""),)),)


def _written(script: ParsedScript) -> list[Finding]:
    """One for each secret, where it stands first: a header is often made of a variable's text again."""
    findings: dict[str, Finding] = {}
    for value, message in sorted(_secrets(script), key=lambda each: (each[0].lineno, each[0].col_offset)):
        text = str(value.value).strip()
        text = text[7:].strip() if text.lower().startswith("bearer ") else text
        findings.setdefault(text, rules.WRITTEN_SECRET.finding(script.range(value), message=message))
    return list(findings.values())


def _secrets(script: ParsedScript) -> Iterator[tuple[ast.Constant, str]]:
    yield from ((value, _of_password(name)) for value, name in named_secrets(script))
    for secret in shaped_secrets(script.text):
        node, _ = literal_at(script, secret.end - 2)
        if node is not None:
            yield node, _of_password(secret.variable)
    for made, scope, _ in (*script.walk.paths, *script.method_calls):
        if _BEARER.match(script.source(made)):
            yield from ((key, "") for key in _keys_of(made, scope))
    for header, value, scope in header_entries(script):
        text = value.value if isinstance(value, ast.Constant) else None
        if (
            str(header.value).lower() == "authorization"
            and isinstance(value, ast.Constant)
            and isinstance(text, str)
            and text.lower().startswith("bearer ")
            and KEY_TEXT.fullmatch(text[7:].strip())
            and not is_example_key(text)
        ):
            yield value, ""
        if str(header.value).lower() == "authorization" and isinstance(value, ast.JoinedStr | ast.BinOp):
            yield from ((key, "") for key in _keys_of(value, scope))


def _keys_of(header: ast.expr, scope: Scope) -> Iterator[ast.Constant]:
    """Texts of the script that a header is put together with: `f"Bearer {key}"`."""
    names = {each.id for each in ast.walk(header) if isinstance(each, ast.Name)}
    for name in sorted(names):
        for binding in scope.resolve(name):
            if is_written_key(binding.value):
                yield binding.value
