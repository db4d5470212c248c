"""Files and folders that a script of the SDK names: those of an InferenceConfig, submitted scripts, config.json."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_above, folder_of, known_folder, names_in, resolve, same_but_case
from scoredock.analysis.rule import enumeration
from scoredock.checks.absent_files import is_brought
from scoredock.checks.models.loading import EXTERNALS, PYTHONS_BEFORE
from scoredock.checks.requests.request_rules import OLD_JOBLIB
from scoredock.checks.script.placeholder_rules import PLACEHOLDER
from scoredock.checks.script.qualified import argument, follow, text_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript, TooComplex, parse_script
from scoredock.checks.script.syntax import problem_of
from scoredock.checks.similar import similar
from scoredock.checks.written_files import is_written
from scoredock.contrib.sdk.checks import rules
from scoredock.contrib.sdk.checks.removed_names import lists_of, python_of, removed_names, takes_any
from scoredock.contrib.sdk.checks.sent_options import check_sent_options
from scoredock.contrib.sdk.checks.values import SdkValues
from scoredock.formats.placeholders import ANGLES, is_left_open
from scoredock.text import Fix

_READ = {
    ("Environment", "from_conda_specification"): (1, "file_path"),
    ("Environment", "from_pip_requirements"): (1, "file_path"),
    ("Workspace", "from_config"): (0, "path"),
    ("Environment", "load_from_directory"): (0, "path"),
    ("TabularDatasetFactory", "from_delimited_files"): (0, "path"),
    ("TabularDatasetFactory", "from_json_lines_files"): (0, "path"),
    ("TabularDatasetFactory", "from_parquet_files"): (0, "path"),
    ("FileDatasetFactory", "from_files"): (0, "path"),
    ("FileDatasetFactory", "upload_directory"): (0, "src_dir"),
    ("Datastore", "upload"): (0, "src_dir"),
}
"""Methods that open a file or folder, and which argument names it."""
_WORKSPACE_FILES = (".azureml/config.json", "aml_config/config.json", "config.json")
_KEYWORD = 1000
"""The position of an argument that has only a name."""
_SCRIPT_RUNS = ("azureml.core.ScriptRunConfig", "azureml.core.script_run_config.ScriptRunConfig")
_SCRIPT_STEPS = (
    "azureml.pipeline.steps.PythonScriptStep",
    "azureml.pipeline.steps.python_script_step.PythonScriptStep",
)
_BATCHES = (
    "azureml.pipeline.steps.ParallelRunConfig",
    "azureml.contrib.pipeline.steps.ParallelRunConfig",
    "azureml.pipeline.steps.parallel_run_config.ParallelRunConfig",
)
_MODEL_FILE = re.compile(r"\.(?:pkl|pickle|joblib|onnx|h5|keras|pt|pth|bin|json|zip|cbm|ubj|txt)$", re.IGNORECASE)
_MAKES = re.compile(
    r"(?:.*_)?(?:download|fetch)|open$|urlretrieve$|write|save|dump|export|copy|move$|rename$|replace$"
    r"|to_(?:csv|json|parquet|pickle|excel|feather|file|onnx)$|make_?dirs?$|mkdirs?$|mkdtemp$|extractall$|unpack_archive$"
)
"""Calls that leave a file under one of the paths that they get."""
_DEFINES = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
_FOLDERS_BESIDE = 100
_SHARE = re.compile(r"(?:\./)?Users/[^/]+/")
_TABLES = frozenset(f"pandas.read_{kind}" for kind in ("csv", "table", "json", "excel", "parquet"))
_PAGE = re.compile(r"https?://(?:www\.)?github\.com/([^/?#]+/[^/?#]+)/blob/([^?#]+)")
"""GitHub's page of a file; with `?raw=true` it is the file itself."""
_TEMPLATE = re.compile(r"template|example|sample|dist$|\bdefault", re.IGNORECASE)
"""A file of such a name is copied, and the copy filled in."""


def check_files(script: ParsedScript, values: SdkValues) -> list[Finding]:
    """Findings about paths, call by call."""
    findings = _pages(script, values)
    makers = _makers(script)
    for call, scope, _ in script.walk.calls:
        class_name = values.class_named(call.func, scope)
        if class_name == "InferenceConfig":
            findings += _entry_script(script, call, scope)
            findings += _beside_entry_script(script, call, scope)
        elif class_name == "CondaDependencies":
            findings += _file(script, call, scope, 0, "conda_dependencies_file_path")
        elif of_script := _SCRIPTS.get(script.dotted(call.func, scope) or ""):
            findings += of_script(script, call, scope)
        findings += _names_submitted(script, call, scope)
        if class_name or not isinstance(call.func, ast.Attribute):
            continue
        owner, _named = values.owner(call.func, scope)
        findings += _files_of_method(script, call, scope, (owner, call.func.attr), makers)
    return findings


def _files_of_method(
    script: ParsedScript, call: ast.Call, scope: Scope, method: tuple[str, str], makers: set[str]
) -> Iterable[Finding]:
    if method in _READ:
        is_searched = method[1] == "from_config" and not call.args and not call.keywords
        return _workspace_file(script, call) if is_searched else _file(script, call, scope, *_READ[method])
    if method == ("ContainerImage", "image_configuration"):
        return _script_of_an_image(script, call, scope)
    if method == ("Model", "register") and not makers - {"dumps"}:
        return _model_path(script, call, scope, is_sure=not makers)
    if method == ("Model", "deploy") and not makers:
        return _deployed_paths(script, call, scope)
    return ()


def _pages(script: ParsedScript, values: SdkValues) -> list[Finding]:
    """Findings about addresses of pages, in whatever reads a file."""
    findings: list[Finding] = []
    if "/blob/" not in script.text:
        return findings
    for call, scope, _ in script.walk.calls:
        if not isinstance(call.func, ast.Attribute):
            continue
        owner, _named = values.owner(call.func, scope)
        place = _READ.get((owner, call.func.attr)) if owner else None
        if script.dotted(call.func, scope) in _TABLES:
            place = (0, "filepath_or_buffer")
        findings += _page(script, call, scope, *place) if place is not None else ()
    return findings


def _page(script: ParsedScript, call: ast.Call, scope: Scope, position: int, name: str) -> Iterator[Finding]:
    """The address of a page that shows a file, read as if it were that file."""
    node = argument(call, position, name)
    page = _PAGE.fullmatch(text_of(node, scope) or "")
    if node is None or page is None:
        return
    literal, _ = follow(node, scope)
    raw = f"https://raw.githubusercontent.com/{page[1]}/{page[2]}"
    fixes = (_other_path(script, literal, raw),) if isinstance(literal, ast.Constant) else ()
    message = l10n.t("This is the address of GitHub's page, which is HTML; the file itself is at “{raw}”.", raw=raw)
    yield rules.NO_FILE.finding(script.range(node), fixes=fixes, message=message)


def _entry_script(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    node = argument(call, 0, "entry_script")
    path = text_of(node, scope)
    if node is None or not path:
        return
    name = re.split(r"[\\/]", path)[-1]
    place = script.range(node)
    if not name.endswith(".py"):
        yield rules.ENTRY_SCRIPT.finding(place, message=l10n.t("“{name}” does not end in .py.", name=name))
        return
    if not name[:-3].isidentifier():
        yield rules.ENTRY_SCRIPT.finding(place, name=name)
        return
    yield from _script_in_folder(script, node, argument(call, 4, "source_directory"), scope)


def _scoring_script(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """Checks the script that a deployment of v2 calls, and the folder that it is in."""
    yield from _sent(script, call, scope, 0, "code")
    if node := argument(call, 1, "scoring_script"):
        yield from _script_in_folder(script, node, argument(call, 0, "code"), scope)


def _sent(script: ParsedScript, call: ast.Call, scope: Scope, position: int, name: str) -> Iterator[Finding]:
    """A folder or a file that azure-ai-ml sends along, or reads."""
    path, facts = text_of(argument(call, position, name), scope) or "", script.facts
    is_relative = not any(each.arg == "base_path" for each in call.keywords)  # to the folder of the script
    if is_relative and path.strip("./\\") and "\n" not in path and ":" not in path:
        plain = path.replace("\\", "/").rstrip("/")
        if not is_brought(plain, folder_of(facts.path), facts) and not _is_on_share(plain, facts):
            yield from _file(script, call, scope, position, name)


def _script_of_a_deployment(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """Checks the script of a deployment of v2, which takes both halves of a CodeConfiguration as well."""
    yield from _sent(script, call, scope, _KEYWORD, "code_path")
    node, source = argument(call, _KEYWORD, "scoring_script"), argument(call, _KEYWORD, "code_path")
    if node is not None and source is not None:
        yield from _script_in_folder(script, node, source, scope)


def _model_of_v2(script: ParsedScript, call: ast.Call, scope: Scope) -> list[Finding]:
    """One with a name that is nearly there; others are too large for a repository."""
    return [] if _makers(script) else [f for f in _sent(script, call, scope, _KEYWORD, "path") if f.fixes]


def _image_of_v2(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """The folder that an image is built from."""
    return _sent(script, call, scope, _KEYWORD, "path")


def _conda_file(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """Checks the conda file of an environment of v2."""
    return _sent(script, call, scope, _KEYWORD, "conda_file")


def _code_of_a_job(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """Checks the code of a job of v2."""
    return _sent(script, call, scope, _KEYWORD, "code")


def _script_in_folder(
    script: ParsedScript, node: ast.expr, source_node: ast.expr | None, scope: Scope
) -> Iterator[Finding]:
    """Checks if the script of a service is there, in the folder that goes with it, and has its functions."""
    facts = script.facts
    path, folder = text_of(node, scope), known_folder(facts)
    source = "" if source_node is None else text_of(source_node, scope)
    if not path or folder is None or source is None or posixpath.isabs(path) or path[1:2] == ":":
        return
    place, name = script.range(node), re.split(r"[\\/]", path)[-1]
    base = resolve(folder, source) if source else folder
    if "BatchDeployment" not in script.text:
        yield from _without_functions(script, node, path, resolve(base, path))
    message = l10n.t("“{path}” does not exist in “{folder}”.", path=path, folder=source) if source else ""
    inner = _below(source, path) if source and not facts.exists(resolve(base, path)) else ""
    if inner and facts.exists(resolve(base, inner)):
        literal, _ = follow(node, scope)
        fix = _other_path(script, literal, inner) if isinstance(literal, ast.Constant) else None
        yield rules.NO_ENTRY_SCRIPT.finding(place, fixes=(fix,) if fix else (), message=message)
        return
    if (
        (source and not facts.is_folder(base))
        or facts.exists(resolve(base, path))
        or _exists_above(script, source or "", path)
        or _mentions(script, name) > 1  # the script itself may write it
        or _is_made(script, node)
        or _fetches(script, but="download_file")
        or is_brought(path, base, facts)
        or _is_on_share(path, facts)
    ):
        return
    if other := _of_other_case(script, node, base, path, scope):
        yield rules.NO_ENTRY_SCRIPT.finding(place, fixes=other.fixes, message=other.message)
        return
    fixes = _nearest(script, node, path, base, scope)
    yield rules.NO_ENTRY_SCRIPT.finding(place, fixes=fixes, message=message, path=path)


def _without_functions(script: ParsedScript, node: ast.expr, name: str, path: str) -> Iterator[Finding]:
    """That the script at a path lacks what a service calls, unless this one names it again, which may write it."""
    is_named_again = _mentions(script, name.replace("\\", "/")) != 1
    if is_named_again or not (absent := _absent_functions(script.facts.read(path) or "")):
        return
    functions = enumeration([f"{each}()" for each in absent], "or")
    message = l10n.t("“{name}” defines no {functions}, so the service does not start.", name=name, functions=functions)
    yield rules.ENTRY_SCRIPT.finding(script.range(node), severity="warning", message=message)


def _script_of_an_image(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """Checks the script that a service of the image would call."""
    node, folder = argument(call, 0, "execution_script"), known_folder(script.facts)
    path = text_of(node, scope)
    if node is not None and folder is not None and path and not _is_elsewhere(path):
        yield from _without_functions(script, node, path, resolve(folder, path))


def _script_of_a_batch(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """Checks the script that is called with each mini-batch."""
    node, source_node = argument(call, _KEYWORD, "entry_script"), argument(call, _KEYWORD, "source_directory")
    path, folder = text_of(node, scope), known_folder(script.facts)
    source = "." if source_node is None else text_of(source_node, scope)
    if node is None or not path or not source or folder is None or _is_elsewhere(source) or _is_elsewhere(path):
        return
    text = script.facts.read(resolve(resolve(folder, source), path)) or ""
    if "run" in _absent_functions(text) and _mentions(script, path) == 1:
        message = l10n.t("“{name}” defines no run(), so no mini-batch is scored.", name=path)
        yield rules.ENTRY_SCRIPT.finding(script.range(node), severity="warning", message=message)


def _below(folder: str, path: str) -> str:
    """Rest of a path behind a folder that it begins with; empty if it does not."""
    folder, path = (posixpath.normpath(each.replace("\\", "/")) for each in (folder, path))
    return path[len(folder) + 1 :] if path.startswith(f"{folder}/") else ""


def _absent_functions(text: str) -> list[str]:
    """Which of the two functions that the server calls a script does not have, under any name that it could be had by;
    none where that is not clear."""
    try:
        walk = parse_script(text, Facts()).walk
    except (SyntaxError, TooComplex, RecursionError, MemoryError):
        return []
    if not text.strip() or walk.star_import or "ModelHandler" in walk.module.bindings:
        return []
    return [name for name in ("init", "run") if name not in walk.module.bindings]


def _beside_entry_script(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """The folder of the entry script, and the files of older arguments, which lie in it."""
    folder = known_folder(script.facts)
    node = argument(call, 4, "source_directory")
    source = "" if node is None else text_of(node, scope)
    if folder is None or source is None or _is_elsewhere(source):
        return
    base = resolve(folder, source)
    if node is not None and (other := _of_other_case(script, node, folder, source, scope)):
        yield other
        return
    if node is not None and source and not _is_there(script, base, source):
        if _is_made(script, node):
            return
        fixes = _nearest(script, node, source, folder, scope)
        yield rules.NO_FILE.finding(script.range(node), fixes=fixes, path=source)
        return
    for position, name in ((2, "conda_file"), (3, "extra_docker_file_steps")):
        value = argument(call, position, name)
        path = text_of(value, scope)
        if value is None or not path or _is_elsewhere(path) or _is_there(script, resolve(base, path), path):
            continue
        if not (_fetches(script) or _is_made(script, value)):
            fixes = _nearest(script, value, path, base, scope)
            yield rules.NO_FILE.finding(
                script.range(value), fixes=fixes, path=posixpath.normpath(posixpath.join(source, path))
            )


def _submitted_script(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """The script that runs in an experiment, in its folder."""
    folder = known_folder(script.facts)
    source_node, node = argument(call, 0, "source_directory"), argument(call, 1, "script")
    source = "" if source_node is None else text_of(source_node, scope)
    path = text_of(node, scope)
    if folder is None or node is None or not path or source is None or _is_elsewhere(source) or _is_elsewhere(path):
        return
    if source_node is not None and (other := _of_other_case(script, source_node, folder, source, scope)):
        yield other
        return
    base = resolve(folder, source)
    place = posixpath.normpath(posixpath.join(source, path))
    text = script.facts.read(resolve(base, path))
    yield from _not_of_python(script, node, place, text)
    yield from _options(script, call, scope, place, text)
    if _is_made(script, node) or _fetches(script):
        return
    if source_node is not None and source and not _is_there(script, base, source):
        is_named_again = _mentions(script, path) > 1
        if is_named_again and not _is_made(script, source_node):
            fixes = _nearest(script, source_node, source, folder, scope)
            yield rules.NO_FILE.finding(script.range(source_node), fixes=fixes, path=source)
    if _is_there(script, resolve(base, path), place):
        return
    if _mentions(script, path) == 1:
        fixes = _nearest(script, node, path, base, scope)
        yield rules.NO_FILE.finding(
            script.range(node), fixes=fixes, path=posixpath.normpath(posixpath.join(source, path))
        )


def _script_of_a_step(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """Checks if Python reads the script. It is looked for from this folder and those above, where pipelines are often
    made.
    """
    node, source_node = argument(call, 0, "script_name"), argument(call, 9, "source_directory")
    path = text_of(node, scope)
    source = "." if source_node is None else text_of(source_node, scope)
    folder = known_folder(script.facts)
    if node is None or not path or source is None or folder is None or _is_elsewhere(source) or _is_elsewhere(path):
        return
    while folder:
        text = script.facts.read(resolve(resolve(folder, source), path))
        if text is not None:
            place = posixpath.normpath(posixpath.join(source, path))
            yield from _not_of_python(script, node, place, text)
            yield from _options(script, call, scope, place, text)
            return
        folder = folder_above(folder, script.facts)


def _not_of_python(script: ParsedScript, node: ast.expr, place: str, text: str | None) -> Iterator[Finding]:
    """That Python does not read the script at a place, unless this one names it again, which may write it."""
    fault = _syntax_fault(text or "") if place.endswith(".py") else None
    if fault is None or _mentions(script, place) > 1:
        return
    message = l10n.t(
        "“{path}” has an error in line {line}, which ends its run: {problem}.",
        path=place,
        line=fault.lineno or 1,
        problem=problem_of(fault),
    )
    yield rules.ENTRY_SCRIPT.finding(script.range(node), message=message)


def _options(script: ParsedScript, call: ast.Call, scope: Scope, place: str, text: str | None) -> Iterator[Finding]:
    """Those that the script at a place refuses, unless this one may write it."""
    if text and not _is_made(script, call) and _mentions(script, place) == 1:
        yield from check_sent_options(script, call, scope, text, place)


_SCRIPTS = {
    **dict.fromkeys(_SCRIPT_RUNS, _submitted_script),
    **dict.fromkeys(_SCRIPT_STEPS, _script_of_a_step),
    **dict.fromkeys(_BATCHES, _script_of_a_batch),
    "azure.ai.ml.entities.CodeConfiguration": _scoring_script,
    "azure.ai.ml.entities.Environment": _conda_file,
    "azure.ai.ml.entities.BuildContext": _image_of_v2,
    "azure.ai.ml.entities.Model": _model_of_v2,
    "azure.ai.ml.entities.ManagedOnlineDeployment": _script_of_a_deployment,
    "azure.ai.ml.entities.KubernetesOnlineDeployment": _script_of_a_deployment,
    "azure.ai.ml.entities.BatchDeployment": _script_of_a_deployment,
    "azure.ai.ml.command": _code_of_a_job,
}
"""What names a script that runs, or what goes with it, by its class."""


def _syntax_fault(text: str) -> SyntaxError | None:
    """Why Python does not read a script; None where it does, or where cells of a notebook wrote it."""
    try:
        parse_script(text, Facts())
    except SyntaxError as error:
        return None if text.lstrip("\ufeff").startswith("%%") else error
    except (TooComplex, RecursionError, MemoryError):
        return None
    return None


def _deployed_paths(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """Files among the models of a deployment; what has no folder or ending may be the name of a model."""
    folder = known_folder(script.facts)
    listed = argument(call, 2, "models")
    listed = follow(listed, scope)[0] if listed is not None else None
    if folder is None or not isinstance(listed, ast.List | ast.Tuple):
        return
    for node in listed.elts:
        path = text_of(node, scope) or ""
        is_path = _MODEL_FILE.search(path) is not None or path.startswith(("./", ".\\"))
        if is_path and not _is_elsewhere(path) and not _is_there(script, resolve(folder, path), path):
            fixes = _nearest(script, node, path, folder, scope)
            yield rules.MODEL_PATH.finding(script.range(node), fixes=fixes, path=path)


def _of_other_case(script: ParsedScript, node: ast.expr, folder: str, path: str, scope: Scope) -> Finding | None:
    """A path whose letters have another case on disk, as Windows allows; None where the script makes it as it is
    written."""
    facts, whole = script.facts, resolve(folder, path) if path else folder
    if facts.exists(whole) or facts.is_folder(whole) or _exists_above(script, "", path) or "*" in path:
        return None
    there = same_but_case(whole, facts)
    literal, _ = follow(node, scope)
    if there is None or _is_made(script, node) or not isinstance(literal, ast.Constant):
        return None
    name = posixpath.basename(path.rstrip("/"))
    makers = [(call, inner) for call, inner, _ in script.walk.calls if _MAKES.match(_name_of(call))]
    made = [script.source(call) for call, _ in makers]
    made += [text_of(each, inner) or "" for call, inner in makers for each in call.args]
    if any(name in text for text in made):
        return None
    spelling = posixpath.relpath(there, folder)
    fix = _other_path(script, literal, f"./{spelling}" if path.startswith("./") else spelling)
    message = l10n.t(
        "“{path}” is written “{spelling}” on disk, which is another name where a run has Linux.",
        path=path,
        spelling=spelling,
    )
    return rules.NO_FILE.finding(script.range(node), fixes=(fix,), message=message)


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _workspace_file(script: ParsedScript, call: ast.Call) -> Iterator[Finding]:
    """The file that tells the workspace, where it has no keys; one of those in `.azureml` wins, however far above."""
    facts = script.facts
    place, name = next(_workspace_files(facts, known_folder(facts) or ""), ("", ""))
    if place and (facts.read(place) or "").lstrip("\ufeff \t\r\n").startswith("["):
        message = l10n.t("“{path}” is a list and has no keys of a workspace, so this fails.", path=name)
        yield rules.NO_FILE.finding(script.range(call), message=message)


def _workspace_files(facts: Facts, folder: str) -> Iterator[tuple[str, str]]:
    """Places of the file of a workspace, from a folder upwards, in the order of the search, each with its name in that
    folder.
    """
    folders = [folder]
    while folders[-1]:
        folders.append(folder_above(folders[-1], facts))
    places = ((resolve(each, name), name) for name in _WORKSPACE_FILES for each in folders[:-1])
    return ((place, name) for place, name in places if facts.exists(place))


def _is_found_all_the_same(script: ParsedScript, folder: str, path: str) -> bool:
    """True if `from_config` finds another file where the one that it is given does not exist: it then searches from the
    folder of that one upwards, and takes a plain `config.json` where it has the keys of a workspace."""
    start = resolve(folder, posixpath.dirname(path))
    return any(
        "/" in name or "workspace_name" in (script.facts.read(place) or "")
        for place, name in _workspace_files(script.facts, start)
    )


def _is_elsewhere(path: str) -> bool:
    """True if a path says nothing about the folder of the script, or is still to be filled in."""
    if "://" in path or path.startswith(("~", "$", "azureml:")) or posixpath.isabs(path) or path[1:2] == ":":
        return True
    return ANGLES.search(path) is not None


def _is_there(script: ParsedScript, whole: str, path: str) -> bool:
    """True if something is at a place, or at the same one from a folder above, or the script names it again, which may
    make it."""
    facts = script.facts
    if facts.exists(whole) or facts.is_folder(whole) or _exists_above(script, "", path):
        return True
    return _mentions(script, path) > 1


def _is_on_share(path: str, facts: Facts) -> bool:
    """True if a path is that of a file beside, as the file share of a workspace has it for its compute instances."""
    shared = _SHARE.match(path)
    return shared is not None and posixpath.basename(path) in names_in(facts, folder_of(facts.path))


def _exists_above(script: ParsedScript, source: str, path: str) -> bool:
    """Scripts are often started from a folder above their own; a submodule is fetched for itself."""
    folder = folder_of(script.facts.path)
    for _ in range(5):
        base = resolve(folder, source)
        if folder and (script.facts.exists(resolve(base, path)) or is_brought(path, base, script.facts)):
            return True
        folder = folder_above(folder, script.facts) if folder else ""
    return _exists_where_it_is_imported(script, source, path)


def _exists_where_it_is_imported(script: ParsedScript, source: str, path: str) -> bool:
    """A file that only defines is imported, mostly by scripts of a folder beside its own, and their folder counts."""
    above = folder_above(folder_of(script.facts.path), script.facts)
    listing = script.facts.listing
    if not above or listing is None or not all(isinstance(each, _DEFINES) for each in script.tree.body):
        return False
    try:
        names = listing(above)[:_FOLDERS_BESIDE]
    except OSError:
        return False
    return any(script.facts.exists(resolve(resolve(resolve(above, each), source), path)) for each in names)


def _mentions(script: ParsedScript, path: str) -> int:
    """How often a script names the last part of a path: `train.py` is not in `retrain.py`, and a variable
    `src = ScriptRunConfig(…)` is not a folder."""
    name = posixpath.basename(path.replace("\\", "/").rstrip("/"))
    variables = sum(len(each.uses.get(name, ())) + len(each.bindings.get(name, ())) for each in script.walk.scopes)
    return len(re.findall(rf"(?<![\w-]){re.escape(name)}(?![\w-])", script.text)) - variables


def _is_made(script: ParsedScript, node: ast.expr) -> bool:
    """True if the script downloads, writes or makes the file or folder whose path is in a variable, before or after."""
    names = _variables(script, node)
    if not names:
        return False
    for call, _, _ in script.walk.calls:
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        name = _name_of(call)
        if not _MAKES.match(name):
            continue
        if isinstance(call.func, ast.Attribute):
            arguments.append(call.func.value)  # Path(entry_script).write_text(…), folder.mkdir()
        if not any(names & _variables(script, each) for each in arguments):
            continue
        modes = [each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if name != "open" or any(mode[:1] in "wax" for mode in modes if 0 < len(mode) <= 3):
            return True
    return False


def _variables(script: ParsedScript, node: ast.expr) -> set[str]:
    """Variables that a path is made of: `folder`, `os.path.join(folder, "score.py")`, `folder / "score.py"`."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and each.id not in script.walk.imported}


def _nearest(script: ParsedScript, node: ast.expr, path: str, base: str, scope: Scope) -> tuple[Fix, ...]:
    listing = script.facts.listing
    literal, _ = follow(node, scope)
    if listing is None or not isinstance(literal, ast.Constant):
        return ()
    parent, _, name = path.replace("\\", "/").rpartition("/")
    try:
        names = listing(resolve(base, parent) if parent else base)
    except OSError:
        return ()
    near = similar(name[:100], names, 1, 0.7)
    if not near or (_TEMPLATE.search(near[0]) and not _TEMPLATE.search(name)):
        return ()
    return (_other_path(script, literal, f"{parent}/{near[0]}" if parent else near[0]),)


def _other_path(script: ParsedScript, literal: ast.Constant, path: str) -> Fix:
    quote = "'" if script.source(literal).startswith("'") else '"'
    edit = script.replace(literal, f"{quote}{path}{quote}")
    return Fix(l10n.t("Change to {path}", path=path), (edit,), preferred=True)


def _model_path(script: ParsedScript, call: ast.Call, scope: Scope, *, is_sure: bool) -> Iterator[Finding]:
    node = argument(call, 1, "model_path")
    path = text_of(node, scope)
    folder = known_folder(script.facts)
    if node is None or not path or folder is None or "://" in path or path.startswith(("azureml:", "~")):
        return
    if ANGLES.search(path):
        return  # a placeholder, which has a finding of its own
    plain = path.replace("\\", "/")
    if plain.startswith("../"):
        yield rules.MODEL_PATH.finding(
            script.range(node),
            severity="information",
            message=l10n.t(
                "Azure ML refuses “{path}” if it is outside the folder the script is started in.",
                path=path,
            ),
        )
        return
    if (
        plain.startswith("/")
        or (script.facts.exists(path) if plain[1:2] == ":" else script.facts.exists(resolve(folder, plain)))
        or _exists_above(script, "", plain)
        or _is_made(script, node)
    ):
        return
    if _mentions(script, plain) > 1:
        return
    fixes = _in_folder_beside(script, node, plain, folder, scope)
    if is_left_open(path) and not fixes:
        yield PLACEHOLDER.finding(script.range(node), text=path)
        return
    if not (is_sure or fixes):
        return
    yield rules.MODEL_PATH.finding(
        script.range(node),
        severity="information" if is_written(plain, script.facts) else None,
        fixes=fixes or _nearest(script, node, plain, folder, scope),
        path=path,
    )


def _in_folder_beside(script: ParsedScript, node: ast.expr, path: str, folder: str, scope: Scope) -> tuple[Fix, ...]:
    """The path of the one file of that name in a folder beside the script."""
    literal, _ = follow(node, scope)
    if "/" in path or not isinstance(literal, ast.Constant):
        return ()
    folders = [name for name in names_in(script.facts, folder) if "." not in name][:_FOLDERS_BESIDE]
    near = [name for name in folders if script.facts.exists(resolve(folder, f"{name}/{path}"))]
    return (_other_path(script, literal, f"{near[0]}/{path}"),) if len(near) == 1 else ()


def _makers(script: ParsedScript) -> set[str]:
    """Calls by which the script may make its model itself: something trains, saves or downloads. `dumps` gives a text,
    which mostly is the body of a request."""
    makers = (
        "to_pickle",
        "urlretrieve",
        "system",
        "makedirs",
        "copy",
        "extractall",
        "fit",
        "run",
        "unpack_archive",
        "write",
        "to_onnx",
        "train",
        "copytree",
        "copyfile",
        "move",
        "mkdir",
        "write_bytes",
        "rename",
    )
    names = {_name_of(call) for call, _, _ in script.walk.calls}
    return {
        name for name in names if name in makers or name.startswith(("save", "dump", "download", "export", "convert"))
    }


def _fetches(script: ParsedScript, *, but: str = "") -> bool:
    """True if something is downloaded, of which the text need not tell the names; `but` is a method that tells it."""
    return any(
        isinstance(c.func, ast.Attribute) and c.func.attr.startswith("download") and c.func.attr != but
        for c, _, _ in script.walk.calls
    )


def _file(script: ParsedScript, call: ast.Call, scope: Scope, position: int, name: str) -> Iterator[Finding]:
    node = argument(call, position, name)
    path = text_of(node, scope)
    folder = known_folder(script.facts)
    if node is None or not path or folder is None or _is_elsewhere(path):
        return
    plain = path.replace("\\", "/")
    if other := _of_other_case(script, node, folder, plain, scope):
        yield other
        return
    if script.facts.exists(resolve(folder, plain)) or _exists_above(script, "", plain) or "*" in plain:
        return
    if getattr(call.func, "attr", "") == "from_config" and _is_found_all_the_same(script, folder, plain):
        return
    if name == "path" and position != _KEYWORD and "." not in posixpath.basename(plain).lstrip("."):
        return  # a folder, in which the configuration is searched for, and in those above
    if _mentions(script, plain) > 1 or _fetches(script) or _is_made(script, node):
        return  # the script itself may write it, or fetch it with a folder
    fixes = _nearest(script, node, plain, folder, scope)
    finding = rules.NO_FILE.finding(script.range(node), fixes=fixes, path=path)
    if name == "path" and not fixes and plain.endswith(".json"):
        finding = replace(finding, severity="information")  # each person downloads the file of the workspace
    yield finding


def _names_submitted(script: ParsedScript, call: ast.Call, scope: Scope) -> Iterator[Finding]:
    """Checks the names of packages that a script uses which runs in an experiment or as a step."""
    kind = script.dotted(call.func, scope)
    if kind not in (*_SCRIPT_RUNS, *_SCRIPT_STEPS):
        return
    at_source, at_name, name = (0, 1, "script") if kind in _SCRIPT_RUNS else (_KEYWORD, 0, "script_name")
    folder, source_node = known_folder(script.facts), argument(call, at_source, "source_directory")
    node = argument(call, at_name, name)
    inside, path = "" if source_node is None else text_of(source_node, scope), text_of(node, scope)
    if folder is None or node is None or not path or inside is None or _is_elsewhere(inside) or _is_elsewhere(path):
        return
    place = posixpath.normpath(posixpath.join(inside, path))
    text = script.facts.read(resolve(folder, place)) or ""
    yield from _old_joblib(script, node, text, place)
    yield from removed_names(script, node, text, place)


_OLD_IMPORT = re.compile(
    rf"^(?:from|import)[ \t]+sklearn\.externals(?:\.|[ \t]+import[ \t]+)({'|'.join(EXTERNALS)})\b", re.MULTILINE
)


def _old_joblib(script: ParsedScript, node: ast.expr, text: str, path: str) -> Iterator[Finding]:
    """A package of `sklearn.externals` in the text of a script that is submitted with a scikit-learn of whatever
    release."""
    old = _OLD_IMPORT.search(text)
    lists = lists_of(script) if old is not None else []
    if old is not None and takes_any("scikit-learn", lists) and python_of(lists) not in PYTHONS_BEFORE:
        message = l10n.t(
            "“{path}” imports “sklearn.externals.{package}”, which scikit-learn does not have from 0.23 on, and its"
            " environment asks for no older one; import “{package}” itself.",
            path=path,
            package=old[1],
        )
        yield OLD_JOBLIB.finding(script.range(node), message=message)
