"""Files that a script opens from its own folder or from the working directory, compared with what lies there."""

from __future__ import annotations

import ast
import posixpath
import re

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.paths import folder_of
from scoredock.analysis.rule import proposal
from scoredock.checks.image_paths import is_in_image
from scoredock.checks.models import file_rules as rules
from scoredock.checks.programs_beside import SCHEMA_OF_FIRST_SERVICE, has_models_beside
from scoredock.checks.script.qualified import follow, qualified, text_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, IN_TRY, MAIN_ONLY
from scoredock.checks.similar import similar
from scoredock.checks.written_files import is_made, is_written
from scoredock.text import Fix

_READERS = frozenset(
    (
        "joblib.load",
        "numpy.load",
        "numpy.loadtxt",
        "pandas.read_csv",
        "pandas.read_json",
        "pandas.read_pickle",
        "pandas.read_parquet",
        "torch.load",
        "torch.jit.load",
        "keras.models.load_model",
        "tensorflow.keras.models.load_model",
        "onnxruntime.InferenceSession",
        "io.open",
    )
)
_READING_METHODS = frozenset(("read_text", "read_bytes"))
_SAME = frozenset(("os.path.abspath", "os.path.realpath", "os.path.normpath"))
_SAME_METHODS = frozenset(("resolve", "absolute"))
_PATHS = frozenset(("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"))
_WORKING_DIRECTORY = frozenset(("os.getcwd", "pathlib.Path.cwd"))
_MODELS = "azureml-models"
_DEPTH = 8
_MAKES = re.compile(
    r"exists\(|isfile\(|isdir\(|listdir\(|chdir|download|urlretrieve|urlopen|extractall|requests\.get|blob"
)
"""What tells that a script looks for its files itself, or fetches them."""
_PROGRAMS = 40
"""Programs beside a script that are looked into."""


def check_beside_script(script: ParsedScript) -> list[Finding]:
    """Findings about files that are not there. Silent where the script looks for them itself."""
    return _check_own_folder(script) + _check_working_directory(script)


def _check_working_directory(script: ParsedScript) -> list[Finding]:
    """Files by a relative path that lie in no folder in which a service could look for them."""
    facts = script.facts
    if not facts.path or facts.listing is None or _MAKES.search(script.text):
        return []
    beside, root = folder_of(facts.path), facts.source_directory.rstrip("/")
    folders = [folder for folder in (beside, folder_of(beside), root, folder_of(root) if root else "") if folder]
    of_models = {posixpath.basename(file) for model in facts.deployed_models or () for file in model.files}
    registered = {file for model in facts.models_at_hand for file in model.files}
    findings = []
    for given, scope in _opened(script):
        node, where = follow(given, scope)
        path = from_working_directory(node, where)
        if not path or not scope.is_started or not facts.exists(beside) or is_in_service(path, facts):
            continue
        name = posixpath.basename(path)
        if name in of_models or path in registered or script.text.count(name) > 1 or lies_beside(path, script):
            continue  # the model's own rules speak of it, or the script makes it itself
        if any(facts.exists(posixpath.normpath(posixpath.join(folder, path))) for folder in folders):
            continue
        if _is_made(path, beside, script) or is_in_image(path, facts):
            continue
        # Where nobody has deployed the script, the file may be one that its author has and the repository lacks.
        severity: Severity = "error" if facts.deployed_models is not None else "warning"
        # A notebook that writes the script names all of its files, and may write others.
        writes = is_made if is_made(facts.path, facts) else is_written
        if severity == "warning" and writes(path, facts):
            severity = "information"
        place = script.range(node)
        findings.append(rules.NOT_BESIDE.finding(place, severity=severity, path=path[:120], hint=""))
    return findings


def _is_made(path: str, beside: str, script: ParsedScript) -> bool:
    """True if a program beside the script names the folder of a file, or one above it the file itself: it puts together
    what it deploys."""
    folder = path.partition("/")[0]
    if "/" not in path or folder in (".", ".."):
        return False
    return _is_named(folder, beside, script) or _is_named(posixpath.basename(path), folder_of(beside), script)


def _is_named(name: str, folder: str, script: ParsedScript) -> bool:
    """True if another program in a folder has the name in it."""
    if script.facts.listing is None:
        return False
    named = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])")
    own = script.facts.path.replace("\\", "/")
    programs = (each for each in script.facts.listing(folder) if each.endswith((".py", ".sh", ".ipynb")))
    paths = [posixpath.join(folder, each) for each in programs][:_PROGRAMS]
    return any(named.search(script.facts.read(each) or "") for each in paths if each != own)


def is_in_service(path: str, facts: Facts) -> bool:
    """True if a path leads to the models as the working directory of a service holds them, below NAME/VERSION."""
    top, _, inner = path.partition("/")
    deployed = facts.deployed_models
    if top != _MODELS or deployed is None:
        return top == _MODELS  # with which models it will be deployed is open
    return any(
        f"{each.name}/{each.version}/{file}/".startswith(f"{inner}/") for each in deployed for file in each.files
    )


def lies_beside(path: str, script: ParsedScript) -> bool:
    """True if a file of the deployed models lies beside the script, as in the first services, or their schema."""
    return path in script.once(_files_beside)


def _files_beside(script: ParsedScript) -> frozenset[str]:
    facts = script.facts
    if facts.deployed_models is None or not has_models_beside(script.text, facts):
        return frozenset()
    files = {file for model in facts.deployed_models for file in model.files}
    schema = posixpath.join(folder_of(facts.path), SCHEMA_OF_FIRST_SERVICE)
    return frozenset(files | ({SCHEMA_OF_FIRST_SERVICE} if facts.exists(schema) else set()))


def from_working_directory(node: ast.expr, scope: Scope) -> str:
    """The relative path of a literal, or of one that is joined to os.getcwd(); empty for anything else."""
    parts: list[str | None] = [text_of(node, scope)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Div) and _is_at_hand(node.left, scope):
        tail = text_of(node.right, scope) or ""
        parts = [tail[1:] if isinstance(node.op, ast.Add) and tail.startswith("/") else tail]
    elif isinstance(node, ast.Call):
        name = qualified(node.func, scope)
        if name == "os.path.join" and node.args:
            at_hand = len(node.args) > 1 and _is_at_hand(node.args[0], scope)
            parts = [text_of(each, scope) for each in (node.args[1:] if at_hand else node.args)]
        elif name in _PATHS and len(node.args) == 1:
            parts = [text_of(node.args[0], scope)]
    if not all(part and part[0] not in "/\\~" and ":" not in part and "\n" not in part for part in parts):
        return ""
    return posixpath.normpath("/".join(part.replace("\\", "/") for part in parts if part))[:500]


def _is_at_hand(node: ast.expr, scope: Scope) -> bool:
    """True if an expression is the working directory: `os.getcwd()`, `Path.cwd()`."""
    node, scope = follow(node, scope)
    return isinstance(node, ast.Call) and qualified(node.func, scope) in _WORKING_DIRECTORY


def _check_own_folder(script: ParsedScript) -> list[Finding]:
    facts = script.facts
    if "__file__" not in script.text or not facts.path or "exists(" in script.text or "isfile(" in script.text:
        return []
    folder = posixpath.dirname(facts.path.replace("\\", "/"))
    findings = []
    for node, scope in _opened(script):
        relative = _relative(node, scope, _DEPTH)
        if relative == "":
            message = l10n.t("“{name}” is the folder of the script, not a file.", name=script.source(node)[:80])
            findings.append(rules.NOT_BESIDE.finding(script.range(node), severity="error", message=message))
        if not relative or relative.startswith("..") or not facts.exists(folder):
            continue
        if relative.startswith("<script>/"):
            own = posixpath.basename(facts.path.replace("\\", "/"))
            message = l10n.t(
                "“{path}” does not exist beside the script; “{name}” is a file; os.path.dirname() gives its folder.",
                path=relative.replace("<script>", own),
                name=own,
            )
            findings.append(rules.NOT_BESIDE.finding(script.range(node), message=message))
            continue
        if facts.exists(posixpath.join(folder, relative)) or is_in_image(relative, facts):
            continue
        inner, name = posixpath.split(relative)
        there = facts.listing(posixpath.join(folder, inner)) if facts.listing is not None else ()
        near = next((n for n in there if n.lower() == name.lower()), "") or next(iter(similar(name, there, 1, 0.7)), "")
        literal = _written(node, scope, name)
        fixes: tuple[Fix, ...] = ()
        if near and literal is not None:
            fixes = (
                Fix(
                    l10n.t("Change to {near}", near=near),
                    (script.replace(literal, repr(near).replace("'", '"')),),
                    preferred=True,
                ),
            )
        hint = proposal(near)
        # Without a file that was meant it may be one that is still to be made, such as a model that is trained later.
        severity: Severity = "error" if near else "information"
        place = script.range(literal or node)
        findings.append(rules.NOT_BESIDE.finding(place, severity=severity, fixes=fixes, path=relative, hint=hint))
    return findings


def _opened(script: ParsedScript) -> list[tuple[ast.expr, Scope]]:
    """Paths that are opened to be read, wherever the script gets to."""
    paths: list[tuple[ast.expr, Scope]] = []
    surely = MAIN_ONLY | IN_TRY | IN_IF
    for call, scope, flags in script.plain_calls.get("open", ()):
        mode = text_of(call.args[1], scope) if len(call.args) > 1 else "r"
        named = next((k for k in call.keywords if k.arg == "mode"), None)
        mode = text_of(named.value, scope) if named is not None else mode
        if call.args and not flags & surely and mode is not None and not set(mode) & set("wax"):
            paths.append((call.args[0], scope))
    for call, scope, flags, name in script.named_calls:
        if name in _READERS and call.args and not flags & surely:
            paths.append((call.args[0], scope))
    for call, scope, flags in script.method_calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in _READING_METHODS and not flags & surely:
            paths.append((call.func.value, scope))
    return paths


def _relative(node: ast.expr, scope: Scope, depth: int) -> str | None:
    """The path below the folder of the script, empty for the folder itself; None for anything else."""
    if depth <= 0:
        return None
    node, scope = follow(node, scope)
    if isinstance(node, ast.Call):
        name = qualified(node.func, scope)
        if name == "os.path.dirname" and len(node.args) == 1:
            return "" if _is_file(node.args[0], scope, depth) else _up(_relative(node.args[0], scope, depth - 1))
        if name == "os.path.join" and node.args:
            return _below(_base(node.args[0], scope, depth - 1), node.args[1:], scope)
        if (name in _SAME or name in _PATHS) and len(node.args) == 1:
            return _relative(node.args[0], scope, depth - 1)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _SAME_METHODS and not node.args:
            return _relative(node.func.value, scope, depth - 1)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "joinpath":
            return _below(_relative(node.func.value, scope, depth - 1), node.args, scope)
        return None
    if isinstance(node, ast.Attribute) and node.attr == "parent":
        return "" if _is_file(node.value, scope, depth) else _up(_relative(node.value, scope, depth - 1))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _below(_base(node.left, scope, depth - 1), [node.right], scope)
    return None


def _is_file(node: ast.expr, scope: Scope, depth: int) -> bool:
    """`__file__` itself, made absolute or a Path."""
    node, scope = follow(node, scope)
    if depth <= 0:
        return False
    if isinstance(node, ast.Name):
        return node.id == "__file__"
    if isinstance(node, ast.Call):
        name = qualified(node.func, scope)
        if (name in _SAME or name in _PATHS) and len(node.args) == 1:
            return _is_file(node.args[0], scope, depth - 1)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _SAME_METHODS and not node.args:
            return _is_file(node.func.value, scope, depth - 1)
    return False


def _up(relative: str | None) -> str | None:
    return None if relative is None else posixpath.normpath(posixpath.join(relative, ".."))


def _base(node: ast.expr, scope: Scope, depth: int) -> str | None:
    """The folder that something is joined to; the script itself where that was taken for its folder."""
    return "<script>" if _is_file(node, scope, depth) else _relative(node, scope, depth)


def _below(folder: str | None, parts: list[ast.expr], scope: Scope) -> str | None:
    if folder is None:
        return None
    for part in parts:
        text = text_of(part, scope)
        if text is None or text.startswith(("/", "\\")) or "\\" in text:
            return None
        folder = posixpath.normpath(posixpath.join(folder, text))
    return folder


def _written(node: ast.expr, scope: Scope, name: str) -> ast.expr | None:
    """The literal that holds the last part of a path."""
    node, scope = follow(node, scope)
    last = node.args[-1] if isinstance(node, ast.Call) and node.args else None
    last = node.right if isinstance(node, ast.BinOp) else last
    return last if isinstance(last, ast.Constant) and last.value == name else None
