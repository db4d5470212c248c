"""Secrets that a script writes to the log, or holds itself."""

from __future__ import annotations

import ast
import re

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.environment import service_use_rules as rules
from scoredock.checks.script.qualified import argument, follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import MAIN_ONLY
from scoredock.checks.script.written_secrets import literal_at, named_secrets, names_of_headers
from scoredock.checks.secret_shapes import shaped_secrets
from scoredock.text import Fix

_SECRET = re.compile(
    r"(?:^|_)(?:password|passwd|pwd|secret|api_?key|access_?key|account_?key|storage_?key|private_?key|auth_?key|sas_?token|access_?token|auth_?token|bearer|connection_?string|conn_?str|credentials?)(?:$|_)"
    r"|(?:^|_)(?:primary|secondary)_?key$",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"(?:_(?:name|path|file|url|uri|id|len|length|count|set|type|version|vault|missing|is_set|policy|hint|expiry)|^(?:is|has|no|n|num|use|with)_.*)$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LOGGERS = frozenset(("debug", "info", "warning", "error", "critical", "exception", "log"))
_ENVIRONMENT = ("os.getenv", "os.environ.get")


def check_secrets(script: ParsedScript) -> list[Finding]:
    """Findings about secrets."""
    return _check_written(script) + _check_shown(script)


def _check_written(script: ParsedScript) -> list[Finding]:
    findings: list[Finding] = []
    places = sorted(named_secrets(script), key=lambda each: (each[0].lineno, each[0].col_offset))
    for value, name in {each[0].value: each for each in reversed(places)}.values():
        named = l10n.t("a password") if "pass" in name.lower() else l10n.t("a key")
        findings.append(rules.SECRET_WRITTEN.finding(script.range(value), what=named))
    for secret in shaped_secrets(script.text):
        # The quote before a password belongs to the match, but not to the text in it.
        node, name = literal_at(script, secret.end - 2)
        if node is None:
            continue
        place = script.range(node)
        if any(f.range == place for f in findings):
            continue
        fixes: tuple[Fix, ...] = ()
        variable = name or secret.variable
        bound = script.walk.module.bindings.get("os", ())
        if not bound or any(b.target == "os" for b in bound):
            edits = [script.replace(node, f'os.environ["{variable}"]')]
            if not bound:
                edits.append(script.add_import("import os"))
            fixes = (Fix(l10n.t("Read it from the variable {variable}", variable=variable), tuple(edits)),)
        findings.append(rules.SECRET_WRITTEN.finding(place, fixes=fixes, what=secret.what))
    return findings


def _check_shown(script: ParsedScript) -> list[Finding]:
    findings = []
    headers = names_of_headers(script)
    calls = [(call, scope) for call, scope, flags in script.plain_calls.get("print", ()) if not flags & MAIN_ONLY]
    calls += [
        (call, scope) for call, scope, flags in script.method_calls if _is_logging(call) and not flags & MAIN_ONLY
    ]
    calls += [
        (call, scope)
        for call, scope, _, name in script.named_calls
        if name.startswith("logging.") and _is_logging(call)
    ]
    for call, scope in calls:
        for node in call.args:
            is_header = isinstance(node, ast.Name) and node.id in headers
            found = (node, ast.unparse(node)) if is_header else _secret_in(script, node, scope, 0)
            if found is not None:
                place, name = found
                findings.append(rules.SECRET_SHOWN.finding(script.range(place), name=name))
                break
    return findings


def _is_logging(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in _LOGGERS:
        return False
    base = function.value
    name = base.id if isinstance(base, ast.Name) else base.attr if isinstance(base, ast.Attribute) else ""
    return "log" in name.lower()


def _is_object_of_azure(node: ast.Name, scope: Scope) -> bool:
    """True if a name holds a credential or a secret of Azure's packages, which show themselves without the value."""
    value, _ = follow(node, scope)
    if not isinstance(value, ast.Call):
        return False
    called = ast.unparse(value.func).rpartition(".")[2]
    return called == "get_secret" or called.endswith("Credential")


def _secret_in(script: ParsedScript, node: ast.AST, scope: Scope, depth: int) -> tuple[ast.AST, str] | None:
    """The secret whose value becomes part of the text, and its name."""
    if depth > 4:
        return None
    if isinstance(node, ast.Name) and _is_secret(node.id):
        return None if _is_object_of_azure(node, scope) else (node, node.id)
    if isinstance(node, ast.Attribute) and _is_secret(node.attr):
        return node, node.attr
    below: list[ast.AST] = []
    if isinstance(node, ast.Subscript):
        key = node.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and _is_secret(key.value):
            return node, key.value
    elif isinstance(node, ast.Call):
        if script.dotted(node.func, scope) in _ENVIRONMENT:
            key_node = argument(node, 0, "key")
            if isinstance(key_node, ast.Constant) and isinstance(key_node.value, str) and _is_secret(key_node.value):
                return node, key_node.value
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            below = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node.func, ast.Name) and node.func.id in ("str", "repr"):
            below = list(node.args)
    elif isinstance(node, ast.JoinedStr):
        below = [value.value for value in node.values if isinstance(value, ast.FormattedValue)]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        below = [node.left, node.right]
    elif isinstance(node, ast.Tuple):
        below = list(node.elts)
    for each in below:
        found = _secret_in(script, each, scope, depth + 1)
        if found is not None:
            return found
    return None


def _is_secret(name: str) -> bool:
    spelt = _CAMEL.sub("_", name).replace("-", "_")
    return _SECRET.search(spelt) is not None and _HARMLESS.search(spelt) is None
