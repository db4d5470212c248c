"""init() and run(): are they there, asynchronous, twice, with parameters that the server can pass?"""

from __future__ import annotations

import ast
import posixpath
import re
from difflib import SequenceMatcher

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.paths import folder_of
from scoredock.analysis.rule import Rule, enumeration, quoted_names
from scoredock.checks.configs.inference.check import import_obstacle
from scoredock.checks.requests.schema_use import schema_decorators
from scoredock.checks.requests.text_use import gets_what_it_describes
from scoredock.checks.script import entry_rules as rules
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import Function, ParsedScript
from scoredock.text import Fix, Position, Range, TextEdit

_LIKE_INIT = (
    "init",
    "initialize",
    "initialise",
    "initialization",
    "setup",
    "load",
    "loadmodel",
    "initmodel",
    "initservice",
)
_LIKE_RUN = ("run", "predict", "score", "inference", "infer", "runmodel", "scoring", "execute", "handle")
_ROUTES = frozenset(("api_route", "get", "post", "put", "route"))
"""Decorators of Flask and FastAPI, `@app.route(…)`: their functions get no data of a request as run() does."""
_LIKE_HEADERS = frozenset(("headers", "header", "requestheader", "reqheaders", "httpheaders", "requestheaders"))
_SCORING = re.compile(r"^[ \t]*scoring_script[ \t]*:", re.MULTILINE)
_GIVEN = re.compile(r"\bscoring_script[ \t]*=|\bscoring_script\\?[\"'][ \t]*:")
_SCORING_IN = {".yml": _SCORING, ".yaml": _SCORING, ".py": _GIVEN, ".ipynb": _GIVEN, ".json": _GIVEN}
"""How a deployment of v2 names its script, by the ending of the file: for the command line, with the SDK of v2, in a
template."""
_FOR_DEPLOYMENTS = re.compile(r"[\w-]*(?:deploy|endpoint)[\w-]*", re.IGNORECASE)
"""Names of folders that hold deployments."""
_MOST_FOLDERS = 10
_MOST_FILES = 50
_COPY = re.compile(r"(?:[ -]+Copy\d*(?: ?\(\d+\))?| ?\(\d+\))\.py$")
"""What file managers, browsers and Jupyter call a further copy, which nobody deploys."""
_SKELETONS = {
    "init": "def init():\n    global model\n    model = None\n",
    "run": "def run(data):\n    return {}\n",
}


def check_functions(script: ParsedScript) -> list[Finding]:
    """Findings about the two functions the server calls."""
    findings = _check_name(script)
    # Servers before Triton call methods of this class instead.
    expected = () if "ModelHandler" in script.walk.module.bindings else ("init", "run")
    for name, rule, like in (("init", rules.NO_INIT, _LIKE_INIT), ("run", rules.NO_RUN, _LIKE_RUN)):
        if name in expected and name not in script.walk.module.bindings and not script.walk.star_import:
            findings.append(_missing(script, name, rule, like))
    for function, name in ((script.init, "init"), (script.run, "run")):
        if function is not None:
            findings += _check_async(script, function) + _check_twice(script, name)
    if script.init is not None:
        findings += _check_init(script, script.init)
    if script.run is not None:
        findings += _check_run(script, script.run)
    return findings


def _check_name(script: ParsedScript) -> list[Finding]:
    base = posixpath.basename(script.facts.path.replace("\\", "/"))
    reason = import_obstacle(base) if base else ""
    if not reason or _of_newer_deployment(script):
        return []
    severity: Severity | None = "information" if _COPY.search(base) else None
    return [rules.NAME_NOT_IMPORTABLE.finding(_first_line(script), severity=severity, name=base, reason=reason)]


def _of_newer_deployment(script: ParsedScript) -> bool:
    """True if a deployment of v2 lies beside the script, above it or in a folder for deployments there: then the name
    of the script may be any."""
    facts = script.facts
    if facts.listing is None or facts.configuration:
        return False
    folder = folder_of(facts.path)
    for level in range(3):
        names = facts.listing(folder) if level < 2 else ()
        beside = [posixpath.join(folder, name) for name in names if _FOR_DEPLOYMENTS.fullmatch(name)][:_MOST_FOLDERS]
        if any(_has_deployment(facts, each) for each in (folder, *beside)):
            return True
        above = folder_of(folder)
        if not above or above == folder:
            break
        folder = above
    return False


def _has_deployment(facts: Facts, folder: str) -> bool:
    for name in facts.listing(folder)[:_MOST_FILES] if facts.listing is not None else ():
        scoring = _SCORING_IN.get(posixpath.splitext(name)[1])
        if scoring is not None and scoring.search(facts.read(posixpath.join(folder, name)) or ""):
            return True
    return False


def _first_line(script: ParsedScript) -> Range:
    return Range(Position(0, 0), Position(0, len(script.lines.line(0))))


def _missing(script: ParsedScript, name: str, missing: Rule, like: tuple[str, ...]) -> Finding:
    candidate = _candidate(script, name, like)
    if candidate is not None:
        old = candidate.name
        edits = [TextEdit(script.name_range(candidate), name)]
        for scope in script.walk.scopes:
            if old in scope.uses and scope.lookup(old) is script.walk.module:
                edits += [script.replace(node, name) for node, _ in scope.uses[old]]
        fix = Fix(l10n.t("Rename {old} to {new}", old=old, new=name), tuple(edits), preferred=True)
        hint = l10n.t("; {function}() is probably meant", function=old)
        return missing.finding(script.name_range(candidate), fixes=(fix,), hint=hint)
    inside = next((s.parent for s in script.walk.scopes if s.name == name and s.kind == "function" and s.parent), None)
    hint = ""
    if inside is not None and inside.name:
        hint = l10n.t("; the one in {place} is not at the top level", place=_called(inside))
    end = script.lines.position(len(script.text))
    line_end = script.newline()
    before = "" if not script.text.strip() else line_end * 2 if script.text.endswith(("\n", "\r")) else line_end * 3
    skeleton = _SKELETONS[name].replace("\n", line_end)
    fix = Fix(l10n.t("Add {name}()", name=name), (TextEdit(Range(end, end), before + skeleton),))
    return missing.finding(_first_line(script), fixes=(fix,), hint=hint)


def _called(scope: Scope) -> str:
    return f"{scope.name}()" if scope.kind == "function" else f"“{scope.name}”"


def _likeness(key: str, name: str) -> float:
    """How like two names are. In three letters one is much: `ran` is `run`, but `fun` is a name of its own."""
    if len(key) == len(name) == 3 and key[0] == name[0] and sum(a != b for a, b in zip(key, name, strict=True)) == 1:
        return 0.8
    return SequenceMatcher(None, key, name).ratio()


def _candidate(script: ParsedScript, name: str, like: tuple[str, ...]) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    best: tuple[float, ast.FunctionDef | ast.AsyncFunctionDef] | None = None
    for statement in script.tree.body:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) or statement.name in ("init", "run"):
            continue
        key = statement.name.lower().replace("_", "")
        if key != name and name == "run" and not _may_take_data(statement):
            continue
        score = 3.0 if key == name else 2.0 if key in like else _likeness(key, name)
        if score >= 0.75 and (best is None or score > best[0]):
            best = (score, statement)
    return best[1] if best else None


def _may_take_data(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """True if it has a parameter, and is not a route of a web framework."""
    calls = (each.func for each in function.decorator_list if isinstance(each, ast.Call))
    arguments = function.args
    return bool(arguments.posonlyargs or arguments.args or arguments.vararg or arguments.kwonlyargs) and not any(
        isinstance(each, ast.Attribute) and each.attr in _ROUTES for each in calls
    )


def _check_async(script: ParsedScript, function: Function) -> list[Finding]:
    node = function.node
    if not isinstance(node, ast.AsyncFunctionDef):
        return []
    start = script.lines.offset(script.range(node).start)
    name = script.name_range(node)
    fixes: tuple[Fix, ...] = ()
    if not function.scope.awaits:
        gap = script.text.index("def", start, script.lines.offset(name.start))
        fixes = (Fix(l10n.t("Remove async"), (script.lines.edit(start, gap, ""),), preferred=True),)
    # An init() that sets nothing may as well not run.
    idle = node.name == "init" and not function.scope.globals and not function.scope.awaits
    return [
        rules.ASYNC.finding(
            Range(script.range(node).start, name.end),
            severity="warning" if idle else None,
            fixes=fixes,
            name=node.name,
        )
    ]


def _check_twice(script: ParsedScript, name: str) -> list[Finding]:
    nodes = [s for s in script.tree.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef) and s.name == name]
    return [
        rules.REPLACED.finding(script.name_range(n), name=name, line=nodes[-1].lineno)
        for n in nodes[:-1]
        if not n.decorator_list
    ]


def _check_init(script: ParsedScript, function: Function) -> list[Finding]:
    required = function.required
    if not required or function.node.decorator_list:
        return []
    args = function.node.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    used = {name for scope in script.walk.scopes if scope.function() is function.scope for name in scope.uses}
    fixes: tuple[Fix, ...] = ()
    if len(every) == len(required) and not args.vararg and not args.kwarg and not used & set(required):
        span = Range(script.range(every[0]).start, script.range(every[-1]).end)
        fixes = (Fix(l10n.t("Remove the parameters"), (TextEdit(span, ""),), preferred=True),)
    else:
        fixes = (defaults(script, function, required),)
    return [rules.INIT_PARAMETERS.finding(script.name_range(function.node), fixes=fixes, names=quoted_names(required))]


def defaults(script: ParsedScript, function: Function, names: list[str]) -> Fix:
    args = function.node.args
    edits = [
        script.insert(script.range(a).end, " = None" if a.annotation else "=None")
        for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)
        if a.arg in names
    ]
    return Fix(l10n.t("Give {names} the default None", names=enumeration(names)), tuple(edits))


def _check_run(script: ParsedScript, function: Function) -> list[Finding]:
    node = function.node
    args = node.args
    decorators = schema_decorators(script, function)
    if decorators is None:
        return []  # a decorator of somebody else's decides what the server sees
    name = script.name_range(node)
    kinds = [
        *([l10n.t("positional-only parameters")] if args.posonlyargs else []),
        *([f"*{args.vararg.arg}"] if args.vararg else []),
        *([f"**{args.kwarg.arg}"] if args.kwarg else []),
    ]
    if kinds:
        fixes = _plain_parameters(script, function)
        return [rules.PARAMETER_KIND.finding(script.head_range(node), fixes=fixes, what=enumeration(kinds, "or"))]
    inputs = [p for p in function.parameters if p != "request_headers"]
    if not inputs:
        message = l10n.t("run() needs a parameter for the data of the request besides “request_headers”.")
        before = script.text.index("(", script.lines.offset(name.end)) + 1
        comma = ", " if args.args or args.kwonlyargs else ""
        fix = Fix(
            l10n.t("Add the parameter “data”"), (script.lines.edit(before, before, "data" + comma),), preferred=True
        )
        return [rules.NO_DATA.finding(name, fixes=(fix,), message=message if function.parameters else "")]
    if decorators.inputs or decorators.outputs:
        return []  # the server passes every parameter by its name
    others = [p for p in function.required if p not in ("request_headers", inputs[0])]
    if not others or gets_what_it_describes(script):
        return []
    return [
        rules.SEVERAL.finding(
            name,
            fixes=(*_headers(script, function, others), defaults(script, function, from_first(function, others))),
            first=inputs[0],
            others=quoted_names(others),
        )
    ]


def _headers(script: ParsedScript, function: Function, others: list[str]) -> tuple[Fix, ...]:
    """The server passes the headers to a parameter of one certain name only."""
    parameter_name = others[0]
    if len(others) != 1 or parameter_name.lower().replace("_", "") not in _LIKE_HEADERS:
        return ()
    args = function.node.args
    node = next(a for a in (*args.args, *args.kwonlyargs) if a.arg == parameter_name)
    start = script.lines.offset(script.range(node).start)
    edits = [script.lines.edit(start, start + len(parameter_name), "request_headers")]
    for scope in script.walk.scopes:
        if parameter_name in scope.uses and scope.lookup(parameter_name) is function.scope:
            edits += [script.replace(use, "request_headers") for use, _ in scope.uses[parameter_name]]
    if len(function.scope.bindings[parameter_name]) > 1 or "request_headers" in function.scope.bindings:
        return ()
    return (Fix(l10n.t("Rename {name} to request_headers", name=parameter_name), tuple(edits), preferred=True),)


def from_first(function: Function, others: list[str]) -> list[str]:
    """Parameters after one with a default need one as well."""
    args = function.node.args
    positional = [a.arg for a in args.args]
    first = min((positional.index(o) for o in others if o in positional), default=len(positional))
    required = set(function.required)
    return [p for p in positional[first:] if p in required] + [o for o in others if o not in positional]


def _plain_parameters(script: ParsedScript, function: Function) -> tuple[Fix, ...]:
    """Take out the slash, and stars whose names are not used."""
    node = function.node
    args = node.args
    used = {name for scope in script.walk.scopes for name in scope.uses}
    stars = [a.arg for a in (args.vararg, args.kwarg) if a is not None]
    named = [*args.posonlyargs, *args.args]
    if not named or used & set(stars) or args.kwonlyargs:
        return ()
    first = script.range(named[0]).start
    end = script.text.rfind(")", script.lines.offset(first), script.lines.offset(_node_end(script, node)))
    if end < 0:
        return ()
    parameter_texts = []
    defaults = [None] * (len(named) - len(args.defaults)) + list(args.defaults)
    for parameter, default in zip(named, defaults, strict=True):
        plain = script.source(parameter)
        parameter_texts.append(
            plain
            if default is None
            else f"{plain} = {script.source(default)}"
            if parameter.annotation
            else f"{plain}={script.source(default)}"
        )
    return (
        Fix(
            l10n.t("Use ordinary parameters"),
            (script.lines.edit(script.lines.offset(first), end, ", ".join(parameter_texts)),),
            preferred=True,
        ),
    )


def _node_end(script: ParsedScript, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Position:
    """Position where the parameter list has surely ended: at the return annotation or the body."""
    return script.range(node.returns).start if node.returns is not None else script.head_range(node).end
