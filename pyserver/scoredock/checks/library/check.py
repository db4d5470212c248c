"""Attributes that modules and values do not have, and calls whose arguments functions do not take."""

from __future__ import annotations

import ast
import codecs
import re
from collections.abc import Callable, Iterator, Mapping

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import proposal
from scoredock.checks.library import rules, tables
from scoredock.checks.library.answers import check_answers
from scoredock.checks.library.called import check_called
from scoredock.checks.library.extent import extent_of
from scoredock.checks.library.kinds import check_kinds
from scoredock.checks.library.literals import check_literals
from scoredock.checks.library.local import check_local
from scoredock.checks.library.misuse import check_misuse
from scoredock.checks.library.values import FILES, JSON, NOTHING, LibraryValues, Value
from scoredock.checks.library.wording import attribute_range, counted, renamed, renamed_import, severity_of
from scoredock.checks.packages.import_names import GONE_NAMES
from scoredock.checks.packages.removed_apis import NAMES
from scoredock.checks.requests.request_use import REQUEST, is_parameter
from scoredock.checks.script.model_variables import is_loaded
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.version_tests import Version, asked_python
from scoredock.checks.script.walk_result import ANNOTATION, ERROR_CAUGHT, IMPORT_CAUGHT, IN_IF, MAIN_ONLY, NAME_CAUGHT
from scoredock.checks.similar import similar
from scoredock.text import Fix, Range, TextEdit

_TEXT = frozenset(("builtins.str",))
_SKIPPED = MAIN_ONLY | ANNOTATION | ERROR_CAUGHT | NAME_CAUGHT
_COMMON = (
    "tolist to_dict to_json to_numpy astype reshape flatten predict predict_proba decode encode strip lower upper split"
    " replace startswith endswith append extend values items read_text isoformat"
)


def _slipped(name: str) -> Iterator[str]:
    """A name with a letter twice, and with two letters exchanged: nothing is called so."""
    for place in range(len(name)):
        yield name[: place + 1] + name[place:]
        yield name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]


_METHODS: Mapping[str, tuple[str, ...]] = {
    slip: (name,) for name in _COMMON.split() for slip in _slipped(name) if slip != name
}
"""Slips of the pen in methods that values of all kinds have, and what was meant."""
_OLDER = frozenset(
    (
        *("div", "exc_clear", "getcwdu", "idiv", "ifilter", "ifilterfalse", "imap", "isCallable", "izip"),
        *("izip_longest", "joinfields", "letters", "lowercase", "maketrans", "maxint", "splitfields", "uppercase"),
        *("walk", "getargspec", "pypy_version_info"),
    )
)
"""Names of modules of other Pythons: who serves there as well uses them below an `if`."""
_GONE: dict[tuple[str, str], Version] = {
    **{
        (f"traceback.{name}", "etype"): (3, 10)
        for name in ("format_exception", "format_exception_only", "print_exception")
    },
    **{
        (f"asyncio.{name}", "loop"): (3, 10)
        for name in ("sleep", "gather", "wait", "wait_for", "shield", "as_completed", "Lock", "Event", "Queue")
    },
    ("asyncio.Semaphore", "loop"): (3, 10),
    ("asyncio.Condition", "loop"): (3, 10),
    ("random.shuffle", "random"): (3, 11),
}
"""Arguments that earlier Pythons took, and the first without them; the table of the library has those of today."""
_OTHER_PATH = re.compile(r"(get_)?models?_?(path|dir|directory|folder|file)s?|get_path")
"""What is written for get_model_path."""
_OF_MODELS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "predict_step",
    "predict_on_batch",
    "transform",
    "decision_function",
)
"""What models are called with; another name a letter away is a slip."""
_ANY_EXCEPTION = frozenset(("builtins.Exception", "builtins.BaseException"))
"""What is caught under these names has the attributes of its own class; `message` is what Python 2 had."""
_OF_TABLES = frozenset(("items", "to_list", "to_numpy", "to_dict", "to_csv", "values", "iat", "diff", "size", "map"))
"""Names near those of arrays that tables of pandas have, which functions of NumPy give for tables."""
_OF_CLASSES = ("mro", "register")
"""What classes have and their instances do not; abstract ones take others in with `register`."""
_KIND_NAMES: dict[str, Callable[[], str]] = {
    "builtins.str": lambda: l10n.t("a str"),
    "builtins.list": lambda: l10n.t("a list"),
    "builtins.dict": lambda: l10n.t("a dict"),
    "builtins.int": lambda: l10n.t("an int"),
    "builtins.float": lambda: l10n.t("a float"),
    "builtins.bytes": lambda: l10n.t("a bytes value"),
    "builtins.set": lambda: l10n.t("a set"),
    "builtins.tuple": lambda: l10n.t("a tuple"),
    "numpy.ndarray": lambda: l10n.t("a NumPy array"),
    "numpy.value": lambda: l10n.t("a NumPy value"),
    "flask.wrappers.Request": lambda: l10n.t("the request"),
    "flask.wrappers.Response": lambda: l10n.t("the response"),
    "os._Environ": lambda: "os.environ",
}


def check_library(script: ParsedScript) -> list[Finding]:
    """All findings of this kind."""
    facts = script.facts
    extent = extent_of(script, facts)
    try:
        findings = _findings(script, LibraryValues(script, extent))
        extent.remember(script, findings)
    finally:
        script.facts = facts
    return findings


def _findings(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    findings = _imports(script, values)
    findings += _attributes(script, values)
    findings += _calls(script, values)
    findings += check_local(script, values)
    findings += check_misuse(script, values)
    findings += check_answers(script, values)
    findings += check_called(script)
    ranges = [finding.range for finding in findings]
    for finding in (*check_literals(script, values), *check_kinds(script, values)):
        # Last, and silent where another rule has spoken.
        if not any(finding.range.start <= span.end and span.start <= finding.range.end for span in ranges):
            findings.append(finding)
    return findings


def _imports(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    findings = []
    for node, _, flags in script.walk.imports:
        if flags & (IMPORT_CAUGHT | MAIN_ONLY) or not isinstance(node, ast.ImportFrom) or node.level or not node.module:
            continue
        if values.shadowed(node.module):
            continue
        for alias in node.names:
            if alias.name == "*":
                continue
            near = _missing(node.module, alias.name)
            if near is None or (flags & IN_IF and (not near or alias.name in _OLDER)):
                continue
            place = script.range(alias)
            span = Range(place.start, script.position(alias.lineno, alias.col_offset + len(alias.name.encode())))
            findings.append(
                rules.MISSING_NAME.finding(
                    span,
                    fixes=renamed_import(script, alias, span, near),
                    what=node.module,
                    name=alias.name,
                    hint=proposal(near),
                )
            )
    return findings


def _missing(module: str, name: str) -> str | None:
    """None when a module has the name or may have it; else what is near, or empty."""
    table = tables.module(module)
    foreign = table is None
    if table is None:
        table = tables.foreign_module(module)
    if (
        table is None
        or name in table
        or name.startswith("_")
        or f"{module}.{name}" in NAMES
        or f"{module}.{name}" in GONE_NAMES
    ):
        return None  # what was dropped is there in older releases, and another rule says what took its place
    if tables.module(f"{module}.{name}") is not None or tables.foreign_module(f"{module}.{name}") is not None:
        return None
    near = next(iter(similar(name, [n for n in table if len(n) > 1], 1, 0.8)), "")
    # A later release of a package may have more names; one that is nearly an old one is a slip all the same.
    return None if foreign and not near else near


def _attributes(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    findings = []
    visited_ids: set[int] = set()
    for node, scope, flags in values.extent.walk.attributes:
        findings += _attribute(script, values, node, scope, flags, visited_ids)
    for call, scope, flags in values.extent.walk.calls:
        inner: ast.expr = call.func
        while isinstance(inner, ast.Attribute):
            findings += _attribute(script, values, inner, scope, flags, visited_ids)
            inner = inner.value
    return findings


def _attribute(
    script: ParsedScript, values: LibraryValues, node: ast.Attribute, scope: Scope, flags: int, visited_ids: set[int]
) -> list[Finding]:
    if id(node) in visited_ids or flags & _SKIPPED or node.attr.startswith("_") or not isinstance(node.ctx, ast.Load):
        return []
    visited_ids.add(id(node))
    base = values.of(node.value, scope)
    if base is NOTHING or not base:
        return _hidden(script, node, scope, flags) or _unlisted(script, node, scope, flags)
    if flags & IN_IF and ("hasattr" in script.text or base.kinds == JSON):
        return []  # the script asks what it is
    what, near = "", None
    if base.module:
        near = _missing(base.module, node.attr)
        elsewhere = flags & IMPORT_CAUGHT or (flags & IN_IF and node.attr in _OLDER)
        if near is not None and (elsewhere or _is_set(script, node)):
            return []
        what = base.module
    elif base.kinds:
        near = _absent(base.kinds, node.attr)
        what = _named(base) if near is not None else ""
    elif base.entry is not None and base.entry.returns and not base.owner:
        last = base.name.rpartition(".")[2]
        kinds = frozenset(base.entry.returns)
        if len(kinds) == 1 and next(iter(kinds)).rpartition(".")[2] == last:
            near = _absent(kinds, node.attr)
            if near is not None and node.attr in _OF_CLASSES:
                near = None
            what = f"“{last}”"
    if near is None or _is_taken_for_request(script, node, base, scope):
        return []
    span = attribute_range(script, node)
    rule = rules.MISSING_NAME if base.module else rules.MISSING_MEMBER
    hint, fixes = _repair(script, node, base, near)
    return [rule.finding(span, severity=severity_of(flags), fixes=fixes, name=node.attr, hint=hint, what=what)]


def _is_taken_for_request(script: ParsedScript, node: ast.Attribute, base: Value, scope: Scope) -> bool:
    """True if a script takes the text that run() gets for the request, which another rule tells once."""
    run = script.run
    return (
        run is not None
        and base.kinds == _TEXT
        and node.attr in REQUEST
        and is_parameter(node.value, run.parameters[0], run, scope)
    )


def _repair(script: ParsedScript, node: ast.Attribute, base: Value, near: str) -> tuple[str, tuple[Fix, ...]]:
    """Advice, as the end of the sentence, and the repairs that follow it."""
    if node.attr == "decode" and base.kinds == _TEXT:
        return l10n.t("; it is text already, so remove the call"), _without_call(script, node)
    return proposal(near) or l10n.t("; correct the name"), renamed(attribute_range(script, node), near)


def _without_call(script: ParsedScript, node: ast.Attribute) -> tuple[Fix, ...]:
    """The value itself in place of the call of its method; none where the method is handed on."""
    call = next((call for call, _, _ in script.walk.calls if call.func is node), None)
    if call is None:
        return ()
    start, end = script.range(node.value).end, script.range(call).end
    return (Fix(l10n.t("Remove the call"), (TextEdit(Range(start, end), ""),), preferred=True),)


def _is_set(script: ParsedScript, node: ast.Attribute) -> bool:
    """True if the script itself gives a module the name."""
    return any(
        each.attr == node.attr and isinstance(each.ctx, ast.Store) and ast.dump(each.value) == ast.dump(node.value)
        for each, _, _ in script.walk.attributes
    )


def _hidden(script: ParsedScript, node: ast.Attribute, scope: Scope, flags: int) -> list[Finding]:
    """`Model` of the SDK in a function, where a later import of the same name has taken its place."""
    if node.attr != "get_model_path" or not isinstance(node.value, ast.Name) or scope.function() is None:
        return []
    home = scope.lookup(node.value.id)
    bound = home.bindings[node.value.id] if home is script.walk.module else []
    if len(bound) < 2 or any(each.kind != "import" or each.flags for each in bound):
        return []
    last = bound[-1]
    if last.target.startswith("azureml.") or not bound[0].target.startswith("azureml."):
        return []
    line = getattr(last.node, "lineno", 0)
    hint = l10n.t("; the import in line {line} hides “{name}”", line=line, name=bound[0].target)
    return [
        rules.MISSING_MEMBER.finding(
            attribute_range(script, node),
            severity=severity_of(flags),
            what=f"“{last.target}”",
            name=node.attr,
            hint=hint,
        )
    ]


def _unlisted(script: ParsedScript, node: ast.Attribute, scope: Scope, flags: int) -> list[Finding]:
    """Slips in the few names that matter most, of classes and models that no table lists."""
    what = ""
    names: tuple[str, ...] = ()
    dotted = script.dotted(node.value, scope)
    if dotted in tables.CLASS_NAMES:
        what, names = dotted.rpartition(".")[2], tables.CLASS_NAMES[dotted]
    elif isinstance(node.value, ast.Name) and node.attr[:1] in "ptd" and is_loaded(node.value.id, scope):
        what, names = node.value.id, _OF_MODELS
    if not what:
        names = _METHODS.get(node.attr, ())
    if not names or node.attr in names:
        return []
    near = next(iter(similar(node.attr, names, 1, 0.88)), "")
    if not near and what == "Model" and _OTHER_PATH.fullmatch(node.attr):
        near = "get_model_path"
    if not near:
        return []
    span = attribute_range(script, node)
    return [
        rules.MISSING_MEMBER.finding(
            span,
            severity=severity_of(flags),
            fixes=renamed(span, near),
            name=node.attr,
            hint=proposal(near),
            what=f"“{what}”" if what else l10n.t("the value"),
        )
    ]


_LOGGER = frozenset(("logging.Logger",))


def _may_have(kinds: frozenset[str], name: str, near: str) -> bool:
    """True if a value of these classes is often one of a class below them, or another, that has the name."""
    if kinds <= _ANY_EXCEPTION:
        return not near and name != "message"
    if kinds == _LOGGER:
        return not near  # programs give their loggers further levels, which may happen in another file
    return "numpy.value" in kinds and (not near or name in _OF_TABLES)


def _absent(kinds: frozenset[str], name: str) -> str | None:
    """None when one of the classes has the name or may have it; else what is near, or empty."""
    names: set[str] = set()
    for kind in kinds:
        table = tables.members(kind)
        if table is None or name in table:
            return None
        names |= set(table)
    near = next(iter(similar(name, names, 1, 0.7)), "")
    return None if _may_have(kinds, name, near) else near


def _named(value: Value) -> str:
    kinds = sorted(value.kinds)
    if value.kinds == JSON:
        return l10n.t("a decoded JSON value")
    if value.kinds <= FILES:
        return l10n.t("an open file")
    named = _KIND_NAMES.get(kinds[0])
    return named() if named is not None else f"“{kinds[0].rpartition('.')[2]}”"


def _calls(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    findings = []
    for call, scope, flags in values.extent.walk.calls:
        if flags & _SKIPPED:
            continue
        called = values.of(call.func, scope)
        if called.entry is None:
            continue
        if called.entry.signature is not None:
            problem = _misfit(call, called.entry.signature)
            if problem and not _fits_older(script, call, called.name):
                findings.append(
                    rules.CALL.finding(
                        script.range(call), severity=severity_of(flags), name=called.name, problem=problem
                    )
                )
        if called.name != "format":
            findings += _encoding(script, call, flags)
    return findings


def _fits_older(script: ParsedScript, call: ast.Call, name: str) -> bool:
    """True if a call has an argument of earlier days that the Python of the environment may still take."""
    python = asked_python(script.facts)
    gone = [_GONE.get((name, keyword.arg or "")) for keyword in call.keywords]
    return any(since is not None and (python is None or python < since) for since in gone)


def _misfit(call: ast.Call, signature: tables.CallSignature) -> str:
    """Why a call does not fit; empty when it does or cannot be judged."""
    starred = any(isinstance(a, ast.Starred) for a in call.args)
    names = [k.arg for k in call.keywords]
    if not starred and signature.most >= 0 and len(call.args) > signature.most:
        return l10n.t(
            "takes at most {arguments} by position, not {count}",
            arguments=counted(signature.most),
            count=len(call.args),
        )
    if signature.names is not None:
        for name in names:
            if name is not None and name not in signature.names:
                near = next(iter(similar(name, signature.names, 1, 0.7)), "")
                return l10n.t("has no argument “{argument}”{hint}", argument=name, hint=proposal(near))
    if not starred and None not in names and len(call.args) + len(names) < signature.least:
        count = len(call.args) + len(names)
        return l10n.t("needs at least {arguments}, not {count}", arguments=counted(signature.least), count=count)
    return ""


def _encoding(script: ParsedScript, call: ast.Call, flags: int) -> list[Finding]:
    """An encoding by name, for `open` and the like."""
    for keyword in call.keywords:
        value = keyword.value
        if keyword.arg != "encoding" or not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            continue
        if not value.value.isascii() or value.value in ("", "locale", "bytes"):
            continue
        try:
            codecs.lookup(value.value[:60])
        except (LookupError, ValueError):
            near = next(
                iter(similar(value.value.lower(), ("utf-8", "utf-8-sig", "latin-1", "ascii", "cp1252"), 1, 0.6)), ""
            )
            span = script.range(value)
            fixes = (
                (Fix(l10n.t("Change to {new}", new=near), (TextEdit(span, f'"{near}"'),), preferred=True),)
                if near
                else ()
            )
            found = rules.ENCODING.finding(
                span, severity=severity_of(flags), fixes=fixes, name=value.value[:60], hint=proposal(near)
            )
            return [found]
    return []
