"""Rules SD2xx: what can be wrong with an inference configuration."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.inference import older_key_rules as inference_older_rules
from scoredock.checks.configs.inference import path_rules

_SDK = "azureml-core 1.61, InferenceConfig"
_CLI = "azure-cli-ml, az ml model deploy --ic"
_WORLD = World("inferenceconfig.json", ("score.py",))
_WITH_CONDA = World("inferenceconfig.json", ("score.py", "conda.yml"))

BROKEN = Rule(
    code="SD201",
    severity="error",
    title="Inference configuration cannot be read",
    message="{problem}",
    why=(
        "The configuration is read before anything else happens; a file that is neither JSON nor YAML ends the"
        " deployment at once."
    ),
    fix="Repair the place that is shown: JSON has no comments, no trailing commas and only double quotes.",
    source=_CLI,
    world=_WORLD,
    fixable=True,
)
DOUBLED = Rule(
    code="SD202",
    severity="warning",
    title="Key given twice",
    message="The key “{key}” is given more than once; only the last one counts.",
    why="Readers of JSON take the last of several equal keys without a word, so the first value is silently lost.",
    fix="Remove all but one.",
    source="RFC 8259, section 4",
    world=_WORLD,
    fixable=True,
)
UNKNOWN = Rule(
    code="SD203",
    severity="warning",
    title="Unknown key in an inference configuration",
    message="“{key}” is not a known key {where}{hint}.",
    why="Keys that are not known are ignored without a word, so what they were meant to do does not happen.",
    fix="Use the spelling of the key table, or remove the key.",
    source=_CLI,
    world=_WORLD,
    fixable=True,
)
KIND = Rule(
    code="SD204",
    severity="error",
    title="Wrong type in an inference configuration",
    message="“{key}” must be {wanted}, not {got}.",
    why=(
        "A value of another type is refused when the configuration is read. Only enableGpu takes any: there text means"
        ' true, also "false".'
    ),
    fix="Write the value with the type that the key has.",
    source=_SDK,
    world=World("inferenceconfig.json", ("score.py", "2024/", "2024/score.py")),
    fixable=True,
)
VALUE = Rule(
    code="SD205",
    severity="error",
    title="Value not allowed in an inference configuration",
    message="“{key}” must be {wanted}, not {got}.",
    why="Only certain runtimes and CUDA versions exist; any other value is refused.",
    fix="Choose one of the values that are listed.",
    source=f"{_SDK}: supported runtimes and CUDA versions",
    world=_WITH_CONDA,
    fixable=True,
)
NO_SCRIPT = Rule(
    code="SD206",
    severity="error",
    title="No entry script",
    message="The inference configuration has no “entryScript”.",
    why="The entry script is the one thing an inference configuration cannot do without.",
    fix="Add entryScript with the path of the script, relative to sourceDirectory when that is given.",
    source=_SDK,
    world=_WORLD,
    fixable=True,
)
SCRIPT_MISSING = Rule(
    code="SD207",
    severity="error",
    title="Entry script does not exist",
    message="The entry script “{path}” does not exist in “{base}”.",
    why=(
        "The path is relative to sourceDirectory when that is given, otherwise to the folder the deployment is started"
        " from."
    ),
    fix="Correct the path, or create the script.",
    source=f"{_SDK}: the entry script must exist",
    world=_WORLD,
    fixable=True,
)
CASE = Rule(
    code="SD208",
    severity="error",
    title="Path differs in case",
    message="“{path}” exists only as “{found}”; the service runs where upper and lower case differ.",
    why="Windows and macOS find the file all the same, but a container does not.",
    fix="Write the path exactly as the file is called.",
    source="file names in Linux containers",
    world=_WORLD,
    fixable=True,
)
NOT_IMPORTABLE = Rule(
    code="SD209",
    severity="error",
    title="Entry script cannot be imported",
    message="“{name}” cannot be imported as a Python module{reason}.",
    why=(
        "Azure's SDK refuses such a script before it deploys anything, and so does Scoredock: the name must end in .py"
        " and else be letters, digits and underscores, begin with no digit, and be no word of Python."
    ),
    fix="Rename the file, for example with underscores, and name the new file here.",
    source=f"{_SDK}: importable script name",
    world=World("inferenceconfig.json", ("my-score.py", "my_score.py")),
    fixable=True,
)
FOLDER_MISSING = Rule(
    code="SD210",
    severity="error",
    title="Source directory does not exist",
    message="The source directory “{path}” does not exist in “{base}”.",
    why="The whole source directory is copied into the service; without it there is nothing to deploy.",
    fix="Correct the path, or create the folder.",
    source=f"{_SDK}: the source directory must exist",
    world=World("inferenceconfig.json", ("source/", "source/score.py")),
    fixable=True,
)
FILE_MISSING = Rule(
    code="SD211",
    severity="error",
    title="Named file does not exist",
    message="The file “{path}” does not exist in “{base}”.",
    why="A conda file or a file of Docker steps that is not there ends the deployment before it begins.",
    fix="Correct the path; it is relative to sourceDirectory when that is given.",
    source=f"{_SDK}: conda file must exist",
    world=_WITH_CONDA,
    fixable=True,
)
BESIDE_ENVIRONMENT = Rule(
    code="SD212",
    severity="warning",
    title="Key ignored beside an environment",
    message="“{key}” is ignored, because “environment” is given.",
    why=(
        "An environment says everything that the older keys said. The command line ignores them beside it, the SDK"
        " refuses them."
    ),
    fix="Remove the older key, or remove environment.",
    source=f"{_SDK}; {_CLI}",
    world=_WORLD,
    fixable=True,
)
NOT_AN_OBJECT = Rule(
    code="SD213",
    severity="error",
    title="Inference configuration is not an object",
    message="An inference configuration must be an object of keys, not {got}.",
    why="The keys are looked up in an object; a list or a plain value holds none.",
    fix="Write it in braces, with at least entryScript.",
    source=_CLI,
    world=_WORLD,
)
ABSOLUTE = Rule(
    code="SD214",
    severity="warning",
    title="Absolute path in an inference configuration",
    message="“{key}” is an absolute path, which exists on this machine only.",
    why=(
        "Paths are meant relative to the source directory or to the folder the deployment is started from; another"
        " machine or a colleague has other folders."
    ),
    fix="Write the path relative to the folder of this file.",
    source="Azure ML CLI reference: inference configuration schema",
    world=_WORLD,
    fixable=True,
)
NOT_REGISTERED = Rule(
    code="SD215",
    severity="error",
    title="Environment is not registered",
    message="The environment “{name}” is not registered in this workspace{hint}.",
    why=(
        "An environment given by name and version alone is looked up in the workspace; the deployment ends when it is"
        " not there. Beside it, a conda file is taken instead."
    ),
    fix="Register it with `scoredock environment register`, or name one that is registered or curated.",
    source=f"{_CLI}: environment by name and version",
    world=World("inferenceconfig.json", ("score.py",), environments=(("diabetes-env", (1, 2)),)),
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
