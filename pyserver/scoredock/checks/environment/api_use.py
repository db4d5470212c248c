"""Names, modules and defaults of packages that the releases in the environment have no more."""

from __future__ import annotations

import ast
import re
from typing import Any

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.environment import rules
from scoredock.checks.packages.releases import Releases, Verdict, verdict
from scoredock.checks.packages.removed_apis import ARGUMENTS, LAST_PARTS, MODULES, NAMES, RemovedApi
from scoredock.checks.script.qualified import argument, follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IMPORT_CAUGHT, IN_IF, IN_TRY, MAIN_ONLY
from scoredock.text import Fix, Range, TextEdit

_NOT_REACHED = MAIN_ONLY | IN_IF | IN_TRY | IMPORT_CAUGHT
_SEVERITIES: dict[Verdict, Severity | None] = {"surely": "error", "perhaps": "warning", "unknown": "hint", "no": None}
_NAMED_BY = {
    "scikit-learn": "scikit-learn",
    "numpy": "NumPy",
    "pandas": "pandas",
    "scipy": "SciPy",
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "torch": "PyTorch",
    "pillow": "Pillow",
    "scikit-image": "scikit-image",
    "networkx": "NetworkX",
    "flask": "Flask",
    "werkzeug": "Werkzeug",
    "jinja2": "Jinja",
    "torchtext": "torchtext",
    "gensim": "Gensim",
    "pyyaml": "PyYAML",
    "onnxruntime-gpu": "ONNX Runtime",
}
_MOST = 100
"""Findings of one script; more say nothing new."""


def check_api_use(script: ParsedScript) -> list[Finding]:
    """Findings about names, modules and defaults of packages."""
    findings = _check_imports(script)
    places: set[tuple[int, int]] = set()
    for attribute, scope, flags in script.walk.attributes:
        if attribute.attr in LAST_PARTS and not flags & _NOT_REACHED:
            findings += _check_name(script, attribute, script.dotted(attribute, scope), scope, places)
    for call, scope, flags, name in script.named_calls:
        if flags & MAIN_ONLY:
            continue
        if not flags & _NOT_REACHED:
            findings += _check_arguments(script, call, name, scope)
        if name in NAMES and not flags & _NOT_REACHED and isinstance(call.func, ast.Attribute):
            findings += _check_name(script, call.func, name, scope, places)
        elif name in _CHANGED and not flags & IN_TRY:
            findings += _check_change(script, call, scope, name)
    return findings[:_MOST]


# ------------------------------------------------------------------------------------------ names and modules


def _check_imports(script: ParsedScript) -> list[Finding]:
    findings: list[Finding] = []
    for node, scope, flags in script.walk.imports:
        if flags & _NOT_REACHED:
            continue
        if isinstance(node, ast.Import):
            imports = [(alias.name, script.range(alias)) for alias in node.names]
        elif node.level == 0 and node.module:
            imports = [(node.module, script.range(node))]
            imports += [(f"{node.module}.{alias.name}", script.range(alias)) for alias in node.names]
        else:
            continue
        if not any(name.partition(".")[0] in _PACKAGES for name, _ in imports):
            continue
        for name, place in imports:
            removal = _module(name)
            if removal is not None:
                findings += _module_gone(script, node, name, place, removal)
                break
            if isinstance(node, ast.ImportFrom) and name in NAMES:
                findings += _name_gone(script, name, place, NAMES[name], scope, (), imported=True)
    return findings


_PACKAGES = frozenset(name.partition(".")[0] for name in (*NAMES, *MODULES))


def _module(name: str) -> RemovedApi | None:
    """Removal of a module, or of one that it lies in; None for one that is there."""
    parts = name.split(".")
    for length in range(min(len(parts), 4), 1, -1):
        found = MODULES.get(".".join(parts[:length]))
        if found is not None:
            return found
    return None


def _module_gone(
    script: ParsedScript, node: ast.Import | ast.ImportFrom, name: str, place: Range, removal: RemovedApi
) -> list[Finding]:
    severity = _SEVERITIES[verdict(script.facts.environment, removal.package, removal.releases)]
    if severity is None:
        return []
    fixes: tuple[Fix, ...] = ()
    if removal.new and isinstance(node, ast.ImportFrom) and node.module == name:
        source = script.source(node)
        at = source.find(name)
        start = script.lines.offset(script.range(node).start) + at
        edit = script.lines.edit(start, start + len(name), removal.new)
        fixes = (Fix(l10n.t("Import from {new}", new=removal.new), (edit,), preferred=True),)
        place = edit.range
    hint = l10n.t("; it is “{instead}” now", instead=removal.instead) if removal.instead else ""
    words: dict[str, Any] = {
        "name": name,
        "package": _NAMED_BY.get(removal.package, removal.package),
        "version": removal.releases.since,
        "hint": hint,
    }
    return [rules.MODULE_REMOVED.finding(place, severity=severity, fixes=fixes, **words)]


def _check_name(
    script: ParsedScript, node: ast.Attribute, name: str, scope: Scope, places: set[tuple[int, int]]
) -> list[Finding]:
    removal = NAMES.get(name)
    place = (node.lineno, node.col_offset)
    if removal is None or place in places:
        return []
    places.add(place)
    edits: tuple[TextEdit, ...] = ()
    if removal.new.startswith("."):
        edits = (script.replace(node, script.source(node.value) + removal.new),)
    elif removal.new and scope.lookup(removal.new) is None:
        edits = (script.replace(node, removal.new),)
    return _name_gone(script, name, script.range(node), removal, scope, edits)


def _name_gone(
    script: ParsedScript,
    name: str,
    place: Range,
    removal: RemovedApi,
    scope: Scope,
    edits: tuple[TextEdit, ...],
    *,
    imported: bool = False,
) -> list[Finding]:
    severity = _SEVERITIES[verdict(script.facts.environment, removal.package, removal.releases)]
    if severity is None:
        return []
    function = scope.function()
    is_helper = function is not None and not scope.entry_function
    if function is not None and is_helper and severity == "error":
        severity = "warning" if not _is_called(script, function.name) else severity
    # What was another name of a builtin means the same under that name.
    same = severity == "error" and removal.new.isidentifier()
    fixes = (Fix(l10n.t("Change to {new}", new=edit.new_text), (edit,), preferred=True, certain=same) for edit in edits)
    effect = (
        l10n.t("every request that comes here fails")
        if scope.entry_function == "run"
        else l10n.t("the service does not start")
    )
    if is_helper and not imported:
        effect = l10n.t("this line fails")
    hint = l10n.t("; use “{instead}”", instead=removal.instead) if removal.instead else ""
    words: dict[str, Any] = {
        "name": name,
        "package": _NAMED_BY.get(removal.package, removal.package),
        "version": removal.releases.since,
        "hint": hint,
    }
    return [rules.REMOVED.finding(place, severity=severity, fixes=tuple(fixes), effect=effect, **words)]


def _is_called(script: ParsedScript, name: str) -> bool:
    """True if code of the script names the function, which then may well run."""
    return any(name in scope.uses for scope in script.walk.scopes)


def _check_arguments(script: ParsedScript, call: ast.Call, name: str, scope: Scope) -> list[Finding]:
    findings: list[Finding] = []
    for each in call.keywords:
        removal = ARGUMENTS.get(f"{name}({each.arg})")
        if removal is not None:
            edits = (script.replace(each, f"{removal.new}={script.source(each.value)}"),) if removal.new else ()
            findings += _name_gone(script, f"{name}({each.arg})", script.range(each), removal, scope, edits)
    return findings


# ------------------------------------------------------------------------------------------ changed defaults


def _check_change(script: ParsedScript, call: ast.Call, scope: Scope, name: str) -> list[Finding]:
    package, releases = _CHANGED[name]
    certainty = verdict(script.facts.environment, package, releases)
    if certainty == "no" or (certainty == "unknown" and package != "pandas"):
        return []
    keywords = {keyword.arg for keyword in call.keywords}
    if None in keywords or any(isinstance(each, ast.Starred) for each in call.args):
        return []
    if name == "torch.load":
        return _check_torch(script, call, keywords)
    if name == "yaml.load":
        if len(call.args) > 1 or "Loader" in keywords or not isinstance(call.func, ast.Attribute):
            return []
        problem = l10n.t("yaml.load() needs a “Loader” since PyYAML 6.0; without one it raises TypeError.")
        edit = script.replace(call.func, f"{script.source(call.func.value)}.safe_load")
        severity: Severity = "error" if certainty == "surely" else "warning"
        return [
            rules.CHANGED.finding(
                script.range(call.func),
                severity=severity,
                fixes=(Fix(l10n.t("Use safe_load"), (edit,), preferred=True),),
                problem=problem,
            )
        ]
    if name == "onnxruntime.InferenceSession":
        if len(call.args) > 2 or "providers" in keywords:
            return []
        problem = l10n.t(
            "The GPU build of ONNX Runtime needs “providers” from 1.9 to 1.16.0; without them it raises ValueError."
        )
        value = '["CUDAExecutionProvider", "CPUExecutionProvider"]'
        fix = _add_keyword(script, call, f"providers={value}", l10n.t("Name the providers"))
        return [rules.CHANGED.finding(script.range(call.func), fixes=(fix,), problem=problem)]
    return _check_read_json(script, call, scope)


def _check_torch(script: ParsedScript, call: ast.Call, keywords: set[str | None]) -> list[Finding]:
    """A whole model, which is loaded and then used without load_state_dict."""
    if "weights_only" in keywords or len(call.args) > 2:
        return []
    if "load_state_dict" in script.text or "torch.jit" in script.text:
        return []  # weights alone load as before
    problem = l10n.t(
        "Since PyTorch 2.6 torch.load() loads only weights by default; a whole model then raises UnpicklingError."
    )
    fix = _add_keyword(script, call, "weights_only=False", l10n.t("Load the whole model"))
    return [rules.CHANGED.finding(script.range(call.func), fixes=(fix,), problem=problem)]


def _check_read_json(script: ParsedScript, call: ast.Call, scope: Scope) -> list[Finding]:
    """Text that is handed over as if it were a file: the body of the request, or a literal."""
    node = argument(call, 0, "path_or_buf")
    if node is None or not _is_json_text(script, node, scope, call):
        return []
    edits: list[TextEdit] = []
    if not any(b.target == "io" for b in script.walk.module.bindings.get("io", ())):
        if "io" in script.walk.module.bindings:
            return []
        edits.append(script.add_import("import io"))
    span = script.range(node)
    edits += [script.insert(span.start, "io.StringIO("), script.insert(span.end, ")")]
    fix = Fix(l10n.t("Wrap it in io.StringIO"), tuple(edits), preferred=True)
    environment = script.facts.environment
    gone = verdict(environment, "pandas", Releases("3.0"))
    if gone == "no":
        return []
    severity: Severity = "error" if gone == "surely" else "warning" if gone == "perhaps" else "information"
    problem = l10n.t("pandas 3.0 takes text here as the path of a file; wrap it in io.StringIO().")
    return [rules.CHANGED.finding(span, severity=severity, fixes=(fix,), problem=problem)]


def _is_json_text(script: ParsedScript, node: ast.expr, scope: Scope, call: ast.Call) -> bool:
    value, around = follow(node, scope)
    if isinstance(value, ast.Call):
        return script.dotted(value.func, around) == "json.dumps"
    if isinstance(value, ast.Constant):
        return isinstance(value.value, str) and value.value.lstrip()[:1] in ("{", "[")
    if isinstance(value, ast.Subscript):
        if _PLACE.search(ast.unparse(value.slice)):
            return False
        decoded, inside = follow(value.value, around)
        return isinstance(decoded, ast.Call) and script.dotted(decoded.func, inside) == "json.loads"
    run = script.run
    if not isinstance(value, ast.Name) or run is None or run.node.decorator_list or around is not run.scope:
        return False
    if run.parameters[:1] != [value.id]:
        return False
    # `data = pd.read_json(data)` reads the body, and what is bound behind it comes too late.
    before = [b for b in around.bindings.get(value.id, ()) if getattr(b.node, "lineno", 0) < call.lineno]
    return [each.kind for each in before] == ["parameter"]


def _add_keyword(script: ParsedScript, call: ast.Call, keyword: str, title: str) -> Fix:
    end = script.lines.offset(script.range(call).end) - 1
    before = script.text[script.lines.offset(script.range(call.func).end) : end].rstrip()
    comma = "" if before.endswith("(") else " " if before.endswith(",") else ", "
    start = script.lines.offset(script.range(call.func).end) + len(before)
    return Fix(title, (script.lines.edit(start, start, f"{comma}{keyword}"),), preferred=True)


_CHANGED: dict[str, tuple[str, Releases]] = {
    "torch.load": ("torch", Releases("2.6")),
    "yaml.load": ("pyyaml", Releases("6.0")),
    "onnxruntime.InferenceSession": ("onnxruntime-gpu", Releases("1.9", "1.16.1")),
    "pandas.read_json": ("pandas", Releases("2.1")),
}
"""Calls whose meaning changed, and since when."""
_PLACE = re.compile(r"(?i)path|file|ur[il]|blob")
"""In the name of a value of a request: it says where the text is."""
