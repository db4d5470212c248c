"""Bodies of requests that hold values of NumPy or pandas, which JSON does not know."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.requests.array_items import ItemReader, UnencodableItem
from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import ERROR_CAUGHT, IN_TRY
from scoredock.contrib.sdk.checks import client_rules as rules
from scoredock.text import Fix

_POSTS = frozenset(("requests.post", "requests.put", "requests.request", "httpx.post"))


def check_sent_arrays(script: ParsedScript) -> list[Finding]:
    """Findings, one for each value that is refused for sure."""
    findings = []
    readers: dict[int, ItemReader] = {}
    node_ids: set[int] = set()
    for scope, call_name, body_node in _bodies(script):
        where = scope.function() or script.walk.module
        reader = readers.setdefault(id(where), ItemReader(script, where, {}))
        body, inside = follow(body_node, scope)
        for item in reader.unencodable(body, inside):
            if item.certain and not item.guess and id(item.node) not in node_ids:
                node_ids.add(id(item.node))
                findings.append(
                    rules.ARRAY_SENT.finding(script.range(item.node), fixes=_fixes(script, item), call=call_name)
                )
    return findings


def _bodies(script: ParsedScript) -> Iterator[tuple[Scope, str, ast.expr]]:
    for call, scope, flags, name in script.named_calls:
        if flags & (IN_TRY | ERROR_CAUGHT):
            continue
        if name == "json.dumps" and len(call.args) == 1 and not any(_encodes(each) for each in call.keywords):
            yield scope, "json.dumps()", call.args[0]
        elif name in _POSTS:
            for keyword in call.keywords:
                if keyword.arg == "json":
                    yield scope, "json=", keyword.value


def _encodes(keyword: ast.keyword) -> bool:
    """True if an argument may let json.dumps() take more."""
    return keyword.arg in (None, "cls", "default")


def _fixes(script: ParsedScript, item: UnencodableItem) -> tuple[Fix, ...]:
    node = item.node
    if item.what != "arrays" or not isinstance(node, ast.Name | ast.Call | ast.Attribute | ast.Subscript):
        return ()
    title = l10n.t("Add {code}", code=".tolist()")
    return (Fix(title, (script.replace(node, f"{script.source(node)}.tolist()"),), preferred=True),)
