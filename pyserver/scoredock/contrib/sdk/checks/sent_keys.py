"""Keys of the body that a client sends, compared with those that the entry script of its folder reads."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of
from scoredock.analysis.rule import quoted_names
from scoredock.checks.requests.request_shape import shape_of
from scoredock.checks.requests.schema_use import schema_decorators
from scoredock.checks.script.qualified import follow, qualified
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript, TooComplex, parse_script
from scoredock.contrib.sdk.checks import client_rules as rules
from scoredock.text import Fix

_TO_SERVICE = re.compile(r"/score\b|scoring_uri")
_MOST_FILES = 40


def check_sent_keys(script: ParsedScript) -> list[Finding]:
    """A finding where none of the keys that are sent is one that run() reads."""
    if not _TO_SERVICE.search(script.text):
        return []
    bodies = list(_bodies(script))
    entry_script = _entry_script(script.facts) if bodies else None
    if entry_script is None:
        return []
    name, text, expected_keys = entry_script
    findings = []
    for body in bodies:
        keys = [key for key in body.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
        sent = [str(key.value) for key in keys]
        if not keys or len(keys) != len(body.keys) or any(f'"{each}"' in text or f"'{each}'" in text for each in sent):
            continue
        fixes: tuple[Fix, ...] = ()
        if len(sent) == len(expected_keys) == 1:
            title = l10n.t("Change to {near}", near=expected_keys[0])
            fixes = (Fix(title, (script.replace(keys[0], f'"{expected_keys[0]}"'),), preferred=True),)
        findings.append(
            rules.OTHER_KEYS.finding(
                script.range(keys[0]),
                fixes=fixes,
                script=name,
                wanted=quoted_names(expected_keys),
                sent=quoted_names(sent),
            )
        )
    return findings


def _bodies(script: ParsedScript) -> Iterator[ast.Dict]:
    """Dictionaries that are written out and sent as JSON."""
    for call, scope, _, name in script.named_calls:
        if name != "requests.post" or _is_of_a_pipeline(call, scope):
            continue
        for keyword in call.keywords:
            body = _sent(keyword, scope)
            if isinstance(body, ast.Dict):
                yield body


def _is_of_a_pipeline(call: ast.Call, scope: Scope) -> bool:
    """True if the address is that of a published pipeline, which a request starts."""
    address = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "url"), None)
    value = follow(address, scope)[0] if address is not None else None
    return isinstance(value, ast.Attribute) and value.attr == "endpoint"


def _sent(keyword: ast.keyword, scope: Scope) -> ast.expr | None:
    value, around = follow(keyword.value, scope)
    if keyword.arg == "json":
        return value
    if keyword.arg != "data" or not isinstance(value, ast.Call) or qualified(value.func, around) != "json.dumps":
        return None
    return follow(value.args[0], around)[0] if value.args else None


def _entry_script(facts: Facts) -> tuple[str, str, list[str]] | None:
    """Name, text and keys of the only entry script of the folder; None where there are none or several."""
    folder = folder_of(facts.path)
    names = facts.listing(folder) if facts.listing is not None and facts.path else ()
    scripts = []
    for name in [each for each in names if each.endswith(".py") and posixpath.join(folder, each) != facts.path][
        :_MOST_FILES
    ]:
        text = facts.read(posixpath.join(folder, name)) or ""
        if re.search(r"^def init\(", text, re.MULTILINE) and re.search(r"^def run\(", text, re.MULTILINE):
            scripts.append((name, text, posixpath.join(folder, name)))
    if len(scripts) != 1:
        return None
    name, text, path = scripts[0]
    keys = _keys(text, path)
    return (name, text, keys) if keys else None


def _keys(text: str, path: str) -> list[str]:
    """Those without which run() fails."""
    try:
        script = parse_script(text, Facts(path=path))
    except (SyntaxError, TooComplex, RecursionError):
        return []
    function = script.run
    decorators = schema_decorators(script, function) if function is not None else None
    if decorators is None or decorators.raw is not None:
        return []
    if decorators.inputs:
        return [each.name for each in decorators.inputs if each.name]
    shape = shape_of(script)
    keys = list(shape.body.keys) if shape is not None and shape.body is not None and shape.form == "json" else []
    return [key for key in keys if f'["{key}"]' in text or f"['{key}']" in text]
