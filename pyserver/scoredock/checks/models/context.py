"""Surroundings of a script in a service: the working directory, a workspace, the variable of the models."""

from __future__ import annotations

import ast
import json
import posixpath
import re

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.paths import folder_of
from scoredock.checks.models import file_rules as rules
from scoredock.checks.models.beside_script import from_working_directory, is_in_service, lies_beside
from scoredock.checks.programs_beside import has_models_beside, is_deployed_by_v2
from scoredock.checks.script.names import global_statement
from scoredock.checks.script.qualified import argument, follow
from scoredock.checks.script.scope import Binding, Scope
from scoredock.checks.script.script import Call, Function, ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY
from scoredock.checks.similar import similar
from scoredock.text import Fix, TextEdit

_READERS = frozenset(
    (
        "joblib.load",
        "torch.load",
        "torch.jit.load",
        "keras.models.load_model",
        "tensorflow.keras.models.load_model",
        "onnxruntime.InferenceSession",
        "numpy.load",
        "numpy.loadtxt",
        "pandas.read_csv",
        "pandas.read_json",
        "pandas.read_parquet",
        "pandas.read_pickle",
        "pandas.read_excel",
        "PIL.Image.open",
        "io.open",
    )
)
_TESTS = frozenset(("os.path.exists", "os.path.isfile", "os.path.isdir", "os.listdir"))
_WRITING = r"urlretrieve|save\w*|imwrite|dump|to_\w+|download\w*|copy\w*|move"
_WORKSPACES = ("Workspace.from_config", "Workspace.get")
_MODELS = frozenset(("azureml.core.Model", "azureml.core.model.Model"))
_OF_NONE = frozenset(dir(None))
_LOADS_INTO = re.compile(r"xgboost\.(?:\w+\.)?(?:Booster|XGB\w+)")
"""Classes whose `load_model` is a method that gives nothing."""
_VARIABLE = "AZUREML_MODEL_DIR"


def check_model_context(script: ParsedScript) -> list[Finding]:
    """Findings about what a service has."""
    return (
        _check_relative(script)
        + _check_unjoined(script)
        + _check_workspace(script)
        + _check_by_hand(script)
        + _check_none(script)
    )


def _check_relative(script: ParsedScript) -> list[Finding]:
    """Files beside the script, named from a folder that is not the working directory of the service."""
    facts = script.facts
    if not facts.path or "chdir" in script.text:
        return []
    if facts.deployed_models is None and has_models_beside(script.text, facts):
        return []  # with which files it is deployed is open
    calls: list[Call] = [(c, s, f) for c, s, f, name in script.named_calls if name in _READERS]
    calls += [c for c in script.plain_calls.get("open", ()) if c[1].lookup("open") is None]
    tested = {
        c.args[0].value
        for c, _, _, name in script.named_calls
        if name in _TESTS and c.args and isinstance(c.args[0], ast.Constant)
    }
    findings = []
    for call, scope, flags in calls:
        if flags & (MAIN_ONLY | IN_TRY | IN_IF) or not call.args or not scope.is_started:
            continue
        node = call.args[0]
        if isinstance(node, ast.Name) and sum(len(each.uses.get(node.id, ())) for each in script.walk.scopes) == 1:
            node, scope = follow(node, scope)  # the one use of a variable
        path = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if isinstance(node, ast.Call):
            path = from_working_directory(node, scope)
        if not path or path in tested:
            continue
        mode = argument(call, 1, "mode") if isinstance(call.func, ast.Name) else None
        if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and not mode.value.startswith("r"):
            continue
        if not lies_beside(posixpath.normpath(path), script):
            findings += _check_place(script, node, path)
    return findings


def _check_unjoined(script: ParsedScript) -> list[Finding]:
    """A file of a deployed model, named without the folder that holds the models."""
    facts = script.facts
    models = facts.models_at_hand
    if not facts.path or not models or "chdir" in script.text:
        return []
    calls: list[Call] = [(c, s, f) for c, s, f, name in script.named_calls if name in _READERS]
    calls += [c for c in script.plain_calls.get("open", ()) if c[1].lookup("open") is None]
    findings = []
    files: set[str] = set()
    for call, scope, flags in calls:
        if flags & (MAIN_ONLY | IN_TRY | IN_IF) or not call.args or not scope.is_started:
            continue
        path = from_working_directory(*follow(call.args[0], scope))
        if path and not files:  # of a thousand models, and most scripts name no such path
            files = {f for m in models for f in m.files}
            files |= {f"{m.name}/{m.version}/{f}" for m in models for f in m.files}
        if path not in files and path:
            # From another folder on the developer's machine: `../model/model.pkl`.
            path = path if _deployed_file(script, path) and _VARIABLE not in path else ""
        if not path or is_in_service(path, facts) or lies_beside(path, script) or _is_around(script, path):
            continue
        model_file = (
            path
            if path in files and facts.deployed_models is not None and len(models) > 1
            else next((f for m in models for f in m.files if path.endswith(f)), _deployed_file(script, path) or path)
        )
        bindings = script.walk.module.bindings.items()
        name = next((n for n, bs in bindings if any(b.kind == "import" and b.target == "os" for b in bs)), "")
        module = name or "os"
        parts = ", ".join(json.dumps(part, ensure_ascii=False) for part in model_file.split("/"))
        new = f'{module}.path.join({module}.environ["{_VARIABLE}"], {parts})'
        edits = [] if name else [script.add_import("import os")]
        fix = Fix(l10n.t("Join it to AZUREML_MODEL_DIR"), (*edits, script.replace(call.args[0], new)), preferred=True)
        place = script.range(call.args[0])
        severity: Severity | None = None if facts.deployed_models is not None else "warning"
        message = (
            ""
            if path == model_file
            else l10n.t(
                "“{path}” is not in the working directory; the model has it as “{file}”: join that to"
                " AZUREML_MODEL_DIR.",
                path=path,
                file=model_file,
            )
        )
        findings.append(rules.NOT_JOINED.finding(place, severity=severity, fixes=(fix,), message=message, path=path))
    return findings


def _deployed_file(script: ParsedScript, path: str) -> str:
    """A file of the deployed models that has the name of a path; empty when there is none."""
    name = posixpath.basename(path)
    files = [f for m in script.facts.deployed_models or () for f in m.files if posixpath.basename(f) == name]
    return files[0] if files else ""


def _is_around(script: ParsedScript, path: str) -> bool:
    """True if a file of that name lies where the service could find it, or the script looks for it itself."""
    facts = script.facts
    root = facts.source_directory.rstrip("/")
    places = [posixpath.normpath(posixpath.join(f, path)) for f in (folder_of(facts.path), root) if f]
    places += [posixpath.normpath(posixpath.join(posixpath.dirname(root), path))] if root else []
    if any(facts.exists(each) and (not path.startswith("../") or _is_inside(each, root)) for each in places):
        return True
    return any(name in _TESTS or name.startswith("shutil.") for _, _, _, name in script.named_calls)


def _is_inside(path: str, root: str) -> bool:
    """True if a file is deployed with the source directory, where that is known."""
    return not root or path.startswith(f"{root}/")


def _makes(script: ParsedScript, path: str) -> bool:
    """True if a call that writes has the path."""
    name = rf"[^\n]*[\"']{re.escape(path)}[\"']"
    return re.search(rf"\b(?:{_WRITING})[ \t]*\({name}|\bopen\({name}[ \t]*,[^\n)]*[\"'][wax]", script.text) is not None


def _check_place(script: ParsedScript, node: ast.expr, path: str) -> list[Finding]:
    facts = script.facts
    if not path or path[0] in "/\\~" or ":" in path or "\n" in path or len(path) > 500:
        return []
    beside = folder_of(facts.path)
    root = facts.source_directory.rstrip("/")
    base = posixpath.dirname(root) if root and not facts.in_script_folder else beside
    sought = posixpath.normpath(posixpath.join(base, path))
    if (facts.in_script_folder or root) and _is_inside(sought, root) and facts.exists(sought):
        return []
    folders = (beside, root, posixpath.dirname(root)) if facts.in_script_folder else (beside, root)
    real = next((p for b in folders if b and facts.exists(p := posixpath.normpath(posixpath.join(b, path)))), None)
    if real is None or _makes(script, path):
        return []  # it is nowhere, or only of today: the script makes it itself
    if not _is_inside(real, root):
        message = l10n.t(
            "“{path}” is not deployed: it lies outside of the source directory “{folder}”.",
            path=path,
            folder=posixpath.basename(root),
        )
        return [] if _deployed_file(script, path) else [rules.RELATIVE.finding(script.range(node), message=message)]
    if facts.script_only:
        message = l10n.t(
            "“{path}” is not deployed: without a source directory only the script itself is deployed.", path=path
        )
        return [rules.RELATIVE.finding(script.range(node), message=message)]
    fix = _from_own_folder(script, node, real)
    place = script.range(node)
    if facts.in_script_folder:
        message = l10n.t("“{path}” is looked for in the folder of the script, where it does not exist.", path=path)
        return [rules.RELATIVE.finding(place, fixes=(fix,), message=message)]
    if not root:
        if real.startswith(f"{beside}/") and is_deployed_by_v2(facts):
            return []
        # Whichever folder is deployed with it, a service does not run in the folder of the script.
        message = l10n.t(
            "“{path}” is looked for in the working directory, which is not the folder of the script.", path=path
        )
        return [rules.RELATIVE.finding(place, severity="warning", fixes=(fix,), message=message)]
    return [rules.RELATIVE.finding(place, fixes=(fix,), path=path, folder=posixpath.basename(root))]


def _from_own_folder(script: ParsedScript, node: ast.expr, real: str) -> Fix:
    """The path from the folder of the script."""
    relative = posixpath.relpath(real, folder_of(script.facts.path))
    edits: list[TextEdit] = []
    bindings = script.walk.module.bindings.items()
    name = next((n for n, bs in bindings if any(b.kind == "import" and b.target == "os" for b in bs)), "")
    if not name:
        edits.append(script.add_import("import os"))
    parts = ", ".join(json.dumps(part, ensure_ascii=False) for part in relative.split("/"))
    module = name or "os"
    new = f"{module}.path.join({module}.path.dirname({module}.path.abspath(__file__)), {parts})"
    edits.append(script.replace(node, new))
    return Fix(l10n.t("Start from the folder of the script"), tuple(edits), preferred=True)


def _check_workspace(script: ParsedScript) -> list[Finding]:
    findings = []
    for call, scope, flags, name in script.named_calls:
        if flags & (MAIN_ONLY | IN_TRY) or not name.startswith("azureml.core."):
            continue
        top = scope.top()
        if top.kind == "function" and top.name not in ("init", "run"):
            continue
        opened = name.endswith(_WORKSPACES) and not any(k.arg in ("auth", None) for k in call.keywords)
        if not opened and not (name in _MODELS and (call.args or call.keywords)):
            continue
        workspace = argument(call, 0, "workspace") if name in _MODELS else None
        if workspace is not None and isinstance(follow(workspace, scope)[0], ast.Call):
            continue  # how it is got is reported, where nobody signs in
        findings.append(rules.WORKSPACE.finding(script.range(call), call=script.source(call.func) + "()"))
    return findings


def _check_by_hand(script: ParsedScript) -> list[Finding]:
    """init() is called below the main guard, and needs a variable that only a service has."""
    if _VARIABLE not in script.text or not any(
        f & MAIN_ONLY and s.lookup("init") is script.walk.module for _, s, f in script.plain_calls.get("init", ())
    ):
        return []
    findings = []
    for subscript, scope, flags in script.walk.subscripts:
        key = subscript.slice
        if not isinstance(key, ast.Constant) or key.value != _VARIABLE:
            continue
        if script.dotted(subscript.value, scope) != "os.environ":
            continue
        if not isinstance(subscript.ctx, ast.Load):
            return []  # the script sets it
        top = scope.top()
        if flags & (MAIN_ONLY | IN_TRY | IN_IF) or top.kind != "function" or top.name != "init":
            continue
        new = f'{script.source(subscript.value)}.get("{_VARIABLE}", ".")'
        fix = Fix(l10n.t("Give a default"), (script.replace(subscript, new),), preferred=True)
        severity: Severity = "hint"
        findings.append(rules.BY_HAND.finding(script.range(subscript), severity=severity, fixes=(fix,)))
    changed = any(
        name in ("os.environ.setdefault", "os.environ.update", "os.putenv") or name.endswith(".load_dotenv")
        for _, _, _, name in script.named_calls
    )
    return [] if changed else findings


def _check_none(script: ParsedScript) -> list[Finding]:
    """Globals that are None for good, and yet asked for something."""
    module = script.walk.module
    empty = {
        name
        for name, bindings in module.bindings.items()
        if all(b.kind == "value" and _is_none(script, b) for b in bindings)
    }
    function = script.run
    if not empty or function is None or script.walk.star_import or _is_set_elsewhere(script):
        return []
    findings = []
    for value, scope, flags in _asked(script, empty):
        if scope is not function.scope or flags & (IN_TRY | IN_IF) or scope.lookup(value.id) is not module:
            continue
        if any(value.id in s.bindings for s in script.walk.scopes if s is not module) or _is_tested(function, value.id):
            continue  # assigned in a function without global, which another rule reports
        near = _misspelt(script, value.id)
        fixes = (
            (
                Fix(
                    l10n.t("Rename {old} to {new}", old=near.id, new=value.id),
                    _renamed(script, near, value.id),
                    preferred=True,
                ),
            )
            if near
            else ()
        )
        hint = l10n.t("; init() assigns “{near}”", near=near.id) if near else _hint_of_loading(script, value.id)
        findings.append(rules.STAYS_NONE.finding(script.range(value), fixes=fixes, name=value.id, hint=hint))
    return findings[:1]


def _is_none(script: ParsedScript, binding: Binding) -> bool:
    value = binding.value
    if isinstance(value, ast.Constant):
        return value.value is None
    return bool(_loading_object(script, value, binding.owner or script.walk.module))


def _loading_object(script: ParsedScript, value: ast.expr | None, scope: Scope) -> str:
    """Object that a call of `load_model` which gives nothing loads into, as it is written; empty for any other
    value."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute) or value.func.attr != "load_model":
        return ""
    made, place = follow(value.func.value, scope)
    known = isinstance(made, ast.Call) and _LOADS_INTO.fullmatch(script.dotted(made.func, place)) is not None
    return ast.unparse(value.func.value) if known else ""


def _hint_of_loading(script: ParsedScript, name: str) -> str:
    for binding in script.walk.module.bindings[name]:
        loaded = _loading_object(script, binding.value, binding.owner or script.walk.module)
        if loaded:
            return l10n.t("; load_model() loads into “{loaded}” and gives nothing", loaded=loaded[:100])
    return ""


def _asked(script: ParsedScript, empty: set[str]) -> list[tuple[ast.Name, Scope, int]]:
    """Names of which an attribute or an item is asked, or that are called, where None gives none."""
    uses = [
        (a.value, s, f)
        for a, s, f in script.walk.attributes
        if isinstance(a.value, ast.Name) and a.value.id in empty and a.attr not in _OF_NONE
    ]
    uses += [
        (a.value, s, f) for a, s, f in script.walk.subscripts if isinstance(a.value, ast.Name) and a.value.id in empty
    ]
    for name in empty:
        uses += [(c.func, s, f) for c, s, f in script.plain_calls.get(name, ()) if isinstance(c.func, ast.Name)]
    return sorted(uses, key=lambda use: (use[0].lineno, use[0].col_offset))


def _is_set_elsewhere(script: ParsedScript) -> bool:
    """True if the script can set its globals in ways that no reading of the text follows."""
    return any(name in script.plain_calls for name in ("globals", "setattr", "exec", "vars")) or any(
        name.startswith("sys.modules") or name == "importlib.import_module" for _, _, _, name in script.named_calls
    )


def _is_tested(function: Function, name: str) -> bool:
    """True if run() asks for the value before it uses it."""
    uses = function.scope.uses.get(name, [])
    return any(isinstance(s, ast.If | ast.Assert | ast.While) for s in function.node.body) and len(uses) > 1


def _misspelt(script: ParsedScript, name: str) -> ast.Name | None:
    """A local of init() whose name is nearly the same."""
    init = script.init
    if init is None:
        return None
    near = similar(name, [n for n in init.scope.bindings if n != name], 1, 0.75)
    if not near:
        return None
    nodes = [b.node for b in init.scope.bindings[near[0]]]
    return nodes[0] if len(nodes) == 1 and isinstance(nodes[0], ast.Name) else None


def _renamed(script: ParsedScript, node: ast.Name, name: str) -> tuple[TextEdit, ...]:
    """The local under its right name, declared global where it is not."""
    init = script.init
    assert init is not None  # noqa: S101 (the name was found in it)
    edits = [script.replace(node, name)]
    for scope in script.walk.scopes:
        if node.id in scope.uses and scope.lookup(node.id) is init.scope:
            edits += [script.replace(use, name) for use, _ in scope.uses[node.id]]
    if name not in init.scope.globals:
        statement = global_statement(script, init.scope, name)
        if statement is not None:
            edits += statement.edits
    return tuple(edits)
