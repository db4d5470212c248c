"""Secrets that a script writes to the log, or holds itself."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.environment import service_use_rules as rules
from scoredock.checks.script.qualified import argument, follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import MAIN_ONLY
from scoredock.checks.script.written_secrets import named_secrets
from scoredock.text import Fix

_PATTERNS: dict[str, tuple[re.Pattern[str], Callable[[], str]]] = {
    "ACCOUNT_KEY": (re.compile(r"AccountKey=[A-Za-z0-9+/]{60,}={0,2}"), lambda: l10n.t("an account key")),
    "SHARED_ACCESS_KEY": (
        re.compile(r"SharedAccessKey=[A-Za-z0-9+/]{30,}={0,2}"),
        lambda: l10n.t("a shared access key"),
    ),
    "SIGNED_ADDRESS": (re.compile(r"[?&]sig=[A-Za-z0-9%+/]{30,}"), lambda: l10n.t("a signed address (SAS)")),
    "ACCESS_KEY_OF_AWS": (
        re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"),
        lambda: l10n.t("an access key of AWS"),
    ),
    "TOKEN_OF_HUGGING_FACE": (
        re.compile(r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}"),
        lambda: l10n.t("a token of Hugging Face"),
    ),
    "TOKEN_OF_GITHUB": (
        re.compile(r"(?<![A-Za-z0-9])(?:ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{30,}"),
        lambda: l10n.t("a token of GitHub"),
    ),
    "KEY_OF_OPENAI": (
        re.compile(r"(?<![A-Za-z0-9])sk-(?:proj-)?[A-Za-z0-9_-]{40,}"),
        lambda: l10n.t("a key of OpenAI"),
    ),
    "BEARER_TOKEN": (
        re.compile(r"Bearer +(?:ey[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|[A-Za-z0-9]{32,})"),
        lambda: l10n.t("a bearer token"),
    ),
    "PRIVATE_KEY": (
        re.compile(r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----"),
        lambda: l10n.t("a private key"),
    ),
    "PASSWORD_IN_A_CONNECTION_STRING": (
        re.compile(r"[;\"']\s*(?:Password|Pwd)\s*=\s*[^;\s{}$<>*%\"']{6,}[;\"']", re.IGNORECASE),
        lambda: l10n.t("a password in a connection string"),
    ),
}
"""Name for a variable → what such a secret looks like, and what it is called."""
_MARKS = (
    "Key=",
    "sig=",
    "AKIA",
    "ASIA",
    "hf_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat",
    "sk-",
    "Bearer",
    "PRIVATE KEY",
    "assword",
    "wd=",
    "WD=",
    "ASSWORD",
)
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
_PLACEHOLDER = re.compile(r"your|example|placeholder|dummy|changeme|xxxx|0000000000", re.IGNORECASE)
_MOST = 20
_LOGGERS = frozenset(("debug", "info", "warning", "error", "critical", "exception", "log"))
_ENVIRONMENT = ("os.getenv", "os.environ.get")


def check_secrets(script: ParsedScript) -> list[Finding]:
    """Findings about secrets."""
    return _check_written(script) + _check_shown(script)


def _check_written(script: ParsedScript) -> list[Finding]:
    text = script.text
    findings: list[Finding] = []
    places = sorted(named_secrets(script), key=lambda each: (each[0].lineno, each[0].col_offset))
    for value, name in {each[0].value: each for each in reversed(places)}.values():
        named = l10n.t("a password") if "pass" in name.lower() else l10n.t("a key")
        findings.append(rules.SECRET_WRITTEN.finding(script.range(value), what=named))
    if not any(mark in text for mark in _MARKS):
        return findings
    for usual, (pattern, what) in _PATTERNS.items():
        for match in itertools.islice(pattern.finditer(text), _MOST):
            # The quote before a password belongs to the match, but not to the text in it.
            node, name = _literal_at(script, match.end() - 2)
            if node is None or _PLACEHOLDER.search(match.group()):
                continue
            place = script.range(node)
            if any(f.range == place for f in findings):
                continue
            fixes: tuple[Fix, ...] = ()
            variable = name or usual
            bound = script.walk.module.bindings.get("os", ())
            if not bound or any(b.target == "os" for b in bound):
                edits = [script.replace(node, f'os.environ["{variable}"]')]
                if not bound:
                    edits.append(script.add_import("import os"))
                fixes = (Fix(l10n.t("Read it from the variable {variable}", variable=variable), tuple(edits)),)
            findings.append(rules.SECRET_WRITTEN.finding(place, fixes=fixes, what=what()))
    return findings


def _literal_at(script: ParsedScript, offset: int) -> tuple[ast.Constant | None, str]:
    """The text in the code that holds a place, and the name it is assigned to; comments and docstrings hold none."""
    line = script.lines.position(offset).line
    place = script.lines.position(offset)
    for scope in script.walk.scopes:
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                value = binding.value
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    span = script.range(value)
                    if span.start <= place < span.end:
                        return value, name.upper()
    for call, _, _ in script.walk.calls:
        if not (call.lineno - 1 <= line <= (call.end_lineno or call.lineno) - 1):
            continue
        for child in (*call.args, *(keyword.value for keyword in call.keywords)):
            parts = child.values if isinstance(child, ast.Dict) else [child]
            for part in parts:
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    span = script.range(part)
                    if span.start <= place < span.end:
                        return part, ""
    return None, ""


def _check_shown(script: ParsedScript) -> list[Finding]:
    findings = []
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
            found = _secret_in(script, node, scope, 0)
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
    """Whether a name holds a credential or a secret of Azure's packages, which show themselves without the value."""
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
