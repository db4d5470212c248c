"""Kind of a file (entry script, batch script, client, configuration …), by its name and what is in it."""

from __future__ import annotations

import re
from typing import Literal

from scoredock.analysis.project_settings import has_settings
from scoredock.formats.client_kinds import (
    MAGIC_FILE,
    has_tests,
    is_notebook,
    is_pasted,
    is_pipeline,
    is_sdk_script,
    is_shell,
)
from scoredock.formats.configuration_kind import CONDA_NAME, SCHEMA, configuration_kind, package_list_kind
from scoredock.formats.other_programs import (
    has_main,
    has_routes,
    is_other_program,
    is_program,
    is_started_alone,
    may_answer,
)
from scoredock.formats.signs import (
    AZURE,
    BATCH,
    DEPLOYMENT_NAME,
    INFERENCE_NAME,
    INIT,
    MARKS,
    OWN_NAME,
    READS_REQUEST,
    RELATIVE,
    RUN,
    SCRIPT_NAME,
    SERVER,
    TOP_INIT,
)

DocumentKind = Literal[
    "entry-script",
    "batch-script",
    "module",
    "sdk-script",
    "notebook",
    "commands",
    "inference-config",
    "deployment-config",
    "conda",
    "requirements",
    "environment",
    "workspace-config",
    "project-settings",
    "swagger",
    "online-endpoint",
    "online-deployment",
    "batch-endpoint",
    "batch-deployment",
    "environment-asset",
    "model-asset",
]
"""`module` is imported by an entry script beside it, which only a look around tells; `sdk-script` uses the SDK from
outside a service; `commands` holds `az ml` lines, among shell or in a pipeline; the last six are YAML of Azure ML
v2."""

_LOOK = 100_000
"""Characters that are searched for what tells a file apart."""
_DEF = r"^(?:async[ \t]+)?def[ \t]+"
_ONE = r"[ \t]*\([ \t]*\w+[ \t]*(?::[^,()=]*)?(?:,[ \t]*request_headers\b[^,()=]*)?,?[ \t]*\)"
"""What the server gives: the request, and its headers."""
_LIKE_INIT = re.compile(_DEF + r"_*init\w*[ \t]*\([ \t]*\)", re.MULTILINE | re.IGNORECASE)
_LIKE_RUN = re.compile(_DEF + r"(?:_*run\w*|predict|score)" + _ONE, re.MULTILINE | re.IGNORECASE)
_ONLY_RUN = re.compile(_DEF + r"_*run_*" + _ONE, re.MULTILINE | re.IGNORECASE)
_CALLS_SCRIPT = re.compile(r"^[ \t]*(?:\w+\.)?init[ \t]*\([ \t]*\)", re.MULTILINE)
_FUNCTION = re.compile(r"^(?:async[ \t]+)?def[ \t]", re.MULTILINE)
_PRINTS = re.compile(r"^print[ \t]*\(", re.MULTILINE)
_SEVERAL = re.compile(
    r"^def[ \t]+run[ \t]*\([ \t]*\w+[ \t]*(?::[^,()=]*)?,[ \t]*(?!request_headers\b)\w+[ \t]*(?::[^,()=]*)?[,)]",
    re.MULTILINE,
)
"""A second parameter without a default."""
_PARALLEL = re.compile(r"\bazureml_user\.parallel_run\b|\bmini_batch_context\b|\bParallelRunStep\b")
"""What only the workers of a parallel run have: the script is one of batches, whatever its parameter is called."""
_LIKE_PARALLEL = re.compile(r"\bprs_|_prs\b")
"""How people call what belongs to a parallel run, a model that one has made as well."""
_STEP = re.compile(r"\bRun\.get_context[ \t]*\(")
_STARTED = re.compile(r"^[ \t]*(?:init[ \t]*\([ \t]*\)|global[ \t]+(?:\w+[ \t]*,[ \t]*)*run\b)", re.MULTILINE)
"""A step of a pipeline gets its run, and has no function init(), or calls its own, or calls what it got `run`."""
_FRAMES = re.compile(
    r"^def[ \t]+run[ \t]*\([ \t]*\w+[ \t]*:[ \t]*(?:(?:pd|pandas)\.DataFrame|DataFrame|(?:typing\.)?[Ll]ist\[str\])"
    r"[ \t]*,?[ \t]*\)[ \t]*->[ \t]*[\"']?(?:(?:pd|pandas)\.)?DataFrame\b",
    re.MULTILINE,
)
"""Frames in and out are those of mini-batches: without a schema a service gives text, and answers with JSON."""
_ARGUMENTS = re.compile(r"\bparse_known_args[ \t]*\(")
"""A script of batches is started with arguments of its own among those of the run; a service gives its script none."""
_BATCH_NAME = re.compile(r"(?:.*[-_])?batch(?:[-_].*)?\.py$")
_RUN = re.compile(r"^def[ \t]+run[ \t]*\([ \t]*(\w+)([^()]*)\)([^:\n]*):(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
_ONE_TEXT = re.compile(r"->[ \t]*[\"']?(?:str|dict|Dict|bytes|AMLResponse)\b")
"""What a service gives back; a script of batches gives rows."""
_GIVES_TEXT = re.compile(r"^[ \t]*return[ \t]+(?:str|repr)[ \t]*\(", re.MULTILINE)
_READERS = r"(?:read_(?:csv|parquet|json|excel|image|text)|open|imread|basename|load_img|Path|loadtxt|load_image)"
"""What is called with the path of a file."""
_OF_FRAMES = r"(?:iterrows|itertuples|iloc|loc|shape|columns|drop|dropna|to_numpy|assign)"
_ONLINE = re.compile(
    r"@[\w.]*(?:input_schema|rawhttp)\b|\bAMLRequest\b"
    r"|\bloads\([ \t]*(?:raw_)?(?:data|request|body|payload|input\w*)[ \t]*\)"
)
"""What only the script of an online service has."""
_COMMENT = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)
_HELPER_NAME = re.compile(r".*[-_](?:helpers?|utils?|tests?|common)\.py$")
"""Files beside an entry script that have its name in theirs."""
_CLASS = re.compile(r"^class[ \t]", re.MULTILINE)
_QUOTES = re.compile(r"\"{3}|'{3}")
_SWAGGER_NAME = re.compile(r"swagger(?:2|3|3\.1)?\.json$")
_DEPLOYS = re.compile(
    r"^(?:\w+[ \t]*=[ \t]*)?(?:Model\.(?:deploy|register)|(?:Inference|ParallelRun)Config"
    r"|(?:Aci|Aks|Local)Webservice\.deploy_configuration)[ \t]*\(",
    re.MULTILINE,
)
_FOLDER_OF_THE_EDITOR = ".vscode"
"""Its tasks.json and launch.json name an entry script as an inference configuration does."""


def kind_of(path: str, text: str) -> DocumentKind | None:
    """The kind of a file, or None when it is not ours. Names count in any case."""
    folder, name = re.split(r"[\\/]", f"/{path}".lower())[-2:]
    head = text[:_LOOK]
    if folder == _FOLDER_OF_THE_EDITOR:
        return None
    if name.endswith(".py"):
        return _script_kind(name, head)
    if name.endswith(".ipynb"):
        return "notebook" if is_notebook(name, text) else None
    if is_shell(name, head):
        return "commands"
    if name == "pyproject.toml":
        return "project-settings" if has_settings(text) else None
    if name.endswith((".txt", ".in", ".conda")):
        return package_list_kind(name, head)
    if _SWAGGER_NAME.match(name):
        return None if SCHEMA.search(head) else "swagger"
    if name.endswith((".json", ".yml", ".yaml")):
        if not name.endswith(".json") and is_pipeline(head):
            return "commands"
        return configuration_kind(name, folder, head)
    return None


def _script_kind(name: str, head: str) -> DocumentKind | None:
    if MAGIC_FILE.search(head):
        return "sdk-script"
    if is_pasted(name, head) or has_tests(name, head):
        return "sdk-script" if is_sdk_script(head) else None
    if _deploys_itself(name, head):
        return "sdk-script"
    if _is_batch(name, head):
        return "batch-script"
    if _is_script(name, head):
        return "batch-script" if _takes_mini_batches(head) else "entry-script"
    return "sdk-script" if is_sdk_script(head) else None


def _deploys_itself(name: str, head: str) -> bool:
    """True if a program holds the functions of a script and what deploys it, one after the other, as notes do."""
    if SCRIPT_NAME.match(name) or _BATCH_NAME.match(name):
        return False
    return any(word in head for word in ("Model.", "Config", "Webservice")) and _DEPLOYS.search(head) is not None


def is_inference_configuration(name: str) -> bool:
    """True if a file of this name is an inference configuration, whatever is in it."""
    return bool(INFERENCE_NAME.search(name.lower()))


def is_conda_name(path: str) -> bool:
    """True if a file of this name is expected to list the packages of an environment, whatever is in it."""
    return bool(CONDA_NAME.match(re.split(r"[\\/]", path)[-1].lower()))


def may_be_batch(text: str) -> bool:
    """True if nothing in an entry script says that single requests reach it."""
    return not _ONLINE.search(_COMMENT.sub("", text[:_LOOK]))


def has_functions(text: str) -> bool:
    """True if a file defines `init()` and `run()`, as scripts of many programs do; who names it tells whether it is
    ours."""
    head = text[:_LOOK]
    return _defines(RUN, head) and _defines(TOP_INIT, head)


def asks_for_several(text: str) -> bool:
    """True if `run()` needs more than a server without a schema gives it."""
    head = text[:_LOOK]
    return _SEVERAL.search(head) is not None and "_schema" not in head


def is_started(path: str, text: str) -> bool:
    """True if a file calls functions of its own when it is started, and has not the name of an entry script."""
    name = re.split(r"[\\/]", path.lower())[-1]
    return SCRIPT_NAME.match(name) is None and has_main(text[:_LOOK])


def is_beside_script(text: str) -> bool:
    """True if a file that lacks a function of an entry script is another program where an entry script lies beside it:
    one that has no function at all and prints what it comes to, as a trial that is started by hand does, or one with
    routes of a web framework."""
    head = text[:_LOOK]
    return has_routes(head) or (_PRINTS.search(head) is not None and _FUNCTION.search(head) is None)


def is_deployment_configuration(name: str) -> bool:
    """True if a file of this name is a deployment configuration, whatever is in it."""
    return bool(DEPLOYMENT_NAME.search(name.lower()))


def serves(name: str) -> bool:
    """True if a file of this name shows that the folder around it is deployed as a service."""
    folded = name.lower()
    return bool(SCRIPT_NAME.match(folded) or INFERENCE_NAME.search(folded) or DEPLOYMENT_NAME.search(folded))


def _is_parallel(head: str) -> bool:
    # Looking for words anywhere takes a pattern long; most texts hold none of these letters at all.
    words = ("azureml_user", "mini_batch_context", "ParallelRunStep")
    if any(word in head for word in words) and _PARALLEL.search(head):
        return True
    return ("prs_" in head or "_prs" in head) and bool(_LIKE_PARALLEL.search(head)) and may_be_batch(head)


def _is_batch(name: str, head: str) -> bool:
    if BATCH.search(head) or (_is_parallel(head) and RUN.search(head)):
        return True
    if "DataFrame" in head and _FRAMES.search(head) and may_be_batch(head):
        return True
    told = _BATCH_NAME.match(name) or ("parse_known_args" in head and _ARGUMENTS.search(head))
    return bool(told) and _defines(RUN, head) and _defines(TOP_INIT, head) and may_be_batch(head)


def _takes_mini_batches(head: str) -> bool:
    """True if `run()` opens one file after the other of what it gets, or uses it as a data frame where nothing is said
    of JSON: what a service gives its script is one text."""
    run = _RUN.search(head) if TOP_INIT.search(head) and may_be_batch(head) else None
    if run is None:
        return False
    parameter, annotation, result, body = run.groups()
    each = re.search(rf"\bfor[ \t]+(?:\w+[ \t]*,[ \t]*)?(\w+)[ \t]+in[ \t]+(?:\w+\()?{parameter}\b", body)
    if each is not None and re.search(rf"\b{_READERS}\([ \t]*{each[1]}\b", body):
        return True
    one_text = _ONE_TEXT.search(result) or _GIVES_TEXT.search(body)
    if "json" in head or re.search(rf"\b{parameter}[ \t]*=(?!=)", body) or one_text:
        return False
    return "DataFrame" in (annotation or "") or re.search(rf"\b{parameter}\.{_OF_FRAMES}\b", body) is not None


def _is_script(name: str, head: str) -> bool:
    run, starts = _defines(RUN, head), _defines(TOP_INIT, head)
    if not (run or starts or SCRIPT_NAME.match(name)):
        return False  # most files, and all below takes its time
    if name == "__init__.py" or is_other_program(head):
        return False  # a package has functions for those who import it
    init = _defines(INIT, head)
    if not run and _STEP.search(head) and (not starts or _STARTED.search(head)) and not _LIKE_RUN.search(head):
        return False
    if run and starts:
        return bool(SCRIPT_NAME.match(name)) or (may_answer(head) and not is_started_alone(head))
    own, marked = OWN_NAME.match(name) is not None, bool(MARKS.search(head))
    if not init and is_program(head, run and marked and own):
        return False
    if RELATIVE.search(head):
        marked = False  # a module of a package has functions of these names for its own ends
    if (run or starts) and marked and (own or AZURE.search(head) or (run and READS_REQUEST.search(head))):
        return True
    if not SCRIPT_NAME.match(name) or _HELPER_NAME.match(name):
        return False
    if own:
        return _is_called_so(head, init, run)
    # `try_score.py` may set AZUREML_MODEL_DIR and call the functions of the script.
    return (init and run) or (bool(AZURE.search(head)) and _is_begun(head, init, run))


def _is_called_so(head: str, init: bool, run: bool) -> bool:
    """True if a file that is called like an entry script, and does not have both functions, is one."""
    has_functions = init or run
    if not has_functions and (RELATIVE.search(head) or SERVER.search(head)):
        return False  # a module of a package, or a server of its own, that only has the name
    if AZURE.search(head):
        return True
    marked = bool(MARKS.search(head))
    starts, answers = bool(_LIKE_INIT.search(head)), bool(_LIKE_RUN.search(head))
    if not (has_functions or marked):
        return (starts and answers) or bool(_ONLY_RUN.search(head))  # much else is computed by score() and predict()
    if starts and not (answers or marked):
        return len(_FUNCTION.findall(head)) == 1 and not _CLASS.search(head)  # games count points in score.py
    # A script that only loads its model yet is begun; functions of other names make it another program.
    return starts or answers or (marked and not _FUNCTION.search(head))


def _is_begun(head: str, init: bool, run: bool) -> bool:
    """True if a text has one of the functions of an entry script, or one whose name is near it, or neither classes nor
    relative imports, as modules of packages have them."""
    if init or run or _LIKE_INIT.search(head) or _LIKE_RUN.search(head):
        return True
    return not (_CALLS_SCRIPT.search(head) or _CLASS.search(head) or RELATIVE.search(head))


def _defines(pattern: re.Pattern[str], head: str) -> bool:
    """True if a function is defined, and not in a text between three quotes, as in programs that write scripts."""
    quotes = at = 0
    for found in pattern.finditer(head):
        quotes += len(_QUOTES.findall(head, at, found.start()))
        at = found.start()
        if quotes % 2 == 0:
            return True
    return False
