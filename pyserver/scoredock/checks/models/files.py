"""Checks of how the files of models are opened: in binary mode, as files and not folders, at the path that
get_model_path gives."""

from __future__ import annotations

import ast
import json
import posixpath

from scoredock import l10n
from scoredock.analysis.facts import ModelFacts
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.models import file_rules as rules
from scoredock.checks.models.path_value import CALLS as PATH_CALLS
from scoredock.checks.models.path_value import Evaluator
from scoredock.checks.script.qualified import argument, builtin_call, follow, qualified, text_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY
from scoredock.text import Fix

_PICKLES = frozenset(("pickle.load", "dill.load", "cloudpickle.load", "_pickle.load"))
_BINARY = _PICKLES | {"joblib.load", "torch.load"}
_OF_FILES = frozenset(("joblib.load", "torch.load", "torch.jit.load", "onnxruntime.InferenceSession", "numpy.load"))
_PATH_MAKERS = frozenset(("os.path.join", "pathlib.Path", "os.listdir", "joblib.load", "os.path.exists"))
_VARIABLE = "AZUREML_MODEL_DIR"
_MOST_FILES = 3


def check_model_files(script: ParsedScript) -> list[Finding]:
    """Findings about the opening of files."""
    findings = []
    evaluator: Evaluator | None = None
    for call, scope, flags, name in script.named_calls:
        if flags & MAIN_ONLY or not call.args:
            continue
        if name in _BINARY:
            findings += _check_mode(script, call, scope, name)
        if name in _PICKLES:
            findings += _check_path(script, call, scope)
        if name in _OF_FILES and not flags & (IN_TRY | IN_IF):
            evaluator = evaluator or Evaluator(script.walk.scopes)
            findings += _check_folder(script, call.args[0], scope, evaluator, call)
        if name in _PATH_MAKERS:
            findings += _check_name(script, call.args[0], scope)
        if name == "os.path.join" and not flags & IN_TRY:
            findings += _check_joined(script, call, call.args, scope, flags)
    if "get_model_path" in script.text:
        for sum_, scope, flags in script.walk.paths:
            if isinstance(sum_, ast.BinOp) and not flags & (IN_TRY | MAIN_ONLY):
                findings += _check_joined(script, sum_, [sum_.left, sum_.right], scope, flags)
    for sum_, scope, flags in script.walk.paths:
        if isinstance(sum_, ast.BinOp) and isinstance(sum_.op, ast.Add) and not flags & (IN_TRY | MAIN_ONLY):
            tail = sum_.right
            if isinstance(tail, ast.Constant) and isinstance(tail.value, str) and tail.value.startswith("/"):
                findings += _check_name(script, sum_.left, scope)
    for call, scope, flags in script.plain_calls.get("open", ()):
        if call.args and scope.lookup("open") is None and not flags & (MAIN_ONLY | IN_TRY | IN_IF):
            evaluator = evaluator or Evaluator(script.walk.scopes)
            findings += _check_folder(script, call.args[0], scope, evaluator, call)
    return findings


def _check_name(script: ParsedScript, expression: ast.expr, scope: Scope) -> list[Finding]:
    """The name of the variable where its value belongs."""
    node, _ = follow(expression, scope)
    if not isinstance(node, ast.Constant) or node.value != _VARIABLE:
        return []
    bindings = script.walk.module.bindings.items()
    name = next((n for n, bs in bindings if any(b.kind == "import" and b.target == "os" for b in bs)), "")
    edit = script.replace(expression, f'{name or "os"}.environ["{_VARIABLE}"]')
    edits = (edit,) if name else (script.add_import("import os"), edit)
    return [
        rules.NAME_FOR_VALUE.finding(
            script.range(expression), fixes=(Fix(l10n.t("Read the variable"), edits, preferred=True),)
        )
    ]


def open_call(node: ast.expr, scope: Scope) -> ast.Call | None:
    """The call of open() that gave a file, directly, through one assignment or in a with statement."""
    if isinstance(node, ast.Name):
        bindings = scope.resolve(node.id)
        if len(bindings) != 1 or bindings[0].value is None or bindings[0].owner is None:
            return None
        node, scope = bindings[0].value, bindings[0].owner
    return node if isinstance(node, ast.Call) and builtin_call(node, scope) == "open" else None


def _check_mode(script: ParsedScript, call: ast.Call, scope: Scope, name: str) -> list[Finding]:
    opened = open_call(call.args[0], scope)
    if opened is None or not opened.args or any(k.arg is None for k in opened.keywords):
        return []
    mode = argument(opened, 1, "mode")
    written = mode.value if isinstance(mode, ast.Constant) and isinstance(mode.value, str) else None
    if (mode is not None and written is None) or (written is not None and ("b" in written or "r" not in written)):
        return []
    end = script.range(opened.args[0]).end
    edit = script.insert(end, ', "rb"') if mode is None else script.replace(mode, '"rb"')
    textual = {"encoding", "errors", "newline"} & {k.arg for k in opened.keywords}
    fixes = () if textual else (Fix(l10n.t("Open it with “rb”"), (edit,), preferred=True, certain=True),)
    return [rules.TEXT_MODE.finding(script.range(opened), fixes=fixes, call=f"{name.rpartition('.')[0]}.load()")]


def _check_path(script: ParsedScript, call: ast.Call, scope: Scope) -> list[Finding]:
    expression = call.args[0]
    node, where = follow(expression, scope)
    path = (
        (isinstance(node, ast.Constant) and isinstance(node.value, str))
        or isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Call) and qualified(node.func, where) in PATH_CALLS)
    )
    if not path:
        return []
    fix = Fix(
        l10n.t("Open the file"),
        (script.replace(expression, f'open({script.source(expression)}, "rb")'),),
        preferred=True,
    )
    shown = script.source(call.func) + "()"
    return [rules.PATH_FOR_FILE.finding(script.range(expression), fixes=(fix,), call=shown)]


def _check_folder(
    script: ParsedScript, expression: ast.expr, scope: Scope, evaluator: Evaluator, call: ast.Call
) -> list[Finding]:
    """A path below AZUREML_MODEL_DIR that is a folder, given to what reads files."""
    if "AZUREML_MODEL_DIR" not in script.text:
        return []
    value = evaluator.evaluate(expression, scope)
    if value is None or value.open or value.glued or value.absolute or any(c in value.text for c in "*?["):
        return []
    models = script.facts.deployed_models
    path = "/".join(value.parts)
    files: list[str] = []
    if models is not None and len(models) == 1:
        files = [f for f in models[0].files if not path or f.startswith(path + "/")]
        if path and not files:
            return []
    elif path:
        return []
    fixes: list[Fix] = []
    name = next((n for n, bs in script.walk.module.bindings.items() if any(b.target == "os" for b in bs)), "")
    for file in files[:_MOST_FILES] if name and len(files) <= _MOST_FILES else []:
        rest = ", ".join(json.dumps(part, ensure_ascii=False) for part in file[len(path) :].strip("/").split("/"))
        new = f"{name}.path.join({script.source(expression)}, {rest})"
        fixes.append(Fix(l10n.t("Join {file}", file=file), (script.replace(expression, new),), preferred=not fixes))
    call_text = script.source(call.func) + "()"
    message = (
        l10n.t("{call} needs a file, but “{path}” is a folder.", call=call_text, path=f"AZUREML_MODEL_DIR/{path}")
        if path
        else ""
    )
    return [rules.FOLDER.finding(script.range(expression), fixes=tuple(fixes), message=message, call=call_text)]


def _check_joined(
    script: ParsedScript, join: ast.expr, expressions: list[ast.expr], scope: Scope, flags: int
) -> list[Finding]:
    """A name joined to what Model.get_model_path gives, against the one file or folder that the model is."""
    model_call, where = follow(expressions[0], scope)
    if not isinstance(model_call, ast.Call) or len(expressions) < 2:
        return []
    name = qualified(model_call.func, where)
    if not (name.startswith("azureml.") and name.endswith("Model.get_model_path")):
        return []
    model = _model(script, model_call, where)
    parts = [text_of(a, scope) for a in expressions[1:]]
    if model is None or any(p is None for p in parts):
        return []
    tops = {f.split("/")[0] for f in model.files}
    if len(tops) != 1:
        return []
    top = tops.pop()
    if isinstance(join, ast.BinOp) and isinstance(join.op, ast.Add) and not (parts[0] or "").startswith("/"):
        return []
    below = posixpath.normpath("/".join(p for p in parts if p).lstrip("/"))
    severity: Severity | None = "warning" if script.facts.deployed_models is None or flags & IN_IF else None
    label = f"{model.name}:{model.version}"
    fixes: tuple[Fix, ...] = ()
    if model.files == (top,):
        use = Fix(
            l10n.t("Use the path as it is"), (script.replace(join, script.source(expressions[0])),), preferred=True
        )
        fixes = (use,) if below != "." else ()
        place = script.range(join)
        return [rules.BELOW_FILE.finding(place, severity=severity, fixes=fixes, path=top, model_id=label)]
    wanted = f"{top}/{below}"
    if below == ".":
        return []  # a slash, and the name follows
    if any(f == wanted or f.startswith(wanted + "/") for f in model.files):
        return []
    shorter = below[len(top) + 1 :] if below.startswith(top + "/") else ""
    if shorter and f"{top}/{shorter}" in model.files and isinstance(join, ast.Call):
        rest = ", ".join(json.dumps(part, ensure_ascii=False) for part in shorter.split("/"))
        new = f"{script.source(join.func)}({script.source(expressions[0])}, {rest})"
        fixes = (Fix(l10n.t("Change to {path}", path=shorter), (script.replace(join, new),), preferred=True),)
    message = l10n.t(
        "get_model_path() gives the folder “{folder}” of “{model_id}”, which has no “{path}”.",
        folder=top,
        model_id=label,
        path=below,
    )
    return [rules.BELOW_FILE.finding(script.range(join), severity=severity, fixes=fixes, message=message)]


def _model(script: ParsedScript, call: ast.Call, scope: Scope) -> ModelFacts | None:
    """The model that get_model_path will find, when that is plain."""
    name = text_of(argument(call, 0, "model_name"), scope)
    version = argument(call, 1, "version")
    facts = script.facts
    known = facts.deployed_models if facts.deployed_models is not None else (facts.models or {}).get(name or "", ())
    versions = [m for m in known if m.name == name]
    if isinstance(version, ast.Constant) and version.value is not None:
        versions = [m for m in versions if m.version == version.value]
    elif version is not None and not isinstance(version, ast.Constant):
        return None
    return max(versions, key=lambda m: m.version) if versions else None
