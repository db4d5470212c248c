"""Actions of a script that its service cannot do: written files, windows, input, processes, methods that are gone."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import Any

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.environment import service_use_rules as rules
from scoredock.checks.environment.network import remove_statement
from scoredock.checks.packages.releases import Releases, verdict
from scoredock.checks.programs_beside import may_be_called
from scoredock.checks.requests.batch_files import OUTPUTS, is_writing
from scoredock.checks.script.qualified import argument, follow, qualified, values_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY
from scoredock.text import Fix

_WINDOWS = frozenset(
    (
        "cv2.imshow",
        "cv2.namedWindow",
        "cv2.waitKey",
        "cv2.destroyAllWindows",
        "cv2.destroyWindow",
        "tkinter.Tk",
        "tkinter.mainloop",
    )
)
_BACKENDS = frozenset(
    ("tkagg", "qtagg", "qt4agg", "qt5agg", "gtk3agg", "gtk4agg", "gtkagg", "wxagg", "macosx", "tkcairo", "qtcairo")
)
_PROCESSES = frozenset(
    (
        "multiprocessing.Pool",
        "multiprocessing.Process",
        "multiprocessing.pool.Pool",
        "multiprocessing.Manager",
        "concurrent.futures.ProcessPoolExecutor",
        "os.fork",
    )
)
_FRAMES = frozenset(
    f"pandas.{n}"
    for n in (
        "DataFrame",
        "read_csv",
        "read_json",
        "read_excel",
        "read_parquet",
        "read_table",
        "concat",
        "json_normalize",
        "get_dummies",
        "merge",
    )
)
_SERVERS = (".uvicorn.run", ".waitress.serve", ".hypercorn.run", ".bottle.run", ".eventlet.wsgi.server")
_APPLICATIONS = frozenset(
    ("flask.Flask", "quart.Quart", "sanic.Sanic", "bottle.Bottle", "gradio.Interface", "gradio.Blocks")
)
_METHODS: dict[str, tuple[str, str, str, str]] = {
    # Method: package, first release without it, what to use, and the new name where it can be exchanged.
    "iteritems": ("pandas", "2.0", "items()", "items"),
    "as_matrix": ("pandas", "1.0", "to_numpy()", "to_numpy"),
    "get_value": ("pandas", "1.0", "at[…]", ""),
    "set_value": ("pandas", "1.0", "at[…]", ""),
    "append": ("pandas", "2.0", "pandas.concat()", ""),
    "ix": ("pandas", "1.0", "loc[…] or iloc[…]", ""),
    "lookup": ("pandas", "2.0", "", ""),
    "predict_classes": ("tensorflow", "2.6", "predict() and argmax()", ""),
}
_DISTINCTIVE = frozenset(("iteritems", "as_matrix", "predict_classes"))
"""Methods that hardly anything else has."""
_SHOWN = {"pandas": "pandas", "tensorflow": "TensorFlow"}
_ELSEWHERE = re.compile(r"[a-zA-Z][\w+.-]*://|/|~|[A-Za-z]:[\\/]|\\\\|azureml-models\b")


def check_service_use(script: ParsedScript) -> list[Finding]:
    """Findings about what a service cannot do."""
    findings, windows = _check_input(script), list[Finding]()
    moves = "chdir" in script.text
    for call, scope, flags in script.plain_calls.get("open", ()):
        if not moves and scope.lookup("open") is None and not flags & MAIN_ONLY:
            findings += _check_file(script, call, flags)
    for call, scope, flags, name in script.named_calls:
        if flags & MAIN_ONLY:
            continue
        if name in ("io.open", "codecs.open") and not moves:
            findings += _check_file(script, call, flags)
        elif name in _WINDOWS or name == "matplotlib.pyplot.show":
            windows += _check_window(script, call, scope, flags, name)
        elif scope.function() is None and f".{name}".endswith(_SERVERS):
            severity: Severity = "warning" if flags & (IN_IF | IN_TRY) else "error"
            shown = script.source(call.func)[:60]
            findings.append(rules.OWN_SERVER.finding(script.range(call.func), severity=severity, call=shown))
        elif name == "matplotlib.use":
            findings += _check_backend(script, call, scope, flags)
        elif name in _PROCESSES and scope.function() is None:
            findings.append(rules.PROCESSES.finding(script.range(call.func), call=f"{script.source(call.func)[:60]}()"))
    findings += _first_of_each(windows)
    findings += _check_servers(script) + _check_evaluated(script) + _check_methods(script, moves=moves)
    return _once(findings)


def _once(findings: list[Finding]) -> list[Finding]:
    """Findings with only the first of the files that are written to the same folder: what is done about one is done
    about all."""
    places: dict[str, Finding] = {}
    for each in sorted(findings, key=lambda finding: finding.range.start):
        if each.code == rules.WRITES.code:
            places.setdefault(each.message, each)
    return [each for each in findings if each.code != rules.WRITES.code or each in places.values()]


def _check_servers(script: ParsedScript) -> list[Finding]:
    """`app.run()` and `….serve_forever()` where the script is imported."""
    findings = []
    for call, scope, flags in script.method_calls:
        method = call.func
        if flags & (MAIN_ONLY | IN_IF) or scope.function() is not None or not isinstance(method, ast.Attribute):
            continue
        owner, _ = follow(method.value, scope)
        made = qualified(owner.func, scope) if isinstance(owner, ast.Call) else ""
        if method.attr == "serve_forever" or (method.attr in ("run", "launch") and made in _APPLICATIONS):
            severity: Severity = "error" if method.attr == "run" and not flags & IN_TRY else "warning"
            shown = script.source(method)[:60]
            findings.append(rules.OWN_SERVER.finding(script.range(method), severity=severity, call=shown))
    return findings


def _check_evaluated(script: ParsedScript) -> list[Finding]:
    """`eval(data)` of what a request brings."""
    run = script.run
    if run is None:
        return []
    findings = []
    for name in ("eval", "exec"):
        for call, scope, _ in script.plain_calls.get(name, ()):
            given = call.args[0] if call.args else None
            if scope.lookup(name) is not None or not isinstance(given, ast.Name) or given.id not in run.parameters:
                continue
            if scope.lookup(given.id) is not run.scope:
                continue
            json = any(b.target == "json" for b in script.walk.module.bindings.get("json", ()))
            fixes: tuple[Fix, ...] = ()
            if name == "eval" and json and len(call.args) == 1:
                fixes = (
                    Fix(
                        l10n.t("Change to {new}", new="json.loads"),
                        (script.replace(call.func, "json.loads"),),
                        preferred=True,
                    ),
                )
            findings.append(rules.EVALUATES.finding(script.range(call), fixes=fixes, call=name))
    return findings


def _place_of(scope: Scope) -> str:
    """`module`, `init`, `run`, or `other` for a function that may never be called."""
    if scope.function() is None:
        return "module"
    return scope.entry_function or "other"


def _is_never_called(script: ParsedScript, scope: Scope) -> bool:
    """True if nothing that a service runs leads to the function or class around a place."""
    top = scope.top()
    return bool(top.name) and not scope.is_started and top.name not in script.once(_reached)


def _reached(script: ParsedScript) -> set[str]:
    """Names that are read where the service begins, in code that these lead to, and from there on; of a module those
    that the scripts around it have."""
    read_by: defaultdict[str, set[str]] = defaultdict(set)
    for scope in script.walk.scopes:
        names = {name for name, uses in scope.uses.items() if not all(flags & MAIN_ONLY for _, flags in uses)}
        read_by["" if scope.is_started else scope.top().name] |= names
    reached: set[str] = set()
    pending = [*read_by[""], *(name for name in read_by if name and may_be_called(name, script.facts))]
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending += read_by.get(name, ())
    return reached


def _effect(place: str) -> str:
    if place == "run":
        return l10n.t("every request fails")
    return l10n.t("this fails") if place == "other" else l10n.t("the service does not start")


def _check_input(script: ParsedScript) -> list[Finding]:
    findings = []
    for call, scope, flags in script.plain_calls.get("input", ()):
        place = _place_of(scope)
        if scope.lookup("input") is None and not flags & (MAIN_ONLY | IN_TRY | IN_IF) and place != "other":
            findings.append(rules.ASKS.finding(script.range(call), effect=_effect(place)))
    return findings


def _first_of_each(windows: list[Finding]) -> list[Finding]:
    """One for each severity: what opens a window also waits for it and closes it."""
    first: dict[Severity, Finding] = {}
    for each in sorted(windows, key=lambda finding: finding.range.start):
        first.setdefault(each.severity, each)
    return list(first.values())


def _check_window(script: ParsedScript, call: ast.Call, scope: Scope, flags: int, name: str) -> list[Finding]:
    if _is_never_called(script, scope):
        return []
    severity: Severity = "error"
    hint = l10n.t("; this raises an error")
    if name.startswith("matplotlib."):
        severity, hint = "information", l10n.t("; here it does nothing")
    elif flags & (IN_IF | IN_TRY) or _place_of(scope) == "other":
        severity = "warning"
    fix = remove_statement(script, call, l10n.t("Remove the call"))
    shown = f"{script.source(call.func)[:60]}()"
    return [
        rules.NEEDS_SCREEN.finding(
            script.range(call.func), severity=severity, fixes=(fix,) if fix else (), call=shown, hint=hint
        )
    ]


def _check_backend(script: ParsedScript, call: ast.Call, scope: Scope, flags: int) -> list[Finding]:
    """`matplotlib.use("TkAgg")`, which pyplot then cannot load."""
    node = argument(call, 0, "backend")
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or flags & (IN_IF | IN_TRY):
        return []
    if node.value.lower() not in _BACKENDS:
        return []
    severity: Severity = "error" if "pyplot" in script.text and _place_of(scope) != "other" else "warning"
    fix = Fix(l10n.t("Change to {new}", new='"Agg"'), (script.replace(node, '"Agg"'),), preferred=True)
    shown, hint = l10n.t("The backend “{name}”", name=node.value), l10n.t("; pyplot cannot load it")
    return [rules.NEEDS_SCREEN.finding(script.range(node), severity=severity, fixes=(fix,), call=shown, hint=hint)]


# ------------------------------------------------------------------------------------------ files that are written


def _check_file(script: ParsedScript, call: ast.Call, flags: int) -> list[Finding]:
    node = call.args[0] if call.args else None
    if node is None:
        return []
    writes = is_writing(call)
    if not isinstance(node, ast.Constant):
        if writes and "AZUREML_MODEL_DIR" in script.source(node):
            return [rules.WRITES.finding(script.range(call), folder=l10n.t("the folder of the model"))]
        return []
    if not isinstance(node.value, str) or not node.value or _ELSEWHERE.match(node.value):
        return []
    if not writes or flags & IN_IF or (script.batch and OUTPUTS.match(node.value)):
        return []
    return [rules.WRITES.finding(script.range(node), folder=l10n.t("the working directory"))]


# ------------------------------------------------------------------------------------------ methods


def _check_methods(script: ParsedScript, *, moves: bool) -> list[Finding]:
    findings = []
    environment = script.facts.environment
    for call, scope, flags in script.method_calls:
        function = call.func
        if not isinstance(function, ast.Attribute) or flags & (MAIN_ONLY | IN_TRY):
            continue
        if function.attr == "to_csv" and not moves and not flags & IN_IF:
            node = argument(call, 0, "path_or_buf")
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not _ELSEWHERE.match(node.value):
                if script.batch and OUTPUTS.match(node.value):
                    continue
                findings.append(rules.WRITES.finding(script.range(node), folder=l10n.t("the working directory")))
        elif function.attr in _METHODS and environment is not None and not flags & IN_IF:
            findings += _check_method(script, function, scope, called=call)
    if environment is not None and ".ix" in script.text:
        for attribute, scope, flags in script.walk.attributes:
            if attribute.attr == "ix" and not flags & (MAIN_ONLY | IN_TRY | IN_IF):
                findings += _check_method(script, attribute, scope, called=None)
    return findings


def _check_method(script: ParsedScript, node: ast.Attribute, scope: Scope, *, called: ast.Call | None) -> list[Finding]:
    package, since, instead, new = _METHODS[node.attr]
    certainty = verdict(script.facts.environment, package, Releases(since))
    if certainty not in ("surely", "perhaps") or (package not in script.text and "keras" not in script.text):
        return []
    frame = package == "pandas" and _is_frame(script, node.value, scope)
    if not frame and node.attr not in _DISTINCTIVE:
        return []
    if package == "pandas" and not frame and _is_dict(node.value, scope):
        return []
    severity: Severity = "error" if frame and certainty == "surely" and _place_of(scope) != "other" else "warning"
    fixes: tuple[Fix, ...] = ()
    if new and called is not None and not called.args and not called.keywords:
        end = script.lines.offset(script.range(node).end)
        edit = script.lines.edit(end - len(node.attr), end, new)
        fixes = (Fix(l10n.t("Change to {new}", new=new), (edit,), preferred=True),)
    words: dict[str, Any] = {
        "name": node.attr,
        "package": _SHOWN[package],
        "version": since,
        "hint": l10n.t("; use {instead}", instead=_replacement(instead)) if instead else "",
    }
    end_of_name = script.lines.offset(script.range(node).end)
    place = script.lines.range(end_of_name - len(node.attr), end_of_name)
    return [rules.METHOD_GONE.finding(place, severity=severity, fixes=fixes, **words)]


def _replacement(code: str) -> str:
    """Replacement in words: between several, those in the language of the person."""
    return {
        "loc[…] or iloc[…]": l10n.t("loc[…] or iloc[…]"),
        "predict() and argmax()": l10n.t("predict() and argmax()"),
    }.get(code, code)


def _is_frame(script: ParsedScript, node: ast.expr, scope: Scope) -> bool:
    """True if it is surely a data frame: made as one, and then only replaced by what its own methods give."""
    if not isinstance(node, ast.Name):
        return isinstance(node, ast.Call) and script.dotted(node.func, scope) in _FRAMES
    is_frame = False
    for value, owner in values_of(node.id, scope) or ():
        if not isinstance(value, ast.Call):
            return False
        if script.dotted(value.func, owner) in _FRAMES:
            is_frame = True
        elif not _is_own_method(value, node.id):
            return False
    return is_frame


def _is_own_method(call: ast.Call, name: str) -> bool:
    """`frame.append(…)`, and no method that gives something else than a frame."""
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == name
        and function.attr in ("append", "drop", "fillna", "dropna", "reset_index", "rename", "astype", "copy", "assign")
    )


def _is_dict(node: ast.expr, scope: Scope) -> bool:
    value, _ = follow(node, scope)
    return isinstance(value, ast.Dict | ast.DictComp)
