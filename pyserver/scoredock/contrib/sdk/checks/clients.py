"""Client programs that call a service: the address, body, key and headers of their requests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of, resolve
from scoredock.analysis.rule import proposal
from scoredock.checks.script.qualified import argument, follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.similar import similar
from scoredock.contrib.sdk.checks import client_rules as rules
from scoredock.contrib.sdk.checks import rules as sdk_rules
from scoredock.contrib.sdk.checks.classes import is_a
from scoredock.contrib.sdk.checks.sent_arrays import check_sent_arrays
from scoredock.contrib.sdk.checks.sent_keys import check_sent_keys
from scoredock.contrib.sdk.checks.values import SdkValues
from scoredock.formats.client_kinds import is_test
from scoredock.formats.placeholders import is_left_open
from scoredock.formats.v2.placeholders import is_filled_in
from scoredock.text import Fix, Position, Range, TextEdit

_SCORING = re.compile(r"scor|service_?ur|web_?service", re.IGNORECASE)
"""Names of addresses that are those of a service."""
_SERVICE_URL = re.compile(
    r"azurecontainer|azmk8s|inference\.ml\.azure|/api/v1/service/|(?:localhost|127\.0\.0\.1)[:\d]*/score\b"
)
_ABOUT_SERVICE = re.compile(
    r"scoring_?ur|/score\b|get_keys|get_token|get_access_token|azurecontainer|azmk8s", re.IGNORECASE
)
_PART = re.compile(r"[.:/]\w")
"""What every address has, and a word in its place does not."""
_SENTENCE = re.compile(r"\s|dummy", re.IGNORECASE)
_OTHER_HEADERS = ("Authentication", "Auth", "Bearer", "Token", "Authorization-Key")
"""Headers that people send a key in, when the value says Bearer."""


def check_clients(script: ParsedScript, values: SdkValues) -> list[Finding]:
    """Findings about requests."""
    findings: list[Finding] = []
    for call, scope, _, name in script.named_calls:
        if name == "requests.post" or (name == "requests.request" and call.args):
            findings += _post(script, call, scope, shift=0 if name == "requests.post" else 1)
        elif name.startswith("requests.") and call.args:
            findings += _address(script, call.args[0], scope)
    findings += _session_posts(script)
    findings += _service_runs(script, values)
    findings += _both_keys(script, values)
    findings += _requests_parameters(script)
    findings += check_sent_arrays(script) + check_sent_keys(script)
    if _ABOUT_SERVICE.search(script.text):
        findings += _headers(script)
    return findings


_PARAMETERS = (
    "url",
    "data",
    "json",
    "params",
    "headers",
    "cookies",
    "files",
    "auth",
    "timeout",
    "allow_redirects",
    "proxies",
    "hooks",
    "stream",
    "verify",
    "cert",
    "method",
)
"""What the functions of requests take by name."""


def _requests_parameters(script: ParsedScript) -> Iterator[Finding]:
    """Parameters and functions of requests that do not exist."""
    for call, _, _, name in script.named_calls:
        if name.rpartition(".")[0] != "requests":
            continue
        function = name.rpartition(".")[2]
        if function not in ("get", "post", "put", "delete", "patch", "head", "options", "request"):
            near = similar(function, ("get", "post", "delete", "patch", "request", "Session"), 1, 0.75)
            if near and function not in ("Session", "session", "Request") and isinstance(call.func, ast.Attribute):
                end = script.range(call.func).end
                place = Range(Position(end.line, max(0, end.character - len(function))), end)
                fix = Fix(l10n.t("Change to {near}", near=near[0]), (TextEdit(place, near[0]),), preferred=True)
                yield sdk_rules.ATTRIBUTE.finding(
                    place,
                    fixes=(fix,),
                    owner="requests",
                    name=function,
                    hint=proposal(near[0]),
                )
            continue
        for keyword in call.keywords:
            if keyword.arg is None or keyword.arg in _PARAMETERS:
                continue
            start = script.range(keyword).start
            place = Range(start, Position(start.line, start.character + len(keyword.arg)))
            near = similar(keyword.arg, _PARAMETERS, 1, 0.7)
            fixes = (
                (Fix(l10n.t("Change to {near}", near=near[0]), (TextEdit(place, near[0]),), preferred=True),)
                if near
                else ()
            )
            hint = proposal(near[0] if near else "")
            yield sdk_rules.KEYWORD.finding(
                place, fixes=fixes, function=f"requests.{function}", name=keyword.arg, hint=hint
            )


def _session_posts(script: ParsedScript) -> Iterator[Finding]:
    for call, scope, _ in script.method_calls:
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr == "post":
            made, where = follow(function.value, scope)
            if isinstance(made, ast.Call) and script.dotted(made.func, where) in (
                "requests.Session",
                "requests.session",
            ):
                yield from _post(script, call, scope, shift=0, session=True)


def _post(
    script: ParsedScript, call: ast.Call, scope: Scope, *, shift: int, session: bool = False
) -> Iterator[Finding]:
    url = argument(call, shift, "url")
    if url is None:
        return
    findings = list(_address(script, url, scope, post=True))
    yield from findings
    if any(k.arg is None for k in call.keywords) or not (findings or _is_scoring(url, scope)):
        return
    keyword = next((k for k in call.keywords if k.arg == "data"), None)
    data = argument(call, shift + 1, "data") if shift == 0 else (keyword.value if keyword else None)
    if data is None:
        return
    body, _ = follow(data, scope)
    if isinstance(body, ast.Dict):
        if keyword is not None:
            start = script.range(keyword).start
            edit = TextEdit(Range(start, Position(start.line, start.character + 4)), "json")
        else:
            edit = script.insert(script.range(data).start, "json=")
        # With a header of its own the form still goes out under the wrong name; json= sets the right one by itself.
        fix = Fix(l10n.t("Send it as JSON"), (edit,), preferred=True)
        yield rules.FORM.finding(script.range(data), fixes=(fix,))
    elif not session and argument(call, 3 + shift, "files") is None and _is_text(script, body, scope):
        headers = next((k.value for k in call.keywords if k.arg == "headers"), None)
        if _lacks_content_type(script, headers, scope) and not _is_without_schema(script):
            yield rules.CONTENT_TYPE.finding(script.range(call.func), fixes=_content_type(script, call, headers, scope))


def _is_without_schema(script: ParsedScript) -> bool:
    """True if no service that the program itself deploys insists on a content type."""
    folder = folder_of(script.facts.path)
    given = [
        each.value for each in ast.walk(script.tree) if isinstance(each, ast.keyword) and each.arg == "entry_script"
    ]
    paths = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    texts = [script.facts.read(resolve(folder, path)) for path in paths]
    return len(texts) == len(given) > 0 and all(text is not None and "_schema" not in text for text in texts)


def _is_text(script: ParsedScript, node: ast.expr, scope: Scope) -> bool:
    return (isinstance(node, ast.Call) and script.dotted(node.func, scope) == "json.dumps") or (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lstrip().startswith(("{", "["))
    )


def _lacks_content_type(script: ParsedScript, headers: ast.expr | None, scope: Scope) -> bool:
    if headers is None:
        return True
    made, _ = follow(headers, scope)
    if not isinstance(made, ast.Dict) or any(key is None for key in made.keys):
        return False
    names = {key.value.lower() for key in made.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    if len(names) != len(made.keys) or "content-type" in names:
        return False
    return not any(stored_key(s) == "content-type" for s, _, _ in script.walk.subscripts)


def stored_key(subscript: ast.Subscript) -> str:
    key = subscript.slice
    if isinstance(subscript.ctx, ast.Store) and isinstance(key, ast.Constant) and isinstance(key.value, str):
        return key.value.lower()
    return ""


def _content_type(script: ParsedScript, call: ast.Call, headers: ast.expr | None, scope: Scope) -> tuple[Fix, ...]:
    title = l10n.t("Add the Content-Type header")
    if headers is None:
        parts = [*call.args, *call.keywords]
        end = max(script.range(p).end for p in parts)
        return (Fix(title, (script.insert(end, ', headers={"Content-Type": "application/json"}'),), preferred=True),)
    made, _ = follow(headers, scope)
    start = script.range(made).start
    place = Position(start.line, start.character + 1)
    more = ", " if isinstance(made, ast.Dict) and made.keys else ""
    return (Fix(title, (script.insert(place, f'"Content-Type": "application/json"{more}'),), preferred=True),)


def _is_scoring(url: ast.expr, scope: Scope) -> bool:
    made, _ = follow(url, scope)
    if isinstance(made, ast.Constant) and isinstance(made.value, str):
        return bool(_SERVICE_URL.search(made.value))
    if isinstance(made, ast.Attribute):
        return made.attr == "scoring_uri"
    return isinstance(url, ast.Name) and bool(_SCORING.search(url.id))


def _address(script: ParsedScript, url: ast.expr, scope: Scope, *, post: bool = False) -> Iterator[Finding]:
    literal, _ = follow(url, scope)
    if not isinstance(literal, ast.Constant) or not isinstance(literal.value, str):
        return
    text = literal.value
    if _is_open(text) or is_test(script.facts.path):
        return
    place = script.range(literal)
    quote = "'" if script.source(literal).startswith("'") else '"'
    plain = script.source(literal) in (f"{quote}{text}{quote}",)
    if "://" not in text:
        fixes: tuple[Fix, ...] = ()
        if plain and re.match(r"[\w.\-]+(?::\d+)?(?:/|$)", text) and ("." in text or ":" in text):
            fixes = (
                Fix(
                    l10n.t("Put http:// in front"),
                    (script.replace(literal, f"{quote}http://{text}{quote}"),),
                    preferred=True,
                ),
            )
        yield rules.ADDRESS.finding(place, fixes=fixes, address=text[:80])
        return
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return
    if parts.path in ("", "/") and not parts.query and host in ("localhost", "127.0.0.1") and post:
        fixes = (
            (
                Fix(
                    l10n.t("Add /score"),
                    (script.replace(literal, f"{quote}{text.rstrip('/')}/score{quote}"),),
                    preferred=True,
                ),
            )
            if plain
            else ()
        )
        yield rules.NO_ROUTE.finding(place, fixes=fixes, address=text[:80])


def _is_open(text: str) -> bool:
    """True if an address is left open in an example, for everybody or a program to fill in: a word, a sentence or a
    placeholder, where an address has a host or a path."""
    return not _PART.search(text) or bool(_SENTENCE.search(text)) or is_left_open(text) or is_filled_in(text)


_WHOLE = {
    "get_keys": "[0]",
    "get_access_token": ".access_token",
}
"""Methods whose result is not text, and how the text is taken out of it."""


def _both_keys(script: ParsedScript, values: SdkValues) -> Iterator[Finding]:
    """`"Bearer " + service.get_keys()`, also through a name."""
    for node, scope, _ in script.walk.paths:
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
            continue
        left, _ = follow(node.left, scope)
        if not (isinstance(left, ast.Constant) and isinstance(left.value, str)):
            continue
        made, where = follow(node.right, scope)
        if not isinstance(made, ast.Call) or not isinstance(made.func, ast.Attribute) or made.func.attr not in _WHOLE:
            continue
        if not is_a(values.class_of(made.func.value, where), "Webservice"):
            continue
        name = made.func.attr
        taken = _WHOLE[name]
        fix = Fix(
            l10n.t("Add {code}", code=taken), (script.insert(script.range(node.right).end, taken),), preferred=True
        )
        of_token = l10n.t("get_access_token() gives an object; take its “.access_token”.")
        message = of_token if name == "get_access_token" else ""
        yield rules.BOTH_KEYS.finding(script.range(node.right), fixes=(fix,), message=message)


def _service_runs(script: ParsedScript, values: SdkValues) -> Iterator[Finding]:
    for call, scope, _ in script.method_calls:
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr != "run":
            continue
        if not is_a(values.class_of(function.value, scope), "Webservice"):
            continue
        data = argument(call, 0, "input_data") or argument(call, 0, "input")
        body = follow(data, scope)[0] if data is not None else None
        if data is None or not isinstance(body, ast.Dict | ast.List):
            continue
        edits = [script.replace(data, f"json.dumps({script.source(data)})")]
        if "json" not in script.walk.imported:
            edits.append(script.add_import("import json"))
        fix = Fix(l10n.t("Turn it into text with json.dumps"), tuple(edits), preferred=True)
        message = (
            "" if isinstance(body, ast.Dict) else l10n.t("service.run() sends a list as a form; give it JSON text.")
        )
        yield rules.NOT_TEXT.finding(script.range(data), fixes=(fix,), message=message)


def header_entries(script: ParsedScript) -> Iterator[tuple[ast.Constant, ast.expr, Scope]]:
    """Keys and values that look like headers of a request: dictionaries given as headers=, or called so."""
    dict_ids: set[int] = set()
    for scope in script.walk.scopes:
        for name, bindings in scope.bindings.items():
            if "header" in name.lower():
                for binding in bindings:
                    if isinstance(binding.value, ast.Dict) and id(binding.value) not in dict_ids:
                        dict_ids.add(id(binding.value))
                        yield from _pairs(binding.value, scope)
    for call, scope, _ in script.walk.calls:
        for keyword in call.keywords:
            if keyword.arg == "headers" and isinstance(keyword.value, ast.Dict):
                yield from _pairs(keyword.value, scope)


def _pairs(node: ast.Dict, scope: Scope) -> Iterator[tuple[ast.Constant, ast.expr, Scope]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key, value, scope


def _headers(script: ParsedScript) -> Iterator[Finding]:
    for key, value, _ in header_entries(script):
        yield from _header(script, key, value)
    for subscript, scope, _ in script.walk.subscripts:
        name = subscript.slice
        into_headers = isinstance(subscript.value, ast.Name) and "header" in subscript.value.id.lower()
        if stored_key(subscript) and into_headers and isinstance(name, ast.Constant):
            yield from _header(script, name, _stored_value(script, subscript, scope))


def _stored_value(script: ParsedScript, subscript: ast.Subscript, scope: Scope) -> ast.expr | None:
    """The value of `headers["x"] = value`, found among the sums and f-strings that begin after it on the line."""
    del scope
    best: ast.expr | None = None
    for node, _, _ in script.walk.paths:
        if (
            node.lineno == subscript.end_lineno
            and node.col_offset > (subscript.end_col_offset or 0)
            and (best is None or node.col_offset < best.col_offset)
        ):
            best = node
    return best


def _header(script: ParsedScript, key: ast.Constant, value: ast.expr | None) -> Iterator[Finding]:
    name = str(key.value)
    if name.lower() != "authorization":
        near = next(iter(similar(name.title()[:40], ("Authorization",), 1, 0.8)), "")
        if not near and name in _OTHER_HEADERS:
            near = name if _says_bearer(value) else ""
        if near:
            quote = "'" if script.source(key).startswith("'") else '"'
            fix = Fix(
                l10n.t("Change to Authorization"),
                (script.replace(key, f"{quote}Authorization{quote}"),),
                preferred=True,
            )
            yield rules.AUTHORIZATION.finding(
                script.range(key),
                fixes=(fix,),
                message=l10n.t("The header is called “Authorization”, not “{name}”.", name=name),
            )
        return
    first = value
    while isinstance(first, ast.BinOp) and isinstance(first.op, ast.Add):
        first = first.left
    if isinstance(value, ast.BinOp) and isinstance(first, ast.Constant) and str(first.value).lower() == "bearer":
        end = script.range(first).end
        place = Position(end.line, end.character - 1)
        fix = Fix(l10n.t("Insert a space"), (script.insert(place, " "),), preferred=True, certain=True)
        yield rules.AUTHORIZATION.finding(script.range(first), fixes=(fix,))
    elif isinstance(value, ast.JoinedStr) and len(value.values) > 1:
        head = value.values[0]
        if isinstance(head, ast.Constant) and str(head.value).lower() == "bearer":
            span = script.range(value)
            match = re.match(r"[fF][\"']+bearer", script.source(value), re.IGNORECASE)
            inside = Position(span.start.line, span.start.character + match.end()) if match else None
            edits = (script.insert(inside, " "),) if inside else ()
            fix_ = (Fix(l10n.t("Insert a space"), edits, preferred=True, certain=True),) if edits else ()
            yield rules.AUTHORIZATION.finding(span, fixes=fix_)


def _says_bearer(value: ast.expr | None) -> bool:
    pending: list[ast.AST] = [value] if value is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and node.value.lower().startswith("bearer"):
                return True
        elif isinstance(node, ast.BinOp):
            pending.append(node.left)
        elif isinstance(node, ast.JoinedStr):
            pending += node.values[:1]
    return False
