"""Rules SD2xx: what can be wrong with an inference configuration."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.inference import older_key_rules as inference_older_rules
from scoredock.checks.configs.inference import path_rules

_SDK = "azureml-core 1.61, InferenceConfig"
_CLI = "azure-cli-ml, az ml model deploy --ic"
_GOOD = '{\n  "entryScript": "score.py",\n  "environment": {"name": "diabetes-env", "version": "1"}\n}\n'
_WORLD = World("inferenceconfig.json", ("score.py",))
_WITH_CONDA = World("inferenceconfig.json", ("score.py", "conda.yml"))

BROKEN = Rule(
    "SD201",
    "error",
    "Inference configuration cannot be read",
    "{problem}",
    "The configuration is read before anything else happens; a file that is neither JSON nor YAML ends the deployment"
    " at once.",
    '{\n  "entryScript": "score.py",\n}\n',
    '{\n  "entryScript": "score.py"\n}\n',
    "Repair the place that is shown: JSON has no comments, no trailing commas and only double quotes.",
    _CLI,
    _WORLD,
    fixable=True,
)
DOUBLED = Rule(
    "SD202",
    "warning",
    "Key given twice",
    "The key “{key}” is given more than once; only the last one counts.",
    "Readers of JSON take the last of several equal keys without a word, so the first value is silently lost.",
    '{\n  "entryScript": "score.py",\n  "entryScript": "score.py"\n}\n',
    '{\n  "entryScript": "score.py"\n}\n',
    "Remove all but one.",
    "RFC 8259, section 4",
    _WORLD,
    fixable=True,
)
UNKNOWN = Rule(
    "SD203",
    "warning",
    "Unknown key in an inference configuration",
    "“{key}” is not a known key {where}{hint}.",
    "Keys that are not known are ignored without a word, so what they were meant to do does not happen.",
    '{\n  "entryScript": "score.py",\n  "sourceDirectry": "."\n}\n',
    '{\n  "entryScript": "score.py",\n  "sourceDirectory": "."\n}\n',
    "Use the spelling of the key table, or remove the key.",
    _CLI,
    _WORLD,
    fixable=True,
)
KIND = Rule(
    "SD204",
    "error",
    "Wrong type in an inference configuration",
    "“{key}” must be {wanted}, not {got}.",
    "A value of another type is refused when the configuration is read. Only enableGpu takes any: there text means"
    ' true, also "false".',
    '{\n  "entryScript": "score.py",\n  "sourceDirectory": 2024\n}\n',
    '{\n  "entryScript": "score.py",\n  "sourceDirectory": "2024"\n}\n',
    "Write the value with the type that the key has.",
    _SDK,
    World("inferenceconfig.json", ("score.py", "2024/", "2024/score.py")),
    fixable=True,
)
VALUE = Rule(
    "SD205",
    "error",
    "Value not allowed in an inference configuration",
    "“{key}” must be {wanted}, not {got}.",
    "Only certain runtimes and CUDA versions exist; any other value is refused.",
    '{\n  "entryScript": "score.py",\n  "runtime": "pyton",\n  "condaFile": "conda.yml"\n}\n',
    _GOOD,
    "Choose one of the values that are listed.",
    f"{_SDK}: supported runtimes and CUDA versions",
    _WITH_CONDA,
    fixable=True,
)
NO_SCRIPT = Rule(
    "SD206",
    "error",
    "No entry script",
    "The inference configuration has no “entryScript”.",
    "The entry script is the one thing an inference configuration cannot do without.",
    '{\n  "sourceDirectory": "."\n}\n',
    '{\n  "sourceDirectory": ".",\n  "entryScript": "score.py"\n}\n',
    "Add entryScript with the path of the script, relative to sourceDirectory when that is given.",
    _SDK,
    _WORLD,
    fixable=True,
)
SCRIPT_MISSING = Rule(
    "SD207",
    "error",
    "Entry script does not exist",
    "The entry script “{path}” does not exist in “{base}”.",
    "The path is relative to sourceDirectory when that is given, otherwise to the folder the deployment is started"
    " from.",
    '{\n  "entryScript": "scores.py"\n}\n',
    '{\n  "entryScript": "score.py"\n}\n',
    "Correct the path, or create the script.",
    f"{_SDK}: the entry script must exist",
    _WORLD,
    fixable=True,
)
CASE = Rule(
    "SD208",
    "error",
    "Path differs in case",
    "“{path}” exists only as “{found}”; the service runs where upper and lower case differ.",
    "Windows and macOS find the file all the same, but a container does not.",
    '{\n  "entryScript": "Score.py"\n}\n',
    '{\n  "entryScript": "score.py"\n}\n',
    "Write the path exactly as the file is called.",
    "file names in Linux containers",
    _WORLD,
    fixable=True,
)
NOT_IMPORTABLE = Rule(
    "SD209",
    "error",
    "Entry script cannot be imported",
    "“{name}” cannot be imported as a Python module{reason}.",
    "Azure's SDK refuses such a script before it deploys anything, and so does Scoredock: the name must end in .py and"
    " else be letters, digits and underscores, begin with no digit, and be no word of Python.",
    '{\n  "entryScript": "my-score.py"\n}\n',
    '{\n  "entryScript": "my_score.py"\n}\n',
    "Rename the file, for example with underscores, and name the new file here.",
    f"{_SDK}: importable script name",
    World("inferenceconfig.json", ("my-score.py", "my_score.py")),
    fixable=True,
)
FOLDER_MISSING = Rule(
    "SD210",
    "error",
    "Source directory does not exist",
    "The source directory “{path}” does not exist in “{base}”.",
    "The whole source directory is copied into the service; without it there is nothing to deploy.",
    '{\n  "entryScript": "score.py",\n  "sourceDirectory": "./sources"\n}\n',
    '{\n  "entryScript": "score.py",\n  "sourceDirectory": "./source"\n}\n',
    "Correct the path, or create the folder.",
    f"{_SDK}: the source directory must exist",
    World("inferenceconfig.json", ("source/", "source/score.py")),
    fixable=True,
)
FILE_MISSING = Rule(
    "SD211",
    "error",
    "Named file does not exist",
    "The file “{path}” does not exist in “{base}”.",
    "A conda file or a file of Docker steps that is not there ends the deployment before it begins.",
    '{\n  "entryScript": "score.py",\n  "runtime": "python",\n  "condaFile": "conda.yaml"\n}\n',
    _GOOD,
    "Correct the path; it is relative to sourceDirectory when that is given.",
    f"{_SDK}: conda file must exist",
    _WITH_CONDA,
    fixable=True,
)
BESIDE_ENVIRONMENT = Rule(
    "SD212",
    "warning",
    "Key ignored beside an environment",
    "“{key}” is ignored, because “environment” is given.",
    "An environment says everything that the older keys said. The command line ignores them beside it, the SDK refuses"
    " them.",
    '{\n  "entryScript": "score.py",\n  "environment": {"name": "diabetes-env", "version": "1"},\n  "runtime":'
    ' "python"\n}\n',
    _GOOD,
    "Remove the older key, or remove environment.",
    f"{_SDK}; {_CLI}",
    _WORLD,
    fixable=True,
)
NOT_AN_OBJECT = Rule(
    "SD213",
    "error",
    "Inference configuration is not an object",
    "An inference configuration must be an object of keys, not {got}.",
    "The keys are looked up in an object; a list or a plain value holds none.",
    '[\n  "score.py"\n]\n',
    _GOOD,
    "Write it in braces, with at least entryScript.",
    _CLI,
    _WORLD,
)
ABSOLUTE = Rule(
    "SD214",
    "warning",
    "Absolute path in an inference configuration",
    "“{key}” is an absolute path, which exists on this machine only.",
    "Paths are meant relative to the source directory or to the folder the deployment is started from; another machine"
    " or a colleague has other folders.",
    '{\n  "entryScript": "/project/score.py"\n}\n',
    '{\n  "entryScript": "score.py"\n}\n',
    "Write the path relative to the folder of this file.",
    "Azure ML CLI reference: inference configuration schema",
    _WORLD,
    fixable=True,
)
NOT_REGISTERED = Rule(
    "SD215",
    "error",
    "Environment is not registered",
    "The environment “{name}” is not registered in this workspace{hint}.",
    "An environment given by name and version alone is looked up in the workspace; the deployment ends when it is not"
    " there. Beside it, a conda file is taken instead.",
    '{\n  "entryScript": "score.py",\n  "environment": {"name": "diabetes-evn", "version": null}\n}\n',
    '{\n  "entryScript": "score.py",\n  "environment": {"name": "diabetes-env", "version": null}\n}\n',
    "Register it with `scoredock environment register`, or name one that is registered or curated.",
    f"{_CLI}: environment by name and version",
    World("inferenceconfig.json", ("score.py",), environments=(("diabetes-env", (1, 2)),)),
    fixable=True,
)

RULES = (
    BROKEN,
    DOUBLED,
    UNKNOWN,
    KIND,
    VALUE,
    NO_SCRIPT,
    SCRIPT_MISSING,
    CASE,
    NOT_IMPORTABLE,
    FOLDER_MISSING,
    FILE_MISSING,
    BESIDE_ENVIRONMENT,
    NOT_AN_OBJECT,
    ABSOLUTE,
    NOT_REGISTERED,
    *inference_older_rules.RULES,
    *path_rules.RULES,
)
