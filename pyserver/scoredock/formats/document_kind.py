"""Which kind of file a text is (entry script, batch script, client, configuration …), by its name and what is in it."""

from __future__ import annotations

import json
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
from scoredock.formats.configuration_keys import has_keys_of, names_our_compute
from scoredock.formats.environment_form import form_of
from scoredock.formats.other_programs import (
    has_main,
    is_other_environment,
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
    JSON_KEY,
    MARKS,
    OWN_NAME,
    READS_REQUEST,
    RELATIVE,
    RUN,
    SCRIPT_NAME,
    SERVER,
    TOP_INIT,
)
from scoredock.formats.v2.kinds import v2_kind

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
_REST_KEY = re.compile(
    r"[\"'](?:imageId|kvTags|environmentImageRequest|deploymentType|computeLocation)[\"']\s*:|[\"']computeType[\"']\s*:\s*null\b"
)
"""Keys of what the SDK sends to the service, which has `computeType` as well."""
_RUN_CONFIGURATION = re.compile(
    r"^[ \t{]*[\"']?(?:communicator|dataReferences|sourceDirectoryDataStore)[\"']?[ \t]*:", re.MULTILINE
)
"""Keys beside the environment in what `RunConfiguration.save` writes."""
_SCHEMA = re.compile(r"^[ \t{]*[\"']?\$schema[\"']?[ \t]*:[ \t]*[\"']?https?://json-schema\.org/", re.MULTILINE)
_TYPE_OBJECT = re.compile(
    r"^[ \t]{0,4}type[ \t]*:[ \t]*[\"']?object\b|[{,]\s*[\"']type[\"']\s*:\s*[\"']object[\"']", re.MULTILINE
)
_OPENAPI = re.compile(r"^[ \t{]*[\"']?(?:swagger|openapi)[\"']?[ \t]*:[ \t]*[\"']?[23]\.", re.MULTILINE)
_PROPERTIES = re.compile(
    r"[\"'](?:properties|definitions|\$defs)[\"']\s*:\s*\{\s*[\"'][^\"'\n]*[\"']\s*:\s*\{"
    r"|^[ \t]*properties[ \t]*:[ \t]*\r?\n[ \t]+[\w\"'-]+[ \t]*:[ \t]*\r?$",
    re.MULTILINE,
)
"""A schema says what the keys of another file are; its own have their names."""
_SWAGGER_NAME = re.compile(r"swagger(?:2|3|3\.1)?\.json$")
_CONDA_NAME = re.compile(
    r"(?:.*[-_.])?(?:conda|environment|env|myenv|.*env|conda[-_]?(?:dependencies|env|file))(?:[-_.].*)?\.ya?ml$"
)
_REQUIREMENTS_NAME = re.compile(r"(?:.*[-_.])?requirements(?:[-_.].*)?\.(?:txt|in)$")
_TOP_DEPENDENCIES = re.compile(r"^dependencies[ \t]*:[ \t]*(?:#[^\n]*)?\r?$", re.MULTILINE)
_CONDA_KEYS = re.compile(r"^(?:channels[ \t]*:|[ \t]*-[ \t]+(?:python|pip)[ \t]*(?:[:=<>]|$))", re.MULTILINE)
_BEGINS_AS_CONDA = re.compile(
    r"\ufeff?(?:[ \t]*(?:#[^\n]*|-{3}[ \t]*)?\r?\n)*(?:name|channels|dependencies|prefix)[ \t]*:"
)
"""Lists of several environments, as programs print them, begin otherwise."""
_CONDA_HINT = re.compile(
    r"^\ufeff?(?:[\"']?depend[ae]nc\w*[\"']?|channels)[ \t]*:|^[ \t]*-[ \t]+(?:python[ \t]*[=<>]|azureml-|pip[ \t]*:)",
    re.MULTILINE,
)
_JSON_CONDA = re.compile(r"[\"']dependencies[\"']\s*:\s*\[\s*[\"'](?:python|pip)\b")
_MLFLOW = re.compile(r"^build_dependencies[ \t]*:", re.MULTILINE)
"""A key of MLflow's python_env.yaml, which lists packages in a form of its own."""
_FOREIGN = re.compile(r"^(?:apiVersion|kind|jobs|services|\$schema)[ \t]*:", re.MULTILINE)
_OTHERS = re.compile(r"^[ \t]*[\"']?(?:apiVersion|kind|containers|AWSTemplateFormatVersion)[\"']?[ \t]*:", re.MULTILINE)
"""Keys of what other clusters and clouds call a deployment configuration."""
_NESTED_TYPE = re.compile(r"[\"']properties[\"']\s*:\s*\{[^{}]*[\"']computeType[\"']")
_OTHER_TYPE = re.compile(r"\bcomputeType[\"']?\s*:\s*(?:\{|[\"']?BUILD_)|[\"']Microsoft\.\w+/|deploymentTemplate\.json")
"""Builds and interface definitions of another cloud have a `computeType` too."""
_WORKSPACE = ("subscription_id", "resource_group", "workspace_name")
_ANY_KEY = re.compile(r"[\"'](\w+)[\"']\s*:")
_VALUE = re.compile(r"\s*[\"']?([^\s\"',}]+)")
_DEPLOYS = re.compile(
    r"^(?:\w+[ \t]*=[ \t]*)?(?:Model\.(?:deploy|register)|(?:Inference|ParallelRun)Config"
    r"|(?:Aci|Aks|Local)Webservice\.deploy_configuration)[ \t]*\(",
    re.MULTILINE,
)
_OTHER_SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".tsx", ".sh", ".ps1", ".rb", ".php", ".html")
_TOP_TYPE = re.compile(r"\A\ufeff?\s*\{|^\ufeff?[\"']?computeType\b", re.MULTILINE)


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
        return _package_list_kind(name, head)
    if _SWAGGER_NAME.match(name):
        return None if _SCHEMA.search(head) else "swagger"
    if name.endswith((".json", ".yml", ".yaml")):
        if not name.endswith(".json") and is_pipeline(head):
            return "commands"
        return _config_kind(name, folder, head)
    return None


def _package_list_kind(name: str, head: str) -> DocumentKind | None:
    """What a file of plain lines is: a conda file by what it holds, requirements by their name."""
    if _BEGINS_AS_CONDA.match(head) and _has_conda_keys(head):
        return "conda"
    return "requirements" if _REQUIREMENTS_NAME.match(name) else None


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
    """Whether a program holds the functions of a script and what deploys it, one after the other, as notes do."""
    if SCRIPT_NAME.match(name) or _BATCH_NAME.match(name):
        return False
    return any(word in head for word in ("Model.", "Config", "Webservice")) and _DEPLOYS.search(head) is not None


def is_inference_configuration(name: str) -> bool:
    """Whether a file of this name is an inference configuration, whatever is in it."""
    return bool(INFERENCE_NAME.search(name.lower()))


def is_conda_name(path: str) -> bool:
    """Whether a file of this name is expected to list the packages of an environment, whatever is in it."""
    return bool(_CONDA_NAME.match(re.split(r"[\\/]", path)[-1].lower()))


def may_be_batch(text: str) -> bool:
    """Whether nothing in an entry script says that single requests reach it."""
    return not _ONLINE.search(_COMMENT.sub("", text[:_LOOK]))


def has_functions(text: str) -> bool:
    """Whether a file defines `init()` and `run()`, as scripts of many programs do; who names it tells whether it is
    ours."""
    head = text[:_LOOK]
    return _defines(RUN, head) and _defines(TOP_INIT, head)


def asks_for_several(text: str) -> bool:
    """Whether `run()` needs more than a server without a schema gives it."""
    head = text[:_LOOK]
    return _SEVERAL.search(head) is not None and "_schema" not in head


def is_started(path: str, text: str) -> bool:
    """Whether a file calls functions of its own when it is started, and has not the name of an entry script."""
    name = re.split(r"[\\/]", path.lower())[-1]
    return SCRIPT_NAME.match(name) is None and has_main(text[:_LOOK])


def only_prints(text: str) -> bool:
    """Whether a file has no function at all and prints what it comes to, as a trial that is started by hand does."""
    head = text[:_LOOK]
    return _PRINTS.search(head) is not None and _FUNCTION.search(head) is None


def is_deployment_configuration(name: str) -> bool:
    """Whether a file of this name is a deployment configuration, whatever is in it."""
    return bool(DEPLOYMENT_NAME.search(name.lower()))


def serves(name: str) -> bool:
    """Whether a file of this name shows that the folder around it is deployed as a service."""
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
    """Whether `run()` opens one file after the other of what it gets, or uses it as a data frame where nothing is said
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
    """Whether a file that is called like an entry script, and does not have both functions, is one."""
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
    """Whether a text has one of the functions of an entry script, or one whose name is near it, or neither classes nor
    relative imports, as modules of packages have them."""
    if init or run or _LIKE_INIT.search(head) or _LIKE_RUN.search(head):
        return True
    return not (_CALLS_SCRIPT.search(head) or _CLASS.search(head) or RELATIVE.search(head))


def _defines(pattern: re.Pattern[str], head: str) -> bool:
    """Whether a function is defined, and not in a text between three quotes, as in programs that write scripts."""
    quotes = at = 0
    for found in pattern.finditer(head):
        quotes += len(_QUOTES.findall(head, at, found.start()))
        at = found.start()
        if quotes % 2 == 0:
            return True
    return False


def _is_schema(head: str) -> bool:
    """Whether a text is a JSON schema or the description of an interface, in JSON or YAML: by what it says of itself,
    or by how it describes an object."""
    if _SCHEMA.search(head) or _OPENAPI.search(head):
        return True
    return "properties" in head and bool(_TYPE_OBJECT.search(head) and _PROPERTIES.search(head))


def _config_kind(name: str, folder: str, head: str) -> DocumentKind | None:
    if _is_schema(head) or _RUN_CONFIGURATION.search(head):  # which holds an environment
        return None
    if name == "azureml_environment.json":
        return "environment"
    if name.endswith((".yml", ".yaml")):
        newer, _ = v2_kind(name, head)
        if newer is not None:
            return newer
    if INFERENCE_NAME.search(name):
        return "inference-config" if has_keys_of("inference", head) else None
    if DEPLOYMENT_NAME.search(name):
        foreign = _OTHERS.search(head) and not JSON_KEY["computeType"].search(head)
        return None if foreign or not has_keys_of("deployment", head) else "deployment-config"
    if _FOREIGN.search(head):
        return None
    if _names_script(head):
        return "inference-config"
    if JSON_KEY["computeType"].search(head):
        return "deployment-config" if _names_compute(name, head) else None
    if name.endswith(".json"):
        return _json_kind(name, folder, head)
    return _yaml_kind(name, head)


def _yaml_kind(name: str, head: str) -> DocumentKind | None:
    """What a YAML file is that is neither configuration of a deployment; JSON is YAML."""
    if head.lstrip("\ufeff \t\r\n").startswith("{") and _names_packages(head):
        return "environment"
    return "conda" if _is_conda(name, head) else None


def _names_packages(head: str) -> bool:
    """Whether a text has the keys of an environment as Azure prints it, in JSON."""
    return any(JSON_KEY[key].search(head) for key in ("condaDependencies", "condaDependenciesFile"))


def _json_kind(name: str, folder: str, head: str) -> DocumentKind | None:
    """What a JSON file is that is neither configuration of a deployment."""
    if _JSON_CONDA.search(head) and form_of(name, head) == "conda":
        return "conda"
    if _names_packages(head):
        return "environment"
    if folder in (".azureml", "aml_config") and name == "config.json":
        return None if folder == "aml_config" and _is_settings(head) else "workspace-config"
    return "workspace-config" if name.endswith("config.json") and _names_workspace(name, head) else None


def _is_settings(head: str) -> bool:
    """Whether a file has keys, and none that speaks of a workspace: the first Azure ML kept it in `aml_config`, where
    projects keep their own settings as well."""
    keys = [re.sub(r"[_-]", "", key).lower() for key in _ANY_KEY.findall(head)]
    return bool(keys) and not any(re.search(r"subsc|resource|group|works?pace|^scope|^id$", key) for key in keys)


def _names_script(head: str) -> bool:
    """Whether a file of any name is an inference configuration: other programs start an `entryScript` too."""
    found = JSON_KEY["entryScript"].search(head)
    if found is None:
        return False
    value = _VALUE.match(head, found.end())
    if value is not None and value.group(1).startswith("{"):
        return False  # what describes such a file
    return value is None or not value.group(1).lower().endswith(_OTHER_SCRIPTS)


def _names_compute(name: str, head: str) -> bool:
    """Whether a file of any name with a `computeType` is a deployment configuration."""
    if any(pattern.search(head) for pattern in (_REST_KEY, _NESTED_TYPE, _OTHER_TYPE)):
        return False
    if not name.endswith(".json") and not _TOP_TYPE.search(head):
        return False
    return names_our_compute(head) and re.match(r"\ufeff?\s*\{?\s*[\"']?\w+[\"']?\s*:", head) is not None


def _names_workspace(name: str, head: str) -> bool:
    """Whether a file holds the keys of a workspace; under a name of its own it has them all, for a project may have its
    own settings there."""
    keys = {key for key in _WORKSPACE if JSON_KEY[key].search(head)}
    if not {"subscription_id", "workspace_name"} <= keys:
        return False
    if re.match(r"\ufeff?\s*\[", head):  # one in a list is a slip, several are for another program
        return name == "config.json" and len(JSON_KEY["workspace_name"].findall(head)) == 1
    if _is_nested(head, is_own_name=name == "config.json"):
        return False
    return name == "config.json" or len(keys) == len(_WORKSPACE) or len(set(_ANY_KEY.findall(head))) == len(keys)


def _is_nested(head: str, *, is_own_name: bool) -> bool:
    """Whether the keys of a workspace are those of objects inside a file, which then is for another program; under the
    name that the file of a workspace has, one object alone is a slip."""
    try:
        tree = json.loads(head)
    except (ValueError, RecursionError):
        return False
    return isinstance(tree, dict) and not any(key in tree for key in _WORKSPACE) and len(tree) > is_own_name


def _is_conda(name: str, head: str) -> bool:
    if _MLFLOW.search(head) or is_other_environment(name, head):
        return False
    if _has_conda_keys(head):
        return True
    written = head.lstrip().startswith("%%writefile")
    return bool(_CONDA_NAME.match(name)) and bool(_JSON_CONDA.search(head) or _CONDA_HINT.search(head) or written)


def _has_conda_keys(head: str) -> bool:
    """Whether a text has the keys that only a conda file has, at their places."""
    return bool(_TOP_DEPENDENCIES.search(head) and _CONDA_KEYS.search(head))
